//! What goes into a [`Replica`](super::Replica) and what comes out: plain data, no behaviour.

use std::fmt;
use std::ops::Add;

use crate::contribution::{Refusal, Verified};
use crate::id::ContributionId;
use crate::wire::{Message, Unchecked};

/// A connected node, by the 32 bytes that the network names it with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub [u8; 32]);

impl fmt::Debug for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// A time: milliseconds since an arbitrary origin, never going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub u64);

impl Add<u64> for Moment {
    type Output = Self;

    /// So many milliseconds later.
    fn add(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// How urgent a check or an acceptance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Somebody wrote just now: goes before anything in the other lane.
    Live,
    /// Catching up.
    Bulk,
}

/// Which [`Output::Check`] or [`Output::Accept`] an answer belongs to. The driver gives it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// How urgent it is.
    pub lane: Lane,
    /// Its number.
    pub ticket: u64,
}

/// What the store made of a verified contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log, at this position.
    New {
        /// The position.
        seq: u64,
    },
    /// It was there before.
    Known,
    /// These parents (or the genesis) are not held, nor earlier in the batch.
    MissingParents(Vec<ContributionId>),
    /// It came without its words, and no erasure that takes them back is held.
    ErasedWithoutErasure,
    /// It can never be accepted: a stable code that says why.
    Refused(&'static str),
    /// The store could not write now (a full disk, a lock): it will be asked for again.
    Unstored,
}

/// A contribution that the log's tail showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Its position in the log.
    pub seq: u64,
    /// Which one.
    pub id: ContributionId,
    /// Whether it was written here, not received from a peer.
    pub local: bool,
}

/// What gossip does with a message: forward it, punish its sender, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Good: forward it.
    Accept,
    /// Bad: its sender should have checked.
    Reject,
    /// Neither.
    Ignore,
}

/// What a peer did that it should not have done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A frame that is no message.
    #[error("sent a frame that is no message")]
    Garbage,
    /// A contribution that does not verify.
    #[error("sent a contribution that does not verify: {0}")]
    BadContribution(Refusal),
    /// An answer, or a contribution, that nobody asked for.
    #[error("sent what was not asked for")]
    NotAsked,
    /// It said that it holds a contribution, and then that it does not.
    #[error("offered a contribution that it does not hold")]
    BrokenPromise,
    /// An answer that no set of contributions can give.
    #[error("described a set that cannot be")]
    Impossible,
    /// More requests at once than any honest node sends.
    #[error("asked for too much at once")]
    TooMuch,
    /// It came back before the time for which it is refused was over.
    #[error("is refused for a while")]
    Refused,
    /// Again and again no answer.
    #[error("does not answer")]
    Stalled,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A peer of this commons is ready to exchange messages.
    Connected {
        /// Who.
        peer: Peer,
        /// Whether this node dialled: the dialler compares first.
        dialer: bool,
    },
    /// A peer is gone.
    Disconnected {
        /// Who.
        peer: Peer,
    },
    /// A peer sent a message.
    Message {
        /// Who.
        peer: Peer,
        /// What.
        message: Message,
    },
    /// A peer sent a frame that is no message, or gossip that is no contribution.
    Garbage {
        /// Who.
        peer: Peer,
    },
    /// Gossip brought a contribution. Each one gets an [`Output::Verdict`].
    Gossip {
        /// Who passed it on.
        peer: Peer,
        /// How the network knows this message.
        token: u64,
        /// The contribution.
        contribution: Unchecked,
    },
    /// Gossip announced a contribution that is too large for it. Gets an [`Output::Verdict`], too.
    GossipId {
        /// Who passed it on.
        peer: Peer,
        /// How the network knows this message.
        token: u64,
        /// Which contribution.
        id: ContributionId,
    },
    /// The answer to an [`Output::Check`], one verdict for each contribution.
    Checked {
        /// Whose contributions they are.
        peer: Peer,
        /// As in the output.
        origin: Origin,
        /// Each contribution, or why it is refused.
        verdicts: Vec<Result<Verified, (ContributionId, Refusal)>>,
    },
    /// The answer to an [`Output::Accept`], one outcome for each contribution.
    Accepted {
        /// As in the output.
        origin: Origin,
        /// Each contribution, and what the store made of it.
        outcomes: Vec<(Verified, Outcome)>,
    },
    /// The log grew, by whatever hand.
    Committed {
        /// The new rows, in the order of the log.
        items: Vec<Committed>,
    },
    /// These are no longer held: they were found damaged on this disk.
    Lost {
        /// Which ones.
        ids: Vec<ContributionId>,
    },
    /// An [`Output::Serve`] was carried out: its frames are on their way, or the peer is gone.
    Served {
        /// Who was served.
        peer: Peer,
    },
    /// The time of [`Replica::deadline`](super::Replica::deadline) has come.
    Tick,
    /// The machine slept: what peers were asked for before is stale.
    Woke,
}

/// What the driver is to do.
#[derive(Debug)]
pub enum Output {
    /// Send a message.
    Send {
        /// To whom.
        peer: Peer,
        /// What.
        message: Message,
    },
    /// Read these contributions from the log and send them, in the order of the log, with
    /// [`crate::wire::deliveries`]; then say [`Input::Served`].
    Serve {
        /// To whom.
        peer: Peer,
        /// Which ones; all are held.
        ids: Vec<ContributionId>,
    },
    /// Check these contributions, on all cores ([`Unchecked::check`]); answer
    /// [`Input::Checked`], always.
    Check {
        /// Who sent them.
        peer: Peer,
        /// For the answer.
        origin: Origin,
        /// What to check.
        contributions: Vec<Unchecked>,
    },
    /// Give this batch to the store, in one transaction and in the order of these outputs within
    /// a lane; answer [`Input::Accepted`], always.
    Accept {
        /// For the answer.
        origin: Origin,
        /// What to accept.
        batch: Vec<Verified>,
    },
    /// Publish these contributions by gossip.
    Publish {
        /// Which ones; all are in the log.
        ids: Vec<ContributionId>,
    },
    /// Tell gossip what to do with a message.
    Verdict {
        /// Which message.
        token: u64,
        /// What to do.
        verdict: Verdict,
    },
    /// Disconnect a peer, and refuse it for a while.
    Blame {
        /// Whom.
        peer: Peer,
        /// What it did.
        fault: Fault,
        /// For how long, in milliseconds.
        refuse_for: u64,
    },
    /// Everything up to this position of the log is known to be held by another node: keep that.
    Elsewhere {
        /// The position.
        seq: u64,
    },
    /// This peer and this node hold the same set, after they did not or had just met.
    InSync {
        /// Who.
        peer: Peer,
    },
}
