//! The pages of the board that are read. Each module has the routes of its pages.

mod front;
mod kiosk;
mod lists;
mod search;

use axum::Router;

use super::Board;

/// All pages.
pub(super) fn routes() -> Router<Board> {
    Router::new()
        .merge(front::routes())
        .merge(kiosk::routes())
        .merge(lists::routes())
        .merge(search::routes())
}
