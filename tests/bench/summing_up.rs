//! What it takes to sum up: whole processes of `digest` and `tags`, in a commons in which everything
//! happens that happens at an event: of twenty entries seven are ideas, four resources, four comments,
//! two notes, and one each a project, an endorsement and a session. They are spread over thirty days.

use std::time::{Duration, Instant};

use commons_node::store::Source;
use commons_node::when;
use commons_proto::contribution::Verified;
use commons_proto::edit::Edit;
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use commons_tests::Person;
use commons_tests::ideas::{accept, store};
use commons_tests::scribe::{Scribe, about, add, set, splice};
use serde_json::{Value, json};

use crate::figures::spread;

/// How often each is run.
const PROCESSES: usize = 30;

/// Authors who take turns.
const AUTHORS: u8 = 50;

/// Tags that are taken in turn.
const TAGS: usize = 40;

/// Contributions in one transaction.
const BATCH: usize = 1_000;

/// When it begins, in seconds since 1970 UTC, and how long it goes on.
const BEGIN: u64 = 1_700_000_000;
const DAY: u64 = 24 * 60 * 60;
const DAYS: u64 = 30;

/// Fills a store with so many entries and sums them up.
pub(crate) fn measure(entries: usize) -> Vec<Value> {
    let person = Person::new("dora").in_commons(crate::COMMONS);
    fill(&person, entries);
    let middle = BEGIN + 15 * DAY;
    let day = [when::rfc3339(middle), when::rfc3339(middle + DAY)];
    let week = [when::rfc3339(middle), when::rfc3339(middle + 7 * DAY)];
    let digest = |span: &[String; 2], more: &[&str]| {
        let mut words = vec!["digest", "--since", &span[0], "--until", &span[1]];
        words.extend(more);
        time(&person, &words)
    };
    let told = &person.reads(["digest", "--since", &day[0], "--until", &day[1]])[0];
    vec![
        json!({
            "measure": "digest",
            "entries": entries,
            "day_contributions": told["contributions"],
            "day": digest(&day, &[]),
            "day_html": digest(&day, &["--format", "html"]),
            "day_tag": digest(&day, &["--tag", "tag-7"]),
            "week_tag": digest(&week, &["--tag", "tag-7"]),
        }),
        json!({
            "measure": "tags",
            "entries": entries,
            "all": time(&person, &["tags"]),
            "one": time(&person, &["tags", "tag-7"]),
        }),
    ]
}

fn time(person: &Person, words: &[&str]) -> Value {
    let times: Vec<Duration> = (0..PROCESSES)
        .map(|_| {
            let started = Instant::now();
            person.says(words);
            started.elapsed()
        })
        .collect();
    spread(times)
}

fn fill(person: &Person, entries: usize) {
    let scribes: Vec<Scribe> =
        (1..=AUTHORS).map(|number| Scribe::new(crate::COMMONS, number)).collect();
    let mut store = store(person);
    let mut batch: Vec<Verified> = Vec::with_capacity(BATCH);
    let mut last: Option<EntryId> = None;
    for number in 0..entries {
        let scribe = &scribes[number * 7 % scribes.len()];
        let time = BEGIN + number as u64 * DAYS * DAY / entries as u64;
        let (kind, edits) = entry(number, last);
        let written = scribe.begins_at(time, kind.clone(), edits);
        if matches!(kind, Kind::Idea | Kind::Resource | Kind::Project) {
            last = Some(written.record().entry());
        }
        batch.push(written);
        if batch.len() == BATCH {
            accept(&mut store, &batch, Source::Peer);
            batch.clear();
        }
    }
    accept(&mut store, &batch, Source::Peer);
}

/// The entry with this number; what is said is about the last.
fn entry(number: usize, last: Option<EntryId>) -> (Kind, Vec<Edit>) {
    let title = format!("What number {number} is about, in a few words");
    let tag = |shift: usize| add("tags", &format!("tag-{}", (number / 3 + shift) % TAGS));
    let titled = || vec![set("title", &title), tag(0), tag(number % 5 + 1)];
    let said = "It says so in one or two sentences, as people do who have little time for it.";
    match (number % 20, last) {
        (7..=10, _) => {
            let url = set("url", &format!("https://example.org/{number}"));
            (Kind::Resource, [titled(), vec![url]].concat())
        }
        (11..=14, Some(last)) => (Kind::Comment, vec![about(last), set("text", said)]),
        (15 | 16, _) => (Kind::Note, vec![set("text", &format!("{title}: {said}")), tag(0)]),
        (17, _) => (Kind::Project, [titled(), vec![add("skills", "statistics")]].concat()),
        (18, Some(last)) => (Kind::Endorsement, vec![about(last)]),
        (19, _) => (Kind::Session, titled()),
        _ => (Kind::Idea, [titled(), vec![splice(0, 0, said)]].concat()),
    }
}
