//! The objects that programs get: `--json` prints them, a line each, and the local API answers with
//! them. They are stable: fields may be added, never renamed (`docs/json.md`). Ids are in full with
//! the shortened one besides; times are RFC 3339 in UTC.
//!
//! What only the terminal prints is in the command line; the digest has its own in
//! [`crate::digest`].
//!
//! | module | what lives there |
//! |---|---|
//! | `item` | an entry in a list, in a search, in the news, in the programme |
//! | `entry` | an entry, whole; its versions |
//! | `people` | somebody's profile |
//! | `tags` | tags, and what stands beside them |
//! | `status` | how the node and its peers stand |
//! | `written` | what became of something that was written, erased, muted or followed |
//! | `event` | a contribution, as it comes |

mod entry;
mod event;
mod item;
mod people;
mod status;
mod tags;
mod written;

use std::io;

use serde::Serialize;

use crate::escape::JsonFormatter;

pub use entry::{Conflicting, Entry, Person, ReferredBy, Version, fields, value};
pub use event::{Contribution, Origin};
pub use item::{Found, ListItem, NewsItem, Session, SessionClash};
pub use people::Profile;
pub use status::{Node, Peer, Status};
pub use tags::{Related, Tag, TagView};
pub use written::{Erased, Followed, Following, Muted, Muting, What, Written};

/// An object as a line. No character in it is one that a terminal might obey.
///
/// # Errors
/// If the object says that it has no JSON.
pub fn line(object: &impl Serialize) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, JsonFormatter);
    object.serialize(&mut serializer).map_err(io::Error::from)?;
    bytes.push(b'\n');
    Ok(String::from_utf8(bytes).expect("JSON is text"))
}
