//! Whether erased words are gone: from every file of every home, from the search, for those who
//! were away, for those who come later, and when an old peer offers them again.

use std::fs;
use std::path::Path;

use commons_node::store::{Filter, Source};
use commons_proto::contribution::{Subject, Verified};
use commons_proto::kind::Kind;
use commons_tests::ideas::{accept, now, store};
use commons_tests::scribe::{about, add, receives, set, splice};
use commons_tests::{Liar, Member, Person, Scribe, settle, settle_members};

/// Words that stand in no other text, one for each place in which a contribution has words.
const WORDS: [&str; 7] =
    ["quernstone", "bodkinfair", "tagwraith", "linkmarrow", "licenvale", "summervex", "notequill"];

/// Everything that a person can say, in an entry of their own, in a change of it and in a note.
fn secret(scribe: &Scribe) -> Vec<Verified> {
    let edits = vec![
        set("title", "A quernstone for the ward"),
        splice(0, 0, &"The bodkinfair is read at night. ".repeat(300)),
        add("tags", "tagwraith"),
        add("links", "https://linkmarrow.example"),
    ];
    let subject = Subject::Genesis(Kind::Idea);
    let idea = scribe.signs_with_summary(now(), subject, &[], edits, Some("for a summervex"));
    let change = scribe.follows(&[&idea], vec![set("licence", "licenvale")]);
    let note = vec![set("text", "a notequill"), add("tags", "tagwraith"), about(idea.entry())];
    let note = scribe.begins(Kind::Note, note);
    vec![idea, change, note]
}

fn erase(scribe: &Scribe, targets: &[Verified]) -> Verified {
    scribe.erases(&targets.iter().collect::<Vec<_>>())
}

/// Which of the words are in a file of this home, in upper or lower case: the database, its
/// companions, drafts, anything.
fn leavings(person: &Person) -> Vec<String> {
    let mut found = Vec::new();
    look(person.home(), &mut found);
    found
}

fn look(directory: &Path, found: &mut Vec<String>) {
    for file in fs::read_dir(directory).expect("the home is there") {
        let path = file.expect("the home can be read").path();
        if path.is_dir() {
            look(&path, found);
            continue;
        }
        // A socket is no file, and a companion may just go.
        let Ok(bytes) = fs::read(&path) else { continue };
        let bytes = bytes.to_ascii_lowercase();
        for word in WORDS {
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
}

const NONE: [&str; 0] = [];

/// Nothing of what was erased is told by any verb.
#[track_caller]
fn nothing_is_told(person: &Person, targets: &[Verified]) {
    let mut said = person.says(["list"]) + &person.says(["list", "--json"]);
    for target in targets {
        let id = target.id().to_string();
        for verb in ["history", "show"] {
            said += &person.runs([verb, &id]).out;
            said += &person.runs([verb, &id, "--json"]).out;
        }
    }
    for word in WORDS {
        assert!(!said.to_lowercase().contains(word), "{} tells {word}: {said}", person.name());
        assert!(
            store(person).search(&Filter::of_words(word, 10)).expect("a search").is_empty(),
            "{word} is found"
        );
    }
    assert!(person.list().iter().all(|entry| entry["tags"] != serde_json::json!(["tagwraith"])));
}

/// Whoever erases, and whoever hears of it, has the words nowhere: not in the database, not in its
/// companions, not in drafts. The node that was away and those who come later neither; history and
/// fingerprint are the same everywhere.
#[test]
fn case_13_erased_words_are_gone_from_every_file_of_every_node() {
    let [ana, ben, cleo, dan] = ["ana", "ben", "cleo", "dan"].map(Person::new);
    let scribe = Scribe::of(&ana);
    ana.adds_idea("Bed sensors");
    let targets = secret(&scribe);
    accept(&mut store(&ana), &targets, Source::Here);
    let id = targets[0].id().to_string();
    // A draft of hers that could not be written is hers to remove; what was written leaves none.
    let input = "The bodkinfair again.";
    ana.runs_with_input(["edit", &id, "--body-file", "-"], input).succeeded();
    let edit = store(&ana)
        .history(&targets[0].entry())
        .expect("it can be read")
        .pop()
        .expect("it can be read");
    assert_eq!(edit.record.header.author, scribe.author());

    let node = ana.starts();
    let other = ben.starts_with(&["--peer", &node.address()]);
    let third = cleo.starts_with(&["--peer", &node.address()]);
    settle(&[&ana, &ben, &cleo]);
    third.stops();
    for person in [&ana, &ben, &cleo] {
        assert!(!leavings(person).is_empty(), "{} has had the words", person.name());
    }

    // Cleo is away. Ana erases, beside her running node.
    let records: Vec<_> = targets.iter().map(Verified::record).chain([edit.record]).collect();
    let edits = commons_proto::erasure::erase_edits(&records.iter().collect::<Vec<_>>());
    accept(&mut store(&ana), &[scribe.begins(Kind::Erasure, edits)], Source::Here);
    assert_eq!(leavings(&ana), NONE, "her own words go at once");
    settle(&[&ana, &ben]);
    nothing_is_told(&ana, &targets);
    nothing_is_told(&ben, &targets);
    commons_tests::wait::until("the words to go from the files of those who heard", || {
        let left = leavings(&ben);
        if left.is_empty() { Ok(()) } else { Err(left.join(", ")) }
    });

    // Cleo comes back with the words, and Dan comes for the first time, both to Ben alone.
    node.stops();
    let third = cleo.starts_with(&["--peer", &other.address()]);
    settle(&[&ben, &cleo]);
    commons_tests::wait::until("the words to go from the files of one who was away", || {
        let left = leavings(&cleo);
        if left.is_empty() { Ok(()) } else { Err(left.join(", ")) }
    });
    let fourth = dan.starts_with(&["--peer", &third.address()]);
    settle(&[&ana, &ben, &cleo, &dan]);
    assert_eq!(leavings(&dan), NONE);
    for node in [other, third, fourth] {
        node.stops();
    }
    for person in [&ana, &ben, &cleo, &dan] {
        nothing_is_told(person, &targets);
        assert_eq!(leavings(person), NONE, "{}", person.name());
        assert_eq!(person.titles(), ["Bed sensors"]);
        let report = &person.reads(["verify"])[0];
        assert_eq!((&report["changed"], &report["damaged"]), (&0.into(), &serde_json::json!([])));
    }
}

/// An old peer, or one that means harm, offers the words again, by sync and by gossip: they are not
/// kept, not shown, and not passed on.
#[test]
fn case_13_an_old_peer_does_not_bring_the_words_back() {
    let ana = Member::new("Ana");
    let ben = Member::knowing("Ben", &[&ana]);
    let scribe = Scribe::new(ana.person().commons(), 7);
    let mut targets = secret(&scribe);
    // A genesis that nobody here has heard of is offered without its erasure first.
    let later = targets.split_off(2);
    receives(&mut store(ana.person()), &targets);
    let erasure = erase(&scribe, &[targets.as_slice(), &later].concat());
    receives(&mut store(ana.person()), std::slice::from_ref(&erasure));
    ben.until_it_holds(&[targets[0].id(), targets[1].id(), erasure.id()]);

    let liar = Liar::meets(&ana);
    let all: Vec<Vec<u8>> = targets.iter().chain(&later).map(Verified::encode).collect();
    liar.offers(&all);
    for bytes in &all {
        liar.gossips(bytes);
    }
    ana.until_it_holds(&[later[0].id()]);
    ben.until_it_holds(&[later[0].id()]);
    settle_members(&[&ana, &ben]);
    for member in [&ana, &ben] {
        assert!(!member.has_refused(liar.peer()), "an old peer is not blamed");
        nothing_is_told(member.person(), &targets);
        nothing_is_told(member.person(), &later);
    }
    assert!(ana.store().contributions(&[later[0].id()]).expect("it can be read").iter().all(
        |bytes| {
            let bytes = bytes.to_ascii_lowercase();
            WORDS.iter().all(|word| !bytes.windows(word.len()).any(|part| part == word.as_bytes()))
        }
    ));
    let people = [ana.stops(), ben.stops()];
    for person in &people {
        assert_eq!(leavings(person), NONE, "{}", person.name());
    }
}
