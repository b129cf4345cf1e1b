//! Making the view again from the log, and telling whether it was right before. It is computed
//! entry by entry from whole histories, so it shares with the door only what an entry's state is
//! and how it is written.

use std::collections::{BTreeMap, BTreeSet};

use commons_proto::contribution::{Header, Subject};
use commons_proto::entry::{Step, heads};
use commons_proto::erasure;
use commons_proto::id::{Author, ContributionId};
use commons_proto::kind::Kind;
use commons_proto::policy::Genesis;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::accept::shown_time;
use super::contain;
use super::error::Try;
use super::log::{self, Kept};
use super::schema::make_search;
use super::scrub;
use super::span;
use super::view::{EntryRow, Shown, ViewWriter, WordWriter};

/// Makes everything derived again. Gives how many rows were missing, too many or different before;
/// the search counts as one.
pub(super) fn rebuild(connection: &Connection) -> Try<u64> {
    let words_before = search_digest(connection).ok();
    for table in TABLES {
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE before_{table} AS SELECT * FROM main.{table};
             DELETE FROM main.{table};"
        ))?;
    }
    connection.execute_batch("DROP TABLE main.search")?;
    make_search(connection)?;

    let mut changed = 0;
    let positions = positions(connection)?;
    for (seq, id) in &positions {
        changed += number_row(connection, *seq, *id)?;
    }
    changed += drop_words(connection)?;
    let mut writer = ViewWriter::new(connection)?;
    let mut words = WordWriter::new(connection)?;
    for chunk in positions.chunks(CHUNK) {
        let mut written = Vec::with_capacity(chunk.len());
        for (seq, _) in chunk {
            written.extend(write_entry(connection, *seq, &mut writer)?);
        }
        for (number, now) in written {
            words.write(number, None, &now)?;
        }
    }
    drop((writer, words));

    for table in TABLES {
        let count = |one: &str, other: &str| -> Try<u64> {
            let sql =
                format!("SELECT count(*) FROM (SELECT * FROM {one} EXCEPT SELECT * FROM {other})");
            Ok(connection.query_row(&sql, [], |row| row.get(0))?)
        };
        let (before, now) = (format!("temp.before_{table}"), format!("main.{table}"));
        changed += count(&before, &now)?.max(count(&now, &before)?);
        connection.execute_batch(&format!("DROP TABLE temp.before_{table}"))?;
    }
    changed += u64::from(words_before != Some(search_digest(connection)?));
    Ok(changed)
}

/// The derived tables but for the search. That of the authors only grows, as their numbers are
/// used in the log.
const TABLES: [&str; 9] =
    ["erasure", "entry", "tag", "contributor", "reference", "value", "source", "moment", "unshown"];

/// Entries whose words are written together.
const CHUNK: usize = 4096;

fn positions(connection: &Connection) -> Try<Vec<(u64, ContributionId)>> {
    let mut statement = connection.prepare("SELECT seq, id FROM contribution ORDER BY seq")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, ContributionId(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts right which entry and author a row of the log says it is of, and remembers its time and what
/// it takes back. A damaged row is left as it is.
fn number_row(connection: &Connection, seq: u64, id: ContributionId) -> Try<u64> {
    let (header, entry, author, received) = connection
        .prepare_cached("SELECT header, entry, author, received FROM contribution WHERE seq = ?1")?
        .query_row([seq], |row| {
            let (header, received) = (row.get::<_, Vec<u8>>(0)?, row.get::<_, u64>(3)?);
            Ok((header, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?, received))
        })?;
    let Ok(header) = Header::decode(&header) else { return Ok(0) };
    span::note_moment(connection, shown_time(header.time, received), seq)?;
    let right_entry = match header.subject {
        Subject::Genesis(_) => Some(seq),
        Subject::Entry(entry) => log::position(connection, &entry.into())?,
    };
    let right_author = number_author(connection, &header.author, received)?;
    if matches!(header.subject, Subject::Genesis(Kind::Erasure))
        && let Ok(Some(erasure)) = log::record(connection, &id)
    {
        let mut remember =
            connection.prepare_cached("INSERT OR IGNORE INTO erasure VALUES (?1, ?2, ?3)")?;
        for (target, _) in erasure::targets(&erasure) {
            remember.execute(params![target.0, right_author, id.0])?;
        }
    }
    if (right_entry.unwrap_or(entry), right_author) == (entry, author) {
        return Ok(0);
    }
    connection
        .prepare_cached("UPDATE contribution SET entry = ?2, author = ?3 WHERE seq = ?1")?
        .execute(params![seq, right_entry.unwrap_or(entry), right_author])?;
    Ok(1)
}

/// Drops the words of what was taken back, where they are still here. There are some only when an
/// erasure was damaged and came again.
fn drop_words(connection: &Connection) -> Try<u64> {
    let mut statement = connection.prepare(
        "SELECT c.seq, c.header FROM erasure x JOIN contribution c \
         ON c.id = x.target AND c.author = x.author WHERE c.payload IS NOT NULL",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let held: BTreeMap<u64, Vec<u8>> = rows.collect::<rusqlite::Result<_>>()?;
    let mut dropped = 0;
    for (seq, header) in held {
        let Ok(header) = Header::decode(&header) else { continue };
        if header.subject != Subject::Genesis(Kind::Erasure) {
            connection.execute("UPDATE contribution SET payload = NULL WHERE seq = ?1", [seq])?;
            scrub::remember(connection, seq)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

fn number_author(connection: &Connection, author: &Author, seen: u64) -> Try<u64> {
    if let Some(number) = log::author_number(connection, author)? {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO author (key, seen) VALUES (?1, ?2)")?
        .execute(params![author.0, seen])?;
    Ok(log::author_number(connection, author)?.unwrap_or_default())
}

/// Writes the entry that began at this position, if one did and its genesis is whole. Gives its
/// number and what it shows.
fn write_entry(
    connection: &Connection,
    number: u64,
    writer: &mut ViewWriter,
) -> Try<Option<(u64, Shown)>> {
    let (begins, header, author) = connection
        .prepare_cached("SELECT seq = entry, header, author FROM contribution WHERE seq = ?1")?
        .query_row([number], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, u64>(2)?))
        })?;
    if !begins {
        return Ok(None);
    }
    let Ok(Header { subject: Subject::Genesis(kind), author: key, .. }) = Header::decode(&header)
    else {
        return Ok(None);
    };
    let history = log::history(connection, number, &kind)?;
    let sound: Vec<&Kept> = history.iter().flatten().collect();
    let steps: Vec<Step> = sound.iter().map(|kept| kept.step()).collect();
    let times = sound.iter().map(|kept| shown_time(kept.record.header.time, kept.received));
    let authors: BTreeSet<Author> = sound.iter().map(|kept| kept.record.header.author).collect();
    let (state, now) = contain::put_together(&kind, &steps);
    let Some(first) = sound.first().filter(|first| first.seq == number) else { return Ok(None) };
    let plain = sound.len() == 1 && first.shape.is_none() && !now.is_damaged();
    let row = EntryRow {
        number,
        id: first.record.id.into(),
        genesis: Genesis { kind, author: key },
        author,
        created: shown_time(first.record.header.time, first.received),
        changed: times.max().unwrap_or_default(),
        versions: sound.len() as u64,
        authors: authors.len() as u64,
        heads: heads(&steps),
    };
    writer.write(&row, (!plain).then_some(&state), None, &now)?;
    let mut contribute =
        connection.prepare_cached("INSERT OR IGNORE INTO contributor VALUES (?1, ?2)")?;
    for author in authors {
        let author = log::author_number(connection, &author)?.unwrap_or_default();
        contribute.execute(params![author, number])?;
    }
    Ok(Some((number, now)))
}

/// A hash of what is in the search: every word with its places, however it is stored.
pub(super) fn search_digest(connection: &Connection) -> Try<[u8; 32]> {
    connection.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, search, instance)",
    )?;
    let mut hash = Sha256::new();
    {
        let mut statement = connection.prepare("SELECT term, doc, col, offset FROM temp.words")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (term, column) = (row.get_ref(0)?, row.get_ref(2)?);
            hash.update(term.as_str().map_err(rusqlite::Error::from)?);
            hash.update([0]);
            hash.update(row.get::<_, i64>(1)?.to_be_bytes());
            hash.update(column.as_str().map_err(rusqlite::Error::from)?);
            hash.update(row.get::<_, i64>(3)?.to_be_bytes());
        }
    }
    connection.execute_batch("DROP TABLE temp.words")?;
    Ok(hash.finalize().into())
}
