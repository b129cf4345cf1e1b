//! The digest of a span of time.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::Query;
use super::super::fault::Fault;
use super::reply::{Always, Reply};
use crate::digest::{self, Asked, Digest};
use crate::when;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new().routes(routes!(digest))
}

/// Which digest is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Span {
    /// Only entries with this tag, and what was said about them; with several, divided by commas, those
    /// with all of them.
    #[param(example = "wards")]
    tag: Option<String>,
    /// From then on; seven days before the end if none is given.
    #[param(example = "3d")]
    since: Option<String>,
    /// Until before then; now if none is given.
    until: Option<String>,
    /// In which form; JSON if none is given.
    #[param(inline)]
    format: Option<Format>,
}

/// The form of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// An object.
    Json,
    /// To paste into a blog or a chat.
    Markdown,
    /// A page that is one file.
    Html,
    /// A feed.
    Atom,
}

/// What happened in a span of time
#[utoipa::path(get, path = "/digest", tag = "reading", params(Span),
    responses(
        (status = 200, description = "The digest, in the form that was asked for.", content(
            (Digest = "application/json"),
            (String = "text/markdown; charset=utf-8"),
            (String = "text/html; charset=utf-8"),
            (String = "application/atom+xml; charset=utf-8"),
        )),
        Always
    ))]
async fn digest(State(board): State<Board>, Query(span): Query<Span>) -> Result<Response, Fault> {
    let format = span.format.unwrap_or(Format::Json);
    let tags: Vec<String> =
        span.tag.iter().flat_map(|tags| tags.split(',')).map(str::to_owned).collect();
    let is_open = span.until.is_none();
    let asked = Asked::typed(&tags, span.since.as_deref(), span.until.as_deref(), &Zoned::now());
    let asked = Asked { bodies: matches!(format, Format::Html | Format::Atom), ..asked? };
    let mut digest = board.read(move |store| Ok(digest::digest(store, &asked)?)).await?;
    if is_open {
        digest.until = when::now();
    }
    let (kind, text) = match format {
        Format::Json => return Ok(Reply(digest).into_response()),
        Format::Markdown => ("text/markdown; charset=utf-8", digest::markdown::markdown(&digest)),
        Format::Html => ("text/html; charset=utf-8", digest::html::page(&digest, board.name())),
        Format::Atom => {
            ("application/atom+xml; charset=utf-8", digest::feed::feed(&digest, board.name()))
        }
    };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
