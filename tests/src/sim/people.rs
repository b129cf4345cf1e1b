//! The people of a simulation: they add entries of all kinds, change each other's, bring versions
//! back, comment, and take back what they wrote, as the program's verbs do it: what is shown, what
//! is wanted, the least edits between, on top of all heads.

use std::sync::Arc;

use commons_node::driver::keeper::Job;
use commons_node::store::{EntryView, Filter, Source, Store};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Shape, ShapeItem, Value};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::erasure;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use commons_proto::limits::PARENTS;
use commons_proto::policy;

use super::chance::Chance;
use super::model::has_words;
use super::node::is_safe;
use super::world::{Event, World};

/// Somebody with a key, and one or two machines.
pub(super) struct Person {
    pub(super) key: AuthorKey,
    pub(super) homes: Vec<usize>,
}

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Adds an entry.
    Add,
    /// Adds many entries at once.
    Import,
    /// Adds a text that gossip only announces.
    AddLarge,
    /// Changes an entry.
    Edit,
    /// Says two things at once on two machines.
    Equivocate,
    /// Brings a version back.
    Restore,
    /// Takes back something that is here.
    Erase,
    /// Takes back something that need not be here.
    EraseAhead,
    /// Takes something back in a way that makes no sense.
    EraseOddly,
}

/// A draft, and the words that are only in it.
type Composed = (Draft, Vec<String>);

impl Person {
    /// One for each machine, and one who has two.
    pub(super) fn all(nodes: usize, chance: &mut Chance) -> Vec<Self> {
        let mut homes: Vec<Vec<usize>> = (0..nodes).map(|node| vec![node]).collect();
        let first = chance.place(nodes);
        homes.push(vec![first, (first + 1) % nodes]);
        let person = |homes| Self { key: AuthorKey::from_secret(&chance.bytes()), homes };
        homes.into_iter().map(person).collect()
    }
}

impl World {
    /// Somebody does something on one of their machines.
    pub(super) fn does(&mut self, deed: Deed, chance: &mut Chance) {
        let person = chance.place(self.people.len());
        let Some(node) = chance.pick(&self.people[person].homes).copied() else { return };
        if self.nodes[node].asleep_until > self.now {
            return;
        }
        self.note(format_args!("{node}: person {person} does {deed:?}"));
        let composed =
            self.at_store(node, |world, store| world.compose(person, store, deed, chance));
        let Some(composed) = composed else {
            return self.note(format_args!("{node}: nothing can be done"));
        };
        let batch = self.sign_all(person, node, composed, chance);
        if batch.is_empty() {
            return;
        }
        if deed == Deed::Equivocate
            && let Some(other) =
                self.people[person].homes.iter().find(|home| **home != node).copied()
            && let [one, two] = batch.as_slice()
        {
            self.write(node, vec![one.clone()], chance);
            return self.write(other, vec![two.clone()], chance);
        }
        self.write(node, batch, chance);
    }

    /// Reads a machine's store, whether a node runs there or not.
    fn at_store<T>(&self, node: usize, work: impl FnOnce(&Self, &Store) -> Option<T>) -> Option<T> {
        match &self.nodes[node].running {
            Some(running) => work(self, &running.reader),
            None => {
                let store = Store::open(&self.nodes[node].database(), &self.commons).ok()?;
                work(self, &store)
            }
        }
    }

    fn sign_all(
        &mut self,
        person: usize,
        node: usize,
        composed: Vec<Composed>,
        chance: &mut Chance,
    ) -> Vec<Verified> {
        let time = self.nodes[node].wall(self.now);
        let mut batch = Vec::new();
        for (draft, marks) in composed {
            let signed = draft.sign(&self.people[person].key, &self.commons, time, chance.bytes());
            let Ok(verified) = signed else { continue };
            self.note(format_args!("{node}: signs {:?}", verified.id()));
            self.model.learn(&verified, marks);
            batch.push(verified);
        }
        batch
    }

    /// Writes through the running node, or as a command does that opens the database itself.
    fn write(&mut self, node: usize, batch: Vec<Verified>, chance: &mut Chance) {
        let ids: Vec<ContributionId> = batch.iter().map(Verified::id).collect();
        let by_node = chance.percent(60);
        if let Some(running) = self.nodes[node].running.as_ref().filter(|_| by_node) {
            let answers = Arc::clone(&running.answers);
            let answer = Box::new(move |answer| {
                answers.lock().expect("nothing panics with it").push((ids, answer));
            });
            return self.give(node, Job::Write { batch, answer });
        }
        let wall = self.nodes[node].wall(self.now);
        let path = self.nodes[node].database();
        let commons = self.commons;
        let told = Store::open(&path, &commons)
            .and_then(|mut store| store.accept(&batch, wall, Source::Here));
        match told {
            Ok(outcomes) => {
                let safe = ids.into_iter().zip(outcomes).filter(|(_, outcome)| is_safe(outcome));
                let safe: Vec<_> = safe.map(|(id, _)| id).collect();
                self.acknowledged(node, &safe);
            }
            Err(_) => self.note(format_args!("{node}: the command fails")),
        }
        if self.nodes[node].is_dead() {
            return self.lose_power(node);
        }
        if self.nodes[node].running.is_some() {
            self.check_growth(node);
            let (life, wait) = (self.nodes[node].life, chance.below(250));
            match chance.percent(70) {
                true => self.give(node, Job::Look),
                false => self.later(wait, Event::Look(node, life)),
            }
        }
    }

    fn compose(
        &self,
        person: usize,
        store: &Store,
        deed: Deed,
        chance: &mut Chance,
    ) -> Option<Vec<Composed>> {
        match deed {
            Deed::Add => Some(vec![add(store, 1, chance)]),
            Deed::AddLarge => Some(vec![add(store, 2_500, chance)]),
            Deed::Import => {
                let count = if chance.percent(20) { 90 } else { chance.between(2, 20) };
                Some((0..count).map(|_| add(store, 1, chance)).collect())
            }
            Deed::Edit => Some(vec![self.edit(person, store, chance)?]),
            Deed::Equivocate => {
                let mut apart = chance.apart();
                Some(vec![self.edit(person, store, chance)?, self.edit(person, store, &mut apart)?])
            }
            Deed::Restore => Some(vec![self.restore(person, store, chance)?]),
            Deed::Erase | Deed::EraseAhead | Deed::EraseOddly => {
                Some(vec![self.erase(person, store, deed, chance)?])
            }
        }
    }

    /// An entry that this person may change.
    fn somewhere(&self, person: usize, store: &Store, chance: &mut Chance) -> Option<EntryView> {
        let mut all = store.list(&Filter::default()).ok()?;
        // The latest more often than others, so that people meet.
        all.truncate(if chance.percent(60) { 4 } else { usize::MAX });
        let me = self.people[person].key.author();
        let view = store.entry(&chance.pick(&all)?.id).ok()??;
        policy::allows_author(&view.genesis, &me).ok()?;
        Some(view)
    }

    fn edit(&self, person: usize, store: &Store, chance: &mut Chance) -> Option<Composed> {
        let view = self.somewhere(person, store, chance)?;
        let (parents, state) = base(store, &view)?;
        let kind = &view.genesis.kind;
        let (mut wanted, mut marks) = (Wanted::new(), Vec::new());
        for _ in 0..chance.between(1, 3) {
            let field = chance.pick(kind.fields())?;
            want(&mut wanted, &mut marks, field, &state, store, chance);
        }
        let edits = entry::changes(kind, &state, &wanted);
        if edits.is_empty() {
            return None;
        }
        let subject = Subject::Entry(view.summary.id);
        Some((Draft { subject, parents, edits, summary: Some(word(&mut marks, chance)) }, marks))
    }

    fn restore(&self, person: usize, store: &Store, chance: &mut Chance) -> Option<Composed> {
        let view = self.somewhere(person, store, chance)?;
        let history = store.history(&view.summary.id).ok()?;
        let version = chance.pick(&history)?.record.id;
        let then = store.state_at(&view.summary.id, &[version]).ok()?.unwrap_or_default();
        let (parents, now) = base(store, &view)?;
        let edits = entry::changes(&view.genesis.kind, &now, &Wanted::from(&then));
        let subject = Subject::Entry(view.summary.id);
        let draft = Draft { subject, parents, edits, summary: None };
        (!draft.edits.is_empty()).then_some((draft, Vec::new()))
    }

    fn erase(
        &self,
        person: usize,
        store: &Store,
        deed: Deed,
        chance: &mut Chance,
    ) -> Option<Composed> {
        let me = self.people[person].key.author();
        let is_odd = deed == Deed::EraseOddly;
        let may = |id: &ContributionId| {
            let record = self.model.record(id);
            (record.header.author == me || is_odd)
                && has_words(record)
                && (deed != Deed::Erase || store.holds(id).unwrap_or(false))
                && (is_odd || record.header.subject != Subject::Genesis(Kind::Erasure))
        };
        let own: Vec<ContributionId> =
            self.model.all().map(|(id, _)| *id).filter(|id| may(id)).collect();
        let count = chance.between(1, 3);
        let targets: Vec<_> = (0..count).filter_map(|_| chance.pick(&own).copied()).collect();
        let targets: Vec<_> = targets.iter().map(|id| self.model.record(id)).collect();
        if targets.is_empty() {
            return None;
        }
        let mut edits = erasure::erase_edits(&targets);
        if is_odd {
            edits.iter_mut().for_each(|edit| distort(edit, chance));
        }
        let subject = Subject::Genesis(Kind::Erasure);
        Some((Draft { subject, parents: Vec::new(), edits, summary: None }, Vec::new()))
    }
}

/// Changes what an erasure says.
fn distort(edit: &mut Edit, chance: &mut Chance) {
    let Edit::Erase { target, shape } = edit else { return };
    match chance.below(4) {
        0 => *target = ContributionId(chance.bytes()),
        1 => *shape = Shape(vec![ShapeItem::Operations(chance.below(1 << 20))]),
        2 => *shape = Shape(vec![ShapeItem::Splice("body".to_owned(), chance.below(9), 2, 5)]),
        _ => {}
    }
}

/// What the next version follows, as the verb `edit` has it.
fn base(store: &Store, view: &EntryView) -> Option<(Vec<ContributionId>, State)> {
    let mut parents = view.heads.clone();
    if parents.len() <= PARENTS {
        return Some((parents, view.state.clone()));
    }
    parents.sort_unstable();
    parents.truncate(PARENTS);
    let state = store.state_at(&view.summary.id, &parents).ok()?;
    Some((parents, state.unwrap_or_default()))
}

/// A new entry of some kind, with so many lines of text.
fn add(store: &Store, lines: usize, chance: &mut Chance) -> Composed {
    let kind = match chance.below(14) {
        _ if lines > 1 => Kind::Idea,
        0..=4 => Kind::Idea,
        5 => Kind::Resource,
        6 => Kind::Project,
        7 => Kind::Session,
        8 => Kind::Person,
        9 | 10 => Kind::Note,
        11 => Kind::Comment,
        12 => Kind::Endorsement,
        _ => Kind::Membership,
    };
    let (mut wanted, mut marks) = (Wanted::new(), Vec::new());
    let nothing = State::default();
    for field in kind.fields() {
        let is_first = field.name == "title" || field.name == "text" || field.name == "about";
        if is_first || chance.percent(40) {
            want(&mut wanted, &mut marks, field, &nothing, store, chance);
        }
    }
    if lines > 1 {
        let text = "Sensors on beds. ".repeat(lines) + &word(&mut marks, chance);
        wanted.set("body", [Value::Text(text)]);
    }
    let edits = entry::changes(&kind, &nothing, &wanted);
    let subject = Subject::Genesis(kind);
    (Draft { subject, parents: Vec::new(), edits, summary: None }, marks)
}

/// Wants something in a field.
fn want(
    wanted: &mut Wanted,
    marks: &mut Vec<String>,
    field: &Field,
    state: &State,
    store: &Store,
    chance: &mut Chance,
) {
    let mut value = |chance: &mut Chance| match field.value {
        FieldValue::Text if chance.percent(20) => Value::from("beds"),
        FieldValue::Text => Value::Text(word(marks, chance)),
        FieldValue::Time => Value::Number(chance.below(1 << 31) as i64),
        FieldValue::Entry => Value::Entry(some_entry(store, chance)),
    };
    match field.field_type {
        FieldType::Single if chance.percent(15) => {
            wanted.set(field.name, []);
        }
        FieldType::Single => {
            wanted.set(field.name, [value(chance)]);
        }
        FieldType::Set => {
            let mut items: Vec<Value> = state.set(field.name).cloned().collect();
            if !items.is_empty() && chance.percent(40) {
                items.remove(chance.place(items.len()));
            }
            if items.is_empty() || chance.percent(60) {
                items.push(value(chance));
            }
            wanted.set(field.name, items);
        }
        FieldType::Prose => {
            let text = rewrite(&state.prose(field.name), marks, chance);
            wanted.set(field.name, [Value::Text(text)]);
        }
    }
}

fn some_entry(store: &Store, chance: &mut Chance) -> EntryId {
    let all = store.list(&Filter::default()).unwrap_or_default();
    chance.pick(&all).map_or(EntryId(chance.clone().bytes()), |one| one.id)
}

/// A text in which some words go and some come.
fn rewrite(text: &str, marks: &mut Vec<String>, chance: &mut Chance) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..chance.between(1, 3) {
        let at = chance.place(words.len() + 1);
        if at < words.len() && chance.percent(35) {
            words.remove(at);
        } else {
            words.insert(at, word(marks, chance));
        }
    }
    if words.len() > 60 {
        words.truncate(20);
    }
    words.join(" ")
}

/// A word that nobody has written before, among other letters now and then.
fn word(marks: &mut Vec<String>, chance: &mut Chance) -> String {
    let mark = format!("{:012x}", chance.number() >> 16);
    marks.push(mark.clone());
    if chance.percent(20) { format!("é{mark}ß") } else { mark }
}
