//! How a digest is put together from what the store sees of a span.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use super::{
    About, Asked, Change, Comment, Digest, Involved, Item, Person, Post, Project, RelatedTag,
    Resource, Session,
};
use crate::store::{Look, Seen, Shortener, Touched, Try};

/// Puts the digest together.
pub(super) fn gather(look: &mut Look, asked: &Asked) -> Try<Digest> {
    let (touched, left_out) = look.touched(asked.since, asked.until, ENTRIES)?;
    let mut gathering = Gathering {
        look,
        asked,
        threads: BTreeMap::new(),
        anchors: HashMap::new(),
        people: BTreeMap::new(),
        begun: BTreeMap::new(),
        names: HashMap::new(),
    };
    for (seen, touched) in touched {
        gathering.take(seen, touched)?;
    }
    gathering.finish(left_out)
}

/// A digest that is being put together.
struct Gathering<'a, 'c> {
    look: &'a mut Look<'c>,
    asked: &'a Asked,
    /// What is told of each post.
    threads: BTreeMap<EntryId, Thread>,
    /// The post beneath which what is said about an entry is told, if it is shown.
    anchors: HashMap<EntryId, Option<EntryId>>,
    /// Contributions and beginnings of each author.
    people: BTreeMap<Author, (u64, u64)>,
    begun: BTreeMap<String, u64>,
    names: HashMap<Author, Option<String>>,
}

/// A post with what was said about it.
struct Thread {
    seen: Seen,
    /// What was done to the post itself.
    touched: Option<Touched>,
    /// What it says, and what it is about, if it is a note.
    says: Option<String>,
    about: Option<EntryId>,
    comments: Vec<(Seen, u64, String)>,
    endorsed: Vec<(u64, EntryId, Author)>,
    joined: Vec<(u64, EntryId, Author)>,
    first: u64,
    last: u64,
}

impl Gathering<'_, '_> {
    /// Takes in an entry that was touched.
    fn take(&mut self, seen: Seen, touched: Touched) -> Try<()> {
        if seen.kind == Kind::Erasure || !seen.is_shown() {
            return Ok(());
        }
        match seen.kind {
            Kind::Comment | Kind::Endorsement | Kind::Membership => self.take_reply(seen, touched),
            _ => self.take_post(seen, touched),
        }
    }

    fn take_post(&mut self, seen: Seen, touched: Touched) -> Try<()> {
        let state = self.state_for_tags(&seen)?;
        if !self.belongs(&seen, &state)? {
            return Ok(());
        }
        self.credit(&seen, &touched);
        let is_note = seen.kind == Kind::Note;
        let thread = self.thread(seen, touched.first, touched.last);
        thread.touched = Some(touched);
        if is_note {
            thread.says = Some(clipped(&words(&state, "text")));
            thread.about = about(&state);
        }
        Ok(())
    }

    /// As much of what an entry says as tells whether it belongs to the digest.
    fn state_for_tags(&mut self, seen: &Seen) -> Try<State> {
        match seen.kind {
            Kind::Note => self.look.state(seen),
            Kind::Session if !self.asked.tags.is_empty() => self.look.state(seen),
            _ => Ok(State::default()),
        }
    }

    /// Whether a post belongs to the digest: by its tags, or as a note about an entry that has them.
    fn belongs(&mut self, seen: &Seen, state: &State) -> Try<bool> {
        if self.has_tags(seen, state) {
            return Ok(true);
        }
        let Some(about) = about(state) else { return Ok(false) };
        let about = self.look.entry(&about)?.filter(is_readable);
        Ok(about.is_some_and(|seen| self.has_tags(&seen, &State::default())))
    }

    /// Takes in what was said about a post. What is about something that is not shown here is left
    /// out: nobody could tell what it means.
    fn take_reply(&mut self, seen: Seen, touched: Touched) -> Try<()> {
        let state = self.look.state(&seen)?;
        let Some(about) = about(&state) else { return Ok(()) };
        let Some(anchor) = self.anchor(about)? else { return Ok(()) };
        self.credit(&seen, &touched);
        // Its author may have changed it later; it was said when it was begun.
        let time = touched.begun.unwrap_or(touched.first);
        let thread = self.thread(anchor, touched.first, touched.last);
        match seen.kind {
            Kind::Comment => {
                let text = clipped(&words(&state, "text"));
                thread.comments.push((seen, time, text));
            }
            // One of a comment is not one of the post.
            _ if thread.seen.id != about => {}
            Kind::Endorsement => thread.endorsed.push((time, seen.id, seen.author)),
            _ => thread.joined.push((time, seen.id, seen.author)),
        }
        Ok(())
    }

    /// The post that is told of for what was said about this entry, if it belongs to the digest.
    fn anchor(&mut self, about: EntryId) -> Try<Option<Seen>> {
        if let Some(known) = self.anchors.get(&about) {
            let Some(anchor) = *known else { return Ok(None) };
            return match self.threads.get(&anchor) {
                Some(thread) => Ok(Some(thread.seen.clone())),
                None => self.look.entry(&anchor),
            };
        }
        let mut found = None;
        let mut next = Some(about);
        for _ in 0..ANSWERS {
            let Some(id) = next.take() else { break };
            let Some(seen) = self.look.entry(&id)?.filter(is_readable) else { break };
            if matches!(seen.kind, Kind::Comment | Kind::Endorsement | Kind::Membership) {
                next = self::about(&self.look.state(&seen)?);
                continue;
            }
            let state = self.state_for_tags(&seen)?;
            found = self.belongs(&seen, &state)?.then_some(seen);
        }
        self.anchors.insert(about, found.as_ref().map(|seen| seen.id));
        Ok(found)
    }

    /// Whether an entry has the tags that are asked for. A workstream is one.
    fn has_tags(&self, seen: &Seen, state: &State) -> bool {
        let workstream = state.single("workstream").and_then(Value::as_text).and_then(super::tag);
        self.asked.tags.iter().all(|wanted| {
            let mut tags = seen.tags.iter();
            tags.any(|tag| tag.to_lowercase() == *wanted) || workstream.as_ref() == Some(wanted)
        })
    }

    fn thread(&mut self, seen: Seen, first: u64, last: u64) -> &mut Thread {
        let thread = self.threads.entry(seen.id).or_insert_with(|| Thread {
            seen,
            touched: None,
            says: None,
            about: None,
            comments: Vec::new(),
            endorsed: Vec::new(),
            joined: Vec::new(),
            first,
            last,
        });
        thread.first = thread.first.min(first);
        thread.last = thread.last.max(last);
        thread
    }

    fn credit(&mut self, seen: &Seen, touched: &Touched) {
        for (author, hand) in &touched.hands {
            self.people.entry(*author).or_default().0 += hand.contributions;
        }
        if touched.begun.is_some() {
            self.people.entry(seen.author).or_default().1 += 1;
            *self.begun.entry(seen.kind.name().to_owned()).or_default() += 1;
        }
    }

    fn finish(mut self, left_out: u64) -> Try<Digest> {
        let mut threads: Vec<Thread> = std::mem::take(&mut self.threads).into_values().collect();
        threads.sort_by_key(|thread| (thread.first, thread.seen.id));
        let too_many = threads.len().saturating_sub(POSTS);
        let related = self.related(&threads);
        let comments: usize = threads.iter().map(|thread| thread.comments.len()).sum();
        let mut shortener = self.look.shortener(threads.len() + comments)?;
        let (resources, urls) = self.resources(&threads, &mut shortener)?;
        let projects = self.projects(&threads, &mut shortener)?;
        let sessions = self.sessions(&threads, &mut shortener)?;
        let mut posts = Vec::with_capacity(threads.len() - too_many);
        for thread in threads.into_iter().skip(too_many) {
            let url = urls.get(&thread.seen.id).cloned();
            posts.push(Post { url, ..self.post(thread, &mut shortener)? });
        }
        let mut people = Vec::with_capacity(self.people.len());
        for (author, (contributions, begun)) in std::mem::take(&mut self.people) {
            people.push(Involved { person: self.person(&author)?, contributions, begun });
        }
        people.sort_by_key(|one| (Reverse(one.contributions), one.person.author));
        Ok(Digest {
            tags: self.asked.tags.iter().cloned().collect(),
            since: self.asked.since,
            until: self.asked.until,
            contributions: people.iter().map(|one| one.contributions).sum(),
            begun: self.begun,
            people,
            resources,
            related,
            projects,
            sessions,
            posts,
            left_out: left_out + too_many as u64,
        })
    }

    fn related(&self, threads: &[Thread]) -> Vec<RelatedTag> {
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for thread in threads {
            let tags = thread.seen.tags.iter().map(|tag| tag.to_lowercase());
            let tags: std::collections::BTreeSet<String> = tags
                .filter(|tag| tag.len() <= TAG_BYTES && !self.asked.tags.contains(tag))
                .collect();
            for tag in tags {
                *counted.entry(tag).or_default() += 1;
            }
        }
        let mut related: Vec<RelatedTag> =
            counted.into_iter().map(|(tag, entries)| RelatedTag { tag, entries }).collect();
        related.sort_by(|one, other| {
            (Reverse(one.entries), &one.tag).cmp(&(Reverse(other.entries), &other.tag))
        });
        related.truncate(RELATED);
        related
    }

    /// The top resources, and where each resource is.
    fn resources(
        &mut self,
        threads: &[Thread],
        shortener: &mut Shortener,
    ) -> Try<(Vec<Resource>, HashMap<EntryId, String>)> {
        let (mut ranked, mut urls) = (Vec::new(), HashMap::new());
        for thread in threads.iter().filter(|thread| thread.seen.kind == Kind::Resource) {
            let state = self.look.state(&thread.seen)?;
            urls.extend(line(&state, "url").map(|url| (thread.seen.id, url)));
            let support = self.look.support(&thread.seen, &state, self.asked.until, SUPPORTERS)?;
            ranked.push((support, &thread.seen));
        }
        ranked.sort_by_key(|(support, seen)| {
            (Reverse(support.people), Reverse(seen.created), seen.id)
        });
        ranked.truncate(TOP);
        let mut resources = Vec::with_capacity(ranked.len());
        for (support, seen) in ranked {
            resources.push(Resource {
                item: self.item(seen, shortener)?,
                url: urls.get(&seen.id).cloned(),
                support: support.people,
                endorsements: support.endorsements,
                references: support.references,
            });
        }
        Ok((resources, urls))
    }

    fn projects(&mut self, threads: &[Thread], shortener: &mut Shortener) -> Try<Vec<Project>> {
        let mut projects = Vec::new();
        let found = threads.iter().filter(|thread| thread.seen.kind == Kind::Project);
        for thread in found.take(PROJECTS) {
            let state = self.look.state(&thread.seen)?;
            let mut team = Vec::new();
            for author in self.look.team(&thread.seen, self.asked.until, TEAM)? {
                team.push(self.person(&author)?);
            }
            projects.push(Project {
                item: self.item(&thread.seen, shortener)?,
                skills: lines(&state, "skills"),
                team,
                repository: line(&state, "repository"),
                demo: line(&state, "demo"),
            });
        }
        Ok(projects)
    }

    fn sessions(&mut self, threads: &[Thread], shortener: &mut Shortener) -> Try<Vec<Session>> {
        let mut found: BTreeMap<EntryId, (Seen, State)> = BTreeMap::new();
        for seen in self.look.sessions(self.asked.since, self.asked.until, SESSIONS)? {
            let state = self.look.state(&seen)?;
            // Where people disagree about the start, only one of theirs counts.
            let start = time(&state, "start");
            let begins =
                start.is_some_and(|start| (self.asked.since..self.asked.until).contains(&start));
            if begins && self.has_tags(&seen, &state) {
                found.insert(seen.id, (seen, state));
            }
        }
        for thread in threads.iter().filter(|thread| thread.seen.kind == Kind::Session) {
            let state = self.look.state(&thread.seen)?;
            if time(&state, "start").is_none() {
                found.insert(thread.seen.id, (thread.seen.clone(), state));
            }
        }
        let mut sessions = Vec::with_capacity(found.len());
        for (seen, state) in found.into_values() {
            let start = time(&state, "start");
            sessions.push(Session {
                item: self.item(&seen, shortener)?,
                start,
                end: time(&state, "end").filter(|end| start.is_some_and(|start| start < *end)),
                place: line(&state, "place"),
                workstream: line(&state, "workstream"),
                leads: lines(&state, "leads"),
            });
        }
        sessions.sort_by_key(|session| (session.start.is_none(), session.start, session.item.id));
        Ok(sessions)
    }

    fn post(&mut self, mut thread: Thread, shortener: &mut Shortener) -> Try<Post> {
        let text = match thread.says.take() {
            Some(text) => Some(text),
            None if self.asked.bodies => {
                let state = self.look.state(&thread.seen)?;
                let field = if thread.seen.kind == Kind::Person { "about" } else { "body" };
                Some(clipped(&words(&state, field)))
            }
            None => None,
        };
        let about = match &thread.about {
            Some(about) => self.look.entry(about)?.filter(is_readable),
            None => None,
        };
        let touched = thread.touched.unwrap_or_default();
        let mut changes = Vec::new();
        for (author, hand) in touched.hands {
            let own = u64::from(touched.begun.is_some() && author == thread.seen.author);
            if hand.contributions > own {
                let person = self.person(&author)?;
                changes.push(Change { person, changes: hand.contributions - own, time: hand.last });
            }
        }
        changes.sort_by_key(|change| (change.time, change.person.author));
        thread.comments.sort_by_key(|(seen, time, _)| (*time, seen.id));
        let mut comments = Vec::with_capacity(thread.comments.len());
        for (seen, time, text) in thread.comments {
            let by = self.person(&seen.author)?;
            let short = shortener.short(&seen.id.0)?;
            comments.push(Comment { id: seen.id, short, by, time, text });
        }
        Ok(Post {
            item: self.item(&thread.seen, shortener)?,
            time: thread.first,
            last: thread.last,
            is_new: touched.begun.is_some(),
            text: text.filter(|text| !text.is_empty()),
            url: None,
            about: about.map(|seen| About { id: seen.id, title: seen.title }),
            changed_by: changes,
            comments,
            endorsed_by: self.people_of(thread.endorsed)?,
            joined_by: self.people_of(thread.joined)?,
        })
    }

    /// Each of these people once, in the order in which they did something.
    fn people_of(&mut self, mut did: Vec<(u64, EntryId, Author)>) -> Try<Vec<Person>> {
        did.sort_unstable();
        let mut told = std::collections::BTreeSet::new();
        let mut people = Vec::new();
        for (_, _, author) in did {
            if told.insert(author) {
                people.push(self.person(&author)?);
            }
        }
        Ok(people)
    }

    fn item(&mut self, seen: &Seen, shortener: &mut Shortener) -> Try<Item> {
        Ok(Item {
            id: seen.id,
            short: shortener.short(&seen.id.0)?,
            kind: seen.kind.name().to_owned(),
            title: seen.title.clone(),
            tags: seen.tags.clone(),
            by: self.person(&seen.author)?,
            created: seen.created,
            licence: seen.licence.clone(),
        })
    }

    fn person(&mut self, author: &Author) -> Try<Person> {
        if let Some(name) = self.names.get(author) {
            return Ok(Person { author: *author, name: name.clone() });
        }
        let name = self.look.name(author)?;
        self.names.insert(*author, name.clone());
        Ok(Person { author: *author, name })
    }
}

/// Whether an entry may be named, even if another stands for it in lists.
fn is_readable(seen: &Seen) -> bool {
    !seen.hidden && !seen.muted
}

fn about(state: &State) -> Option<EntryId> {
    match state.single("about") {
        Some(Value::Entry(entry)) => Some(*entry),
        _ => None,
    }
}

/// A text, whether it is one line or prose.
fn words(state: &State, field: &str) -> String {
    match state.single(field).and_then(Value::as_text) {
        Some(text) => text.trim().to_owned(),
        None => state.prose(field).trim().to_owned(),
    }
}

fn line(state: &State, field: &str) -> Option<String> {
    let text = state.single(field).and_then(Value::as_text).map(str::trim);
    text.filter(|text| !text.is_empty()).map(clipped)
}

fn lines(state: &State, field: &str) -> Vec<String> {
    state.set(field).filter_map(Value::as_text).take(LINES).map(clipped).collect()
}

fn time(state: &State, field: &str) -> Option<u64> {
    match state.single(field) {
        Some(Value::Number(seconds)) => u64::try_from(*seconds).ok(),
        _ => None,
    }
}

/// A text, or as much of it as a digest tells.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Entries that are looked at, those touched last: three weeks of the busiest commons that is meant,
/// and a bound on what a flood makes a digest hold.
const ENTRIES: usize = 100_000;

/// Posts that are told, the last ones: nobody reads more.
const POSTS: usize = 10_000;

/// Resources that are told.
const TOP: usize = 10;

/// Related tags that are told.
const RELATED: usize = 50;

/// Bytes of a tag that is told: 64 characters, which is what people can write.
const TAG_BYTES: usize = 256;

/// Projects that are told.
const PROJECTS: usize = 1000;

/// Members of a project that are told.
const TEAM: usize = 50;

/// Sessions of the span that are looked at, the first: a programme of many days.
const SESSIONS: usize = 2000;

/// People who are counted behind a resource: from there on it is simply popular.
const SUPPORTERS: usize = 1000;

/// Comments on comments that are followed to what they are about.
const ANSWERS: usize = 8;

/// Characters of a text that are told: as many as a person may write into a note.
const TEXT_CHARS: usize = 5000;

/// Items of a set that are told.
const LINES: usize = 50;
