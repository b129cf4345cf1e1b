//! The search: entries by their words, those that fit best first. The index tells which entries have
//! the words; how well they fit is told by their titles and tags, of so many that a search for a
//! common word takes no longer than another.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use rusqlite::Connection;

use super::error::Try;
use super::filter::{self, Conditions, Filter, Words, all_of};
use super::query::Summary;
use super::summary::{self, ListRow, Summaries};
use super::{Result, Store, accept, log};
use crate::words::{self, Excerpt, Fit};

/// An entry that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The entry as a list shows it.
    pub summary: Summary,
    /// Where the words are in its title: ranges of bytes.
    pub marks: Vec<Range<usize>>,
    /// The part of its text where the first of them are.
    pub excerpt: Option<Excerpt>,
}

impl Store {
    /// The entries that the filter lets through: those first in whose title, then those in whose
    /// tags the words are; of those that fit as well, the last changed first. Of more than
    /// a thousand that fit, those that came here last are put in order.
    pub fn search(&self, filter: &Filter) -> Result<Vec<Found>> {
        self.read(|connection| {
            let found = match filter.words.is_empty() {
                true => summary::list(connection, filter)?,
                false => ranked(connection, filter)?,
            };
            found.into_iter().map(|summary| show(connection, filter, summary)).collect()
        })
    }
}

fn ranked(connection: &Connection, filter: &Filter) -> Try<Vec<Summary>> {
    let kinds = summary::wanted_kinds(connection, filter)?;
    let mut conditions = Conditions::of(connection, filter)?;
    let mut rows: BTreeMap<EntryId, ListRow> = BTreeMap::new();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    // Those with the words where it counts most are looked for apart, lest they are not among the
    // last that came.
    for columns in ["title tags", ""] {
        conditions.look_for(all_of(&filter.words, columns));
        let sql = conditions.sql(&summary::columns(), &kinds);
        let limit = filter.wanted().map(|limit| limit.max(CANDIDATES));
        let order = conditions.last_come();
        let found = filter::read(connection, sql, order, limit, ListRow::read)?;
        rows.extend(found.into_iter().map(|row| (row.id(), row)));
    }
    let mut scored: Vec<(u32, ListRow)> =
        rows.into_values().map(|row| (score(&row, &filter.words), row)).collect();
    scored.sort_by_key(|(score, row)| (Reverse(*score), Reverse(row.changed()), row.id()));
    let told = filter.part(scored);
    Summaries::new(connection).all(told.into_iter().map(|(_, row)| row).collect())
}

/// How well an entry fits: what stands in the title says most about it, then its tags.
fn score(row: &ListRow, wanted: &[Words]) -> u32 {
    let tags = row.tags();
    let of_words = wanted.iter().map(|wanted| {
        let title = match words::fit(row.title(), wanted) {
            Fit::Whole => 9,
            Fit::Beginning => 6,
            Fit::Not => 0,
        };
        let tag = tags.iter().map(|tag| words::fit(tag, wanted)).max().unwrap_or(Fit::Not);
        let tag = match tag {
            Fit::Whole => 5,
            Fit::Beginning => 3,
            Fit::Not => 0,
        };
        title + tag
    });
    let reaction = matches!(row.kind(), Kind::Comment | Kind::Endorsement | Kind::Membership);
    of_words.sum::<u32>() * 2 + u32::from(!reaction)
}

fn show(connection: &Connection, filter: &Filter, summary: Summary) -> Try<Found> {
    let marks = words::marks(&summary.title, &filter.words);
    let shown = match log::entry_number(connection, &summary.id)? {
        Some(number) if !filter.words.is_empty() => accept::shown(connection, number)?,
        _ => None,
    };
    let excerpt =
        shown.and_then(|shown| words::excerpt(shown.text(), &filter.words, EXCERPT_CHARS));
    Ok(Found { summary, marks, excerpt })
}

/// Entries that are put in order at most, of those with the words in title or tags, and of all:
/// many more than anybody looks through, and few ms of work.
const CANDIDATES: usize = 1000;

/// Characters of an excerpt: two lines of a narrow terminal.
const EXCERPT_CHARS: usize = 140;
