//! A quick look at a database for whoever asks what is wrong ([`crate::doctor`]): seconds at most, and
//! nothing is changed. The whole verification is in `check.rs`.

use commons_proto::contribution::Header;
use commons_proto::id::{Author, ContributionId, TreeHash};
use commons_proto::tree::Tree;
use rusqlite::{Connection, params};

use super::check::RawRow;
use super::error::Try;
use super::{Result, Store, log, schema};
use crate::verify::Verifier;

/// What a quick look shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// What SQLite's quick check of the file found, a line each.
    pub file: Vec<String>,
    /// How many contributions there are.
    pub contributions: u64,
    /// How many were checked: a sample from all of the log.
    pub sampled: u64,
    /// Those of the sample that are not what their hashes and signatures say.
    pub damaged: Vec<ContributionId>,
    /// How many were noted as damaged before.
    pub noted: u64,
    /// How many entries this program cannot put together.
    pub unshown: u64,
    /// Bytes of the file and of its write-ahead log.
    pub bytes: [u64; 2],
}

/// When a contribution was made, as its author says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who made it.
    pub author: Author,
    /// When, as they say: seconds since 1970 UTC.
    pub claimed: u64,
}

impl Store {
    /// The root of the tree of all ids: equal in databases that hold the same.
    pub fn fingerprint(&self) -> Result<TreeHash> {
        let mut tree = Tree::default();
        tree.insert(self.ids()?);
        Ok(tree.root())
    }

    /// Looks at the file and at so many contributions, spread over the whole log.
    pub fn health(&self, sample: u64) -> Result<Health> {
        let verifier = Verifier::new(self.commons);
        let bytes = schema::sizes(&self.path);
        let counts = self.counts()?;
        self.read(|connection| {
            let last = log::last(connection)?;
            let rows = sample_rows(connection, last, sample)?;
            let damaged = rows.iter().filter_map(|row| row.check(&verifier));
            Ok(Health {
                file: quick_check(connection)?,
                contributions: last,
                sampled: rows.len() as u64,
                damaged: damaged.map(|damaged| damaged.id).collect(),
                noted: log::damaged(connection)?.len() as u64,
                unshown: counts.damaged,
                bytes,
            })
        })
    }

    /// The times that the authors of the latest contributions claim, the latest to come first. What
    /// cannot be read is left out.
    pub fn latest_claims(&self, limit: usize) -> Result<Vec<Claim>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT header FROM contribution ORDER BY seq DESC LIMIT ?1")?;
            let headers = statement.query_map([limit], |row| row.get::<_, Vec<u8>>(0))?;
            let headers = headers.collect::<rusqlite::Result<Vec<_>>>()?;
            let read = headers.iter().filter_map(|header| Header::decode(header).ok());
            Ok(read.map(|header| Claim { author: header.author, claimed: header.time }).collect())
        })
    }
}

/// So many rows of the log, at equal distances, with the last one.
fn sample_rows(connection: &Connection, last: u64, sample: u64) -> Try<Vec<RawRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id, header, signature, payload FROM contribution WHERE seq >= ?1 \
         ORDER BY seq LIMIT 1",
    )?;
    let step = (last / sample.max(1)).max(1);
    let mut places: Vec<u64> =
        (1..=last).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect();
    places.push(last);
    places.dedup();
    let mut rows = Vec::new();
    for place in places {
        rows.extend(statement.query_row(params![place], RawRow::read).ok());
    }
    Ok(rows)
}

/// What SQLite says of the file at a quick look, which leaves the indexes out.
fn quick_check(connection: &Connection) -> Try<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({LINES})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

/// How many lines SQLite's quick check may give.
const LINES: usize = 5;
