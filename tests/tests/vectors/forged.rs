//! Vectors of what strangers may send: contributions that are kept though one cannot read them, and
//! such as must be refused.

use commons_proto::contribution::{Content, Contribution, Refusal, Verified};
use commons_proto::id::CommonsId;
use commons_tests::forge::{Forged, ForgedKey, cbor, malformed, unsound};
use serde_json::{Value as Json, json};

use super::hex;

/// What is odd, and good.
pub(crate) fn kept(commons: &CommonsId) -> Json {
    let idea = || Forged::idea(commons, &ForgedKey::honest(&[1; 32]), "Bed sensors");
    let edit = |edit: Vec<u8>| idea().edits([edit]).bytes();
    let survey = Forged::genesis(commons, idea().key(), ("survey", true), []);
    let later = || idea().with("v", cbor::uint(2)).with("zeal", cbor::map([("b", cbor::null())]));
    let most: Vec<Vec<u8>> = vec![cbor::uint(u64::MAX), cbor::negative(u64::MAX), cbor::null()];
    let all = [
        ("an edit of an unknown operation", edit(cbor::array([cbor::text("move"), cbor::uint(7)]))),
        ("an edit that is no array", edit(cbor::map([("b", cbor::null()), ("aa", cbor::uint(7))]))),
        ("an edit of the greatest and the least number", edit(cbor::array(most))),
        ("an edit that makes a payload 64 deep", edit(cbor::nested(62))),
        ("no edits", idea().edits([]).bytes()),
        ("an unknown kind", survey.bytes()),
        ("a header of version 2 with a further key", later().bytes()),
        ("a payload of version 2 that is a number", later().payload(cbor::uint(7)).bytes()),
        ("the latest time", idea().with("time", cbor::uint((1 << 40) - 1)).bytes()),
        ("a signature", idea().variant(0)),
        ("another signature of the same", idea().variant(1)),
        ("without its words", idea().other_payload(None).bytes()),
    ];
    let vector = |(what, bytes): (&str, Vec<u8>)| {
        let verified = verify(commons, &bytes).expect("it is good");
        let content = match verified.record().content {
            Content::Payload(_) => "read",
            Content::Newer => "not read",
            Content::Erased => "erased",
        };
        json!({"what": what, "bytes": hex(&bytes), "id": hex(verified.id().0), "content": content})
    };
    Json::Array(all.into_iter().map(vector).collect())
}

/// What must be refused, and by which code.
pub(crate) fn refused(commons: &CommonsId) -> Vec<Json> {
    let idea = Forged::idea(commons, &ForgedKey::honest(&[1; 32]), "Bed sensors");
    let elsewhere = idea.clone().commons(&CommonsId([7; 32])).bytes();
    let malformed = malformed::short(&idea);
    let malformed = malformed.into_iter().map(|(what, bytes, code)| (what.to_owned(), bytes, code));
    let all = malformed
        .chain(
            unsound(commons).into_iter().map(|case| (case.what.clone(), case.bytes(), case.code)),
        )
        .chain([("signed for another commons".to_owned(), elsewhere, "signature")]);
    let vector = |(what, bytes, code): (String, Vec<u8>, &str)| {
        let refusal = verify(commons, &bytes).expect_err("it is refused");
        assert_eq!(refusal.code(), code, "{what}");
        json!({"what": what, "bytes": hex(&bytes), "code": code})
    };
    all.map(vector).collect()
}

/// Decodes and verifies.
pub(crate) fn verify(commons: &CommonsId, bytes: &[u8]) -> Result<Verified, Refusal> {
    let contribution = Contribution::decode(bytes)?;
    let author = contribution.header().author.admit()?;
    contribution.verify(commons, &author)
}
