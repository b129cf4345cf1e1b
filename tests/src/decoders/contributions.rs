//! Contributions, their headers and their payloads, and the states that come of them, as arbitrary
//! bytes.

use std::sync::LazyLock;

use commons_node::verify::Verifier;
use commons_proto::author::AuthorKey;
use commons_proto::cbor;
use commons_proto::contribution::{
    Contribution, Draft, Header, Record, Subject, encode_contribution,
};
use commons_proto::edit::{Edit, Shape};
use commons_proto::entry::{State, Step, Wanted, changes, materialise};
use commons_proto::id::{Author, CommonsId, ContributionId, PayloadHash};
use commons_proto::kind::{FieldType, Kind};
use commons_proto::limits::{CONTRIBUTION_BYTES, EDITS, HEADER_BYTES, PARENTS, TIME_END};
use commons_proto::wire::Unchecked;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The commons of all decoders: that of the vectors in `docs/vectors.json`.
pub(super) static COMMONS: LazyLock<CommonsId> =
    LazyLock::new(|| CommonsId::derive("health-commons", None).expect("a good name"));

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(*COMMONS));

/// A contribution as a peer or a bundle brings it.
pub(super) fn contribution(bytes: &[u8]) {
    let Ok(unchecked) = Unchecked::new(bytes.to_vec()) else {
        assert!(Contribution::decode(bytes).is_err(), "it has a header, and none is found");
        return;
    };
    assert!(bytes.len() <= CONTRIBUTION_BYTES);
    assert_eq!(unchecked.bytes(), bytes);
    if let Ok(decoded) = Contribution::decode(bytes) {
        assert_eq!(decoded.id(), unchecked.id());
        header_is_within_limits(decoded.header());
    }
    let alone = VERIFIER.check_one(&unchecked);
    let bulk = VERIFIER.check(&[unchecked.clone(), unchecked.clone()]);
    let fresh = unchecked.check(&COMMONS, |author: &Author| author.admit());
    for verdict in bulk {
        assert_eq!(
            verdict.as_ref().map(|good| good.encode()).ok(),
            alone.as_ref().map(|good| good.encode()).ok()
        );
        assert_eq!(verdict.err(), alone.as_ref().err().cloned());
    }
    assert_eq!(fresh.as_ref().err(), alone.as_ref().err().map(|(_, refusal)| refusal));
    if let Ok(verified) = alone {
        assert_eq!(verified.encode(), bytes);
        let kept = Record::from_log(verified.header_bytes(), verified.payload_bytes());
        assert_eq!(kept.as_ref(), Ok(&verified.record()));
        shows(&verified.record());
    }
}

/// The bytes of a header, as a peer or a damaged disk brings them.
pub(super) fn header(bytes: &[u8]) {
    let Ok(header) = Header::decode(bytes) else { return };
    assert!(bytes.len() <= HEADER_BYTES);
    header_is_within_limits(&header);
    let record = Record::from_log(bytes, None).expect("a header makes a record without words");
    assert_eq!(record.header, header);
    assert_eq!(record.id.0, <[u8; 32]>::from(Sha256::digest(bytes)));
    // The header is found again in a contribution, whatever its length.
    let whole = encode_contribution(bytes, &[0; 64], None);
    let unchecked = Unchecked::new(whole).expect("a good header is found");
    assert_eq!(unchecked.id(), record.id);
    // A genesis of an author who can be any 32 bytes.
    let _ = header.author.admit();
    assert_eq!(Author::from_did(&header.author.did()), Some(header.author));
    shows(&record);
}

/// The bytes of a payload, under a header that names it and says one of two versions.
pub(super) fn payload(bytes: &[u8]) {
    for version in [1, 2] {
        let author = AuthorKey::from_secret(&[1; 32]).author();
        let header = cbor::encode(&RawHeader {
            v: version,
            author,
            kind: "idea",
            open: true,
            parents: Vec::new(),
            time: 7,
            payload: PayloadHash(Sha256::digest(bytes).into()),
            size: bytes.len() as u64,
        });
        let Ok(record) = Record::from_log(&header, Some(bytes)) else { continue };
        assert!(record.edits().len() <= EDITS);
        if version == 1 {
            let edits = record.edits().to_vec();
            for edit in &edits {
                let again = cbor::encode(edit);
                assert_eq!(cbor::decode::<Edit>(&again, "edit").as_ref(), Ok(edit));
            }
            assert!(Shape::of(&edits).least_payload_bytes() <= record.header.size);
            signs_alike(edits);
        }
        shows(&record);
    }
}

/// The bytes by which a database keeps an entry's state.
pub(super) fn state(bytes: &[u8]) {
    let Ok(state) = State::decode(bytes) else { return };
    let again = State::decode(&state.encode());
    assert_eq!(again.as_ref(), Ok(&state));
    for kind in Kind::KNOWN {
        looks(&kind, &state);
    }
    // Whatever it holds, it can be brought to something else.
    let edits = changes(&Kind::Idea, &state, &Wanted::from(&State::default()));
    if let Some(record) = signed(Kind::Idea, edits) {
        let mut after = state.clone();
        after.fold(&Kind::Idea, Step { record: &record, shape: None });
        for field in Kind::Idea.fields() {
            match field.field_type {
                FieldType::Single => assert_eq!(after.single(field.name), None),
                FieldType::Set => assert_eq!(after.set(field.name).count(), 0),
                FieldType::Prose => assert_eq!(after.prose(field.name), ""),
            }
        }
    }
}

/// A header as it is on the wire.
#[derive(Serialize)]
struct RawHeader {
    v: u64,
    author: Author,
    kind: &'static str,
    open: bool,
    parents: Vec<ContributionId>,
    time: u64,
    payload: PayloadHash,
    size: u64,
}

fn header_is_within_limits(header: &Header) {
    assert!(header.parents.len() <= PARENTS);
    assert!(header.parents.is_sorted_by(|one, next| one < next));
    assert!(header.time < TIME_END);
    assert!(header.version > 0);
    assert!(header.size <= CONTRIBUTION_BYTES as u64);
    assert_eq!(matches!(header.subject, Subject::Genesis(_)), header.parents.is_empty());
}

/// Edits that were accepted can be signed and sent, if they fit.
fn signs_alike(edits: Vec<Edit>) {
    let Some(record) = signed(Kind::Idea, edits.clone()) else { return };
    assert_eq!(record.edits(), edits);
}

pub(super) fn signed(kind: Kind, edits: Vec<Edit>) -> Option<Record> {
    let draft =
        Draft { subject: Subject::Genesis(kind), parents: Vec::new(), edits, summary: None };
    let signed = draft.sign(&AuthorKey::from_secret(&[1; 32]), &COMMONS, 7, [0; 16]).ok()?;
    Some(signed.record())
}

/// The contribution alone can be shown, as any kind of entry, also where it is erased.
fn shows(record: &Record) {
    let shape = Shape::of(record.edits());
    for kind in Kind::KNOWN.into_iter().chain(Kind::new("newer", true)) {
        for shape in [None, Some(&shape)] {
            looks(&kind, &materialise(&kind, &[Step { record, shape }]));
        }
    }
}

fn looks(kind: &Kind, state: &State) {
    let _ = (state.title(kind), state.is_empty(), state.needs_newer(), state.conflicts().count());
    for field in kind.fields() {
        assert!(!state.prose(field.name).contains('\u{10FFFF}'));
        let _ = (state.single(field.name), state.set(field.name).count());
    }
}
