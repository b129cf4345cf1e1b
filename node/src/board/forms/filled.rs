//! A form as somebody filled it in. What is not a form of the board's is refused before anything looks
//! at it; a form that was sent before leads where it led then.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use commons_proto::id::Author;
use data_encoding::BASE32_NOPAD;

use crate::board::Board;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::write::{self, Composed, Turn};
use crate::render::{Markup, html};

/// A form that was filled in.
pub(super) struct Filled {
    /// The frame of its page.
    pub(super) frame: Frame,
    /// Who writes.
    pub(super) author: Author,
    headers: HeaderMap,
    fields: Vec<(String, String)>,
    turn: Option<Turn>,
}

impl Filled {
    /// What stands in a control; nothing if the form has none of that name.
    pub(super) fn text(&self, name: &str) -> &str {
        self.typed(name).unwrap_or_default()
    }

    /// What stands in a control, if the form has it.
    pub(super) fn typed(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a button of this name and value was pressed.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(field, typed)| field == name && typed == value)
    }

    /// The token of the form, to stand in it again.
    pub(super) fn token(&self) -> Markup {
        match self.typed(TOKEN) {
            Some(token) => hidden(TOKEN, token),
            None => once(),
        }
    }

    /// Refuses a form with a control that it does not have: what was typed there would be lost.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Fault> {
        only(&self.fields, names)
    }

    /// All controls with what stands in them.
    pub(super) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Writes what was composed and leads on.
    pub(super) async fn finish(mut self, composed: Composed) -> Result<Response, Fault> {
        let Frame { board, viewer, .. } = &self.frame;
        let response =
            write::finish(board, viewer, &self.headers, composed, self.turn.as_mut()).await?;
        // What a guest wrote is taken in when it comes back signed, which their script sees.
        Ok(if self.frame.viewer.is_host() { self.tell_written(response) } else { response })
    }

    /// Leads on where there is nothing to write.
    pub(super) fn lead(self, page: &str) -> Response {
        if !write::is_by_script(&self.headers) || self.frame.viewer.is_host() {
            return self.tell_written(Redirect::to(page).into_response());
        }
        axum::Json(serde_json::json!({ "sign": [], "then": page })).into_response()
    }

    /// Tells the browser that this very form is done with, so that a draft of it may go.
    fn tell_written(&self, mut response: Response) -> Response {
        let token = self.typed(TOKEN).filter(|token| is_token(token));
        let cookie = token.map(|token| {
            format!("{WRITTEN_COOKIE}={token}; Max-Age={WRITTEN_SECONDS}; Path=/; SameSite=Strict")
        });
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl FromRequest<Board> for Filled {
    type Rejection = Response;

    async fn from_request(request: Request, board: &Board) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let headers = parts.headers.clone();
        let frame = Frame::from_request_parts(&mut parts, board).await;
        let frame = frame.map_err(|fault| fault.into_response())?;
        let author = write::author(&frame.viewer, &headers);
        let author = author.map_err(|fault| fault.into_response())?;
        let media_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        if !media_type.is_some_and(|value| value.starts_with(FORM.as_bytes())) {
            let fault = Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "a form is sent as application/x-www-form-urlencoded",
            );
            return Err(fault.into_response());
        }
        let bytes = Bytes::from_request(Request::from_parts(parts, body), board).await;
        let bytes = bytes.map_err(|rejection| {
            let fault = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Fault::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too-large",
                    "this is too long for one contribution",
                )
                .hint("shorten it, or put the text somewhere and link it"),
                status => Fault::new(status, "bad-request", "the form did not come whole"),
            };
            fault.into_response()
        })?;
        let fields = read(&bytes).map_err(|fault| fault.into_response())?;
        let token = fields.iter().find(|(name, _)| name == TOKEN).map(|(_, value)| value.as_str());
        let mut turn = None;
        if let Some(token) = token.filter(|token| is_token(token)) {
            let taken = board.sent().turn(token).await;
            if let Some(page) = taken.led() {
                return Err(Redirect::to(page).into_response());
            }
            turn = Some(taken);
        }
        Ok(Self { frame, author, headers, fields, turn })
    }
}

/// Refuses controls that a form does not have: what was typed there would be lost.
pub(super) fn only(fields: &[(String, String)], names: &[&str]) -> Result<(), Fault> {
    let known = |name: &str| name == TOKEN || names.contains(&name);
    match fields.iter().find(|(name, _)| !known(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let name: String = name.chars().take(NAME_CHARS).collect();
            Err(Fault::bad(format!("this form has no “{name}”"))
                .hint("open the page again and fill in the form that it shows"))
        }
    }
}

/// A hidden control that makes a form write once, however often its button is pressed.
pub(in crate::board) fn once() -> Markup {
    let mut token = [0; TOKEN_BYTES];
    // Without random numbers nothing can be signed, which is said there.
    let _ = getrandom::fill(&mut token);
    hidden(TOKEN, &BASE32_NOPAD.encode(&token).to_lowercase())
}

fn is_token(text: &str) -> bool {
    text.len() <= TOKEN_CHARS && text.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

/// A control that nobody sees.
pub(super) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The controls of a form as a browser sends it (WHATWG URL, application/x-www-form-urlencoded), with
/// line ends as everybody else writes them. Bytes that are no UTF-8 are refused rather than replaced.
fn read(bytes: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    let mut fields = Vec::new();
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if fields.len() == FIELDS {
            return Err(Fault::bad(format!("a form has at most {FIELDS} controls")));
        }
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        fields.push((text(name)?, text(value)?));
    }
    Ok(fields)
}

/// A text of which each byte may stand as `%` and two hexadecimal digits, and a space as `+`.
fn text(encoded: &[u8]) -> Result<String, Fault> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, behind @ ..] = rest {
        rest = behind;
        let byte = match (first, behind) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = behind;
                    high << 4 | low
                }
                _ => b'%',
            },
            (first, _) => *first,
        };
        bytes.push(byte);
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Fault::bad("what was sent is not UTF-8 text"))?;
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// How a browser sends a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The control with the token.
const TOKEN: &str = "once";

/// The cookie that names the form that was written last.
const WRITTEN_COOKIE: &str = "commons-written";

/// How long a browser keeps that: until the next page is there.
const WRITTEN_SECONDS: u32 = 60;

/// Random bytes of a token: as many as nobody guesses.
const TOKEN_BYTES: usize = 16;

/// Letters of a token at most; ours have 26.
const TOKEN_CHARS: usize = 64;

/// Controls of a form at most; ours have twenty.
const FIELDS: usize = 256;

/// Letters of a control's name that are told.
const NAME_CHARS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_send_them() {
        let read = read(b"title=Bed+sensors%21&body=one%0D%0Atwo&empty=&bare&&x=a%3Db").unwrap();
        let pairs: Vec<(&str, &str)> =
            read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("title", "Bed sensors!"),
            ("body", "one\ntwo"),
            ("empty", ""),
            ("bare", ""),
            ("x", "a=b"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn bytes_that_are_no_text_and_endless_forms_are_refused() {
        assert_eq!(read(b"title=%ff%fe").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(read(b"\xc3=x").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(read(&b"a=b&".repeat(FIELDS + 1)).unwrap_err().status, StatusCode::BAD_REQUEST);
        assert!(read(&b"a=b&".repeat(FIELDS)).is_ok());
    }
}
