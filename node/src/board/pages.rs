//! The pages of the board that are read. Each module has the routes of its pages.

mod digest;
mod entry;
mod export;
mod feeds;
mod front;
mod history;
mod kiosk;
mod lists;
mod news;
mod people;
mod programme;
mod search;
mod status;
mod tags;

use axum::Router;

use super::Board;
pub(super) use front::Front;

/// All pages.
pub(super) fn routes() -> Router<Board> {
    Router::new()
        .merge(digest::routes())
        .merge(export::routes())
        .merge(feeds::routes())
        .merge(entry::routes())
        .merge(front::routes())
        .merge(history::routes())
        .merge(kiosk::routes())
        .merge(news::routes())
        .merge(people::routes())
        .merge(programme::routes())
        .merge(status::routes())
        .merge(tags::routes())
        .merge(lists::routes())
        .merge(search::routes())
}
