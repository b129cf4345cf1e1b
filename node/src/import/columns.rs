//! What names of columns and keys mean, in tables, front matter and rows of packages: many tools name the
//! same thing differently. Case, spaces and signs make no difference.

use commons_proto::kind::Kind;
use jiff::{Timestamp, Zoned};

use super::html;
use super::item::Item;
use super::source;
use crate::{lines, when};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Title,
    Text,
    Kind,
    Id,
    Source,
    By,
    Line(&'static str),
    Time(&'static str),
    Set(&'static str),
    /// An entry that is referred to by its id.
    Entry(&'static str),
    /// What is worked out anew, such as how many versions there are.
    Passed,
}

/// What a column of this name holds; `None` if it is not known.
pub(super) fn column(name: &str) -> Option<Column> {
    let bare: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match bare.as_str() {
        "title" | "name" | "subject" | "headline" | "idea" | "project" | "session" | "talk" => {
            Column::Title
        }
        "body" | "description" | "text" | "content" | "contents" | "details" | "abstract"
        | "longtext" | "summary" | "notes" | "note" | "pitch" | "excerpt" | "extended" => {
            Column::Text
        }
        "kind" | "type" => Column::Kind,
        "id" | "identifier" | "uid" | "guid" | "uuid" | "key" => Column::Id,
        "source" => Column::Source,
        "author" | "by" | "creator" | "maintainer" | "submittedby" | "proposedby" => Column::By,
        "url" | "link" | "href" | "website" | "webpage" | "webpageurl" | "homepage" | "web"
        | "uri" | "address" | "permalink" => Column::Line("url"),
        "repository" | "repo" | "sourceurl" | "sourcecode" | "code" | "github" | "gitlab" => {
            Column::Line("repository")
        }
        "demo" | "demourl" | "downloadurl" | "prototype" => Column::Line("demo"),
        "format" | "mediatype" | "mimetype" => Column::Line("format"),
        "licence" | "license" | "rights" => Column::Line("licence"),
        "status" | "state" | "phase" => Column::Line("status"),
        "place" | "location" | "room" | "where" | "venue" => Column::Line("place"),
        "workstream" | "track" | "stream" => Column::Line("workstream"),
        "start" | "starts" | "begin" | "begins" | "from" | "startsat" | "starttime"
        | "startdate" | "dtstart" | "when" => Column::Time("start"),
        "end" | "ends" | "until" | "to" | "endsat" | "endtime" | "enddate" | "dtend" => {
            Column::Time("end")
        }
        "published" | "date" | "publishedat" | "pubdate" | "datepublished" => {
            Column::Time("published")
        }
        "created" | "createdat" | "time" | "added" | "addedat" | "dateadded" | "timeadded" => {
            Column::Time(ADDED)
        }
        "tags" | "tag" | "keywords" | "keyword" | "labels" | "label" | "categories"
        | "category" | "topics" | "hashtags" | "hashtag" => Column::Set("tags"),
        "links" | "seealso" | "related" | "references" => Column::Set("links"),
        "leads" | "lead" | "leader" | "speakers" | "speaker" | "presenter" | "facilitator"
        | "host" | "hosts" => Column::Set("leads"),
        "skills" | "lookingfor" | "wanted" | "needs" => Column::Set("skills"),
        "ideas" => Column::Entry("ideas"),
        "about" => Column::Entry("about"),
        "short" | "changed" | "versions" | "authors" | "conflicts" | "muted" | "damaged"
        | "interests" | "role" | "updated" | "updatedat" | "heads" | "contributors" | "layout"
        | "draft" | "slug" => Column::Passed,
        _ => return None,
    })
}

/// Puts what a column holds into the item. `now` says how times without a zone are meant.
pub(super) fn put(item: &mut Item, column: Column, value: &str, now: &Zoned) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    match column {
        Column::Title if item.title.is_empty() => {
            item.title = if is_ours(item) { value.to_owned() } else { html::to_text(value) };
        }
        // The first is the title; another is part of the text.
        Column::Title | Column::Text => {
            // What we wrote is Markdown already, whatever is in it.
            let is_html = !is_ours(item) && html::is_html(value);
            item.add_text(&if is_html { html::to_markdown(value) } else { value.to_owned() });
        }
        // Of our own entries the kind is known, also of those that belong to who wrote them.
        Column::Kind => match kind(value).or_else(|| own_kind(item, value)) {
            Some(kind) => item.kind = Some(kind),
            None => {
                item.notice(format!("“{value}” is no kind that can be brought in"));
            }
        },
        // It waits for the title.
        Column::Id => {
            item.lines.insert("id", value.to_owned());
        }
        // Elsewhere this word means many things.
        Column::Source if source::is_source(value) => item.source = Some(source::kept_whole(value)),
        Column::Source => {}
        // A key of ours is no name.
        Column::By if source::entry(value).is_some() => {}
        Column::By => item.by = Some(value.to_owned()),
        Column::Line(field) => {
            item.set_line(field, value);
        }
        Column::Time(field) => match time(value, now) {
            Some(time) => {
                item.times.entry(field).or_insert(time);
            }
            None => {
                item.notice(format!("the {field} “{value}” is not a time"));
            }
        },
        Column::Set(field) => {
            for part in parts(field, value) {
                item.add(field, &part);
            }
        }
        Column::Entry(field) => {
            for word in parts("links", value) {
                match source::entry(&word) {
                    Some(entry) => item.entries.entry(field).or_default().push(entry),
                    None => {
                        item.notice(format!("“{word}” in {field} is not the full id of an entry"));
                    }
                }
            }
        }
        Column::Passed => {}
    }
}

/// Whether the id of an entry stood before: then a commons wrote the row.
pub(super) fn is_ours(item: &Item) -> bool {
    item.lines.get("id").is_some_and(|id| source::entry(id).is_some())
}

/// Gives the item its source by the id that a column held, and a kind by the fields that it has.
pub(super) fn settle(item: &mut Item) {
    let added = item.times.remove(ADDED);
    let mut is_ours = false;
    if let Some(id) = item.lines.remove("id") {
        let own = source::entry(&id).is_some();
        is_ours = own;
        if item.source.is_none() {
            let source = source::of_id(&id, &item.title);
            // A number says less than an address.
            let by_address = source.starts_with("row:") && item.lines.contains_key("url");
            item.source = (!by_address).then_some(source);
        }
    }
    if let Some(added) = added.filter(|_| !is_ours) {
        item.times.entry("published").or_insert(added);
    }
    if item.kind.is_none() {
        let has = |field| item.lines.contains_key(field);
        item.kind = Some(match () {
            () if item.times.contains_key("start") => Kind::Session,
            () if has("repository") || has("demo") || item.sets.contains_key("skills") => {
                Kind::Project
            }
            () if has("url") => Kind::Resource,
            () => Kind::Idea,
        });
    }
}

/// The kind that a word means, of those that can be brought in; also in the plural.
pub fn kind(word: &str) -> Option<Kind> {
    let word = word.trim().to_lowercase();
    Some(match word.strip_suffix('s').unwrap_or(&word) {
        "idea" | "challenge" | "proposal" => Kind::Idea,
        "resource" | "bookmark" | "link" | "dataset" | "paper" | "tool" => Kind::Resource,
        "project" => Kind::Project,
        "session" | "talk" | "event" | "workshop" => Kind::Session,
        "note" | "post" => Kind::Note,
        _ => return None,
    })
}

/// The kind of an entry that was taken out of a commons.
fn own_kind(item: &Item, word: &str) -> Option<Kind> {
    Kind::known(word.trim()).filter(|_| is_ours(item))
}

/// A time as tables have it: seconds since 1970, RFC 3339, RFC 2822, a date with or without a time.
pub(super) fn time(text: &str, now: &Zoned) -> Option<u64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u64>() {
        return (number > LEAST_SECONDS).then(|| seconds(number)).flatten();
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return u64::try_from(zoned.timestamp().as_second()).ok();
    }
    let starts_with_a_year = text.bytes().take(4).filter(u8::is_ascii_digit).count() == 4;
    starts_with_a_year.then(|| when::parse(text, now).ok()).flatten()
}

/// Seconds since 1970, from seconds, milliseconds or microseconds: whichever is in our times.
pub(super) fn seconds(number: u64) -> Option<u64> {
    let seconds = match number {
        0..MILLISECONDS => number,
        MILLISECONDS..MICROSECONDS => number / 1000,
        _ => number / 1_000_000,
    };
    let signed = i64::try_from(seconds).ok()?;
    Timestamp::from_second(signed).is_ok().then_some(seconds)
}

/// The items of a cell: an array in JSON, as typed tables have it, or words with signs between them.
fn parts(field: &str, cell: &str) -> Vec<String> {
    if cell.starts_with('[')
        && let Ok(parts) = serde_json::from_str(cell)
    {
        return parts;
    }
    let signs: &[char] = match field {
        "links" => &[' ', '\n', ',', ';'],
        _ => &[',', ';', '|', '\n'],
    };
    let hashtags = field == "tags" && cell.contains('#') && !cell.contains(signs);
    let parts: Vec<&str> =
        if hashtags { cell.split_whitespace().collect() } else { cell.split(signs).collect() };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl Column {
    /// Whether something that has this says what it is about.
    pub(super) fn says_something(self) -> bool {
        matches!(self, Self::Title | Self::Text | Self::Line("url" | "repository"))
    }
}

/// Where it is noted when something was put into the table, which may be all that is known of its age.
const ADDED: &str = "added";

/// Seconds below which a number is no time but a year or a count.
const LEAST_SECONDS: u64 = 100_000_000;

/// From here a number is milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS: u64 = 100_000_000_000;

/// From here a number is microseconds, likewise.
const MICROSECONDS: u64 = 100_000_000_000_000;

/// What is known of the plain words of a licence elsewhere: the checks of typed ones know it, too.
pub(super) fn licence(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(licence) = lines::licence(text) {
        return Some(licence);
    }
    let lower = text.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if let Some((_, rest)) = lower.split_once("creativecommons.org/licenses/") {
        let mut parts = rest.split('/');
        let (name, version) = (parts.next()?, parts.next()?);
        return lines::licence(&format!("CC-{}-{version}", name.to_uppercase())).ok();
    }
    let known = match () {
        () if has("creativecommons.org/publicdomain/zero") || lower == "cc0" => "CC0-1.0",
        () if has("opendatacommons.org/licenses/pddl") || has("odc-pddl") => "PDDL-1.0",
        () if has("opendatacommons.org/licenses/odbl") || has("odc-odbl") => "ODbL-1.0",
        () if has("opendatacommons.org/licenses/by") || has("odc-by") => "ODC-By-1.0",
        () if has("open-government-licence/version/3") => "OGL-UK-3.0",
        () if has("opensource.org/licenses/mit") => "MIT",
        () => return None,
    };
    lines::licence(known).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_taken_as_people_write_them() {
        for (name, holds) in [
            ("Title", Column::Title),
            ("Start Time", Column::Time("start")),
            ("webpage_url", Column::Line("url")),
            ("LICENSE", Column::Line("licence")),
            ("Hash-tags", Column::Set("tags")),
        ] {
            assert_eq!(column(name), Some(holds), "{name}");
        }
        assert_eq!(column("shoe size"), None);
    }

    #[test]
    fn times_and_licences_are_taken_in_any_usual_form() {
        let now: Zoned = "2026-11-22T12:00:00+01:00[+01:00]".parse().unwrap();
        for (text, seconds) in [
            ("1792926000", Some(1_792_926_000)),
            ("1792926000000", Some(1_792_926_000)),
            ("1792926000000000", Some(1_792_926_000)),
            ("2026-10-24T09:00:00Z", Some(1_792_832_400)),
            ("2026-10-24 10:00", Some(1_792_832_400)),
            ("Sat, 24 Oct 2026 09:00:00 GMT", Some(1_792_832_400)),
            ("2026", None),
            ("yesterday", None),
            ("soon", None),
        ] {
            assert_eq!(time(text, &now), seconds, "{text}");
        }
        for (text, spdx) in [
            ("cc-by-4.0", Some("CC-BY-4.0")),
            ("https://creativecommons.org/licenses/by-sa/4.0/", Some("CC-BY-SA-4.0")),
            ("ODC-PDDL-1.0", Some("ODC-PDDL-1.0")),
            ("http://opendatacommons.org/licenses/pddl/", Some("PDDL-1.0")),
            ("all rights reserved", None),
        ] {
            assert_eq!(licence(text).as_deref(), spdx, "{text}");
        }
    }
}
