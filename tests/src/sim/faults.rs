//! What goes wrong, as the plan has it: parted networks, broken links, killed processes, power cuts,
//! failing disks, restored backups, clocks that jump and machines that sleep.

use commons_proto::replica::Input;

use super::chance::Chance;
use super::plan::What;
use super::world::{Event, World};
use crate::memory_disk::{Cut, Fault};

impl World {
    /// The next thing on the plan.
    pub(super) fn act(&mut self, number: usize) {
        let act = self.plan.acts[number];
        let mut chance = Chance::new(act.salt);
        let node = chance.place(self.nodes.len());
        match act.what {
            What::Does(deed) => self.does(deed, &mut chance),
            What::Part => self.part(&mut chance),
            What::Join => self.join(),
            What::CutLink => {
                let links: Vec<_> = self.links.keys().copied().collect();
                if let Some((one, two)) = chance.pick(&links) {
                    self.cut(*one, *two);
                }
            }
            What::Kill => {
                self.crash(node, Cut::Process);
                self.start_later(node, chance.below(5_000));
            }
            What::LosePower => self.lose_power_soon(node, &mut chance),
            What::DiskFails => self.disk_fails(node, &mut chance),
            What::Backup => {
                let it = &mut self.nodes[node];
                if it.dies_at.is_none() {
                    it.backup = Some((it.disk.image(), it.acknowledged.clone()));
                    self.note(format_args!("{node} is backed up"));
                }
            }
            What::RestoreBackup => self.restore_backup(node, &mut chance),
            What::ClockJumps => {
                let by = *chance.pick(&JUMPS).expect("there are some");
                self.nodes[node].skew += by;
                self.note(format_args!("{node}'s clock jumps by {by} s"));
            }
            What::Sleep => {
                let until = self.now + chance.between(1_000, 90_000);
                self.nodes[node].asleep_until = until;
                self.note(format_args!("{node} sleeps until {until}"));
                let life = self.nodes[node].life;
                self.later(until - self.now, Event::Input(node, life, Input::Woke));
                for other in self.neighbours(node) {
                    self.cut_later(node, other, 60_000);
                }
            }
            What::Audit => {
                if self.nodes[node].running.is_some() && self.nodes[node].dies_at.is_none() {
                    self.audit(node);
                }
            }
        }
    }

    fn part(&mut self, chance: &mut Chance) {
        let all = self.nodes.len() + self.liars.len();
        let sides: Vec<bool> = (0..all).map(|_| chance.percent(50)).collect();
        self.note(format_args!("the network parts: {sides:?}"));
        self.sides = Some(sides);
        let links: Vec<_> = self.links.keys().copied().collect();
        for (one, two) in links {
            if self.is_parted(one, two) {
                self.cut_later(one, two, 40_000);
            }
        }
    }

    fn join(&mut self) {
        self.note(format_args!("the network is whole"));
        self.sides = None;
    }

    fn start_later(&mut self, node: usize, wait: u64) {
        self.later(wait, Event::Start(node));
    }

    fn lose_power_soon(&mut self, node: usize, chance: &mut Chance) {
        if self.nodes[node].dies_at.is_some() {
            return;
        }
        if chance.percent(30) || self.nodes[node].running.is_none() {
            let cut =
                *chance.pick(&[Cut::Synced, Cut::Seeded(chance.clone().number())]).expect("two");
            self.crash(node, cut);
            return self.start_later(node, chance.below(10_000));
        }
        let writes = chance.between(1, 60);
        let disk = self.nodes[node].disk.clone();
        disk.fail_from(Fault::Dead, writes);
        self.nodes[node].dies_at = Some(disk.writes() + writes);
        self.note(format_args!("{node} will lose power at its write {writes} from now"));
        self.later(chance.between(1_000, 20_000), Event::Mend(node));
    }

    fn disk_fails(&mut self, node: usize, chance: &mut Chance) {
        if self.nodes[node].dies_at.is_some() {
            return;
        }
        let fault = *chance.pick(&FAULTS).expect("there are some");
        self.note(format_args!("{node}'s disk fails: {fault:?}"));
        let disk = self.nodes[node].disk.clone();
        match chance.percent(40) {
            true => disk.fail_at(fault, chance.between(1, 40)),
            false => disk.fail_from(fault, chance.between(1, 20)),
        }
        self.later(chance.between(500, 25_000), Event::Mend(node));
    }

    /// A disk is well again.
    pub(super) fn mend(&mut self, node: usize) {
        self.note(format_args!("{node}'s disk is well"));
        if self.nodes[node].is_dead() {
            return self.lose_power(node);
        }
        self.nodes[node].dies_at = None;
        self.nodes[node].disk.heal();
        self.check_growth(node);
    }

    fn restore_backup(&mut self, node: usize, chance: &mut Chance) {
        let Some((image, acknowledged)) = self.nodes[node].backup.clone() else { return };
        self.crash(node, Cut::Process);
        self.nodes[node].disk.restore(&image);
        self.note(format_args!("{node} is restored to {} contributions", acknowledged.len()));
        self.nodes[node].acknowledged = acknowledged;
        self.start_later(node, chance.below(5_000));
    }

    /// Nothing goes wrong any more, but for the liars.
    pub(super) fn heal(&mut self) {
        self.join();
        self.is_healed = true;
        for node in 0..self.nodes.len() {
            self.mend(node);
            self.nodes[node].asleep_until = self.now;
            self.start_later(node, 10);
        }
    }
}

/// Seconds: an hour and a year, both ways.
const JUMPS: [i64; 4] = [3_600, -3_600, 31_536_000, -31_536_000];

const FAULTS: [Fault; 4] = [Fault::Full, Fault::Io, Fault::Sync, Fault::ReadOnly];
