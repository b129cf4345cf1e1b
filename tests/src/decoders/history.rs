//! Arbitrary histories of an entry: whatever people did, in whatever order it arrives, every node
//! shows the same.

use arbitrary::{Arbitrary, Unstructured};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Content, Draft, Record, Subject, Verified};
use commons_proto::edit::{Edit, Shape, ShapeItem, Value};
use commons_proto::entry::{State, Step, Wanted, at, changes, heads, is_linear, materialise};
use commons_proto::erasure;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;

use super::contributions::COMMONS;

/// What people do to one entry.
pub(super) fn history(bytes: &[u8]) {
    let Ok(plan) = Vec::<Planned>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let history = History::of(plan);
    let steps = history.steps();
    let expected = materialise(&Kind::Idea, &steps);
    assert_eq!(State::decode(&expected.encode()).as_ref(), Ok(&expected));
    assert_eq!(at(&Kind::Idea, &steps, &heads(&steps)), expected, "at its heads it is as it is");
    assert_eq!(one_by_one(&steps), expected, "one by one");
    let other = other_way_round(&steps);
    assert_eq!(materialise(&Kind::Idea, &other), expected, "in another order");
    assert_eq!(one_by_one(&other), expected, "one by one in another order");

    let wordless: Vec<Record> = history.without_words();
    let shapes = history.shapes.iter().map(Option::as_ref);
    let wordless: Vec<Step> =
        wordless.iter().zip(shapes).map(|(record, shape)| Step { record, shape }).collect();
    assert_eq!(materialise(&Kind::Idea, &wordless), expected, "where the words never were");

    if let [.., last] = steps.as_slice() {
        let before = at(&Kind::Idea, &steps, &last.record.header.parents);
        leads_back(&history, &expected, &before);
    }
}

/// One contribution of a history.
#[derive(Debug, Arbitrary)]
pub(super) struct Planned {
    pub(super) by: bool,
    pub(super) parents: Parents,
    pub(super) edits: Vec<Did>,
    erased: Option<Erased>,
}

/// What it follows.
#[derive(Debug, Arbitrary)]
pub(super) enum Parents {
    /// All that is there.
    Heads,
    /// The one before.
    Last,
    /// Some of what is there.
    Some(Vec<u8>),
}

/// One thing that somebody did.
#[derive(Debug, Arbitrary)]
pub(super) enum Did {
    Set(Field, Item),
    Clear(Field),
    Add(Field, Item),
    Remove(Field, Item),
    Splice(Field, u8, u8, String),
    SpliceFar(Field, u64, u64, String),
    Newer(i16),
}

#[derive(Debug, Arbitrary)]
pub(super) enum Field {
    Title,
    Licence,
    Body,
    Tags,
    Unknown,
    Start,
    End,
    About,
}

#[derive(Debug, Arbitrary)]
pub(super) enum Item {
    One,
    Other,
    Text(String),
    Number(i64),
    Entry,
}

/// How a contribution is taken back.
#[derive(Debug, Arbitrary)]
enum Erased {
    /// With its own shape.
    Truly,
    /// With a shape that somebody made up.
    Falsely(Vec<MadeUp>),
}

#[derive(Debug, Arbitrary)]
enum MadeUp {
    Operations(u16),
    Splice(Field, u8, u8, u16),
    SpliceFar(Field, u64, u64, u64),
}

/// Contributions of one entry, and what is left of those that are taken back.
struct History {
    records: Vec<Record>,
    shapes: Vec<Option<Shape>>,
}

impl History {
    fn of(plan: Vec<Planned>) -> Self {
        let mut history = Self { records: Vec::new(), shapes: Vec::new() };
        for (place, planned) in plan.into_iter().take(MOST).enumerate() {
            history.push(place, planned);
        }
        history
    }

    fn push(&mut self, place: usize, planned: Planned) {
        let subject = match self.records.first() {
            Some(genesis) => Subject::Entry(EntryId::from(genesis.id)),
            None => Subject::Genesis(Kind::Idea),
        };
        let parents = parents(&planned.parents, &self.steps());
        let edits = planned.edits.into_iter().map(Did::edit).collect();
        let Some(signed) = sign(planned.by, subject, parents, edits, place) else { return };
        let record = signed.record();
        let shape = planned.erased.and_then(|erased| erased.shape(planned.by, &record));
        self.records.push(record);
        self.shapes.push(shape);
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let shapes = self.shapes.iter().map(Option::as_ref);
        self.records.iter().zip(shapes).map(|(record, shape)| Step { record, shape }).collect()
    }

    /// The same history where the words of what was taken back were never held.
    fn without_words(&self) -> Vec<Record> {
        let erase = |(record, shape): (&Record, &Option<Shape>)| {
            let mut record = record.clone();
            if shape.is_some() {
                record.content = Content::Erased;
            }
            record
        };
        self.records.iter().zip(&self.shapes).map(erase).collect()
    }
}

impl Erased {
    /// The shape that is left, as an erasure by the author makes it.
    fn shape(self, by: bool, target: &Record) -> Option<Shape> {
        let edits = match self {
            Self::Truly => erasure::erase_edits(&[target]),
            Self::Falsely(items) => {
                let items = items.into_iter().map(|item| match item {
                    MadeUp::Operations(count) => ShapeItem::Operations(count.into()),
                    MadeUp::Splice(field, at, delete, insert) => {
                        ShapeItem::Splice(field.name(), at.into(), delete.into(), insert.into())
                    }
                    MadeUp::SpliceFar(field, at, delete, insert) => {
                        ShapeItem::Splice(field.name(), at, delete, insert)
                    }
                });
                vec![Edit::Erase { target: target.id, shape: Shape(items.collect()) }]
            }
        };
        let erasure = sign(by, Subject::Genesis(Kind::Erasure), Vec::new(), edits, 0)?;
        erasure::effective(target, &Kind::Idea, [&erasure.record()].into_iter())
    }
}

impl Did {
    /// The edit.
    pub(super) fn edit(self) -> Edit {
        match self {
            Self::Set(field, item) => Edit::Set { field: field.name(), value: Some(item.value()) },
            Self::Clear(field) => Edit::Set { field: field.name(), value: None },
            Self::Add(field, item) => Edit::Add { field: field.name(), item: item.value() },
            Self::Remove(field, item) => Edit::Remove { field: field.name(), item: item.value() },
            Self::Splice(field, at, delete, insert) => {
                Edit::Splice { field: field.name(), at: at.into(), delete: delete.into(), insert }
            }
            Self::SpliceFar(field, at, delete, insert) => {
                Edit::Splice { field: field.name(), at, delete, insert }
            }
            Self::Newer(number) => Edit::Newer(commons_proto::cbor::encode(&number)),
        }
    }
}

impl Field {
    fn name(&self) -> String {
        let name = match self {
            Self::Title => "title",
            Self::Licence => "licence",
            Self::Body => "body",
            Self::Tags => "tags",
            Self::Unknown => "mood",
            Self::Start => "start",
            Self::End => "end",
            Self::About => "about",
        };
        name.to_owned()
    }
}

impl Item {
    fn value(self) -> Value {
        match self {
            Self::One => "wards".into(),
            Self::Other => "doors".into(),
            Self::Text(text) => Value::Text(text),
            Self::Number(number) => Value::Number(number),
            Self::Entry => Value::Entry(EntryId([9; 32])),
        }
    }
}

/// Signs; none if it is too large.
pub(super) fn sign(
    by: bool,
    subject: Subject,
    parents: Vec<ContributionId>,
    edits: Vec<Edit>,
    salt: usize,
) -> Option<Verified> {
    let draft = Draft { subject, parents, edits, summary: None };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&(salt as u64).to_be_bytes());
    draft.sign(&AuthorKey::from_secret(&[u8::from(by) + 1; 32]), &COMMONS, 7, bytes).ok()
}

/// The ids of what is followed, of what is there.
pub(super) fn parents(chosen: &Parents, steps: &[Step]) -> Vec<ContributionId> {
    let Some(last) = steps.last() else { return Vec::new() };
    match chosen {
        Parents::Heads => heads(steps),
        Parents::Last => vec![last.record.id],
        Parents::Some(places) => {
            let some = places.iter().take(8).map(|place| usize::from(*place) % steps.len());
            let some: Vec<_> = some.map(|place| steps[place].record.id).collect();
            if some.is_empty() { vec![last.record.id] } else { some }
        }
    }
}

/// What a store does: fold what follows all that is there, materialise again otherwise.
fn one_by_one(steps: &[Step]) -> State {
    let mut state = State::default();
    for (place, step) in steps.iter().enumerate() {
        if step.record.header.parents == heads(&steps[..place]) {
            state.fold(&Kind::Idea, *step);
        } else {
            state = materialise(&Kind::Idea, &steps[..=place]);
        }
    }
    if is_linear(steps) {
        assert_eq!(materialise(&Kind::Idea, steps), state, "a linear history is folded");
    }
    state
}

/// Parents before children, and else the last first.
fn other_way_round<'a>(steps: &[Step<'a>]) -> Vec<Step<'a>> {
    let mut waiting: Vec<Step> = steps.to_vec();
    let mut arrived: Vec<Step> = Vec::new();
    while !waiting.is_empty() {
        let came = |id: &_| arrived.iter().any(|step| step.record.id == *id);
        let is_free = |step: &Step| step.record.header.parents.iter().all(came);
        let next = waiting.iter().rposition(is_free).expect("a history has no circles");
        arrived.push(waiting.remove(next));
    }
    arrived
}

/// An edit can bring back what was shown before.
fn leads_back(history: &History, now: &State, before: &State) {
    let edits = changes(&Kind::Idea, now, &Wanted::from(before));
    let steps = history.steps();
    let entry = Subject::Entry(steps[0].record.id.into());
    let Some(signed) = sign(true, entry, heads(&steps), edits, MOST) else { return };
    let mut after = now.clone();
    after.fold(&Kind::Idea, Step { record: &signed.record(), shape: None });
    for field in Kind::Idea.fields() {
        assert_eq!(after.single(field.name), before.single(field.name));
        assert!(after.set(field.name).eq(before.set(field.name)));
        assert_eq!(after.prose(field.name), before.prose(field.name));
    }
    assert_eq!(changes(&Kind::Idea, &after, &Wanted::from(before)), []);
}

/// Contributions of a history: enough for every shape of branches, few enough to be quick.
const MOST: usize = 24;
