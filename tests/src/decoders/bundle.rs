//! Bundles, as files that somebody hands over.

use commons_node::decoders;
use commons_proto::cbor;
use commons_proto::contribution::split_contribution;
use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld::Ipld;
use sha2::{Digest, Sha256};

/// What a bundle holds. The first byte says whether the others are the file as it is, or blocks, each
/// behind its length, of which a file is made with the right names: nobody hits upon a hash.
pub(super) fn bundle(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let file = if kind % 2 == 0 { rest.to_vec() } else { made_of(rest) };
    let (contributions, _) = decoders::bundle(&file);
    let mut total = 0;
    for contribution in &contributions {
        total += contribution.len();
        // It may be anything: but what is too long is no contribution.
        if let Ok(parts) = split_contribution(contribution) {
            assert_eq!(parts.signature.len(), 64);
        }
    }
    assert!(total <= 2 * file.len() + 128 * contributions.len(), "no more than was in the file");
}

/// A file of these blocks, in pairs with an envelope around each.
fn made_of(mut rest: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let root = Ipld::List(vec![Ipld::Link(cid_of(&[]))]);
    let header = [("roots".to_owned(), root), ("version".to_owned(), Ipld::Integer(1))];
    let header = cbor::encode(&Ipld::Map(header.into_iter().collect()));
    put_length(&mut file, header.len());
    file.extend(header);
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (block, after) = after.split_at(length.min(after.len()));
        rest = after;
        let (one, two) = block.split_at(block.len() / 2);
        let envelope = [
            ("header".to_owned(), Ipld::Link(cid_of(one))),
            ("payload".to_owned(), Ipld::Link(cid_of(two))),
            ("signature".to_owned(), Ipld::Bytes(vec![7; 64])),
        ];
        let envelope = cbor::encode(&Ipld::Map(envelope.into_iter().collect()));
        // Sometimes the envelope first, as other programs order them.
        let blocks: [&[u8]; 3] =
            if length % 2 == 0 { [one, two, &envelope] } else { [&envelope, one, two] };
        for block in blocks.into_iter().chain([block]) {
            let cid = cid_of(block).to_bytes();
            put_length(&mut file, cid.len() + block.len());
            file.extend(cid);
            file.extend(block);
        }
    }
    file
}

fn cid_of(block: &[u8]) -> Cid {
    Cid::new_v1(0x71, Multihash::wrap(0x12, &Sha256::digest(block)).expect("32 bytes fit"))
}

/// An unsigned LEB128, as CAR files have lengths.
fn put_length(file: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        file.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    file.push(length as u8);
}
