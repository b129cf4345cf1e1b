//! What every page has around it: where one can go, the search, who looks, and up to where in the
//! log the page tells.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};

use super::Board;
use super::assets;
use super::fault::Fault;
use super::viewer::Viewer;
use crate::names::short_author;
use crate::render::page::Place;
use crate::render::{Markup, Page, html};
use crate::when;

/// The frame of the page that is asked for.
pub(super) struct Frame {
    /// The board.
    pub(super) board: Board,
    /// Who looks.
    pub(super) viewer: Viewer,
    /// The time at which the page is made, in seconds since 1970 UTC.
    pub(super) now: u64,
    path: String,
    position: u64,
}

impl FromRequestParts<Board> for Frame {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, board: &Board) -> Result<Self, Fault> {
        Self::of(parts, board).await
    }
}

impl Frame {
    /// The frame of the page that this request asks for.
    pub(super) async fn of(parts: &mut Parts, board: &Board) -> Result<Self, Fault> {
        Ok(Self {
            viewer: Viewer::from_request_parts(parts, board).await?,
            now: when::now(),
            path: parts.uri.path().to_owned(),
            // Before anything is read: what comes meanwhile is told twice rather than never.
            position: board.live().position(),
            board: board.clone(),
        })
    }

    /// The page that is asked for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The page with this title and content. The content has the one `h1`.
    pub(super) fn page(&self, title: &str, main: Markup) -> Response {
        self.whole(title, &[], &[], main)
    }

    /// The same, with these scripts of the board's own besides that of all pages.
    pub(super) fn page_with(&self, title: &str, scripts: &[&str], main: Markup) -> Response {
        self.whole(title, scripts, &[], main)
    }

    /// The same, with feeds of its own: what each is called, and where it is.
    pub(super) fn page_with_feeds(
        &self,
        title: &str,
        feeds: &[(&str, &str)],
        main: Markup,
    ) -> Response {
        self.whole(title, &[], feeds, main)
    }

    fn whole(
        &self,
        title: &str,
        scripts: &[&str],
        feeds: &[(&str, &str)],
        main: Markup,
    ) -> Response {
        let places: Vec<Place> = PLACES
            .iter()
            .map(|(label, address)| Place { label, address, is_here: self.is_here(address) })
            .collect();
        let feeds = [&[(self.board.name(), "/feed.atom")], feeds].concat();
        self.write(Page {
            feeds: &feeds,
            site: (self.board.name(), Some("/")),
            navigation: &places,
            top: self.top(),
            scripts,
            ..Page::alone(title, self.board.name(), main, self.foot())
        })
    }

    /// The page with this title and content, and nothing around it: for a screen that nobody
    /// touches.
    pub(super) fn screen(&self, title: &str, main: Markup) -> Response {
        self.write(Page::alone(title, self.board.name(), main, status()))
    }

    fn write(&self, page: Page) -> Response {
        let (style, icon) = (assets::address("board.css"), assets::address("icon.svg"));
        let signing: &[&str] = if self.viewer.is_host() { &[] } else { &["guest.js"] };
        let scripts = ["board.js"].iter().chain(signing).chain(page.scripts);
        let scripts: Vec<String> = scripts.map(|name| assets::address(name)).collect();
        let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
        let page = Page {
            style: Some(&style),
            icon: Some(&icon),
            scripts: &scripts,
            policy: None,
            referrer: "same-origin",
            position: Some(self.position),
            ..page
        };
        Html(page.write()).into_response()
    }

    fn is_here(&self, address: &str) -> bool {
        self.path == address || (address != "/" && self.path.starts_with(&format!("{address}/")))
    }

    fn top(&self) -> Markup {
        html! {
            div.top-tools {
                search {
                    form.search action="/search" {
                        label.unseen for="q" { "Search" }
                        input #q type="search" name="q" placeholder="Search" autocomplete="off"
                            enterkeyhint="search";
                        button { "Search" }
                    }
                }
                a.button href="/new" { "Add" }
            }
        }
    }

    fn foot(&self) -> Markup {
        html! {
            p {
                @match self.viewer {
                    Viewer::Host { author } => {
                        "You write as " a href="/profile" { (short_author(&author)) } ". "
                    }
                    Viewer::Guest { author: Some(author) } => {
                        "You are a guest, and write as " a href="/guests" { (short_author(&author)) } ". "
                    }
                    Viewer::Guest { author: None } => {
                        "You are a guest of this board. " a href="/guests" { "How to write here" } ". "
                    }
                }
                @if self.viewer.is_host() { a href="/news" { "News" } " · " }
                a href="/status" { "How this node stands" } " · "
                a href="/export" { "Take along" } " · "
                a href="/kiosk" { "For the projector" } " · "
                a href="/guests" { "Guests" }
            }
            (status())
        }
    }
}

/// Where the script says that the node does not answer.
fn status() -> Markup {
    html! { p.live role="status" {} }
}

/// Where one can go from every page.
const PLACES: [(&str, &str); 9] = [
    ("Board", "/"),
    ("Ideas", "/ideas"),
    ("Projects", "/projects"),
    ("Resources", "/resources"),
    ("Programme", "/programme"),
    ("Notes", "/notes"),
    ("People", "/people"),
    ("Tags", "/tags"),
    ("Digest", "/digest"),
];
