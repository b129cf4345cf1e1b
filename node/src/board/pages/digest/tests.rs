//! What the page of the digest tells, and the files.

use axum::http::{StatusCode, header};
use commons_proto::kind::Kind;

use crate::board::testing::TestBoard;

async fn filled() -> TestBoard {
    let board = TestBoard::new().await;
    board.add(Kind::Idea, &[("title", "Bed sensors <b>"), ("tags", "wards")]).await;
    board.add(Kind::Note, &[("text", "Lunch"), ("tags", "food")]).await;
    board
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_of_the_tags_and_the_span_that_are_asked_for() {
    let board = filled().await;
    let all = board.get("/digest").await.body;
    for shown in ["Digest of", "Bed sensors &lt;b&gt;", "Lunch", "1 person, 1 idea, 1 note"] {
        assert!(all.contains(shown), "{shown} in {all}");
    }
    let wards = board.get("/digest?tag=%23Wards&since=today").await.body;
    assert!(wards.contains("Bed sensors") && !wards.contains("Lunch"), "{wards}");
    let both = board.get("/digest?tag=wards,+food").await.body;
    assert!(both.contains("#wards and #food") || both.contains("#food and #wards"), "{both}");
    assert!(both.contains("Nothing was written in this time."), "{both}");
    let past = board.get("/digest?since=2001-01-01&through=2001-01-02").await.body;
    assert!(past.contains("Nothing was written in this time."), "{past}");
    assert!(past.contains("3 Jan 2001, 00:00"), "{past}");
    assert!(past.contains("value=\"2001-01-02\"") && !past.contains("data-live=\"digest\""));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_taken_along() {
    let board = filled().await;
    for (form, media_type, begins) in [
        ("markdown", "text/markdown; charset=utf-8", "# Digest of"),
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("json", "application/json", "{"),
    ] {
        let answer = board.get(&format!("/digest?format={form}")).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], media_type);
        let kept = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(kept.starts_with("attachment; filename=\"digest-20"), "{kept}");
        assert!(answer.body.starts_with(begins) && answer.body.contains("Bed sensors"), "{form}");
    }
    let feed = board.get("/digest?tag=wards&format=atom").await;
    assert!(!feed.headers.contains_key(header::CONTENT_DISPOSITION));
    let feed = atom_syndication::Feed::read_from(feed.body.as_bytes()).unwrap();
    assert_eq!(feed.entries.len(), 1);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_clear_is_asked_again() {
    let board = TestBoard::new().await;
    let wrong = board.get("/digest?since=soon&tag=wards").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("“soon” is not a time") && wrong.body.contains("value=\"wards\""));
    let backwards = board.get("/digest?since=2026-02-02&through=2026-02-01").await;
    assert!(backwards.body.contains("Let it begin before it ends."), "{}", backwards.body);
    assert_eq!(board.get("/digest?format=pdf").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(board.get("/digest?format=json&tag=%23").await.status, StatusCode::BAD_REQUEST);
    board.node.stop().await;
}
