//! Erased words are gone, on this node and for those who ask it.

use std::fs;

use super::*;
use crate::store::Filter;
use crate::verify::Verifier;
use commons_proto::contribution::Content;
use commons_proto::wire::Unchecked;

/// Words that are in no other text.
const WORDS: [&str; 6] =
    ["quernstone", "bodkinfair", "tagwraith", "linkmarrow", "licenvale", "summervex"];

fn secret(author: u8) -> Verified {
    begin(
        author,
        Kind::Idea,
        vec![
            set("title", "A quernstone for the ward"),
            splice(0, 0, &"The bodkinfair is read at night. ".repeat(300)),
            add("tags", "tagwraith"),
            add("links", "https://linkmarrow.example/summervex"),
            set("licence", "licenvale"),
        ],
    )
}

fn crowd(author: u8, from: u32, to: u32) -> Vec<Verified> {
    (from..to)
        .map(|number| {
            let edits = vec![
                set("title", &format!("Idea {number} of the crowd")),
                splice(0, 0, &format!("Beds and wards {number} ").repeat(1 + number as usize % 9)),
                add("tags", &format!("tagwraish{}", number * 7919 % 9973)),
                add("tags", &format!("tagwraiti{}", number * 6007 % 9973)),
            ];
            begin(author, Kind::Idea, edits)
        })
        .collect()
}

/// Which of the words are in the files of the database, in upper or lower case.
fn leavings(fixture: &Fixture) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(fixture.directory.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap().to_ascii_lowercase();
        for word in WORDS {
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

/// Many rows around the secret one, and others like it among them; then all those are erased.
fn busy(fixture: &mut Fixture, secret: &Verified) {
    fixture.add(secret);
    let mut others = Vec::new();
    for round in 0..30 {
        let tag = format!("tagwraith{round}");
        let other =
            begin(1, Kind::Idea, vec![set("title", "One more quernstone"), add("tags", &tag)]);
        let mut batch = crowd(2, round * 20, round * 20 + 20);
        batch.insert(round as usize % 20, other.clone());
        fixture.accept(&batch);
        others.push(other);
    }
    let others: Vec<&Verified> = others.iter().collect();
    fixture.add(&erase(1, &others));
}

#[test]
fn what_sqlite_leaves_in_the_gaps_of_pages_is_scrubbed() {
    let mut fixture = Fixture::new();
    let connection = &fixture.store.connection;
    // Rows that come and go at random move others between pages, which leaves copies behind.
    let mut seed = 1u64;
    let mut random = |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % end
    };
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..9000 {
        let word = if number % 10 == 0 { "quernstone" } else { "hygiene" };
        let tag = format!("t{}{}", random(5000), word.repeat(1 + random(3) as usize));
        connection
            .execute("INSERT INTO tag VALUES (?1, ?2)", rusqlite::params![tag, number])
            .unwrap();
        if random(5) == 0 {
            let gone = random(number + 1);
            connection
                .execute("DELETE FROM tag WHERE entry = ?1 AND tag LIKE '%hygiene%'", [gone])
                .unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    connection.execute("DELETE FROM tag WHERE tag LIKE '%quernstone%'", []).unwrap();
    crate::store::scrub::remember(connection, 1).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert!(!leavings(&fixture).is_empty(), "SQLite leaves none: is VACUUM still needed?");
    fixture.store.last_scrub = None;
    assert!(fixture.store.scrub().unwrap());
    assert_eq!(leavings(&fixture), [""; 0]);
    assert!(!fixture.store.scrub().unwrap(), "there is nothing left to do");
}

#[test]
fn erased_words_are_nowhere_in_the_files() {
    let mut fixture = Fixture::new();
    let secret = secret(1);
    busy(&mut fixture, &secret);
    // The next erasure of a peer is not to wait.
    fixture.store.last_scrub = None;
    assert!(!leavings(&fixture).is_empty(), "the words were never there");
    fixture.add(&erase(1, &[&secret]));
    assert_eq!(leavings(&fixture), [""; 0]);
    let erased = fixture.store.record(&secret.id()).unwrap().unwrap();
    assert_eq!((erased.content, erased.header), (Content::Erased, secret.header().clone()));
    assert!(fixture.store.search(&Filter::of_words("quernstone", 10)).unwrap().is_empty());
    assert!(
        fixture
            .titles(&Filter { tags: vec!["tagwraith".to_owned()], ..Filter::default() })
            .is_empty()
    );
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);
}

#[test]
fn words_that_were_edited_away_before_are_gone_as_well() {
    let mut fixture = Fixture::new();
    let secret = secret(1);
    busy(&mut fixture, &secret);
    let edits = vec![
        set("title", "A stone"),
        splice(0, 100_000, "Read at night."),
        Edit::Remove { field: "tags".to_owned(), item: "tagwraith".into() },
        Edit::Remove {
            field: "links".to_owned(),
            item: "https://linkmarrow.example/summervex".into(),
        },
        set("licence", "CC0-1.0"),
    ];
    let edit = follow(2, secret.id(), &[secret.id()], edits);
    fixture.add(&edit);
    // What the edit says it removes are words, too: their writer takes them back as well.
    fixture.add(&erase(2, &[&edit]));
    fixture.store.last_scrub = None;
    fixture.add(&erase(1, &[&secret]));
    assert_eq!(leavings(&fixture), [""; 0]);
    assert!(fixture.titles(&Filter::default()).iter().all(|title| !title.contains("stone")));
}

#[test]
fn an_erasure_that_comes_first_waits_for_what_it_takes_back() {
    let mut fixture = Fixture::new();
    let (kept, secret) = (idea(1, "Hand hygiene"), secret(1));
    fixture.accept(&[erase(1, &[&secret]), kept]);
    fixture.add(&secret);
    assert_eq!(leavings(&fixture), [""; 0]);
    assert_eq!(fixture.titles(&Filter::default()), ["Hand hygiene"]);
}

#[test]
fn nobody_takes_back_what_others_wrote() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    fixture.add(&idea);
    fixture.add(&erase(2, &[&idea]));
    assert_eq!(fixture.titles(&Filter::default()), ["Hand hygiene"]);
    let edit = follow(2, idea.id(), &[idea.id()], vec![set("title", "Clean hands")]);
    fixture.add(&edit);
    fixture.add(&erase(2, &[&edit]));
    assert_eq!(fixture.titles(&Filter::default()), ["Hand hygiene"]);
}

#[test]
fn an_erasure_cannot_be_taken_back() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let erasure = erase(1, &[&idea]);
    fixture.accept(&[idea, erasure.clone()]);
    fixture.add(&erase(1, &[&erasure]));
    assert!(fixture.titles(&Filter::default()).is_empty());
    assert_ne!(fixture.store.record(&erasure.id()).unwrap().unwrap().content, Content::Erased);
}

#[test]
fn without_words_only_what_was_taken_back_is_accepted() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let bare = idea.clone().erased();
    assert_eq!(fixture.accept(std::slice::from_ref(&bare)), [Outcome::ErasedWithoutErasure]);
    assert_eq!(
        fixture.accept(&[erase(2, &[&idea]), bare.clone()])[1],
        Outcome::ErasedWithoutErasure
    );
    assert!(matches!(fixture.accept(&[erase(1, &[&idea]), bare])[1], Outcome::New { .. }));
}

#[test]
fn those_who_ask_get_the_erasure_before_what_it_took_back() {
    let mut fixture = Fixture::new();
    let (kept, gone) = (idea(1, "Bed sensors"), idea(1, "Hand hygiene"));
    let erasure = erase(1, &[&gone]);
    fixture.accept(&[kept.clone(), gone.clone(), erasure.clone()]);
    let answer = fixture.store.contributions(&[gone.id(), kept.id()]).unwrap();
    let verifier = Verifier::new(commons());
    let received: Vec<Verified> = answer
        .into_iter()
        .map(|bytes| verifier.check_one(&Unchecked::new(bytes).unwrap()).unwrap())
        .collect();
    let ids: Vec<ContributionId> = received.iter().map(Verified::id).collect();
    assert_eq!(ids, [erasure.id(), kept.id(), gone.id()]);
    assert_eq!(received[2].payload_bytes(), None);
    let mut other = Fixture::new();
    assert!(other.accept(&received).iter().all(|outcome| matches!(outcome, Outcome::New { .. })));
    assert_eq!(other.titles(&Filter::default()), ["Bed sensors"]);
}

#[test]
fn what_stands_before_a_taken_back_value_shows_again() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let edit = follow(2, idea.id(), &[idea.id()], vec![set("title", "Clean hands")]);
    let later = follow(1, idea.id(), &[edit.id()], vec![add("tags", "hands")]);
    fixture.accept(&[idea, edit.clone(), later]);
    assert_eq!(fixture.titles(&Filter::default()), ["Clean hands"]);
    fixture.add(&erase(2, &[&edit]));
    let summary = &fixture.store.list(&Filter::default()).unwrap()[0];
    assert_eq!((summary.title.as_str(), summary.versions), ("Hand hygiene", 3));
    assert_eq!(summary.tags, ["hands"]);
}
