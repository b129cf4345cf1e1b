use super::*;
use crate::author::AuthorKey;
use crate::edit::Value;
use ed25519_dalek::{Signer, SigningKey};
use proptest::collection::vec;
use proptest::prelude::*;

fn key() -> AuthorKey {
    AuthorKey::from_secret(&[1; 32])
}

fn commons(name: &str) -> CommonsId {
    CommonsId::derive(name, None).expect("a good name")
}

fn idea(title: &str) -> Draft {
    Draft {
        subject: Subject::Genesis(Kind::Idea),
        parents: Vec::new(),
        edits: vec![Edit::Set { field: "title".to_owned(), value: Some(Value::from(title)) }],
        summary: None,
    }
}

fn signed(draft: Draft) -> Verified {
    draft.sign(&key(), &commons("test"), 1_700_000_000, [5; SALT_BYTES]).expect("a good draft")
}

fn verify(bytes: &[u8], name: &str) -> Result<Verified, Refusal> {
    let contribution = Contribution::decode(bytes)?;
    let author = contribution.header().author.admit()?;
    contribution.verify(&commons(name), &author)
}

/// A header with one thing changed, signed as it should be.
fn forged(change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let honest = signed(idea("Bed sensors"));
    let mut header = honest.header().clone();
    change(&mut header);
    let header = header.encode();
    let signature = key().sign(&signed_message(&commons("test"), &header));
    encode_contribution(&header, &signature, honest.payload_bytes())
}

#[test]
fn what_is_signed_verifies_and_reads_back() {
    let idea = signed(idea("Hand hygiene by the door"));
    let back = verify(&idea.encode(), "test").expect("our own contribution verifies");
    assert_eq!(back.record(), idea.record());
    assert_eq!(back.record().entry(), EntryId::from(idea.id()));
}

#[test]
fn golden_bytes_hold() {
    let bytes = signed(idea("Hand hygiene")).encode();
    assert_eq!(
        (signed(idea("Hand hygiene")).id().to_string().as_str(), bytes.len()),
        ("r6wji44qrya5ppt7xigygf5srg3yxbcwk53miuasblbi5syyojsq", 254)
    );
}

#[test]
fn any_flipped_bit_is_refused() {
    let bytes = signed(idea("Bed sensors")).encode();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&flipped, "test").is_err(), "bit {bit} was not noticed");
    }
}

#[test]
fn another_commons_refuses_it() {
    let bytes = signed(idea("Bed sensors")).encode();
    assert_eq!(verify(&bytes, "other").expect_err("replayed"), Refusal::Signature);
}

#[test]
fn a_header_that_contradicts_itself_is_refused() {
    let parent = |byte| ContributionId([byte; 32]);
    let entry = Subject::Entry(EntryId([1; 32]));
    let refused: [(&str, Vec<u8>); 9] = [
        ("a genesis with parents", forged(|header| header.parents = vec![parent(1)])),
        ("no parents", forged(|header| header.subject = entry.clone())),
        (
            "unsorted parents",
            forged(|header| {
                header.subject = entry.clone();
                header.parents = vec![parent(2), parent(1)];
            }),
        ),
        (
            "duplicate parents",
            forged(|header| {
                header.subject = entry.clone();
                header.parents = vec![parent(2), parent(2)];
            }),
        ),
        (
            "65 parents",
            forged(|header| {
                header.subject = entry.clone();
                header.parents = (0..65).map(parent).collect();
            }),
        ),
        ("a time that cannot be", forged(|header| header.time = TIME_END)),
        ("a huge payload", forged(|header| header.size = 1 << 40)),
        ("another payload's size", forged(|header| header.size += 1)),
        ("version 0", forged(|header| header.version = 0)),
    ];
    for (what, bytes) in refused {
        assert!(verify(&bytes, "test").is_err(), "{what} was accepted");
    }
}

#[test]
fn a_newer_version_is_kept_though_not_understood() {
    let newer = verify(&forged(|header| header.version = 2), "test").expect("kept");
    assert_eq!(newer.record().content, Content::Newer);
}

#[test]
fn erased_words_leave_a_contribution_that_verifies() {
    let idea = signed(idea("Waiting rooms"));
    let erased = verify(&idea.clone().erased().encode(), "test").expect("the header is signed");
    assert_eq!(erased.id(), idea.id());
    assert_eq!(erased.record().content, Content::Erased);
}

#[test]
fn limits_are_refused_before_signing() {
    let draft = idea(&"a".repeat(CONTRIBUTION_BYTES));
    let refusal = draft.sign(&key(), &commons("test"), 0, [0; 16]).expect_err("too large");
    assert_eq!(refusal.code(), "too-large");
    let mut many = idea("Bed sensors");
    many.edits = vec![many.edits[0].clone(); EDITS + 1];
    let refusal = many.sign(&key(), &commons("test"), 0, [0; 16]).expect_err("too many");
    assert_eq!(refusal, Refusal::TooManyEdits);
}

proptest! {
    #[test]
    fn a_message_that_is_signed_elsewhere_makes_the_same_contribution(
        secret: [u8; 32],
        salt: [u8; SALT_BYTES],
        time: u64,
        title in ".{0,40}",
        summary in prop::option::of(".{0,10}"),
        parents in vec(any::<[u8; 32]>(), 0..70),
    ) {
        let genesis = parents.is_empty();
        let draft = Draft {
            subject: if genesis { Subject::Genesis(Kind::Idea) } else { Subject::Entry(EntryId([7; 32])) },
            parents: parents.into_iter().map(ContributionId).collect(),
            summary,
            ..idea(&title)
        };
        let author = AuthorKey::from_secret(&secret).author();
        let unsigned = draft.clone().unsigned(&author, &commons("test"), time, salt).unwrap();
        prop_assert!(unsigned.message().starts_with(SIGNATURE_DOMAIN));
        let elsewhere = SigningKey::from_bytes(&secret).sign(unsigned.message()).to_bytes();
        let whole = encode_contribution(unsigned.header(), &elsewhere, Some(unsigned.payload()));
        let here = draft.sign(&AuthorKey::from_secret(&secret), &commons("test"), time, salt).unwrap();
        prop_assert_eq!(&whole, &here.encode());
        prop_assert_eq!(verify(&whole, "test").unwrap().record(), here.record());
    }
}

#[test]
fn what_another_key_signs_does_not_verify() {
    let author = key().author();
    let unsigned = idea("Bed sensors").unsigned(&author, &commons("test"), 0, [5; 16]).unwrap();
    let stranger = AuthorKey::from_secret(&[2; 32]).sign(unsigned.message());
    let signed = unsigned.signed(&stranger).expect("it is well formed");
    let author = author.admit().expect("an ordinary key");
    assert_eq!(signed.verify(&commons("test"), &author).expect_err("forged"), Refusal::Signature);
}

#[test]
fn what_cannot_be_is_refused_before_it_is_signed_elsewhere() {
    let unsigned = |draft: Draft, author| draft.unsigned(&author, &commons("test"), 0, [0; 16]);
    let long = unsigned(idea(&"a".repeat(CONTRIBUTION_BYTES)), key().author());
    assert_eq!(long.expect_err("too large").code(), "too-large");
    let no_key = unsigned(idea("Bed sensors"), Author([2; 32]));
    assert_eq!(no_key.expect_err("no key").code(), "author-key");
}
