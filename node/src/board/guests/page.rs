//! The page about guests. The host sees the QR code that leads here, and opens and closes the door; a
//! guest learns how to write, and takes their key along or forgets it, which is the script's part
//! (`assets/guest.js`).

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::{Guests, GuestsError, Private, short_fingerprint};
use crate::board::Board;
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::encoded;
use crate::board::viewer::Viewer;
use crate::control::GuestsStatus;
use crate::phrases::count;
use crate::qr::Qr;
use crate::render::{Markup, html};

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route(ADDRESS, get(guests))
        .route("/guests/open", post(open))
        .route("/guests/close", post(close))
}

/// What led a guest here.
#[derive(Debug, Deserialize)]
struct Came {
    /// The page on which they want to write.
    to: Option<String>,
}

async fn guests(
    frame: Frame,
    private: Private,
    Query(came): Query<Came>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let status = frame.board.guests().status();
    let Viewer::Guest { author } = frame.viewer else {
        return Ok(frame.page("Guests", for_host(&status)));
    };
    let name = match author {
        Some(author) => frame.board.read(move |store| Ok(store.author_name(&author)?)).await?,
        None => None,
    };
    let to = came.to.or_else(|| author.is_none().then(|| page_before(&headers)).flatten());
    let to = to.as_deref().filter(|to| is_here(to));
    let main = html! {
        h1 { "You are a guest" }
        p.lead {
            "This board is on somebody's laptop. You read everything here, and write in your own name: \
             with a key that is made and kept in this browser."
        }
        @if !private.0 { (secure_way(&headers, to, author.is_some(), &status)) }
        section.panel data-guest="" data-to=[to] hidden {
            h2 { "Your key" }
            p data-guest-who="" data-name=[name.as_deref()] {}
            div.buttons data-guest-actions="" {}
            p role="status" data-guest-said="" {}
        }
        noscript {
            p.warning {
                "This browser runs no scripts, so it cannot keep a key. You can read everything here."
            }
        }
        (what_it_means())
    };
    Ok(frame.page("Guests", main))
}

async fn open(viewer: Viewer, State(board): State<Board>) -> Result<Response, Fault> {
    viewer.only_host()?;
    Guests::open(&board, None)?;
    Ok(Redirect::to(ADDRESS).into_response())
}

async fn close(viewer: Viewer, State(board): State<Board>) -> Result<Response, Fault> {
    viewer.only_host()?;
    board.guests().close();
    Ok(Redirect::to(ADDRESS).into_response())
}

fn for_host(status: &GuestsStatus) -> Markup {
    html! {
        h1 { "Guests" }
        p.lead {
            "Who brings only a phone can read this board, and write on it with a key of their own that \
             is made and kept in their browser."
        }
        @if let Some(url) = status.urls.first() {
            section.panel.invitation {
                h2 { "Guests may come in" }
                (invitation(url, status.fingerprint.as_deref()))
                p data-live="guests" { (counts(status)) }
                @if status.urls.len() > 1 {
                    details {
                        summary { "Other addresses of this laptop" }
                        ul { @for url in &status.urls[1..] { li { code { (url) } } } }
                        p { "Try one of them if nobody reaches the first." }
                    }
                }
                form method="post" action="/guests/close" {
                    button.danger { "Stop guests" }
                }
                p.meta { "Whoever is here as a guest then loses the connection; what they wrote stays." }
            }
        } @else {
            section.panel {
                h2 { "Nobody is let in now" }
                p {
                    "When you let guests in, everybody who reaches this laptop over the network can read \
                     the whole commons, also one that has a passphrase, and write in it."
                }
                form method="post" action="/guests/open" {
                    button.first { "Let guests in" }
                }
                p.meta { "From the terminal: " code { "commons guests on" } }
            }
        }
    }
}

/// The QR code, the address and the fingerprint, as the host and the projector show them.
pub(in crate::board) fn invitation(url: &str, fingerprint: Option<&str>) -> Markup {
    html! {
        @if let Some(code) = Qr::of(url) { (code.drawing(&format!("QR code of {url}"))) }
        p.address { a href=(url) { (url) } }
        @if let Some(fingerprint) = fingerprint {
            p.meta {
                "Who wants to write is warned once by the browser, as nobody vouches for a laptop. The \
                 certificate is this one if its SHA-256 fingerprint begins with "
                code.fingerprint { (short_fingerprint(fingerprint)) }
            }
        }
    }
}

fn counts(status: &GuestsStatus) -> Markup {
    html! {
        (count(status.connected, "address is", "addresses are")) " connected; "
        (count(status.wrote, "guest has", "guests have")) " written since the node started."
    }
}

/// How one gets from the page that anybody on the network could read and change to one that signs.
fn secure_way(
    headers: &HeaderMap,
    to: Option<&str>,
    has_key: bool,
    status: &GuestsStatus,
) -> Markup {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let page = match to {
        Some(to) if has_key => to.to_owned(),
        Some(to) => how_to_write(to),
        None => ADDRESS.to_owned(),
    };
    let address = format!("https://{host}{page}");
    html! {
        section.panel id="write" {
            h2 { "To write here" }
            p {
                "Browsers keep keys on secure pages alone, and this page was opened the plain way. On the \
                 secure page your browser will warn you once: nobody vouches for a laptop, so it cannot \
                 know whose it is. That is expected here. Choose \u{201c}advanced\u{201d} and go on."
            }
            @if let Some(fingerprint) = &status.fingerprint {
                p {
                    "If you want to be sure that it is this laptop: look at the certificate in the \
                     warning. Its SHA-256 fingerprint must begin as it does on the host's own screen:"
                }
                p { code.fingerprint { (short_fingerprint(fingerprint)) } }
                details {
                    summary { "The whole fingerprint" }
                    p { code.fingerprint { (fingerprint) } }
                }
            }
            p { a.button.first href=(address) rel="nofollow" { "Open the secure page" } }
        }
    }
}

/// The page that says how to write, from where it leads on to this page of the board.
pub(in crate::board) fn how_to_write(to: &str) -> String {
    format!("{ADDRESS}?to={}", encoded(to))
}

/// The page of this board from which somebody came here.
fn page_before(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok();
    let before = text(header::REFERER)?.split_once("://")?.1;
    let path = before.strip_prefix(text(header::HOST)?)?;
    (!path.starts_with(ADDRESS)).then(|| path.to_owned())
}

/// Whether this is a page of this board, and not of another one.
fn is_here(to: &str) -> bool {
    let is_path = to.starts_with('/') && !to[1..].starts_with(['/', '\\']);
    is_path && !to.contains(char::is_control)
}

fn what_it_means() -> Markup {
    html! {
        section {
            h2 { "What that means" }
            ul {
                li {
                    "What you write is signed with your key. Nobody can write in your name without it, not \
                     even the host, and nobody else can change your profile, notes and comments."
                }
                li {
                    "It is public to everybody in this commons, and lasts. No name and no address is asked \
                     for."
                }
                li {
                    "The key is in this browser alone. Take it along, and you go on as the same person on \
                     another phone, or on a node of your own: "
                    code { "commons key import FILE" }
                }
                li {
                    "You trust the host as you trust any website: the pages and their script come from \
                     their laptop."
                }
            }
        }
    }
}

impl From<GuestsError> for Fault {
    fn from(error: GuestsError) -> Self {
        tracing::warn!(%error, "guests cannot be let in");
        let conflict = axum::http::StatusCode::CONFLICT;
        let hint = "another program may have that port: commons guests on ADDRESS names another";
        Self::new(conflict, "guests", error.to_string()).hint(hint)
    }
}

const ADDRESS: &str = "/guests";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_came_from_a_page_is_led_back_to_it() {
        let before = |referer: &'static str| {
            let host = (header::HOST, "192.0.2.7:7118".parse().unwrap());
            page_before(&[host, (header::REFERER, referer.parse().unwrap())].into_iter().collect())
        };
        assert_eq!(before("http://192.0.2.7:7118/entry/abc"), Some("/entry/abc".to_owned()));
        assert_eq!(before("http://192.0.2.7:7118/guests?to=/"), None);
        assert_eq!(before("http://evil.example/entry/abc"), None);
        assert!(before("http://192.0.2.7:7118.evil.example/").is_none_or(|path| !is_here(&path)));
    }

    #[test]
    fn one_is_led_on_to_this_board_alone() {
        for to in ["/new/idea", "/entry/abc/edit?x=1", "/"] {
            assert!(is_here(to), "{to}");
        }
        for to in ["//evil.example/", "/\\evil.example", "https://evil.example/", "", "x", "/a\nb"]
        {
            assert!(!is_here(to), "{to}");
        }
        assert_eq!(how_to_write("/new/idea?a=b&c"), "/guests?to=%2Fnew%2Fidea%3Fa%3Db%26c");
    }
}
