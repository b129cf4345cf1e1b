use axum::http::StatusCode;
use commons_proto::kind::Kind;

use crate::board::testing::TestBoard;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_marked_and_told_by_kind() {
    let board = TestBoard::new().await;
    let nothing_asked = board.get("/search").await;
    assert_eq!(nothing_asked.status, StatusCode::OK);
    assert!(nothing_asked.body.contains("What are you looking for"));
    assert!(nothing_asked.body.contains("/search.js\""), "{}", nothing_asked.body);
    board.add(Kind::Idea, &[("title", "Bed <i>sensors</i>")]).await;
    let body = "Where a <script>bed</script> stands.";
    board.add(Kind::Resource, &[("title", "Plan"), ("body", body)]).await;
    board.add(Kind::Resource, &[("title", "Other")]).await;
    let found = board.get("/search?q=BED").await.body;
    assert!(found.contains("2 entries fit"), "{found}");
    assert!(found.contains("<mark>Bed</mark> &lt;i&gt;sensors"), "{found}");
    assert!(found.contains("&lt;script&gt;<mark>bed</mark>&lt;/script&gt;"), "{found}");
    assert!(!found.contains("Other") && !found.contains("<script>bed"), "{found}");
    assert!(found.contains("href=\"/search?q=BED+kind%3Aidea\""), "{found}");
    let one = board.get("/search?q=bed+kind:idea").await.body;
    assert!(one.contains("1 entry fits") && !one.contains("Plan"), "{one}");
    let none = board.get("/search?q=nowhere").await.body;
    assert!(none.contains("Nothing here is like that"), "{none}");
    board.node.stop().await;
}
