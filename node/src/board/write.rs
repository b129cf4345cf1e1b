//! What people write on the board, from what was composed to what the browser is told. For whoever sits
//! at the node it is signed with their key and written, and they are led on. A guest's key is in their
//! browser, which is given what to sign, and sends it back to the API.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use commons_proto::contribution::{Draft, SALT_BYTES, Verified};
use commons_proto::id::Author;
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tokio::sync::OwnedMutexGuard;

use super::Board;
use super::fault::Fault;
use super::parts::entry_page;
use super::viewer::Viewer;
use crate::compose::Refused;
use crate::store::{Outcome, Store};
use crate::when;

/// The header in which a guest's script says whose key it has. It gives no right: what is written is
/// signed.
pub(super) const AUTHOR_HEADER: HeaderName = HeaderName::from_static("x-commons-author");

/// The word for a guest who has no key yet.
pub(super) const NO_KEY: &str = "no-key";

/// What is to be written.
#[derive(Debug, Clone)]
pub(super) struct Composed {
    /// What is to be signed, in order.
    pub(super) drafts: Vec<Draft>,
    /// Where whoever wrote it is led.
    pub(super) then: Then,
}

/// Where whoever wrote something is led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    /// To the page of the entry that the first draft is about.
    Entry,
    /// To this page.
    Page(String),
}

impl Composed {
    /// One draft, and then its entry's page.
    pub(super) fn of(draft: Draft) -> Self {
        Self { drafts: vec![draft], then: Then::Entry }
    }

    /// These drafts, and then this page.
    pub(super) fn of_all(drafts: Vec<Draft>, page: impl Into<String>) -> Self {
        Self { drafts, then: Then::Page(page.into()) }
    }

    /// The same, but then another page.
    pub(super) fn then(self, page: impl Into<String>) -> Self {
        Self { then: Then::Page(page.into()), ..self }
    }
}

/// Who writes: whoever sits at the node, or the guest whose script says so.
pub(super) fn author(viewer: &Viewer, headers: &HeaderMap) -> Result<Author, Fault> {
    let said = || headers.get(AUTHOR_HEADER)?.to_str().ok()?.parse().ok();
    let author = match viewer {
        Viewer::Host { author } => Some(*author),
        Viewer::Guest { author } => said().or(*author),
    };
    author.ok_or_else(|| {
        Fault::new(
            StatusCode::FORBIDDEN,
            NO_KEY,
            "guests write with a key of their own, and this browser has none yet",
        )
        .hint("the page for guests says how to get one: /guests")
    })
}

/// Whether this can be written: the one look that a form takes before it says so.
pub(super) fn check(board: &Board, author: &Author, drafts: &[Draft]) -> Result<(), Refused> {
    for draft in drafts {
        draft.clone().unsigned(author, &board.commons(), when::now(), [0; SALT_BYTES])?;
    }
    Ok(())
}

/// Writes what was composed, or gives a guest's browser what to sign. `turn` remembers where it led.
pub(super) async fn finish(
    board: &Board,
    viewer: &Viewer,
    headers: &HeaderMap,
    composed: Composed,
    turn: Option<&mut Turn>,
) -> Result<Response, Fault> {
    let page = match viewer {
        Viewer::Host { .. } => write(board, composed).await?,
        Viewer::Guest { .. } if !is_by_script(headers) => return Err(no_script()),
        Viewer::Guest { .. } => return to_sign(board, author(viewer, headers)?, composed),
    };
    if let Some(turn) = turn {
        turn.end(&page);
    }
    Ok(Redirect::to(&page).into_response())
}

/// Signs with the host's key and writes through the node, so that it is on its way to the peers when
/// this returns. Gives the page to which it leads.
pub(super) async fn write(board: &Board, composed: Composed) -> Result<String, Fault> {
    let Composed { drafts, then } = composed;
    let written = sign(board, drafts).await?;
    Ok(led_to(then, written.first().map(|first| entry_page(&first.entry()))))
}

/// Signs with the host's key and writes through the node. Gives what was written.
pub(super) async fn sign(board: &Board, drafts: Vec<Draft>) -> Result<Vec<Verified>, Fault> {
    let (key, commons, now) = (board.key(), board.commons(), when::now());
    let mut batch = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let verified = draft.sign(key, &commons, now, salt()?).map_err(Refused::from)?;
        batch.push(verified);
    }
    for outcome in board.node().write(batch.clone()).await? {
        match outcome {
            Outcome::New { .. } | Outcome::Known => {}
            Outcome::Refused(reason) => return Err(Refused::NotTaken(reason).into()),
            outcome => return Err(Refused::NotKept(format!("{outcome:?}")).into()),
        }
    }
    Ok(batch)
}

/// Changes what is kept for this node alone, as what is muted.
pub(super) async fn keep<Answer: Send + 'static>(
    board: &Board,
    work: impl FnOnce(&mut Store) -> crate::store::Result<Answer> + Send + 'static,
) -> Result<Answer, Fault> {
    let path = board.read(|store| Ok(store.path().to_owned())).await?;
    let kept = tokio::task::spawn_blocking(move || work(&mut Store::open_existing(&path, false)?));
    Ok(kept.await.map_err(|_| {
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "panic", "this could not be kept")
    })??)
}

/// What a guest's browser is to sign, as its script reads it.
fn to_sign(board: &Board, author: Author, composed: Composed) -> Result<Response, Fault> {
    let Composed { drafts, then } = composed;
    let (commons, now) = (board.commons(), when::now());
    let mut sign = Vec::with_capacity(drafts.len());
    let mut entry = None;
    for draft in drafts {
        let unsigned = draft.unsigned(&author, &commons, now, salt()?).map_err(Refused::from)?;
        let contribution = unsigned.signed(&[0; 64]).map_err(Refused::from)?;
        entry = entry.or_else(|| Some(entry_page(&contribution.entry())));
        sign.push(json!({
            "header": BASE64URL_NOPAD.encode(unsigned.header()),
            "payload": BASE64URL_NOPAD.encode(unsigned.payload()),
            "message": BASE64URL_NOPAD.encode(unsigned.message()),
        }));
    }
    Ok(Json(json!({ "sign": sign, "then": led_to(then, entry) })).into_response())
}

/// Whether the script of guests sends this form. A browser that sends one by itself signs nothing.
pub(super) fn is_by_script(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.trim_start().starts_with("application/json"))
}

fn no_script() -> Fault {
    Fault::forbidden("guests write with a key in their browser, and here no script could use it")
        .hint("allow this page its script; the page for guests says what else it takes: /guests")
}

fn led_to(then: Then, entry: Option<String>) -> String {
    match then {
        Then::Page(page) => page,
        Then::Entry => entry.unwrap_or_else(|| "/".to_owned()),
    }
}

fn salt() -> Result<[u8; SALT_BYTES], Refused> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

/// Forms that were sent, by the token that each has, so that a button which is pressed twice writes
/// once.
#[derive(Default)]
pub(super) struct Sent(Mutex<Tokens>);

#[derive(Default)]
struct Tokens {
    all: HashMap<String, Arc<tokio::sync::Mutex<Option<String>>>>,
    order: VecDeque<String>,
}

/// The one turn of a form: who sends it again waits until it ends.
pub(super) struct Turn(OwnedMutexGuard<Option<String>>);

impl Sent {
    /// The turn of the form with this token, once nobody else has it.
    pub(super) async fn turn(&self, token: &str) -> Turn {
        let place = self.place(token);
        Turn(place.lock_owned().await)
    }

    fn place(&self, token: &str) -> Arc<tokio::sync::Mutex<Option<String>>> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = tokens.all.get(token) {
            return Arc::clone(place);
        }
        if tokens.order.len() == SENT
            && let Some(oldest) = tokens.order.pop_front()
        {
            tokens.all.remove(&oldest);
        }
        let place = Arc::default();
        tokens.order.push_back(token.to_owned());
        tokens.all.insert(token.to_owned(), Arc::clone(&place));
        place
    }
}

impl Turn {
    /// Where the form led when it was sent before.
    pub(super) fn led(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn end(&mut self, page: &str) {
        *self.0 = Some(page.to_owned());
    }
}

/// Forms that are remembered: some minutes of a busy node, in less than a megabyte.
const SENT: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_sent_is_remembered_up_to_a_bound() {
        let sent = Sent::default();
        let mut turn = sent.turn("first").await;
        assert_eq!(turn.led(), None);
        turn.end("/there");
        drop(turn);
        assert_eq!(sent.turn("first").await.led(), Some("/there"));
        for number in 0..SENT {
            sent.turn(&number.to_string()).await;
        }
        assert_eq!(sent.turn("first").await.led(), None);
        let tokens = sent.0.lock().unwrap();
        assert!(tokens.all.len() <= SENT && tokens.order.len() <= SENT);
    }
}
