//! The forms in which a digest is written down, with what is in it for each.

use std::io;

use super::{Digest, feed, html, markdown};
use crate::json;

/// A form of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// To paste into a blog or a chat.
    Markdown,
    /// A page that is one file.
    Html,
    /// A feed.
    Atom,
    /// One object, for programs.
    Json,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Html, Self::Atom, Self::Json];

    /// The form of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Its name, as people ask for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// How the names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// What such a file is, for browsers.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/json",
        }
    }

    /// Whether posts have the whole of what they say in it ([`super::Asked::bodies`]).
    pub fn has_bodies(self) -> bool {
        matches!(self, Self::Html | Self::Atom)
    }

    /// The digest in this form, with a line end; `commons` is what the whole is called.
    ///
    /// # Errors
    /// If it has no JSON.
    pub fn write(self, digest: &Digest, commons: &str) -> io::Result<String> {
        let mut written = match self {
            Self::Markdown => markdown::markdown(digest),
            Self::Html => html::page(digest, commons),
            Self::Atom => feed::feed(digest, commons),
            Self::Json => json::line(digest)?,
        };
        if !written.ends_with('\n') {
            written.push('\n');
        }
        Ok(written)
    }
}
