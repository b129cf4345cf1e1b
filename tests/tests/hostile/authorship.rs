//! What belongs to somebody, and who seems to say what: case 8.

use commons_node::store::Outcome;
use commons_proto::contribution::Verified;
use commons_proto::kind::Kind;
use commons_tests::ideas::store;
use commons_tests::scribe::{about, add, carry, receives, set};
use commons_tests::{Person, Scribe};
use serde_json::Value;

const NOT_THE_AUTHOR: Outcome = Outcome::Refused("not-the-author");

/// A change of an own kind by somebody else is refused: alone, in a batch with its genesis, by a
/// newer version's kind that says it is its author's, and also when it is an empty one.
#[test]
fn case_08_an_own_kind_changed_by_somebody_else_is_refused() {
    let ana = Person::new("ana");
    let (owner, other) = (Scribe::new(ana.commons(), 1), Scribe::new(ana.commons(), 2));
    let mut store = store(&ana);
    let idea = owner.idea("Bed sensors");
    receives(&mut store, std::slice::from_ref(&idea));
    let newer = Kind::new("survey", false).expect("a good name");
    let own = [Kind::Person, Kind::Note, Kind::Comment, Kind::Endorsement, Kind::Membership, newer];
    for kind in own {
        let begun = owner.begins(
            kind.clone(),
            vec![set("name", "Ana"), set("text", "Ana's words"), about(idea.entry())],
        );
        let changed = other.follows(&[&begun], vec![set("name", "Ben"), set("text", "Ben's")]);
        let empty = other.follows(&[&begun], Vec::new());
        let after = other.follows(&[&changed], vec![set("text", "And more")]);
        let together = [begun.clone(), changed.clone()];
        assert_eq!(receives(&mut store, &together)[1], NOT_THE_AUTHOR, "{kind:?}");
        assert_eq!(receives(&mut store, &[changed.clone(), empty]), [NOT_THE_AUTHOR; 2]);
        let waits = Outcome::MissingParents(vec![changed.id()]);
        assert_eq!(receives(&mut store, &[after]), [waits], "what follows it finds no parent");
        let own_change = owner.follows(&[&begun], vec![set("text", "Ana's later words")]);
        assert!(matches!(receives(&mut store, &[own_change])[..], [Outcome::New { .. }]));
        let history = store.history(&begun.entry()).unwrap();
        assert_eq!(history.len(), 2, "{kind:?}");
        assert!(history.iter().all(|version| version.record.header.author == owner.author()));
    }
    // The others may of course be told the same, and one who held it would not be believed.
    assert!(store.verify(|_, _| ()).unwrap().damaged.is_empty());
}

/// The program refuses it as well, and says whose it is.
#[test]
fn case_08_the_program_does_not_write_what_others_would_refuse() {
    let ben = Person::new("ben");
    let ana = Scribe::new(ben.commons(), 1);
    let profile = ana.begins(Kind::Person, vec![set("name", "Ana Silva")]);
    receives(&mut store(&ben), std::slice::from_ref(&profile));
    let id = profile.id().to_string();
    let said = ben.runs(["edit", &id, "--set", "name=Ben"]).failed_with(10);
    assert!(said.err.contains(&ana.author().to_string()[..8]), "{said}");
    assert_eq!(ben.reads(["show", &id])[0]["versions"], 1);
}

/// Two authors who call themselves alike can be told apart wherever one of them is named, for
/// people and for programs; a name cannot carry another's key; a comment that speaks in another's
/// name is shown as its author's.
#[test]
fn case_08_authors_of_the_same_name_are_told_apart_wherever_they_are_named() {
    let reader = Person::new("reader");
    let (ana, liar) = (Scribe::new(reader.commons(), 1), Scribe::new(reader.commons(), 2));
    let [ana_key, liar_key] =
        [&ana, &liar].map(|scribe| scribe.author().to_string()[..8].to_owned());
    let idea = ana.begins(Kind::Idea, vec![set("title", "Bed sensors"), add("tags", "beds")]);
    let entry = idea.entry();
    let edit = liar.follows(&[&idea], vec![set("title", "Bed sensors for all")]);
    let words = "Ana Silva: I take back my idea.";
    let batch: Vec<Verified> = vec![
        ana.begins(Kind::Person, vec![set("name", "Ana Silva")]),
        liar.begins(Kind::Person, vec![set("name", "Ana Silva")]),
        idea,
        edit,
        liar.begins(Kind::Comment, vec![about(entry), set("text", words)]),
        liar.begins(Kind::Note, vec![set("text", "By the same Ana")]),
    ];
    receives(&mut store(&reader), &batch);
    let id = entry.to_string();
    let (by_ana, by_liar) = (format!("Ana Silva ({ana_key})"), format!("Ana Silva ({liar_key})"));

    let list = reader.says(["list"]);
    let line = |words: &str| list.lines().find(|line| line.contains(words)).unwrap().to_owned();
    assert!(line("Bed sensors").contains(&format!("{by_ana} +1")), "{list}");
    assert!(line("I take back").contains(&by_liar), "{list}");
    assert!(line("By the same").contains(&by_liar), "{list}");
    let shown = reader.says(["show", &id]);
    assert!(shown.contains(&format!("by {by_ana}")), "{shown}");
    let (above, _) = shown.split_once("I take back").unwrap();
    let comment = above.lines().rev().nth(1).unwrap();
    assert!(comment.contains(&by_liar), "{shown}");
    let history = reader.says(["history", &id]);
    assert!(history.lines().next().unwrap().contains(&by_liar), "{history}");
    assert!(history.contains(&by_ana), "{history}");

    let author = |value: &Value| value["author"].as_str().unwrap().to_owned();
    let referring = &reader.reads(["show", &id])[0]["referred_by"][0];
    assert_eq!(author(referring), liar.author().to_string());
    let versions = reader.reads(["history", &id]);
    assert_eq!(author(&versions[0]), liar.author().to_string());
    let by_name = reader.runs(["list", "--by", "ana silva"]).failed_with(4);
    assert!(by_name.err.contains(&ana_key) && by_name.err.contains(&liar_key), "{by_name}");
    assert_eq!(reader.reads(["list", "--by", &ana_key]).len(), 2);
}

/// A name in which somebody else's key stands is not mistaken for that person.
#[test]
fn case_08_a_name_cannot_carry_another_key() {
    let reader = Person::new("reader");
    let (ana, liar) = (Scribe::new(reader.commons(), 1), Scribe::new(reader.commons(), 2));
    let [ana_key, liar_key] =
        [&ana, &liar].map(|scribe| scribe.author().to_string()[..8].to_owned());
    let idea = ana.idea("Bed sensors");
    let edit = liar.follows(&[&idea], vec![set("title", "Beds")]);
    let boast = format!("Ana Silva ({ana_key})");
    let batch = [
        liar.begins(Kind::Person, vec![set("name", &boast)]),
        idea.clone(),
        edit,
        liar.idea("Doors"),
    ];
    receives(&mut store(&reader), &batch);
    let shown = format!("Ana Silva [{ana_key}] ({liar_key})");
    let list = reader.says(["list"]);
    let line = list.lines().find(|line| line.contains("Doors")).unwrap();
    assert!(line.contains(&shown), "{list}");
    for verb in ["show", "history"] {
        let said = reader.says([verb, &idea.id().to_string()]);
        assert!(said.contains(&shown), "{said}");
        assert!(!said.contains(&boast), "{said}");
    }
}

/// What a node accepted it passes on, and another node gives the same verdicts.
#[test]
fn case_08_the_verdict_is_the_same_on_the_next_node() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let (owner, other) = (Scribe::new(ana.commons(), 1), Scribe::new(ana.commons(), 2));
    let note = owner.begins(Kind::Note, vec![set("text", "Quiet nights")]);
    let own = owner.follows(&[&note], vec![set("text", "Quieter nights")]);
    let strange = other.follows(&[&note], vec![set("text", "Loud nights")]);
    let (mut one, mut two) = (store(&ana), store(&ben));
    receives(&mut one, &[note.clone(), strange.clone(), own.clone()]);
    assert!(carry(&one, &mut two).iter().all(|outcome| matches!(outcome, Outcome::New { .. })));
    assert_eq!(receives(&mut two, &[strange]), [NOT_THE_AUTHOR]);
    assert_eq!(ana.list(), ben.list());
    assert_eq!(ana.titles(), ["Quieter nights"]);
}
