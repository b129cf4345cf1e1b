//! What the host takes back: erasing, forgetting, undoing.

use axum::extract::State;
use axum::http::StatusCode;
use commons_proto::kind::Kind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::{Json, Path, Query};
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::super::write;
use super::reply::{Always, Naming, Reply, Writing};
use super::writing::write_one;
use crate::compose::erase::{Taken, TakenEntry};
use crate::compose::undo::{self, Undo};
use crate::compose::{post, team};
use crate::find;
use crate::json::{Erased, Written};

/// The routes that no other module has beside reading ones.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new().routes(routes!(forget_me)).routes(routes!(undo))
}

/// How something is to be erased.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Erasing {
    /// Tell what would go and what would stay, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Whether something that cannot be undone is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    /// It is meant.
    #[serde(default)]
    confirm: bool,
}

/// What was erased, or what would be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasure {
    /// Whether it was only told what would be.
    dry_run: bool,
    /// The entries of which something goes.
    entries: Vec<Going>,
    /// What whoever erases should know.
    warning: String,
    /// The erasures that were written, and on how many peers they are confirmed at this moment.
    #[serde(flatten)]
    erased: Erased,
}

/// An entry of which something goes.
#[derive(Debug, Serialize, ToSchema)]
struct Going {
    /// The shortest prefix of its id that is unique here.
    short: String,
    /// What kind of entry it is.
    kind: String,
    /// What it is called.
    title: String,
    /// How many versions of the host's go.
    goes: usize,
    /// How many versions of others stay.
    stays: usize,
}

/// What undoing came to.
#[derive(Debug, Serialize, ToSchema)]
struct Undone {
    /// What was done.
    what: UndoneWhat,
    /// The entry that it was about; null if the host has written nothing.
    #[schema(required)]
    entry: Option<String>,
    /// The version that takes the change back.
    #[schema(required)]
    written: Option<Written>,
    /// What was erased, if the last thing was to begin the entry.
    #[schema(required)]
    erased: Option<Erasure>,
}

/// What undoing came to, in a word.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum UndoneWhat {
    /// Nothing: there is nothing left to undo.
    Nothing,
    /// A change was taken back by a further version.
    Changed,
    /// The entry that was begun last was erased.
    Erased,
}

/// Erase what the host wrote in an entry, or a single version
///
/// The words are dropped at once, and by every node that hears of it; what others wrote stays. It cannot be
/// undone.
#[utoipa::path(delete, path = "/entries/{id}", tag = "writing", security(("token" = [])),
    params(("id" = String, Path, description = "The id of an entry or of a version, or the beginning of it."), Erasing),
    responses((status = 200, description = "It is erased; or what would be.", body = Erasure),
        Always, Naming, Writing))]
pub(super) async fn erase(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(erasing): Query<Erasing>,
) -> Result<Reply<Erasure>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let taken = board.read(move |store| {
        let mut taken = Taken::default();
        taken.add(store, &id, &me)?;
        Ok(taken)
    });
    erase_all(&board, &taken.await?, erasing.dry_run).await.map(Reply)
}

/// Take the host's endorsement of an entry back
#[utoipa::path(delete, path = "/entries/{id}/endorsements", tag = "writing", security(("token" = [])),
    params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 200, description = "It is taken back, or there was none.", body = Erasure),
        Always, Naming, Writing))]
pub(super) async fn take_endorsement_back(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Reply<Erasure>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let taken = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        let mut taken = Taken::default();
        for endorsement in post::own(store, &entry, &Kind::Endorsement, &me)? {
            taken.add_entry(store, &endorsement.id, &me)?;
        }
        Ok(taken)
    });
    erase_all(&board, &taken.await?, false).await.map(Reply)
}

/// Leave the team of a project
#[utoipa::path(delete, path = "/entries/{id}/memberships", tag = "writing", security(("token" = [])),
    params(("id" = String, Path, description = "A project's id.")),
    responses((status = 200, description = "The host is not in the team.", body = Erasure),
        Always, Naming, Writing))]
pub(super) async fn leave(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Reply<Erasure>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let taken = board.read(move |store| {
        let project = team::project(store, &id)?;
        Ok(team::leave(store, &project.id, &me)?)
    });
    erase_all(&board, &taken.await?, false).await.map(Reply)
}

/// Erase everything that the host wrote in this commons
///
/// What others wrote stays. It cannot be undone, so it has to be confirmed.
#[utoipa::path(post, path = "/forget-me", tag = "writing", request_body = Confirm, security(("token" = [])),
    params(Erasing),
    responses((status = 200, description = "It is erased; or what would be.", body = Erasure),
        Always, Naming, Writing))]
async fn forget_me(
    State(board): State<Board>,
    viewer: Viewer,
    Query(erasing): Query<Erasing>,
    Json(confirm): Json<Confirm>,
) -> Result<Reply<Erasure>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let taken = board.read(move |store| Ok(Taken::all(store, &me)?)).await?;
    if !erasing.dry_run && !confirm.confirm {
        return Err(unconfirmed(&taken));
    }
    erase_all(&board, &taken, erasing.dry_run).await.map(Reply)
}

/// Undo the last thing that the host did
///
/// A change is taken back by a further version. An entry that was begun is erased, which has to be confirmed.
#[utoipa::path(post, path = "/undo", tag = "writing", request_body = Confirm, security(("token" = [])),
    responses((status = 200, description = "What became of it.", body = Undone), Always, Naming, Writing))]
async fn undo(
    State(board): State<Board>,
    viewer: Viewer,
    Json(confirm): Json<Confirm>,
) -> Result<Reply<Undone>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let nothing = |entry: Option<String>| Undone {
        what: UndoneWhat::Nothing,
        entry,
        written: None,
        erased: None,
    };
    let undone = match board.read(move |store| Ok(undo::undo(store, &me)?)).await? {
        Undo::Nothing => nothing(None),
        Undo::Erased(summary) | Undo::Overtaken(summary) => nothing(Some(summary.id.to_string())),
        Undo::Added(summary, taken) => {
            if !confirm.confirm {
                return Err(unconfirmed(&taken));
            }
            let erased = Some(erase_all(&board, &taken, false).await?);
            let entry = Some(summary.id.to_string());
            Undone { what: UndoneWhat::Erased, entry, written: None, erased }
        }
        Undo::Changed { summary, draft, .. } => {
            let entry = Some(summary.id.to_string());
            // What comes back was there before.
            let written = Some(write_one(&board, draft, true).await?);
            Undone { what: UndoneWhat::Changed, entry, written, erased: None }
        }
    };
    Ok(Reply(undone))
}

fn unconfirmed(taken: &Taken) -> Fault {
    Fault::new(StatusCode::CONFLICT, "unconfirmed", taken.warning().trim_end_matches('.'))
        .hint("to do it: \"confirm\": true")
}

/// Erases what is taken back, and tells what it was.
async fn erase_all(board: &Board, taken: &Taken, dry_run: bool) -> Result<Erasure, Fault> {
    let erasures = match dry_run {
        true => Vec::new(),
        false => write::sign(board, taken.drafts()).await?,
    };
    let node = board.node().status().await?;
    Ok(Erasure {
        dry_run,
        entries: taken.entries().map(Going::from).collect(),
        warning: taken.warning(),
        erased: Erased {
            erasures: erasures.iter().map(|erasure| erasure.id().to_string()).collect(),
            erased: taken.ids().map(|id| id.to_string()).collect(),
            peers: node.connected,
            confirmed: node.in_sync,
        },
    })
}

impl From<&TakenEntry> for Going {
    fn from(entry: &TakenEntry) -> Self {
        Self {
            short: entry.short.clone(),
            kind: entry.kind.name().to_owned(),
            title: entry.title.clone(),
            goes: entry.records.len(),
            stays: entry.others,
        }
    }
}
