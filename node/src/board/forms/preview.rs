//! How an entry will look, made of what was typed, as harmless as its page.

use commons_proto::kind::Kind;

use super::fields::Texts;
use crate::board::parts::BoardLinks;
use crate::render::{Markup, html, markdown, parts};
use crate::store::Store;

/// An entry of this kind with these texts.
pub(super) fn preview(store: &Store, kind: &Kind, texts: &Texts) -> Markup {
    let links = BoardLinks::new(store);
    let text = |name: &str| texts.get(name).map(String::as_str).unwrap_or_default();
    let title = if *kind == Kind::Person { text("name") } else { text("title") };
    html! {
        article {
            @if !matches!(kind, Kind::Note | Kind::Comment) { h3 { (parts::title(title)) } }
            @if !text("text").is_empty() { (markdown::post(text("text"), &links)) }
            @if !text("body").is_empty() { (markdown::markdown(text("body"), BELOW, &links)) }
            @let rest = texts.iter().filter(|(name, text)| !SHOWN.contains(name) && !text.is_empty());
            @let rest: Vec<_> = rest.collect();
            @if !rest.is_empty() {
                dl {
                    @for (name, text) in rest { dt { (name) } dd { (parts::line(text)) } }
                }
            }
        }
    }
}

/// The level below which the headings of a text begin: that of the preview's title.
const BELOW: usize = 3;

/// Fields that are shown as what they are, not by name.
const SHOWN: [&str; 4] = ["title", "name", "text", "body"];
