//! Peers that flood and repeat on the gossip stream, and strangers who would like to hear it: case
//! 15. How many messages wait at once is bounded inside, and tested there
//! (`proto/src/replica/tests/hostile.rs`); here what is honest passes meanwhile.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use commons_proto::author::AuthorKey;
use commons_proto::cbor;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::id::{CommonsId, ContributionId};
use commons_proto::kind::Kind;
use commons_proto::wire::Message;
use commons_tests::liar::{Greeting, Word};
use commons_tests::member::idea;
use commons_tests::{Liar, Member};
use sha2::{Digest, Sha256};

/// An idea with a body of so many bytes.
fn long_idea(commons: &CommonsId, number: u64, bytes: usize) -> Verified {
    let insert = "spam ".repeat(bytes / 5);
    let draft = Draft {
        subject: Subject::Genesis(Kind::Idea),
        parents: Vec::new(),
        edits: vec![Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert }],
        summary: None,
    };
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&number.to_be_bytes());
    let key = AuthorKey::from_secret(&[16; 32]);
    draft.sign(&key, commons, 1_700_000_000, salt).expect("a long idea")
}

/// Somebody else's idea.
fn theirs(commons: &CommonsId, number: u64) -> Verified {
    idea(&AuthorKey::from_secret(&[15; 32]), commons, "of somebody else", number)
}

#[test]
fn case_15_in_a_flood_of_good_messages_what_is_honest_passes() {
    let mut ann = Member::new("Ann");
    let mut ben = Member::knowing("Ben", &[&ann]);
    ben.meets(ann.peer());
    let liar = Liar::meets(&ann);
    let flood: Vec<Vec<u8>> =
        (0..64).map(|number| long_idea(&ann.commons(), number, 30_000).encode()).collect();
    // A flood that goes on until both have heard each other.
    let (is_over, liar) = (AtomicBool::new(false), Mutex::new(liar));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let liar = liar.lock().unwrap();
            for message in flood.iter().cycle() {
                if is_over.load(Ordering::Relaxed) || !liar.until_said() {
                    return;
                }
                liar.gossips(message);
            }
        });
        let passed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let (from_ann, from_ben) = (ann.writes_idea("from Ann"), ben.writes_idea("from Ben"));
            ben.until_it_holds(&[from_ann.id()]);
            ann.until_it_holds(&[from_ben.id()]);
        }));
        is_over.store(true, Ordering::Relaxed);
        assert!(passed.is_ok(), "what is honest passes");
    });
    let liar = liar.into_inner().unwrap();
    assert!(liar.is_connected(), "what is good is not blamed");
}

#[test]
fn case_15_what_does_not_verify_is_blamed_at_once_and_not_passed_on() {
    let ann = Member::new("Ann");
    let ear = Liar::meets(&ann);
    let mut liar = Liar::meets(&ann);
    let mut forged = theirs(&ann.commons(), 1).encode();
    *forged.last_mut().unwrap() ^= 1;
    for _ in 0..100 {
        liar.gossips(&forged);
    }
    assert!(liar.is_blamed_by(&ann).starts_with("sent a contribution that does not verify"));
    let mut noise = Liar::meets(&ann);
    noise.gossips(b"wash hands");
    assert_eq!(noise.is_blamed_by(&ann), "sent a frame that is no message");
    // What is good, from a third, is passed on after that, and nothing else was.
    let good = theirs(&ann.commons(), 2).encode();
    let honest = Liar::meets(&ann);
    honest.gossips(&good);
    ear.hears("gossip", |word| match word {
        Word::Gossip(data) => {
            assert_eq!(*data, good);
            Some(())
        }
        _ => None,
    });
}

#[test]
fn case_15_duplicates_are_passed_on_once() {
    let mut ann = Member::new("Ann");
    let (ear, liar) = (Liar::meets(&ann), Liar::meets(&ann));
    let message = theirs(&ann.commons(), 1);
    liar.gossips(&message.encode());
    ann.until_it_holds(&[message.id()]);
    for _ in 0..10_000 {
        liar.gossips(&message.encode());
    }
    assert!(liar.until_said());
    let last = theirs(&ann.commons(), 2);
    liar.gossips(&last.encode());
    ear.hears("the last", |word| (*word == Word::Gossip(last.encode())).then_some(()));
    let copies = ear.heard().iter().filter(|word| **word == Word::Gossip(message.encode())).count();
    assert_eq!(copies, 1);
    ann.until_it_holds(&[last.id()]);
    assert_eq!(ann.count(), 2);
    assert!(liar.is_connected() && !ann.has_refused(liar.peer()), "others repeat, too");
    ann.writes_idea("goes on");
}

#[test]
fn case_15_a_message_over_the_limit_is_not_taken() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    // 8 MiB in one message: its length is all that is looked at.
    liar.writes_to_mesh([&[0x80, 0x80, 0x80, 0x04][..], &vec![0; 8 << 20]].concat());
    let mut ben = Member::knowing("Ben", &[&ann]);
    let (from_ann, from_ben) = (ann.writes_idea("from Ann"), ben.writes_idea("from Ben"));
    ben.until_it_holds(&[from_ann.id()]);
    ann.until_it_holds(&[from_ben.id()]);
    assert!(liar.untaken() > 7 << 20, "all but {} bytes are taken", liar.untaken());
    assert!(!ann.has_refused(liar.peer()));
}

#[test]
fn case_15_announcements_of_what_does_not_exist_are_bounded() {
    const WAITING: usize = 64;
    let ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    liar.answers(|message| matches!(message, Message::Want { .. }).then(Vec::new));
    for number in 0..5_000_u64 {
        let id = ContributionId(Sha256::digest(number.to_be_bytes()).into());
        liar.gossips(&cbor::encode(&id));
    }
    // What comes after them all is heard after them all.
    let good = theirs(&ann.commons(), 1);
    liar.gossips(&good.encode());
    ann.until_it_holds(&[good.id()]);
    let asked = |word: &Word| match word {
        Word::Said(Message::Want { ids }) => ids.0.len(),
        _ => 0,
    };
    let asked: usize = liar.heard().iter().map(asked).sum();
    assert!(asked <= WAITING, "asked for {asked}");
}

#[test]
fn case_15_another_commons_is_neither_heard_nor_let_in() {
    let ann = Member::new("Ann");
    let other = CommonsId::derive("another commons", None).unwrap();
    // On another topic: nobody listens. In the name of another commons: it does not verify.
    let mut liar = Liar::meets(&ann);
    let foreign = theirs(&other, 1);
    liar.gossips_on(&other.topic(), &foreign.encode());
    let good = theirs(&ann.commons(), 2);
    liar.gossips(&good.encode());
    ann.until_it_holds(&[good.id()]);
    assert!(!ann.has_refused(liar.peer()));
    liar.gossips(&foreign.encode());
    assert!(liar.is_blamed_by(&ann).ends_with("the signature does not verify in this commons"));
    assert!(!ann.holds(&foreign.id()));

    // Who does not give the proof hears nothing: no proof, no stream, no topic, no address.
    for (commons, greeting) in [
        (other, Greeting::Proof),
        (ann.commons(), Greeting::Bytes(vec![7; 40])),
        (ann.commons(), Greeting::Bytes([&b"commons1"[..], &[7; 32]].concat())),
        (ann.commons(), Greeting::Bytes(b"GET / HTTP/1.1\r\n\r\n                      ".to_vec())),
    ] {
        let mut stranger = Liar::knows(commons, ann.peer(), &ann.address());
        assert!(!stranger.comes_saying(&greeting));
        assert!(!stranger.heard().contains(&Word::LetIn));
        assert!(stranger.opens("/meshsub/1.1.0").is_none());
    }
    assert_eq!(ann.count(), 1);
}
