//! What turns things into HTML and Atom: the shell of a page with its style, Markdown, and the small
//! parts that recur on every page. What a page is about is put together by whoever asks for it: the
//! digest, the archive.
//!
//! Whatever strangers wrote is harmless here. Templates escape every text; Markdown keeps to a list
//! of what may become an element, so there is no HTML of a stranger to be cleaned; links lead to
//! `http` and `https` addresses or to entries; what a reader would not see is shown
//! ([`crate::escape`]).
//!
//! | module | what lives there |
//! |---|---|
//! | [`page`] | the shell: head, navigation, content, foot; the style |
//! | [`markdown`] | Markdown and plain posts as HTML |
//! | [`entry`] | what an entry says, what was changed in it, who said something of it |
//! | [`parts`] | times, tags, authors, titles, links |
//! | [`atom`] | feeds |

pub mod atom;
pub mod entry;
pub mod markdown;
pub mod page;
pub mod parts;

use commons_proto::id::{Author, EntryId};

pub use maud::{Markup, PreEscaped, html};
pub use page::{Page, STYLE};

/// Where the things that a page names have pages of their own, and how it tells times. What has no page
/// is named without a link.
pub trait Links {
    /// In which zone times are told.
    fn zone(&self) -> parts::Zone {
        parts::Zone::default()
    }

    /// The address of an entry's page.
    fn entry(&self, entry: &EntryId) -> Option<String> {
        let _ = entry;
        None
    }

    /// What an entry is called, to stand where a text refers to it.
    fn title(&self, entry: &EntryId) -> Option<String> {
        let _ = entry;
        None
    }

    /// The address of an author's page.
    fn author(&self, author: &Author) -> Option<String> {
        let _ = author;
        None
    }

    /// The address of a tag's page.
    fn tag(&self, tag: &str) -> Option<String> {
        let _ = tag;
        None
    }
}

/// The links of a page that stands alone: none.
#[derive(Debug, Clone, Copy)]
pub struct NoLinks;

impl Links for NoLinks {}
