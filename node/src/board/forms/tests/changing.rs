//! Changing what is there, also while somebody else does.

use super::*;
use crate::compose::edit::Base;
use crate::when;
use commons_proto::author::AuthorKey;
use commons_proto::entry::Wanted;

async fn idea(board: &TestBoard) -> EntryId {
    let filled = [("title", "Beds"), ("body", "one two three\n\nfour five six"), ("tags", "a, b")];
    entry_of(&board.post("/new/idea", &filled).await)
}

/// Somebody else gives the fields of an entry these values.
async fn save_as_another(board: &TestBoard, entry: EntryId, fields: &[(&str, &[&str])]) {
    let key = AuthorKey::from_secret(&[7; 32]);
    let mut wanted = Wanted::new();
    for (field, values) in fields {
        wanted.set(field, values.iter().map(|value| (*value).into()));
    }
    let me = key.author();
    let read = board.board.read(move |store| Ok(Base::of(store, &entry, &me)?)).await;
    let draft = read.unwrap().draft(&wanted, None).unwrap();
    let verified = draft.sign(&key, &board.board.commons(), when::now(), [7; 16]).unwrap();
    board.node.handle().write(vec![verified]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_changed_becomes_a_version() {
    let board = TestBoard::new().await;
    let entry = idea(&board).await;
    let page = format!("/entry/{entry}/edit");
    let form = board.get(&page).await;
    assert!(form.body.contains("\none two three\n\nfour five six</textarea>"), "{}", form.body);
    let based_on = hidden(&form, "based-on");
    let filled = [
        ("based-on", based_on.as_str()),
        ("title", "Beds"),
        ("body", "one two three\r\n\r\nfour five six\r\n"),
        ("tags", "a, c"),
        ("summary", "c it is"),
    ];
    assert_eq!(entry_of(&board.post(&page, &filled).await), entry);
    let (history, now) = board
        .board
        .read(move |store| Ok((store.history(&entry)?, store.entry(&entry)?.unwrap())))
        .await
        .unwrap();
    assert_eq!(now.summary.tags, ["a", "c"]);
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].record.edits().len(), 2, "{:?}", history[1].record.edits());
    assert_eq!(history[1].record.summary(), Some("c it is"));
    let based_on = hidden(&board.get(&page).await, "based-on");
    let filled = [("based-on", based_on.as_str()), ("title", "Beds"), ("tags", "c,a")];
    assert_eq!(entry_of(&board.post(&page, &filled).await), entry);
    assert_eq!(view(&board, entry).await.summary.versions, 2, "nothing was changed");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_at_once_neither_loses_a_word() {
    let board = TestBoard::new().await;
    let entry = idea(&board).await;
    let page = format!("/entry/{entry}/edit");
    let based_on = hidden(&board.get(&page).await, "based-on");
    let body = "one zwei three\n\nfour five six";
    let theirs: [(&str, &[&str]); 3] =
        [("title", &["Quiet beds"]), ("body", &[body]), ("tags", &["a", "b", "theirs"])];
    save_as_another(&board, entry, &theirs).await;

    let mine = [
        ("based-on", based_on.as_str()),
        ("title", "Loud beds"),
        ("body", "one two three\n\nfour fünf six"),
        ("tags", "b, mine"),
        ("summary", "louder"),
    ];
    let merge = board.post(&page, &mine).await;
    assert_eq!(merge.status, StatusCode::CONFLICT);
    let body = &merge.body;
    assert!(body.contains("Somebody else saved meanwhile"), "{body}");
    let author = crate::names::short_author(&AuthorKey::from_secret(&[7; 32]).author());
    assert!(body.contains(&author), "who it was: {body}");
    assert!(body.contains("\none zwei three\n\nfour fünf six</textarea>"), "{body}");
    assert!(body.contains("type=\"radio\" name=\"title\" value=\"Quiet beds\" required"), "{body}");
    assert!(body.contains("type=\"radio\" name=\"title\" value=\"Loud beds\" required"), "{body}");
    assert!(body.contains("value=\"b, theirs, mine\""), "{body}");
    assert!(body.contains("value=\"louder\""), "{body}");
    assert_eq!(view(&board, entry).await.summary.versions, 2, "nothing is written yet");

    let based_on = hidden(&merge, "based-on");
    let chosen = [
        ("based-on", based_on.as_str()),
        ("title", "Loud beds"),
        ("body", "one zwei three\n\nfour fünf six"),
        ("tags", "b, theirs, mine"),
    ];
    assert_eq!(entry_of(&board.post(&page, &chosen).await), entry);
    let now = view(&board, entry).await;
    assert_eq!(now.state.prose("body"), "one zwei three\n\nfour fünf six");
    assert_eq!(now.summary.title, "Loud beds");
    assert_eq!(now.summary.tags, ["b", "mine", "theirs"]);
    assert_eq!((now.summary.conflicts, now.heads.len()), (0, 1));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_in_the_same_place_stays_beside_ones_own() {
    let board = TestBoard::new().await;
    let entry = idea(&board).await;
    let page = format!("/entry/{entry}/edit");
    let based_on = hidden(&board.get(&page).await, "based-on");
    let base = ("based-on", based_on.as_str());
    let body = |text: &'static str| ("body", text);
    board.post(&page, &[base, body("one two theirs three\n\nfour five six")]).await;
    let merge = board.post(&page, &[base, body("one two mine three\n\nfour five six")]).await;
    assert_eq!(merge.status, StatusCode::CONFLICT);
    assert!(merge.body.contains("You saved it elsewhere meanwhile"), "{}", merge.body);
    let text = merge.body.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap();
    assert!(text.contains("theirs") && text.contains("mine"), "{text}");
    board.node.stop().await;
}

/// A text with some words gone, replaced or added; the new ones begin and end with this letter, and
/// each is another. Also the new ones by themselves.
fn rewritten(text: &str, letter: char, choices: &[usize]) -> (String, Vec<String>) {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let mut new = Vec::new();
    for (number, choice) in choices.iter().enumerate() {
        let at = choice / 4 % words.len();
        let word = format!("{letter}{number}{letter}");
        match choice % 4 {
            0 if words.len() > 1 && !words[at].contains(letter) => drop(words.remove(at)),
            1 if !words[at].contains(letter) => {
                words[at] = word.clone();
                new.push(word);
            }
            _ => {
                words.insert(at, word.clone());
                new.push(word);
            }
        }
    }
    (words.join(" "), new)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_two_people_write_at_once_is_in_the_text_that_they_make_together() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let board = TestBoard::new().await;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let choices = proptest::collection::vec(0_usize..400, 1..6);
    for _ in 0..CASES {
        let text = "one two three four five six seven";
        let entry = entry_of(&board.post("/new/idea", &[("title", "t"), ("body", text)]).await);
        let page = format!("/entry/{entry}/edit");
        let based_on = hidden(&board.get(&page).await, "based-on");
        let mut pick = || choices.new_tree(&mut runner).unwrap().current();
        let (theirs, their_words) = rewritten(text, 'X', &pick());
        let (mine, my_words) = rewritten(text, 'Q', &pick());
        if theirs == text || mine == text {
            continue;
        }
        save_as_another(&board, entry, &[("body", &[theirs.as_str()])]).await;
        let merge =
            board.post(&page, &[("based-on", &based_on), ("title", "t"), ("body", &mine)]).await;
        assert_eq!(merge.status, StatusCode::CONFLICT);
        let together = merge.body.split("<textarea").nth(1).unwrap();
        let together = together.split("</textarea>").next().unwrap();
        for word in their_words.iter().chain(&my_words) {
            assert!(together.contains(word), "{word} of {theirs} and {mine} is not in {together}");
        }
    }
    board.node.stop().await;
}

/// Pairs of texts that are brought together: a second of work.
const CASES: usize = 48;

#[tokio::test(flavor = "multi_thread")]
async fn what_only_one_of_two_changed_is_brought_together_and_a_third_is_not_lost_either() {
    let board = TestBoard::new().await;
    let entry = idea(&board).await;
    let page = format!("/entry/{entry}/edit");
    let mut based_on = hidden(&board.get(&page).await, "based-on");
    save_as_another(&board, entry, &[("status", &["wanted"])]).await;
    let filled = |based_on: &str, status: &str, licence: &str| {
        let all = [
            ("based-on", based_on),
            ("title", "Quiet beds"),
            ("status", status),
            ("licence", licence),
        ];
        all.map(|(name, value)| (name, value.to_owned()))
    };
    for (status, licence, saved) in
        [("", "", ("licence", "CC0-1.0")), ("wanted", "", ("tags", "c"))]
    {
        let filled = filled(&based_on, status, licence);
        let pairs: Vec<(&str, &str)> =
            filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let merge = board.post(&page, &pairs).await;
        assert_eq!(merge.status, StatusCode::CONFLICT);
        assert!(merge.body.contains("name=\"status\" value=\"wanted\""), "{}", merge.body);
        assert!(merge.body.contains("name=\"title\" value=\"Quiet beds\""), "{}", merge.body);
        based_on = hidden(&merge, "based-on");
        // While the page is looked at, there is yet another version.
        save_as_another(&board, entry, &[(saved.0, &[saved.1])]).await;
    }
    let last = hidden(&board.get(&page).await, "based-on");
    let filled = filled(&last, "wanted", "CC0-1.0");
    let pairs: Vec<(&str, &str)> =
        filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(entry_of(&board.post(&page, &pairs).await), entry);
    let now = view(&board, entry).await;
    assert_eq!((now.summary.title.as_str(), now.summary.conflicts), ("Quiet beds", 0));
    assert_eq!(now.summary.licence.as_deref(), Some("CC0-1.0"));
    assert_eq!(now.summary.tags, ["c"]);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_change_made_twice_is_no_conflict() {
    let board = TestBoard::new().await;
    let entry = idea(&board).await;
    let page = format!("/entry/{entry}/edit");
    let based_on = hidden(&board.get(&page).await, "based-on");
    let filled = [("based-on", based_on.as_str()), ("title", "Quiet beds")];
    for _ in 0..2 {
        assert_eq!(entry_of(&board.post(&page, &filled).await), entry);
    }
    assert_eq!(view(&board, entry).await.summary.versions, 2);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_come_back_as_they_were_and_a_session_can_move() {
    let board = TestBoard::new().await;
    let filled = [
        ("title", "Sleep"),
        ("start", "2026-11-22T14:30"),
        ("end", "2026-11-22T15:15"),
        ("place", "Room 2"),
    ];
    let entry = entry_of(&board.post("/new/session", &filled).await);
    let page = format!("/entry/{entry}/edit");
    let form = board.get(&page).await;
    assert!(
        form.body.contains("type=\"datetime-local\" name=\"start\" value=\"2026-11-22T14:30\"")
    );
    let before = view(&board, entry).await.state;
    let based_on = hidden(&form, "based-on");
    let filled = [
        ("based-on", based_on.as_str()),
        ("start", "2026-11-22T14:30"),
        ("end", "2026-11-22T15:30"),
        ("place", "Room 2"),
    ];
    board.post(&page, &filled).await;
    let after = view(&board, entry).await.state;
    assert_eq!(before.single("start"), after.single("start"));
    assert_ne!(before.single("end"), after.single("end"));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_begun_and_changed_on_one_page() {
    let board = TestBoard::new().await;
    let me = format!("/people/{}", board.board.host());
    let answer =
        board.post("/profile", &[("name", "Ana"), ("skills", "welding, statistics")]).await;
    assert_eq!(led(&answer), me);
    let form = board.get("/profile").await;
    assert!(form.body.contains("value=\"statistics, welding\""), "{}", form.body);
    let based_on = hidden(&form, "based-on");
    let filled = [("based-on", based_on.as_str()), ("name", "Ana B."), ("skills", "welding")];
    assert_eq!(led(&board.post("/profile", &filled).await), me);
    let people = list(&board, Kind::Person).await;
    assert_eq!((people.len(), people[0].title.as_str()), (1, "Ana B."));
    board.node.stop().await;
}
