//! The same cases where a node meets a peer that sends such contributions.

use commons_proto::id::{CommonsId, ContributionId};
use commons_tests::forge::{self, Forged, malformed};
use commons_tests::liar::Word;
use commons_tests::{Liar, Member, wait};

use super::{author, nobody};

fn idea(member: &Member, title: &str) -> Forged {
    Forged::idea(&member.commons(), &author(1), title)
}

/// Sends these bytes by gossip and, as somebody else, when asked for them: both times this member
/// blames the sender for what it says that is wrong with them.
#[track_caller]
fn is_blamed_for(member: &Member, bytes: &[u8], reason: &str) {
    let mut gossip = Liar::meets(member);
    gossip.gossips(bytes);
    assert!(gossip.is_blamed_by(member).contains(reason), "not {reason}, by gossip");
    let mut delivery = Liar::meets(member);
    delivery.offers(&[bytes.to_vec()]);
    assert!(delivery.is_blamed_by(member).contains(reason), "not {reason}, delivered");
}

#[test]
fn case_01_who_sends_a_flipped_bit_is_blamed_and_nothing_is_stored() {
    let ann = Member::new("Ann");
    let bytes = idea(&ann, "Hand hygiene").bytes();
    let signature =
        bytes.len() - idea(&ann, "Hand hygiene").payload_bytes().map_or(0, <[u8]>::len) - 10;
    for (at, reason) in [
        (bytes.len() - 1, "the payload is not the one that the header names"),
        (signature, "the signature does not verify"),
    ] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        is_blamed_for(&ann, &flipped, reason);
    }
    assert_eq!(ann.count(), 0);
}

#[test]
fn case_02_after_a_wrong_signature_the_right_one_is_accepted() {
    let ann = Member::new("Ann");
    let idea = idea(&ann, "Hand hygiene");
    let wrong = idea.signed(&author(2).sign(&idea.message(), 1));
    is_blamed_for(&ann, &wrong, "the signature does not verify");
    assert_eq!(ann.count(), 0);
    let honest = Liar::meets(&ann);
    honest.gossips(&idea.bytes());
    ann.until_it_holds(&[idea.id()]);
    assert!(!ann.has_refused(honest.peer()));
}

#[test]
fn case_02_both_at_the_same_time_are_told_apart() {
    let ann = Member::new("Ann");
    for number in 0..5 {
        let idea = idea(&ann, &format!("Bed sensors {number}"));
        let wrong = idea.signed(&author(2).sign(&idea.message(), 1));
        let (mut liar, honest) = (Liar::meets(&ann), Liar::meets(&ann));
        liar.gossips(&wrong);
        honest.gossips(&idea.bytes());
        ann.until_it_holds(&[idea.id()]);
        assert!(!ann.has_refused(honest.peer()));
        // Who was too late with it was not listened to.
        liar.gossips(&self::idea(&ann, "Quiet doors").signed(&[1; 64]));
        liar.is_blamed_by(&ann);
    }
}

#[test]
fn case_03_many_signatures_are_passed_on_once() {
    let ann = Member::new("Ann");
    let (liar, listener) = (Liar::meets(&ann), Liar::meets(&ann));
    let idea = idea(&ann, "Hand hygiene");
    let variants: Vec<Vec<u8>> = (0..200).map(|number| idea.variant(number)).collect();
    variants.iter().for_each(|variant| liar.gossips(variant));
    ann.until_it_holds(&[idea.id()]);
    let last = self::idea(&ann, "Quiet doors");
    liar.gossips(&last.bytes());
    ann.until_it_holds(&[last.id()]);
    let hears = |word: &Word, bytes: &[u8]| matches!(word, Word::Gossip(data) if data == bytes);
    listener.hears("the last idea", |word| hears(word, &last.bytes()).then_some(()));
    let heard = listener.heard();
    let passed_on = variants.iter().filter(|bytes| heard.iter().any(|word| hears(word, bytes)));
    assert!(passed_on.count() <= 1, "one signature is passed on, and no other");
    assert_eq!((ann.count(), ann.store().last().expect("the store can be read")), (2, 2));
    assert!(!ann.has_refused(liar.peer()), "a valid signature is no fault");
}

#[test]
fn case_05_who_replays_into_another_entry_or_commons_is_blamed() {
    let ann = Member::new("Ann");
    let (beds, doors) = (idea(&ann, "Bed sensors"), idea(&ann, "Quiet doors"));
    let honest = Liar::meets(&ann);
    honest.offers(&[beds.bytes(), doors.bytes()]);
    ann.until_it_holds(&[beds.id(), doors.id()]);
    let edit = |commons: &CommonsId, of: &Forged| {
        Forged::change(commons, &author(1), of.entry(), &[of.id()], [forge::add("tags", "wards")])
    };
    let said = edit(&ann.commons(), &beds);
    let replayed = edit(&ann.commons(), &doors).signed(&said.key().sign(&said.message(), 1));
    is_blamed_for(&ann, &replayed, "the signature does not verify in this commons");
    let elsewhere = edit(&CommonsId([7; 32]), &beds);
    is_blamed_for(&ann, &elsewhere.bytes(), "the signature does not verify in this commons");
    assert_eq!(ann.count(), 2);
}

#[test]
fn case_06_who_sends_what_is_malformed_is_blamed() {
    let ann = Member::new("Ann");
    let idea = idea(&ann, "Hand hygiene");
    let chosen = [
        "an unknown part",
        "a time with a fraction",
        "boasts within each other",
        "10,000 arrays deep",
        "a key twice",
    ];
    let malformed = malformed::short(&idea).into_iter().chain(malformed::long(&idea));
    let bad: Vec<_> = malformed.filter(|(what, ..)| chosen.contains(what)).collect();
    assert_eq!(bad.len(), chosen.len());
    for (_, bytes, _) in bad {
        let mut liar = Liar::meets(&ann);
        liar.offers(&[bytes]);
        let reason = liar.is_blamed_by(&ann);
        assert!(reason.contains("not the canonical DAG-CBOR"), "{reason}");
    }
    assert_eq!(ann.count(), 0);
}

#[test]
fn case_07_parents_that_cannot_be_are_blamed_and_those_of_another_entry_refused() {
    let ann = Member::new("Ann");
    let (beds, doors) = (idea(&ann, "Bed sensors"), idea(&ann, "Quiet doors"));
    let honest = Liar::meets(&ann);
    honest.offers(&[beds.bytes(), doors.bytes()]);
    ann.until_it_holds(&[beds.id(), doors.id()]);
    let change = |parents: &[ContributionId]| {
        Forged::change(&ann.commons(), &author(2), beds.entry(), parents, [])
    };
    is_blamed_for(&ann, &change(&[beds.id(), beds.id()]).bytes(), "parents that are not sorted");
    is_blamed_for(&ann, &change(&[nobody(2), nobody(1)]).bytes(), "parents that are not sorted");
    let strange = change(&[doors.id()]);
    honest.gossips(&strange.bytes());
    let last = change(&[beds.id()]);
    honest.gossips(&last.bytes());
    ann.until_it_holds(&[last.id()]);
    assert!(!ann.holds(&strange.id()));
    assert!(!ann.has_refused(honest.peer()), "whoever passes it on need not know the entry");
}

#[test]
fn case_07_what_names_parents_that_nobody_has_waits_within_bounds() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    let beds = ann.writes_idea("Bed sensors");
    let commons = ann.commons();
    let orphan = |number: u32, parents: &[ContributionId]| {
        let edit = forge::add("tags", &number.to_string());
        Forged::change(&commons, &author(2), beds.entry(), parents, [edit])
    };
    for number in 0..OF_A_PEER as u32 + 200 {
        liar.gossips(&orphan(number, &[nobody(number)]).bytes());
    }
    wait::until("the pool of this peer is full", || match ann.status().pending {
        OF_A_PEER.. => Ok(()),
        fewer => Err(format!("{fewer} wait")),
    });
    // One that claims to follow itself, by way of somebody else's name for it.
    let one = orphan(1, &[nobody(0)]);
    liar.shelves(nobody(0), one.bytes());
    liar.gossips(&one.bytes());
    let another = Liar::meets(&ann);
    let edit = orphan(2, &[beds.id()]);
    another.gossips(&edit.bytes());
    ann.until_it_holds(&[edit.id()]);
    assert!(ann.status().pending <= OF_A_PEER + 1, "{} wait", ann.status().pending);
    assert_eq!(ann.count(), 2);
    let quiet = idea(&ann, "Quiet doors");
    another.gossips(&quiet.bytes());
    ann.until_it_holds(&[quiet.id()]);
}

/// Contributions of one peer that wait for parents at a time, as `replica/pending.rs` has it.
const OF_A_PEER: usize = 1024;
