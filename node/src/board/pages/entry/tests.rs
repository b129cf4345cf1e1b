use axum::http::{StatusCode, header};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::kind::Kind;

use crate::board::server::Door;
use crate::board::testing::TestBoard;
use crate::board::write::keep;
use crate::store::Target;

fn other() -> AuthorKey {
    AuthorKey::from_secret(&[7; 32])
}

fn set(field: &str, value: impl Into<Value>) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(value.into()) }
}

fn begin(kind: Kind, edits: Vec<Edit>) -> Draft {
    Draft { subject: Subject::Genesis(kind), parents: Vec::new(), edits, summary: None }
}

fn change(of: &Verified, edits: Vec<Edit>) -> Draft {
    let subject = Subject::Entry(of.entry());
    Draft { subject, parents: vec![of.id()], edits, summary: None }
}

fn about(of: &Verified) -> Edit {
    set("about", Value::Entry(of.entry()))
}

fn page(of: &Verified) -> String {
    format!("/entry/{}", of.entry())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_shown_whole_and_nothing_of_a_stranger_is_markup() {
    let board = TestBoard::new().await;
    let body = "A **mat** <script>alert(1)</script> [x](javascript:alert(2)) \u{202e}";
    let fields = [("title", "Beds <i>"), ("body", body), ("tags", "wards"), ("licence", "CC0-1.0")];
    let idea = board.add(Kind::Idea, &fields).await;
    let comment = vec![about(&idea), set("text", "Who <b>pays</b>?\nAnd #when?")];
    let comment = board.write(&other(), begin(Kind::Comment, comment)).await;
    let answer = vec![about(&comment), set("text", "Nobody")];
    board.write(board.board.key(), begin(Kind::Comment, answer)).await;
    board.write(&other(), begin(Kind::Endorsement, vec![about(&idea)])).await;
    let note = format!("Look at commons:{}", idea.entry());
    board.add(Kind::Note, &[("text", &note)]).await;
    let shown = board.get(&page(&idea)).await;
    assert_eq!(shown.status, StatusCode::OK);
    let shown = shown.body;
    for there in [
        "<h1><bdi>Beds &lt;i&gt;</bdi></h1>",
        "<strong>mat</strong>",
        "\\u{202e}",
        "CC0-1.0",
        "2 comments",
        "Who &lt;b&gt;pays&lt;/b&gt;?<br>",
        "href=\"/tags/when\"",
        "<ul class=\"replies\">",
        "1 endorsement<",
        "Referred to by",
        "Look at commons:",
    ] {
        assert!(shown.contains(there), "{there}: {shown}");
    }
    for not_there in ["<script>alert", "javascript:alert(2)\"", "<b>pays", "style="] {
        assert!(!shown.contains(not_there), "{not_there}: {shown}");
    }
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_beginning_of_an_id_leads_to_the_entry() {
    let board = TestBoard::new().await;
    let idea = board.add(Kind::Idea, &[("title", "Beds")]).await;
    let id = idea.entry().to_string();
    let answer = board.get(&format!("/entry/{}/history", &id[..8])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers[header::LOCATION], format!("/entry/{id}/history"));
    let later = board.write(&other(), change(&idea, vec![set("title", "Mats")])).await;
    let answer = board.get(&format!("/entry/{}", later.id())).await;
    assert_eq!(answer.headers[header::LOCATION], page(&idea), "a version leads to its entry");
    let answer = board.get(&format!("/entry/{}", "a".repeat(52))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("may not have come here yet"), "{}", answer.body);
    assert_eq!(board.get("/entry/no-id!").await.status, StatusCode::NOT_FOUND);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_entries_one_is_chosen() {
    let board = TestBoard::new().await;
    // Of 33 ids, two begin with the same of 32 letters.
    let mut letters: Vec<char> = Vec::new();
    let twice = loop {
        let id = board.add(Kind::Idea, &[("title", "One & more")]).await.entry().to_string();
        let first = id.chars().next().unwrap();
        if letters.contains(&first) {
            break first;
        }
        letters.push(first);
    };
    let answer = board.get(&format!("/entry/{twice}")).await;
    assert_eq!(answer.status, StatusCode::MULTIPLE_CHOICES);
    assert_eq!(answer.body.matches("One &amp; more").count(), 2, "{}", answer.body);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_people_set_at_once_stands_side_by_side_with_a_choice() {
    let board = TestBoard::new().await;
    let idea = board.add(Kind::Idea, &[("title", "Beds"), ("body", "Text.")]).await;
    let mine =
        board.write(board.board.key(), change(&idea, vec![set("title", "Quiet beds")])).await;
    let theirs = board.write(&other(), change(&idea, vec![set("title", "<u>Loud</u> beds")])).await;
    let shown = board.get(&page(&idea)).await.body;
    for version in [&mine, &theirs] {
        let button = format!("name=\"by\" value=\"{}\"", version.id());
        assert!(shown.contains(&button), "{shown}");
    }
    assert!(shown.contains("Which <bdi>title</bdi>?"), "{shown}");
    assert!(shown.contains("&lt;u&gt;Loud&lt;/u&gt; beds"), "{shown}");
    let guest = axum::http::Request::get(page(&idea)).body(axum::body::Body::empty()).unwrap();
    let guest = board.ask(Door::Guests, guest).await.body;
    assert!(guest.contains("Which <bdi>title</bdi>?") && !guest.contains("<button name=\"by\""));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_matter_with_an_entry_is_said() {
    let board = TestBoard::new().await;
    let gone = board.write(&other(), begin(Kind::Idea, vec![set("title", "Gone")])).await;
    let comment = vec![about(&gone), set("text", "It stays")];
    board.write(board.board.key(), begin(Kind::Comment, comment)).await;
    let erasure = begin(Kind::Erasure, erase_edits(&[&gone.record()]));
    let erasure = board.write(&other(), erasure).await;
    let shown = board.get(&page(&gone)).await.body;
    assert!(shown.contains("taken back by its author") && shown.contains("It stays"), "{shown}");
    assert!(!shown.contains("Gone"), "{shown}");
    assert!(!shown.contains("Change it") && !shown.contains("/endorse\""), "{shown}");
    let shown = board.get(&page(&erasure)).await.body;
    assert!(shown.contains("took back 1 contribution of their own"), "{shown}");
    let muted = board.write(&other(), begin(Kind::Idea, vec![set("title", "Loud")])).await;
    let target = Target::Author(other().author());
    keep(&board.board, move |store| store.mute(&[target], 1)).await.unwrap();
    let shown = board.get(&page(&muted)).await.body;
    assert!(shown.contains("Who began this is muted here"), "{shown}");
    let newer = Kind::new("survey", true).unwrap();
    let newer = board.write(board.board.key(), begin(newer, vec![set("title", "Survey")])).await;
    let shown = board.get(&page(&newer)).await.body;
    assert!(shown.contains("more in it than this program can show"), "{shown}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_stands_with_its_roles_and_what_it_looks_for() {
    let board = TestBoard::new().await;
    let project = board.add(Kind::Project, &[("title", "Mat"), ("skills", "night shifts")]).await;
    let member = vec![about(&project), set("role", "asks <people>")];
    board.write(&other(), begin(Kind::Membership, member)).await;
    let shown = board.get(&page(&project)).await.body;
    assert!(shown.contains("asks &lt;people&gt;"), "{shown}");
    assert!(shown.contains("href=\"/people?skill=night+shifts\""), "{shown}");
    assert!(shown.contains(&format!("action=\"{}/join\"", page(&project))), "{shown}");
    board.node.stop().await;
}
