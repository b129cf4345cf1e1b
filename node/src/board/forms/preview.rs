//! How an entry will look, made of what was typed, as harmless as its page.

use commons_proto::kind::Kind;

use super::fields;
use super::sheet::{Control, Sheet};
use crate::board::parts::BoardLinks;
use crate::lines;
use crate::render::{Markup, html, markdown, parts};
use crate::store::Store;

/// What an entry of this kind looks like with what stands in the form.
pub(super) fn preview(store: &Store, kind: &Kind, sheet: &Sheet) -> Markup {
    let links = BoardLinks::new(store);
    let filled: Vec<&Control> = sheet
        .controls
        .iter()
        .chain(&sheet.more)
        .filter(|control| kind.field(control.name).is_some() && !control.value.trim().is_empty())
        .collect();
    let text = |name: &str| {
        let control = filled.iter().find(|control| control.name == name);
        control.map(|control| control.value.as_str())
    };
    let rest: Vec<&&Control> =
        filled.iter().filter(|control| !SHOWN.contains(&control.name)).collect();
    let tags = fields::split(text("tags").unwrap_or_default());
    let tags: Vec<String> = tags.iter().filter_map(|tag| lines::tag(tag).ok()).collect();
    html! {
        article {
            @if !matches!(kind, Kind::Note | Kind::Comment) {
                h3 { (parts::title(text("title").or(text("name")).unwrap_or_default())) }
            }
            @if let Some(text) = text("text") { (markdown::post(text, &links)) }
            @if let Some(body) = text("body") { (markdown::markdown(body, BELOW, &links)) }
            @if !rest.is_empty() {
                dl {
                    @for control in rest {
                        dt { (control.label) } dd { (parts::address(&control.value, &links)) }
                    }
                }
            }
            (parts::tags(&tags, &links))
        }
    }
}

/// The level below which the headings of a text begin: that of the preview's title.
const BELOW: usize = 3;

/// Fields that are shown as what they are, not by name.
const SHOWN: [&str; 5] = ["title", "name", "text", "body", "tags"];
