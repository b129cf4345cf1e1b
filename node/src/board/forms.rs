//! The forms of the board: what people write, and everything they press. Each works without a script.
//! A form that is refused comes again with everything that was typed; the rules are those of
//! [`crate::compose`], and what comes of it is written by [`super::write`].
//!
//! | module | what lives there |
//! |---|---|
//! | `filled` | a form as it was filled in, and how it is finished |
//! | `sheet` | how a form looks |
//! | `fields` | the fields of entries as controls, and back |
//! | `judge` | whether what was filled in can be written |
//! | `preview` | how an entry will look |
//! | `create` | new entries |
//! | `reply` | comments and endorsements |

mod create;
mod fields;
mod filled;
mod judge;
mod preview;
mod reply;
mod sheet;

use axum::Router;
use commons_proto::id::EntryId;

use super::Board;
use super::fault::Fault;
use super::parts::LINKS;
use super::viewer::Viewer;
use crate::find;
use crate::render::{Markup, html, parts};
use crate::store::Store;

pub(super) use reply::{comment, endorse};

/// Where all forms are, and where they are sent.
pub(super) fn routes() -> Router<Board> {
    Router::new().merge(create::routes()).merge(reply::routes())
}

/// The entry that a form is about.
struct About {
    id: EntryId,
    title: String,
}

impl About {
    /// The entry by its title, with a link to its page.
    fn link(&self) -> Markup {
        parts::entry(&self.id, &self.title, &LINKS)
    }
}

/// The entry that is meant in an address.
fn about(store: &Store, typed: &str) -> Result<About, Fault> {
    let id = find::entry(store, typed)?;
    let summary = store.summary(&id)?.ok_or_else(|| find::unknown(typed, Vec::new()))?;
    Ok(About { id, title: summary.title })
}

/// What stands where a form would be for somebody who cannot write yet; `None` if they can.
fn reader(viewer: &Viewer) -> Option<Markup> {
    viewer.author().is_none().then(|| {
        html! { p.meta { a href="/guests" { "How to write here" } } }
    })
}

/// The address to which a form about an entry is sent.
fn action(entry: &EntryId, what: &str) -> String {
    format!("/entry/{entry}/{what}")
}
