//! What a request says, read as axum does it; what cannot be read becomes a [`Fault`].

use axum::extract::{FromRequest, FromRequestParts};

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
