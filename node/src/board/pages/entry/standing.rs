//! What is the matter with an entry, said plainly: it was taken back, it is muted here, it cannot be
//! put together, it is from a newer commons.

use commons_proto::kind::Kind;

use super::look::Look;
use crate::board::forms;
use crate::board::parts::entry_page;
use crate::phrases::count;
use crate::render::{Markup, html, parts};
use crate::store::Target;

/// What is the matter with it; nothing if it is as entries are.
pub(super) fn told(look: &Look) -> Markup {
    let summary = look.summary();
    let state = &look.item.view().state;
    let is_erasure = summary.kind == Kind::Erasure;
    html! {
        @if summary.muted { (muted(look)) }
        @if let Some(reason) = &summary.damaged {
            div.standing {
                p.warning {
                    "It is damaged: this program fails to put it together. What was written is sound, and "
                    a href={ (entry_page(&summary.id)) "/history" } { "its history shows it" } "."
                }
                p.meta { "Reason: " (parts::line(reason)) }
            }
        } @else if is_erasure {
            p.standing {
                "With this, its author took back "
                (count(look.erased.targets as u64, "contribution", "contributions"))
                " of their own."
            }
        } @else if state.needs_newer() || summary.kind.fields().is_empty() {
            p.standing { "There is more in it than this program can show. A newer commons can." }
        } @else if state.is_empty() && look.erased.some {
            p.standing {
                "What it said was taken back by its author. What others said of it is theirs, and stands."
            }
        } @else if state.is_empty() {
            p.standing { "It says nothing." }
        } @else if !look.conflicts.is_empty() {
            p.standing {
                "Several people changed this at once, and nobody has chosen yet. Anybody may."
                @if look.further_conflicts > 0 { " There are " (look.further_conflicts) " further ones." }
            }
        }
    }
}

fn muted(look: &Look) -> Markup {
    let (what, target) = match look.is_author_muted {
        true => ("Who began this is muted here", Target::Author(look.summary().author)),
        false => ("This is muted here", Target::Entry(look.summary().id)),
    };
    html! {
        div.standing {
            p { (what) ", so lists and the search leave it out. Everybody else sees it as ever." }
            (forms::mute(&look.viewer, &target, true))
        }
    }
}
