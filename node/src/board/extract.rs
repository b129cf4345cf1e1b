//! What a request says, read as axum does it; what cannot be read becomes a [`Fault`].

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::Board;
use super::fault::Fault;

/// What stands behind the question mark of an address.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Fault))]
pub(super) struct Query<T>(pub(super) T);

/// The parts of an address that a route names.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Fault))]
pub(super) struct Path<T>(pub(super) T);

/// A form that was filled in.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::extract::Form), rejection(Fault))]
pub(super) struct Form<T>(pub(super) T);

/// A body in JSON.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::extract::Json), rejection(Fault))]
pub(super) struct Json<T>(pub(super) T);

/// Where the board is, as whoever asks calls it: `http://127.0.0.1:7117`. For what is read by other
/// programs than the browser; they take guests' board without a certificate, too.
#[derive(Debug, Clone)]
pub(super) struct Origin(pub(super) String);

impl FromRequestParts<Board> for Origin {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Board) -> Result<Self, Fault> {
        // The guard has let it through, so it names this board.
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self(format!("http://{}", host.unwrap_or("localhost"))))
    }
}
