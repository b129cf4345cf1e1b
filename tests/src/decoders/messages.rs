//! The messages of the sync stream, as arbitrary bytes.

use commons_proto::tree::LEAF_IDS;
use commons_proto::wire::{
    Beyond, COMPARED_NODES, DELIVERED, FRAME_BYTES, IDS, LISTED_IDS, Message, Unchecked, WANTED_IDS,
};

/// A frame without its length.
pub(super) fn message(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    assert!(bytes.len() <= FRAME_BYTES);
    assert_eq!(message.encode(), bytes);
    is_within_bounds(&message);
    if let Message::Contributions { items } = message {
        for item in items {
            let _ = Unchecked::new(item.into_vec());
        }
    }
}

fn is_within_bounds(message: &Message) {
    match message {
        Message::Status { .. } => {}
        Message::Compare { hashes, held, .. } => {
            assert!((1..=COMPARED_NODES).contains(&(hashes.len() + held.len())));
            assert!(held.iter().all(|(_, shorts)| shorts.0.len() <= LEAF_IDS));
        }
        Message::Differences { children, beyond, .. } => {
            assert!(children.len() + beyond.len() <= COMPARED_NODES);
            for Beyond(_, ids, positions, lacks) in beyond {
                assert_eq!(ids.0.len(), positions.len());
                assert!(ids.0.len() <= LISTED_IDS);
                assert!(lacks.len() <= LEAF_IDS);
                assert!(lacks.is_sorted_by(|one, next| one < next));
            }
        }
        Message::Want { ids } => assert!(ids.0.len() <= WANTED_IDS),
        Message::Offer { ids, .. } | Message::Missing { ids } => assert!(ids.0.len() <= IDS),
        Message::Contributions { items } => assert!(items.len() <= DELIVERED),
    }
}
