//! Why something cannot be written: a sentence each, and what is needed to say what to do about it,
//! which is another thing on a terminal than on a page.

use commons_proto::contribution::Refusal;
use commons_proto::id::Author;
use commons_proto::kind::Kind;
use commons_proto::policy::PolicyError;

use crate::find::FindError;
use crate::phrases::with_article;
use crate::store::StoreError;

/// Why something cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A value that cannot be; the sentence says what to write in its place.
    #[error("{0}")]
    Value(String),
    /// Nothing in a field that needs something.
    #[error("the {0} is empty")]
    Empty(String),
    /// One value for a field that holds several.
    #[error("{0} holds several values")]
    Several(String),
    /// A field that entries of this kind do not have.
    #[error("{} has no {field}", with_article(kind.name()))]
    NoField {
        /// The kind.
        kind: Kind,
        /// The field.
        field: String,
    },
    /// How long something takes that has no beginning.
    #[error("when it ends cannot be told from how long it takes")]
    NoStart,
    /// Something to be taken out of a set that is not in it.
    #[error("it has no {} “{typed}”", field.trim_end_matches('s'))]
    NoItem {
        /// The set.
        field: &'static str,
        /// What is not in it.
        typed: String,
        /// What is.
        has: Vec<String>,
    },
    /// It is not known what is meant.
    #[error(transparent)]
    Find(#[from] FindError),
    /// This program fails to put the entry together.
    #[error("this program fails to put the entry together, so it cannot change it")]
    Damaged {
        /// The entry's shortened id.
        short: String,
    },
    /// A kind of a newer commons.
    #[error("{0} is a kind of entry that only a newer commons can change")]
    Newer(String),
    /// The entry belongs to another author.
    #[error("{}", PolicyError::NotTheAuthor)]
    NotTheAuthor {
        /// The entry's kind.
        kind: Kind,
        /// Who owns it, for people.
        owner: String,
        /// Who asks.
        me: Author,
    },
    /// An erasure stands as it is.
    #[error("{}", PolicyError::Erasure)]
    Erasure,
    /// An erasure is not undone.
    #[error("an erasure cannot be undone")]
    UndoErasure,
    /// Others' words are to be taken back.
    #[error("nothing in {short} was written by you")]
    NothingOwn {
        /// The entry's shortened id.
        short: String,
    },
    /// A version of somebody else is to be taken back.
    #[error("the version {short} was written by {by}")]
    ByAnother {
        /// The version's shortened id.
        short: String,
        /// Who wrote it, for people.
        by: String,
    },
    /// Something is to be joined or left that has no team.
    #[error("{typed} is {}, not a project", with_article(kind.name()))]
    NotAProject {
        /// What was typed.
        typed: String,
        /// What it is.
        kind: Kind,
    },
    /// A value was chosen that the field does not hold.
    #[error("the {0} does not hold this value any more")]
    NotHeld(String),
    /// A draft that cannot be a contribution.
    #[error(transparent)]
    Draft(#[from] Refusal),
    /// The commons does not take it, for this reason.
    #[error("the commons does not take this: {0}")]
    NotTaken(&'static str),
    /// The database contradicts itself.
    #[error("the database did not take its own author's words: {0}")]
    NotKept(String),
    /// No random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

/// Something that is wrong with a field.
#[derive(Debug)]
pub struct Wrong {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub refused: Refused,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
