//! Who looks at the board. That is told by the door through which a request came, never by what it
//! says of itself.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use commons_proto::id::Author;

use super::Board;
use super::fault::Fault;
use super::server::Door;

/// The cookie in which a guest's browser keeps whose key it has. It only tells what to show as the
/// guest's own: what is written is signed.
pub(super) const AUTHOR_COOKIE: &str = "commons-author";

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Viewer {
    /// Whoever sits at the node: writes with its key.
    Host {
        /// Who that is.
        author: Author,
    },
    /// Somebody with a browser elsewhere: writes with a key of their own, if at all.
    Guest {
        /// Whose key the browser says it has.
        author: Option<Author>,
    },
}

impl Viewer {
    /// Who it is, as far as that is known.
    pub(super) fn author(&self) -> Option<Author> {
        match self {
            Self::Host { author } => Some(*author),
            Self::Guest { author } => *author,
        }
    }

    /// Whether it is whoever sits at the node.
    pub(super) fn is_host(&self) -> bool {
        matches!(self, Self::Host { .. })
    }

    /// Refuses what is the host's alone.
    pub(super) fn only_host(&self) -> Result<(), Fault> {
        match self {
            Self::Host { .. } => Ok(()),
            Self::Guest { .. } => Err(Fault::forbidden("this is for whoever runs this node alone")
                .hint("run a node of your own to have it: commons start")),
        }
    }
}

impl FromRequestParts<Board> for Viewer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, board: &Board) -> Result<Self, Fault> {
        match parts.extensions.get::<Door>() {
            Some(Door::Own) => Ok(Self::Host { author: board.host() }),
            _ => Ok(Self::Guest { author: cookie(parts) }),
        }
    }
}

/// Whose key a guest's browser says it has.
fn cookie(parts: &Parts) -> Option<Author> {
    let cookies = parts.headers.get_all(header::COOKIE).iter();
    let pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().strip_prefix(AUTHOR_COOKIE));
    values.find_map(|value| value.strip_prefix('=')?.parse().ok())
}
