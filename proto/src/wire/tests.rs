use super::*;
use crate::tree::EMPTY;
use proptest::collection::vec;
use proptest::prelude::*;

fn id(byte: u8) -> ContributionId {
    ContributionId([byte; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn one_of_each() -> Vec<Message> {
    let prefix = |text: &str| text.parse::<Prefix>().expect("a prefix");
    vec![
        Message::Status { root: EMPTY, count: 0 },
        Message::Compare {
            ask: 1,
            salt: 2,
            hashes: vec![(prefix("a0"), TreeHash([1; 32]))],
            held: vec![(Prefix::ROOT, Shorts(vec![short(2, &id(1))]))],
        },
        Message::Differences {
            ask: 1,
            children: vec![(prefix("a0"), Children(Box::new([TreeHash([1; 32]); 16])))],
            beyond: vec![Beyond(Prefix::ROOT, Ids(vec![id(1), id(2)]), vec![5, 70_000], vec![0])],
        },
        Message::Offer { ids: Ids(vec![id(1)]), more: false },
        Message::Want { ids: Ids(vec![id(1), id(2)]) },
        Message::Contributions { items: vec![ByteBuf::from(vec![1, 2, 3])] },
        Message::Missing { ids: Ids::default() },
    ]
}

#[test]
fn messages_read_back() {
    for message in one_of_each() {
        assert_eq!(Message::decode(&message.encode()), Ok(message.clone()), "{message:?}");
    }
}

#[test]
fn golden_bytes_hold() {
    let mut digest = Sha256::new();
    one_of_each().iter().for_each(|message| digest.update(message.encode()));
    let want = Message::Want { ids: Ids(vec![id(0x11)]) }.encode();
    assert_eq!(
        hex(&want),
        "a16477616e74a1636964735820\
         1111111111111111111111111111111111111111111111111111111111111111"
    );
    assert_eq!(
        hex(&digest.finalize()),
        "be8c85d37f96b84f05cda8f3d13dd8ed32451c2885e0be9b3098774483cbbe3f"
    );
    assert_eq!(short(2, &id(1)), 0x42dcc787c3a8dd4c);
}

#[test]
fn what_is_over_a_bound_is_refused() {
    let ids = |count| Ids(vec![id(1); count]);
    let node = (Prefix::ROOT, EMPTY);
    let held = (Prefix::ROOT, Shorts(vec![1; LEAF_IDS + 1]));
    let compare = |hashes, held| Message::Compare { ask: 0, salt: 0, hashes, held };
    let beyond = |ids, positions, lacks| Message::Differences {
        ask: 0,
        children: Vec::new(),
        beyond: vec![Beyond(Prefix::ROOT, ids, positions, lacks)],
    };
    let empty = || (Prefix::ROOT, Shorts::default());
    let refused = [
        ("an offer", Message::Offer { ids: ids(IDS + 1), more: false }),
        ("a want", Message::Want { ids: ids(WANTED_IDS + 1) }),
        ("missing ones", Message::Missing { ids: ids(IDS + 1) }),
        ("a question about nothing", compare(Vec::new(), Vec::new())),
        ("too many nodes by hash", compare(vec![node; COMPARED_NODES + 1], Vec::new())),
        ("too many nodes by both", compare(vec![node; COMPARED_NODES], vec![empty()])),
        ("too many ids of a node", compare(Vec::new(), vec![held])),
        ("ids without positions", beyond(ids(2), vec![1], Vec::new())),
        ("too many listed", beyond(ids(LISTED_IDS + 1), vec![1; LISTED_IDS + 1], Vec::new())),
        ("places that do not rise", beyond(ids(0), Vec::new(), vec![1, 1])),
        ("many items", Message::Contributions { items: vec![ByteBuf::new(); DELIVERED + 1] }),
        (
            "a large frame",
            Message::Contributions { items: vec![ByteBuf::from(vec![0; FRAME_BYTES])] },
        ),
    ];
    for (what, message) in refused {
        assert!(Message::decode(&message.encode()).is_err(), "{what} was accepted");
    }
}

#[test]
fn the_longest_answer_fits_in_a_frame() {
    let ids: Vec<_> = (0..LISTED_IDS).map(|at| id(at as u8)).collect();
    let prefix = "0123456789abcdef".parse().expect("a prefix");
    let lacks: Vec<u64> = (0..LEAF_IDS as u64).collect();
    let beyond = Beyond(prefix, Ids(ids), vec![u64::MAX; LISTED_IDS], lacks);
    let beyond = vec![beyond; COMPARED_NODES];
    let message = Message::Differences { ask: u64::MAX, children: Vec::new(), beyond };
    assert!(Message::decode(&message.encode()).is_ok());
}

#[test]
fn packed_lists_of_another_length_are_refused() {
    let want = Message::Want { ids: Ids(vec![id(1)]) }.encode();
    let mut short = want[..want.len() - 1].to_vec();
    let at = short.len() - 32;
    short[at] = 31;
    assert!(Message::decode(&short).is_err());
}

#[test]
fn deliveries_keep_the_order_and_fill_frames() {
    let contributions: Vec<Vec<u8>> =
        (0..100u8).map(|at| vec![at; usize::from(at) * 600]).collect();
    let messages = deliveries(contributions.clone());
    let mut all = Vec::new();
    for message in &messages {
        let Message::Contributions { items } = message else { panic!("{message:?}") };
        let bytes: usize = items.iter().map(|item| item.len()).sum();
        assert!(bytes <= DELIVERY_BYTES && Message::decode(&message.encode()).is_ok());
        all.extend(items.iter().map(|item| item.to_vec()));
    }
    assert_eq!((all, messages.len() < 30), (contributions, true));
    assert!(deliveries(Vec::new()).is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Message::decode(&bytes);
        let _ = Unchecked::new(bytes);
    }

    #[test]
    fn a_damaged_message_is_refused_or_another_canonical_one(
        which in 0usize..7, at: prop::sample::Index, byte: u8,
    ) {
        let mut bytes = one_of_each()[which].encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }
}
