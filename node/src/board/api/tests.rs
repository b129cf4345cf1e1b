//! The API of a board with a node, asked without a network.

mod documents;
mod reading;
mod streams;
mod writing;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::super::server::Door;
use super::super::testing::{Answer, TestBoard};

/// A board that a program asks.
struct Api(TestBoard);

impl Api {
    async fn new() -> Self {
        Self(TestBoard::new().await)
    }

    /// What a program with the token gets.
    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let token = format!("Bearer {}", self.0.board.token());
        let mut request =
            Request::builder().method(method).uri(at(path)).header(header::AUTHORIZATION, token);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        object(self.0.ask(Door::Own, request.body(body).unwrap()).await)
    }

    async fn gets(&self, path: &str) -> Value {
        let (status, object) = self.asks(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {object}");
        object
    }

    async fn posts(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.asks(Method::POST, path, Some(body)).await
    }

    /// Writes an idea, and gives its id.
    async fn has_idea(&self, title: &str) -> String {
        let body = json!({ "kind": "idea", "fields": { "title": title } });
        let (status, written) = self.posts("/entries", body).await;
        assert_eq!(status, StatusCode::CREATED, "{written}");
        written["entry"].as_str().unwrap().to_owned()
    }

    /// What somebody gets who has no token, through this door, with these headers.
    async fn stranger(
        &self,
        door: Door,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(at(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        object(self.0.ask(door, request.body(Body::empty()).unwrap()).await)
    }

    /// What a guest gets.
    async fn guest(&self, path: &str) -> (StatusCode, Value) {
        self.stranger(Door::Guests, Method::GET, path, &[]).await
    }

    async fn stops(self) {
        self.0.node.stop().await;
    }
}

fn at(path: &str) -> String {
    format!("{}{path}", super::PREFIX)
}

/// What was answered, which is JSON in every case.
#[track_caller]
fn object(answer: Answer) -> (StatusCode, Value) {
    let kind = answer.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
    assert_eq!(kind, Some("application/json"), "{answer:?}");
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

/// The titles of a page.
fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap()).collect()
}

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["error"]["code"].as_str().unwrap_or_default())
}
