//! What a seed makes of a simulation: how many machines and liars, the weather on the network, and
//! who does what when, and what goes wrong. All of it is drawn before anything happens, so a run can
//! be repeated with fewer acts.

use super::chance::Chance;
use super::people::Deed;

/// A plan.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) nodes: usize,
    pub(super) liars: usize,
    pub(super) weather: Weather,
    /// Milliseconds until everything heals.
    pub(super) lasts: u64,
    pub(super) acts: Vec<Act>,
}

/// How gossip fares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    /// Of a hundred messages so many are lost.
    pub(super) lost: u64,
    /// Of a hundred so many arrive twice.
    pub(super) repeated: u64,
    /// Milliseconds that one takes at most.
    pub(super) delay: u64,
}

/// Something on the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub(super) at: u64,
    pub(super) what: What,
    /// For whatever is drawn when it happens, so that it does not depend on other acts.
    pub(super) salt: u64,
}

/// What an act can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A person does something.
    Does(Deed),
    /// The network is parted, or whole again.
    Part,
    /// The network is whole again.
    Join,
    /// A link breaks.
    CutLink,
    /// A process is killed.
    Kill,
    /// A machine loses power, at once or in the middle of a write.
    LosePower,
    /// A disk is full, fails, or fails to sync for a while.
    DiskFails,
    /// Somebody makes a backup.
    Backup,
    /// Somebody restores their last backup, and goes on.
    RestoreBackup,
    /// A clock jumps.
    ClockJumps,
    /// A machine sleeps.
    Sleep,
    /// What a machine shows is compared with the oracle.
    Audit,
}

impl Weather {
    /// No fault at all.
    pub(super) const FAIR: Self = Self { lost: 0, repeated: 0, delay: 40 };
}

impl Plan {
    /// The plan of this seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        // Most are small, as that finds as much in less time.
        let is_large = chance.percent(8);
        let nodes = 2 + chance.place(if is_large { 4 } else { 2 });
        let liars = chance.place(3);
        let weather = match chance.below(4) {
            0 => Weather::FAIR,
            1 => Weather { lost: 100, repeated: 0, delay: 40 },
            _ => Weather {
                lost: chance.below(60),
                repeated: chance.below(40),
                delay: if chance.percent(70) { 60 } else { 6_000 },
            },
        };
        let lasts = chance.between(10_000, if is_large { 120_000 } else { 50_000 });
        let mut acts = Vec::new();
        let deeds = chance.between(6, if is_large { 80 } else { 30 });
        for _ in 0..deeds {
            acts.push(Act::new(What::Does(deed(&mut chance)), lasts, &mut chance));
        }
        for _ in 0..chance.between(0, if is_large { 16 } else { 8 }) {
            acts.push(Act::new(fault(&mut chance), lasts, &mut chance));
        }
        for _ in 0..2 {
            acts.push(Act::new(What::Audit, lasts, &mut chance));
        }
        acts.sort_by_key(|act| act.at);
        Self { nodes, liars, weather, lasts, acts }
    }

    /// When each act happens.
    pub(super) fn times(&self) -> Vec<u64> {
        self.acts.iter().map(|act| act.at).collect()
    }
}

impl Act {
    /// An act at any time. People write in bursts, so that they meet.
    fn new(what: What, lasts: u64, chance: &mut Chance) -> Self {
        let mut at = chance.below(lasts);
        if matches!(what, What::Does(_)) && chance.percent(70) {
            at -= at % BURST;
            at += chance.below(300);
        }
        Self { at: at.max(100), what, salt: chance.number() }
    }
}

fn deed(chance: &mut Chance) -> Deed {
    match chance.below(100) {
        0..22 => Deed::Add,
        22 => Deed::AddLarge,
        23..25 => Deed::Import,
        25..68 => Deed::Edit,
        68..73 => Deed::Equivocate,
        73..81 => Deed::Restore,
        81..90 => Deed::Erase,
        90..96 => Deed::EraseAhead,
        _ => Deed::EraseOddly,
    }
}

fn fault(chance: &mut Chance) -> What {
    match chance.below(100) {
        0..14 => What::Part,
        14..26 => What::Join,
        26..40 => What::CutLink,
        40..52 => What::Kill,
        52..66 => What::LosePower,
        66..80 => What::DiskFails,
        80..85 => What::Backup,
        85..90 => What::RestoreBackup,
        90..95 => What::ClockJumps,
        _ => What::Sleep,
    }
}

/// Milliseconds between bursts of writing.
const BURST: u64 = 4_000;
