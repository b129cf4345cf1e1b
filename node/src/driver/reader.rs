//! Reading the log for peers: a connection to the store of its own, shared by all senders. What is
//! damaged on this disk is found here and told to the driver, and is never sent: whoever got it
//! would blame this node.

use std::sync::{Arc, Mutex, PoisonError};

use commons_proto::id::ContributionId;
use commons_proto::wire::Unchecked;
use libp2p::PeerId;
use tokio::sync::mpsc;

use crate::store::{self, Served, Store};
use crate::verify::Verifier;

/// What was found damaged.
pub(super) struct Found {
    /// Who was to be sent it, as it had been told that it is here.
    pub(super) peer: Option<PeerId>,
    /// Which contributions.
    pub(super) ids: Vec<ContributionId>,
}

/// A way to the log that only reads.
#[derive(Clone)]
pub(super) struct Reader {
    log: Arc<Mutex<Log>>,
    found: mpsc::UnboundedSender<Found>,
}

struct Log {
    store: Store,
    verifier: Arc<Verifier>,
    /// The last row that was there when this run began; later ones were verified as they came.
    old: u64,
    /// Which of the old rows were verified in this run, a bit each.
    verified: Vec<u64>,
}

impl Reader {
    /// Reads through this connection, and tells on `found` what is damaged.
    pub(super) fn new(
        store: Store,
        verifier: Arc<Verifier>,
        found: mpsc::UnboundedSender<Found>,
    ) -> store::Result<Self> {
        let old = store.last()?;
        let log = Log { store, verifier, old, verified: Vec::new() };
        Ok(Self { log: Arc::new(Mutex::new(log)), found })
    }

    /// The bytes of these contributions for this peer, or for all; fewer if some are damaged or the
    /// log cannot be read.
    pub(super) async fn contributions(
        &self,
        peer: Option<PeerId>,
        ids: Vec<ContributionId>,
    ) -> Vec<Vec<u8>> {
        let log = Arc::clone(&self.log);
        let read = tokio::task::spawn_blocking(move || {
            log.lock().unwrap_or_else(PoisonError::into_inner).read(&ids)
        });
        let served = match read.await {
            Ok(Ok(served)) => served,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot read the log for a peer");
                return Vec::new();
            }
            Err(error) => {
                tracing::error!(%error, "reading the log failed");
                return Vec::new();
            }
        };
        if !served.damaged.is_empty() {
            // An error means that the node is stopping.
            let _ = self.found.send(Found { peer, ids: served.damaged });
        }
        served.rows.into_iter().map(|row| row.bytes).collect()
    }
}

impl Log {
    /// Hashes are looked at each time, signatures, which cost a hundred times as much, once in a run.
    fn read(&mut self, ids: &[ContributionId]) -> store::Result<Served> {
        let mut served = self.store.serve_anew(ids)?;
        let is_due = |seq: u64| {
            let (word, bit) = place(seq);
            seq <= self.old && self.verified.get(word).is_none_or(|word| word & bit == 0)
        };
        let due = served.rows.iter().filter(|row| is_due(row.seq));
        let (due, contributions): (Vec<_>, Vec<_>) = due
            .filter_map(|row| Some(((row.seq, row.id), Unchecked::new(row.bytes.clone()).ok()?)))
            .unzip();
        let verdicts = self.verifier.check(&contributions);
        let mut good = Vec::with_capacity(due.len());
        for ((seq, id), verdict) in due.into_iter().zip(verdicts) {
            match verdict {
                Ok(_) => good.push(seq),
                Err(_) => served.damaged.push(id),
            }
        }
        for seq in good {
            let (word, bit) = place(seq);
            if self.verified.len() <= word {
                self.verified.resize(word + 1, 0);
            }
            self.verified[word] |= bit;
        }
        let Served { rows, damaged } = &mut served;
        rows.retain(|row| !damaged.contains(&row.id));
        Ok(served)
    }
}

/// The word and the bit for a row.
fn place(seq: u64) -> (usize, u64) {
    let word = usize::try_from(seq / 64).unwrap_or(usize::MAX - 1);
    (word, 1 << (seq % 64))
}
