//! From what a reader found to an entry that can be signed: every value goes through the checks of typed
//! ones. What is too long is cut, what cannot be is left out, and both are told; only what has nothing left
//! to say is refused.

use std::borrow::Cow;

use commons_proto::edit::{Edit, Value};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::id::EntryId;
use commons_proto::kind::{FieldType, Kind};
use commons_proto::limits::{CONTRIBUTION_BYTES, HEADER_BYTES, LINE_CHARS, TAG_CHARS, TIME_END};

use super::columns;
use super::item::{Item, Place};
use super::source;
use crate::phrases::with_article;
use crate::{escape, hashtags, lines};

/// What is asked of everything that is brought in.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The kind that everything becomes.
    pub kind: Option<Kind>,
    /// Tags for everything, in the form of tags.
    pub tags: Vec<String>,
}

/// An entry to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Where it begins.
    pub place: Place,
    /// Its kind.
    pub kind: Kind,
    /// Its source.
    pub source: String,
    /// Its title, or the beginning of its text.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What else is wanted of it.
    wanted: Wanted,
    /// Entries that it refers to, by their ids where it comes from.
    pub entries: Vec<(&'static str, Vec<EntryId>)>,
    /// Why it is here: that it was brought in, and who made it.
    pub summary: String,
    /// What was left out or changed.
    pub notices: Vec<String>,
}

/// The entry that an item becomes, or why it becomes none.
pub fn fit(mut item: Item, options: &Options) -> Result<Fitted, String> {
    let kind = options.kind.clone().or(item.kind.take()).unwrap_or(Kind::Idea);
    if !TAKEN.contains(&kind) {
        return Err(format!(
            "{} belongs to who wrote it; commons bundle carries it with its signature",
            with_article(kind.name())
        ));
    }
    addresses(&mut item, &kind)?;
    let links = (kind == Kind::Note).then(|| item.sets.remove("links")).flatten();
    let room = CONTRIBUTION_BYTES - HEADER_BYTES - SLACK;
    let mut item = Fitting { item, links: links.unwrap_or_default(), room };
    let title = item.title(&kind)?;
    let mut wanted = Wanted::new();
    // Short things first: what room is left is the text's.
    let mut tags = Vec::new();
    for (field, set) in item.sets(&kind, &options.tags) {
        if field == "tags" {
            tags = set;
        } else {
            wanted.set(field, set.iter().map(|item| Value::from(item.as_str())));
        }
    }
    let written = item.lines(&kind);
    for (field, line) in &written {
        wanted.set(field, [Value::from(line.as_str())]);
    }
    let times = item.times(&kind);
    for (field, time) in times.iter().copied() {
        wanted.set(field, [Value::Number(time)]);
    }
    let text = item.text(&kind, &title);
    let found = if kind == Kind::Note {
        wanted.set("text", [Value::from(text.as_str())]);
        text.lines().next().unwrap_or_default().to_owned()
    } else {
        wanted.set("title", [Value::from(title.as_str())]);
        if !text.is_empty() {
            wanted.set("body", [Value::from(text.as_str())]);
        }
        title
    };
    let mut item = item.item;
    let source = item.source.take().unwrap_or_else(|| {
        let address = written.iter().find(|(field, _)| *field == "url" && kind == Kind::Resource);
        match address {
            Some((_, address)) => source::of_url(address),
            None => {
                let times: Vec<String> = times.iter().map(|(_, time)| time.to_string()).collect();
                let lines = written.iter().map(|(_, line)| line.as_str());
                let rest = lines.chain(times.iter().map(String::as_str));
                source::of_content([kind.name(), &found, &text].into_iter().chain(rest))
            }
        }
    });
    wanted.set("source", [Value::from(source.as_str())]);
    let entries = std::mem::take(&mut item.entries).into_iter();
    let entries = entries.filter(|(field, _)| kind.field(field).is_some()).collect();
    let by = item.by.take().map(|by| line(&by)).filter(|by| !by.is_empty() && !by.contains('@'));
    let summary = by.map_or_else(|| "brought in".to_owned(), |by| format!("brought in; by {by}"));
    Ok(Fitted {
        place: item.place,
        kind,
        source,
        title: found,
        tags,
        wanted,
        entries,
        summary: cut(&summary, LINE_CHARS).into_owned(),
        notices: item.notices,
    })
}

impl Fitted {
    /// Takes over the tags of another.
    pub(super) fn add_tags_of(&mut self, other: &Self) {
        for tag in &other.tags {
            if !self.tags.contains(tag) && self.tags.len() < SET_ITEMS {
                self.tags.push(tag.clone());
            }
        }
    }

    /// The edits that begin the entry.
    pub fn edits(&self) -> Vec<Edit> {
        let mut edits = entry::changes(&self.kind, &State::default(), &self.wanted);
        edits.extend(self.tags.iter().map(|tag| {
            let (field, item) = ("tags".to_owned(), Value::from(tag.as_str()));
            Edit::Add { field, item }
        }));
        edits
    }
}

/// The kinds that can be brought in: what belongs to its author cannot be written for somebody else, but
/// for notes, which are then one's own.
pub const TAKEN: [Kind; 5] = [Kind::Idea, Kind::Resource, Kind::Project, Kind::Session, Kind::Note];

/// Checks the addresses, and puts those that the kind has no field for among the links.
fn addresses(item: &mut Item, kind: &Kind) -> Result<(), String> {
    for field in ["url", "repository", "demo"] {
        let Some(address) = item.lines.remove(field) else { continue };
        match address_of(field, &address) {
            Ok(address) if kind.field(field).is_some() => {
                item.lines.insert(field, address);
            }
            Ok(address) => {
                item.sets.entry("links").or_default().insert(0, address);
            }
            Err(why) if field == "url" && *kind == Kind::Resource => return Err(why),
            Err(why) => {
                item.notice(format!("left out: {why}"));
            }
        }
    }
    Ok(())
}

fn address_of(field: &str, address: &str) -> Result<String, String> {
    let scheme = address.split(':').next().unwrap_or_default().to_lowercase();
    if NOWHERE.contains(&scheme.as_str()) {
        return Err(format!("{scheme}: leads nowhere on another machine"));
    }
    // What people leave out, and browsers put in front.
    let is_bare =
        !lines::is_url(address) && address.contains('.') && !address.contains([' ', ':', '@']);
    let address =
        if is_bare { Cow::Owned(format!("https://{address}")) } else { Cow::Borrowed(address) };
    if address.chars().count() > LINE_CHARS {
        return Err(format!("the {field} has over {LINE_CHARS} characters"));
    }
    // Some write what an address cannot hold as it is.
    let address = source::of_doi(&address).replace(' ', "%20");
    lines::url(field, &address)
}

/// An item on its way.
struct Fitting {
    item: Item,
    /// The links of a note, which are part of its text.
    links: Vec<String>,
    /// Bytes that are left for values.
    room: usize,
}

impl Fitting {
    /// Takes room for a value; false if there is none.
    fn takes(&mut self, bytes: usize) -> bool {
        let bytes = bytes + VALUE_BYTES;
        let fits = bytes <= self.room;
        self.room -= if fits { bytes } else { 0 };
        fits
    }

    fn title(&mut self, kind: &Kind) -> Result<String, String> {
        let whole = line(&self.item.title);
        let title = cut(&whole, LINE_CHARS);
        let title = if !title.is_empty() || *kind == Kind::Note {
            title.into_owned()
        } else if let Some(first) = first_line(&self.item.body) {
            cut(&first, TITLE_CHARS).into_owned()
        } else if let Some(address) =
            ["url", "repository", "demo"].iter().find_map(|field| self.item.lines.get(field))
        {
            cut(bare(address), LINE_CHARS).into_owned()
        } else if let Some(link) = self.item.sets.get("links").and_then(|links| links.first()) {
            cut(bare(link), LINE_CHARS).into_owned()
        } else {
            return Err("it has neither a title nor a text".to_owned());
        };
        if whole.chars().count() > LINE_CHARS {
            // The rest is not lost.
            self.item.body = format!("{whole}\n\n{}", self.item.body);
            self.item.notice("the title is too long; all of it is in the body");
        }
        self.takes(title.len());
        Ok(title)
    }

    fn sets(&mut self, kind: &Kind, tags: &[String]) -> Vec<(&'static str, Vec<String>)> {
        let mut sets = std::mem::take(&mut self.item.sets);
        sets.entry("tags").or_default().extend(tags.iter().cloned());
        if *kind == Kind::Note {
            let text = &self.item.body;
            let found: Vec<String> =
                hashtags::find(text).map(|place| text[place].to_owned()).collect();
            sets.entry("tags").or_default().extend(found);
        }
        let mut fitted = Vec::new();
        for (name, items) in sets {
            let Some(field) = kind.field(name) else { continue };
            let mut kept: Vec<String> = Vec::new();
            for item in items {
                match self.set_item(name, &item) {
                    Ok(item) if item.is_empty() || kept.contains(&item) => {}
                    Ok(_) if kept.len() >= SET_ITEMS => {
                        self.item
                            .notice(format!("over {SET_ITEMS} {name}; the others are left out"));
                        break;
                    }
                    Ok(item) => {
                        if self.takes(item.len()) {
                            kept.push(item);
                        }
                    }
                    Err(why) => {
                        self.item.notice(format!("left out: {why}"));
                    }
                }
            }
            if !kept.is_empty() {
                fitted.push((field.name, kept));
            }
        }
        fitted
    }

    fn set_item(&self, field: &str, item: &str) -> Result<String, String> {
        let item = line(item);
        match field {
            "tags" if item.trim_start_matches('#').is_empty() => Ok(String::new()),
            "tags" if item.chars().count() > TAG_CHARS => Err(format!(
                "the tag “{}”, which has over {TAG_CHARS} characters",
                cut(&item, TITLE_CHARS)
            )),
            "tags" => lines::tag(&item),
            "links" if source::entry(&item).is_some() => Ok(item),
            "links" if item.is_empty() => Ok(item),
            "links" => address_of("link", &item),
            _ => Ok(cut(&item, LINE_CHARS).into_owned()),
        }
    }

    fn lines(&mut self, kind: &Kind) -> Vec<(&'static str, String)> {
        let mut fitted = Vec::new();
        for (name, typed) in std::mem::take(&mut self.item.lines) {
            let Some(field) =
                kind.field(name).filter(|field| field.field_type == FieldType::Single)
            else {
                continue;
            };
            let whole = line(&typed);
            let value = match name {
                "licence" => columns::licence(&whole).ok_or_else(|| {
                    format!(
                        "the licence “{}”, which is no SPDX expression",
                        cut(&whole, TITLE_CHARS)
                    )
                }),
                _ => {
                    let kept = cut(&whole, LINE_CHARS);
                    if kept.len() < whole.len() {
                        self.item.notice(format!("the {name} is cut to {LINE_CHARS} characters"));
                    }
                    Ok(kept.into_owned())
                }
            };
            match value {
                Ok(value) if value.is_empty() => {}
                Ok(value) => {
                    if self.takes(value.len()) {
                        fitted.push((field.name, value));
                    }
                }
                Err(why) => {
                    self.item.notice(format!("left out: {why}"));
                }
            }
        }
        fitted
    }

    fn times(&mut self, kind: &Kind) -> Vec<(&'static str, i64)> {
        let times = std::mem::take(&mut self.item.times).into_iter();
        let fitting = times.filter(|(name, time)| kind.field(name).is_some() && *time < TIME_END);
        fitting.filter_map(|(name, time)| Some((name, i64::try_from(time).ok()?))).collect()
    }

    /// The text: the body, or all that a note says.
    fn text(&mut self, kind: &Kind, title: &str) -> String {
        let body = block(&self.item.body);
        if *kind != Kind::Note {
            let kept = cut_bytes(&body, self.room);
            if kept.len() < body.len() {
                self.item.notice(format!(
                    "the text is cut to {} of {} bytes, which is what fits",
                    kept.len(),
                    body.len()
                ));
            }
            return kept.into_owned();
        }
        let mut parts = Vec::new();
        if !title.is_empty() && !body.starts_with(title) {
            parts.push(title.to_owned());
        }
        parts.push(body);
        parts.extend(self.links.iter().map(|link| line(link)));
        parts.retain(|part| !part.is_empty());
        let whole = parts.join("\n\n");
        let text = cut(&whole, lines::POST_CHARS);
        if text.len() < whole.len() {
            self.item.notice(format!("the text is cut to {} characters", lines::POST_CHARS));
        }
        text.into_owned()
    }
}

/// A text as one line, without what nobody sees.
fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What stood on both sides of something unseen may be parted by two spaces now.
    let seen = escape::without(&text);
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of several lines, without what nobody sees.
fn block(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            line.split('\t')
                .map(escape::without)
                .collect::<Vec<_>>()
                .join("\t")
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim_end().trim_start_matches('\n').to_owned()
}

/// The first line of a text that has words, without the marks of Markdown.
fn first_line(text: &str) -> Option<String> {
    let bare =
        |line: &str| line.trim_start_matches(['#', '>', '*', '-', '`', ' ']).trim().to_owned();
    text.lines().map(bare).map(|text| line(&text)).find(|line| !line.is_empty())
}

/// An address as a title: without its scheme.
fn bare(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/')
}

/// The text cut to so many characters, with a `…` where something is missing.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let end = text.char_indices().nth(most - 1).map_or(0, |(at, _)| at);
            let kept = &text[..end];
            let word = kept.rfind(char::is_whitespace).filter(|at| at * 4 > end * 3).unwrap_or(end);
            Cow::Owned(format!("{}…", kept[..word].trim_end()))
        }
    }
}

/// The text cut to so many bytes, at the end of a paragraph, line or word near by.
fn cut_bytes(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(most.saturating_sub('…'.len_utf8() + 2));
    let kept = &text[..end];
    let near = |at: &usize| *at * 4 > end * 3;
    let at =
        kept.rfind("\n\n").filter(near).or_else(|| kept.rfind(char::is_whitespace).filter(near));
    Cow::Owned(format!("{}\n\n…", kept[..at.unwrap_or(end)].trim_end()))
}

/// Schemes of addresses that mean something in one browser or on one machine only, or that are a program.
const NOWHERE: &[&str] = &[
    "about",
    "blob",
    "chrome",
    "chrome-extension",
    "data",
    "edge",
    "file",
    "javascript",
    "moz-extension",
    "place",
    "vbscript",
    "view-source",
];

/// Characters of a title that is made of a text.
const TITLE_CHARS: usize = 80;

/// Items of a set at most: nobody looks through more tags, and an entry has a bounded number of edits.
const SET_ITEMS: usize = 100;

/// Bytes that a value takes besides itself: its field's name, and how DAG-CBOR holds both.
const VALUE_BYTES: usize = 64;

/// Bytes of salt, summary, source and the frame of a contribution, generously.
const SLACK: usize = 6 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn item(title: &str, body: &str) -> Item {
        Item { title: title.to_owned(), body: body.to_owned(), ..Item::at(3) }
    }

    #[test]
    fn what_is_too_long_or_unseen_is_cut_and_told() {
        let mut long = item(&"word ".repeat(1000), &"ä".repeat(100_000));
        long.add("tags", &"x".repeat(100))
            .add("tags", "Ward 3")
            .add("tags", "#")
            .set_line("licence", "all rights reserved");
        let fitted = fit(long, &Options::default()).unwrap();
        assert!(fitted.title.chars().count() <= LINE_CHARS && fitted.title.ends_with('…'));
        for told in ["title", "tag", "licence", "text is cut"] {
            assert!(
                fitted.notices.iter().any(|notice| notice.contains(told)),
                "{:?}",
                fitted.notices
            );
        }
        let bytes: usize = commons_proto::cbor::encode(&fitted.edits()).len();
        assert!(bytes < CONTRIBUTION_BYTES - HEADER_BYTES, "{bytes}");
        let unseen =
            fit(item("a\u{202e}b\u{1b}[31m", "one\u{200b}\r\ntwo\t\u{7}."), &Options::default());
        let unseen = unseen.unwrap();
        assert_eq!(unseen.title, "ab[31m");
        let edits = format!("{:?}", unseen.edits());
        assert!(edits.contains("one\\ntwo\\t."), "{edits}");
    }

    #[test]
    fn every_thing_can_become_every_kind_and_keeps_its_address() {
        let mut page = item("Soap", "Wash.");
        page.kind = Some(Kind::Resource);
        page.set_line("url", "https://example.org/soap").add("tags", "Hygiene");
        for kind in TAKEN {
            let options = Options { kind: Some(kind.clone()), tags: vec!["wards".to_owned()] };
            let fitted = fit(page.clone(), &options).unwrap();
            let edits = format!("{:?}", fitted.edits());
            for part in ["Soap", "Wash.", "https://example.org/soap", "hygiene", "wards", "source"]
            {
                assert!(edits.contains(part), "{part} in {edits}");
            }
        }
        let options = Options { kind: Some(Kind::Comment), ..Options::default() };
        assert!(fit(page, &options).unwrap_err().contains("bundle"));
    }

    #[test]
    fn what_leads_nowhere_or_says_nothing_is_refused() {
        for address in
            ["javascript:alert(1)", "place:sort=8", "file:///etc/motd", "not an address", "mailto"]
        {
            let mut page = item("Soap", "");
            page.kind = Some(Kind::Resource);
            page.set_line("url", address);
            assert!(fit(page, &Options::default()).is_err(), "{address}");
        }
        assert!(fit(item("", " \n"), &Options::default()).is_err());
        let mut bare = item("", "");
        bare.kind = Some(Kind::Resource);
        bare.set_line("url", "www.example.org/soap/");
        assert_eq!(fit(bare, &Options::default()).unwrap().title, "example.org/soap");
        assert_eq!(fit(item("", "## Why\nFalls."), &Options::default()).unwrap().title, "Why");
    }

    #[test]
    fn the_same_words_have_the_same_source() {
        let one = fit(item("Soap", "Wash."), &Options::default()).unwrap();
        let other = fit(item("Soap", "Wash."), &Options::default()).unwrap();
        let third = fit(item("Soap", "Wash!"), &Options::default()).unwrap();
        assert_eq!(one.source, other.source);
        assert_ne!(one.source, third.source);
        let mut later = item("Soap", "Wash.");
        later.kind = Some(Kind::Session);
        later.times.insert("start", 7);
        let mut latest = later.clone();
        latest.times.insert("start", 8);
        let [later, latest] = [later, latest].map(|item| fit(item, &Options::default()).unwrap());
        assert_ne!(later.source, latest.source, "a break in the morning and one in the afternoon");
    }
}
