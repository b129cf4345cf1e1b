//! What a field holds that several people set at once: side by side, with who set it and when, and a
//! choice.

use commons_proto::edit::Value;

use super::look::Look;
use crate::board::forms;
use crate::board::parts::{LINKS, ago, entry_page};
use crate::render::entry::Teller;
use crate::render::{Markup, html, parts};
use crate::store::Held;
use crate::words;

/// The values of a field. The first one stands until somebody chooses.
pub(super) fn side_by_side(look: &Look, field: &str, held: &[Held], teller: Teller) -> Markup {
    let id = &look.summary().id;
    let known = look.item.kind().field(field);
    html! {
        section.conflict aria-label={ "Several values of " (field) } {
            h2 { "Which " (parts::line(field)) "?" }
            ul.sides {
                @for (at, held) in held.iter().enumerate() {
                    li {
                        p.value {
                            @match &held.value {
                                Some(value) => (teller.value(known, value)),
                                None => em { "nothing: it was emptied" },
                            }
                        }
                        p.meta {
                            @if look.muted.contains(&held.author) { "By somebody who is muted here" }
                            @else { "By " (parts::person(&held.author, held.name.as_deref(), &LINKS)) }
                            ", "
                            a href={ (entry_page(id)) "/history/" (held.by) } { (ago(held.time, look.now)) }
                            @if at == 0 { ". Shown until somebody chooses." }
                        }
                        (forms::settle(&look.viewer, id, field, &held.by, &called(held.value.as_ref())))
                    }
                }
            }
        }
    }
}

/// What a value looks like, for those who hear the page.
fn called(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| words::cut(&value.to_string(), VALUE_CHARS))
}

/// Characters of a value in the name of its button.
const VALUE_CHARS: usize = 60;
