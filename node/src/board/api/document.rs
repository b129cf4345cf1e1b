//! The OpenAPI document: what the handlers do not say of themselves, and the address where it is.

use std::sync::Arc;

use axum::Extension;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, ServerBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::reply::{Always, ErrorBody};
use crate::json::Contribution;

/// The document as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Document(Arc<str>);

impl Document {
    /// The document of this description.
    pub(super) fn of(openapi: OpenApi) -> Self {
        Self(openapi.to_json().expect("a description is JSON").into())
    }

    /// Its text.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "commons: the local API",
        description = "What the board of a commons node shows and does, for programs.\n\n\
            Reading needs nothing on the machine of the node. Writing needs the token in the file \
            `api.token` of the home directory: `Authorization: Bearer TOKEN`. Guests, who come from \
            elsewhere, get the reading half; what they write they sign themselves and send to \
            `/contributions`.\n\n\
            Wherever an id stands in an address, the beginning of it is enough if it is unique. Times are \
            RFC 3339 in UTC in answers; where a time is asked for, it may be typed as on the command line: \
            `2h`, `today`, `2026-11-22`, `14:30`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        version = "1"
    ),
    modifiers(&Around),
    components(schemas(ErrorBody, Contribution)),
    tags(
        (name = "reading", description = "What is here."),
        (name = "writing", description = "What the host writes; it is signed with the key of the home."),
        (name = "own", description = "What is kept for this node alone, and told to nobody."),
    )
)]
struct Api;

struct Around;

impl Modify for Around {
    fn modify(&self, openapi: &mut OpenApi) {
        openapi.servers = Some(vec![ServerBuilder::new().url(super::PREFIX).build()]);
        let scheme = SecurityScheme::Http(
            Http::builder()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("The word in the file `api.token` of the home directory."))
                .build(),
        );
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// What the document begins with.
pub(super) fn base() -> OpenApi {
    Api::openapi()
}

/// Where the document is.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new().routes(routes!(document))
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "reading",
    responses((status = 200, description = "An OpenAPI document.", body = serde_json::Value), Always)
)]
async fn document(Extension(Document(text)): Extension<Document>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text.to_string())
}
