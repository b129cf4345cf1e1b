//! A contribution's way in, step by step: what is done at once, and what is never done twice.

use super::world::{Store, World, commons, contribution, peer};
use crate::contribution::{Refusal, Verified};
use crate::id::ContributionId;
use crate::replica::*;
use crate::wire::{Ids, Message, Unchecked, deliveries};

/// A replica and its store, driven by hand.
pub(super) struct Desk {
    pub(super) replica: Replica,
    pub(super) store: Store,
    pub(super) now: Moment,
}

impl Desk {
    pub(super) fn new() -> Self {
        let replica = Replica::new(std::iter::empty(), 0, 1);
        Self { replica, store: Store::default(), now: Moment(1_000) }
    }

    pub(super) fn handle(&mut self, input: Input) -> Vec<Output> {
        self.replica.handle(input, self.now)
    }

    pub(super) fn connect(&mut self, node: usize, dialer: bool) -> Vec<Output> {
        self.handle(Input::Connected { peer: peer(node), dialer })
    }

    pub(super) fn say(&mut self, node: usize, message: Message) -> Vec<Output> {
        self.handle(Input::Message { peer: peer(node), message })
    }

    pub(super) fn gossip(&mut self, node: usize, token: u64, bytes: Vec<u8>) -> Vec<Output> {
        let contribution = Unchecked::new(bytes).expect("well formed");
        self.handle(Input::Gossip { peer: peer(node), token, contribution })
    }

    /// Lets time pass, ticking when it is due.
    pub(super) fn wait(&mut self, milliseconds: u64) -> Vec<Output> {
        let end = self.now + milliseconds;
        let mut outputs = Vec::new();
        while let Some(at) = self.replica.deadline().filter(|at| *at <= end) {
            self.now = at;
            outputs.extend(self.handle(Input::Tick));
        }
        self.now = end;
        outputs
    }

    /// Carries out the checks and acceptances among these outputs, and what follows from them.
    pub(super) fn carry_out(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        let mut rest = Vec::new();
        for output in outputs {
            let followed = match output {
                Output::Check { peer, origin, contributions } => {
                    let verdicts = verdicts(&contributions);
                    self.handle(Input::Checked { peer, origin, verdicts })
                }
                Output::Accept { origin, batch } => {
                    let outcome = |verified: Verified| {
                        let outcome = self.store.accept(&verified);
                        (verified, outcome)
                    };
                    let outcomes = batch.into_iter().map(outcome).collect();
                    self.handle(Input::Accepted { origin, outcomes })
                }
                other => {
                    rest.push(other);
                    continue;
                }
            };
            rest.extend(self.carry_out(followed));
        }
        rest
    }
}

pub(super) fn verdicts(items: &[Unchecked]) -> Vec<Result<Verified, (ContributionId, Refusal)>> {
    let check = |item: &Unchecked| {
        item.check(&commons(), |author| author.admit()).map_err(|refusal| (item.id(), refusal))
    };
    items.iter().map(check).collect()
}

/// The bytes of a contribution with another signature.
pub(super) fn forged(verified: &Verified) -> Vec<u8> {
    let mut bytes = verified.encode();
    let signature = verified.header_bytes().len() + 10;
    bytes[signature] ^= 1;
    bytes
}

pub(super) fn deliver(contributions: &[&Verified]) -> Message {
    let bytes = contributions.iter().map(|verified| verified.encode()).collect();
    deliveries(bytes).remove(0)
}

pub(super) fn blamed(outputs: &[Output]) -> Option<&Fault> {
    outputs.iter().find_map(|output| match output {
        Output::Blame { fault, .. } => Some(fault),
        _ => None,
    })
}

fn wants(outputs: &[Output], node: usize) -> Vec<ContributionId> {
    let wants = outputs.iter().filter_map(|output| match output {
        Output::Send { peer: to, message: Message::Want { ids } } if *to == peer(node) => {
            Some(ids.0.clone())
        }
        _ => None,
    });
    wants.flatten().collect()
}

fn verdict_of(outputs: &[Output], token: u64) -> Option<Verdict> {
    outputs.iter().find_map(|output| match output {
        Output::Verdict { token: of, verdict } if *of == token => Some(*verdict),
        _ => None,
    })
}

fn idea(number: u64) -> Verified {
    contribution(number, None, &[])
}

fn change(number: u64, of: &Verified) -> Verified {
    contribution(number, Some(of.entry().into()), &[of.id()])
}

#[test]
fn gossip_is_checked_at_once_then_passed_on_and_stored_at_once() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let outputs = desk.gossip(1, 7, idea(1).encode());
    let [Output::Check { peer, origin, contributions }] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!(origin.lane, Lane::Live);
    let (peer, origin, verdicts) = (*peer, *origin, verdicts(contributions));
    let outputs = desk.handle(Input::Checked { peer, origin, verdicts });
    let [Output::Verdict { token: 7, verdict: Verdict::Accept }, Output::Accept { batch, .. }] =
        &outputs[..]
    else {
        panic!("{outputs:?}");
    };
    assert_eq!(batch[0].id(), idea(1).id());
    desk.carry_out(outputs);
    assert_eq!(desk.replica.count(), 1);
}

#[test]
fn what_is_written_here_is_published_at_once_and_told_soon() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let items = vec![Committed { seq: 1, id: idea(1).id(), local: true }];
    let outputs = desk.handle(Input::Committed { items: items.clone() });
    assert!(matches!(&outputs[..], [Output::Publish { ids }] if *ids == [idea(1).id()]));
    assert!(desk.handle(Input::Committed { items }).is_empty(), "it is published once");
    let told = desk.wait(200);
    let [
        Output::Send { message: Message::Status { count: 1, .. }, .. },
        Output::Send { message: Message::Offer { ids, more: false }, .. },
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(ids.0, [idea(1).id()], "for whom gossip did not reach");
}

#[test]
fn what_is_written_in_great_number_is_offered_instead() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let row = |number| Committed { seq: number, id: idea(number).id(), local: true };
    let outputs = desk.handle(Input::Committed { items: (1..=1_000).map(row).collect() });
    let [Output::Send { message: Message::Offer { ids, more: false }, .. }] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!(ids.0.len(), 1_000);
}

#[test]
fn statuses_are_told_at_most_so_often_and_always_in_the_end() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let mut told = Vec::new();
    for number in 1..=100 {
        let items = vec![Committed { seq: number, id: idea(number).id(), local: true }];
        desk.handle(Input::Committed { items });
        told.extend(desk.wait(10));
    }
    told.extend(desk.wait(1_000));
    let counts: Vec<u64> = told
        .iter()
        .filter_map(|output| match output {
            Output::Send { message: Message::Status { count, .. }, .. } => Some(*count),
            _ => None,
        })
        .collect();
    assert!(counts.len() <= 6, "{counts:?}");
    assert_eq!(counts.last(), Some(&100));
}

#[test]
fn what_comes_by_gossip_and_by_delivery_is_checked_once() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    desk.connect(2, false);
    let asked = desk.say(1, Message::Offer { ids: Ids(vec![idea(1).id()]), more: false });
    assert_eq!(wants(&asked, 1), [idea(1).id()]);
    let offered = desk.say(2, Message::Offer { ids: Ids(vec![idea(1).id()]), more: false });
    assert_eq!(wants(&offered, 2), [], "it is asked for already");
    let check = desk.say(1, deliver(&[&idea(1)]));
    assert!(matches!(&check[..], [Output::Check { .. }]), "{check:?}");
    assert!(desk.gossip(2, 7, idea(1).encode()).is_empty(), "it is being checked");
    let outputs = desk.carry_out(check);
    assert_eq!(verdict_of(&outputs, 7), Some(Verdict::Accept));
    let again = desk.gossip(1, 8, idea(1).encode());
    assert_eq!((again.len(), verdict_of(&again, 8)), (1, Some(Verdict::Ignore)));
}

#[test]
fn a_bad_signature_does_not_stand_in_the_way_of_a_good_one() {
    let mut desk = Desk::new();
    (1..=3).for_each(|node| drop(desk.connect(node, false)));
    let check = desk.gossip(1, 7, forged(&idea(1)));
    assert!(desk.gossip(2, 8, idea(1).encode()).is_empty(), "the id is being checked");
    assert!(desk.gossip(3, 9, forged(&idea(1))).is_empty());
    let outputs = desk.carry_out(check);
    assert_eq!(verdict_of(&outputs, 7), Some(Verdict::Reject));
    assert_eq!(verdict_of(&outputs, 8), Some(Verdict::Accept));
    assert_eq!(verdict_of(&outputs, 9), Some(Verdict::Reject));
    let blamed: Vec<_> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Blame { peer, fault: Fault::BadContribution(Refusal::Signature), .. } => {
                Some(*peer)
            }
            _ => None,
        })
        .collect();
    assert_eq!(blamed, [peer(1), peer(3)]);
    assert_eq!(desk.replica.count(), 1);
}

#[test]
fn an_id_with_a_bad_signature_is_taken_later_from_another() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    desk.connect(2, false);
    let check = desk.gossip(1, 7, forged(&idea(1)));
    assert!(blamed(&desk.carry_out(check)).is_some());
    let check = desk.gossip(2, 8, idea(1).encode());
    assert_eq!(verdict_of(&desk.carry_out(check), 8), Some(Verdict::Accept));
    assert_eq!(desk.replica.count(), 1);
}

#[test]
fn missing_parents_are_asked_for_and_what_waited_is_stored() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let (first, second, third) = (idea(1), change(2, &idea(1)), change(3, &change(2, &idea(1))));
    let check = desk.gossip(1, 7, third.encode());
    let outputs = desk.carry_out(check);
    assert_eq!(verdict_of(&outputs, 7), Some(Verdict::Accept), "it is verified");
    assert_eq!((wants(&outputs, 1), desk.replica.pending()), (vec![second.id()], 1));
    let outputs = desk.say(1, deliver(&[&second]));
    let outputs = desk.carry_out(outputs);
    assert_eq!((wants(&outputs, 1), desk.replica.pending()), (vec![first.id()], 2));
    let outputs = desk.say(1, deliver(&[&first]));
    desk.carry_out(outputs);
    assert_eq!((desk.replica.count(), desk.replica.pending()), (3, 0));
}

#[test]
fn parents_that_a_peer_does_not_have_are_looked_for_elsewhere() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    desk.connect(2, false);
    let root = crate::id::TreeHash([1; 32]);
    desk.say(2, Message::Status { root, count: 9 });
    let check = desk.gossip(1, 7, change(2, &idea(1)).encode());
    desk.carry_out(check);
    let outputs = desk.say(1, Message::Missing { ids: Ids(vec![idea(1).id()]) });
    assert_eq!(blamed(&outputs), None, "it never said that it holds it");
    assert!(
        matches!(&outputs[..], [Output::Send { peer: to, message: Message::Compare { .. } }] if *to == peer(2)),
        "{outputs:?}"
    );
}

#[test]
fn what_waits_too_long_for_its_parents_is_dropped() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let check = desk.gossip(1, 7, change(2, &idea(1)).encode());
    desk.carry_out(check);
    desk.handle(Input::Disconnected { peer: peer(1) });
    desk.wait(590_000);
    assert_eq!(desk.replica.pending(), 1);
    desk.wait(20_000);
    assert_eq!(desk.replica.pending(), 0);
}

#[test]
fn the_pool_of_those_that_wait_is_bounded_by_peer_and_in_all() {
    let mut desk = Desk::new();
    let mut number = 0;
    let mut most = 0;
    for node in 1..=6 {
        desk.connect(node, false);
        for _ in 0..1_200 {
            number += 1;
            let orphan = contribution(number, Some(idea(0).id()), &[ContributionId([9; 32])]);
            let check = desk.gossip(node, number, orphan.encode());
            desk.carry_out(check);
            most = most.max(desk.replica.pending());
        }
        assert!(desk.replica.pending() <= node * 1_024);
    }
    assert_eq!((most, desk.replica.pending()), (4_096, 4_096));
}

#[test]
fn a_large_contribution_is_asked_for_when_announced_and_announced_when_held() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let id = idea(1).id();
    let asked = desk.handle(Input::GossipId { peer: peer(1), token: 7, id });
    assert_eq!((wants(&asked, 1), verdict_of(&asked, 7)), (vec![id], None));
    let outputs = desk.say(1, deliver(&[&idea(1)]));
    let outputs = desk.carry_out(outputs);
    assert_eq!(verdict_of(&outputs, 7), Some(Verdict::Accept));
    let again = desk.handle(Input::GossipId { peer: peer(1), token: 8, id });
    assert_eq!(verdict_of(&again, 8), Some(Verdict::Ignore));
    let never = ContributionId([5; 32]);
    desk.handle(Input::GossipId { peer: peer(1), token: 9, id: never });
    assert_eq!(verdict_of(&desk.wait(40_000), 9), Some(Verdict::Ignore));
}

#[test]
fn what_the_store_refuses_is_not_asked_for_again_and_nobody_is_blamed() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let offer = || Message::Offer { ids: Ids(vec![idea(1).id()]), more: false };
    let asked = desk.say(1, offer());
    assert_eq!(wants(&asked, 1).len(), 1);
    let check = desk.say(1, deliver(&[&idea(1)]));
    let outputs = answer_with(&mut desk, check, Outcome::Refused("not-the-author"));
    assert_eq!(blamed(&outputs), None);
    assert_eq!(wants(&desk.say(1, offer()), 1), []);
}

#[test]
fn a_store_that_cannot_write_is_left_in_peace_for_a_while() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let offer = || Message::Offer { ids: Ids(vec![idea(1).id()]), more: false };
    desk.say(1, offer());
    let check = desk.say(1, deliver(&[&idea(1)]));
    answer_with(&mut desk, check, Outcome::Unstored);
    assert_eq!(wants(&desk.say(1, offer()), 1), []);
    assert_eq!(wants(&desk.wait(9_000), 1), []);
    assert_eq!(wants(&desk.wait(10_000), 1), [idea(1).id()]);
}

/// Carries out a check, and answers the acceptance that follows with this outcome.
fn answer_with(desk: &mut Desk, outputs: Vec<Output>, outcome: Outcome) -> Vec<Output> {
    let mut all = Vec::new();
    for output in outputs {
        let Output::Check { peer, origin, contributions } = output else { continue };
        let verdicts = verdicts(&contributions);
        for output in desk.handle(Input::Checked { peer, origin, verdicts }) {
            let Output::Accept { origin, batch } = output else { continue };
            let outcomes = batch.into_iter().map(|item| (item, outcome.clone())).collect();
            all.extend(desk.handle(Input::Accepted { origin, outcomes }));
        }
    }
    all
}

#[test]
fn while_much_is_unchecked_no_more_is_asked_for() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let ideas: Vec<Verified> = (0..6_000).map(idea).collect();
    let mut asked = 0;
    for part in ideas.chunks(3_000) {
        let ids = Ids(part.iter().map(Verified::id).collect());
        let mut wanted = wants(&desk.say(1, Message::Offer { ids, more: false }), 1);
        while !wanted.is_empty() {
            asked += wanted.len();
            let delivered: Vec<&Verified> =
                ideas.iter().filter(|idea| wanted.contains(&idea.id())).collect();
            wanted.clear();
            for some in delivered.chunks(200) {
                wanted.extend(wants(&desk.say(1, deliver(some)), 1));
            }
        }
    }
    assert!((4_096..4_096 + 2 * 2_048).contains(&asked), "{asked} asked for");
}

#[test]
fn after_sleep_statuses_are_told_and_what_differs_is_compared() {
    let mut world = World::new(3, 2);
    world.connect(0, 1);
    world.settle_pair(0, 1);
    world.run(1_000);
    let mut desk = Desk::new();
    desk.connect(1, false);
    desk.say(1, Message::Status { root: crate::id::TreeHash([1; 32]), count: 3 });
    let outputs = desk.handle(Input::Woke);
    let is_status =
        |output: &Output| matches!(output, Output::Send { message: Message::Status { .. }, .. });
    let is_compare =
        |output: &Output| matches!(output, Output::Send { message: Message::Compare { .. }, .. });
    assert!(outputs.iter().any(is_status) && outputs.iter().any(is_compare), "{outputs:?}");
}
