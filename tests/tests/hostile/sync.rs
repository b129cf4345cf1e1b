//! Peers that lie, stall and flood on the sync stream: case 14.

use commons_proto::author::AuthorKey;
use commons_proto::wire::{Ids, Message};
use commons_tests::member::idea;
use commons_tests::{Liar, Member, settle_members};

#[test]
fn case_14_a_frame_that_is_no_message_is_blamed() {
    let ann = Member::new("Ann");
    for address in [ann.address(), ann.quic_address()] {
        let mut liar = Liar::meets_at(&ann, &address);
        liar.says_frame(b"wash hands");
        assert_eq!(liar.is_blamed_by(&ann), "sent a frame that is no message");
    }
}

#[test]
fn case_14_what_a_stranger_offers_and_gossips_is_taken_if_it_is_good() {
    let mut ann = Member::new("Ann");
    let ben = Member::knowing("Ben", &[&ann]);
    let liar = Liar::meets(&ann);
    let key = AuthorKey::from_secret(&[3; 32]);
    let good: Vec<_> = (0..3).map(|at| idea(&key, &ann.commons(), "good", at)).collect();
    let ids = liar.offers(&[good[0].encode(), good[1].encode()]);
    liar.gossips(&good[2].encode());
    ann.until_it_holds(&ids);
    ben.until_it_holds(&[good[2].id()]);
    let written = ann.writes_idea("heard by all");
    liar.hears("gossip", |word| match word {
        commons_tests::liar::Word::Gossip(data) if *data == written.encode() => Some(()),
        _ => None,
    });
    liar.says(&Message::Want { ids: Ids(vec![written.id()]) });
    liar.is_told("a delivery", |message| match message {
        Message::Contributions { items } if items[0] == written.encode() => Some(()),
        _ => None,
    });
    assert_eq!(settle_members(&[&ann, &ben]), 4);
    assert!(liar.is_connected());
}
