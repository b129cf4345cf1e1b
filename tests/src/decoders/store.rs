//! A store that is given arbitrary contributions in an arbitrary order: what it shows is what its
//! log says, and what any other store shows that holds the same.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use commons_node::programme::programme;
use commons_node::store::{Filter, Outcome, Source, Store, Summary};
use commons_proto::contribution::{Record, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::entry::State;
use commons_proto::erasure;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::policy::Genesis;
use tempfile::TempDir;

use super::contributions::COMMONS;
use super::history::{Did, Parents, sign};

/// What is written, and in which batches it comes.
pub(super) fn store(bytes: &[u8]) {
    let Ok(plan) = Vec::<Written>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let directory = TempDir::with_prefix("commons-decoders-").expect("a temporary directory");
    let open = |name: &str| {
        Store::open(&directory.path().join(name), &COMMONS).expect("a store can be made")
    };
    let all = written(plan);

    let mut one = open("one");
    let mut late = Vec::new();
    for batch in all.chunks(5) {
        let batch: Vec<Verified> = batch.iter().map(|(one, _)| one.clone()).collect();
        late.extend(accept(&mut one, &batch));
    }
    // What had to wait for an erasure, or was erased meanwhile.
    accept(&mut one, &late);
    let shown = shows(&one);
    programme(&one).expect("it can be read");
    assert_eq!(one.rebuild().expect("it can be read"), 0, "the view is what the log says");
    assert_eq!(shows(&one), shown);

    // Another node gets what this one sends, and the latest as early as may be.
    let mut other = open("other");
    let ids: Vec<ContributionId> =
        one.ids().expect("it can be read").into_iter().map(|(id, _)| id).collect();
    let mut sent: Vec<Verified> = all.iter().map(|(one, _)| one.clone()).collect();
    sent.retain(|one| ids.contains(&one.id()));
    sent.reverse();
    while !sent.is_empty() {
        let left = accept(&mut other, &sent);
        assert!(left.len() < sent.len(), "what one store took, another takes");
        sent = left;
    }
    assert_eq!(shows(&other), shown);
    let report = other.verify(|_, _| {}).expect("it can be read");
    assert!(report.damaged.is_empty() && report.file.is_empty() && !report.rebuilt, "{report:?}");

    // A third has only what goes over the wire, which is causal.
    let mut third = open("third");
    for bytes in other.contributions(&ids).expect("it can be read") {
        let left = accept(&mut third, &[sound(&bytes)]);
        assert!(left.is_empty(), "what is sent can be taken as it comes");
    }
    assert_eq!(shows(&third), shown);
}

/// Something that somebody writes.
#[derive(Debug, Arbitrary)]
enum Written {
    Begins {
        by: bool,
        kind: u8,
        did: Vec<Did>,
    },
    Follows {
        by: bool,
        entry: u8,
        parents: Parents,
        did: Vec<Did>,
    },
    Erases {
        by: bool,
        targets: Vec<u8>,
        shapeless: bool,
    },
    /// Something is not here but as its author left it: without its words.
    Wordless {
        which: u8,
    },
}

/// The contributions, each with its place.
fn written(plan: Vec<Written>) -> Vec<(Verified, usize)> {
    let mut all: Vec<(Verified, usize)> = Vec::new();
    for (place, written) in plan.into_iter().take(MOST).enumerate() {
        let edits = |did: Vec<Did>| did.into_iter().map(Did::edit).collect::<Vec<Edit>>();
        let one = match written {
            Written::Begins { by, kind, did } => {
                let kind = match usize::from(kind) % (Kind::KNOWN.len() + 1) {
                    known if known < Kind::KNOWN.len() => Kind::KNOWN[known].clone(),
                    _ => Kind::new("newer", true).expect("a good name"),
                };
                sign(by, Subject::Genesis(kind), Vec::new(), edits(did), place)
            }
            Written::Follows { by, entry, parents, did } => {
                follow(&all, entry, &parents).and_then(|(entry, parents)| {
                    sign(by, Subject::Entry(entry), parents, edits(did), place)
                })
            }
            Written::Erases { by, targets, shapeless } => {
                erase(&all, by, &targets, shapeless, place)
            }
            Written::Wordless { which } => pick(&all, which).map(|one| one.clone().erased()),
        };
        all.extend(one.map(|one| (one, place)));
    }
    all
}

fn pick(all: &[(Verified, usize)], which: u8) -> Option<&Verified> {
    all.get(usize::from(which) % all.len().max(1)).map(|(one, _)| one)
}

/// An entry and some of its contributions; or of others, which is refused.
fn follow(
    all: &[(Verified, usize)],
    entry: u8,
    parents: &Parents,
) -> Option<(EntryId, Vec<ContributionId>)> {
    let entry = pick(all, entry)?.entry();
    let of = all.iter().map(|(one, _)| one).filter(|one| one.entry() == entry);
    let of: Vec<&Verified> = of.collect();
    let parents = match parents {
        Parents::Heads => {
            let followed: Vec<_> = of.iter().flat_map(|one| &one.header().parents).collect();
            of.iter().map(|one| one.id()).filter(|id| !followed.contains(&id)).collect()
        }
        Parents::Last => vec![of.last()?.id()],
        Parents::Some(places) => {
            let some = places.iter().take(4);
            let some: Vec<_> = some.filter_map(|which| Some(pick(all, *which)?.id())).collect();
            if some.is_empty() { vec![of.last()?.id()] } else { some }
        }
    };
    Some((entry, parents))
}

fn erase(
    all: &[(Verified, usize)],
    by: bool,
    targets: &[u8],
    shapeless: bool,
    place: usize,
) -> Option<Verified> {
    let targets = targets.iter().take(4).filter_map(|which| pick(all, *which));
    let targets: Vec<Record> = targets.map(Verified::record).collect();
    let mut edits = erasure::erase_edits(&targets.iter().collect::<Vec<_>>());
    if shapeless {
        for edit in &mut edits {
            if let Edit::Erase { shape, .. } = edit {
                shape.0.clear();
            }
        }
    }
    sign(by, Subject::Genesis(Kind::Erasure), Vec::new(), edits, place)
}

/// Gives a batch to a store; what it may yet take.
fn accept(store: &mut Store, batch: &[Verified]) -> Vec<Verified> {
    let outcomes = store.accept(batch, 7, Source::Peer).expect("the disk has room");
    assert_eq!(outcomes.len(), batch.len());
    let may_yet = |(one, outcome): (&Verified, Outcome)| match outcome {
        Outcome::MissingParents(_) | Outcome::ErasedWithoutErasure => Some(one.clone()),
        Outcome::Unstored => panic!("nobody else uses the store"),
        Outcome::New { .. } | Outcome::Known | Outcome::Refused(_) => None,
    };
    batch.iter().zip(outcomes).filter_map(may_yet).collect()
}

fn sound(bytes: &[u8]) -> Verified {
    let unchecked = commons_proto::wire::Unchecked::new(bytes.to_vec());
    let checked = unchecked.and_then(|one| one.check(&COMMONS, |author| author.admit()));
    checked.expect("what a store sends is sound")
}

/// An entry, whole, with the ids of its history.
type Whole = (Summary, State, Vec<ContributionId>, Genesis, Vec<ContributionId>);

/// What a store shows of each entry.
fn shows(store: &Store) -> BTreeMap<EntryId, Whole> {
    let mut ids: Vec<EntryId> = Vec::new();
    for kind in Kind::KNOWN.into_iter().chain(Kind::new("newer", true)) {
        let filter = Filter { kinds: vec![kind], ..Filter::default() };
        ids.extend(store.list(&filter).expect("it can be read").iter().map(|entry| entry.id));
    }
    let entries = ids.into_iter().map(|id| {
        let view = store.entry(&id).expect("it can be read").expect("what is listed is there");
        let history = store.history(&id).expect("it can be read");
        let versions = history.iter().map(|version| version.record.id).collect();
        (id, (view.summary, view.state, view.heads, view.genesis, versions))
    });
    entries.collect()
}

/// Contributions.
const MOST: usize = 20;
