use axum::http::{StatusCode, header};
use commons_proto::kind::Kind;

use crate::board::server::Door;
use crate::board::testing::TestBoard;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_its_kind_and_what_fits() {
    let board = TestBoard::new().await;
    let empty = board.get("/ideas").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.body.contains("href=\"/new/idea\""), "{}", empty.body);
    let body = "Beds that <b>know</b>\u{202e} when one gets up.";
    board.add(Kind::Idea, &[("title", "Bed sensors"), ("body", body), ("tags", "wards")]).await;
    board.add(Kind::Idea, &[("title", "Walks"), ("status", "in work")]).await;
    board.add(Kind::Note, &[("text", "A note on beds\nand on more than beds")]).await;
    let all = board.get("/ideas").await.body;
    assert!(all.contains("2 ideas<") && !all.contains("A note on beds"), "{all}");
    assert!(all.contains("Beds that &lt;b&gt;know&lt;/b&gt;\\u{202e} when"), "{all}");
    let fitting = board.get("/ideas?q=bed").await.body;
    assert!(fitting.contains("1 idea fits") && !fitting.contains("Walks"), "{fitting}");
    assert!(fitting.contains("<mark>Bed</mark> sensors"), "{fitting}");
    let none = board.get("/ideas?q=bed+-%23wards").await.body;
    assert!(none.contains("Nothing fits all of that"), "{none}");
    assert!(none.contains("href=\"/ideas?q=bed\""), "a term can be left out: {none}");
    let long = format!("{} bed", "sensor ".repeat(50));
    board.add(Kind::Idea, &[("title", &long)]).await;
    let cut = board.get("/ideas?q=sensor+bed").await.body;
    assert!(cut.contains("<mark>sensor</mark>") && cut.contains("…</bdi></a></h3>"), "{cut}");
    let notes = board.get("/notes").await.body;
    assert!(notes.contains("A note on beds</bdi>"), "{notes}");
    assert!(notes.contains("<bdi>and on more than beds</bdi>"), "{notes}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_write_the_query() {
    let board = TestBoard::new().await;
    board.add(Kind::Idea, &[("title", "Walks"), ("status", "in work")]).await;
    let page = board.get("/ideas").await.body;
    assert!(page.contains("<option value=\"in work\">in work</option>"), "{page}");
    let answer = board.get("/ideas?q=walk+since%3A1h&tag=&status=in+work&since=3d").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let there = answer.headers[header::LOCATION].to_str().unwrap();
    assert_eq!(there, "/ideas?q=walk+status%3A%22in+work%22+since%3A3d");
    assert!(board.get(there).await.body.contains("1 idea fits"));
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_query_is_kept_in_its_field_with_what_is_wrong() {
    let board = TestBoard::new().await;
    for (asked, typed, told) in [
        ("/ideas?q=since%3Asoon", "since:soon", "not a time"),
        ("/ideas?q=by%3A%3Cnobody%3E", "by:&lt;nobody&gt;", "nobody called"),
        ("/ideas?q=kind%3Anote", "kind:note", "Here are ideas alone"),
        ("/search?q=%21%21", "!!", "no word"),
    ] {
        let answer = board.get(asked).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{asked}");
        let body = answer.body;
        assert!(body.contains(&format!("value=\"{typed}\"")), "{body}");
        assert!(body.to_lowercase().contains(&told.to_lowercase()), "{told}: {body}");
        assert!(body.contains("aria-invalid=\"true\""), "{body}");
    }
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_has_pages() {
    let board = TestBoard::new().await;
    for number in 0..51 {
        board.add(Kind::Resource, &[("title", &format!("paper {number}"))]).await;
    }
    let first = board.get("/resources").await.body;
    assert_eq!(first.matches("<li data-key").count(), 50);
    assert!(first.contains("href=\"/resources?page=2\""), "{first}");
    let second = board.get("/resources?page=2&q=paper").await.body;
    assert_eq!(second.matches("<li data-key").count(), 1);
    assert!(second.contains("href=\"/resources?q=paper&amp;page=1\""), "{second}");
    let beyond = board.get("/resources?page=999999999").await.body;
    assert_eq!(beyond.matches("<li data-key").count(), 1, "{beyond}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_not_told_what_the_host_follows() {
    let board = TestBoard::new().await;
    let own = board.get("/ideas?q=is%3Afollowed").await;
    assert_eq!(own.status, StatusCode::OK);
    let request = axum::http::Request::get("/ideas?q=is%3Afollowed");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let guest = board.ask(Door::Guests, request).await;
    assert_eq!(guest.status, StatusCode::BAD_REQUEST);
    board.node.stop().await;
}
