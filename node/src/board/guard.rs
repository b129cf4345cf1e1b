//! What is refused before anything looks at it, and what every answer tells the browser.
//!
//! A page of a stranger that is open in the same browser can send requests here. It must neither
//! read the board under a name of its own that leads to this address (DNS rebinding), so the `Host`
//! must be one of ours; nor write (cross-site requests), so what changes something must say that it
//! comes from the board itself, in `Origin` or `Sec-Fetch-Site`, which no page can forge; or, where it
//! comes from a program, show the token of the home, which no page can read.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::fault::Fault;
use super::server::Door;
use super::{Board, api};

/// Lets through what may come in, and gives the answer its headers.
pub(super) async fn guard(State(board): State<Board>, request: Request, next: Next) -> Response {
    let door = request.extensions().get::<Door>().copied().unwrap_or(Door::Guests);
    let is_api = api::is_asked(request.uri().path());
    let checked = check(door, request.method(), request.headers(), || {
        is_api.then(|| shows_token(&board, request.headers()))
    });
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(fault) if is_api => fault.for_programs(),
        // Nothing of the board is shown to a page that asks in its own name.
        Err(fault) => (fault.status, format!("{}\n", fault.message)).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What a program shows that asks.
enum Shown {
    /// Nothing.
    Nothing,
    /// The token of this home.
    Token,
    /// Something else in its place.
    Other,
}

/// Whether this may come in. `shown` tells what a program shows, where programs may ask.
fn check(
    door: Door,
    method: &Method,
    headers: &HeaderMap,
    shown: impl FnOnce() -> Option<(Shown, PathBuf)>,
) -> Result<(), Fault> {
    let host = text(headers, &header::HOST).unwrap_or_default();
    if !is_ours(door, host) {
        return Err(Fault::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "this board does not answer under that name: use its number, as commons start prints it",
        ));
    }
    let is_allowed = method.is_safe() || comes_from_here(headers, host);
    // The token says who sits at the node; a guest, who is elsewhere, is never asked for it.
    match (door, shown()) {
        (Door::Own, Some((Shown::Token, _))) => Ok(()),
        (Door::Own, Some((Shown::Other, file))) => Err(unknown("the token is not that of", &file)),
        (Door::Own, Some((Shown::Nothing, file))) if !is_allowed => {
            Err(unknown("to write, a program shows the token in", &file))
        }
        _ if is_allowed => Ok(()),
        _ => Err(Fault::forbidden("this was asked by another page than the board's")),
    }
}

fn unknown(what: &str, file: &Path) -> Fault {
    let message = format!("{what} {}", file.display());
    Fault::new(StatusCode::UNAUTHORIZED, "token", message)
        .hint("send it as a header: Authorization: Bearer TOKEN")
}

/// What the request shows in the place of the token, and where the token is.
fn shows_token(board: &Board, headers: &HeaderMap) -> (Shown, PathBuf) {
    let shown = match headers.get(header::AUTHORIZATION) {
        None => Shown::Nothing,
        Some(value) => {
            let value = value.to_str().unwrap_or_default();
            let token =
                value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            match token.is_some_and(|(_, token)| board.token().is(token)) {
                true => Shown::Token,
                false => Shown::Other,
            }
        }
    };
    (shown, board.home().api_token_file())
}

/// Whether a request says that it comes from a page of this very board.
fn comes_from_here(headers: &HeaderMap, host: &str) -> bool {
    if let Some(site) = text(headers, &HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let origin = text(headers, &header::ORIGIN).unwrap_or_default();
    let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin == Some(host)
}

/// Whether this is a name under which the board is reached: a number or `localhost`, which nobody
/// else can make lead here.
fn is_ours(door: Door, host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|letter| letter.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    match bare.parse::<IpAddr>() {
        Ok(address) => door == Door::Guests || address.is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// What a page of the board may do: load its own style and script, ask its own node. What somebody
/// wrote runs nothing even if it got into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says, unless it has said something else.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With less, browsers do not say where a form comes from.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    // What is erased must not stay in a browser.
    (header::CACHE_CONTROL, "no-store"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn only_names_that_nobody_else_can_make_lead_here_are_ours() {
        for host in ["127.0.0.1:7117", "localhost:7117", "[::1]:7117", "LOCALHOST", "127.0.0.1"] {
            assert!(is_ours(Door::Own, host), "{host}");
        }
        let others =
            ["", "example.org", "example.org:7117", "127.0.0.1.example.org", "localhost.", "a:b:c"];
        for host in others {
            assert!(!is_ours(Door::Own, host) && !is_ours(Door::Guests, host), "{host}");
        }
        assert!(is_ours(Door::Guests, "192.0.2.7:7118") && !is_ours(Door::Own, "192.0.2.7:7117"));
        assert!(is_ours(Door::Guests, "[2001:db8::7]:7118"));
    }

    #[test]
    fn what_changes_something_must_come_from_the_board() {
        let host = ("host", "127.0.0.1:7117");
        let asks = |method: Method, more: &[(&'static str, &'static str)]| {
            let mut all = headers(&[host]);
            all.extend(headers(more));
            check(Door::Own, &method, &all, || None).is_ok()
        };
        assert!(asks(Method::GET, &[]));
        assert!(!asks(Method::POST, &[]));
        assert!(asks(Method::POST, &[("origin", "http://127.0.0.1:7117")]));
        assert!(asks(Method::POST, &[("sec-fetch-site", "same-origin")]));
        for foreign in ["null", "http://127.0.0.1:7118", "http://example.org", "127.0.0.1:7117"] {
            assert!(!asks(Method::POST, &[("origin", foreign)]), "{foreign}");
            assert!(!asks(Method::DELETE, &[("origin", foreign)]), "{foreign}");
        }
        // What the browser says of the site counts for more.
        let both = [("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:7117")];
        assert!(!asks(Method::POST, &both));
    }
}
