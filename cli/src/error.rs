//! What goes wrong, told so that it can be put right: a kind, which is the exit code; a sentence;
//! what lies beneath it; and what to do. [`CliError::report`] is the one place that prints it. What is
//! said of things that cannot be found or written is in `error/refused.rs`.

mod refused;

use anstyle::Style;
use commons_node::backup::BackupError;
use commons_node::digest::Unclear;
use commons_node::driver::NodeError;
use commons_node::home::{API_TOKEN, HomeError, NODE_KEY};
use commons_node::query::QueryError;
use commons_node::store::StoreError;
use commons_proto::contribution::Refusal;
use commons_proto::kind::Kind;
use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::output::{FAINT, WRONG, escape, say, styled};

/// What kind of failure it is. The numbers are the exit codes, and they are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Nobody reads the output any more, as in `commons list | head -1`: no failure.
    NobodyReads = 0,
    /// Anything without a number of its own.
    Other = 1,
    /// Wrong arguments. The parser of arguments uses the same number.
    Usage = 2,
    /// No entry or version has this id.
    UnknownId = 3,
    /// The shortened id fits several.
    Ambiguous = 4,
    /// The key file is missing or unsafe, or the home is.
    Key = 5,
    /// Another node runs on this home.
    NodeRuns = 6,
    /// The store cannot be used now: locked, full disk, read-only.
    Busy = 7,
    /// The database is damaged.
    Damaged = 8,
    /// The database was made by a newer commons.
    Newer = 9,
    /// It belongs to another author.
    NotAllowed = 10,
    /// The node cannot listen.
    Network = 11,
    /// `verify` or `doctor` found something wrong.
    Unsound = 12,
    /// A question was not answered with yes.
    Unanswered = 13,
}

/// The exit codes as the long help tells them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
   0  fine
   1  anything that has no number below
   2  wrong arguments
   3  no entry or version has this id
   4  the shortened id or name fits several
   5  the key file is missing, damaged, or open to others, or its directory is
   6  another node runs on this home
   7  the store cannot be used now: locked, disk full, or read-only
   8  the database is damaged
   9  the database was made by a newer commons
  10  not allowed: it belongs to another author, is in the way of a backup, or the backup has another
      passphrase
  11  the node cannot listen on the network
  12  verify or doctor found something wrong
  13  a question was not answered with yes";

/// A failure of a verb.
#[derive(Debug)]
pub(crate) struct CliError {
    kind: ErrorKind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl CliError {
    /// A failure in a sentence without a capital or a full stop.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// What a part beneath says, as it says it.
    fn wrapping(kind: ErrorKind, error: &dyn Error) -> Self {
        let mut wrapped = Self::new(kind, error.to_string());
        if let Some(cause) = error.source() {
            // Some parts put their cause into their own sentence, too.
            if !wrapped.message.contains(&cause.to_string()) {
                wrapped = wrapped.because(cause);
            }
        }
        wrapped
    }

    /// Arguments that cannot be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Adds what lies beneath, with all that lies beneath that.
    pub(crate) fn because(mut self, cause: &dyn Error) -> Self {
        self.causes.push(cause.to_string());
        let mut beneath = cause.source();
        while let Some(cause) = beneath {
            self.causes.push(cause.to_string());
            beneath = cause.source();
        }
        self
    }

    /// Adds what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Tells it on stderr and gives the exit code. All of it is escaped: names and titles of
    /// strangers are in it.
    pub(crate) fn report(&self) -> ExitCode {
        if self.kind != ErrorKind::NobodyReads {
            say(format!("{} {}", styled("error:", WRONG), escape::line(&self.message)));
            for cause in &self.causes {
                say(format!("  {} {}", styled("because:", FAINT), escape::line(cause)));
            }
            for hint in &self.hints {
                say(format!("{} {}", styled("hint:", HINT), escape::block(hint)));
            }
        }
        ExitCode::from(self.kind as u8)
    }

    /// The same with another sentence before, of which the old one is the cause.
    pub(crate) fn of(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, cause);
        self
    }

    /// The sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Which kind it is.
    pub(crate) fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// What the store says, with what to do about it.
impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let (kind, hint) = match &error {
            StoreError::Locked(_) => {
                (ErrorKind::Busy, "try again in a moment, or stop the program that holds it")
            }
            StoreError::Full(_) => {
                (ErrorKind::Busy, "make some room and try again; nothing was written")
            }
            StoreError::ReadOnly(_) => {
                (ErrorKind::Busy, "make it writable for you, or name another place with --home")
            }
            StoreError::CannotOpen { .. } => {
                (ErrorKind::Busy, "see that the file and its directory are yours to read and write")
            }
            StoreError::Damaged { .. } | StoreError::DamagedRow { .. } => (
                ErrorKind::Damaged,
                "move the file away and run commons start: your peers give back what they hold; \
                 keep the file for what only you have",
            ),
            StoreError::Unshown { .. } => (
                ErrorKind::Damaged,
                "what was written is sound, and commons history shows it; a later commons may be \
                 able to",
            ),
            StoreError::NewerFormat { .. } => {
                (ErrorKind::Newer, "use the newer commons that made it, or another --home")
            }
            StoreError::AnotherCommons(_) => (
                ErrorKind::Other,
                "give the passphrase that it was made with, or use another --home for the other \
                 commons",
            ),
            StoreError::Missing(_) | StoreError::Sqlite { .. } => {
                (ErrorKind::Other, "commons verify checks the database")
            }
        };
        Self::wrapping(kind, &error).hint(hint)
    }
}

/// What the home directory says, with what to do about it.
impl From<HomeError> for CliError {
    fn from(error: HomeError) -> Self {
        let error = match error {
            HomeError::Store(error) => return error.into(),
            error => error,
        };
        let wrapped = |kind| Self::wrapping(kind, &error);
        match &error {
            HomeError::Store(_) => wrapped(ErrorKind::Other),
            HomeError::Unknown => wrapped(ErrorKind::Usage).hint("or name it with --home DIR"),
            HomeError::KeyMissing(path) => wrapped(ErrorKind::Key).hint(format!(
                "put the copy that you kept at {}; to begin as somebody new, use another --home",
                path.display()
            )),
            HomeError::KeyUnsafe { path, .. } => wrapped(ErrorKind::Key)
                .hint(format!("take the permission away: chmod 600 {}", path.display())),
            HomeError::KeyDamaged(path)
                if path.ends_with(NODE_KEY) || path.ends_with(API_TOKEN) =>
            {
                wrapped(ErrorKind::Key)
                    .hint("nothing depends on it: move it away, and another is made")
            }
            HomeError::KeyDamaged(path) => wrapped(ErrorKind::Key)
                .hint(format!("put the copy that you kept at {}", path.display())),
            HomeError::KeyUnreadable { path, .. } => wrapped(ErrorKind::Key)
                .hint(format!("see that it and its directory are yours: {}", path.display())),
            HomeError::TooLong(_) => {
                wrapped(ErrorKind::Usage).hint("name another directory with --home")
            }
            HomeError::Unsafe { path, .. } => wrapped(ErrorKind::Key)
                .hint(format!("take the permission away: chmod 700 {}", path.display())),
            HomeError::Running { .. } => wrapped(ErrorKind::NodeRuns)
                .hint("stop it first, or name another directory with --home"),
            HomeError::Name(_) => {
                wrapped(ErrorKind::Usage).hint("give another name with --commons")
            }
            HomeError::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    wrapped(ErrorKind::Busy).hint("make some room and try again")
                }
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    wrapped(ErrorKind::Busy).hint("name another directory with --home")
                }
                _ => wrapped(ErrorKind::Other).hint("or name another directory with --home"),
            },
        }
    }
}

/// What a backup says, with what to do about it.
impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        let error = match error {
            BackupError::Store(error) => return error.into(),
            BackupError::Home(error) => return error.into(),
            error => error,
        };
        let (kind, hint) = match &error {
            BackupError::Other => (
                ErrorKind::Usage,
                "name a file that commons backup wrote; commons import takes in bundles",
            ),
            BackupError::NotByPassphrase => (
                ErrorKind::Usage,
                "open it with the age tool first: age -d FILE > plain.tar, and restore that",
            ),
            BackupError::WrongPassphrase => {
                (ErrorKind::NotAllowed, "try again; capital letters and blanks count")
            }
            BackupError::TooMuchWork(_) => (
                ErrorKind::Usage,
                "if you trust it, open it with the age tool: age -d FILE > plain.tar",
            ),
            BackupError::Damaged(_) => (
                ErrorKind::Damaged,
                "copy it again from where it was made, or take another; nothing was restored",
            ),
            BackupError::Newer { .. } => (ErrorKind::Newer, "use the newer commons that made it"),
            BackupError::Taken(_) => (
                ErrorKind::NotAllowed,
                "nothing is written over: name a new directory with --home, or move it away",
            ),
            BackupError::AnotherKey { .. } => {
                (ErrorKind::Key, "name a new directory with --home: a home belongs to one author")
            }
            BackupError::Nothing(_) => {
                (ErrorKind::Usage, "name the right --commons or --home, or take --all")
            }
            BackupError::NoKey(_) => (ErrorKind::Key, "leave --with-key out"),
            BackupError::Io { source, .. } => (
                ErrorKind::Busy,
                match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "make some room and try again; nothing was changed"
                    }
                    _ => "see that the files and directories are there and yours",
                },
            ),
            BackupError::Store(_) | BackupError::Home(_) => (ErrorKind::Other, "try again"),
        };
        Self::new(kind, error.to_string()).hint(hint)
    }
}

/// What the node says when it does not start.
impl From<NodeError> for CliError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Home(error) => error.into(),
            NodeError::Store(error) => error.into(),
            NodeError::Network(error) => Self::wrapping(ErrorKind::Network, &error)
                .hint("choose another address with --listen, such as /ip4/0.0.0.0/tcp/0"),
            NodeError::Stopped => {
                Self::wrapping(ErrorKind::Other, &error).hint("commons start -v tells more")
            }
        }
    }
}

/// A draft that cannot be a contribution.
impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::TooLarge { bytes, limit, .. } => Self::usage(format!(
                "this is too long for one contribution: {bytes} bytes, and {limit} fit"
            ))
            .hint("shorten it, or put the text somewhere and link it with --link"),
            Refusal::TooManyEdits => {
                Self::usage("these are too many changes at once").hint("make them in several steps")
            }
            _ => Self::new(ErrorKind::Other, "this cannot be a contribution").because(&refusal),
        }
    }
}

/// A query that is not understood.
impl From<QueryError> for CliError {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::Store(error) => error.into(),
            QueryError::Time(_) => Self::usage(message),
            QueryError::Kind(_) => {
                let names: Vec<&str> = Kind::KNOWN.iter().map(Kind::name).collect();
                Self::usage(message).hint(format!("the kinds are {}", names.join(", ")))
            }
            QueryError::Author(_) | QueryError::NotMe => Self::new(ErrorKind::UnknownId, message)
                .hint(
                    "give a name, the beginning of a key as commons show prints it, or a did:key",
                ),
            _ => Self::usage(message).hint(
                "a query is of words, \"some words\", tag:T, kind:K, by:A, status:S, since:WHEN, \
                 until:WHEN, is:followed; a - before one means without it",
            ),
        }
    }
}

/// Writing to the standard output failed.
impl From<Unclear> for CliError {
    fn from(unclear: Unclear) -> Self {
        let hint = match &unclear {
            Unclear::Tag(_) => {
                Some("a tag is a word, such as hygiene; commons tags lists those that are here")
            }
            Unclear::Time(_) => None,
            Unclear::Backwards { .. } => Some("give --since an earlier time than --until"),
        };
        let error = Self::usage(unclear.to_string());
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(ErrorKind::NobodyReads, "nobody reads this"),
            io::ErrorKind::StorageFull => {
                Self::new(ErrorKind::Busy, "the output cannot be written: the disk is full")
            }
            _ => Self::new(ErrorKind::Other, "the output cannot be written").because(&error),
        }
    }
}

const HINT: Style = anstyle::AnsiColor::Cyan.on_default();
