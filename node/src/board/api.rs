//! The local API: what the board shows and does, as JSON under `/api/v1`, for programs. The objects are
//! those of `--json` ([`crate::json`]); the OpenAPI document is made from the handlers themselves, so
//! that it has every address, and only those.
//!
//! Guests get the reading half, without what is the host's alone.
//!
//! | module | what lives there |
//! |---|---|
//! | `reply` | how answers, lists and errors look |
//! | `document` | the OpenAPI document |
//! | `entries` | lists, entries, histories, the search |
//! | `around` | tags, people, the programme |
//! | `digest` | what happened in a span of time |
//! | `standing` | how the node stands, its peers, the news |
//! | `events` | what comes, as it comes |
//! | `fields` | the fields of an entry as a program sends them |
//! | `writing` | new entries, changes, comments, endorsements, teams |
//! | `contributions` | what was signed elsewhere, by guests |
//! | `taking_back` | erasing, forgetting, undoing |
//! | `own` | what is kept for this node alone: who is muted, what is followed |

mod around;
mod contributions;
mod digest;
mod document;
mod entries;
mod events;
mod fields;
mod own;
mod reply;
mod standing;
mod taking_back;
#[cfg(test)]
mod tests;
mod writing;

use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;

use super::Board;
use super::fault::Fault;
use document::Document;

pub(super) use reply::{ErrorBody, ErrorDetail, Reply};

/// Where the API is.
const PREFIX: &str = "/api/v1";

/// Whether this address is for programs.
pub(super) fn is_asked(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// All that the API answers.
pub(super) fn routes() -> Router<Board> {
    let (router, document) = described();
    router.layer(Extension(document))
}

/// The handlers, and the document that describes them.
fn described() -> (Router<Board>, Document) {
    let api = OpenApiRouter::with_openapi(document::base())
        .merge(entries::routes())
        .merge(around::routes())
        .merge(digest::routes())
        .merge(standing::routes())
        .merge(events::routes())
        .merge(writing::routes())
        .merge(contributions::routes())
        .merge(taking_back::routes())
        .merge(own::routes())
        .merge(document::routes());
    let (router, openapi) = api.split_for_parts();
    let router = router.fallback(nothing_there).method_not_allowed_fallback(no_method);
    (Router::new().nest(PREFIX, router), Document::of(openapi))
}

async fn nothing_there() -> Fault {
    Fault::missing("the API has no such address").hint(format!("{PREFIX}/openapi.json has all"))
}

async fn no_method() -> Fault {
    Fault::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "this address of the API does not take that method",
    )
    .hint(format!("{PREFIX}/openapi.json says which ones it takes"))
}
