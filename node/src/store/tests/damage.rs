//! Damage is found, told by id, and what is derived is made again.

use super::*;
use crate::store::{Filter, StoreError};
use rusqlite::params;

fn flip(fixture: &Fixture, column: &str, id: ContributionId) {
    let connection = &fixture.store.connection;
    let sql = format!("SELECT {column} FROM contribution WHERE id = ?1");
    let mut bytes: Vec<u8> = connection.query_row(&sql, [id.0], |row| row.get(0)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let sql = format!("UPDATE contribution SET {column} = ?2 WHERE id = ?1");
    assert_eq!(connection.execute(&sql, params![id.0, bytes]).unwrap(), 1);
}

#[test]
fn a_sound_store_is_found_sound_and_left_alone() {
    let mut fixture = Fixture::new();
    let (kept, gone) = (idea(1, "Bed sensors"), idea(2, "Hand hygiene"));
    let edit = follow(2, kept.id(), &[kept.id()], vec![add("tags", "beds")]);
    fixture.accept(&[kept, gone.clone(), edit, erase(2, &[&gone])]);
    let mut heard = Vec::new();
    let report = fixture.store.verify(|checked, all| heard.push((checked, all))).unwrap();
    assert_eq!(report, crate::store::VerifyReport { checked: 4, ..Default::default() });
    assert_eq!(heard, [(4, 4)]);
}

#[test]
fn a_damaged_row_is_found_whatever_part_of_it_is_damaged() {
    for column in ["header", "signature", "payload"] {
        let mut fixture = Fixture::new();
        let (one, other) = (idea(1, "Bed sensors"), idea(1, "Hand hygiene"));
        fixture.accept(&[one.clone(), other.clone()]);
        flip(&fixture, column, other.id());
        let report = fixture.store.verify(|_, _| ()).unwrap();
        let damaged: Vec<_> = report.damaged.iter().map(|row| (row.seq, row.id)).collect();
        assert_eq!(damaged, [(2, other.id())], "{column}");
        assert_eq!(report.checked, 2);
        if column != "signature" {
            let sent = fixture.store.contributions(&[one.id(), other.id()]).unwrap();
            assert_eq!(sent, [one.encode()], "nobody is sent what they would blame us for");
            let read = fixture.store.record(&other.id());
            assert!(matches!(read, Err(StoreError::DamagedRow { id, .. }) if id == other.id()));
        }
        // Others go on writing, also to the damaged entry, and what comes again is put right.
        fixture.add(&follow(2, one.id(), &[one.id()], vec![add("tags", "beds")]));
        let edit = follow(2, other.id(), &[other.id()], vec![add("tags", "hands")]);
        let outcome = fixture.accept(std::slice::from_ref(&edit));
        if column == "header" {
            assert_eq!(outcome, [Outcome::MissingParents(vec![other.id()])]);
        }
        let held: Vec<_> = fixture.store.ids().unwrap().into_iter().map(|(id, _)| id).collect();
        assert!(!held.contains(&other.id()), "{column}: peers are asked for it");
        assert_eq!(fixture.accept(std::slice::from_ref(&other)), [Outcome::New { seq: 2 }]);
        assert_eq!(fixture.accept(std::slice::from_ref(&other)), [Outcome::Known]);
        fixture.accept(&[edit]);
        let summary = fixture.store.summary(&other.id().into()).unwrap().unwrap();
        assert_eq!((summary.title.as_str(), summary.versions), ("Hand hygiene", 2));
        assert_eq!(summary.tags, ["hands"]);
        let report = fixture.store.verify(|_, _| ()).unwrap();
        assert_eq!((report.damaged.len(), report.changed), (0, 0), "{column}");
    }
}

#[test]
fn words_that_are_gone_without_an_erasure_are_damage() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Bed sensors");
    fixture.add(&idea);
    fixture.store.connection.execute("UPDATE contribution SET payload = NULL", []).unwrap();
    let report = fixture.store.verify(|_, _| ()).unwrap();
    assert_eq!(report.damaged.len(), 1);
    assert_eq!(report.damaged[0].id, idea.id());
}

#[test]
fn a_lost_erasure_comes_back_and_what_it_took_back_does_not() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Bed sensors");
    let erasure = erase(1, &[&idea]);
    fixture.accept(&[idea.clone(), erasure.clone()]);
    flip(&fixture, "payload", erasure.id());
    let report = fixture.store.verify(|_, _| ()).unwrap();
    assert_eq!(report.damaged.len(), 2, "the erasure, and what is left of its target");
    let outcomes = fixture.accept(&[erasure, idea.clone()]);
    assert_eq!(outcomes, [Outcome::New { seq: 2 }, Outcome::New { seq: 1 }]);
    // It came with its words from somebody who had not heard of the erasure.
    let again = fixture.accept(std::slice::from_ref(&idea));
    assert_eq!(again, [Outcome::Known]);
    fixture.store.rebuild().unwrap();
    assert!(fixture.titles(&Filter::default()).is_empty());
    assert_eq!(fixture.store.record(&idea.id()).unwrap().unwrap().edits(), []);
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().damaged, []);
}

#[test]
fn a_view_that_is_wrong_is_made_again() {
    let harms = [
        "UPDATE entry SET title = 'Something else'",
        "DELETE FROM tag",
        "INSERT INTO tag VALUES ('stray', 1)",
        "DELETE FROM contributor",
        "UPDATE reference SET how = 'body'",
        "UPDATE entry SET state = NULL, changed = 5",
        "DELETE FROM entry WHERE number = 1",
        "DELETE FROM erasure",
        "INSERT INTO search (rowid, title, text, tags) VALUES (1, 'stray', '', '')",
        "UPDATE contribution SET author = 1, entry = 1 WHERE seq = 2",
    ];
    for harm in harms {
        let mut fixture = Fixture::new();
        let idea = begin(1, Kind::Idea, vec![set("title", "Bed sensors"), add("tags", "beds")]);
        let comment = begin(2, Kind::Comment, vec![about(idea.id()), set("text", "Yes")]);
        let edit = follow(2, idea.id(), &[idea.id()], vec![add("tags", "wards")]);
        let gone = begin(3, Kind::Note, vec![set("text", "Never mind")]);
        fixture.accept(&[idea, comment, edit, gone.clone(), erase(3, &[&gone])]);
        let before = fixture.store.list(&Filter::default()).unwrap();
        fixture.store.connection.execute_batch(harm).unwrap();
        let report = fixture.store.verify(|_, _| ()).unwrap();
        assert!(report.rebuilt && report.changed > 0, "{harm}: {report:?}");
        assert!(report.damaged.is_empty(), "{harm}: {report:?}");
        assert_eq!(fixture.store.list(&Filter::default()).unwrap(), before, "{harm}");
        let again = fixture.store.verify(|_, _| ()).unwrap();
        assert!(!again.rebuilt && again.changed == 0, "{harm}: {again:?}");
    }
}
