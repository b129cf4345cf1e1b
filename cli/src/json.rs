//! The objects that only `--json` prints; those that the local API answers with as well are in
//! [`commons_node::json`], and what holds for them holds for these.

use commons_node::backup::{Contents, Database};
use commons_node::import::Format;
use commons_node::import::item::{Place, Remark};
use commons_node::json::Contribution;
use commons_node::names::short_author;
use commons_node::when;
use commons_proto::id::Author;
use serde::Serialize;
use std::path::Path;

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
    Contribution(Contribution),
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
    /// Where guests come in, the likeliest first.
    pub(crate) guests: Vec<String>,
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

impl<'a> From<&'a commons_node::store::Damaged> for Damaged<'a> {
    fn from(damaged: &'a commons_node::store::Damaged) -> Self {
        Self { id: damaged.id.to_string(), seq: damaged.seq, reason: &damaged.reason }
    }
}
