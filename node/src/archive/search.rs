//! A search that works from a disk: a script and an index that lie beside the page. Without scripts
//! the page says where else to look.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde_json::json;

use super::gather::DAY;
use super::map::entry_page;
use super::shell::{Frame, Sheet};
use super::site::{Site, day_name};
use crate::escape;
use crate::names::{person_name, short_author};
use crate::render::{Markup, html};

/// The files beside the page.
pub(super) const FILES: [&str; 2] = [SCRIPT, INDEX];

/// Writes the page, the script and the index.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let main = html! {
        h1 { "Search" }
        (form("autofocus"))
        noscript {
            p {
                "The search needs a script, which runs in your browser alone. Without it, look among the "
                a href="tags.html" { "tags" } ", the " a href="days.html" { "days" } " or the "
                a href="people.html" { "people" } "."
            }
        }
        p #found .meta role="status" {}
        ol #results .entries {}
    };
    frame.sheet(Sheet { stem: "search", title: "Search", scripts: &[INDEX, SCRIPT], main })?;
    std::fs::write(frame.folder().join(SCRIPT), include_str!("search.js"))?;
    index(site, frame)
}

/// The form that leads to the search.
pub(super) fn form(focus: &str) -> Markup {
    html! {
        form.search role="search" action="search.html" method="get" {
            label for="q" { "Search" }
            input #q name="q" type="search" autocomplete="off" autofocus[focus == "autofocus"];
            button type="submit" { "Search" }
        }
    }
}

/// The index, as a script: a page on a disk may read no other file. What a reader would not see is
/// shown in it as everywhere.
fn index(site: &Site, frame: &Frame) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(frame.folder().join(INDEX))?);
    writeln!(out, "window.commonsIndex = [")?;
    let mut room = INDEX_BYTES;
    for known in &site.known {
        let summary = &known.summary;
        let who = match site.map.name(&summary.author, summary.name.as_deref()) {
            Some(name) => person_name(name),
            None => short_author(&summary.author),
        };
        let tags: Vec<_> = known.tags.iter().map(|tag| escape::line(tag)).collect();
        let words = escape::line(&known.words);
        let line = json!([
            entry_page(&summary.id),
            summary.kind.name(),
            escape::line(site.called(known)),
            tags,
            who,
            day_name(summary.created / DAY),
            if room == 0 { "" } else { &words },
        ]);
        let line = harmless(&line.to_string());
        room = room.saturating_sub(line.len());
        writeln!(out, "{line},")?;
    }
    writeln!(out, "];")?;
    out.flush()
}

/// JSON that is a script, too, in whatever page it stands.
fn harmless(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

const SCRIPT: &str = "search.js";
const INDEX: &str = "search-index.js";

/// Bytes of an index beyond which it has titles and tags alone: more would be slow to load.
const INDEX_BYTES: usize = 24 * 1024 * 1024;
