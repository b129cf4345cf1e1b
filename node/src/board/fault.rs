//! What goes wrong while a request is answered: a status, a sentence and what to do about it. A
//! handler gives a [`Fault`]; [`show`] makes of it a page, or JSON where programs ask.

mod refused;

use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Board;
use super::api::{self, ErrorBody, ErrorDetail, Reply};
use super::frame::Frame;
use super::guests::how_to_write;
use super::write::NO_KEY;
use crate::digest::Unclear;
use crate::driver::NodeError;
use crate::export::ExportError;
use crate::query::QueryError;
use crate::render::html;
use crate::store::StoreError;

/// Why a request was not answered as asked.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The status.
    pub(super) status: StatusCode,
    /// A stable word for programs.
    pub(super) code: &'static str,
    /// What is wrong, in a sentence without a full stop.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Fault {
    /// A fault with this status, word and sentence.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None }
    }

    /// What was sent cannot be meant.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", message)
    }

    /// It is not for whoever asks.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// There is no such thing.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }

    /// The same with what to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The answer to a program.
    pub(super) fn for_programs(&self) -> Response {
        let body = ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message.clone(),
                hint: self.hint.clone(),
            },
        };
        let mut response = Reply(body).into_response();
        *response.status_mut() = self.status;
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

impl IntoResponse for Fault {
    /// An answer that [`show`] gives its form.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives each fault its form.
pub(super) async fn show(State(board): State<Board>, request: Request, next: Next) -> Response {
    let is_for_programs = api::is_asked(request.uri().path());
    let (mut parts, body) = request.into_parts();
    let frame = Frame::of(&mut parts, &board).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(fault) = response.extensions().get::<Fault>().cloned() else { return response };
    let status = fault.status;
    let (head, _) = response.into_parts();
    let mut shown = match frame {
        Ok(frame) if !is_for_programs => page(&frame, &fault),
        _ => fault.for_programs(),
    };
    *shown.status_mut() = status;
    for (name, value) in &head.headers {
        if !shown.headers().contains_key(name) && name != axum::http::header::CONTENT_LENGTH {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    shown
}

fn page(frame: &Frame, fault: &Fault) -> Response {
    let title = match fault.status {
        _ if fault.code == NO_KEY => "First a key of your own",
        StatusCode::NOT_FOUND => "It is not here",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "That is not yours to do",
        StatusCode::TOO_MANY_REQUESTS => "One moment, please",
        status if status.is_server_error() => "That did not work",
        _ => "That cannot be",
    };
    let sentence = crate::phrases::sentence(&fault.message);
    let hint = fault.hint.as_deref().map(crate::phrases::sentence);
    let main = html! {
        h1 { (title) }
        p.lead { (crate::render::parts::line(&sentence)) }
        @if let Some(hint) = hint {
            @for line in hint.lines() { p { (crate::render::parts::line(line)) } }
        }
        @if fault.code == NO_KEY {
            p { a.button.first href=(how_to_write(frame.path())) { "How to write here" } }
        }
        p { a href="/" { "To the front page" } }
    };
    frame.page(title, main)
}

/// There is no such page.
pub(super) async fn no_page() -> Fault {
    Fault::missing("there is no such page on the board")
        .hint("the search finds entries by their words")
}

/// The page does not take that.
pub(super) async fn no_method() -> Fault {
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this page does not take that method")
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let (status, code, hint) = match &error {
            StoreError::Full(_) => (
                StatusCode::INSUFFICIENT_STORAGE,
                "disk-full",
                "make room on the disk; nothing that was written before is lost",
            ),
            StoreError::Locked(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "busy", "try again in a moment")
            }
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "database",
                "commons doctor looks into what is wrong",
            ),
        };
        tracing::warn!(%error, "the board could not read");
        // Where the database is on this disk is nobody else's affair.
        let message = match status {
            StatusCode::INSUFFICIENT_STORAGE => "the disk of this node is full",
            StatusCode::SERVICE_UNAVAILABLE => "another program is using the database",
            _ => "the database could not be read",
        };
        Self::new(status, code, message).hint(hint)
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Store(error) => error.into(),
            error => Self::new(StatusCode::BAD_REQUEST, "query", error.to_string()),
        }
    }
}

impl From<ExportError> for Fault {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Io(error) => super::download::no_room(error),
        }
    }
}

impl From<Unclear> for Fault {
    fn from(unclear: Unclear) -> Self {
        let fault = Self::bad(unclear.to_string());
        match unclear {
            Unclear::Tag(_) => fault
                .hint("a tag is a word, such as hygiene; the list of tags has those that are here"),
            Unclear::Time(_) => fault,
            Unclear::Backwards { .. } => fault.hint("let it begin before it ends"),
        }
    }
}

impl From<NodeError> for Fault {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Store(error) => error.into(),
            NodeError::Stopped => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", "the node is stopping")
                    .hint("start it again with: commons start")
            }
            error => {
                tracing::warn!(%error, "the node could not do what the board asked");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "node", "the node could not do that")
            }
        }
    }
}

/// A request that cannot be read.
macro_rules! from_rejection {
    ($($rejection:ty),*) => {$(
        impl From<$rejection> for Fault {
            fn from(rejection: $rejection) -> Self {
                let message = crate::escape::line(&rejection.body_text()).into_owned();
                let code = match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => "too-large",
                    StatusCode::UNSUPPORTED_MEDIA_TYPE => "media-type",
                    StatusCode::UNPROCESSABLE_ENTITY => "value",
                    _ => "bad-request",
                };
                Self::new(rejection.status(), code, message)
            }
        }
    )*};
}

from_rejection!(FormRejection, JsonRejection, PathRejection, QueryRejection);
