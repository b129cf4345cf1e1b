//! `/news`: what others wrote since whoever sits at the node last looked. A button says that they have.

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use commons_proto::id::Author;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::board::Board;
use crate::board::extract::Form;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, ago, nothing};
use crate::board::write;
use crate::news::{self, News};
use crate::phrases::{count, figures, several};
use crate::render::{Markup, html, parts};
use crate::store::{Filter, Store};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/news", get(page).post(looked))
}

/// Up to where in the log somebody has looked.
#[derive(Debug, Deserialize)]
struct Looked {
    through: u64,
}

async fn page(frame: Frame) -> Result<Response, Fault> {
    frame.viewer.only_host()?;
    let now = frame.now;
    let main = frame.board.read(move |store| Ok(Told::read(store)?.show(now)));
    Ok(frame.page("News", main.await?))
}

/// Notes that somebody has looked, and shows what has come meanwhile.
async fn looked(frame: Frame, Form(looked): Form<Looked>) -> Result<Response, Fault> {
    frame.viewer.only_host()?;
    write::keep(&frame.board, move |store| {
        let through = looked.through.min(store.last()?);
        store.set_looked(through.max(store.looked()?))
    })
    .await?;
    Ok(Redirect::to("/news").into_response())
}

/// What the page tells.
struct Told {
    news: Vec<News>,
    /// The position of the log up to which that is.
    through: u64,
    names: BTreeMap<Author, Option<String>>,
}

impl Told {
    fn read(store: &Store) -> Result<Self, Fault> {
        let (news, through) = news::news(store, store.looked()?, &Filter::default())?;
        let mut names = BTreeMap::new();
        for author in
            groups(&news).flat_map(|group| group.iter().take(OF_EACH_KIND)).flat_map(named)
        {
            names.insert(*author, store.author_name(author)?);
        }
        Ok(Self { news, through, names })
    }

    fn show(&self, now: u64) -> Markup {
        html! {
            h1 { "News" }
            p.lead {
                @if self.news.is_empty() { "Since you last looked, nothing has come." }
                @else { "What others wrote in " (count(self.news.len() as u64, "entry", "entries")) " since you last looked." }
            }
            @if self.news.is_empty() {
                (nothing("What you write yourself is no news to you.", &html! {
                    a href="/" { "To the board" } ", or " a href="/digest?since=today" { "all of today" }
                }))
            } @else {
                form method="post" action="/news" {
                    input type="hidden" name="through" value=(self.through);
                    button.first { "I have seen this" }
                }
            }
            @for group in groups(&self.news) { (self.group(group, now)) }
        }
    }

    /// What is followed, or what is of one kind.
    fn group(&self, group: &[News], now: u64) -> Markup {
        let Some(first) = group.first() else { return html! {} };
        let heading = match first.followed {
            true => "What you follow".to_owned(),
            false => several(first.summary.kind.name()),
        };
        html! {
            section {
                h2.group { (heading) " " span.count { (figures(group.len() as u64)) } }
                ul.entries { @for one in group.iter().take(OF_EACH_KIND) { (self.one(one, now)) } }
                @if group.len() > OF_EACH_KIND {
                    p.meta { "and " (figures((group.len() - OF_EACH_KIND) as u64)) " more" }
                }
            }
        }
    }

    fn one(&self, news: &News, now: u64) -> Markup {
        let News { summary, is_new, contributions, authors, .. } = news;
        let changes = contributions - u64::from(*is_new);
        html! {
            li {
                h3 {
                    (parts::entry(&summary.id, &summary.title, &LINKS))
                    @if *is_new { " " span.badge { "new" } }
                }
                p.meta {
                    span.kind { (parts::line(summary.kind.name())) } " by "
                    @for (at, author) in named(news).enumerate() {
                        @if at > 0 { ", " }
                        (parts::person(author, self.names.get(author).and_then(Option::as_deref), &LINKS))
                    }
                    @if authors.len() > NAMES { " and " (count((authors.len() - NAMES) as u64, "other", "others")) }
                    @if changes > 0 { ", " (count(changes, "change", "changes")) }
                    ", " (ago(summary.changed, now))
                }
                (parts::tags(&summary.tags, &LINKS))
            }
        }
    }
}

/// What is followed first, then kind by kind.
fn groups(news: &[News]) -> impl Iterator<Item = &[News]> {
    news.chunk_by(|one, other| {
        one.followed == other.followed && (one.followed || one.summary.kind == other.summary.kind)
    })
}

/// Those who are named as the authors of something new.
fn named(news: &News) -> impl Iterator<Item = &Author> {
    news.authors.iter().take(NAMES)
}

/// Entries of a kind that are told.
const OF_EACH_KIND: usize = 50;

/// Authors of one entry that are named.
const NAMES: usize = 3;

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use commons_proto::author::AuthorKey;
    use commons_proto::contribution::{Draft, SALT_BYTES, Subject};
    use commons_proto::edit::Edit;
    use commons_proto::kind::Kind;

    use super::*;
    use crate::board::server::Door;
    use crate::board::testing::TestBoard;
    use crate::store::Source;
    use crate::when;

    /// Takes in an entry of somebody else, as from a peer.
    async fn receive(board: &TestBoard, kind: Kind, field: &str, words: &str) {
        let set = Edit::Set { field: field.to_owned(), value: Some(words.into()) };
        let draft = Draft {
            subject: Subject::Genesis(kind),
            parents: Vec::new(),
            edits: vec![set],
            summary: None,
        };
        let (key, commons) = (AuthorKey::from_secret(&[7; 32]), board.board.commons());
        let verified = draft.sign(&key, &commons, when::now(), [7; SALT_BYTES]).unwrap();
        let accept = move |store: &mut Store| store.accept(&[verified], when::now(), Source::Peer);
        write::keep(&board.board, accept).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_others_wrote_is_told_until_it_was_looked_at() {
        let board = TestBoard::new().await;
        board.add(Kind::Idea, &[("title", "Own idea")]).await;
        let empty = board.get("/news").await.body;
        assert!(empty.contains("Since you last looked, nothing has come."), "{empty}");
        receive(&board, Kind::Idea, "title", "Bed sensors").await;
        let told = board.get("/news").await.body;
        assert!(told.contains("Bed sensors") && !told.contains("Own idea"), "{told}");
        assert!(told.contains("name=\"through\" value=\"2\""), "{told}");
        let answer = board.post("/news", &[("through", "2")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.headers[header::LOCATION], "/news");
        // Nobody has looked at what is not there yet, and nobody unsees.
        board.post("/news", &[("through", "1")]).await;
        board.post("/news", &[("through", "99")]).await;
        assert!(board.get("/news").await.body.contains("nothing has come"));
        receive(&board, Kind::Note, "text", "Lunch").await;
        let told = board.get("/news").await.body;
        assert!(told.contains("Lunch") && !told.contains("Bed sensors"), "{told}");
        let request = Request::get("/news").body(Body::empty()).unwrap();
        assert_eq!(board.ask(Door::Guests, request).await.status, StatusCode::FORBIDDEN);
        board.node.stop().await;
    }
}
