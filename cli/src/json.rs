//! The objects that `--json` prints, a line each. They are stable: fields may be added, never
//! renamed. Ids are in full with the shortened one besides; times are RFC 3339 in UTC.

pub(crate) mod people;
pub(crate) mod tags;

use commons_node::backup::{Contents, Database};
use commons_node::control::{NodeStatus, PeerState, PeerStatus};
use commons_node::import::Format;
use commons_node::import::item::{Place, Remark};
use commons_node::programme::{Clash, Slot};
use commons_node::store::{self, EntryView, LogItem, Reference, Source, Store, Summary, Target};
use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::Author;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use serde::Serialize;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::error::CliError;
use crate::find::short_author;
use crate::output::escape::JsonFormatter;
use crate::verbs::news;
use commons_node::when;

/// An object as a line.
pub(crate) fn line(object: &impl Serialize) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, JsonFormatter);
    object.serialize(&mut serializer).map_err(io::Error::from)?;
    bytes.push(b'\n');
    Ok(String::from_utf8(bytes).expect("JSON is text"))
}

/// A line of `list`; `show` has the same and more.
#[derive(Debug, Serialize)]
pub(crate) struct ListItem<'a> {
    id: String,
    short: &'a str,
    kind: &'a str,
    title: &'a str,
    tags: &'a [String],
    author: String,
    name: Option<&'a str>,
    created: String,
    changed: String,
    versions: u64,
    authors: u64,
    conflicts: u64,
    licence: Option<&'a str>,
    muted: bool,
    damaged: Option<&'a str>,
}

/// A line of `search`.
#[derive(Debug, Serialize)]
pub(crate) struct Found<'a> {
    #[serde(flatten)]
    item: ListItem<'a>,
    excerpt: Option<&'a str>,
    matches: Vec<&'a str>,
}

/// What `show` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    #[serde(flatten)]
    item: ListItem<'a>,
    fields: Map<String, serde_json::Value>,
    conflicting: &'a BTreeMap<String, Vec<Conflicting>>,
    contributors: Vec<Person<'a>>,
    heads: Vec<String>,
    referred_by: Vec<ReferredBy<'a>>,
    needs_newer: bool,
}

/// One of the values that a field holds at once.
#[derive(Debug, Serialize)]
pub(crate) struct Conflicting {
    /// The value; null if the field was emptied.
    pub(crate) value: serde_json::Value,
    /// The contribution that set it.
    pub(crate) by: String,
    /// Who made that, and when.
    pub(crate) author: String,
    pub(crate) name: Option<String>,
    pub(crate) time: String,
    /// The same for people.
    #[serde(skip)]
    pub(crate) who: String,
    #[serde(skip)]
    pub(crate) ago: String,
}

/// An author, by key and by name.
#[derive(Debug, Serialize)]
pub(crate) struct Person<'a> {
    author: String,
    short: String,
    name: Option<&'a str>,
}

/// An entry that refers to the one that is shown.
#[derive(Debug, Serialize)]
struct ReferredBy<'a> {
    id: String,
    short: &'a str,
    kind: &'a str,
    title: &'a str,
    author: String,
    name: Option<&'a str>,
    how: &'a str,
}

/// A line of `history`.
#[derive(Debug, Serialize)]
pub(crate) struct Version<'a> {
    pub(crate) id: String,
    pub(crate) short: String,
    pub(crate) entry: String,
    pub(crate) author: String,
    pub(crate) name: Option<&'a str>,
    pub(crate) time: String,
    pub(crate) summary: Option<&'a str>,
    pub(crate) parents: Vec<String>,
    pub(crate) edits: usize,
    pub(crate) erased: bool,
    pub(crate) muted: bool,
    pub(crate) changes: Vec<String>,
}

/// What a verb that writes prints.
#[derive(Debug, Serialize)]
pub(crate) struct Written<'a> {
    pub(crate) id: String,
    pub(crate) short: String,
    pub(crate) entry: String,
    pub(crate) kind: &'a str,
}

/// What `erase` and `forget-me` print.
#[derive(Debug, Serialize)]
pub(crate) struct Erased {
    pub(crate) erasures: Vec<String>,
    pub(crate) erased: Vec<String>,
    pub(crate) peers: usize,
    pub(crate) confirmed: usize,
}

/// What `export` prints when it wrote to a place.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    pub(crate) path: String,
    pub(crate) format: &'static str,
    pub(crate) entries: u64,
    pub(crate) left_out: u64,
}

/// What `archive` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Archived {
    pub(crate) folder: String,
    pub(crate) entries: u64,
    pub(crate) muted: u64,
    pub(crate) contributions: u64,
    pub(crate) fingerprint: String,
    pub(crate) files: u64,
}

/// What `bundle` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Bundled {
    pub(crate) file: String,
    pub(crate) contributions: u64,
}

/// What `backup`, and `restore` of a backup, print.
#[derive(Debug, Serialize)]
pub(crate) struct Backup<'a> {
    file: String,
    encrypted: bool,
    made: String,
    version: &'a str,
    author: Option<String>,
    databases: &'a [Database],
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// Only of a backup that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restored: Option<bool>,
}

impl<'a> Backup<'a> {
    pub(crate) fn new(
        file: &Path,
        contents: &'a Contents,
        encrypted: bool,
        bytes: Option<u64>,
    ) -> Self {
        Self {
            file: file.display().to_string(),
            encrypted,
            made: when::rfc3339(contents.made),
            version: &contents.version,
            author: contents.author().map(|author| author.to_string()),
            databases: &contents.databases,
            bytes,
            restored: None,
        }
    }
}

/// What `import` prints of each file.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    pub(crate) file: String,
    format: &'static str,
    dry_run: bool,
    pub(crate) new: u64,
    pub(crate) known: u64,
    pub(crate) twice: u64,
    pub(crate) waiting: u64,
    pub(crate) refused: Vec<Refused>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) notices: Vec<Skipped>,
}

/// What was not brought in, or was left out of something that was, and where it stands.
#[derive(Debug, Serialize)]
pub(crate) struct Skipped {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u64>,
    pub(crate) reason: String,
}

/// A contribution that was not taken in.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// A line of `programme`.
#[derive(Debug, Serialize)]
pub(crate) struct Session<'a> {
    #[serde(flatten)]
    item: ListItem<'a>,
    start: Option<String>,
    end: Option<String>,
    place: Option<&'a str>,
    workstream: Option<&'a str>,
    leads: &'a [String],
    clashes: Vec<SessionClash<'a>>,
}

/// A session that cannot be as planned together with the one that is told.
#[derive(Debug, Serialize)]
struct SessionClash<'a> {
    with: String,
    over: &'a str,
}

/// What `status` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Status<'a> {
    pub(crate) commons: &'a str,
    pub(crate) home: String,
    pub(crate) author: Option<String>,
    pub(crate) fingerprint: String,
    pub(crate) contributions: u64,
    pub(crate) entries: u64,
    pub(crate) kinds: &'a BTreeMap<String, u64>,
    pub(crate) authors: u64,
    pub(crate) muted: u64,
    pub(crate) damaged: u64,
    pub(crate) only_here: u64,
    pub(crate) node: Option<Node<'a>>,
}

/// The running node in `status`.
#[derive(Debug, Serialize)]
pub(crate) struct Node<'a> {
    pub(crate) pid: u32,
    pub(crate) peer: &'a str,
    pub(crate) listen: &'a [String],
    pub(crate) since: String,
    pub(crate) connected: usize,
    pub(crate) in_sync: usize,
    pub(crate) pending: usize,
}

/// A line of `mute`.
#[derive(Debug, Serialize)]
pub(crate) struct Muted<'a> {
    what: &'static str,
    id: String,
    short: String,
    name: Option<&'a str>,
    entries: u64,
    since: String,
}

/// A line of `news`.
#[derive(Debug, Serialize)]
pub(crate) struct NewsItem<'a> {
    #[serde(flatten)]
    item: ListItem<'a>,
    new: bool,
    contributions: u64,
    by: Vec<String>,
    followed: bool,
}

/// A line of `follow`.
#[derive(Debug, Serialize)]
pub(crate) struct Followed<'a> {
    what: &'static str,
    id: &'a str,
    name: Option<&'a str>,
    since: String,
}

/// What `follow` and `unfollow` print after they did something.
#[derive(Debug, Serialize)]
pub(crate) struct Following {
    pub(crate) what: &'static str,
    pub(crate) changed: u64,
    pub(crate) follows: usize,
}

/// What `mute` and `unmute` print after they did something.
#[derive(Debug, Serialize)]
pub(crate) struct Muting {
    pub(crate) what: &'static str,
    pub(crate) changed: u64,
    pub(crate) shown: u64,
    pub(crate) hidden: u64,
}

/// A line of `peers`.
#[derive(Debug, Serialize)]
pub(crate) struct Peer<'a> {
    pub(crate) peer: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) state: PeerState,
    pub(crate) in_sync: Option<bool>,
    pub(crate) behind: Option<u64>,
    pub(crate) ahead: Option<u64>,
    pub(crate) since: Option<String>,
    pub(crate) version: Option<&'a str>,
}

/// What `whoami` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Whoami<'a> {
    pub(crate) author: String,
    pub(crate) did: String,
    pub(crate) short: String,
    pub(crate) name: Option<&'a str>,
    pub(crate) key_file: String,
}

/// What `key import` and `key export` print.
#[derive(Debug, Serialize)]
pub(crate) struct Key<'a> {
    author: String,
    did: String,
    short: String,
    pub(crate) name: Option<&'a str>,
    key_file: String,
    pub(crate) old_key_file: Option<String>,
    /// Only of a key that was imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entries: Option<u64>,
}

impl Key<'_> {
    pub(crate) fn new(author: &Author, file: &Path) -> Self {
        Self {
            author: author.to_string(),
            did: author.did(),
            short: short_author(author),
            name: None,
            key_file: file.display().to_string(),
            old_key_file: None,
            entries: None,
        }
    }
}

/// A line of `doctor`.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    pub(crate) check: &'a str,
    pub(crate) level: &'a str,
    pub(crate) what: String,
    pub(crate) fix: Option<String>,
}

/// What `service status` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Service<'a> {
    pub(crate) name: &'a str,
    pub(crate) file: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) running: Option<bool>,
    pub(crate) process: Option<u32>,
}

/// A line of `start`. The others are those of [`commons_node::driver::NodeEvent`].
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event<'a> {
    /// The first one: the node runs.
    Ready(Ready<'a>),
    /// A contribution was accepted, from here or from a peer.
    Contribution {
        id: String,
        entry: String,
        short: String,
        kind: &'a str,
        title: &'a str,
        author: String,
        from: &'static str,
    },
    /// The last one.
    Stopped,
}

/// What the first event tells.
#[derive(Debug, Serialize)]
pub(crate) struct Ready<'a> {
    pub(crate) commons: &'a str,
    pub(crate) author: String,
    pub(crate) peer: String,
    pub(crate) listen: Vec<String>,
    pub(crate) board: Option<String>,
    pub(crate) home: String,
    pub(crate) pid: u32,
    pub(crate) entries: u64,
    pub(crate) contributions: u64,
    pub(crate) fingerprint: String,
}

/// What `verify` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Verify<'a> {
    pub(crate) checked: u64,
    pub(crate) damaged: Vec<Damaged<'a>>,
    pub(crate) file: &'a [String],
    pub(crate) rebuilt: bool,
    pub(crate) changed: u64,
    pub(crate) unshown: u64,
}

/// A damaged contribution in `verify`.
#[derive(Debug, Serialize)]
pub(crate) struct Damaged<'a> {
    pub(crate) id: String,
    pub(crate) seq: u64,
    pub(crate) reason: &'a str,
}

impl<'a> From<&'a Summary> for ListItem<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            id: summary.id.to_string(),
            short: &summary.short,
            kind: summary.kind.name(),
            title: &summary.title,
            tags: &summary.tags,
            author: summary.author.to_string(),
            name: summary.name.as_deref(),
            created: when::rfc3339(summary.created),
            changed: when::rfc3339(summary.changed),
            versions: summary.versions,
            authors: summary.authors,
            conflicts: summary.conflicts,
            licence: summary.licence.as_deref(),
            muted: summary.muted,
            damaged: summary.damaged.as_deref(),
        }
    }
}

impl<'a> From<&'a store::Found> for Found<'a> {
    fn from(found: &'a store::Found) -> Self {
        let title = &found.summary.title;
        let in_title = found.marks.iter().map(|mark| &title[mark.clone()]);
        let excerpt = found.excerpt.iter();
        let in_text = excerpt
            .flat_map(|excerpt| excerpt.marks.iter().map(|mark| &excerpt.text[mark.clone()]));
        Self {
            item: ListItem::from(&found.summary),
            excerpt: found.excerpt.as_ref().map(|excerpt| excerpt.text.as_str()),
            matches: in_title.chain(in_text).collect(),
        }
    }
}

impl<'a> From<&'a Slot> for Session<'a> {
    fn from(slot: &'a Slot) -> Self {
        let clash =
            |clash: &'a Clash| SessionClash { with: clash.with.to_string(), over: &clash.over };
        Self {
            item: ListItem::from(&slot.summary),
            start: slot.start.map(when::rfc3339),
            end: slot.end.map(when::rfc3339),
            place: slot.place.as_deref(),
            workstream: slot.workstream.as_deref(),
            leads: &slot.leads,
            clashes: slot.clashes.iter().map(clash).collect(),
        }
    }
}

impl<'a> From<&'a store::Muted> for Muted<'a> {
    fn from(muted: &'a store::Muted) -> Self {
        let (what, id, short) = match &muted.target {
            Target::Author(author) => ("author", author.did(), short_author(author)),
            Target::Entry(entry) => ("entry", entry.to_string(), format!("{entry:.10}")),
        };
        let since = when::rfc3339(muted.since);
        Self { what, id, short, name: muted.name.as_deref(), entries: muted.entries, since }
    }
}

impl<'a> NewsItem<'a> {
    /// What is new of an entry.
    pub(crate) fn new(summary: &'a Summary, item: &news::Item) -> Self {
        Self {
            item: ListItem::from(summary),
            new: item.is_new,
            contributions: item.contributions,
            by: item.authors.iter().map(ToString::to_string).collect(),
            followed: item.followed,
        }
    }
}

impl<'a> Followed<'a> {
    /// Something that is followed since this time.
    pub(crate) fn new(what: &'static str, id: &'a str, name: Option<&'a str>, since: u64) -> Self {
        Self { what, id, name, since: when::rfc3339(since) }
    }
}

/// What a line of an input names: its `id` if it is an object, else its first word. `None` if there
/// is nothing in it.
pub(crate) fn named(line: &str) -> Option<String> {
    if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(line) {
        return Some(object.get("id")?.as_str()?.to_owned());
    }
    line.split_whitespace().next().map(str::to_owned)
}

impl Imported {
    /// What became of this file, which is in this format.
    pub(crate) fn new(file: &str, format: Format, dry_run: bool) -> Self {
        let (new, known, twice, waiting) = (0, 0, 0, 0);
        let (refused, skipped, notices) = (Vec::new(), Vec::new(), Vec::new());
        let (file, format) = (file.to_owned(), format.name());
        Self { file, format, dry_run, new, known, twice, waiting, refused, skipped, notices }
    }

    /// What became of the contributions of a bundle.
    pub(crate) fn with_bundle(mut self, imported: &commons_node::bundle::Imported) -> Self {
        (self.new, self.known, self.waiting) = (imported.new, imported.known, imported.waiting);
        let refused = imported.refused.iter();
        self.refused = refused
            .map(|(id, reason)| Refused { id: id.to_string(), reason: reason.clone() })
            .collect();
        self
    }
}

impl Skipped {
    /// What is said of a place.
    pub(crate) fn new(remark: &Remark) -> Self {
        let Place { file, line } = remark.place.clone();
        Self { file, line: (line > 0).then_some(line), reason: remark.text.clone() }
    }
}

impl<'a> Event<'a> {
    /// The event that this item of the log is.
    pub(crate) fn contribution(item: &'a LogItem, store: &Store) -> Result<Self, CliError> {
        Ok(Self::Contribution {
            id: item.id.to_string(),
            entry: item.entry.to_string(),
            short: store.short(&item.id)?,
            kind: item.kind.name(),
            title: &item.title,
            author: item.author.to_string(),
            from: match item.source {
                Source::Here => "here",
                Source::Peer => "peer",
            },
        })
    }
}

impl<'a> From<&'a NodeStatus> for Node<'a> {
    fn from(node: &'a NodeStatus) -> Self {
        Self {
            pid: node.pid,
            peer: &node.peer,
            listen: &node.listen,
            since: when::rfc3339(node.since),
            connected: node.connected,
            in_sync: node.in_sync,
            pending: node.pending,
        }
    }
}

impl<'a> From<&'a PeerStatus> for Peer<'a> {
    fn from(peer: &'a PeerStatus) -> Self {
        Self {
            peer: &peer.peer,
            address: peer.address.as_deref(),
            state: peer.state,
            in_sync: peer.in_sync,
            behind: peer.behind,
            ahead: peer.ahead,
            since: peer.since.map(when::rfc3339),
            version: peer.version.as_deref(),
        }
    }
}

impl<'a> From<&'a commons_node::store::Damaged> for Damaged<'a> {
    fn from(damaged: &'a commons_node::store::Damaged) -> Self {
        Self { id: damaged.id.to_string(), seq: damaged.seq, reason: &damaged.reason }
    }
}

impl<'a> Entry<'a> {
    /// The entry with what refers to it.
    pub(crate) fn new(
        view: &'a EntryView,
        conflicting: &'a BTreeMap<String, Vec<Conflicting>>,
        references: &'a [Reference],
    ) -> Self {
        Self {
            item: ListItem::from(&view.summary),
            fields: fields(&view.summary.kind, &view.state),
            conflicting,
            contributors: view
                .contributors
                .iter()
                .map(|(author, name)| Person::new(author, name.as_deref()))
                .collect(),
            heads: view.heads.iter().map(ToString::to_string).collect(),
            referred_by: references.iter().map(ReferredBy::from).collect(),
            needs_newer: view.state.needs_newer(),
        }
    }
}

impl<'a> Person<'a> {
    fn new(author: &Author, name: Option<&'a str>) -> Self {
        Self { author: author.to_string(), short: short_author(author), name }
    }
}

impl<'a> From<&'a Reference> for ReferredBy<'a> {
    fn from(reference: &'a Reference) -> Self {
        Self {
            id: reference.from.id.to_string(),
            short: &reference.from.short,
            kind: reference.from.kind.name(),
            title: &reference.from.title,
            author: reference.from.author.to_string(),
            name: reference.from.name.as_deref(),
            how: &reference.how,
        }
    }
}

/// A value of this field: times as RFC 3339, ids as text.
pub(crate) fn value(field: Option<&Field>, value: Option<&Value>) -> serde_json::Value {
    let is_time = field.is_some_and(|field| field.value == FieldValue::Time);
    match value {
        None => serde_json::Value::Null,
        Some(Value::Number(number)) if is_time => match u64::try_from(*number) {
            Ok(seconds) => json!(when::rfc3339(seconds)),
            Err(_) => json!(number),
        },
        Some(Value::Number(number)) => json!(number),
        Some(Value::Text(text)) => json!(text),
        Some(Value::Entry(entry)) => json!(entry.to_string()),
    }
}

fn fields(kind: &Kind, state: &State) -> Map<String, serde_json::Value> {
    let mut fields = Map::new();
    for field in kind.fields() {
        let shown = match field.field_type {
            FieldType::Single => value(Some(field), state.single(field.name)),
            FieldType::Prose => json!(state.prose(field.name)),
            FieldType::Set => {
                state.set(field.name).map(|item| value(Some(field), Some(item))).collect()
            }
        };
        let is_empty = shown.is_null()
            || shown.as_str().is_some_and(str::is_empty)
            || shown.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            fields.insert(field.name.to_owned(), shown);
        }
    }
    fields
}
