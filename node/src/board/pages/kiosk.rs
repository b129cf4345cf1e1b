//! For the projector: what goes on now and what comes next, the newest ideas, teams, notes; large, and
//! turned by itself.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use commons_proto::edit::Value;
use commons_proto::kind::Kind;
use serde::Deserialize;

use super::front;
use crate::board::Board;
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::guests::invitation;
use crate::board::parts::ago;
use crate::programme::{Slot, programme};
use crate::render::{Markup, html, parts};
use crate::store::{EntryView, Filter, Store, Summary};
use crate::when;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/kiosk", get(kiosk))
}

/// Which screen is asked for.
#[derive(Debug, Deserialize)]
struct Asked {
    /// Its number, from 0.
    #[serde(default)]
    screen: usize,
    /// Whether it is to stay.
    stay: Option<String>,
}

/// A screen with something on it.
struct Screen {
    title: &'static str,
    content: Markup,
}

async fn kiosk(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let now = frame.now;
    let screens = frame.board.read(move |store| screens(store, now)).await?;
    let number = asked.screen % screens.len();
    let next = (number + 1) % screens.len();
    let screen = &screens[number];
    let (name, guests) = (frame.board.name(), frame.board.guests().status());
    let stays = asked.stay.is_some();
    let main = html! {
        div.kiosk.wide {
            header.kiosk-top {
                p.kiosk-name { (parts::line(name)) }
                p.kiosk-clock { (when::clock(now)) }
            }
            div.kiosk-main {
                section data-live=(screen.title) {
                    h1 { (screen.title) }
                    (screen.content)
                }
                @if let Some(url) = guests.urls.first() {
                    aside.kiosk-guests {
                        h2 { "Take part" }
                        (invitation(url, guests.fingerprint.as_deref()))
                    }
                }
            }
            p.kiosk-turn {
                span { (number + 1) " of " (screens.len()) }
                a href={ "/kiosk?screen=" (next) @if stays { "&stay=yes" } } { "Next" }
                @if stays { a href={ "/kiosk?screen=" (number) } { "Turn by itself" } }
                @else { a href={ "/kiosk?stay=yes&screen=" (number) } { "Stay on this screen" } }
                a href="/" { "Board" }
            }
        }
    };
    let mut response = frame.screen(screen.title, main);
    if !stays {
        let refresh = format!("{SECONDS};url=/kiosk?screen={next}");
        let refresh = HeaderValue::from_str(&refresh).expect("it is a number and an address");
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(response)
}

/// The screens that have something to tell; the programme in any case.
fn screens(store: &Store, now: u64) -> Result<Vec<Screen>, Fault> {
    let mut screens = vec![coming(&programme(store)?, now)];
    let ideas = newest(store, Kind::Idea, IDEAS)?;
    if !ideas.is_empty() {
        let content = list(&ideas, |idea| html! { (by(idea)) ", " (ago(idea.changed, now)) });
        screens.push(Screen { title: "Newest ideas", content });
    }
    let teams = teams(store)?;
    if !teams.is_empty() {
        screens.push(looking(&teams));
    }
    let notes = newest(store, Kind::Note, NOTES)?;
    if !notes.is_empty() {
        let content = list(&notes, |note| html! { (by(note)) ", " (ago(note.changed, now)) });
        screens.push(Screen { title: "Latest notes", content });
    }
    Ok(screens)
}

fn newest(store: &Store, kind: Kind, limit: usize) -> Result<Vec<Summary>, Fault> {
    Ok(store.list(&Filter { kinds: vec![kind], limit: Some(limit), ..Filter::default() })?)
}

/// Projects, those that look for somebody first.
fn teams(store: &Store) -> Result<Vec<EntryView>, Fault> {
    let mut teams = Vec::new();
    for project in newest(store, Kind::Project, PROJECTS)? {
        teams.extend(store.entry(&project.id)?);
    }
    teams.sort_by_key(|team| team.state.set("skills").next().is_none());
    teams.truncate(TEAMS);
    Ok(teams)
}

fn coming(slots: &[Slot], now: u64) -> Screen {
    let (going_on, next) = front::now_and_next(slots, now, SESSIONS);
    let content = html! {
        @if going_on.is_empty() && next.is_empty() {
            p.kiosk-nothing { "Nothing is on the programme. Propose a session of your own." }
        }
        ul.sessions {
            @for slot in going_on { (front::session(slot, true, now)) }
            @for slot in next { (front::session(slot, false, now)) }
        }
    };
    Screen { title: "Now and next", content }
}

fn looking(teams: &[EntryView]) -> Screen {
    let content = html! {
        ul.kiosk-list {
            @for team in teams {
                @let skills: Vec<&str> =
                    team.state.set("skills").filter_map(Value::as_text).take(SKILLS).collect();
                li data-key=(team.summary.id) {
                    h2 { (parts::title(&team.summary.title)) }
                    @if !skills.is_empty() {
                        p { "looks for " (parts::line(&skills.join(", "))) }
                    }
                }
            }
        }
    };
    Screen { title: "Teams", content }
}

fn list(entries: &[Summary], about: impl Fn(&Summary) -> Markup) -> Markup {
    html! {
        ul.kiosk-list {
            @for entry in entries {
                li data-key=(entry.id) {
                    h2 { (parts::title(&entry.title)) }
                    p { (about(entry)) }
                }
            }
        }
    }
}

/// Who began an entry, for those who read from afar.
fn by(entry: &Summary) -> Markup {
    match &entry.name {
        Some(name) => parts::line(&crate::names::person_name(name)),
        None => html! { (crate::names::short_author(&entry.author)) },
    }
}

/// How long a screen stands: long enough to read it from the back of the room.
const SECONDS: u32 = 15;

/// Sessions that go on, and sessions that come, on a screen.
const SESSIONS: usize = 3;

/// Ideas on a screen.
const IDEAS: usize = 5;

/// Notes on a screen.
const NOTES: usize = 5;

/// Teams on a screen.
const TEAMS: usize = 5;

/// Projects among which teams that look for somebody are looked for.
const PROJECTS: usize = 50;

/// Skills that are named of a team.
const SKILLS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::testing::TestBoard;

    #[tokio::test(flavor = "multi_thread")]
    async fn it_turns_by_itself_over_what_there_is_until_somebody_says_stay() {
        let board = TestBoard::new().await;
        let turns = |answer: &crate::board::testing::Answer| {
            answer.headers.get(header::REFRESH).map(|value| value.to_str().unwrap().to_owned())
        };
        let empty = board.get("/kiosk").await;
        assert!(empty.body.contains("1 of 1"), "{}", empty.body);
        board.add(Kind::Idea, &[("title", "Bed sensors")]).await;
        let first = board.get("/kiosk").await;
        assert_eq!(turns(&first).unwrap(), "15;url=/kiosk?screen=1");
        let second = board.get("/kiosk?screen=1").await;
        assert!(second.body.contains("Bed sensors"), "{}", second.body);
        assert_eq!(turns(&second).unwrap(), "15;url=/kiosk?screen=0");
        assert!(board.get("/kiosk?screen=7").await.body.contains("Bed sensors"), "it goes round");
        assert_eq!(turns(&board.get("/kiosk?screen=1&stay=yes").await), None);
        assert_eq!(board.get("/kiosk?screen=x").await.status.as_u16(), 400);
        board.node.stop().await;
    }
}
