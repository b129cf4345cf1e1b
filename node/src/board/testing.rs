//! For tests: a board of a node of its own, asked without a network.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::Value;
use commons_proto::entry::{self, State, Wanted};
use commons_proto::kind::Kind;
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::guests::Private;
use super::server::{Door, From};
use super::{Board, BoardConfig, live, router};
use crate::driver::{Node, NodeConfig};
use crate::home::Home;
use crate::when;

/// A board in a test, with its node.
pub(super) struct TestBoard {
    pub(super) board: Board,
    pub(super) node: Node,
    router: Router,
    _home: TempDir,
}

/// What the board answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: String,
}

impl TestBoard {
    /// A board of an empty commons.
    pub(super) async fn new() -> Self {
        Self::new_of(NAME).await
    }

    /// A board of an empty commons of this name.
    pub(super) async fn new_of(name: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let home = Home::open(directory.path().join("home")).unwrap();
        let store = home.open_store(name, None).unwrap();
        let config = NodeConfig {
            home: home.clone(),
            database: store.path().to_owned(),
            commons: store.commons(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
            peers: Vec::new(),
            mdns: false,
            hub: false,
        };
        drop(store);
        let (node, _) = Node::start(config).await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = BoardConfig { address, home, name: name.to_owned() };
        let board = Board::new(config, node.handle()).unwrap();
        tokio::spawn(live::follow_log(board.clone()));
        Self { router: router(board.clone()), board, node, _home: directory }
    }

    /// Writes an entry in the host's name.
    pub(super) async fn add(&self, kind: Kind, fields: &[(&str, &str)]) -> Verified {
        let fields: Vec<(&str, Vec<Value>)> =
            fields.iter().map(|(name, value)| (*name, vec![(*value).into()])).collect();
        self.add_values(kind, &fields).await
    }

    /// Writes an entry whose fields hold these values in the host's name.
    pub(super) async fn add_values(&self, kind: Kind, fields: &[(&str, Vec<Value>)]) -> Verified {
        let mut wanted = Wanted::new();
        for (name, values) in fields {
            wanted.set(name, values.clone());
        }
        let draft = Draft {
            subject: Subject::Genesis(kind.clone()),
            parents: Vec::new(),
            edits: entry::changes(&kind, &State::default(), &wanted),
            summary: None,
        };
        self.write(self.board.key(), draft).await
    }

    /// Writes a draft in the name of whoever has this key.
    pub(super) async fn write(&self, key: &AuthorKey, draft: Draft) -> Verified {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).unwrap();
        let verified = draft.sign(key, &self.board.commons(), when::now(), salt).unwrap();
        self.node.handle().write(vec![verified.clone()]).await.unwrap();
        verified
    }

    /// What the host gets for an address.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Door::Own, Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// What the host gets for a form.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::ORIGIN, "http://127.0.0.1:7117")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.ask(Door::Own, request.unwrap()).await
    }

    /// What a request through this door gets.
    pub(super) async fn ask(&self, door: Door, mut request: Request<Body>) -> Answer {
        let host = axum::http::HeaderValue::from_static("127.0.0.1:7117");
        request.headers_mut().entry(header::HOST).or_insert(host);
        request.extensions_mut().insert(door);
        request.extensions_mut().insert(From(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        if request.extensions().get::<Private>().is_none() {
            request.extensions_mut().insert(Private(true));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}

const NAME: &str = "commons-under-test";

#[tokio::test(flavor = "multi_thread")]
async fn the_front_page_shows_what_was_written_and_says_what_it_may_do() {
    let board = TestBoard::new().await;
    board.add(Kind::Idea, &[("title", "Bed sensors <b>")]).await;
    let answer = board.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Bed sensors &lt;b&gt;"), "{}", answer.body);
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_page_and_for_programs_json() {
    let board = TestBoard::new().await;
    let answer = board.get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("<h1>It is not here</h1>"), "{}", answer.body);
    let answer = board.get("/api/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let object: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(object["error"]["code"], "not-found");
    let answer = board.post("/", &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    board.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_gets_nothing() {
    let board = TestBoard::new().await;
    let request = Request::get("/").header(header::HOST, "rebound.example").body(Body::empty());
    let answer = board.ask(Door::Own, request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!answer.body.contains("<html"));
    let request = Request::post("/").header(header::ORIGIN, "http://evil.example");
    let answer = board.ask(Door::Own, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    board.node.stop().await;
}
