//! What guests may not do in any case is refused here: to write where others can read along, and to ask
//! for too much, with word of when it is not too much any more.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;

use super::Private;
use super::places::Place;
use super::rates::Asked;
use crate::board::Board;
use crate::board::fault::Fault;
use crate::board::server::{Door, From};

/// Lets through what a guest may ask just now; whoever sits at the node is not counted.
pub(in crate::board) async fn limit(
    State(board): State<Board>,
    request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let from = match (extensions.get::<Door>(), extensions.get::<From>()) {
        (Some(Door::Own), _) => return next.run(request).await,
        (_, Some(from)) => from.0.ip(),
        (_, None) => return Fault::forbidden("nobody knows where this comes from").into_response(),
    };
    let private = extensions.get::<Private>().is_some_and(|private| private.0);
    if !private && !request.method().is_safe() {
        return open_to_all().into_response();
    }
    let rates = &board.guests().rates;
    if let Err(wait) = rates.check(from, asked(&request)) {
        return too_much(wait);
    }
    let response = next.run(request).await;
    if !is_stream(&response) {
        return response;
    }
    match rates.stream(from) {
        Some(place) => held(response, place),
        None => too_much(STREAM_WAIT),
    }
}

/// What is composed holds what members of the commons alone should know, and what is typed is
/// nobody's business on the way.
fn open_to_all() -> Fault {
    Fault::forbidden("to write, the page has to be opened the secure way")
        .hint("the page about guests leads there: /guests")
}

/// Only what comes signed is taken in; a form that is sent is composed, and handed back.
fn asked(request: &Request) -> Asked {
    match request.method() == Method::POST && request.uri().path().starts_with("/api/") {
        true => Asked::Writing,
        false => Asked::Reading,
    }
}

fn is_stream(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/event-stream"))
}

/// The answer, which has this place until it ends.
fn held(response: Response, place: Place) -> Response {
    response.map(|body| {
        let stream = body.into_data_stream().inspect(move |_| {
            let _ = &place;
        });
        Body::from_stream(stream)
    })
}

fn too_much(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let fault = Fault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-much",
        "that was a little much at once for the laptop that you are a guest of",
    );
    let when = crate::phrases::count(seconds, "second", "seconds");
    let fault = fault.hint(format!("try again in {when}; nothing that you wrote is lost"));
    ([(header::RETRY_AFTER, seconds.to_string())], fault).into_response()
}

/// After how long somebody with too many pages open may try again: they have closed one by then.
const STREAM_WAIT: Duration = Duration::from_secs(10);
