//! Peers that did what they should not have done, and for how long they are refused: longer each
//! time, forgotten after a while. Authors have no standing; each person mutes for their own node.

use std::collections::BTreeMap;

use super::{Fault, Moment, Peer};

/// The blamed peers.
#[derive(Debug, Default)]
pub(super) struct Standing(BTreeMap<Peer, Blamed>);

#[derive(Debug)]
struct Blamed {
    times: u32,
    until: Moment,
}

impl Standing {
    /// Blames a peer. For how many milliseconds it is refused.
    pub(super) fn blame(&mut self, peer: Peer, fault: &Fault, now: Moment) -> u64 {
        self.0.retain(|_, blamed| blamed.until + FORGOTTEN_AFTER > now);
        if self.0.len() >= BLAMED && !self.0.contains_key(&peer) {
            let first = self.0.iter().min_by_key(|(_, blamed)| blamed.until).map(|(peer, _)| *peer);
            first.map(|peer| self.0.remove(&peer));
        }
        let blamed = self.0.entry(peer).or_insert(Blamed { times: 0, until: now });
        let first = if *fault == Fault::Stalled { STALLED_FOR } else { REFUSED_FOR };
        let refuse_for = (first << blamed.times.min(16)).min(LONGEST);
        blamed.times += 1;
        blamed.until = now + refuse_for;
        refuse_for
    }

    /// Whether no more are remembered than should be.
    pub(super) fn is_bounded(&self) -> bool {
        self.0.len() <= BLAMED
    }

    /// For how many milliseconds a peer is still refused.
    pub(super) fn refused_for(&self, peer: &Peer, now: Moment) -> Option<u64> {
        let until = self.0.get(peer)?.until;
        (until > now).then(|| until.0 - now.0)
    }
}

/// Milliseconds of the first refusal: a bug on the other side is not helped by trying faster.
const REFUSED_FOR: u64 = 60_000;

/// Milliseconds of the first refusal of a peer that does not answer: its connection may be dead
/// though its node is well.
const STALLED_FOR: u64 = 5_000;

/// Milliseconds of the longest refusal: an hour, a good part of a hack day.
const LONGEST: u64 = 3_600_000;

/// Milliseconds without a fault after which a peer is as good as any.
const FORGOTTEN_AFTER: u64 = 3_600_000;

/// Blamed peers that are remembered: more than a conference has nodes.
const BLAMED: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_doubles_and_is_forgotten() {
        let (mut standing, peer) = (Standing::default(), Peer([1; 32]));
        let now = Moment(1_000);
        assert_eq!(standing.refused_for(&peer, now), None);
        assert_eq!(standing.blame(peer, &Fault::Garbage, now), REFUSED_FOR);
        assert_eq!(standing.refused_for(&peer, now + 1), Some(REFUSED_FOR - 1));
        assert_eq!(standing.blame(peer, &Fault::Garbage, now), 2 * REFUSED_FOR);
        assert_eq!(standing.refused_for(&peer, now + 2 * REFUSED_FOR), None);
        assert_eq!(
            (0..99).map(|_| standing.blame(peer, &Fault::Garbage, now)).max(),
            Some(LONGEST)
        );
        let later = now + LONGEST + FORGOTTEN_AFTER;
        assert_eq!(standing.blame(peer, &Fault::Garbage, later), REFUSED_FOR);
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut standing = Standing::default();
        for number in 0..2 * BLAMED as u64 {
            let mut peer = [0; 32];
            peer[..8].copy_from_slice(&number.to_be_bytes());
            standing.blame(Peer(peer), &Fault::NotAsked, Moment(number));
        }
        assert_eq!(standing.0.len(), BLAMED);
    }
}
