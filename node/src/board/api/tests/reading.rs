//! What is read: by the host, and by guests.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{Api, at, code, titles};
use crate::board::server::Door;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_page_by_page_however_it_grows() {
    let api = Api::new().await;
    let mut written = BTreeSet::new();
    for number in 0..7 {
        written.insert(api.has_idea(&format!("Idea {number}")).await);
    }
    let (mut told, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.gets(&format!("/entries?limit=2&q=kind:idea{after}")).await;
        for item in page["items"].as_array().unwrap() {
            told.push(item["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
        api.has_idea("Another, meanwhile").await;
    }
    let of_before: Vec<&String> = told.iter().filter(|id| written.contains(*id)).collect();
    assert_eq!(of_before.len(), 7, "each of those that were there comes once");
    assert_eq!(of_before.into_iter().collect::<BTreeSet<_>>().len(), 7);
    for wrong in ["x", "1.x", "1", ".", "99999999999999999999.a"] {
        let answer = api.asks(Method::GET, &format!("/entries?after={wrong}"), None).await;
        assert_eq!(code(&answer), (400, "bad-request"), "{wrong}");
    }
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_told_as_the_terminal_prints_it() {
    let api = Api::new().await;
    let body = json!({ "kind": "resource", "fields": {
        "title": "Falls", "url": "https://example.org/falls", "tags": ["Wards", "data"],
        "body": "Counts \u{202e}falls"
    } });
    let (_, written) = api.posts("/entries", body).await;
    let id = written["entry"].as_str().unwrap();
    let entry = api.gets(&format!("/entries/{}", &id[..12])).await;
    assert_eq!(entry["title"], "Falls");
    assert_eq!(entry["tags"], json!(["data", "wards"]));
    assert_eq!(entry["fields"]["body"], "Counts \u{202e}falls");
    assert_eq!(entry["heads"], json!([written["id"]]));
    let raw = api.0.get(&at(&format!("/entries/{id}"))).await;
    assert!(raw.body.contains("Counts \\u202efalls"), "a line is safe to look at: {}", raw.body);
    let found = api.gets("/search?q=fal").await;
    assert_eq!(found["items"][0]["matches"][0], "Falls");
    assert_eq!(api.gets("/tags").await["items"][0]["tag"], "data");
    assert_eq!(api.gets("/tags/WARDS").await["kinds"], json!({ "resource": 1 }));
    let history = api.gets(&format!("/entries/{id}/history")).await;
    assert_eq!(history["items"][0]["id"], written["id"]);
    let version = written["id"].as_str().unwrap();
    let version = api.gets(&format!("/entries/{id}/versions/{version}")).await;
    assert_eq!(version["fields"]["title"], "Falls");
    assert_eq!(api.gets("/digest?tag=wards").await["contributions"], 1);
    let status = api.gets("/status").await;
    assert_eq!(
        (status["entries"].as_u64(), status["node"]["connected"].as_u64()),
        (Some(1), Some(0))
    );
    let me = api.gets("/people/me").await;
    assert_eq!(titles(&json!({ "items": me["entries"] })), ["Falls"]);
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_comes_page_by_page() {
    let api = Api::new().await;
    let id = api.has_idea("First").await;
    for title in ["Second", "Third"] {
        let body = json!({ "fields": { "title": title } });
        let (status, _) = api.asks(Method::PATCH, &format!("/entries/{id}"), Some(body)).await;
        assert_eq!(status, StatusCode::OK);
    }
    let mut changes = Vec::new();
    let mut path = format!("/entries/{id}/history?limit=1");
    loop {
        let page = api.gets(&path).await;
        changes.push(page["items"][0]["changes"][0].as_str().unwrap().to_owned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/entries/{id}/history?limit=1&after={next}");
    }
    assert_eq!(changes, ["title: Third", "title: Second", "title: First"]);
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_told_in_json() {
    let api = Api::new().await;
    let wrong = [
        ("/nothing", 404, "not-found"),
        ("/entries/zzzzzzzz", 404, "not-found"),
        ("/entries/!", 404, "not-found"),
        ("/entries?limit=0", 400, "bad-request"),
        ("/entries?limit=1001", 400, "bad-request"),
        ("/entries?colour=red", 400, "bad-request"),
        ("/entries?q=since:never", 400, "query"),
        ("/programme?day=never", 400, "bad-request"),
        ("/digest?since=1h&until=2h", 400, "bad-request"),
        ("/people/nobody", 404, "not-found"),
    ];
    for (path, status, word) in wrong {
        let answer = api.asks(Method::GET, path, None).await;
        assert_eq!(code(&answer), (status, word), "{path}");
        assert!(!answer.1["error"]["message"].as_str().unwrap().is_empty());
    }
    let answer = api.asks(Method::PUT, "/entries", None).await;
    assert_eq!(code(&answer), (405, "method"));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_read_but_not_what_is_the_hosts_alone() {
    let api = Api::new().await;
    let id = api.has_idea("Bed sensors").await;
    let (status, page) = api.guest("/entries").await;
    assert_eq!((status, titles(&page)), (StatusCode::OK, vec!["Bed sensors"]));
    for path in ["/tags", "/people", "/programme", "/digest", "/news", "/peers", "/openapi.json"] {
        assert_eq!(api.guest(path).await.0, StatusCode::OK, "{path}");
    }
    let (_, status) = api.guest("/status").await;
    assert_eq!(status.get("home"), None);
    assert_eq!(status["node"]["listen"], json!([]));
    for path in ["/mutes", "/follows", "/entries?q=is:followed", "/news?q=is:followed"] {
        assert_eq!(code(&api.guest(path).await), (403, "forbidden"), "{path}");
    }
    // The token says who sits at the node, and a guest does not.
    let token = format!("Bearer {}", api.0.board.token());
    let shown = [("origin", "http://127.0.0.1:7117"), ("authorization", token.as_str())];
    for (method, path) in [
        (Method::DELETE, format!("/entries/{id}")),
        (Method::POST, format!("/entries/{id}/endorsements")),
        (Method::DELETE, format!("/entries/{id}/memberships")),
    ] {
        let answer = api.stranger(Door::Guests, method, &path, &shown).await;
        assert_eq!(code(&answer), (403, "forbidden"), "{path}");
    }
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_entry_is_muted_for_the_host_and_says_nothing_to_guests() {
    let api = Api::new().await;
    let id = api.has_idea("Bed sensors").await;
    let muted = api.asks(Method::PUT, "/mutes", Some(json!({ "what": "entry", "id": id }))).await.1;
    assert_eq!((muted["changed"].as_u64(), muted["hidden"].as_u64()), (Some(1), Some(1)));
    assert_eq!(api.gets("/entries").await["items"], json!([]));
    assert_eq!(api.gets("/mutes").await["items"][0]["id"], json!(id));
    let path = format!("/entries/{id}");
    assert_eq!(api.gets(&path).await["muted"], true);
    assert_eq!(api.guest(&path).await.1["muted"], false);
    assert_eq!(api.guest("/status").await.1["muted"], 0);
    api.asks(Method::DELETE, "/mutes", Some(json!({ "what": "entry", "id": id }))).await;
    assert_eq!(titles(&api.gets("/entries").await), ["Bed sensors"]);
    api.stops().await;
}
