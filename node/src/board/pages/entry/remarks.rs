//! Comments on an entry, the first first, each with the comments on it.

use commons_proto::kind::Kind;

use super::look::Look;
use crate::board::fault::Fault;
use crate::board::parts::{LINKS, ago, entry_page};
use crate::phrases::count;
use crate::render::entry::{Said, Teller};
use crate::render::markdown::post;
use crate::render::{Markup, html, parts};
use crate::store::{Reference, Store, Summary};

/// A comment.
pub(super) struct Remark {
    summary: Summary,
    text: String,
    replies: Vec<Remark>,
}

impl Remark {
    /// These comments, with those on them, as many as a page holds.
    pub(super) fn all(store: &Store, comments: &[&Reference]) -> Result<Vec<Self>, Fault> {
        let mut room = REMARKS;
        Self::read(store, comments, DEPTH, &mut room)
    }

    fn read(
        store: &Store,
        comments: &[&Reference],
        depth: usize,
        room: &mut usize,
    ) -> Result<Vec<Self>, Fault> {
        let mut remarks = Vec::new();
        for Reference { from, .. } in comments {
            if *room == 0 {
                break;
            }
            *room -= 1;
            let view = store.entry(&from.id)?;
            let text =
                view.and_then(|view| view.state.single("text")?.as_text().map(str::to_owned));
            let mut replies = Vec::new();
            if depth > 0 {
                let mut references = store.references(&from.id)?;
                references.retain(|reference| !reference.from.muted);
                replies = Self::read(store, &Said::of(&references).comments, depth - 1, room)?;
            }
            remarks.push(Self { summary: from.clone(), text: text.unwrap_or_default(), replies });
        }
        Ok(remarks)
    }

    fn count(&self) -> usize {
        1 + self.replies.iter().map(Self::count).sum::<usize>()
    }

    fn show(&self, look: &Look, teller: Teller) -> Markup {
        let Summary { id, author, name, created, versions, .. } = &self.summary;
        let page = entry_page(id);
        html! {
            li.remark data-key=(id) {
                p.meta {
                    (parts::person(author, name.as_deref(), &LINKS)) ", "
                    a href=(page) { (ago(*created, look.now)) }
                    @if *versions > 1 { ", " a href={ (page) "/history" } { "changed since" } }
                }
                (post(&self.text, teller.links))
                @if look.viewer.author().is_some() {
                    p.does {
                        a href={ (page) "/comment" } { "Answer" span.unseen { " this comment" } }
                        @if look.is_me(author) {
                            a href={ (page) "/edit" } { "Change" span.unseen { " this comment" } }
                            a href={ (page) "/erase" } { "Erase" span.unseen { " this comment" } }
                        }
                    }
                }
                @if !self.replies.is_empty() {
                    ul.replies { @for reply in &self.replies { (reply.show(look, teller)) } }
                }
            }
        }
    }
}

/// All comments.
pub(super) fn all(look: &Look, teller: Teller) -> Markup {
    let direct = Said::of(&look.references).comments.len();
    let shown: usize = look.remarks.iter().map(Remark::count).sum();
    let hint = match look.item.kind() {
        Kind::Erasure => return html! {},
        Kind::Comment => "Nobody has answered.",
        _ => "Nobody has said anything of it yet.",
    };
    html! {
        h2 #comments {
            @if shown == 0 { "Comments" } @else { (count(shown as u64, "comment", "comments")) }
        }
        @if look.remarks.is_empty() { p.empty { (hint) } }
        @else {
            ul.comments { @for remark in &look.remarks { (remark.show(look, teller)) } }
            @if direct > look.remarks.len() {
                p.meta { "and " (direct - look.remarks.len()) " more, of which the search finds each" }
            }
        }
    }
}

/// Comments that stand in full on a page.
const REMARKS: usize = 200;

/// How deep comments on comments are shown; whatever is below has a page of its own.
const DEPTH: usize = 4;
