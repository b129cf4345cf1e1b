//! What the pages of tags show.

use axum::http::StatusCode;
use commons_proto::edit::Value;
use commons_proto::kind::Kind;

use super::weight;
use crate::board::testing::TestBoard;

async fn tagged(board: &TestBoard, kind: Kind, title: &str, tags: &[&str]) {
    let tags = tags.iter().map(|tag| Value::from(*tag)).collect();
    board.add_values(kind, &[("title", vec![title.into()]), ("tags", tags)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_told_by_use_and_by_name() {
    let board = TestBoard::new().await;
    let empty = board.get("/tags").await.body;
    assert!(empty.contains("Nothing here has a tag yet."), "{empty}");
    tagged(&board, Kind::Idea, "Beds", &["wards", "Beds"]).await;
    tagged(&board, Kind::Idea, "Soap", &["wards"]).await;
    let place = |body: &str, tag: &str| body.find(&format!("href=\"/tags/{tag}\"")).unwrap();
    let by_use = board.get("/tags").await.body;
    assert!(place(&by_use, "wards") < place(&by_use, "beds"), "{by_use}");
    let by_name = board.get("/tags?by=name").await.body;
    assert!(place(&by_name, "wards") > place(&by_name, "beds"), "{by_name}");
    let found = board.get("/tags?q=%23WAR").await.body;
    assert!(found.contains("href=\"/tags/wards\"") && !found.contains("href=\"/tags/beds\""));
    assert!(board.get("/tags?q=none").await.body.contains("No tag has these letters"));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_tells_what_has_it_what_stands_beside_it_and_the_week() {
    let board = TestBoard::new().await;
    tagged(&board, Kind::Idea, "Bed sensors", &["wards", "a/b c"]).await;
    tagged(&board, Kind::Resource, "A paper", &["wards"]).await;
    let body = board.get("/tags/Wards").await.body;
    for shown in
        ["#wards", "Bed sensors", "A paper", "href=\"/tags/a%2Fb%20c\"", "1 idea, 1 resource"]
    {
        assert!(body.contains(shown), "{shown} in {body}");
    }
    let other = board.get("/tags/a%2Fb%20c").await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(other.body.contains("Bed sensors") && !other.body.contains("A paper"));
    let none = board.get("/tags/none").await.body;
    assert!(none.contains("Nothing here has this tag."), "{none}");
    assert_eq!(board.get("/tags/%23").await.status, StatusCode::BAD_REQUEST);
    board.node.stop().await;
}

#[test]
fn a_tag_stands_bigger_the_more_it_is_used() {
    assert_eq!([1, 2, 4, 8, 16].map(|entries| weight(entries, 16)), [1, 2, 3, 4, 5]);
    assert_eq!((weight(1, 1), weight(1, 2), weight(2, 2)), (1, 1, 5));
    assert_eq!(weight(u64::MAX, u64::MAX), 5);
}
