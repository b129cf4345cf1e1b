//! Contributions that come signed, from the browsers of guests or from a program. They are read,
//! admitted and verified as those of any stranger, whoever brings them.

use axum::Extension;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use commons_proto::cbor::NotCanonical;
use commons_proto::contribution::{Refusal, Verified, encode_contribution};
use commons_proto::replica::Outcome;
use commons_proto::wire::Unchecked;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::Json;
use super::super::fault::Fault;
use super::super::server::Door;
use super::reply::{Always, Reply, Writing};

pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new().routes(routes!(contributions)).layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// What is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignedContributions)]
struct Sent {
    /// The contributions, those before that others follow.
    #[schema(max_items = 32)]
    contributions: Vec<Signed>,
}

/// A contribution in its parts, in base64url without padding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignedContribution)]
struct Signed {
    /// The bytes of its header.
    header: String,
    /// The bytes of its payload.
    payload: String,
    /// The signature, by the author whom the header names.
    signature: String,
}

/// What became of all of them, in their order.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    /// One for each that was sent.
    contributions: Vec<Became>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
struct Became {
    /// Its id, if it could be read so far.
    #[schema(required)]
    id: Option<String>,
    /// The entry that it belongs to.
    #[schema(required)]
    entry: Option<String>,
    /// `new`, `known`, `waiting` (what it follows is not here: send it again later) or `refused`.
    outcome: &'static str,
    /// A stable word for why it was not taken.
    #[schema(required)]
    reason: Option<&'static str>,
    /// The same for people.
    #[schema(required)]
    message: Option<String>,
}

/// Take in what was signed elsewhere
///
/// At most 32 contributions at once, as a guest's browser signs them, or any program that has a key. Each
/// is verified as what a peer sends, whoever brings it.
#[utoipa::path(post, path = "/contributions", tag = "writing", request_body = Sent,
    security(("token" = []), ()),
    responses((status = 200, description = "What became of each.", body = Taken), Always, Writing))]
async fn contributions(
    State(board): State<Board>,
    Extension(door): Extension<Door>,
    Json(sent): Json<Sent>,
) -> Result<Reply<Taken>, Fault> {
    if sent.contributions.len() > AT_ONCE {
        return Err(Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many",
            format!("at most {AT_ONCE} contributions are taken at once"),
        ));
    }
    let here = board.clone();
    let verify = move || -> Vec<Result<Verified, Refusal>> {
        let check = |signed: &Signed| here.guests().check(&Unchecked::new(signed.bytes()?)?);
        sent.contributions.iter().map(check).collect()
    };
    let checked = tokio::task::spawn_blocking(verify).await.map_err(|error| {
        tracing::error!(%error, "contributions could not be verified");
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "panic", "these could not be verified")
    })?;
    let batch: Vec<Verified> = checked.iter().flatten().cloned().collect();
    let mut outcomes = board.node().write(batch).await?.into_iter();
    let became = checked.into_iter().map(|checked| match checked {
        Ok(verified) => {
            let outcome = outcomes.next().unwrap_or(Outcome::Unstored);
            if door == Door::Guests && matches!(outcome, Outcome::New { .. }) {
                board.guests().note(verified.header().author);
            }
            Became::of(&verified, &outcome)
        }
        Err(refusal) => Became::refused(None, refusal.code(), refusal.to_string()),
    });
    Ok(Reply(Taken { contributions: became.collect() }))
}

impl Signed {
    /// The bytes of the contribution, as a peer would send them.
    fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        let read = |text: &str| {
            BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| {
                let what = "contribution in base64url";
                Refusal::NotCanonical(NotCanonical { what })
            })
        };
        let signature = read(&self.signature)?.try_into().map_err(|_| Refusal::Signature)?;
        Ok(encode_contribution(&read(&self.header)?, &signature, Some(&read(&self.payload)?)))
    }
}

impl Became {
    fn of(verified: &Verified, outcome: &Outcome) -> Self {
        let became = Self {
            id: Some(verified.id().to_string()),
            entry: Some(verified.entry().to_string()),
            outcome: "new",
            reason: None,
            message: None,
        };
        match outcome {
            Outcome::New { .. } => became,
            Outcome::Known => Self { outcome: "known", ..became },
            Outcome::MissingParents(_) => Self {
                outcome: "waiting",
                reason: Some("missing-parents"),
                message: Some("what it follows is not here yet".to_owned()),
                ..became
            },
            Outcome::ErasedWithoutErasure => {
                Self::refused(Some(became), "erased", "it came without its words".to_owned())
            }
            Outcome::Refused(reason) => Self::refused(
                Some(became),
                reason,
                format!("the commons does not take it: {reason}"),
            ),
            Outcome::Unstored => Self::refused(
                Some(became),
                "unstored",
                "the node cannot write just now: try again in a moment".to_owned(),
            ),
        }
    }

    fn refused(known: Option<Self>, reason: &'static str, message: String) -> Self {
        let (id, entry) = known.map(|known| (known.id, known.entry)).unwrap_or_default();
        Self { id, entry, outcome: "refused", reason: Some(reason), message: Some(message) }
    }
}

/// Contributions at once at most: one form makes a few.
const AT_ONCE: usize = 32;

/// Bytes of a request at most: a few contributions of 64 KiB in base64, or many of the usual few
/// hundred bytes.
const BODY_BYTES: usize = 512 * 1024;
