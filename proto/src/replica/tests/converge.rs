//! Whatever happens on the way, in the end all hold the same.

use proptest::prelude::*;

use super::world::{World, peer};

/// Milliseconds in which everything must have been repaired once nothing more is written or cut:
/// a few times what waits for quiet, and less than the interval at which random peers compare.
const REPAIRED: u64 = 15_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replicas_converge_whatever_is_lost_repeated_reordered_and_cut(
        seed: u64, nodes in 2usize..=6, lost in 0u64..60, repeated in 0u64..40,
    ) {
        let mut world = World::new(seed, nodes);
        (world.lost, world.repeated) = (lost, repeated);
        for _ in 0..60 {
            let one = world.chance.below(nodes as u64) as usize;
            let two = world.chance.below(nodes as u64) as usize;
            match world.chance.below(10) {
                0..=4 => world.write(one),
                5..=6 => world.connect(one, two),
                7 => world.disconnect(one, two),
                8 => (0..world.chance.below(80)).for_each(|_| world.write(one)),
                _ => {
                    let wait = world.chance.below(3_000);
                    world.run(wait);
                }
            }
        }
        for node in 1..nodes {
            world.connect(node - 1, node);
        }
        let settled = world.settle(REPAIRED);
        prop_assert!(settled.is_some(), "{:?}", world.roots());
        prop_assert_eq!(&world.faults, &[], "nobody did wrong");
        world.run(3_000);
        for (number, node) in world.nodes.iter().enumerate() {
            prop_assert_eq!(node.replica.only_here(), 0, "node {}", number);
            prop_assert_eq!(node.elsewhere, node.store.log.len() as u64);
            prop_assert_eq!(node.replica.pending(), 0);
            for status in node.replica.peers() {
                prop_assert_eq!((status.in_sync, status.behind, status.ahead), (Some(true), Some(0), Some(0)));
                prop_assert!(node.in_sync.contains(&status.peer));
            }
        }
    }
}

#[test]
fn two_halves_that_meet_again_are_one_within_a_second() {
    for writes in [40, 300, 500, 900] {
        let mut world = World::new(7, 6);
        (0..6).for_each(|node| world.connect(node, (node + 1) % 6));
        (0..20).for_each(|round| world.write(round % 6));
        world.settle(1_000).expect("gossip is enough");
        world.disconnect(2, 3);
        world.disconnect(5, 0);
        (0..writes).for_each(|round| world.write(round % 6));
        world.run(10_000);
        assert_eq!(world.roots().len(), 2);
        world.connect(2, 3);
        let settled = world.settle(1_000);
        assert!(settled.is_some(), "still apart: {:?}", world.roots());
    }
}

#[test]
fn what_gossip_loses_altogether_arrives_all_the_same_and_soon() {
    let mut world = World::new(11, 5);
    (1..5).for_each(|node| world.connect(node - 1, node));
    world.settle(1_000);
    world.run(5_000);
    world.lost = 100;
    (0..10).for_each(|round| world.write(round % 5));
    assert!(world.settle(400).is_some(), "still apart: {:?}", world.roots());
}

#[test]
fn after_the_loss_of_a_peer_another_one_goes_on() {
    let mut world = World::new(8, 3);
    (0..3_000).for_each(|_| world.write(0));
    world.connect(1, 0);
    world.settle_pair(0, 1);
    world.connect(2, 0);
    world.connect(2, 1);
    world.run(20);
    let taken = world.nodes[2].store.log.len();
    assert!(taken < 3_000, "all taken already");
    world.disconnect(2, 0);
    let settled = world.settle(5_000);
    assert!(settled.is_some(), "{} of 3000", world.nodes[2].store.log.len());
    assert_eq!(world.faults, []);
}

#[test]
fn a_silent_peer_is_given_up_for_another_one() {
    let mut world = World::new(9, 3);
    (0..500).for_each(|_| world.write(0));
    world.connect(1, 0);
    world.settle_pair(0, 1);
    world.mute(0);
    world.connect(2, 0);
    world.run(100);
    world.connect(2, 1);
    assert!(world.settle(15_000).is_some());
}

#[test]
fn a_status_tells_how_far_behind_and_ahead() {
    let mut world = World::new(10, 2);
    (0..700).for_each(|_| world.write(0));
    (0..9).for_each(|_| world.write(1));
    world.connect(1, 0);
    world.run(15);
    let status = world.nodes[1].replica.peers().next().expect("connected");
    assert_eq!((status.peer, status.in_sync), (peer(0), Some(false)));
    assert_eq!((status.behind, status.ahead.is_some_and(|ahead| ahead > 600)), (Some(9), true));
    assert_eq!(world.nodes[1].replica.only_here(), 9);
}
