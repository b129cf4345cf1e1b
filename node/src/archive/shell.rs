//! The frame around every page: navigation, foot, what a page may do; and lists that take several
//! pages.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use commons_proto::tree::Tree;

use super::map::{Here, Map};
use crate::phrases;
use crate::render::page::Place;
use crate::render::{Markup, Page, html};

/// What writes pages.
pub(super) struct Frame<'f> {
    folder: &'f Path,
    commons: &'f str,
    map: &'f Map,
    contributions: usize,
    fingerprint: String,
    written: AtomicU64,
}

/// A page as it is given to the frame.
pub(super) struct Sheet<'s> {
    /// Its file, from the front page, without an ending.
    pub(super) stem: &'s str,
    /// What it is called.
    pub(super) title: &'s str,
    /// Scripts, from the front page.
    pub(super) scripts: &'s [&'s str],
    /// What is on it.
    pub(super) main: Markup,
}

/// A list that may take several pages.
pub(super) struct List<'s> {
    /// The file of its first page, from the front page, without an ending.
    pub(super) stem: &'s str,
    /// What it is called.
    pub(super) title: &'s str,
    /// What stands above the items, if they have no headings of their own.
    pub(super) heading: Option<&'s str>,
    /// How many items there are.
    pub(super) count: usize,
    /// What stands above them on the first page.
    pub(super) first: Markup,
}

impl<'f> Frame<'f> {
    /// A frame for the pages in this folder.
    pub(super) fn new(folder: &'f Path, commons: &'f str, map: &'f Map, tree: &Tree) -> Self {
        Self {
            folder,
            commons,
            map,
            contributions: tree.len(),
            fingerprint: tree.root().to_string(),
            written: AtomicU64::new(0),
        }
    }

    /// Where the site is made.
    pub(super) fn folder(&self) -> &Path {
        self.folder
    }

    /// How many files were written through this.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The links of a page with this stem.
    pub(super) fn here(&self, stem: &str) -> Here<'f> {
        Here::new(self.map, up(stem))
    }

    /// Writes a page without scripts.
    pub(super) fn page(&self, stem: &str, title: &str, main: Markup) -> io::Result<()> {
        self.sheet(Sheet { stem, title, scripts: &[], main })
    }

    /// Writes a page.
    pub(super) fn sheet(&self, sheet: Sheet) -> io::Result<()> {
        let up = up(sheet.stem);
        let address = |name: &str| format!("{up}{name}");
        let section = sheet.stem.split(['/', '.']).next().unwrap_or_default();
        let places: Vec<(&str, String, bool)> = PLACES
            .iter()
            .map(|(label, file, sections)| (*label, address(file), sections.contains(&section)))
            .collect();
        let places: Vec<Place> = places
            .iter()
            .map(|(label, address, is_here)| Place { label, address, is_here: *is_here })
            .collect();
        let scripts: Vec<String> = sheet.scripts.iter().map(|script| address(script)).collect();
        let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
        let (front, style, feed) =
            (address("index.html"), address("style.css"), address("feed.atom"));
        let page = Page {
            site: (self.commons, Some(&front)),
            navigation: &places,
            style: Some(&style),
            scripts: &scripts,
            feeds: &[("What was changed last", &feed)],
            policy: Some(if scripts.is_empty() { POLICY } else { POLICY_WITH_SCRIPTS }),
            ..Page::alone(sheet.title, self.commons, sheet.main, self.foot(up))
        };
        self.written.fetch_add(1, Ordering::Relaxed);
        fs::write(self.folder.join(format!("{}.html", sheet.stem)), page.write())
    }

    /// Writes a list over as many pages as it takes; `part` makes the items of a range.
    pub(super) fn list(&self, list: List, part: impl Fn(Range<usize>) -> Markup) -> io::Result<()> {
        let List { stem, title, heading, count, first } = list;
        let pages = count.div_ceil(ON_PAGE).max(1);
        for page in 1..=pages {
            let range = (page - 1) * ON_PAGE..(page * ON_PAGE).min(count);
            let name = |page: usize| match page {
                1 => format!("{stem}.html"),
                page => format!("{stem}.{page}.html"),
            };
            // Pages of one list stand side by side.
            let address = |page: usize| {
                let name = name(page);
                name.rsplit('/').next().unwrap_or_default().to_owned()
            };
            let main = html! {
                @if page == 1 { (first) } @else {
                    h1 { (crate::render::parts::line(title)) }
                    p.meta { "Page " (page) " of " (pages) }
                }
                @if let Some(heading) = heading { h2 { (heading) } }
                (part(range))
                @if pages > 1 {
                    nav.pages aria-label="Pages" {
                        @if page > 1 { a rel="prev" href=(address(page - 1)) { "Previous" } }
                        span { "Page " (page) " of " (pages) }
                        @if page < pages { a rel="next" href=(address(page + 1)) { "Next" } }
                    }
                }
            };
            let stem = match page {
                1 => stem.to_owned(),
                page => format!("{stem}.{page}"),
            };
            self.page(&stem, title, main)?;
        }
        Ok(())
    }

    fn foot(&self, up: &str) -> Markup {
        html! {
            p {
                "An archive of " (crate::render::parts::line(self.commons)) ", with "
                (number(self.contributions, "signed contribution", "signed contributions"))
                ". Times are in UTC. "
                a href=(format!("{up}credits.html")) { "Who wrote it, under which licences, and how to bring it back to life" }
                "."
            }
            p.id title="The fingerprint of everything in it: equal archives have equal ones" {
                (self.fingerprint)
            }
        }
    }
}

/// A number of things that are held, with what they are.
pub(super) fn number(number: usize, one: &str, many: &str) -> String {
    phrases::count(number as u64, one, many)
}

/// A number of things that are held, with thousands apart.
pub(super) fn figures(number: usize) -> String {
    phrases::figures(number as u64)
}

/// What leads from a page to the folder of the front page.
fn up(stem: &str) -> &'static str {
    if stem.contains('/') { "../" } else { "" }
}

/// Where the navigation leads: what it is called, its file, and the sections of which it is part.
const PLACES: [(&str, &str, &[&str]); 6] = [
    ("Programme", "programme.html", &["programme"]),
    ("Days", "days.html", &["days", "day", "month"]),
    ("Tags", "tags.html", &["tags", "tag"]),
    ("People", "people.html", &["people", "person"]),
    ("Search", "search.html", &["search"]),
    ("Credits", "credits.html", &["credits"]),
];

/// What pages may do: show the style that lies beside them. From a disk, `'self'` is nothing in some
/// browsers, hence `file:`.
const POLICY: &str = "default-src 'none'; style-src 'self' file:; base-uri 'none'; form-action 'self' \
     file:";

/// What the search may do: run the script and read the index that lie beside it, too.
const POLICY_WITH_SCRIPTS: &str = "default-src 'none'; style-src 'self' file:; script-src 'self' file:; \
     base-uri 'none'; form-action 'self' file:";

/// Things on one page of a list: a minute's scrolling, a tenth of a second's loading.
const ON_PAGE: usize = 200;
