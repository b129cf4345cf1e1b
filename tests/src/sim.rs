//! Deterministic simulation: whole replicas over the real store and the real verifier, on disks in
//! memory; one seed owns time, network, disks and scheduling, and the liars among the peers. After
//! each step invariants are checked, against an oracle that is written as simply as can be.
//!
//! | module | what lives there |
//! |---|---|
//! | `plan` | what a seed makes of a run: who does what when, and what goes wrong |
//! | `world`, `network`, `effects`, `node` | time, links and gossip, machines |
//! | `people` | what honest people do |
//! | `liar`, `forger` | what liars do |
//! | `faults` | what goes wrong by itself |
//! | `model`, `shown` | the oracle: rules and views, naively |
//! | `checks`, `ending` | what must hold after each step, and in the end |
//! | `chance`, `trace` | numbers from the seed, and what happened |
//!
//! `cargo run --release -p commons-tests --bin sim -- --help` runs it.

mod chance;
mod checks;
mod effects;
mod ending;
mod faults;
mod forger;
mod liar;
mod model;
mod network;
mod node;
mod people;
mod plan;
mod shown;
mod trace;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use plan::Plan;
use trace::Trace;
use world::World;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// A hash of everything that happened.
    pub trace: u64,
    /// How much happened.
    pub lines: u64,
    /// Milliseconds of virtual time from the end of all faults until all held the same.
    pub settled: u64,
}

/// A run in which something did not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What did not hold.
    pub why: String,
    /// What happened last.
    pub tail: Vec<String>,
}

/// Runs a seed. With `aloud`, tells on stderr all that happens.
pub fn run(seed: u64, aloud: bool) -> Result<Report, Box<Failure>> {
    run_plan(seed, Plan::new(seed), aloud)
}

fn run_plan(seed: u64, plan: Plan, aloud: bool) -> Result<Report, Box<Failure>> {
    let trace = Trace::new(aloud);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let lasts = plan.lasts;
        let mut world = World::new(seed, plan, trace.clone());
        world.run(lasts);
        world.end()
    }));
    match ran {
        Ok(settled) => Ok(Report { seed, trace: trace.hash(), lines: trace.lines(), settled }),
        Err(panic) => {
            let why = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
                .unwrap_or_default();
            Err(Box::new(Failure { seed, why, tail: trace.tail() }))
        }
    }
}

/// Runs a failing seed again and again with fewer of its acts, as long as it fails. How many acts
/// are left of how many, and how it fails then.
pub fn shrink(seed: u64) -> Option<(usize, usize, Box<Failure>)> {
    let mut plan = Plan::new(seed);
    let all = plan.acts.len();
    let mut failure = run_plan(seed, plan.clone(), false).err()?;
    let mut size = plan.acts.len().div_ceil(2);
    while size > 0 {
        let mut start = 0;
        while start < plan.acts.len() {
            let mut fewer = plan.clone();
            let end = (start + size).min(fewer.acts.len());
            fewer.acts.drain(start..end);
            match run_plan(seed, fewer.clone(), false) {
                Err(failed) => (plan, failure) = (fewer, failed),
                Ok(_) => start += size,
            }
        }
        size /= 2;
    }
    Some((plan.acts.len(), all, failure))
}
