//! Peers that lie, stall and flood on the sync stream: case 14. Each is told by what it did, or
//! costs a bounded number of bytes, and honest members meet and exchange meanwhile.

use commons_proto::author::AuthorKey;
use commons_proto::id::{ContributionId, TreeHash};
use commons_proto::tree::Prefix;
use commons_proto::wire::{Beyond, Children, FRAME_BYTES, Ids, LISTED_IDS, Message, Shorts};
use commons_tests::liar::Word;
use commons_tests::member::idea;
use commons_tests::{Liar, Member, settle_members};
use sha2::{Digest, Sha256};

/// What a member asks in a comparison: the number of the question, and about which subtrees.
fn question(message: &Message) -> Option<(u64, Vec<Prefix>)> {
    let Message::Compare { ask, hashes, held, .. } = message else { return None };
    let prefixes = hashes.iter().map(|at| at.0).chain(held.iter().map(|at| at.0));
    Some((*ask, prefixes.collect()))
}

fn id(number: u64) -> ContributionId {
    ContributionId(Sha256::digest(number.to_be_bytes()).into())
}

/// Somebody else's ideas.
fn ideas(of: &Member, count: u64) -> Vec<commons_proto::contribution::Verified> {
    let key = AuthorKey::from_secret(&[14; 32]);
    (0..count).map(|number| idea(&key, &of.commons(), "of somebody else", number)).collect()
}

/// An honest member comes, and exchanges an idea with this one.
fn is_served(ann: &mut Member) {
    let mut ben = Member::knowing("Ben", &[ann]);
    let (ours, theirs) = (ann.writes_idea("from Ann").id(), ben.writes_idea("from Ben").id());
    ann.until_it_holds(&[theirs]);
    ben.until_it_holds(&[ours]);
}

#[test]
fn case_14_what_is_honest_is_served_and_not_blamed() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    let good = ideas(&ann, 3);
    let ids = liar.offers(&[good[0].encode(), good[1].encode()]);
    liar.gossips(&good[2].encode());
    ann.until_it_holds(&ids);
    ann.until_it_holds(&[good[2].id()]);
    let written = ann.writes_idea("heard by all");
    liar.hears("gossip", |word| (*word == Word::Gossip(written.encode())).then_some(()));
    liar.says(&Message::Want { ids: Ids(vec![written.id()]) });
    liar.is_told("a delivery", |message| match message {
        Message::Contributions { items } if items[0] == written.encode() => Some(()),
        _ => None,
    });
    assert!(liar.is_connected());
}

#[test]
fn case_14_a_mutated_message_is_blamed() {
    let mut ann = Member::new("Ann");
    let offer = Message::Offer { ids: Ids(vec![id(1)]), more: false }.encode();
    let change = |at: usize, byte: u8| {
        let mut frame = offer.clone();
        frame[at] = byte;
        frame
    };
    let mutations = [
        b"wash hands".to_vec(),
        Vec::new(),
        offer[..offer.len() - 1].to_vec(),
        [&offer[..], &[0]].concat(),
        // A map of two, an indefinite one, one of another name, and lengths that are not there.
        change(0, 0xa2),
        change(0, 0xbf),
        change(2, b'O'),
        [&[0xa1, 0x65][..], b"offer", &[0xa2, 0x63], b"ids", &[0x5b; 9]].concat(),
        [&[0xa1, 0x65][..], b"offer", &[0x9b, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]].concat(),
        [[0x81; 10_000], [0x00; 10_000]].concat(),
    ];
    for frame in mutations {
        assert!(Message::decode(&frame).is_err(), "{frame:?}");
        let mut liar = Liar::meets(&ann);
        liar.says_frame(&frame);
        assert_eq!(liar.is_blamed_by(&ann), "sent a frame that is no message");
    }
    is_served(&mut ann);
    assert_eq!(ann.count(), 2, "nothing else is stored");
}

#[test]
fn case_14_a_frame_over_the_limit_is_blamed_for_its_length() {
    let mut ann = Member::new("Ann");
    for (address, length) in
        [(ann.address(), u32::MAX), (ann.quic_address(), FRAME_BYTES as u32 + 1)]
    {
        let mut liar = Liar::meets_at(&ann, &address);
        liar.writes(length.to_be_bytes().to_vec());
        assert_eq!(liar.is_blamed_by(&ann), "sent a frame that is no message");
    }
    is_served(&mut ann);
}

#[test]
fn case_14_an_endless_walk_ends_after_a_few_questions() {
    // Four questions at a time, each a digit further down, of sixteen.
    const QUESTIONS: usize = 64;
    let mut ann = Member::new("Ann");
    let mut liar = Liar::meets(&ann);
    // Whatever it is asked about, there is more below, and all of it differs.
    liar.answers(|message| {
        let (ask, prefixes) = question(message)?;
        let children = Children(Box::new([TreeHash([7; 32]); 16]));
        let children = prefixes.into_iter().map(|prefix| (prefix, children.clone())).collect();
        Some(vec![Message::Differences { ask, children, beyond: Vec::new() }])
    });
    liar.says(&Message::Status { root: TreeHash([7; 32]), count: u64::MAX });
    let mut asked = 0;
    liar.hears("the end of the questions", |word| {
        asked += usize::from(matches!(word, Word::Said(message) if question(message).is_some()));
        (asked > QUESTIONS || *word == Word::Dropped).then_some(())
    });
    assert!(asked <= QUESTIONS, "{asked} questions");
    assert_eq!(liar.is_blamed_by(&ann), "described a set that cannot be");
    is_served(&mut ann);
}

#[test]
fn case_14_ids_that_do_not_exist_cost_a_bounded_number_of_wants_and_are_blamed() {
    let mut ann = Member::new("Ann");
    let mut liar = Liar::meets(&ann);
    liar.answers(|message| match message {
        Message::Want { .. } => Some(Vec::new()),
        _ => {
            let (ask, prefixes) = question(message)?;
            let ids: Vec<_> =
                (0..).map(id).filter(|id| prefixes[0].covers(id)).take(LISTED_IDS).collect();
            let positions = (0..ids.len() as u64).collect();
            let beyond = vec![Beyond(prefixes[0], Ids(ids), positions, Vec::new())];
            Some(vec![Message::Differences { ask, children: Vec::new(), beyond }])
        }
    });
    liar.says(&Message::Status { root: TreeHash([7; 32]), count: 1024 });
    let wanted = liar.is_told("a want", |message| match message {
        Message::Want { ids } => Some(ids.clone()),
        _ => None,
    });
    is_served(&mut ann);
    // It has never delivered anything: what it is asked for at once is all that it costs.
    let asked = |word: &Word| match word {
        Word::Said(Message::Want { ids }) => ids.0.len(),
        _ => 0,
    };
    let asked: usize = liar.heard().iter().map(asked).sum();
    assert!(asked <= LISTED_IDS, "asked for {asked}");
    liar.says(&Message::Missing { ids: wanted });
    assert_eq!(liar.is_blamed_by(&ann), "offered a contribution that it does not hold");
    assert_eq!(ann.count(), 2);
}

#[test]
fn case_14_what_one_says_is_not_there_is_found_through_any_other() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    // It says of whatever Ann holds that it holds the same, and that there is no more.
    let written = ann.writes_idea("from Ann");
    let root = ann.fingerprint();
    liar.says(&Message::Status { root, count: 1 });
    ann.hears("an equal", |event| match event {
        commons_node::driver::NodeEvent::InSync { peer } if *peer == liar.peer().to_string() => {
            Some(())
        }
        _ => None,
    });
    // The other answers truly, and does nothing of itself.
    let theirs = ideas(&ann, 1).remove(0);
    let (id, bytes) = (theirs.id(), theirs.encode());
    let mut other = Liar::knows(ann.commons(), ann.peer(), &ann.address());
    other.shelves(id, bytes);
    other.answers(move |message| {
        let (ask, prefixes) = question(message)?;
        let beyond = vec![Beyond(prefixes[0], Ids(vec![id]), vec![1], Vec::new())];
        Some(vec![Message::Differences { ask, children: Vec::new(), beyond }])
    });
    assert!(other.comes());
    ann.until_it_holds(&[id]);
    // And what Ann wrote gets to those who come, whoever claimed to hold it.
    let ben = Member::knowing("Ben", &[&ann]);
    ben.until_it_holds(&[id, written.id()]);
    settle_members(&[&ann, &ben]);
}

#[test]
fn case_14_other_content_than_was_offered_is_blamed() {
    let mut ann = Member::new("Ann");
    let mut liar = Liar::meets(&ann);
    let wanted = ideas(&ann, 1).remove(0);
    // What comes is good, but not what was offered.
    let key = AuthorKey::from_secret(&[15; 32]);
    let other = |number| idea(&key, &ann.commons(), "something else", number).encode().into();
    let others: Vec<_> = (0..3).map(other).collect();
    liar.answers(move |message| match message {
        Message::Want { .. } => Some(vec![Message::Contributions { items: others.clone() }]),
        _ => None,
    });
    liar.says(&Message::Offer { ids: Ids(vec![id(1)]), more: false });
    assert_eq!(liar.is_blamed_by(&ann), "sent what was not asked for");

    // Other words under the header of a good one.
    let mut liar = Liar::meets(&ann);
    let mut bytes = wanted.encode();
    *bytes.last_mut().unwrap() ^= 1;
    liar.offers(&[bytes]);
    assert!(liar.is_blamed_by(&ann).starts_with("sent a contribution that does not verify"));
    assert!(!ann.holds(&wanted.id()));

    // An honest one that has it is believed.
    let liar = Liar::meets(&ann);
    liar.offers(&[wanted.encode()]);
    ann.until_it_holds(&[wanted.id()]);
    is_served(&mut ann);
}

#[test]
fn case_14_one_who_writes_byte_by_byte_holds_nobody_up() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    // The largest frame is announced, and comes one byte at a time, between which others are met.
    liar.writes((FRAME_BYTES as u32).to_be_bytes().to_vec());
    for _ in 0..3 {
        liar.writes(vec![0xa1]);
        assert!(liar.until_said());
        is_served(&mut ann);
    }
    assert!(liar.is_connected());
}

#[test]
fn case_14_one_who_asks_and_does_not_read_is_given_up_with_few_bytes_waiting() {
    // Below what a queue takes by number, and far above what it takes in bytes.
    const QUESTIONS: u64 = 800;
    let mut ann = Member::new("Ann");
    ann.writes(&ideas(&ann, 1_000));
    let mut liar = Liar::meets(&ann);
    liar.reads(false);
    let everything = || (Prefix::ROOT, Shorts::default());
    for ask in 0..QUESTIONS {
        let held = vec![everything()];
        liar.says(&Message::Compare { ask, salt: 0, hashes: Vec::new(), held });
    }
    assert_eq!(ann.refuses(liar.peer()), "does not answer");
    liar.reads(true);
    liar.is_blamed_by(&ann);
    is_served(&mut ann);
}

#[test]
fn case_14_one_who_opens_10_000_streams_is_dropped() {
    // What a connection takes, and what is on the way before the liar hears of it.
    const STREAMS: usize = 500;
    let mut ann = Member::new("Ann");
    let mut liar = Liar::meets(&ann);
    let mut opened = 0;
    while opened < 10_000 && liar.is_connected() {
        opened += liar.opens_many(100);
        assert!(opened <= STREAMS, "{opened} streams");
    }
    liar.is_dropped();
    is_served(&mut ann);
}

#[test]
fn case_14_a_second_stream_of_frames_is_of_no_use() {
    let mut ann = Member::new("Ann");
    let liar = Liar::meets(&ann);
    let second = liar.opens("/commons/sync/1");
    drop(second);
    let written = ann.writes_idea("from Ann");
    liar.hears("gossip", |word| (*word == Word::Gossip(written.encode())).then_some(()));
    liar.says(&Message::Want { ids: Ids(vec![written.id()]) });
    liar.is_told("a delivery on the first", |message| {
        matches!(message, Message::Contributions { .. }).then_some(())
    });
    is_served(&mut ann);
}
