//! Tests of what guests may do, asked without a network but for the door itself.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::SIGNATURE_DOMAIN;
use commons_proto::kind::Kind;
use data_encoding::BASE64URL_NOPAD;
use libp2p::identity::Keypair;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::board::testing::{Answer, TestBoard};
use crate::board::write::AUTHOR_HEADER;
use crate::store::Filter;

/// A guest with a key in their browser.
struct Guest<'b> {
    board: &'b TestBoard,
    key: Keypair,
    author: Author,
}

impl<'b> Guest<'b> {
    fn new(board: &'b TestBoard, seed: u8) -> Self {
        let key = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
        Self { board, key, author: AuthorKey::from_secret(&[seed; 32]).author() }
    }

    async fn gets(&self, path: &str) -> Answer {
        self.board.ask(Door::Guests, Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn sends(&self, request: axum::http::request::Builder, body: String) -> Answer {
        let request = request.header(header::ORIGIN, "http://127.0.0.1:7117");
        self.board.ask(Door::Guests, request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form as the script does.
    async fn fills(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHOR_HEADER, self.author.to_string());
        self.sends(request, form.to_owned()).await
    }

    /// The contributions that are asked for, signed.
    fn signs(&self, asked: &Answer) -> Value {
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
        let asked: Value = serde_json::from_str(&asked.body).unwrap();
        let sign = |one: &Value| {
            let message = BASE64URL_NOPAD.decode(one["message"].as_str().unwrap().as_bytes());
            let signature = BASE64URL_NOPAD.encode(&self.key.sign(&message.unwrap()).unwrap());
            json!({ "header": one["header"], "payload": one["payload"], "signature": signature })
        };
        Value::Array(asked["sign"].as_array().unwrap().iter().map(sign).collect())
    }

    async fn brings(&self, contributions: &Value) -> Answer {
        let request =
            Request::post("/api/v1/contributions").header(header::CONTENT_TYPE, "application/json");
        self.sends(request, json!({ "contributions": contributions }).to_string()).await
    }
}

fn outcomes(answer: &Answer) -> Vec<(String, Option<String>)> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |became: &Value| (text(&became["outcome"]).unwrap(), text(&became["reason"]));
    told["contributions"].as_array().unwrap().iter().map(one).collect()
}

/// How long a stream may take to end, however busy the machine is.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

async fn ideas(board: &TestBoard) -> Vec<(String, Author)> {
    let filter = Filter { kinds: vec![Kind::Idea], ..Filter::default() };
    let listed = board.board.read(move |store| Ok(store.list(&filter)?)).await.unwrap();
    listed.into_iter().map(|idea| (idea.title, idea.author)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_writes_is_signed_by_the_guest() {
    let board = TestBoard::new().await;
    let ana = Guest::new(&board, 7);
    let asked = ana.fills("/new/idea", "title=Bed+sensors").await;
    let signed = ana.signs(&asked);
    assert_eq!(outcomes(&ana.brings(&signed).await), [("new".to_owned(), None)]);
    assert_eq!(ideas(&board).await, [("Bed sensors".to_owned(), ana.author)]);
    assert_eq!(outcomes(&ana.brings(&signed).await), [("known".to_owned(), None)]);
    assert_eq!(board.board.guests().status().wrote, 1);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_verify_is_not_taken_whoever_brings_it() {
    let board = TestBoard::new().await;
    let (ana, ben) = (Guest::new(&board, 7), Guest::new(&board, 8));
    let asked = ana.fills("/new/idea", "title=Bed+sensors").await;
    let refused = |reason: &str| [("refused".to_owned(), Some(reason.to_owned()))];
    let by_ben = ben.signs(&asked);
    assert_eq!(outcomes(&ben.brings(&by_ben).await), refused("signature"));
    let mut changed = ana.signs(&asked);
    changed[0]["payload"] = json!(BASE64URL_NOPAD.encode(b"something else"));
    assert_eq!(outcomes(&ana.brings(&changed).await), refused("wrong-payload"));
    let mut other = ana.signs(&asked);
    other[0]["header"] = json!("%");
    assert_eq!(outcomes(&ana.brings(&other).await), refused("not-canonical"));
    // A host's signature for another commons.
    let elsewhere = TestBoard::new_of("another").await;
    let there = Guest::new(&elsewhere, 7);
    let signed = there.signs(&there.fills("/new/idea", "title=Elsewhere").await);
    assert_eq!(outcomes(&ana.brings(&signed).await), refused("signature"));
    assert_eq!(ideas(&board).await, []);
    assert_eq!(board.board.guests().status().wrote, 0);
    let many = Value::Array(vec![by_ben[0].clone(); 33]);
    assert_eq!(ana.brings(&many).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    elsewhere.node.stop().await;
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_signs_what_the_node_verifies_and_nothing_else() {
    let script = include_str!("../assets/guest.js");
    let tag = std::str::from_utf8(SIGNATURE_DOMAIN).unwrap().trim_end_matches('\0');
    assert!(script.contains(&format!("TextEncoder().encode(\"{tag}\\0\")")), "{tag}");
    assert!(script.contains(AUTHOR_HEADER.as_str()));
    assert!(script.contains(crate::board::viewer::AUTHOR_COOKIE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_a_key_or_a_script_is_told_how_to_write() {
    let board = TestBoard::new().await;
    let ana = Guest::new(&board, 7);
    let answer = ana.gets("/new/idea").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("href=\"/guests?to=%2Fnew%2Fidea\""), "{}", answer.body);
    let form = Request::post("/new/idea")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, format!("commons-author={}", ana.author));
    let answer = ana.sends(form, "title=Bed+sensors".to_owned()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("script"), "{}", answer.body);
    assert_eq!(ideas(&board).await, []);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_could_be_read_along_reads_and_is_shown_the_secure_way() {
    let board = TestBoard::new().await;
    let at = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let status = Guests::open(&board.board, at).unwrap();
    let ana = Guest::new(&board, 7);
    let plainly = async |request: Request<Body>| {
        let mut request = request;
        request.extensions_mut().insert(Private(false));
        board.ask(Door::Guests, request).await
    };
    let answer = plainly(Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let request = Request::get("/guests?to=/new/idea").body(Body::empty()).unwrap();
    let answer = plainly(request).await;
    let fingerprint = status.fingerprint.unwrap();
    assert!(answer.body.contains(short_fingerprint(&fingerprint)), "{}", answer.body);
    let way = "href=\"https://127.0.0.1:7117/guests?to=%2Fnew%2Fidea\"";
    assert!(answer.body.contains(way), "{}", answer.body);
    let request = Request::post("/new/idea")
        .header(header::ACCEPT, "application/json")
        .header(header::ORIGIN, "http://127.0.0.1:7117")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(AUTHOR_HEADER, ana.author.to_string())
        .body(Body::from("title=Bed+sensors"));
    let answer = plainly(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("the secure way"), "{}", answer.body);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_hosts_alone_is_refused_to_guests() {
    let board = TestBoard::new().await;
    let ana = Guest::new(&board, 7);
    let idea = board.add(Kind::Idea, &[("title", "Bed sensors")]).await.entry();
    for path in ["/api/v1/mutes", "/api/v1/follows"] {
        let answer = ana.gets(path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
        assert!(answer.body.contains("for whoever runs this node alone"), "{path}");
    }
    let mute = format!("/entry/{idea}/mute");
    for path in ["/guests/open", "/guests/close", &mute] {
        let answer = ana.fills(path, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let home = board.board.home().directory().display().to_string();
    for path in ["/", "/status", "/guests", "/api/v1/peers", "/api/v1/status"] {
        let answer = ana.gets(path).await;
        assert!(!answer.body.contains(&home), "{path}");
        assert!(!answer.body.contains("/ip4/"), "{path}: {}", answer.body);
    }
    assert!(!board.board.guests().status().open);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_name_of_a_stranger_guests_are_shown_nothing() {
    let board = TestBoard::new().await;
    let request = Request::get("/").header(header::HOST, "rebound.example").body(Body::empty());
    let answer = board.ask(Door::Guests, request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    let request = Request::get("/").header(header::HOST, "192.0.2.7:7118").body(Body::empty());
    assert_eq!(board.ask(Door::Guests, request.unwrap()).await.status, StatusCode::OK);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_asks_for_too_much_waits_and_the_host_does_not() {
    let board = TestBoard::new().await;
    let ana = Guest::new(&board, 7);
    let signed = ana.signs(&ana.fills("/new/idea", "title=Bed+sensors").await);
    let mut last = ana.brings(&signed).await;
    // More than may be at once, and than come free in the time that this takes.
    for _ in 0..100 {
        last = ana.brings(&signed).await;
        if last.status != StatusCode::OK {
            break;
        }
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    let told: Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(told["error"]["code"], "too-much");
    assert_eq!(ana.gets("/guests").await.status, StatusCode::OK, "reading is counted apart");
    for _ in 0..100 {
        assert_eq!(board.get("/guests").await.status, StatusCode::OK);
    }
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_door_closes_everybody_loses_the_connection_and_it_can_open_again() {
    let board = TestBoard::new().await;
    let at = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let status = Guests::open(&board.board, at).unwrap();
    let address = status.urls[0].strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /live HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut begun = [0; 15];
    stream.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200 OK");
    assert_eq!(board.board.guests().status().connected, 1);
    assert_eq!(Guests::open(&board.board, None).unwrap().urls, status.urls, "it is open");

    board.board.guests().close();
    let mut rest = Vec::new();
    // It may end in the middle of a word.
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the stream goes on");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens there any more");
    assert!(!board.board.guests().status().open);
    let again = Guests::open(&board.board, at).unwrap();
    assert_eq!(again.fingerprint, status.fingerprint, "who comes back is not warned anew");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_streams_of_events() {
    let board = TestBoard::new().await;
    let rates = &board.board.guests().rates;
    let who = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let places: Vec<_> = std::iter::from_fn(|| rates.stream(who)).collect();
    assert_eq!(places.len(), 8);
    let answer = Guest::new(&board, 7).gets("/live").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    board.node.stop().await;
}
