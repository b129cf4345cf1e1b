//! What peers say to each other on the sync stream: one long-lived stream per direction, frames of
//! one DAG-CBOR [`Message`] each, preceded by its length as four bytes, big-endian. What is here is
//! the messages, their bounds and their bytes; who says what when is in [`crate::replica`].

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteBuf, Bytes};
use sha2::{Digest, Sha256};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::author::{AdmittedAuthor, AuthorError};
use crate::cbor::{self, NotCanonical};
use crate::contribution::{Contribution, Refusal, Verified};
use crate::id::{Author, CommonsId, ContributionId, TreeHash};
use crate::limits::CONTRIBUTION_BYTES;
use crate::tree::{CHILDREN, LEAF_IDS, Prefix};

/// Bytes of a frame: room for the longest answer to a [`Message::Compare`], 16 nodes of 1,024 ids.
pub const FRAME_BYTES: usize = 1024 * 1024;

/// Bytes of contributions that [`deliveries`] puts into one frame: a few hundred of usual size, so
/// that the receiver checks the first while the next ones travel.
pub const DELIVERY_BYTES: usize = 128 * 1024;

/// Nodes in one [`Message::Compare`]: with [`LISTED_IDS`] it bounds the answer to a frame.
pub const COMPARED_NODES: usize = 16;

/// Ids that an answer lists of one subtree: at 100,000 contributions those two levels down, so that
/// a newcomer learns all ids in 18 requests.
pub const LISTED_IDS: usize = 1024;

/// Ids in one offer or one list of missing ones: 128 KiB.
pub const IDS: usize = 4096;

/// Ids in one want: the answerer holds so many contributions in memory at once.
pub const WANTED_IDS: usize = 256;

/// Contributions in one frame: the smallest has some 200 bytes.
pub const DELIVERED: usize = 8192;

/// What peers say to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// What the sender holds: told when two nodes meet and after each change.
    Status {
        /// The root of its tree of ids.
        root: TreeHash,
        /// How many contributions.
        count: u64,
    },
    /// Asks what the receiver holds otherwise than the sender in these subtrees, at most
    /// [`COMPARED_NODES`] in all.
    Compare {
        /// The number that the answer repeats.
        ask: u64,
        /// For [`short`]; a fresh one in each walk.
        salt: u64,
        /// Subtrees of which the sender holds more than [`LEAF_IDS`] ids, with their hashes.
        #[serde(deserialize_with = "bounded::<_, _, COMPARED_NODES>")]
        hashes: Vec<(Prefix, TreeHash)>,
        /// Subtrees of which it holds at most that many, with the ids in short, in their order.
        #[serde(deserialize_with = "bounded::<_, _, COMPARED_NODES>")]
        held: Vec<(Prefix, Shorts)>,
    },
    /// The answer to a [`Message::Compare`]. A subtree that is not mentioned is the same.
    Differences {
        /// The number of the question.
        ask: u64,
        /// The hashes of the children of what was asked by hash, or is too large to list.
        #[serde(deserialize_with = "bounded::<_, _, COMPARED_NODES>")]
        children: Vec<(Prefix, Children)>,
        /// What differs in what was asked by ids.
        #[serde(deserialize_with = "bounded::<_, _, COMPARED_NODES>")]
        beyond: Vec<Beyond>,
    },
    /// The sender holds these, and the receiver seems not to; in the order of the sender's log.
    Offer {
        /// Which ones.
        ids: Ids,
        /// Whether there are more than an offer can tell: the receiver had better compare.
        more: bool,
    },
    /// Asks for these contributions.
    Want {
        /// Which ones.
        ids: Ids,
    },
    /// Contributions that were asked for, in the order of the sender's log, each as its bytes.
    Contributions {
        /// The bytes of each.
        #[serde(deserialize_with = "bounded::<_, _, DELIVERED>")]
        items: Vec<ByteBuf>,
    },
    /// Of what was asked for, the sender does not hold these.
    Missing {
        /// Which ones.
        ids: Ids,
    },
}

/// What the answerer holds in a subtree beyond what the asker told, and what it lacks of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beyond(
    /// The subtree.
    pub Prefix,
    /// What the answerer holds and the asker does not, at most [`LISTED_IDS`].
    pub Ids,
    /// Where each of them is in the answerer's log, which is causal.
    #[serde(deserialize_with = "bounded::<_, _, LISTED_IDS>")]
    pub Vec<u64>,
    /// What the answerer lacks: places in the asker's list, rising.
    #[serde(deserialize_with = "bounded::<_, _, LEAF_IDS>")]
    pub Vec<u64>,
);

/// Ids, on the wire as one byte string of 32 bytes each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ids(pub Vec<ContributionId>);

/// Ids in short (see [`short`]), on the wire as one byte string of 8 bytes each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shorts(pub Vec<u64>);

/// The hashes of the 16 children of a node, on the wire as one byte string of 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Children(pub Box<[TreeHash; CHILDREN]>);

/// An id in short for one walk: the first eight bytes, big-endian, of SHA-256 over the salt (eight
/// bytes, big-endian) and the id. Nobody can prepare two ids that look the same, as nobody knows
/// the salt before.
pub fn short(salt: u64, id: &ContributionId) -> u64 {
    let digest = Sha256::new().chain_update(salt.to_be_bytes()).chain_update(id.0).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

impl Message {
    /// The bytes of the frame, without its length.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the frame of a stranger.
    pub fn decode(frame: &[u8]) -> Result<Self, NotCanonical> {
        let refused = NotCanonical { what: "message" };
        if frame.len() > FRAME_BYTES {
            return Err(refused);
        }
        let message: Self = cbor::decode(frame, "message")?;
        if message.is_within_bounds() { Ok(message) } else { Err(refused) }
    }

    fn is_within_bounds(&self) -> bool {
        match self {
            Self::Status { .. } | Self::Contributions { .. } => true,
            Self::Compare { hashes, held, .. } => {
                (1..=COMPARED_NODES).contains(&(hashes.len() + held.len()))
                    && held.iter().all(|(_, shorts)| shorts.0.len() <= LEAF_IDS)
            }
            Self::Differences { children, beyond, .. } => {
                children.len() + beyond.len() <= COMPARED_NODES
                    && beyond.iter().all(|Beyond(_, ids, positions, lacks)| {
                        ids.0.len() == positions.len() && lacks.is_sorted_by(|one, next| one < next)
                    })
            }
            Self::Want { ids } => ids.0.len() <= WANTED_IDS,
            Self::Offer { ids, .. } | Self::Missing { ids } => ids.0.len() <= IDS,
        }
    }
}

/// Puts encoded contributions into messages of a good size, in their order.
pub fn deliveries(contributions: Vec<Vec<u8>>) -> Vec<Message> {
    let mut messages = Vec::new();
    let (mut items, mut bytes) = (Vec::new(), 0);
    for contribution in contributions {
        if bytes + contribution.len() > DELIVERY_BYTES && !items.is_empty() {
            messages.push(Message::Contributions { items: std::mem::take(&mut items) });
            bytes = 0;
        }
        bytes += contribution.len();
        items.push(ByteBuf::from(contribution));
    }
    if !items.is_empty() {
        messages.push(Message::Contributions { items });
    }
    messages
}

/// A contribution as a peer sent it: only its id was worked out, from where its header must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    id: ContributionId,
    bytes: Arc<[u8]>,
}

impl Unchecked {
    /// Finds the header in the bytes of a contribution, and takes its hash.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Refusal> {
        let not_canonical = Refusal::NotCanonical(NotCanonical { what: "contribution" });
        if bytes.len() > CONTRIBUTION_BYTES {
            return Err(Refusal::TooLarge {
                what: "contribution",
                bytes: bytes.len(),
                limit: CONTRIBUTION_BYTES,
            });
        }
        let header = header_of(&bytes).ok_or(not_canonical)?;
        let id = ContributionId(Sha256::digest(header).into());
        Ok(Self { id, bytes: bytes.into() })
    }

    /// SHA-256 of the header's bytes.
    pub fn id(&self) -> ContributionId {
        self.id
    }

    /// The bytes, as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Decodes and verifies. `admit` admits the author's key, or remembers that it did.
    pub fn check(
        &self,
        commons: &CommonsId,
        admit: impl FnOnce(&Author) -> Result<AdmittedAuthor, AuthorError>,
    ) -> Result<Verified, Refusal> {
        let contribution = Contribution::decode(&self.bytes)?;
        let author = admit(&contribution.header().author)?;
        contribution.verify(commons, &author)
    }
}

/// The header within a contribution: the byte string that an array of three begins with.
fn header_of(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = match *bytes {
        [0x83, 0x58, length, ref rest @ ..] => (usize::from(length), rest),
        [0x83, 0x59, high, low, ref rest @ ..] => {
            (usize::from(u16::from_be_bytes([high, low])), rest)
        }
        _ => return None,
    };
    rest.get(..length)
}

/// Reads a list of at most `N` items, and stops before it holds one more.
fn bounded<'de, D, T, const N: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Bounded<T, const N: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Bounded<T, N> {
        type Value = Vec<T>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "at most {N} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == N {
                    return Err(de::Error::invalid_length(N + 1, &self));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(Bounded::<T, N>(PhantomData))
}

macro_rules! packed {
    ($name:ident, $pack:expr, $unpack:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let pack: fn(&Self) -> Vec<u8> = $pack;
                serializer.serialize_bytes(&pack(self))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let bytes: &Bytes = Deserialize::deserialize(deserializer)?;
                let unpack: fn(&[u8]) -> Option<Self> = $unpack;
                unpack(bytes).ok_or_else(|| {
                    de::Error::invalid_length(bytes.len(), &"a whole number of items")
                })
            }
        }
    };
}

packed!(Ids, |ids| ids.0.iter().flat_map(|id| id.0).collect(), |bytes| {
    let (items, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| Self(items.iter().copied().map(ContributionId).collect()))
});

packed!(
    Shorts,
    |shorts| shorts.0.iter().flat_map(|short| short.to_be_bytes()).collect(),
    |bytes| {
        let (items, rest) = bytes.as_chunks::<8>();
        rest.is_empty().then(|| Self(items.iter().copied().map(u64::from_be_bytes).collect()))
    }
);

packed!(Children, |children| children.0.iter().flat_map(|hash| hash.0).collect(), |bytes| {
    let (items, rest) = bytes.as_chunks::<32>();
    let items: &[[u8; 32]; CHILDREN] = items.try_into().ok()?;
    rest.is_empty().then(|| Self(Box::new(items.map(TreeHash))))
});

#[cfg(test)]
mod tests;
