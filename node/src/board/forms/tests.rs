//! What people fill in and press, sent as a browser sends it to a board with a node of its own.

mod changing;
mod hostile;
mod pressing;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use crate::board::server::Door;
use crate::board::testing::{Answer, TestBoard};
use crate::store::{EntryView, Filter, Summary};

/// What stands in a hidden control of a page.
fn hidden(answer: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let at = answer.body.find(&start).unwrap_or_else(|| panic!("no {name} in {}", answer.body));
    answer.body[at + start.len()..].split('"').next().unwrap().to_owned()
}

/// Where an answer leads.
fn led(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.headers[header::LOCATION].to_str().unwrap()
}

/// The entry to whose page an answer leads.
fn entry_of(answer: &Answer) -> EntryId {
    led(answer).strip_prefix("/entry/").unwrap().parse().unwrap()
}

async fn view(board: &TestBoard, entry: EntryId) -> EntryView {
    board.board.read(move |store| Ok(store.entry(&entry)?.unwrap())).await.unwrap()
}

async fn list(board: &TestBoard, kind: Kind) -> Vec<Summary> {
    let filter = Filter { kinds: vec![kind], ..Filter::default() };
    board.board.read(move |store| Ok(store.list(&filter)?)).await.unwrap()
}

/// What a guest gets for a form, whose script says that this is their key.
async fn post_as_guest(
    board: &TestBoard,
    path: &str,
    author: Option<&str>,
    form: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::post(path)
        .header(header::ORIGIN, "http://127.0.0.1:7117")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    if let Some(author) = author {
        request = request.header("x-commons-author", author);
    }
    board.ask(Door::Guests, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_entry_is_written_once_however_often_the_button_is_pressed() {
    let board = TestBoard::new().await;
    let form = board.get("/new/idea").await;
    assert_eq!(form.status, StatusCode::OK);
    let token = hidden(&form, "once");
    let filled = [
        ("once", token.as_str()),
        ("title", " Bed  sensors "),
        ("body", "Beds\r\nare loud."),
        ("tags", "Wards, sleep"),
        ("links", "https://example.org/"),
        ("licence", "cc-by-4.0"),
        ("status", ""),
    ];
    let (one, other) =
        tokio::join!(board.post("/new/idea", &filled), board.post("/new/idea", &filled));
    assert_eq!(led(&one), led(&other));
    let again = board.post("/new/idea", &filled).await;
    assert_eq!(led(&one), led(&again));
    assert_eq!(list(&board, Kind::Idea).await.len(), 1);
    let entry = view(&board, entry_of(&one)).await;
    assert_eq!(entry.summary.title, "Bed sensors");
    assert_eq!(entry.summary.tags, ["sleep", "wards"]);
    assert_eq!(entry.state.prose("body"), "Beds\nare loud.");
    assert_eq!(entry.summary.licence.as_deref(), Some("CC-BY-4.0"));
    assert_eq!(entry.summary.author, board.board.host());
    let cookie = one.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with(&format!("commons-written={token};")), "{cookie}");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_keeps_what_was_typed_and_leads_to_what_is_wrong() {
    let board = TestBoard::new().await;
    let filled = [
        ("title", ""),
        ("url", "example.org/falls"),
        ("body", "<script>alert(1)</script>\n</textarea>"),
        ("tags", "falls"),
        ("licence", "my own"),
    ];
    let answer = board.post("/new/resource", &filled).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = &answer.body;
    assert!(body.contains("3 things to put right"), "{body}");
    for field in ["title", "url", "licence"] {
        assert!(body.contains(&format!("<a href=\"#{field}\">")), "{field}: {body}");
        assert!(body.contains(&format!("id=\"{field}-wrong\"")), "{field}: {body}");
    }
    assert!(body.contains("aria-describedby=\"title-hint title-wrong\" aria-invalid=\"true\""));
    assert_eq!(body.matches("autofocus").count(), 1, "{body}");
    assert!(body.contains("did you mean https://example.org/falls ?"), "{body}");
    assert!(body.contains("value=\"my own\"") && body.contains("value=\"falls\""), "{body}");
    assert!(body.contains("&lt;script&gt;alert(1)&lt;/script&gt;\n&lt;/textarea&gt;"), "{body}");
    assert!(!body.contains("<script>alert"), "{body}");
    assert!(list(&board, Kind::Resource).await.is_empty());
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_shown_and_nothing_is_written() {
    let board = TestBoard::new().await;
    let text = "It is **loud** [here](javascript:alert(1)) <img src=x onerror=alert(1)>";
    let filled = [("title", "Beds"), ("body", text), ("preview", "yes")];
    let answer = board.post("/new/idea", &filled).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("<strong>loud</strong>"), "{}", answer.body);
    assert!(!answer.body.contains("href=\"javascript"), "{}", answer.body);
    assert!(!answer.body.contains("<img"), "{}", answer.body);
    assert!(list(&board, Kind::Idea).await.is_empty());
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_too_much_about_somebody_is_asked_about_first() {
    let board = TestBoard::new().await;
    let filled = [("text", "Call Ana on 07700 900000 #beds")];
    let answer = board.post("/new/note", &filled).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "This looks like a phone number: ",
        "07700 900000",
        "A commons is public to everybody in it, and lasts.",
        "Write it all the same?",
        "name=\"personal\" value=\"yes\"",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert!(list(&board, Kind::Note).await.is_empty());
    let answer = board.post("/new/note", &[filled[0], ("personal", "yes")]).await;
    let note = view(&board, entry_of(&answer)).await;
    assert_eq!(note.summary.tags, ["beds"]);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_given_what_to_sign_and_nothing_is_written_in_the_hosts_name() {
    let board = TestBoard::new().await;
    let key = commons_proto::author::AuthorKey::from_secret(&[7; 32]);
    let author = key.author().to_string();
    let filled = [("title", "A guest's idea")];
    let answer = post_as_guest(&board, "/new/idea", None, &filled).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = post_as_guest(&board, "/new/idea", Some(&author), &filled).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let object: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert!(object["then"].as_str().unwrap().starts_with("/entry/"));
    let part = |name: &str| {
        let text = object["sign"][0][name].as_str().unwrap();
        data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    };
    let (header, payload) = (part("header"), part("payload"));
    let record = commons_proto::contribution::Record::from_log(&header, Some(&payload)).unwrap();
    assert_eq!(record.header.author, key.author());
    let unsigned = part("message");
    assert!(unsigned.ends_with(&header), "what is signed is about this header");

    assert!(list(&board, Kind::Idea).await.is_empty());
    let answer = post_as_guest(&board, "/new/idea", Some(&author), &[("title", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    board.node.stop().await;
}
