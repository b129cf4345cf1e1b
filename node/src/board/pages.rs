//! The pages of the board that are read. Each module has the routes of its pages.

mod front;
mod kiosk;

use axum::Router;

use super::Board;

/// All pages.
pub(super) fn routes() -> Router<Board> {
    Router::new().merge(front::routes()).merge(kiosk::routes())
}
