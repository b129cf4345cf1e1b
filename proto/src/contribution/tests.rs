use super::*;
use crate::edit::Value;

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
