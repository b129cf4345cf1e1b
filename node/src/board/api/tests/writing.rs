//! What is written: who may, and what comes of it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use super::{Api, at, code, object, titles};
use crate::board::server::Door;

#[tokio::test(flavor = "multi_thread")]
async fn writing_needs_the_token_or_the_board_itself() {
    let api = Api::new().await;
    let id = api.has_idea("Bed sensors").await;
    let path = format!("/entries/{id}/endorsements");
    let asks = |headers: &'static [(&'static str, &'static str)]| {
        api.stranger(Door::Own, Method::POST, &path, headers)
    };
    let refused = asks(&[]).await;
    assert_eq!(code(&refused), (401, "token"));
    let file = api.0.board.home().api_token_file();
    let message = refused.1["error"]["message"].as_str().unwrap();
    assert!(message.contains(file.to_str().unwrap()), "it names the file: {message}");
    assert_eq!(code(&asks(&[("origin", "http://evil.example")]).await), (401, "token"));
    assert_eq!(code(&asks(&[("authorization", "Bearer wrong")]).await), (401, "token"));
    assert_eq!(code(&asks(&[("authorization", "Basic YTpi")]).await), (401, "token"));
    let rebound = asks(&[("host", "rebound.example"), ("origin", "http://rebound.example")]).await;
    assert_eq!(code(&rebound), (421, "host"));
    assert_eq!(asks(&[("origin", "http://127.0.0.1:7117")]).await.0, StatusCode::OK);
    assert_eq!(asks(&[("sec-fetch-site", "same-origin")]).await.0, StatusCode::OK);
    // Something in the place of the token is refused even to whoever only reads.
    let read = [("authorization", "Bearer wrong")];
    let answer = api.stranger(Door::Own, Method::GET, "/entries", &read).await;
    assert_eq!(code(&answer), (401, "token"));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_good_for_the_api_alone() {
    let api = Api::new().await;
    let token = format!("Bearer {}", api.0.board.token());
    let request = Request::post("/").header(header::AUTHORIZATION, token).body(Body::empty());
    let answer = api.0.ask(Door::Own, request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_is_written_only_when_that_was_confirmed() {
    let api = Api::new().await;
    let mut body = json!({ "kind": "note", "fields": { "text": "Ask ana@example.org #help" } });
    let refused = api.posts("/entries", body.clone()).await;
    assert_eq!(code(&refused), (422, "personal"));
    assert!(refused.1["error"]["hint"].as_str().unwrap().contains("\"confirm\": true"));
    assert_eq!(api.gets("/entries").await["items"], json!([]));
    body["confirm"] = json!(true);
    assert_eq!(api.posts("/entries", body).await.0, StatusCode::CREATED);
    assert_eq!(api.gets("/entries").await["items"][0]["tags"], json!(["help"]));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_based_on_an_older_version_is_merged() {
    let api = Api::new().await;
    let id = api.has_idea("Bed sensors").await;
    let path = format!("/entries/{id}");
    let base = api.gets(&path).await["heads"].clone();
    for (title, parents) in [("Bed mats", None), ("Floor sensors", Some(&base))] {
        let mut body = json!({ "fields": { "title": title } });
        if let Some(parents) = parents {
            body["parents"] = parents.clone();
        }
        let (status, changed) = api.asks(Method::PATCH, &path, Some(body)).await;
        assert_eq!((status, &changed["entry"]), (StatusCode::OK, &json!(id)), "{changed}");
    }
    let entry = api.gets(&path).await;
    let held = entry["conflicting"]["title"].as_array().unwrap();
    let mut values: Vec<&str> = held.iter().map(|one| one["value"].as_str().unwrap()).collect();
    values.sort_unstable();
    assert_eq!(values, ["Bed mats", "Floor sensors"], "nobody's words vanish");
    let chosen = json!({ "field": "title", "by": held[1]["by"] });
    let (status, _) = api.posts(&format!("{path}/settle"), chosen).await;
    assert_eq!(status, StatusCode::OK);
    let settled = api.gets(&path).await;
    assert_eq!((&settled["title"], &settled["conflicts"]), (&held[1]["value"], &json!(0)));
    let same = json!({ "fields": { "title": held[1]["value"] } });
    let (_, changed) = api.asks(Method::PATCH, &path, Some(same)).await;
    assert_eq!(changed["written"], json!(null), "it was so already");
    let strangers = json!({ "fields": { "title": "x" }, "parents": ["aaaaaaaa"] });
    assert_eq!(code(&api.asks(Method::PATCH, &path, Some(strangers)).await), (404, "not-found"));
    let none = json!({ "fields": { "title": "x" }, "parents": [] });
    assert_eq!(code(&api.asks(Method::PATCH, &path, Some(none)).await), (422, "value"));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_comment_endorse_join_and_take_it_back() {
    let api = Api::new().await;
    let body = json!({ "kind": "project", "fields": { "title": "Mats" } });
    let (_, project) = api.posts("/entries", body).await;
    let id = project["entry"].as_str().unwrap();
    let said = api.posts(&format!("/entries/{id}/comments"), json!({ "text": "Yes" })).await;
    assert_eq!((said.0, &said.1["kind"]), (StatusCode::CREATED, &json!("comment")));
    let endorsements = format!("/entries/{id}/endorsements");
    let (_, once) = api.asks(Method::POST, &endorsements, None).await;
    let (_, again) = api.asks(Method::POST, &endorsements, None).await;
    assert_eq!((&again["entry"], &again["written"]), (&once["entry"], &json!(null)));
    let memberships = format!("/entries/{id}/memberships");
    let (_, joined) = api.posts(&memberships, json!({ "role": "design" })).await;
    assert_eq!(joined["written"]["kind"], "membership");
    let how_many = |entry: &serde_json::Value| entry["referred_by"].as_array().unwrap().len();
    assert_eq!(how_many(&api.gets(&format!("/entries/{id}")).await), 3);
    for path in [&endorsements, &memberships] {
        let (status, erased) = api.asks(Method::DELETE, path, None).await;
        assert_eq!((status, erased["erasures"].as_array().unwrap().len()), (StatusCode::OK, 1));
    }
    let (status, nothing) = api.asks(Method::DELETE, &endorsements, None).await;
    assert_eq!((status, &nothing["erasures"]), (StatusCode::OK, &json!([])));
    assert_eq!(how_many(&api.gets(&format!("/entries/{id}")).await), 1);
    let idea = api.has_idea("Bed sensors").await;
    let answer = api.posts(&format!("/entries/{idea}/memberships"), json!({})).await;
    assert_eq!(code(&answer), (409, "not-a-project"));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_says_first_what_goes() {
    let api = Api::new().await;
    let id = api.has_idea("Bed sensors").await;
    let path = format!("/entries/{id}");
    let (_, told) = api.asks(Method::DELETE, &format!("{path}?dry_run=true"), None).await;
    assert_eq!((&told["dry_run"], &told["erasures"]), (&json!(true), &json!([])));
    assert_eq!((&told["entries"][0]["goes"], &told["entries"][0]["stays"]), (&json!(1), &json!(0)));
    assert_eq!(titles(&api.gets("/entries").await), ["Bed sensors"]);
    let (status, erased) = api.asks(Method::DELETE, &path, None).await;
    assert_eq!((status, &erased["erased"]), (StatusCode::OK, &json!([id])));
    assert_eq!(api.gets("/entries").await["items"], json!([]));
    api.has_idea("Another").await;
    assert_eq!(code(&api.posts("/forget-me", json!({})).await), (409, "unconfirmed"));
    let (_, told) = api.posts("/forget-me?dry_run=true", json!({})).await;
    assert_eq!(told["entries"].as_array().unwrap().len(), 1);
    let (status, _) = api.posts("/forget-me", json!({ "confirm": true })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(api.gets("/status").await["entries"], 0);
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_thing_can_be_undone_and_an_old_version_brought_back() {
    let api = Api::new().await;
    assert_eq!(api.posts("/undo", json!({})).await.1["what"], "nothing");
    let id = api.has_idea("First").await;
    let path = format!("/entries/{id}");
    api.asks(Method::PATCH, &path, Some(json!({ "fields": { "title": "Second" } }))).await;
    assert_eq!(api.posts("/undo", json!({})).await.1["what"], "changed");
    assert_eq!(api.gets(&path).await["title"], "First");
    let history = api.gets(&format!("{path}/history")).await;
    let second = history["items"][1]["id"].clone();
    let (status, _) = api.posts(&format!("{path}/restore"), json!({ "version": second })).await;
    assert_eq!((status, &api.gets(&path).await["title"]), (StatusCode::OK, &json!("Second")));
    api.has_idea("Begun").await;
    assert_eq!(code(&api.posts("/undo", json!({})).await), (409, "unconfirmed"));
    assert_eq!(api.posts("/undo", json!({ "confirm": true })).await.1["what"], "erased");
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_meant_is_told_in_json() {
    let api = Api::new().await;
    let send = async |kind: &str, body: String| {
        let token = format!("Bearer {}", api.0.board.token());
        let request = Request::post(at("/entries"))
            .header(header::AUTHORIZATION, token)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body));
        object(api.0.ask(Door::Own, request.unwrap()).await)
    };
    let wrong = [
        ("application/json", "{".to_owned(), 400, "bad-request"),
        ("text/plain", "{}".to_owned(), 415, "media-type"),
        ("application/json", "{}".to_owned(), 422, "value"),
        ("application/json", r#"{"kind":"comment","fields":{}}"#.to_owned(), 422, "value"),
        ("application/json", r#"{"kind":"idea","fields":{}}"#.to_owned(), 422, "value"),
        ("application/json", r#"{"kind":"idea","fields":{"title":" "}}"#.to_owned(), 422, "value"),
        ("application/json", " ".repeat(1 << 20), 413, "too-large"),
        (
            "application/json",
            json!({"kind": "idea", "fields": {"title": "x", "body": "x".repeat(70_000)}})
                .to_string(),
            413,
            "too-large",
        ),
    ];
    for (kind, body, status, word) in wrong {
        let begin: String = body.chars().take(60).collect();
        assert_eq!(code(&send(kind, body).await), (status, word), "{begin}");
    }
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_made_and_changed() {
    let api = Api::new().await;
    let say = |fields: serde_json::Value| {
        api.asks(Method::PATCH, "/profile", Some(json!({ "fields": fields })))
    };
    let (status, said) = say(json!({ "name": "Ana", "skills": ["rust"] })).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (_, changed) = say(json!({ "skills": ["design"] })).await;
    assert_eq!(changed["entry"], said["entry"]);
    let people = api.gets("/people").await;
    assert_eq!(people["items"][0]["skills"], json!(["design"]));
    assert_eq!(people["items"][0]["title"], "Ana");
    assert_eq!(api.gets("/people/Ana").await["profile"]["title"], "Ana");
    let (_, followed) =
        api.asks(Method::PUT, "/follows", Some(json!({ "what": "tag", "id": "#Wards" }))).await;
    assert_eq!(followed["follows"], 1);
    assert_eq!(api.gets("/follows").await["items"][0]["id"], "wards");
    api.stops().await;
}
