//! The simulation of `commons_tests::sim`: many seeds, those that once failed, and the same seed
//! twice. A failure prints the line that replays it; `cargo run --release -p commons-tests --bin sim`
//! runs more.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use commons_tests::sim;

#[test]
fn whatever_happens_nothing_is_lost_and_all_come_to_show_the_same() {
    run(&(0..SEEDS).collect::<Vec<_>>());
}

#[test]
fn seeds_that_once_failed_pass() {
    let seeds = include_str!("../sim/seeds").lines();
    let seeds = seeds.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let seeds = seeds.filter_map(|line| line.split_whitespace().next());
    run(&seeds.map(|seed| seed.parse().expect("a number")).collect::<Vec<_>>());
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [3, 4, 5] {
        let (first, again) = (sim::run(seed, false), sim::run(seed, false));
        let (first, again) = (first.expect("it passes"), again.expect("it passes"));
        assert_eq!(first, again);
    }
}

/// Runs seeds on all cores, and fails with every one that failed.
fn run(seeds: &[u64]) {
    let next = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    if let Err(failure) = sim::run(*seed, false) {
                        let line = format!(
                            "{}\nseed {seed}: {}\n  cargo run --release -p commons-tests --bin sim \
                             -- --seed {seed} --trace",
                            failure.tail.join("\n"),
                            failure.why
                        );
                        failures.lock().expect("nothing panics with it").push(line);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nothing panics with it");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Seeds in a run of the suite.
const SEEDS: u64 = 200;
