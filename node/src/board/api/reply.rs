//! How answers look: JSON in which no character is one that a terminal might obey; lists that come a
//! page at a time; and errors.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Responses};
use utoipa::{IntoResponses, ToSchema};

use super::super::fault::Fault;
use crate::json;

/// An answer in JSON.
pub(in crate::board) struct Reply<Object>(pub(in crate::board) Object);

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<Item: ToSchema> {
    /// The items.
    pub(super) items: Vec<Item>,
    /// What to give as `after` to get those that follow; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// What is answered where something is wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(in crate::board) struct ErrorBody {
    /// What is wrong.
    pub(in crate::board) error: ErrorDetail,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorDetail)]
pub(in crate::board) struct ErrorDetail {
    /// A stable word for programs.
    #[schema(example = "not-found")]
    pub(in crate::board) code: &'static str,
    /// A sentence for people.
    #[schema(example = "there is no entry “k3f7qa” here")]
    pub(in crate::board) message: String,
    /// What to do about it.
    #[schema(required, example = "the lists show what is here")]
    pub(in crate::board) hint: Option<String>,
}

impl<Object: Serialize> IntoResponse for Reply<Object> {
    fn into_response(self) -> Response {
        match json::line(&self.0) {
            Ok(line) => ([(header::CONTENT_TYPE, "application/json")], line).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer has no JSON");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl<Item: ToSchema> Page<Item> {
    /// All of a list.
    pub(super) fn all(items: Vec<Item>) -> Self {
        Self { items, next: None }
    }

    /// The first so many of what was found, of which there is one more if there is a next page; `place`
    /// tells where an item is.
    pub(super) fn cut<Found>(
        mut found: Vec<Found>,
        limit: usize,
        place: impl Fn(&Found) -> String,
        item: impl Fn(&Found) -> Result<Item, Fault>,
    ) -> Result<Self, Fault> {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(place);
        Ok(Self { items: found.iter().map(item).collect::<Result<_, _>>()?, next })
    }
}

/// How many items are asked for: between one and [`MOST`].
pub(super) fn limit(asked: Option<u64>, usual: usize) -> Result<usize, Fault> {
    match asked.map(usize::try_from) {
        None => Ok(usual),
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Fault::bad(format!("limit is a number between 1 and {MOST}"))),
    }
}

/// What can go wrong with every request.
pub(super) struct Always;

/// What can go wrong as well where an entry, an author or the like is named.
pub(super) struct Naming;

/// What can go wrong as well where something is the host's alone.
pub(super) struct HostOnly;

/// What can go wrong as well where something is written.
pub(super) struct Writing;

impl IntoResponses for Always {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
        errors(&[
            (400, "The request cannot be meant: a parameter, or a query, is not understood."),
            (401, "A token was sent that is not that of the home."),
            (421, "The Host header is not a number of this machine, nor localhost."),
            (429, "A guest asks too often."),
            (500, "The node failed; commons doctor looks into what is wrong."),
            (503, "The node is busy or stopping: try again."),
        ])
    }
}

impl IntoResponses for Naming {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
        errors(&[
            (404, "Nothing here is called so."),
            (
                409,
                "What is named fits several (code `ambiguous`), or it cannot be done as things stand.",
            ),
        ])
    }
}

impl IntoResponses for HostOnly {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
        errors(&[(403, "This is for whoever runs the node alone, or for the author of the entry.")])
    }
}

impl IntoResponses for Writing {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
        errors(&[
            (401, "No token was sent, or one that is not that of the home."),
            (403, "It is for whoever runs the node alone, or for the author of the entry."),
            (413, "It is too long for one contribution."),
            (415, "The body is not declared as application/json."),
            (
                422,
                "A field cannot hold that (code `value`), or what is written says too much about somebody \
                 (code `personal`): with `\"confirm\": true` that is written all the same.",
            ),
            (507, "The disk of the node is full."),
        ])
    }
}

fn errors(all: &[(u16, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
    let mut responses = Responses::new();
    for (status, description) in all {
        let content =
            ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
        let response =
            ResponseBuilder::new().description(*description).content("application/json", content);
        responses.responses.insert(status.to_string(), response.build().into());
    }
    responses.responses.into_iter().collect()
}

/// Items of a page at most.
pub(super) const MOST: usize = 1000;

/// Items of a page if no number is asked for.
pub(super) const USUAL: usize = 100;
