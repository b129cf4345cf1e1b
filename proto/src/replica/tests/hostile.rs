//! Peers that lie, stall, flood and repeat: each is named for what it did, and costs a bounded
//! amount of memory and work.

use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::intake::{Desk, blamed, deliver, forged};
use super::world::{contribution, peer};
use crate::id::{ContributionId, TreeHash};
use crate::replica::*;
use crate::tree::{EMPTY, Prefix};
use crate::wire::{Beyond, Children, Ids, LISTED_IDS, Message, Shorts};

/// A comparison's question, answered by a liar.
type Lie = fn(u64, Vec<Prefix>) -> Message;

/// A replica that has dialled a liar, who answers every question with this lie and nothing else.
/// What it is blamed for, and after how many questions.
fn lied_to(desk: &mut Desk, lie: Lie, at_most: usize) -> (Option<Fault>, usize) {
    let mut outputs = desk.connect(1, true);
    for asked in 0..at_most {
        if let Some(fault) = blamed(&outputs) {
            return (Some(fault.clone()), asked);
        }
        let lies: Vec<Message> =
            questions(&outputs).into_iter().map(|(ask, prefixes)| lie(ask, prefixes)).collect();
        if lies.is_empty() {
            return (None, asked);
        }
        outputs = lies.into_iter().flat_map(|lie| desk.say(1, lie)).collect();
    }
    (None, at_most)
}

fn id_under(prefix: &Prefix, number: u64) -> ContributionId {
    let mut id: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
    for depth in 0..prefix.depth() {
        let digit = prefix.digit(depth) as u8;
        let byte = &mut id[depth / 2];
        *byte = if depth % 2 == 0 { *byte & 0x0f | digit << 4 } else { *byte & 0xf0 | digit };
    }
    ContributionId(id)
}

#[test]
fn garbage_is_blamed_and_its_sender_refused_for_a_while() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let outputs = desk.handle(Input::Garbage { peer: peer(1) });
    assert!(matches!(
        outputs[..],
        [Output::Blame { fault: Fault::Garbage, refuse_for: 60_000, .. }]
    ));
    let outputs = desk.connect(1, false);
    assert_eq!(blamed(&outputs), Some(&Fault::Refused));
    desk.wait(60_000);
    assert_eq!(blamed(&desk.connect(1, false)), None);
}

#[test]
fn an_endless_tree_is_recognised() {
    let lie: Lie = |ask, prefixes| {
        let children = Children(Box::new([TreeHash([7; 32]); 16]));
        let children = prefixes.into_iter().map(|prefix| (prefix, children.clone())).collect();
        Message::Differences { ask, children, beyond: Vec::new() }
    };
    let (fault, asked) = lied_to(&mut Desk::new(), lie, 1_000);
    assert_eq!(fault, Some(Fault::Impossible));
    assert!(asked < 20, "after {asked} questions");
}

#[test]
fn ids_without_number_are_bounded_and_a_peer_that_never_delivers_is_given_up() {
    let lie: Lie = |ask, prefixes| {
        let is_deep = prefixes.iter().all(|prefix| prefix.depth() > 3);
        let children = Children(Box::new([TreeHash([7; 32]); 16]));
        if !is_deep {
            let children = prefixes.into_iter().map(|prefix| (prefix, children.clone())).collect();
            return Message::Differences { ask, children, beyond: Vec::new() };
        }
        let beyond = prefixes.iter().map(|prefix| {
            let ids = (0..LISTED_IDS as u64).map(|number| id_under(prefix, number)).collect();
            Beyond(*prefix, Ids(ids), vec![1; LISTED_IDS], Vec::new())
        });
        Message::Differences { ask, children: Vec::new(), beyond: beyond.collect() }
    };
    let mut desk = Desk::new();
    let (fault, asked) = lied_to(&mut desk, lie, 5_000);
    assert_eq!(fault, None);
    assert!(asked < 400, "after {asked} questions");
    let taking = desk.replica.sessions[&peer(1)].taking.remaining();
    assert!(taking <= 262_144, "{taking} ids are kept");
    let mut fault = None;
    for number in 0..60 {
        // It tells something new again and again, to be compared with.
        desk.say(1, Message::Status { root: TreeHash([number; 32]), count: u64::MAX });
        let outputs = desk.wait(5_000);
        fault = fault.or(blamed(&outputs).cloned());
        answer_all(&mut desk, outputs, lie);
    }
    assert_eq!(fault, Some(Fault::Stalled));
}

/// Answers all questions with a lie, and those that follow.
fn answer_all(desk: &mut Desk, mut outputs: Vec<Output>, lie: Lie) {
    while !outputs.is_empty() {
        outputs = questions(&outputs)
            .into_iter()
            .flat_map(|(ask, prefixes)| desk.say(1, lie(ask, prefixes)))
            .collect();
    }
}

fn questions(outputs: &[Output]) -> Vec<(u64, Vec<Prefix>)> {
    let questions = outputs.iter().filter_map(|output| match output {
        Output::Send { message: Message::Compare { ask, hashes, held, .. }, .. } => {
            let prefixes = hashes.iter().map(|at| at.0).chain(held.iter().map(|at| at.0));
            Some((*ask, prefixes.collect()))
        }
        _ => None,
    });
    questions.collect()
}

#[test]
fn a_peer_that_never_answers_is_dropped_after_some_time() {
    let mut desk = Desk::new();
    desk.connect(1, true);
    desk.say(1, Message::Status { root: TreeHash([1; 32]), count: 3 });
    let outputs = desk.wait(300_000);
    assert_eq!(blamed(&outputs), Some(&Fault::Stalled));
    assert_eq!(desk.replica.peers().count(), 0);
}

#[test]
fn promises_that_are_not_kept_are_blamed() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let ids = || Ids(vec![ContributionId([5; 32])]);
    desk.say(1, Message::Offer { ids: ids(), more: false });
    let outputs = desk.say(1, Message::Missing { ids: ids() });
    assert_eq!(blamed(&outputs), Some(&Fault::BrokenPromise));
}

#[test]
fn answers_that_cannot_be_are_blamed() {
    let elsewhere: Lie = |ask, _| {
        let prefix: Prefix = "abc".parse().expect("a prefix");
        let children = vec![(prefix, Children(Box::new([EMPTY; 16])))];
        Message::Differences { ask, children, beyond: Vec::new() }
    };
    let never_told: Lie = |ask, prefixes| {
        let beyond = vec![Beyond(prefixes[0], Ids::default(), Vec::new(), vec![3])];
        Message::Differences { ask, children: Vec::new(), beyond }
    };
    let another_question: Lie =
        |ask, _| Message::Differences { ask: ask + 9, children: Vec::new(), beyond: Vec::new() };
    for (lie, fault) in [
        (elsewhere, Fault::NotAsked),
        (never_told, Fault::Impossible),
        (another_question, Fault::NotAsked),
    ] {
        assert_eq!(lied_to(&mut Desk::new(), lie, 10).0, Some(fault));
    }
}

#[test]
fn ids_outside_the_subtree_are_blamed() {
    let lie: Lie = |ask, prefixes| {
        if prefixes[0] == Prefix::ROOT {
            let mut hashes = [EMPTY; 16];
            hashes[3] = TreeHash([1; 32]);
            let children = vec![(Prefix::ROOT, Children(Box::new(hashes)))];
            return Message::Differences { ask, children, beyond: Vec::new() };
        }
        let ids = Ids(vec![ContributionId([0x44; 32])]);
        let beyond = vec![Beyond(prefixes[0], ids, vec![1], Vec::new())];
        Message::Differences { ask, children: Vec::new(), beyond }
    };
    assert_eq!(lied_to(&mut Desk::new(), lie, 10).0, Some(Fault::Impossible));
}

#[test]
fn what_was_not_asked_for_is_blamed() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let outputs = desk.say(1, deliver(&[&contribution(1, None, &[])]));
    assert_eq!(blamed(&outputs), Some(&Fault::NotAsked));
    desk.connect(2, false);
    let ids = Ids(vec![ContributionId([5; 32])]);
    assert_eq!(blamed(&desk.say(2, Message::Missing { ids })), Some(&Fault::NotAsked));
}

#[test]
fn another_contribution_than_the_one_asked_for_never_ends() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    desk.say(1, Message::Offer { ids: Ids(vec![ContributionId([5; 32])]), more: false });
    let mut fault = None;
    for number in 0..5 {
        let outputs = desk.say(1, deliver(&[&contribution(number, None, &[])]));
        let outputs = desk.carry_out(outputs);
        fault = fault.or(blamed(&outputs).cloned());
    }
    assert_eq!(fault, Some(Fault::NotAsked));
}

#[test]
fn a_bad_delivery_is_blamed_and_the_rest_of_it_kept() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let (good, bad) = (contribution(1, None, &[]), contribution(2, None, &[]));
    desk.say(1, Message::Offer { ids: Ids(vec![good.id(), bad.id()]), more: false });
    let items = vec![good.encode().into(), forged(&bad).into()];
    let outputs = desk.say(1, Message::Contributions { items });
    let outputs = desk.carry_out(outputs);
    assert!(matches!(blamed(&outputs), Some(Fault::BadContribution(_))));
    assert_eq!(desk.replica.count(), 1);
}

#[test]
fn bytes_that_are_no_contribution_are_blamed() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let items = vec![vec![0x83, 0x58].into()];
    let outputs = desk.say(1, Message::Contributions { items });
    assert!(matches!(blamed(&outputs), Some(Fault::BadContribution(_))));
}

#[test]
fn a_flood_of_requests_is_blamed() {
    let mut desk = Desk::new();
    let id = contribution(1, None, &[]).id();
    desk.handle(Input::Committed { items: vec![Committed { seq: 1, id, local: true }] });
    desk.connect(1, false);
    let flood = (0..100).map(|_| desk.say(1, Message::Want { ids: Ids(vec![id; 256]) }));
    let outputs: Vec<Output> = flood.flatten().collect();
    assert_eq!(blamed(&outputs), Some(&Fault::TooMuch));
    let served = outputs.iter().filter(|output| matches!(output, Output::Serve { .. })).count();
    assert_eq!(served, 2, "the driver has no more than two at once");
}

#[test]
fn a_flood_of_gossip_is_bounded() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    let big = |number: u64| {
        let mut bytes = vec![0x83, 0x58, 0x20];
        bytes.extend(Sha256::digest(number.to_be_bytes()));
        bytes.resize(60_000, 0);
        bytes
    };
    let outputs: Vec<Output> = (0..2_000).flat_map(|at| desk.gossip(1, at, big(at))).collect();
    let checked = outputs.iter().filter(|output| matches!(output, Output::Check { .. })).count();
    assert!(checked * 60_000 < 41 * 1024 * 1024, "{checked} are being checked");
    assert_eq!(outputs.len(), 2_000, "the others are ignored");
}

#[test]
fn a_flood_of_offers_is_bounded() {
    let mut desk = Desk::new();
    desk.connect(1, false);
    for first in 0..100u64 {
        let id = |number: u64| ContributionId(Sha256::digest(number.to_be_bytes()).into());
        let ids = Ids((first * 4_096..(first + 1) * 4_096).map(id).collect());
        desk.say(1, Message::Offer { ids, more: true });
    }
    desk.say(1, Message::Status { root: TreeHash([1; 32]), count: 1 });
    let session = &desk.replica.sessions[&peer(1)];
    assert!(session.taking.remaining() < 25_000, "{}", session.taking.remaining());
}

fn any_prefix() -> impl Strategy<Value = Prefix> {
    vec(0u8..16, 0..5).prop_map(|digits| {
        digits
            .into_iter()
            .fold(Prefix::ROOT, |prefix, digit| prefix.child(digit).expect("not that deep"))
    })
}

fn any_ids() -> impl Strategy<Value = Ids> {
    vec(0u64..40, 0..6).prop_map(|numbers| {
        Ids(numbers.into_iter().map(|number| contribution(number, None, &[]).id()).collect())
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let hash = any::<[u8; 32]>().prop_map(TreeHash);
    let children = hash.clone().prop_map(|hash| Children(Box::new([hash; 16])));
    let beyond = (any_prefix(), any_ids(), vec(0u64..40, 0..4)).prop_map(|(at, ids, lacks)| {
        let positions = (0..ids.0.len() as u64).collect();
        Beyond(at, ids, positions, lacks)
    });
    prop_oneof![
        (hash.clone(), any::<u64>()).prop_map(|(root, count)| Message::Status { root, count }),
        (
            0u64..9,
            any::<u64>(),
            vec((any_prefix(), hash), 0..4),
            vec((any_prefix(), vec(any::<u64>(), 0..9).prop_map(Shorts)), 0..4)
        )
            .prop_map(|(ask, salt, hashes, held)| Message::Compare {
                ask,
                salt,
                hashes,
                held
            }),
        (0u64..9, vec((any_prefix(), children), 0..3), vec(beyond, 0..3))
            .prop_map(|(ask, children, beyond)| Message::Differences { ask, children, beyond }),
        (any_ids(), any::<bool>()).prop_map(|(ids, more)| Message::Offer { ids, more }),
        any_ids().prop_map(|ids| Message::Want { ids }),
        vec(0u64..40, 0..6).prop_map(|numbers| Message::Contributions {
            items: numbers
                .into_iter()
                .map(|number| contribution(number, None, &[]).encode().into())
                .collect()
        }),
        any_ids().prop_map(|ids| Message::Missing { ids }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever strangers say in whatever order, the replica goes on, and an honest peer gets
    /// everything from it and gives it everything.
    #[test]
    fn any_words_of_strangers_leave_the_replica_well(
        messages in vec((1usize..4, any_message(), 0u64..4_000), 0..60)
    ) {
        let mut desk = Desk::new();
        (1..4).for_each(|node| drop(desk.connect(node, node == 1)));
        for (node, message, pause) in messages {
            let mut outputs = desk.say(node, message);
            outputs.extend(desk.wait(pause));
            for output in desk.carry_out(outputs) {
                if let Output::Blame { peer, .. } = output {
                    desk.handle(Input::Disconnected { peer });
                }
            }
            prop_assert!(desk.replica.deadline().is_none_or(|deadline| deadline > desk.now));
        }
        (1..4).for_each(|node| drop(desk.handle(Input::Disconnected { peer: peer(node) })));
        let honest = contribution(99, None, &[]);
        desk.connect(9, false);
        desk.say(9, Message::Offer { ids: Ids(vec![honest.id()]), more: false });
        let outputs = desk.say(9, deliver(&[&honest]));
        desk.carry_out(outputs);
        prop_assert!(desk.store.log.iter().any(|held| held.id() == honest.id()));
    }
}
