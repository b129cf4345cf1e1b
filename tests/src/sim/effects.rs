//! What a machine does: its replica hears something, and each output becomes an effect, as in the
//! driver of a node. Starts, crashes and what the store's thread does are here, too.

use commons_node::driver::gossip;
use commons_node::driver::keeper::{Done, Job};
use commons_proto::id::ContributionId;
use commons_proto::replica::{Fault, Input, Lane, Output, Peer, Verdict};
use commons_proto::wire::{Message, deliveries};

use super::node::Outgoing;
use super::world::{Event, World, party};
use crate::memory_disk::Cut;

impl World {
    /// A machine starts, if its disk lets it.
    pub(super) fn start(&mut self, node: usize) {
        if self.nodes[node].running.is_some() {
            return;
        }
        let (seed, now) = (self.chance.number(), self.now);
        let commons = self.commons;
        if let Err(error) = self.nodes[node].start(&commons, seed, now) {
            if self.is_healed {
                self.fail(format_args!("{node} does not start: {error}"));
            }
            self.note(format_args!("{node} does not start"));
            self.nodes[node].running = None;
            let wait = self.chance.between(500, 3_000);
            return self.later(wait, Event::Start(node));
        }
        self.note(format_args!("{node} starts"));
        self.check_start(node);
        let life = self.nodes[node].life;
        self.later(IDLE, Event::Idle(node, life));
    }

    /// A machine stops in the middle of whatever it does.
    pub(super) fn crash(&mut self, node: usize, cut: Cut) {
        let stopped = self.nodes[node].running.take();
        self.note(format_args!("{node} crashes: {cut:?}"));
        drop(stopped);
        self.nodes[node].disk.power_cut(cut);
        self.nodes[node].dies_at = None;
        self.nodes[node].blamed.clear();
        for other in self.neighbours(node) {
            // A dead process is noticed at once, a dead machine after a while.
            let within = if cut == Cut::Process { 50 } else { 20_000 };
            self.cut_later(node, other, within);
        }
    }

    /// A machine's replica hears something.
    pub(super) fn input(&mut self, node: usize, input: Input) {
        let now = self.now;
        let Some(running) = &mut self.nodes[node].running else { return };
        let moment = running.moment(now);
        let bad = match &input {
            Input::Checked { peer, verdicts, .. } if verdicts.iter().any(Result::is_err) => {
                Some(*peer)
            }
            _ => None,
        };
        self.trace.note(now, format_args!("{node} hears {}", told(&input)));
        let outputs = running.replica.handle(input, moment);
        self.check_replica(node);
        self.check_refused(node, bad);
        for output in outputs {
            self.carry_out(node, output);
        }
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { peer, message } => {
                self.send(node, peer, Outgoing::Frame(message.encode()));
            }
            Output::Serve { peer, ids } => self.send(node, peer, Outgoing::Serve(ids)),
            Output::Check { peer, origin, contributions } => {
                let Some(running) = &self.nodes[node].running else { return };
                let verdicts = contributions.iter().map(|one| running.verifier.check_one(one));
                let verdicts = verdicts.collect();
                let wait = self.chance.below(if origin.lane == Lane::Live { 4 } else { 20 });
                self.hears_later(node, wait, Input::Checked { peer, origin, verdicts });
            }
            Output::Accept { origin, batch } => self.give(node, Job::Accept { origin, batch }),
            Output::Publish { ids } => {
                for bytes in self.read(node, &ids).into_iter().filter_map(gossip::message) {
                    if let Some(running) = &mut self.nodes[node].running {
                        running.heard.insert(bytes.clone());
                    }
                    self.flood(node, &bytes, None);
                }
            }
            Output::Verdict { token, verdict } => {
                let Some(running) = &mut self.nodes[node].running else { return };
                let Some((bytes, from)) = running.tokens.remove(&token) else {
                    self.fail(format_args!("{node} gives a second verdict on {token}"));
                };
                if verdict == Verdict::Accept {
                    self.flood(node, &bytes, Some(from));
                }
            }
            Output::Blame { peer, fault, refuse_for } => {
                self.check_blame(node, party(&peer), &fault);
                let until = self.now + refuse_for;
                self.nodes[node].blamed.insert(peer, until);
                self.blamed(node, peer, refuse_for);
            }
            Output::Elsewhere { seq } => self.give(node, Job::Elsewhere(seq)),
            Output::InSync { peer } => {
                self.note(format_args!("{node} is in sync with {peer:?}"));
            }
        }
    }

    /// A machine drops a peer.
    fn blamed(&mut self, node: usize, peer: Peer, refuse_for: u64) {
        let other = party(&peer);
        if peer == self.peer(other) {
            self.refuse(node, other, refuse_for);
        }
        if self.is_liar(other) {
            self.exposed(other);
        }
    }

    fn send(&mut self, node: usize, peer: Peer, outgoing: Outgoing) {
        let to = party(&peer);
        if peer != self.peer(to) {
            return;
        }
        let is_serving = matches!(outgoing, Outgoing::Serve(_));
        let Some(running) = &mut self.nodes[node].running else { return };
        let outbox = running.outboxes.entry(peer).or_default();
        if outbox.is_empty() && !is_serving {
            if let Outgoing::Frame(bytes) = outgoing {
                self.send_frame(node, to, bytes);
            }
            return;
        }
        outbox.push_back(outgoing);
        if outbox.len() > QUEUE {
            self.check_blame(node, to, &Fault::Stalled);
            return self.blamed(node, peer, SLOW_READER);
        }
        if outbox.len() == 1 {
            self.post_later(node, peer);
        }
    }

    fn post_later(&mut self, node: usize, peer: Peer) {
        let (wait, life) = (1 + self.chance.below(4), self.nodes[node].life);
        self.later(wait, Event::Post(node, life, peer));
    }

    /// The next of what waits for a peer goes out.
    pub(super) fn post(&mut self, node: usize, peer: Peer) {
        let Some(running) = &mut self.nodes[node].running else { return };
        let Some(outbox) = running.outboxes.get_mut(&peer) else { return };
        let Some(outgoing) = outbox.pop_front() else { return };
        let goes_on = !outbox.is_empty();
        match outgoing {
            Outgoing::Frame(bytes) => self.send_frame(node, party(&peer), bytes),
            Outgoing::Serve(ids) => {
                for message in deliveries(self.read(node, &ids)) {
                    self.send_frame(node, party(&peer), message.encode());
                }
                self.hears_later(node, 1, Input::Served { peer });
            }
        }
        if goes_on {
            self.post_later(node, peer);
        }
    }

    /// Reads contributions from a machine's log, as far as its disk lets it.
    fn read(&mut self, node: usize, ids: &[ContributionId]) -> Vec<Vec<u8>> {
        let Some(running) = &mut self.nodes[node].running else { return Vec::new() };
        let served = running.reader.serve_anew(ids).unwrap_or_default();
        served.rows.into_iter().map(|row| row.bytes).collect()
    }

    /// Gives a machine's store a job.
    pub(super) fn give(&mut self, node: usize, job: Job) {
        let Some(running) = &mut self.nodes[node].running else { return };
        if running.give(job) {
            self.turn_later(node);
        }
    }

    fn turn_later(&mut self, node: usize) {
        let life = self.nodes[node].life;
        let slow = self.chance.percent(1) && !self.is_healed;
        let wait = if slow { self.chance.below(8_000) } else { 1 + self.chance.below(6) };
        self.later(wait, Event::Turn(node, life));
    }

    /// A machine's store does what is next.
    pub(super) fn turn(&mut self, node: usize) {
        let wall = self.nodes[node].wall(self.now);
        let Some(running) = &mut self.nodes[node].running else { return };
        running.is_busy = false;
        let Some(turn) = running.turn(wall) else { return };
        self.acknowledged(node, &turn.acknowledged);
        if self.nodes[node].is_dead() {
            return self.lose_power(node);
        }
        self.check_growth(node);
        for done in turn.done {
            self.done(node, done);
        }
        let Some(running) = &mut self.nodes[node].running else { return };
        if !running.queue.is_empty() {
            running.is_busy = true;
            self.turn_later(node);
        }
    }

    fn done(&mut self, node: usize, done: Done) {
        let input = match done {
            Done::Accepted { origin, outcomes } => Input::Accepted { origin, outcomes },
            Done::Committed(items) | Done::Healed(items) => Input::Committed { items },
            Done::Damaged(ids) => Input::Lost { ids },
            Done::Trouble(error) => {
                return self.note(format_args!("{node} has trouble: {}", kind_of(&error)));
            }
            Done::Recovered => return self.note(format_args!("{node} can write again")),
        };
        // What the store tells keeps its order.
        let wait = 1 + self.chance.below(3);
        let Some(running) = &mut self.nodes[node].running else { return };
        running.told_at = running.told_at.max(self.now + wait);
        let wait = running.told_at - self.now;
        self.hears_later(node, wait, input);
    }

    /// The power fails in the middle of what the store does.
    pub(super) fn lose_power(&mut self, node: usize) {
        let cut = Cut::Seeded(self.chance.number());
        self.crash(node, cut);
        let wait = self.chance.between(100, 20_000);
        self.later(wait, Event::Start(node));
    }

    /// A machine looks whether a command wrote to its database.
    pub(super) fn look(&mut self, node: usize) {
        let Some(running) = &mut self.nodes[node].running else { return };
        let mut all = Vec::new();
        running.keeper.look(&mut |done| all.push(done));
        self.check_growth(node);
        for done in all {
            self.done(node, done);
        }
    }

    /// A machine that has nothing to do looks for leavings of erased words.
    pub(super) fn idle(&mut self, node: usize) {
        let Some(running) = &mut self.nodes[node].running else { return };
        let mut all = Vec::new();
        running.keeper.scrub(&mut |done| all.push(done));
        for done in all {
            self.done(node, done);
        }
        let life = self.nodes[node].life;
        self.later(IDLE, Event::Idle(node, life));
    }

    fn hears_later(&mut self, node: usize, wait: u64, input: Input) {
        let life = self.nodes[node].life;
        self.later(wait, Event::Input(node, life, input));
    }

    /// The store said that these are safe.
    pub(super) fn acknowledged(&mut self, node: usize, ids: &[ContributionId]) {
        self.nodes[node].acknowledged.extend(ids);
    }
}

/// An input in a few words.
fn told(input: &Input) -> String {
    match input {
        Input::Message { peer, message } => format!("{peer:?}: {}", said(message)),
        Input::Gossip { peer, token, contribution } => {
            format!("gossip {token} of {peer:?}: {:?}", contribution.id())
        }
        Input::Checked { peer, verdicts, .. } => {
            let good = verdicts.iter().filter(|verdict| verdict.is_ok()).count();
            format!("checked of {peer:?}: {good} of {} are good", verdicts.len())
        }
        Input::Accepted { outcomes, .. } => {
            let outcomes: Vec<_> = outcomes.iter().map(|(one, what)| (one.id(), what)).collect();
            format!("accepted: {outcomes:?}")
        }
        other => format!("{other:?}"),
    }
}

/// A message in a few words.
fn said(message: &Message) -> String {
    match message {
        Message::Status { root, count } => format!("status {root:?} of {count}"),
        Message::Compare { ask, hashes, held, .. } => {
            format!("compare {ask}: {} by hash, {} by ids", hashes.len(), held.len())
        }
        Message::Differences { ask, children, beyond } => {
            format!("differences {ask}: {} children, {} beyond", children.len(), beyond.len())
        }
        Message::Offer { ids, more } => format!("offer {:?} {more}", ids.0),
        Message::Want { ids } => format!("want {:?}", ids.0),
        Message::Contributions { items } => {
            let bytes: usize = items.iter().map(|item| item.len()).sum();
            format!("{} contributions of {bytes} bytes", items.len())
        }
        Message::Missing { ids } => format!("missing {:?}", ids.0),
    }
}

fn kind_of(error: &commons_node::store::StoreError) -> String {
    let text = format!("{error:?}");
    text.chars().take_while(|character| character.is_alphanumeric()).collect()
}

/// Milliseconds between two looks for leavings.
const IDLE: u64 = 60_000;

/// As in the driver: what may wait for one peer, and milliseconds for which one is refused that does
/// not read.
const QUEUE: usize = 1024;
const SLOW_READER: u64 = 30_000;
