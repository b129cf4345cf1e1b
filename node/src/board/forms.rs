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
//! | `change` | a further version of an entry; the profile |
//! | `merge` | what becomes of it if somebody else has saved meanwhile |
//! | `reply` | comments and endorsements |
//! | `team` | joining a project and leaving it |
//! | `versions` | bringing back, settling, undoing |
//! | `erase` | erasing what one wrote, and being forgotten |
//! | `own` | what is muted and followed on this node alone |

mod change;
mod create;
mod erase;
mod fields;
mod filled;
mod judge;
mod merge;
mod own;
mod preview;
mod reply;
mod sheet;
mod team;
mod versions;

use axum::Router;
use commons_proto::id::EntryId;

use super::Board;
use super::fault::Fault;
use super::parts::LINKS;
use super::viewer::Viewer;
use crate::find;
use crate::render::{Markup, html, parts};
use crate::store::Store;

pub(super) use own::{follow, mute};
pub(super) use reply::{comment, endorse};
pub(super) use team::join;
pub(super) use versions::{restore, settle};

/// Where all forms are, and where they are sent.
pub(super) fn routes() -> Router<Board> {
    Router::new()
        .merge(create::routes())
        .merge(change::routes())
        .merge(reply::routes())
        .merge(team::routes())
        .merge(versions::routes())
        .merge(erase::routes())
        .merge(own::routes())
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

#[cfg(test)]
mod tests;
