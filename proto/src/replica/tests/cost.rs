//! What replication costs: bytes between peers, hashing, memory.

use sha2::{Digest, Sha256};

use super::world::{Store, World, contribution};
use crate::id::ContributionId;
use crate::replica::Replica;
use crate::tree::Tree;

fn ids(count: u64) -> impl Iterator<Item = (ContributionId, u64)> {
    (1..=count).map(|number| (ContributionId(Sha256::digest(number.to_be_bytes()).into()), number))
}

/// Two nodes that hold the same so many ids, and besides write so many contributions each.
fn apart(held: u64, first: usize, second: usize) -> World {
    let mut world = World::new(1, 2);
    for (node, writes) in [first, second].into_iter().enumerate() {
        let at = &mut world.nodes[node];
        at.replica = Replica::new(ids(held), held, node as u64);
        at.store.before = held;
        for number in 0..writes {
            world.write_this(node, &contribution((node * 1_000 + number) as u64, None, &[]));
        }
    }
    world
}

#[test]
fn ten_differences_among_100_000_cost_a_few_kilobytes() {
    for (first, second) in [(10, 0), (0, 10), (5, 5)] {
        let mut world = apart(100_000, first, second);
        world.connect(0, 1);
        let settled = world.settle(1_000).expect("they settle");
        world.run(5_000);
        let Store { log, .. } = &world.nodes[0].store;
        assert_eq!(log.len(), 10);
        println(&format!(
            "{first} and {second} of 100,000: {} bytes, {} of them content, {settled} ms",
            world.bytes, world.content
        ));
        assert!(world.bytes < 22_000, "{} bytes, {} of them content", world.bytes, world.content);
    }
}

#[test]
fn nothing_to_do_costs_next_to_nothing() {
    let mut world = apart(10_000, 0, 0);
    world.connect(0, 1);
    world.run(120_000);
    assert!(world.bytes < 500, "{} bytes", world.bytes);
}

#[test]
fn a_cold_join_costs_little_beyond_the_contributions() {
    cold_join(3_000);
}

#[test]
#[ignore = "signs and checks 100,000 contributions: for --release"]
fn a_cold_join_of_100_000_costs_little_beyond_the_contributions() {
    cold_join(100_000);
}

fn cold_join(count: u64) {
    let mut store = Store::default();
    (0..count).for_each(|number| drop(store.accept(&contribution(number, None, &[]))));
    let mut world = World::of(vec![store, Store::default()], 2);
    world.connect(1, 0);
    let settled = world.settle(600_000).expect("they settle");
    let overhead = world.bytes - world.content;
    println(&format!(
        "cold join of {count}: {} bytes, {} of them content, {settled} virtual ms",
        world.bytes, world.content
    ));
    assert!(overhead as u64 / count < 85, "{overhead} bytes beyond {} of content", world.content);
    assert_eq!(world.checks as u64, count, "each is checked once");
}

#[test]
fn a_tree_takes_little_more_memory_than_its_ids() {
    let mut tree = Tree::default();
    tree.insert(ids(100_000));
    let bytes = tree.bytes();
    println(&format!("a tree of 100,000 ids: {bytes} bytes"));
    assert!(bytes < 6_500_000, "{bytes} bytes");
}

#[expect(clippy::print_stdout, reason = "a measurement, shown by --nocapture")]
fn println(text: &str) {
    println!("{text}");
}
