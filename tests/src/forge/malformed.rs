//! Contributions whose form is wrong, each in one way, with the code by which it must be refused. All
//! are signed for what they are.

use commons_proto::id::ContributionId;
use commons_proto::limits::CONTRIBUTION_BYTES;

use super::{Forged, cbor, ids, payload, set};

/// What is wrong, the bytes, and the code.
pub type Malformed = (&'static str, Vec<u8>, &'static str);

/// Those that are short, made from an honest idea.
pub fn short(idea: &Forged) -> Vec<Malformed> {
    [headers(idea), claims(idea), payloads(idea), edits(idea), wholes(idea)].concat()
}

/// Those that are long: deep, many, or over a limit.
pub fn long(idea: &Forged) -> Vec<Malformed> {
    let edit = |what, edit| (what, idea.clone().edits([edit]).bytes(), NOT_CANONICAL);
    let later = |what, payload| {
        (what, idea.clone().with("v", cbor::uint(2)).payload(payload).bytes(), NOT_CANONICAL)
    };
    let parents: Vec<ContributionId> = (0..10_000).map(id).collect();
    vec![
        edit("10,000 arrays deep", cbor::nested(10_000)),
        edit("60,000 arrays deep", cbor::nested(60_000)),
        edit("10,000 maps deep", [0xa1, 0x61, 0x61].repeat(10_000)),
        edit("boasts within each other", cbor::nested_boasts(7_000)),
        later("a later payload that is deep", cbor::nested(10_000)),
        later("a later payload that boasts", cbor::nested_boasts(7_000)),
        ("too many edits", idea.clone().edits(vec![vec![0x80]; 60_000]).bytes(), "too-many-edits"),
        ("over the limit", vec![0; CONTRIBUTION_BYTES + 1], TOO_LARGE),
        ("a huge header", idea.clone().header(vec![0x60; 4097]).bytes(), TOO_LARGE),
        ("10,000 parents", idea.clone().with("parents", ids(&parents)).bytes(), TOO_LARGE),
    ]
}

/// Headers that are not the one encoding of a header.
fn headers(idea: &Forged) -> Vec<Malformed> {
    let header = |what, header| (what, idea.clone().header(header).bytes(), NOT_CANONICAL);
    let with = |field: &str, value| cbor::map(idea.clone().with(field, value).fields());
    let later = |field: &str, value| {
        cbor::map(idea.clone().with("v", cbor::uint(2)).with(field, value).fields())
    };
    let fields = || idea.fields();
    let reversed: Vec<_> = fields().into_iter().rev().collect();
    let mut twice = fields();
    twice.insert(1, twice[0].clone());
    let indefinite = fields().into_iter().flat_map(|(key, value)| [cbor::text(key), value]);
    vec![
        header("a byte after the header", [cbor::map(fields()), vec![0]].concat()),
        header("a field that version 1 has not", with("zeal", cbor::uint(1))),
        header("no time", cbor::map(idea.clone().without("time").fields())),
        header("unsorted keys", cbor::map(reversed)),
        header("a key twice", cbor::map(twice)),
        header("a header of indefinite length", cbor::indefinite(5, indefinite)),
        header("parents of indefinite length", with("parents", cbor::indefinite(4, []))),
        header("parents without number", with("parents", cbor::wide(4, u64::MAX >> 1, 8))),
        header("a time that is longer than needed", with("time", cbor::wide(0, 7, 8))),
        header("a time with a fraction", with("time", cbor::float(7.5))),
        header("a whole time as a fraction", with("time", cbor::float(7.0))),
        header("a time before 1970", with("time", cbor::negative(0))),
        header("an author of 31 bytes", with("author", cbor::bytes(&[1; 31]))),
        header("an author of numbers", with("author", cbor::array(vec![cbor::uint(1); 32]))),
        header("an author in chunks", with("author", cbor::indefinite(2, [cbor::bytes(&[1; 32])]))),
        header("a kind that is null", with("kind", cbor::null())),
        header("an entry that is null", with("entry", cbor::null())),
        header("an array", cbor::array(fields().into_iter().map(|field| field.1))),
        header("a tag", cbor::tag(42, &cbor::map(fields()))),
        header("a later header with a tag", later("zeal", cbor::tag(42, &cbor::bytes(&[0, 1])))),
        header("a later header with a fraction", later("zeal", cbor::float(1.5))),
        header("a later header with an entry that is null", later("entry", cbor::null())),
        header("a later header that is 66 deep", later("zeal", cbor::nested(65))),
    ]
}

/// Headers in good encoding that contradict themselves.
fn claims(idea: &Forged) -> Vec<Malformed> {
    let claim =
        |what, field: &str, value| (what, idea.clone().with(field, value).bytes(), "header");
    let change = |what, parents: &[ContributionId]| {
        let forged = idea.clone().without("kind").without("open");
        let forged = forged.with("entry", cbor::bytes(&[7; 32])).with("parents", ids(parents));
        (what, forged.bytes(), "header")
    };
    let many: Vec<ContributionId> = (0..65).map(id).collect();
    vec![
        claim("version 0", "v", cbor::uint(0)),
        claim("a time that cannot be", "time", cbor::uint(1 << 40)),
        claim("a payload over the limit", "size", cbor::uint(65_537)),
        claim("a kind in capitals", "kind", cbor::text("Idea")),
        claim("a kind without a name", "kind", cbor::text("")),
        claim("a kind of 33 letters", "kind", cbor::text(&"a".repeat(33))),
        claim("an idea that only its author may change", "open", cbor::boolean(false)),
        claim("a genesis of an entry", "entry", cbor::bytes(&[7; 32])),
        claim("a genesis with a parent", "parents", ids(&[id(1)])),
        ("a genesis without a kind", idea.clone().without("kind").bytes(), "header"),
        (
            "a genesis that says not who may change it",
            idea.clone().without("open").bytes(),
            "header",
        ),
        change("no parents", &[]),
        change("unsorted parents", &[id(2), id(1)]),
        change("the same parent twice", &[id(1), id(1)]),
        change("65 parents", &many),
    ]
}

fn payloads(idea: &Forged) -> Vec<Malformed> {
    let with = |what, payload| (what, idea.clone().payload(payload).bytes(), NOT_CANONICAL);
    let later = |what, payload| {
        (what, idea.clone().with("v", cbor::uint(2)).payload(payload).bytes(), NOT_CANONICAL)
    };
    let salt = || ("salt", cbor::bytes(&[7; 16]));
    let no_edits = || ("edits", cbor::array([]));
    vec![
        with("a byte after the payload", [payload([]), vec![0]].concat()),
        with("no salt", cbor::map([no_edits()])),
        with("a short salt", cbor::map([("salt", cbor::bytes(&[7; 15])), no_edits()])),
        with("unsorted parts", cbor::map([no_edits(), salt()])),
        with("a summary that is null", cbor::map([salt(), no_edits(), ("summary", cbor::null())])),
        with("an unknown part", cbor::map([salt(), ("zeal", cbor::null()), no_edits()])),
        with("edits without number", {
            cbor::map([salt(), ("edits", cbor::wide(4, u64::MAX >> 1, 8))])
        }),
        with("a huge map", cbor::wide(5, u64::MAX >> 1, 8)),
        later("a later payload with a fraction", cbor::array([cbor::float(1.5)])),
        later("a later payload with a tag", cbor::tag(42, &cbor::bytes(&[0, 1]))),
    ]
}

fn edits(idea: &Forged) -> Vec<Malformed> {
    let edit = |what, edit| (what, idea.clone().edits([edit]).bytes(), NOT_CANONICAL);
    vec![
        edit("a huge string", cbor::wide(2, u64::MAX >> 1, 8)),
        edit("a huge text", cbor::wide(3, u32::MAX.into(), 4)),
        edit("65 deep", cbor::nested(63)),
        edit("a few boasts within each other", cbor::nested_boasts(60)),
        edit("a fraction", cbor::float(1.5)),
        edit("a whole number as a fraction", cbor::float(1.0)),
        edit("no number", cbor::float(f64::NAN)),
        edit("half a number", vec![0xf9, 0x3c, 0x00]),
        edit("something undefined", cbor::undefined()),
        edit("an unassigned simple value", vec![0xf8, 0xff]),
        edit("a link", cbor::tag(42, &cbor::bytes(&[0, 1, 0x55, 0, 0]))),
        edit("a big integer", cbor::tag(2, &cbor::bytes(&[1; 9]))),
        edit("a number that is longer than needed", cbor::wide(0, 23, 1)),
        edit("a length that is longer than needed", cbor::wide(3, 0, 1)),
        edit("a map with numbers for keys", [vec![0xa1], cbor::uint(1), cbor::uint(1)].concat()),
        edit("a map with unsorted keys", cbor::map([("aa", cbor::null()), ("b", cbor::null())])),
        edit("a map with a key twice", cbor::map([("a", cbor::null()), ("a", cbor::null())])),
        edit("text that is no UTF-8", vec![0x62, 0xc3, 0x28]),
        edit("half a surrogate", vec![0x63, 0xed, 0xa0, 0x80]),
        edit("a known operation with other parts", cbor::array([cbor::text("set")])),
        edit("a field's name in capitals", set("Title", "Beds")),
        edit("a splice before the beginning", {
            let at = cbor::negative(0);
            let parts = [cbor::text("splice"), cbor::text("body"), at, cbor::uint(0)];
            cbor::array([&parts[..], &[cbor::text("a")]].concat())
        }),
        edit("a value of more than 64 bits", {
            cbor::array([cbor::text("set"), cbor::text("start"), cbor::uint(1 << 63)])
        }),
    ]
}

fn wholes(idea: &Forged) -> Vec<Malformed> {
    let parts = |rest: &[Vec<u8>]| {
        let begin = [cbor::bytes(&idea.header_bytes()), cbor::bytes(&[1; 64])];
        cbor::array([&begin, rest].concat())
    };
    let other = idea.clone().other_payload(Some(payload([set("title", "Another")])));
    vec![
        ("a byte after the end", [idea.bytes(), vec![0]].concat(), NOT_CANONICAL),
        ("two parts", parts(&[]), NOT_CANONICAL),
        ("four parts", parts(&[cbor::null(), cbor::null()]), NOT_CANONICAL),
        ("a payload that is text", parts(&[cbor::text("words")]), NOT_CANONICAL),
        ("a header of more bytes than there are", cbor::wide(2, u64::MAX >> 1, 8), NOT_CANONICAL),
        ("nothing", Vec::new(), NOT_CANONICAL),
        ("another payload", other.bytes(), "wrong-payload"),
    ]
}

fn id(number: u32) -> ContributionId {
    let mut id = [0xaa; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    ContributionId(id)
}

const NOT_CANONICAL: &str = "not-canonical";
const TOO_LARGE: &str = "too-large";
