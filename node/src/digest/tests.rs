//! What a digest tells, and that it tells everybody the same.

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{CommonsId, ContributionId};
use commons_proto::kind::Kind;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::store::{Outcome, Source, Target};

/// When the span of these tests begins, in seconds since 1970 UTC: it lasts an hour.
const BEGIN: u64 = 1_790_000_000;
const END: u64 = BEGIN + 3600;

struct Room {
    _directory: TempDir,
    store: Store,
}

impl Room {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(&directory.path().join("test.sqlite"), &commons()).unwrap();
        Self { _directory: directory, store }
    }

    /// Takes a contribution in; whether it is held now.
    fn take(&mut self, contribution: &Verified) -> bool {
        let batch = std::slice::from_ref(contribution);
        let outcomes = self.store.accept(batch, END + 3600, Source::Peer).unwrap();
        matches!(outcomes[..], [Outcome::New { .. } | Outcome::Known])
    }

    /// Somebody begins an entry.
    fn begin(&mut self, author: u8, time: u64, kind: Kind, edits: Vec<Edit>) -> ContributionId {
        let contribution = sign(author, time, Subject::Genesis(kind), &[], edits);
        assert!(self.take(&contribution));
        contribution.id()
    }

    /// Somebody changes an entry.
    fn change(&mut self, author: u8, time: u64, entry: ContributionId, edits: Vec<Edit>) {
        let heads = self.store.entry(&entry.into()).unwrap().unwrap().heads;
        let contribution = sign(author, time, Subject::Entry(entry.into()), &heads, edits);
        assert!(self.take(&contribution));
    }

    fn digest(&self, tags: &[&str]) -> Digest {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let asked = Asked { tags, since: BEGIN, until: END, bodies: false };
        digest(&self.store, &asked).unwrap()
    }
}

fn commons() -> CommonsId {
    CommonsId::derive("test", None).unwrap()
}

fn key(number: u8) -> AuthorKey {
    AuthorKey::from_secret(&[number; 32])
}

fn sign(
    author: u8,
    time: u64,
    subject: Subject,
    parents: &[ContributionId],
    edits: Vec<Edit>,
) -> Verified {
    let draft = Draft { subject, parents: parents.to_vec(), edits, summary: None };
    draft.sign(&key(author), &commons(), time, [7; 16]).unwrap()
}

fn set(field: &str, value: impl Into<Value>) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(value.into()) }
}

fn add(field: &str, item: &str) -> Edit {
    Edit::Add { field: field.to_owned(), item: item.into() }
}

fn about(entry: ContributionId) -> Edit {
    set("about", Value::Entry(entry.into()))
}

fn titled(title: &str, tags: &[&str]) -> Vec<Edit> {
    let tags = tags.iter().map(|tag| add("tags", tag));
    std::iter::once(set("title", title)).chain(tags).collect()
}

fn titles(digest: &Digest) -> Vec<&str> {
    digest.posts.iter().map(|post| post.item.title.as_str()).collect()
}

#[test]
fn what_happened_is_summed_up() {
    let mut room = Room::new();
    room.begin(1, BEGIN - 50, Kind::Person, vec![set("name", "Ana")]);
    let old = room.begin(1, BEGIN - 40, Kind::Idea, titled("Old", &["wards"]));
    room.begin(3, BEGIN - 30, Kind::Idea, titled("Older", &["wards"]));
    let idea = room.begin(1, BEGIN + 10, Kind::Idea, titled("Beds", &["Wards", "sensors"]));
    room.begin(2, BEGIN + 20, Kind::Note, vec![set("text", "Soap\nis out"), add("tags", "soap")]);
    room.change(2, BEGIN + 30, old, vec![set("title", "Old and new")]);
    room.begin(2, BEGIN + 40, Kind::Comment, vec![about(idea), set("text", "Yes")]);
    room.begin(2, BEGIN + 41, Kind::Endorsement, vec![about(idea)]);
    let mut edits = titled("Quiet nights", &["wards"]);
    edits.extend([add("skills", "rust"), set("repository", "https://example.org/r")]);
    let project = room.begin(2, BEGIN + 50, Kind::Project, edits);
    room.begin(1, BEGIN + 60, Kind::Membership, vec![about(project)]);
    room.begin(3, END, Kind::Idea, titled("Too late", &["wards"]));

    let all = room.digest(&[]);
    assert_eq!(titles(&all), ["Beds", "Soap", "Old and new", "Quiet nights"]);
    let told: Vec<(Option<&str>, u64, u64)> = all
        .people
        .iter()
        .map(|one| (one.person.name.as_deref(), one.contributions, one.begun))
        .collect();
    assert_eq!(told, [(None, 5, 4), (Some("Ana"), 2, 2)]);
    assert_eq!(all.contributions, 7);
    assert_eq!(
        all.tally(),
        "2 people, 1 idea, 1 project, 1 note, 1 comment, 1 endorsement, 1 membership"
    );
    let related: Vec<(&str, u64)> =
        all.related.iter().map(|one| (one.tag.as_str(), one.entries)).collect();
    assert_eq!(related, [("wards", 3), ("sensors", 1), ("soap", 1)]);
    let beds = &all.posts[0];
    assert!(beds.is_new && beds.changed_by.is_empty() && beds.text.is_none());
    assert_eq!(beds.comments[0].text, "Yes");
    assert_eq!(beds.endorsed_by[0].author, key(2).author());
    assert_eq!(all.posts[1].text.as_deref(), Some("Soap\nis out"));
    let changed = &all.posts[2];
    assert!(!changed.is_new);
    assert_eq!((changed.changed_by[0].changes, changed.changed_by[0].time), (1, BEGIN + 30));
    assert_eq!(all.projects[0].skills, ["rust"]);
    assert_eq!(all.projects[0].team[0].name.as_deref(), Some("Ana"));

    let tagged = room.digest(&["sensors", "wards"]);
    assert_eq!(titles(&tagged), ["Beds"], "with all of the tags");
    assert_eq!(tagged.people.len(), 2, "who commented is involved");
    assert!(tagged.related.is_empty());
    assert!(room.digest(&["nothing"]).is_empty());
}

#[test]
fn what_was_said_about_a_tagged_entry_belongs_to_its_tag() {
    let mut room = Room::new();
    let idea = room.begin(1, BEGIN - 5, Kind::Idea, titled("Beds", &["wards"]));
    let text = |text: &str| set("text", text);
    let comment = room.begin(2, BEGIN + 1, Kind::Comment, vec![about(idea), text("One")]);
    let answer = room.begin(3, BEGIN + 2, Kind::Comment, vec![about(comment), text("Two")]);
    room.begin(1, BEGIN + 3, Kind::Endorsement, vec![about(answer)]);
    room.begin(2, BEGIN + 4, Kind::Note, vec![about(idea), text("See this")]);
    let start = set("start", Value::Number(BEGIN as i64 + 100));
    let edits = vec![set("title", "Session"), set("workstream", "#Wards"), start];
    room.begin(3, BEGIN - 6, Kind::Session, edits);
    let digest = room.digest(&["wards"]);
    assert_eq!(titles(&digest), ["Beds", "See this"]);
    let said: Vec<&str> = digest.posts[0].comments.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(said, ["One", "Two"]);
    assert!(digest.posts[0].endorsed_by.is_empty(), "a comment was endorsed, not the idea");
    assert_eq!(digest.posts[1].about.as_ref().unwrap().title, "Beds");
    assert_eq!(digest.sessions[0].item.title, "Session", "its workstream is a tag");
    assert_eq!(digest.people.len(), 3);
}

#[test]
fn sessions_are_those_that_begin_in_the_span_and_those_without_a_time() {
    let mut room = Room::new();
    let mut session = |title: &str, begun: u64, start: Option<u64>| {
        let start = start.map(|start| set("start", Value::Number(start as i64)));
        let edits = titled(title, &[]).into_iter().chain(start).collect();
        room.begin(1, begun, Kind::Session, edits);
    };
    session("Second", BEGIN - 9, Some(BEGIN + 200));
    session("First", BEGIN + 9, Some(BEGIN + 100));
    session("Next week", BEGIN + 9, Some(END + 100));
    session("Sometime", BEGIN + 10, None);
    session("Old", BEGIN - 10, None);
    let digest = room.digest(&[]);
    let titles: Vec<&str> =
        digest.sessions.iter().map(|session| session.item.title.as_str()).collect();
    assert_eq!(titles, ["First", "Second", "Sometime"]);
}

#[test]
fn nobody_raises_their_own_resource_and_nobody_counts_twice() {
    let mut room = Room::new();
    let url = |url: &str| set("url", url);
    let mut own = titled("Pushed", &[]);
    own.push(url("https://example.org/pushed"));
    let pushed = room.begin(1, BEGIN + 1, Kind::Resource, own);
    let loved = room.begin(2, BEGIN + 2, Kind::Resource, titled("Loved", &[]));
    let liked = room.begin(2, BEGIN + 3, Kind::Resource, titled("Liked", &[]));
    for time in 10..15 {
        room.begin(1, BEGIN + time, Kind::Endorsement, vec![about(pushed)]);
        let words = set("text", format!("https://example.org/pushed is good {time}").as_str());
        room.begin(1, BEGIN + time, Kind::Note, vec![words]);
        room.begin(3, BEGIN + time, Kind::Endorsement, vec![about(liked)]);
        let words = set("text", format!("commons:{liked} {time}").as_str());
        room.begin(3, BEGIN + time, Kind::Note, vec![words]);
    }
    for author in [1, 3] {
        room.begin(author, BEGIN + 20, Kind::Comment, vec![about(loved), set("text", "Good")]);
    }
    // By its address on the web, from somebody else; and too late to count.
    room.begin(4, BEGIN + 30, Kind::Note, vec![set("text", "http://example.org/pushed/")]);
    room.begin(5, END, Kind::Endorsement, vec![about(pushed)]);
    let digest = room.digest(&[]);
    let ranked: Vec<(&str, u64, u64, u64)> = digest
        .resources
        .iter()
        .map(|one| (one.item.title.as_str(), one.support, one.endorsements, one.references))
        .collect();
    assert_eq!(ranked, [("Loved", 2, 0, 2), ("Liked", 1, 1, 1), ("Pushed", 1, 0, 1)]);
}

#[test]
fn what_is_muted_or_taken_back_is_left_out() {
    let mut room = Room::new();
    let idea = room.begin(1, BEGIN + 1, Kind::Idea, titled("Kept", &[]));
    let other = room.begin(2, BEGIN + 2, Kind::Idea, titled("Muted", &[]));
    room.begin(1, BEGIN + 3, Kind::Comment, vec![about(other), set("text", "About what?")]);
    room.begin(2, BEGIN + 4, Kind::Comment, vec![about(idea), set("text", "Muted")]);
    room.change(2, BEGIN + 5, idea, vec![set("title", "Kept still")]);
    let words = vec![about(idea), set("text", "Taken back")];
    let said = sign(3, BEGIN + 6, Subject::Genesis(Kind::Comment), &[], words);
    assert!(room.take(&said));
    let erasure = erase_edits(&[&said.record()]);
    room.begin(3, BEGIN + 7, Kind::Erasure, erasure);
    room.store.mute(&[Target::Author(key(2).author())], END).unwrap();
    let digest = room.digest(&[]);
    assert_eq!(titles(&digest), ["Kept still"]);
    assert!(digest.posts[0].comments.is_empty() && digest.posts[0].changed_by.is_empty());
    assert_eq!(digest.people.len(), 1);
    assert_eq!(digest.contributions, 1);
}

#[test]
fn of_too_many_entries_the_last_are_told() {
    let mut room = Room::new();
    for (time, title) in [(1, "One"), (2, "Two"), (2, "Also two"), (3, "Three")] {
        room.begin(1, BEGIN + time, Kind::Idea, titled(title, &[]));
    }
    let touched = |most| room.store.look(|look| look.touched(BEGIN, END, most)).unwrap();
    let (found, left_out) = touched(2);
    assert_eq!(found.len(), 1, "none of a second of which not all fit");
    assert_eq!((found[0].0.title.as_str(), left_out), ("Three", 3));
    assert_eq!((touched(3).0.len(), touched(4).0.len()), (3, 4));
}

#[test]
fn hostile_words_do_nothing_in_any_form() {
    let mut room = Room::new();
    let hostile = "</title><script>alert(1)</script> [x](javascript:x) \u{202e}`*\u{0}";
    room.begin(1, BEGIN, Kind::Person, vec![set("name", "</a> (aaaaaaaa)<script>")]);
    let mut edits = titled(hostile, &["\"><script>"]);
    edits.extend([
        set("url", "javascript:alert(1)"),
        set("licence", "<script>"),
        Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert: hostile.to_owned() },
    ]);
    let resource = room.begin(1, BEGIN + 1, Kind::Resource, edits);
    room.begin(2, BEGIN + 2, Kind::Comment, vec![about(resource), set("text", hostile)]);
    room.begin(2, BEGIN + 2, Kind::Note, vec![set("text", hostile)]);
    let mut project = titled(hostile, &[]);
    project.extend([add("skills", hostile), set("demo", "javascript:x"), set("status", "x")]);
    room.begin(1, BEGIN + 3, Kind::Project, project);
    let asked = Asked { since: BEGIN, until: END, bodies: true, ..Asked::default() };
    let digest = digest(&room.store, &asked).unwrap();
    let page = html::page(&digest, "<script>");
    let feed = feed::feed(&digest, "<script>");
    let text = markdown::markdown(&digest);
    for shown in [&page, &feed] {
        assert!(!shown.contains("<script") && !shown.contains("href=\"javascript"), "{shown}");
        assert!(!shown.contains(['\u{202e}', '\u{0}']), "{shown}");
    }
    assert!(!text.contains(['\u{202e}', '\u{0}']));
    let shown = crate::render::markdown::markdown(&text, 0, &crate::render::NoLinks).into_string();
    assert!(!shown.contains("<script") && !shown.contains("href=\"javascript"), "{shown}");
    atom_syndication::Feed::read_from(feed.as_bytes()).expect("it is a feed");
}

/// What somebody may do: who, when, what, and to which of the entries before.
#[derive(Debug, Clone)]
struct Deed {
    author: u8,
    time: u64,
    what: usize,
    which: usize,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..4_u8, 0..6_u64, 0..12_usize, any::<usize>());
    let deed = deed.prop_map(|(author, time, what, which)| Deed { author, time, what, which });
    prop::collection::vec(deed, 1..40)
}

/// The contributions of these deeds, each after those that it needs.
fn contributions(deeds: &[Deed]) -> Vec<Verified> {
    let mut all: Vec<Verified> = Vec::new();
    for (number, deed) in deeds.iter().enumerate() {
        let (author, time) = (deed.author, BEGIN - 2 + deed.time);
        let before = (!all.is_empty()).then(|| &all[deed.which % all.len().max(1)]);
        let title = format!("Entry {number}");
        let tags = ["wards", "beds", "soap"];
        let tag = add("tags", tags[deed.which % 3]);
        let begin = |kind, edits| sign(author, time, Subject::Genesis(kind), &[], edits);
        let url = set("url", format!("https://example.org/{}", deed.which % 3).as_str());
        let contribution = match (deed.what, before) {
            (0, _) => begin(Kind::Idea, vec![set("title", title.as_str()), tag]),
            (1, _) => begin(Kind::Resource, vec![set("title", title.as_str()), url, tag]),
            (2, _) => {
                begin(Kind::Project, vec![set("title", title.as_str()), add("skills", "rust")])
            }
            (3, _) => {
                let start = Value::Number((BEGIN + deed.time * 900) as i64);
                begin(Kind::Session, vec![set("title", title.as_str()), set("start", start)])
            }
            (4, _) => begin(Kind::Person, vec![set("name", title.as_str())]),
            (5, Some(before)) => begin(
                Kind::Comment,
                vec![about(before.record().entry().into()), set("text", "Yes")],
            ),
            (6, Some(before)) => {
                begin(Kind::Endorsement, vec![about(before.record().entry().into())])
            }
            (7, Some(before)) => {
                begin(Kind::Membership, vec![about(before.record().entry().into())])
            }
            (8, Some(before)) => {
                let text = format!("{title} on commons:{}", before.record().entry());
                begin(Kind::Note, vec![set("text", text.as_str()), tag])
            }
            (9, Some(before)) => {
                let mine = before.record().header.author == key(author).author();
                if !mine {
                    continue;
                }
                begin(Kind::Erasure, erase_edits(&[&before.record()]))
            }
            // At once with whatever others do.
            (_, Some(before)) => {
                let entry = before.record().entry();
                let edits = vec![set("title", title.as_str()), tag];
                sign(author, time, Subject::Entry(entry), &[before.id()], edits)
            }
            (_, None) => continue,
        };
        all.push(contribution);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whoever_holds_the_same_gets_the_same(deeds in deeds(), seed in any::<u64>()) {
        let all = contributions(&deeds);
        let mut rooms = [Room::new(), Room::new()];
        let mut order: Vec<usize> = (0..all.len()).collect();
        for room in &mut rooms {
            let mut waiting: Vec<&Verified> = order.iter().map(|at| &all[*at]).collect();
            loop {
                let before = waiting.len();
                waiting.retain(|contribution| !room.take(contribution));
                if waiting.is_empty() || waiting.len() == before {
                    break;
                }
            }
            // Another order for the next.
            order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        }
        for tags in [&[][..], &["wards"], &["wards", "beds"]] {
            let [one, other] = [&rooms[0], &rooms[1]].map(|room| room.digest(tags));
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(html::page(&one, "test"), html::page(&other, "test"));
        }
    }
}
