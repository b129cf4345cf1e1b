//! The stream of events: nothing is lost, and nothing comes twice.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;

use super::{Api, at, code};
use crate::board::server::Door;

/// What a stream tells that ends after so many events: their ids and objects.
async fn told(api: &Api, path: &str, last: Option<&str>) -> Vec<(u64, Value)> {
    let mut request = Request::get(at(path));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = api.0.ask(Door::Own, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream", "{answer:?}");
    let events = answer.body.split("\n\n").filter(|event| event.contains("event: contribution"));
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().to_owned()
    };
    events
        .map(|event| {
            let data = serde_json::from_str(&field(event, "data:")).unwrap();
            (field(event, "id:").parse().unwrap(), data)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_resumed_misses_nothing() {
    let api = Api::new().await;
    for number in 0..5 {
        api.has_idea(&format!("Idea {number}")).await;
    }
    let first = told(&api, "/events?after=0&limit=2", None).await;
    let last = first[1].0.to_string();
    let rest = told(&api, "/events?limit=3", Some(&last)).await;
    let all: Vec<_> = first.into_iter().chain(rest).collect();
    let titles: Vec<&str> = all.iter().map(|(_, data)| data["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Idea 0", "Idea 1", "Idea 2", "Idea 3", "Idea 4"]);
    assert!(all.windows(2).all(|two| two[0].0 < two[1].0), "in the order of the log");
    assert!(all.iter().all(|(_, data)| data["from"] == "here" && data["kind"] == "idea"));
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_what_comes_while_it_is_open() {
    let api = Api::new().await;
    api.has_idea("Before").await;
    let after = api.gets("/news").await["through"].as_u64().unwrap();
    let path = format!("/events?after={after}&limit=3");
    let write = async {
        for number in 0..3 {
            api.has_idea(&format!("Idea {number}")).await;
        }
    };
    let (told, ()) = tokio::join!(told(&api, &path, None), write);
    let titles: Vec<&str> = told.iter().map(|(_, data)| data["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Idea 0", "Idea 1", "Idea 2"]);
    api.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_in_the_log_is_refused() {
    let api = Api::new().await;
    let wrong = [("last-event-id", "yesterday")];
    let answer = api.stranger(Door::Own, Method::GET, "/events", &wrong).await;
    assert_eq!(code(&answer), (400, "bad-request"));
    let answer = api.stranger(Door::Own, Method::GET, "/events?limit=0", &[]).await;
    assert_eq!(code(&answer), (400, "bad-request"));
    api.stops().await;
}
