//! `erase` and `forget-me`: an author takes back what they wrote. Both say what will go and what
//! stays, ask once, and tell afterwards on how many peers it is confirmed.

use commons_node::control;
use commons_node::links;
use commons_node::store::{Among, Resolution, Store, Version};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Content, Draft, Record, Subject};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{Author, ContributionId, EntryId, IdPrefix};
use commons_proto::kind::Kind;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::json;
use crate::output::{FAINT, ID, WARNING, count, escape, say, styled};

/// Erase what you wrote: entries, or single versions
///
/// Of an entry goes all that you wrote in it; what others wrote stays. The words are dropped from
/// your disk at once, and by every node that hears of it; that you wrote something, and when, can
/// still be seen. It cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons erase k3f7qa")]
pub(crate) struct Erase {
    /// Ids of entries or versions, or their beginnings
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// Erase everything that you wrote in this commons
///
/// What others wrote stays, also in your entries. Your author key stays, too: you can go on writing.
/// It cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons forget-me")]
pub(crate) struct ForgetMe {}

/// What is to be taken back, by entry.
#[derive(Debug, Default)]
pub(super) struct Taken {
    entries: BTreeMap<EntryId, TakenEntry>,
}

/// What is to be taken back of an entry.
#[derive(Debug)]
struct TakenEntry {
    line: String,
    records: Vec<Record>,
    others: usize,
}

impl Erase {
    /// Erases what is named.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let mut taken = Taken::default();
        for typed in &self.ids {
            taken.add(&store, typed, &key.author())?;
        }
        if taken.is_empty() {
            say("Nothing to erase: it is erased already.");
            return Ok(());
        }
        confirm_and_write(context, &mut store, &key, &taken)
    }
}

impl ForgetMe {
    /// Erases everything of one's own.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let mut taken = Taken::default();
        for entry in store.entries_of(&key.author())? {
            taken.add_entry(&store, &entry, &key.author())?;
        }
        if taken.is_empty() {
            say("Nothing to erase: you have written nothing here, or it is erased already.");
            return Ok(());
        }
        confirm_and_write(context, &mut store, &key, &taken)
    }
}

impl Taken {
    /// Whether there is nothing to take back.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.values().all(|entry| entry.records.is_empty())
    }

    /// Takes back all that this author wrote in an entry.
    pub(super) fn add_entry(
        &mut self,
        store: &Store,
        entry: &EntryId,
        me: &Author,
    ) -> Result<(), CliError> {
        let history = store.history(entry)?;
        let summary = store.summary(entry)?;
        if summary.is_none_or(|summary| summary.kind == Kind::Erasure) {
            return Ok(());
        }
        let is_own = |version: &Version| is_left(version) && version.record.header.author == *me;
        let (own, rest): (Vec<Version>, Vec<Version>) = history.into_iter().partition(is_own);
        if own.is_empty() {
            return Ok(());
        }
        let line = line(store, entry)?;
        let others = rest.into_iter().filter(is_left).count();
        let records = own.into_iter().map(|version| version.record).collect();
        self.entries.insert(*entry, TakenEntry { line, records, others });
        Ok(())
    }

    /// Takes back what a shortened id means: an entry, or else one of its versions.
    fn add(&mut self, store: &Store, typed: &str, me: &Author) -> Result<(), CliError> {
        let is_entry =
            typed.trim().trim_start_matches(links::SCHEME).parse::<IdPrefix>().is_ok_and(
                |prefix| matches!(store.resolve(&prefix, Among::Entries), Ok(Resolution::One(_))),
            );
        let entry = find::entry(store, typed)?;
        let history = store.history(&entry)?;
        if is_entry {
            if !history.iter().any(|version| version.record.header.author == *me) {
                return Err(not_own(store, &entry)?);
            }
            return self.add_entry(store, &entry, me);
        }
        let id = find::version(store, &history, typed)?;
        let version = history.iter().find(|version| version.record.id == id);
        let version = version.ok_or_else(|| find::unknown(typed, &[]))?;
        if version.record.header.author != *me {
            let by = find::person(&version.record.header.author, version.name.as_deref());
            return Err(CliError::new(
                ErrorKind::NotAllowed,
                format!("the version {} was written by {by}", store.short(&id)?),
            )
            .hint(MUTE));
        }
        if !is_left(version) {
            return Ok(());
        }
        let others = history.iter().filter(|other| is_left(other)).count() - 1;
        let line = line(store, &entry)?;
        let taken = self.entries.entry(entry);
        let taken = taken.or_insert(TakenEntry { line, records: Vec::new(), others });
        if !taken.records.iter().any(|record| record.id == id) {
            taken.records.push(version.record.clone());
        }
        Ok(())
    }

    fn count(&self) -> u64 {
        self.entries.values().map(|entry| entry.records.len() as u64).sum()
    }
}

/// Writes erasures of what is taken back, as many as it needs, and gives their ids.
pub(super) fn write(
    context: &Context,
    store: &mut Store,
    key: &AuthorKey,
    taken: &Taken,
) -> Result<Vec<ContributionId>, CliError> {
    let records: Vec<&Record> = taken.entries.values().flat_map(|entry| &entry.records).collect();
    let mut erasures = Vec::new();
    for some in in_parts(&records) {
        let draft = Draft {
            subject: Subject::Genesis(Kind::Erasure),
            parents: Vec::new(),
            edits: erase_edits(some),
            summary: None,
        };
        let (verified, _) = context.write(store, key, draft)?;
        erasures.push(verified.id());
    }
    Ok(erasures)
}

fn confirm_and_write(
    context: &mut Context,
    store: &mut Store,
    key: &AuthorKey,
    taken: &Taken,
) -> Result<(), CliError> {
    for entry in taken.entries.values().take(SHOWN) {
        let mut goes = count(entry.records.len() as u64, "version of yours", "versions of yours");
        if entry.others == 0 {
            goes = "all of it".to_owned();
        }
        let stays = match entry.others {
            0 => String::new(),
            others => format!("; {} stay", count(others as u64, "other one", "other ones")),
        };
        say(format!("  {}  {}{}", entry.line, styled(goes, WARNING), styled(stays, FAINT)));
    }
    if let Some(more) = taken.entries.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        say(format!("  … and {} more", count(more as u64, "entry", "entries")));
    }
    say(format!(
        "The words of {} go for good, here and on every node that hears of it. What others wrote \
         stays; so does what somebody has copied.",
        count(taken.count(), "contribution", "contributions")
    ));
    if !ask("Erase that?", context.yes)? {
        return Err(CliError::new(ErrorKind::Unanswered, "nothing was erased"));
    }
    let erasures = write(context, store, key, taken)?;
    let (confirmed, peers) = confirmed(context);
    if context.out.is_json() {
        let erased =
            taken.entries.values().flat_map(|entry| &entry.records).map(|record| record.id);
        let object = json::Erased {
            erasures: erasures.iter().map(ToString::to_string).collect(),
            erased: erased.map(|id| id.to_string()).collect(),
            peers,
            confirmed,
        };
        return Ok(context.out.json(&object)?);
    }
    say(match (peers, confirmed) {
        (0, _) => "Erased here. It reaches the others when your node meets them: commons start."
            .to_owned(),
        (peers, confirmed) => format!(
            "Erased here, and confirmed on {confirmed} of {} that you are connected to. The others \
             hear of it when they are met.",
            count(peers as u64, "peer", "peers")
        ),
    });
    Ok(())
}

/// On how many of the connected peers it is, and how many there are. Peers tell within a moment;
/// one that is busy catching up takes longer, and is not waited for.
fn confirmed(context: &Context) -> (usize, usize) {
    let until = Instant::now() + CONFIRMATION;
    loop {
        let Some(node) = control::status(&context.home.socket()) else { return (0, 0) };
        if node.in_sync >= node.connected || Instant::now() > until {
            return (node.in_sync, node.connected);
        }
        std::thread::sleep(LOOK);
    }
}

/// Parts that fit into an erasure each.
fn in_parts<'a>(records: &'a [&'a Record]) -> impl Iterator<Item = &'a [&'a Record]> {
    let mut rest = records;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut fits = |record: &Record| {
            // A shape has an item for each edit at most, of a field's name and three numbers.
            bytes += TARGET_BYTES + record.edits().len() * SHAPE_ITEM_BYTES;
            bytes < PART_BYTES
        };
        let some = rest.iter().take_while(|record| fits(record)).count();
        let (part, left) = rest.split_at_checked(some.clamp(1, PART))?;
        rest = left;
        Some(part)
    })
}

/// Whether its words are still there, and could be taken back.
fn is_left(version: &Version) -> bool {
    !matches!(version.record.content, Content::Erased)
}

fn line(store: &Store, entry: &EntryId) -> Result<String, CliError> {
    let Some(summary) = store.summary(entry)? else { return Ok(store.short(&(*entry).into())?) };
    let title = escape::line(&summary.title);
    Ok(format!("{}  {} “{title}”", styled(&summary.short, ID), summary.kind.name()))
}

fn not_own(store: &Store, entry: &EntryId) -> Result<CliError, CliError> {
    let short = store.short(&(*entry).into())?;
    let message = format!("nothing in {short} was written by you");
    Ok(CliError::new(ErrorKind::NotAllowed, message).hint(MUTE))
}

const MUTE: &str = "everybody takes back their own words only; commons mute hides others' for you";

/// Entries that are named before the question: a screen.
const SHOWN: usize = 20;

/// Contributions that one erasure takes back at most, well below the bound on edits.
const PART: usize = 500;

/// Bytes of what one erasure says at most: of 64 KiB, with room for the header.
const PART_BYTES: usize = 56 * 1024;

/// Bytes of a target in an erasure without its shape: the id and the names around it.
const TARGET_BYTES: usize = 64;

/// Bytes of an item of a shape at most: a field's name of 32, three numbers of 9.
const SHAPE_ITEM_BYTES: usize = 64;

/// How long peers have to confirm before the verb tells how it stands.
const CONFIRMATION: Duration = Duration::from_secs(3);

/// How often the node is asked meanwhile.
const LOOK: Duration = Duration::from_millis(50);
