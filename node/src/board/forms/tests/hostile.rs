//! Requests that no form of ours makes.

use super::*;

async fn send(board: &TestBoard, media_type: &'static str, body: Vec<u8>) -> Answer {
    let request = Request::post("/new/idea")
        .header(header::ORIGIN, "http://127.0.0.1:7117")
        .header(header::CONTENT_TYPE, media_type)
        .body(Body::from(body));
    board.ask(Door::Own, request.unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_kept_in_the_form_and_what_no_form_holds_is_refused() {
    let board = TestBoard::new().await;
    let long = "word ".repeat(20 * 1024);
    let answer = board.post("/new/idea", &[("title", "Beds"), ("body", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("too long for one contribution"), "no reason");
    assert!(answer.body.contains(long.trim_end()), "what was typed is gone");
    let endless = format!("title=Beds&body={}", "a".repeat(512 * 1024)).into_bytes();
    assert_eq!(send(&board, FORM, endless).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(list(&board, Kind::Idea).await.is_empty());
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_text_or_no_form_of_ours_is_refused_with_nothing_written() {
    let board = TestBoard::new().await;
    let refused = [
        (FORM, b"title=%ff%fe".to_vec(), StatusCode::BAD_REQUEST),
        (FORM, b"title=\xff".to_vec(), StatusCode::BAD_REQUEST),
        (FORM, b"title=Beds&colour=red".to_vec(), StatusCode::BAD_REQUEST),
        (FORM, b"title=Beds&".repeat(1000), StatusCode::BAD_REQUEST),
        ("text/plain", b"title=Beds".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("multipart/form-data", b"title=Beds".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ];
    for (media_type, body, status) in refused {
        let shown = String::from_utf8_lossy(&body).chars().take(30).collect::<String>();
        assert_eq!(send(&board, media_type, body).await.status, status, "{shown}");
    }
    assert!(list(&board, Kind::Idea).await.is_empty());
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_claims_to_be_based_on_what_is_not_there_is_refused() {
    let board = TestBoard::new().await;
    let entry = entry_of(&board.post("/new/idea", &[("title", "Beds")]).await);
    let other = entry_of(&board.post("/new/idea", &[("title", "Other")]).await).to_string();
    let page = format!("/entry/{entry}/edit");
    for based_on in ["nonsense", "....", other.as_str()] {
        let answer = board.post(&page, &[("based-on", based_on), ("title", "Gone")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{based_on}");
    }
    assert_eq!(view(&board, entry).await.summary.title, "Beds");
    let answer = board.post("/entry/zzzzzz/edit", &[("title", "x")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(board.get("/new/erasure").await.status, StatusCode::NOT_FOUND);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ones_own_is_neither_changed_nor_erased() {
    let board = TestBoard::new().await;
    let text = [("text", "My note")];
    let note = entry_of(&board.post("/new/note", &text).await);
    let guest = commons_proto::author::AuthorKey::from_secret(&[7; 32]).author().to_string();
    for what in ["edit", "erase"] {
        let page = format!("/entry/{note}/{what}");
        let form: &[(&str, &str)] = if what == "edit" { &text } else { &[] };
        let answer = post_as_guest(&board, &page, Some(&guest), form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(list(&board, Kind::Note).await.len(), 1);
    board.node.stop().await;
}
