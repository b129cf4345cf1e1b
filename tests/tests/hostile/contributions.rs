//! Contributions that are not what they say: cases 1, 2, 3, 5, 6 and 7.

use allocation_counter::measure;
use commons_node::store::Outcome;
use commons_proto::id::{CommonsId, ContributionId, EntryId};
use commons_proto::limits::CONTRIBUTION_BYTES;
use commons_tests::forge::desk::GOOD;
use commons_tests::forge::{self, Desk, Forged, ForgedKey, cbor, malformed};

mod nodes;

fn author(number: u8) -> ForgedKey {
    ForgedKey::honest(&[number; 32])
}

fn idea(desk: &Desk) -> Forged {
    Forged::idea(&desk.commons, &author(1), "Hand hygiene by the door")
}

#[test]
fn case_01_every_flipped_bit_is_noticed_and_nothing_is_stored() {
    let mut desk = Desk::new("flips");
    let bytes = idea(&desk).bytes();
    let payload = idea(&desk).payload_bytes().map_or(0, <[u8]>::len);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let refusal = desk.take(&flipped).expect_err("a flipped bit is noticed");
        if bit / 8 >= bytes.len() - payload {
            assert_eq!(refusal.code(), "wrong-payload", "bit {bit}");
        }
    }
    assert_eq!(desk.count(), 0);
    assert_eq!(desk.verdict(&bytes), GOOD);
}

#[test]
fn case_02_a_wrong_signature_does_not_stand_in_the_way_of_the_right_one() {
    let mut desk = Desk::new("signatures");
    let idea = idea(&desk);
    let wrong = idea.signed(&author(2).sign(&idea.message(), 1));
    assert_eq!(desk.take(&wrong).expect_err("another's signature").code(), "signature");
    assert_eq!(desk.take(&idea.bytes()), Ok(Outcome::New { seq: 1 }));
    assert_eq!(desk.take(&wrong).expect_err("another's signature").code(), "signature");
    assert_eq!(desk.count(), 1);
}

#[test]
fn case_03_one_contribution_with_many_valid_signatures_is_one_item() {
    let mut desk = Desk::new("variants");
    let idea = idea(&desk);
    let variants: Vec<Vec<u8>> = (0..100).map(|number| idea.variant(number)).collect();
    let outcomes: Vec<_> = variants.iter().map(|bytes| desk.take(bytes)).collect();
    assert_eq!(outcomes[0], Ok(Outcome::New { seq: 1 }));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Ok(Outcome::Known)));
    let mut desk = desk.restarted();
    assert_eq!(desk.take(&variants[50]), Ok(Outcome::Known));
    assert_eq!((desk.count(), desk.store.last().expect("the store can be read")), (1, 1));
}

#[test]
fn case_05_what_is_replayed_into_another_entry_or_commons_is_refused() {
    let mut desk = Desk::new("replays");
    let here = desk.commons;
    let elsewhere = CommonsId::derive("another", None).expect("a good name");
    let (beds, doors) =
        (idea(&desk), Forged::idea(&desk.commons, &author(1), "Doors that open by themselves"));
    for genesis in [&beds, &doors] {
        assert!(matches!(desk.take(&genesis.bytes()), Ok(Outcome::New { .. })));
    }
    let edit = |commons, of: &Forged| {
        Forged::change(commons, &author(1), of.entry(), &[of.id()], [forge::add("tags", "wards")])
    };
    let said = edit(&here, &beds);
    let signature = said.key().sign(&said.message(), 1);
    let replayed = edit(&here, &doors).signed(&signature);
    assert_eq!(desk.take(&replayed).expect_err("another entry").code(), "signature");
    let other = edit(&elsewhere, &beds);
    let replayed = edit(&here, &beds).signed(&other.key().sign(&other.message(), 1));
    assert_eq!(desk.take(&replayed).expect_err("another commons").code(), "signature");
    assert_eq!(desk.count(), 2);
    assert_eq!(desk.take(&said.signed(&signature)), Ok(Outcome::New { seq: 3 }));
}

#[test]
fn case_06_what_is_malformed_is_refused_before_memory_is_spent() {
    let desk = Desk::new("malformed");
    assert_eq!(desk.verdict(&idea(&desk).bytes()), GOOD);
    let idea = idea(&desk);
    for (what, bytes, code) in malformed::short(&idea).into_iter().chain(malformed::long(&idea)) {
        let mut verdict = "";
        let spent = measure(|| verdict = desk.verdict(&bytes));
        assert_eq!(verdict, code, "{what}");
        assert!(spent.bytes_max < MEMORY, "{what} takes {} bytes", spent.bytes_max);
    }
}

#[test]
fn case_06_a_good_contribution_is_kept_in_as_much_memory_as_it_has_bytes() {
    let desk = Desk::new("memory");
    let tiny = |count| cbor::array(vec![cbor::uint(0); count]);
    let shape = cbor::array([cbor::text("erase"), cbor::bytes(&[1; 32]), tiny(60_000)]);
    let later = cbor::map([("salt", cbor::bytes(&[7; 16])), ("zeal", tiny(60_000))]);
    let packed = [
        ("an unknown edit of many numbers", idea(&desk).edits([tiny(60_000)])),
        ("many unknown edits", idea(&desk).edits(vec![vec![0x80]; 1024])),
        ("many edits of a set", idea(&desk).edits(vec![forge::add("a", ""); 1024])),
        ("a shape of many numbers", idea(&desk).edits([shape])),
        ("a later payload of many numbers", idea(&desk).with("v", cbor::uint(2)).payload(later)),
    ];
    for (what, forged) in packed {
        let bytes = forged.bytes();
        let mut verified = None;
        let spent = measure(|| verified = desk.check(&bytes).ok());
        assert!(verified.is_some(), "{what} is good");
        let most = 2 * bytes.len() as i64 + 2_000;
        assert!(spent.bytes_current < most, "{what} keeps {} bytes", spent.bytes_current);
    }
}

#[test]
fn case_07_parents_that_no_header_can_have_are_refused() {
    let mut desk = Desk::new("parents");
    let genesis = idea(&desk);
    desk.take(&genesis.bytes()).expect("an honest idea");
    let change = |parents: &[ContributionId]| {
        Forged::change(&desk.commons, &author(1), genesis.entry(), parents, [])
    };
    let many = |count: u32| -> Vec<ContributionId> { (0..count).map(nobody).collect() };
    let refused = [
        ("10,000 parents", change(&many(10_000)), "too-large"),
        ("65 parents", change(&many(65)), "header"),
        ("the same twice", change(&[genesis.id(), genesis.id()]), "header"),
        ("unsorted", change(&[nobody(2), nobody(1)]), "header"),
        ("none", change(&[]), "header"),
        ("a genesis with parents", idea(&desk).with("parents", forge::ids(&many(1))), "header"),
    ];
    for (what, forged, code) in refused {
        assert_eq!(desk.verdict(&forged.bytes()), code, "{what}");
    }
    assert_eq!(desk.verdict(&change(&many(64)).bytes()), GOOD);
}

#[test]
fn case_07_parents_of_another_entry_are_refused_and_unknown_ones_awaited() {
    let mut desk = Desk::new("parents");
    let (beds, doors) = (idea(&desk), Forged::idea(&desk.commons, &author(2), "Quiet doors"));
    for genesis in [&beds, &doors] {
        desk.take(&genesis.bytes()).expect("an honest idea");
    }
    let commons = desk.commons;
    let change = |entry: EntryId, parents: &[ContributionId]| {
        let mut parents = parents.to_vec();
        parents.sort_unstable();
        Forged::change(&commons, &author(3), entry, &parents, [forge::add("tags", "wards")])
    };
    let refused = Ok(Outcome::Refused("parents-of-another-entry"));
    for parents in [vec![doors.id()], vec![beds.id(), doors.id()]] {
        assert_eq!(desk.take(&change(beds.entry(), &parents).bytes()), refused);
    }
    // An entry that nobody has, and a contribution that is no genesis in place of one.
    let edit = change(beds.entry(), &[beds.id()]);
    assert_eq!(desk.take(&edit.bytes()), Ok(Outcome::New { seq: 3 }));
    let of_nothing = change(nobody(1).into(), &[beds.id()]);
    assert_eq!(desk.take(&of_nothing.bytes()), refused);
    assert_eq!(desk.take(&change(edit.id().into(), &[edit.id()]).bytes()), refused);
    // Two that name each other cannot be, as an id is a hash: one of them names what nobody has.
    let one = change(beds.entry(), &[nobody(2)]);
    let other = change(beds.entry(), &[one.id(), nobody(3)]);
    let missing = desk.take(&one.bytes());
    assert_eq!(missing, Ok(Outcome::MissingParents(vec![nobody(2)])));
    assert!(matches!(desk.take(&other.bytes()), Ok(Outcome::MissingParents(_))));
    assert_eq!(desk.count(), 3);
}

/// The id of something that was never published.
fn nobody(number: u32) -> ContributionId {
    let mut id = [0xaa; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    ContributionId(id)
}

/// Bytes of memory that a refusal may take at most: a few copies of the largest contribution.
const MEMORY: u64 = 8 * CONTRIBUTION_BYTES as u64;
