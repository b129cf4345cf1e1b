use axum::http::StatusCode;
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::erasure::erase_edits;
use commons_proto::id::ContributionId;
use commons_proto::kind::Kind;

use crate::board::testing::TestBoard;
use crate::board::write::keep;
use crate::store::Target;

fn other() -> AuthorKey {
    AuthorKey::from_secret(&[7; 32])
}

fn change(of: &Verified, parents: Vec<ContributionId>, edits: Vec<Edit>) -> Draft {
    let summary = Some("why <b>not</b>".to_owned());
    Draft { subject: Subject::Entry(of.entry()), parents, edits, summary }
}

fn splice(at: u64, delete: u64, insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at, delete, insert: insert.to_owned() }
}

fn title(value: &str) -> Edit {
    Edit::Set { field: "title".to_owned(), value: Some(value.into()) }
}

fn history(of: &Verified) -> String {
    format!("/entry/{}/history", of.entry())
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_told_newest_first_and_each_shows_its_difference() {
    let board = TestBoard::new().await;
    let fields = [("title", "Beds"), ("body", "Beds are quiet."), ("tags", "wards")];
    let idea = board.add(Kind::Idea, &fields).await;
    let add = Edit::Add { field: "tags".to_owned(), item: "nights".into() };
    let edits = vec![splice(5, 3, "were <i>"), title("Mats"), add];
    let second = board.write(&other(), change(&idea, vec![idea.id()], edits)).await;
    let all = board.get(&history(&idea)).await.body;
    assert!(all.contains("2 versions") && all.contains("why &lt;b&gt;not&lt;/b&gt;"), "{all}");
    let key = |version: &Verified| all.find(&format!("data-key=\"{}\"", version.id()));
    assert!(key(&second).unwrap() < key(&idea).unwrap(), "{all}");
    assert!(all.contains("name=\"version\""), "an old version can be brought back: {all}");
    let version = board.get(&format!("{}/{}", history(&idea), second.id())).await;
    assert_eq!(version.status, StatusCode::OK);
    let version = version.body;
    assert!(version.contains("<del>are</del><ins>were &lt;i&gt;</ins>"), "{version}");
    assert!(version.contains("<del><bdi>Beds</bdi></del>"), "{version}");
    assert!(version.contains("<ins><bdi>Mats</bdi></ins>"), "{version}");
    assert!(version.contains("<li><ins><bdi>nights</bdi></ins></li>"), "{version}");
    assert!(!version.contains("<bdi>wards"), "what stayed is not told: {version}");
    let short = &second.id().to_string()[..10];
    let led = board.get(&format!("{}/{short}", history(&idea))).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let none = board.get(&format!("{}/{}", history(&idea), "b".repeat(52))).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_were_made_at_once_say_so() {
    let board = TestBoard::new().await;
    let idea = board.add(Kind::Idea, &[("title", "Beds")]).await;
    let one = change(&idea, vec![idea.id()], vec![title("One")]);
    let one = board.write(board.board.key(), one).await;
    let two = change(&idea, vec![idea.id()], vec![title("Two")]);
    let two = board.write(&other(), two).await;
    let told = "Made without knowing of 1 version below";
    let all = board.get(&history(&idea)).await.body;
    assert_eq!(all.matches(told).count(), 1, "{all}");
    assert_eq!(all.matches("one of the newest").count(), 2, "{all}");
    let both = change(&idea, vec![one.id(), two.id()], vec![title("Both")]);
    let both = board.write(&other(), both).await;
    let all = board.get(&history(&idea)).await.body;
    assert_eq!(all.matches(told).count(), 1, "{all}");
    assert!(all.contains("bringing 2 versions together"), "{all}");
    let version = board.get(&format!("{}/{}", history(&idea), both.id())).await.body;
    assert!(version.contains("</bdi> or <bdi>"), "both values went: {version}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_or_muted_is_said_and_not_shown() {
    let board = TestBoard::new().await;
    let idea = board.add(Kind::Idea, &[("title", "Beds")]).await;
    let secret = change(&idea, vec![idea.id()], vec![title("Secret")]);
    let secret = board.write(&other(), secret).await;
    let loud = change(&idea, vec![secret.id()], vec![title("Loud")]);
    let loud = board.write(&other(), loud).await;
    let subject = Subject::Genesis(Kind::Erasure);
    let edits = erase_edits(&[&secret.record()]);
    let erasure = Draft { subject, parents: Vec::new(), edits, summary: None };
    board.write(&other(), erasure).await;
    let version = board.get(&format!("{}/{}", history(&idea), secret.id())).await.body;
    assert!(version.contains("took this version back") && !version.contains("Secret"), "{version}");
    assert!(board.get(&history(&idea)).await.body.contains("Taken back by its author"));
    let target = Target::Author(other().author());
    keep(&board.board, move |store| store.mute(&[target], 1)).await.unwrap();
    let page = format!("{}/{}", history(&idea), loud.id());
    let muted = board.get(&page).await.body;
    assert!(muted.contains("is muted here") && !muted.contains("What it changed"), "{muted}");
    let shown = board.get(&format!("{page}?muted=yes")).await.body;
    assert!(shown.contains("<ins><bdi>Loud</bdi></ins>"), "{shown}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_has_parts() {
    let board = TestBoard::new().await;
    let idea = board.add(Kind::Idea, &[("title", "0")]).await;
    let mut last = idea.id();
    for number in 1..=50 {
        let draft = change(&idea, vec![last], vec![title(&number.to_string())]);
        last = board.write(&other(), draft).await.id();
    }
    let first = board.get(&history(&idea)).await.body;
    assert_eq!(first.matches("<li data-key").count(), 50);
    assert!(!first.contains("began it"), "{first}");
    let second = board.get(&format!("{}?page=2", history(&idea))).await.body;
    assert_eq!(second.matches("<li data-key").count(), 1);
    assert!(second.contains("began it"), "{second}");
    board.node.stop().await;
}
