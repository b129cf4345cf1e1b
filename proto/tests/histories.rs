//! Golden histories: signed contributions and what an entry shows after them, in
//! `golden/histories.json`. They hold the result of fold and merge across versions of this program
//! and of Automerge, and are vectors for whoever writes a second implementation.
//!
//! Each history has its `contributions` in an order in which parents come first (bytes in
//! hexadecimal digits; erasures are among them), the `kind` of the entry that the first of them
//! began, and the `state`: of single-valued fields all values with the contributions that set
//! them, the winner first; of sets the items; of prose the text.
//!
//! `cargo test -p commons-proto --test histories -- --ignored` writes the file anew.

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Contribution, Draft, Record, Subject};
use commons_proto::edit::{Edit, Shape, Value};
use commons_proto::entry::{Held, State, Step, at, heads, materialise};
use commons_proto::erasure::{effective, erase_edits};
use commons_proto::id::{CommonsId, ContributionId, EntryId};
use commons_proto::kind::{FieldType, Kind};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value as Json, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/histories.json");

#[test]
fn golden_histories_show_what_they_always_showed() {
    let file = std::fs::read_to_string(FILE).expect("the file is in the repository");
    let golden: Vec<Json> = serde_json::from_str(&file).expect("an array");
    assert!(golden.len() >= 8);
    for history in golden {
        let name = history["name"].as_str().expect("a name");
        let records: Vec<Record> = history["contributions"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|bytes| read(bytes.as_str().expect("hexadecimal digits")))
            .collect();
        let Subject::Genesis(kind) = &records[0].header.subject else {
            panic!("{name} does not begin with a genesis")
        };
        assert_eq!(history["kind"], kind.name());
        assert_eq!(shown(kind, &records), history["state"], "{name}");
    }
}

#[test]
#[ignore = "writes the golden file anew"]
#[expect(clippy::disallowed_methods, reason = "a test may write files")]
fn write_golden_histories() {
    let histories: Vec<Json> = histories().into_iter().map(Writer::golden).collect();
    let text = serde_json::to_string_pretty(&histories).expect("plain JSON");
    std::fs::write(FILE, text + "\n").expect("the file can be written");
}

fn commons() -> CommonsId {
    CommonsId::derive("golden", None).expect("a good name")
}

fn read(hexadecimal: &str) -> Record {
    let bytes = HEXLOWER.decode(hexadecimal.as_bytes()).expect("hexadecimal digits");
    let contribution = Contribution::decode(&bytes).expect("a contribution");
    let author = contribution.header().author.admit().expect("a key");
    contribution.verify(&commons(), &author).expect("well signed").record()
}

/// The state of the entry that the first of these records began, as JSON.
fn shown(kind: &Kind, records: &[Record]) -> Json {
    let entry = records[0].entry();
    let erases = |record: &&Record| record.header.subject == Subject::Genesis(Kind::Erasure);
    let history: Vec<&Record> = records.iter().filter(|record| record.entry() == entry).collect();
    let shapes: Vec<Option<Shape>> = history
        .iter()
        .map(|record| effective(record, kind, records.iter().filter(erases)))
        .collect();
    let steps: Vec<Step> = history
        .iter()
        .zip(&shapes)
        .map(|(record, shape)| Step { record, shape: shape.as_ref() })
        .collect();
    let state = materialise(kind, &steps);
    assert_eq!(state, at(kind, &steps, &heads(&steps)));
    to_json(kind, &state)
}

fn to_json(kind: &Kind, state: &State) -> Json {
    let value = |value: &Value| match value {
        Value::Number(number) => json!(number),
        other => json!(other.to_string()),
    };
    let held = |held: &Held| json!([held.value.as_ref().map(value), held.by.to_string()]);
    let mut fields = Map::new();
    for field in kind.fields() {
        let shown = match field.field_type {
            FieldType::Single => state.held(field.name).iter().map(held).collect(),
            FieldType::Set => state.set(field.name).map(value).collect(),
            FieldType::Prose => json!(state.prose(field.name)),
        };
        if shown != json!([]) && shown != json!("") {
            fields.insert(field.name.to_owned(), shown);
        }
    }
    json!({ "fields": fields, "needs_newer": state.needs_newer() })
}

/// Writes the contributions of one history.
struct Writer {
    name: &'static str,
    kind: Kind,
    bytes: Vec<String>,
    records: Vec<Record>,
}

impl Writer {
    fn new(name: &'static str, kind: Kind, edits: Vec<Edit>) -> Self {
        let mut writer = Self { name, kind: kind.clone(), bytes: Vec::new(), records: Vec::new() };
        writer.sign(1, Subject::Genesis(kind), Vec::new(), edits);
        writer
    }

    /// A contribution of this author that follows those with these numbers.
    fn then(&mut self, author: u8, parents: &[usize], edits: Vec<Edit>) -> usize {
        let entry = EntryId::from(self.records[0].id);
        let parents = parents.iter().map(|parent| self.records[*parent].id).collect();
        self.sign(author, Subject::Entry(entry), parents, edits)
    }

    /// The author takes this contribution back.
    fn erase(&mut self, author: u8, target: usize) {
        let edits = erase_edits(&[&self.records[target]]);
        self.sign(author, Subject::Genesis(Kind::Erasure), Vec::new(), edits);
    }

    fn sign(
        &mut self,
        author: u8,
        subject: Subject,
        parents: Vec<ContributionId>,
        edits: Vec<Edit>,
    ) -> usize {
        let number = self.records.len();
        let draft = Draft { subject, parents, edits, summary: None };
        let time = 1_700_000_000 + number as u64;
        let salt = [u8::try_from(number).expect("a short history"); 16];
        let key = AuthorKey::from_secret(&[author; 32]);
        let verified = draft.sign(&key, &commons(), time, salt).expect("a good draft");
        self.bytes.push(HEXLOWER.encode(&verified.encode()));
        self.records.push(verified.record());
        number
    }

    fn golden(self) -> Json {
        json!({
            "name": self.name,
            "kind": self.kind.name(),
            "contributions": self.bytes,
            "state": shown(&self.kind, &self.records),
        })
    }
}

fn set(field: &str, value: impl Into<Option<&'static str>>) -> Edit {
    Edit::Set { field: field.to_owned(), value: value.into().map(Value::from) }
}

fn add(item: &str) -> Edit {
    Edit::Add { field: "tags".to_owned(), item: item.into() }
}

fn remove(item: &str) -> Edit {
    Edit::Remove { field: "tags".to_owned(), item: item.into() }
}

fn splice(at: u64, delete: u64, insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at, delete, insert: insert.to_owned() }
}

fn idea() -> Vec<Edit> {
    let body = "Sensors under the mattress tell when somebody gets up at night.";
    vec![set("title", "Bed sensors"), splice(0, 0, body), add("wards"), add("nights")]
}

fn histories() -> Vec<Writer> {
    let mut all = Vec::new();

    let mut linear = Writer::new("one after the other", Kind::Idea, idea());
    linear.then(2, &[0], vec![set("title", "Quiet bed sensors"), splice(0, 7, "Quiet sensors")]);
    linear.then(1, &[1], vec![remove("nights"), add("days"), set("licence", "CC0-1.0")]);
    linear.then(2, &[2], vec![splice(u64::MAX, 0, " Été 🛏"), splice(0, u64::MAX, "é🛏")]);
    all.push(linear);

    let mut prose = Writer::new("two places of a text at once", Kind::Idea, idea());
    prose.then(1, &[0], vec![splice(0, 7, "Quiet sensors")]);
    prose.then(2, &[0], vec![splice(62, 1, ", or does not.")]);
    all.push(prose);

    let mut place = Writer::new("one place of a text at once", Kind::Idea, idea());
    place.then(1, &[0], vec![splice(8, 5, "in")]);
    place.then(2, &[0], vec![splice(8, 9, "beside")]);
    place.then(3, &[0], vec![splice(8, 0, "right "), splice(3, 4, "")]);
    all.push(place);

    let mut titles = Writer::new("titles and tags at once", Kind::Idea, idea());
    titles.then(1, &[0], vec![set("title", "Beds that tell"), remove("wards"), add("beds")]);
    titles.then(2, &[0], vec![set("title", "Mattress sensors"), add("wards"), remove("nights")]);
    titles.then(3, &[0], vec![set("licence", "MIT"), set("title", None)]);
    all.push(titles);

    let mut settled = Writer::new("a conflict that was settled", Kind::Idea, idea());
    let one = settled.then(1, &[0], vec![set("title", "Beds that tell"), splice(0, 7, "Beds")]);
    let other = settled.then(2, &[0], vec![set("title", "Mattress sensors"), splice(7, 6, "")]);
    let both = settled.then(3, &[one, other], vec![set("title", "Beds with sensors")]);
    settled.then(1, &[both], vec![splice(0, 0, "Once more: ")]);
    settled.then(2, &[both], vec![splice(0, 0, "In short: ")]);
    all.push(settled);

    let mut longer = Writer::new("a longer branch wins a tie of values", Kind::Idea, idea());
    let first = longer.then(1, &[0], vec![set("title", "One"), set("title", "Two")]);
    longer.then(1, &[first], vec![set("title", "Three")]);
    let late = longer.then(2, &[0], vec![set("title", "Four"), set("licence", "MIT")]);
    longer.then(3, &[0, first, late], vec![set("licence", "CC0-1.0"), splice(3, 2, "x")]);
    all.push(longer);

    let mut erased = Writer::new("words taken back", Kind::Idea, idea());
    let words = erased.then(2, &[0], vec![set("title", "A secret"), splice(7, 0, " secretly")]);
    let after = erased.then(1, &[words], vec![splice(17, 5, "below")]);
    erased.then(3, &[words], vec![set("title", "Sensors"), add("secret")]);
    erased.then(2, &[after], vec![splice(0, 7, "Quiet sensors"), add("secret")]);
    erased.erase(2, words);
    erased.erase(2, 4);
    all.push(erased);

    let start = Edit::Set { field: "start".to_owned(), value: Some(Value::Number(1_700_000_000)) };
    let mut session = Writer::new("a session", Kind::Session, vec![start, set("place", "Hall")]);
    let start = Edit::Set { field: "start".to_owned(), value: Some(Value::Number(1_700_003_600)) };
    session.then(1, &[0], vec![start, set("place", "Garden")]);
    session.then(2, &[0], vec![set("place", "Garden"), set("mood", "bright")]);
    all.push(session);

    let mut wrong = Writer::new("edits that do not fit their field", Kind::Idea, idea());
    wrong.then(1, &[0], vec![set("body", "no"), set("tags", "no"), remove("absent")]);
    let title = Edit::Splice { field: "title".to_owned(), at: 0, delete: 9, insert: "no".into() };
    wrong.then(2, &[0], vec![title, splice(4, 0, "\u{10FFFF}"), set("title", "Beds")]);
    all.push(wrong);

    all
}
