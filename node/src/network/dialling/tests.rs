//! Dialling on simulated time: one node among hundreds, or a whole net of nodes that only dial.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::identity::Keypair;

use super::book::BACKOFF;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Ids in order, the same in every run.
fn peers(count: usize) -> Vec<PeerId> {
    let peer = |number: usize| {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&(number as u64).to_le_bytes());
        Keypair::ed25519_from_bytes(secret).unwrap().public().to_peer_id()
    };
    let mut peers: Vec<PeerId> = (1..=count).map(peer).collect();
    peers.sort_unstable();
    peers
}

fn address(number: usize) -> Multiaddr {
    format!("/ip4/10.0.{}.{}/tcp/4001", number / 250, number % 250 + 1).parse().unwrap()
}

fn at(start: Instant, milliseconds: u64) -> Instant {
    start + Duration::from_millis(milliseconds)
}

/// A node with the lowest id of those given, and knows all others.
fn one_among(peers: &[PeerId], start: Instant) -> Dialling {
    let mut dialling = Dialling::new(peers[0], false, 7, start);
    for (number, peer) in peers.iter().enumerate() {
        dialling.learn(*peer, address(number), Source::Book, start);
    }
    dialling
}

fn peer_of(step: &Step) -> PeerId {
    match step {
        Step::Peer(peer, _) => *peer,
        Step::Address(address) => panic!("{address} was not named"),
    }
}

#[test]
fn of_500_known_a_few_are_dialled_and_then_one_now_and_then() {
    let (peers, start) = (peers(501), Instant::now());
    let mut dialling = one_among(&peers, start);
    let first = dialling.steps(start);
    assert_eq!(first.len(), DIALS);
    assert!(dialling.steps(start).is_empty(), "no more than that at once");
    for step in &first {
        dialling.connected(peer_of(step), None, start);
    }
    assert!(dialling.steps(at(start, 1)).is_empty(), "enough are connected");

    // An hour with enough peers: only rotation dials, and its dials fail.
    let mut rotated = Vec::new();
    for second in 1..3600 {
        let now = start + second * SECOND;
        for step in dialling.steps(now) {
            rotated.push(peer_of(&step));
            dialling.failed(&step, now);
        }
    }
    assert!((3600 / 68..=3600 / 22).contains(&rotated.len()), "{} in an hour", rotated.len());
    assert!(rotated.iter().collect::<BTreeSet<_>>().len() > rotated.len() / 2, "not always one");
}

#[test]
fn a_net_of_300_keeps_a_bounded_degree_and_grows_together_after_a_split() {
    const NODES: usize = 300;
    let (peers, start) = (peers(NODES), Instant::now());
    let number: BTreeMap<PeerId, usize> =
        peers.iter().enumerate().map(|(number, peer)| (*peer, number)).collect();
    let mut nodes: Vec<Dialling> = (0..NODES)
        .map(|number| Dialling::new(peers[number], false, number as u64, start))
        .collect();
    let mut links = BTreeSet::new();
    let side = |node: usize| node % 2;
    let mut split = true;
    for tick in 0..240 {
        let now = start + tick * SECOND;
        split &= tick < 90;
        for node in 0..NODES {
            // In each tick a node sights one other, on its side of the split.
            let other = (node * 31 + tick as usize * 77) % NODES;
            if other != node && !(split && side(node) != side(other)) {
                nodes[node].learn(peers[other], address(other), Source::Sighted, now);
            }
            for step in nodes[node].steps(now) {
                let other = number[&peer_of(&step)];
                if split && side(node) != side(other) {
                    nodes[node].failed(&step, now);
                } else {
                    nodes[node].connected(peers[other], Some(&address(other)), now);
                    nodes[other].connected(peers[node], None, now);
                    links.insert((node.min(other), node.max(other)));
                }
            }
            for peer in nodes[node].let_go(|_| false, now) {
                let other = number[&peer];
                nodes[node].disconnected(peer, false, now);
                nodes[other].disconnected(peers[node], false, now);
                links.remove(&(node.min(other), node.max(other)));
            }
        }
    }
    let mut degree = vec![0; NODES];
    for (one, two) in &links {
        degree[*one] += 1;
        degree[*two] += 1;
    }
    let (least, most) = (degree.iter().min().unwrap(), degree.iter().max().unwrap());
    assert!(*least >= 4 && *most <= 2 * HIGH, "degrees from {least} to {most}");
    let across = links.iter().filter(|(one, two)| side(*one) != side(*two)).count();
    assert!(across > NODES / 4, "{across} links cross what was the split");
}

#[test]
fn failures_double_the_wait_up_to_a_bound_that_is_shorter_on_a_lan() {
    let (peers, start) = (peers(2), Instant::now());
    for (host, longest) in [("10.0.0.1", BACKOFF_NEAR), ("192.0.2.1", BACKOFF_FAR)] {
        let mut dialling = Dialling::new(peers[0], false, 1, start);
        let place: Multiaddr = format!("/ip4/{host}/tcp/4001").parse().unwrap();
        dialling.learn(peers[1], place, Source::Book, start);
        let (mut now, mut waits) = (start, Vec::new());
        for _ in 0..HOPELESS {
            let [step] = &dialling.steps(now)[..] else { panic!("one dial at {now:?}") };
            dialling.failed(step, now);
            let deadline = dialling.deadline();
            assert!(dialling.steps(now).is_empty());
            // Rotation may come first; it leaves the backoff alone.
            let mut due = deadline.max(dialling.deadline());
            while dialling.book.peers[&peers[1]].pace.not_before.unwrap() > due {
                assert!(dialling.steps(due).is_empty());
                due = dialling.deadline();
            }
            waits.push(due - now);
            now = due;
        }
        assert!(waits[0] <= BACKOFF, "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= longest), "{waits:?}");
        assert!(waits[HOPELESS as usize - 1] >= longest / 2, "{waits:?}");
        // A peer that was never met is hopeless now, and left alone for minutes.
        let steps = dialling.steps(now);
        dialling.failed(&steps[0], now);
        let until = dialling.book.peers[&peers[1]].pace.not_before.unwrap();
        assert!(until - now > BACKOFF_FAR);
        // It is sighted again after a silence.
        dialling.learn(peers[1], address(1), Source::Sighted, now + 10 * SECOND);
        assert_eq!(dialling.steps(now + 10 * SECOND).len(), 1);
    }
}

#[test]
fn a_peer_that_is_sighted_all_the_time_keeps_its_backoff() {
    let (peers, start) = (peers(2), Instant::now());
    let mut dialling = Dialling::new(peers[0], false, 1, start);
    let mut dials = 0;
    for second in 0..60 {
        let now = start + second * SECOND;
        dialling.learn(peers[1], address(1), Source::Sighted, now);
        for step in dialling.steps(now) {
            dials += 1;
            dialling.failed(&step, now);
        }
    }
    assert!((5..=12).contains(&dials), "{dials} dials in a minute");
}

#[test]
fn the_lower_id_dials_first_and_the_higher_waits() {
    let (peers, start) = (peers(2), Instant::now());
    let mut low = Dialling::new(peers[0], false, 1, start);
    let mut high = Dialling::new(peers[1], false, 2, start);
    low.learn(peers[1], address(1), Source::Sighted, start);
    high.learn(peers[0], address(0), Source::Sighted, start);
    assert_eq!(low.steps(start).len(), 1);
    assert!(high.steps(start).is_empty());
    // Being sighted again does not put it off.
    high.learn(peers[0], address(0), Source::Sighted, start + SECOND);
    assert!(high.steps(at(start, 1999)).is_empty());
    assert_eq!(high.steps(start + 3 * SECOND).len(), 1);

    // The same once they were connected.
    low.connected(peers[1], None, start);
    high.connected(peers[0], None, start);
    let lost = start + 60 * SECOND;
    low.disconnected(peers[1], false, lost);
    high.disconnected(peers[0], false, lost);
    assert_eq!(low.steps(lost + REDIAL[1]).len(), 1);
    assert!(high.steps(lost + REDIAL[1]).is_empty());
    assert_eq!(high.steps(lost + COURTESY[1]).len(), 1);
}

#[test]
fn a_short_connection_counts_as_a_failure_unless_the_peer_restarted() {
    let (peers, start) = (peers(2), Instant::now());
    let mut dialling = one_among(&peers, start);
    for round in 0..6 {
        let now = start + round * SECOND;
        dialling.connected(peers[1], None, now);
        dialling.disconnected(peers[1], false, at(now, 500));
    }
    let now = start + 6 * SECOND;
    assert!(dialling.steps(now).is_empty(), "it waits after six short connections");
    dialling.connected(peers[1], None, now);
    dialling.disconnected(peers[1], true, at(now, 500));
    assert_eq!(dialling.steps(at(now, 500) + REDIAL[1]).len(), 1);
}

#[test]
fn too_many_are_let_go_but_not_the_young_the_named_and_the_spared() {
    let (peers, start) = (peers(42), Instant::now());
    let mut dialling = one_among(&peers, start);
    dialling.learn(peers[1], address(1), Source::Named, start);
    for peer in &peers[1..21] {
        dialling.connected(*peer, None, start);
    }
    assert!(dialling.let_go(|_| false, start + 9 * SECOND).is_empty(), "all are young");
    for peer in &peers[21..31] {
        dialling.connected(*peer, None, start + 9 * SECOND);
    }
    let gone = dialling.let_go(|peer| *peer == peers[2], start + 12 * SECOND);
    assert_eq!(gone.len(), 30 - (HIGH - HIGH / 10));
    assert!(!gone.contains(&peers[1]) && !gone.contains(&peers[2]));
    assert!(gone.iter().all(|peer| peers[..21].contains(peer)));

    // Who was let go is not dialled at once.
    let now = start + 20 * SECOND;
    for peer in &peers[1..31] {
        dialling.disconnected(*peer, false, now);
    }
    let mut dialled = BTreeSet::new();
    for moment in 0..300 {
        for step in dialling.steps(at(now, 100 * moment)) {
            dialled.insert(peer_of(&step));
            dialling.failed(&step, at(now, 100 * moment));
        }
    }
    assert!(gone.iter().all(|peer| !dialled.contains(peer)));
    assert!(dialled.contains(&peers[2]));
}

#[test]
fn a_named_address_is_dialled_until_somebody_is_there_and_again_when_another_is() {
    let (peers, start) = (peers(3), Instant::now());
    let mut dialling = Dialling::new(peers[0], false, 1, start);
    dialling.name(&address(1), start);
    let steps = dialling.steps(start);
    assert_eq!(steps, [Step::Address(address(1))]);
    dialling.failed(&steps[0], start);
    let later = start + SECOND;
    assert_eq!(dialling.steps(later), steps);
    dialling.connected(peers[1], Some(&address(1)), later);
    dialling.confirm(peers[1], address(1));
    assert!(dialling.steps(later + SECOND).is_empty());

    // It comes back with another identity.
    dialling.disconnected(peers[1], false, later + 60 * SECOND);
    let again = dialling.steps(later + 61 * SECOND);
    assert_eq!(again, [Step::Peer(peers[1], vec![address(1)])]);
    dialling.moved(peers[1], &address(1));
    dialling.failed(&again[0], later + 61 * SECOND);
    assert_eq!(dialling.steps(later + 62 * SECOND), steps);
}

#[test]
fn the_refused_are_not_dialled_until_they_are_pardoned() {
    let (peers, start) = (peers(2), Instant::now());
    let mut dialling = one_among(&peers, start);
    let until = start + 60 * SECOND;
    assert!(dialling.refuse(peers[1], None, until));
    assert!(!dialling.refuse(peers[1], None, until), "it is no news");
    assert!(dialling.steps(start + 59 * SECOND).is_empty());
    assert_eq!(dialling.refused(start), [(peers[1], 60 * SECOND)]);
    assert!(dialling.pardon(start + 59 * SECOND).is_empty());
    assert_eq!(dialling.pardon(until), [peers[1]]);
    dialling.woke(until);
    assert_eq!(dialling.steps(until).len(), 1);
}

#[test]
fn others_are_told_only_of_whom_we_met_and_where_it_makes_sense() {
    let (peers, start) = (peers(5), Instant::now());
    let mut dialling = one_among(&peers, start);
    let public: Multiaddr = "/ip4/192.0.2.1/tcp/4001".parse().unwrap();
    let loopback: Multiaddr = "/ip4/127.0.0.1/tcp/4001".parse().unwrap();
    for (peer, place) in [(1, address(1)), (2, public.clone()), (3, loopback)] {
        dialling.connected(peers[peer], None, start);
        assert!(dialling.confirm(peers[peer], place));
    }
    let told = |offer: exchange::Answer| -> BTreeSet<PeerId> {
        offer.into_iter().map(|(peer, _)| peer).collect()
    };
    assert_eq!(told(dialling.offer(peers[4], true, start)), BTreeSet::from([peers[1], peers[2]]));
    assert_eq!(told(dialling.offer(peers[4], false, start)), BTreeSet::from([peers[2]]));
    assert!(told(dialling.offer(peers[2], false, start)).is_empty(), "not of itself");
}

#[test]
fn one_does_not_dial_oneself() {
    let (peers, start) = (peers(1), Instant::now());
    let mut dialling = one_among(&peers, start);
    dialling.name(&address(3), start);
    assert_eq!(dialling.steps(start), [Step::Address(address(3))]);
    dialling.is_ours(&address(3));
    assert!(dialling.steps(start + 60 * SECOND).is_empty());
}
