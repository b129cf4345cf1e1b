//! `/export`: entries to take along, in every format that other programs read.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::board::Board;
use crate::board::asked::{Asked, refusal};
use crate::board::download::{Download, Written};
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::with_query;
use crate::export::{ExportError, Format};
use crate::phrases::{count, figures, sentence};
use crate::render::{Markup, html};
use crate::store::{Filter, Fitting};
use crate::when;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/export", get(export))
}

/// What to take along.
#[derive(Debug, Clone, Default, Deserialize)]
struct Typed {
    /// Which entries: a query as the search takes it; all if there is nothing in it.
    #[serde(default)]
    q: String,
    #[serde(default)]
    format: String,
}

async fn export(frame: Frame, Query(typed): Query<Typed>) -> Result<Response, Fault> {
    let viewer = frame.viewer;
    if typed.format.is_empty() {
        let page = frame.board.read(move |store| {
            let asked = Asked::read(store, &typed.q, viewer)?;
            let fitting = store.count(&asked.filter)?;
            Ok((page(&asked, &fitting), asked.refused.is_some()))
        });
        let (main, is_refused) = page.await?;
        let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        return Ok((status, frame.page("Take along", main)).into_response());
    }
    let format = Format::named(&typed.format).ok_or_else(|| no_format(&typed.format))?;
    let commons = frame.board.name().to_owned();
    let file = frame.board.read(move |store| {
        let most = if format == Format::Atom { POSTS } else { ENTRIES };
        let filter = Asked::read(store, &typed.q, viewer)?.filter()?;
        let mut entries = store.list(&Filter { limit: Some(most + 1), ..filter })?;
        if format != Format::Atom && entries.len() > most {
            return Err(too_many());
        }
        entries.truncate(most);
        Written::by(|out| {
            format.write(store, &commons, &entries, out)?;
            Ok::<_, ExportError>(())
        })
    });
    let day = &when::local(frame.now)[..DAY_CHARS];
    let name = Some(format!("commons-{day}.{}", format.ending()));
    Ok(Download { media_type: format.media_type(), name }.written(file.await?))
}

fn page(asked: &Asked, fitting: &Fitting) -> Markup {
    let q = asked.typed.as_str();
    html! {
        h1 { "Take along" }
        @match &asked.refused {
            Some(refused) => (refusal(refused)),
            None => p.lead { (told_of(q.is_empty(), fitting)) },
        }
        form.choose action="/export" aria-label="Which entries" {
            label for="export-q" { "Only" }
            input #export-q type="text" name="q" value=(q) placeholder="everything"
                aria-describedby="export-how" autocapitalize="none" autocomplete="off" spellcheck="false";
            button { "Choose" }
            p.meta #export-how {
                "Words, or " code { "kind:idea" } ", " code { "tag:wards" } ", " code { "by:Ana" } ", "
                code { "since:today" } ", as in the search."
            }
        }
        ul.entries.formats {
            @for format in Format::ALL {
                @let (label, about) = what(format);
                li {
                    h2 {
                        a href=(with_query("/export", &[("q", q), ("format", format.name())])) download rel="nofollow" { (label) }
                        " " span.count { "." (format.ending()) }
                    }
                    p { (about) }
                }
            }
        }
        p.meta {
            "Everything is public: share it, and credit who wrote it. On a terminal there is also "
            code { "commons archive" } ", a site of all pages to browse without a node, and "
            code { "commons bundle" } ", which keeps histories and signatures."
        }
    }
}

/// How much there is to take along.
fn told_of(is_all: bool, fitting: &Fitting) -> String {
    let more = if fitting.or_more { "more than " } else { "" };
    let entries = format!("{more}{}", count(fitting.all(), "entry", "entries"));
    match (fitting.all(), is_all) {
        (0, true) => {
            "Nothing is here yet. What is written can be taken along at any time.".to_owned()
        }
        (0, false) => "Nothing here is like that.".to_owned(),
        (_, true) => sentence(&format!("{entries}, without what is muted here")),
        (_, false) => sentence(&format!("{entries} like that")),
    }
}

/// What a format is called, and what it is for.
fn what(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Jsonl => {
            ("JSON Lines", "Everything that entries say, one object a line, for programs.")
        }
        Format::Csv => ("Table", "A row for each entry, for spreadsheets."),
        Format::Markdown => (
            "Markdown",
            "Each entry with its fields and its text, one after another, for editors and wikis.",
        ),
        Format::Bookmarks => {
            ("Bookmarks", "What has an address on the web, for browsers and bookmark services.")
        }
        Format::Ical => ("Calendar", "Sessions that have a start, for calendars."),
        Format::Atom => ("Feed", "The last changed entries, at most a thousand, for feed readers."),
        Format::Datapackage => (
            "Data Package",
            "A typed table for each kind with its description, for data tools (Frictionless).",
        ),
    }
}

fn no_format(name: &str) -> Fault {
    let names = Format::ALL.map(Format::name).join(", ");
    Fault::bad(format!("there is no format “{name}”")).hint(format!("the formats are {names}"))
}

fn too_many() -> Fault {
    let most = figures(ENTRIES as u64);
    Fault::bad(format!("these are more than {most} entries, too many for one download"))
        .hint("ask for one kind, tag or month at a time, or on a terminal: commons export")
}

/// Entries of one download: what a summary of each takes in memory is about 50 MB.
const ENTRIES: usize = 100_000;

/// Posts of a feed, which is put together in memory.
const POSTS: usize = 1000;

/// Characters of the day in a time.
const DAY_CHARS: usize = "2026-11-22".len();

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use commons_proto::kind::Kind;

    use super::*;
    use crate::board::server::Door;
    use crate::board::testing::TestBoard;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_format_is_a_file_of_what_was_asked_for() {
        let board = TestBoard::new().await;
        let empty = board.get("/export").await.body;
        assert!(empty.contains("Nothing is here yet."), "{empty}");
        let address = "https://example.org/paper";
        board.add(Kind::Resource, &[("title", "Bed sensors"), ("url", address)]).await;
        board.add(Kind::Note, &[("text", "Lunch")]).await;
        let page = board.get("/export?q=bed").await.body;
        assert!(page.contains("1 entry like that."), "{page}");
        for format in Format::ALL {
            let name = format.name();
            assert!(page.contains(&format!("/export?q=bed&amp;format={name}")), "{page}");
            let answer = board.get(&format!("/export?q=bed&format={name}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{name}");
            assert_eq!(answer.headers[header::CONTENT_TYPE], format.media_type());
            let kept = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
            assert!(kept.ends_with(&format!(".{}\"", format.ending())), "{kept}");
            let has_resource = format != Format::Ical;
            assert_eq!(answer.body.contains("Bed sensors"), has_resource, "{}", answer.body);
            assert!(!answer.body.contains("Lunch"), "{}", answer.body);
        }
        board.node.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_large_file_comes_whole_and_what_is_not_understood_is_said() {
        let board = TestBoard::new().await;
        let body = "soap and water ".repeat(3000);
        for _ in 0..4 {
            board.add(Kind::Idea, &[("title", "Soap"), ("body", &body)]).await;
        }
        let answer = board.get("/export?format=jsonl").await;
        assert_eq!(answer.body.lines().count(), 4);
        assert!(answer.body.len() > 4 * body.len());
        for line in answer.body.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
        let wrong = board.get("/export?format=pdf").await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        assert!(wrong.body.contains("jsonl, csv"), "{}", wrong.body);
        let unclear = board.get("/export?q=kind:").await;
        assert_eq!(unclear.status, StatusCode::BAD_REQUEST);
        assert!(
            unclear.body.contains("id=\"refused\"") && unclear.body.contains("value=\"kind:\"")
        );
        assert_eq!(board.get("/export?q=kind:&format=csv").await.status, StatusCode::BAD_REQUEST);
        let followed = Request::get("/export?q=is:followed&format=csv").body(Body::empty());
        let guest = board.ask(Door::Guests, followed.unwrap()).await;
        assert_eq!(guest.status, StatusCode::BAD_REQUEST);
        assert!(guest.body.contains("is known on one"), "{}", guest.body);
        board.node.stop().await;
    }
}
