//! Feeds of what is written: of everything, of a tag, of somebody, of what a query finds.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use serde::Deserialize;

use super::people::called;
use crate::board::Board;
use crate::board::asked::Asked;
use crate::board::download::Download;
use crate::board::extract::{Origin, Path, Query};
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{BoardLinks, tag_page, with_query};
use crate::digest::{self, Unclear};
use crate::export::feed::{entry, feed_id};
use crate::export::{self, Format};
use crate::find;
use crate::render::Links;
use crate::render::atom::Feed;
use crate::store::{Filter, Store};

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/feed.atom", get(everything))
        .route("/tags/{tag}/feed.atom", get(of_tag))
        .route("/people/{key}/feed.atom", get(of_person))
}

/// Where the feed of a tag is.
pub(super) fn tag_feed(tag: &str) -> String {
    format!("{}/feed.atom", tag_page(tag))
}

/// Where the feed of somebody is.
pub(super) fn person_feed(author: &Author) -> String {
    format!("/people/{author}/feed.atom")
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
}

async fn everything(
    frame: Frame,
    origin: Origin,
    Query(Words { q }): Query<Words>,
) -> Result<Response, Fault> {
    let (name, viewer) = (frame.board.name().to_owned(), frame.viewer);
    send(frame, origin, move |store| {
        let q = q.trim();
        let (title, page) = match q.is_empty() {
            true => (name, "/".to_owned()),
            false => (format!("{name}: {q}"), with_query("/search", &[("q", q)])),
        };
        let address = with_query("/feed.atom", &[("q", q)]);
        Ok(Of { title, page, address, filter: Asked::read(store, q, viewer)?.filter()? })
    })
    .await
}

async fn of_tag(
    frame: Frame,
    origin: Origin,
    Path(typed): Path<String>,
) -> Result<Response, Fault> {
    let tag = digest::tag(&typed).ok_or(Unclear::Tag(typed))?;
    let name = frame.board.name().to_owned();
    send(frame, origin, move |_| {
        let filter = Filter { tags: vec![tag.clone()], ..Filter::default() };
        let (page, address) = (tag_page(&tag), tag_feed(&tag));
        Ok(Of { title: format!("{name}: #{tag}"), page, address, filter })
    })
    .await
}

async fn of_person(
    frame: Frame,
    origin: Origin,
    Path(typed): Path<String>,
) -> Result<Response, Fault> {
    let (name, me) = (frame.board.name().to_owned(), frame.viewer.author());
    send(frame, origin, move |store| {
        let author = find::author(store, &typed, me)?;
        let filter = Filter { authors: vec![vec![author]], ..Filter::default() };
        let title = format!("{name}: {}", called(&author, store.author_name(&author)?.as_deref()));
        Ok(Of { title, page: format!("/people/{author}"), address: person_feed(&author), filter })
    })
    .await
}

/// What a feed is of.
struct Of {
    title: String,
    /// The page of which it is the feed.
    page: String,
    /// Where it is.
    address: String,
    filter: Filter,
}

async fn send(
    frame: Frame,
    Origin(origin): Origin,
    of: impl FnOnce(&Store) -> Result<Of, Fault> + Send + 'static,
) -> Result<Response, Fault> {
    let name = frame.board.name().to_owned();
    let feed = frame.board.read(move |store| {
        let of = of(store)?;
        of.feed(store, &name, &origin)
    });
    let media_type = Format::Atom.media_type();
    Ok(Download { media_type, name: None }.whole(feed.await?.write()))
}

impl Of {
    /// The feed: the last changed first.
    fn feed(self, store: &Store, commons: &str, origin: &str) -> Result<Feed, Fault> {
        let mut filter = Filter { limit: Some(POSTS), ..self.filter };
        if filter.kinds.is_empty() {
            // These say nothing without what they are about, which is there itself.
            filter.without.kinds.extend([Kind::Endorsement, Kind::Membership]);
        }
        let entries = store.list(&filter)?;
        let links = Absolute { origin, links: BoardLinks::new(store) };
        let mut posts = Vec::with_capacity(entries.len());
        for item in export::items(store, &entries) {
            let item = item?;
            let page = links.entry(&item.summary().id);
            posts.push(entry(&item, page, &links));
        }
        Ok(Feed {
            id: format!("{}{}", feed_id(commons), self.address.replace("/feed.atom", "")),
            title: self.title,
            updated: posts.iter().map(|post| post.updated).max().unwrap_or_default(),
            address: Some(format!("{origin}{}", self.address)),
            page: Some(format!("{origin}{}", self.page)),
            posts,
        })
    }
}

/// The links of the board as programs elsewhere need them, with where it is.
struct Absolute<'s> {
    origin: &'s str,
    links: BoardLinks<'s>,
}

impl Absolute<'_> {
    fn whole(&self, page: Option<String>) -> Option<String> {
        page.map(|page| format!("{}{page}", self.origin))
    }
}

impl Links for Absolute<'_> {
    fn entry(&self, entry: &EntryId) -> Option<String> {
        self.whole(self.links.entry(entry))
    }

    fn title(&self, entry: &EntryId) -> Option<String> {
        self.links.title(entry)
    }

    fn author(&self, author: &Author) -> Option<String> {
        self.whole(self.links.author(author))
    }

    fn tag(&self, tag: &str) -> Option<String> {
        self.whole(self.links.tag(tag))
    }
}

/// Posts of a feed: what a busy hour brings, and well within what readers fetch.
const POSTS: usize = 100;

#[cfg(test)]
mod tests {
    use atom_syndication::Feed;
    use axum::http::{StatusCode, header};

    use super::*;
    use crate::board::testing::TestBoard;

    async fn feed(board: &TestBoard, path: &str) -> Feed {
        let answer = board.get(path).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/atom+xml", "{path}");
        Feed::read_from(answer.body.as_bytes()).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn feeds_have_what_they_are_of_with_whole_addresses() {
        let board = TestBoard::new().await;
        let idea = board.add(Kind::Idea, &[("title", "Bed sensors"), ("tags", "Wards")]).await;
        let about = format!("see commons:{}", idea.id());
        board.add(Kind::Note, &[("text", &about)]).await;
        let own = format!("/people/{}/feed.atom", board.board.host());
        for (path, posts) in [
            ("/feed.atom", 2),
            ("/feed.atom?q=kind:idea", 1),
            ("/tags/wards/feed.atom", 1),
            ("/tags/none/feed.atom", 0),
            (&own, 2),
        ] {
            let feed = feed(&board, path).await;
            assert_eq!(feed.entries.len(), posts, "{path}");
            let own = feed.links.iter().find(|link| link.rel == "self").unwrap();
            assert_eq!(own.href.replace("%3A", ":"), format!("http://127.0.0.1:7117{path}"));
        }
        let all = feed(&board, "/feed.atom").await;
        let note = all.entries.iter().find(|post| post.title.value.contains("see")).unwrap();
        let page = format!("http://127.0.0.1:7117/entry/{}", idea.id());
        let content = note.content.as_ref().and_then(|content| content.value.clone()).unwrap();
        assert!(content.contains(&page) && content.contains("Bed sensors"), "{content}");
        assert_ne!(all.id, feed(&board, "/tags/wards/feed.atom").await.id);
        assert_eq!(board.get("/feed.atom?q=kind:").await.status, StatusCode::BAD_REQUEST);
        assert_eq!(board.get("/people/Nobody/feed.atom").await.status, StatusCode::NOT_FOUND);
        board.node.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pages_tell_where_their_feeds_are() {
        let board = TestBoard::new().await;
        board.add(Kind::Idea, &[("title", "Bed sensors"), ("tags", "wards")]).await;
        let person = format!("/people/{}", board.board.host());
        for page in ["/", "/tags/wards", &person] {
            let body = board.get(page).await.body;
            let (own, all) = (format!("href=\"{page}/feed.atom\""), "href=\"/feed.atom\"");
            assert!(body.contains(all) && (page == "/" || body.contains(&own)), "{page}: {body}");
        }
        board.node.stop().await;
    }
}
