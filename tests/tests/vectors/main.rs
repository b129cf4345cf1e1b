//! The test vectors of `docs/vectors.json`: what they say is what this code does. After a change
//! that is meant, `UPDATE_VECTORS=1 cargo test --workspace --test vectors` writes them anew.

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{CommonsId, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::replica::{Input, Moment, Output, Peer, Replica};
use commons_proto::tree::{Prefix, Tree};
use commons_proto::wire::{Message, Shorts, short};
use data_encoding::HEXLOWER;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

mod forged;

const NAME: &str = "health-commons";

#[test]
fn the_vectors_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/vectors.json");
    let vectors = json!({
        "protocol": 1,
        "note": "Byte strings are in lower-case hexadecimal. Contributions are signed for the \
                 first commons; a secret is the seed of RFC 8032. See protocol.md.",
        "commons": commons_vectors(),
        "author": author_vectors(),
        "contributions": contribution_vectors(),
        "kept": forged::kept(&commons()),
        "refused": refused_vectors(),
        "tree": tree_vectors(),
        "compare": compare_vectors(),
    });
    let text = serde_json::to_string_pretty(&vectors).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, &text).expect("docs/vectors.json can be written");
    }
    let kept = std::fs::read_to_string(path).expect("docs/vectors.json is there");
    assert!(kept == text, "docs/vectors.json is not what this code does");
}

fn commons() -> CommonsId {
    CommonsId::derive(NAME, None).expect("a good name")
}

fn key(seed: u8) -> AuthorKey {
    AuthorKey::from_secret(&[seed; 32])
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn commons_vectors() -> Json {
    let vector = |name: &str, passphrase: Option<&str>| {
        let id = CommonsId::derive(name, passphrase).expect("a good name");
        let proof = id.proof(b"from", b"to");
        json!({
            "name": name,
            "passphrase": passphrase,
            "id": hex(id.0),
            "topic": id.topic(),
            "service": id.service(),
            "proof": {"from": hex(b"from"), "to": hex(b"to"), "proof": hex(proof)},
        })
    };
    json!([
        vector(NAME, None),
        vector("Bedside sensors", Some("blue waiting room")),
        // Cut off at both ends: a tab, spaces, a no-break space, an ideographic space. Not what is
        // within, nor a zero-width space, and no letter is changed.
        vector("\t \u{a0}Ärzte\u{2003}&  Pflege\u{200b} \u{3000}", None),
        vector("A\u{308}rzte", Some("")),
    ])
}

fn author_vectors() -> Json {
    let vector = |seed| {
        let author = key(seed).author();
        json!({
            "secret": hex([seed; 32]),
            "author": hex(author.0),
            "shown": author.to_string(),
            "did": author.did(),
        })
    };
    json!([vector(1), vector(2)])
}

/// A small history: an idea, two concurrent edits by two people, one that joins them, and an
/// erasure of one of the edits.
fn history() -> Vec<(&'static str, Verified)> {
    let sign = |author: u8, subject, parents, edits, summary: Option<&str>, time| {
        let summary = summary.map(str::to_owned);
        Draft { subject, parents, edits, summary }
            .sign(&key(author), &commons(), time, [author; 16])
            .expect("a good draft")
    };
    let set = |field: &str, value: &str| Edit::Set {
        field: field.to_owned(),
        value: Some(Value::from(value)),
    };
    let splice = |at, delete, insert: &str| Edit::Splice {
        field: "body".to_owned(),
        at,
        delete,
        insert: insert.to_owned(),
    };
    let idea = sign(
        1,
        Subject::Genesis(Kind::Idea),
        Vec::new(),
        vec![
            set("title", "Hand hygiene by the door"),
            splice(0, 0, "A bell."),
            Edit::Add { field: "tags".to_owned(), item: Value::from("hygiene") },
        ],
        None,
        1_800_000_000,
    );
    let subject = || Subject::Entry(EntryId::from(idea.id()));
    let title = sign(
        1,
        subject(),
        vec![idea.id()],
        vec![set("title", "Hand hygiene")],
        Some("shorter"),
        1_800_000_060,
    );
    let body =
        sign(2, subject(), vec![idea.id()], vec![splice(2, 4, "light")], None, 1_800_000_061);
    let joined = sign(
        2,
        subject(),
        vec![title.id(), body.id()],
        vec![set("status", "open")],
        None,
        1_800_000_120,
    );
    let erasure = sign(
        2,
        Subject::Genesis(Kind::Erasure),
        Vec::new(),
        erase_edits(&[&body.record()]),
        None,
        1_800_000_180,
    );
    vec![
        ("an idea", idea),
        ("an edit", title),
        ("a concurrent edit", body),
        ("an edit of both", joined),
        ("an erasure of the concurrent edit", erasure),
    ]
}

fn contribution_vectors() -> Json {
    let vector = |(what, contribution): (&str, Verified)| {
        let record = contribution.record();
        json!({
            "what": what,
            "id": hex(record.id.0),
            "shown": record.id.to_string(),
            "entry": hex(record.entry().0),
            "author": hex(record.header.author.0),
            "header": hex(contribution.header_bytes()),
            "payload": contribution.payload_bytes().map(hex),
            "signature": hex(contribution.signature()),
            "bytes": hex(contribution.encode()),
            "erased": hex(contribution.clone().erased().encode()),
        })
    };
    Json::Array(history().into_iter().map(vector).collect())
}

fn refused_vectors() -> Vec<Json> {
    let idea = &history()[0].1;
    let good = idea.encode();
    let signature = 3 + idea.header_bytes().len() + 2;
    let vector = |what: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let refusal = forged::verify(&commons(), &bytes).expect_err("a change is refused");
        json!({"what": what, "bytes": hex(&bytes), "code": refusal.code()})
    };
    let changed = [
        vector("a byte after the end", &|bytes| bytes.push(0)),
        vector("cut short", &|bytes| bytes.truncate(good.len() - 1)),
        vector("another payload", &|bytes| bytes[good.len() - 1] ^= 1),
        vector("an array of two", &|bytes| bytes[0] = 0x82),
        vector("another signature", &|bytes| bytes[signature] ^= 1),
    ];
    changed.into_iter().chain(forged::refused(&commons())).collect()
}

fn number(number: u64) -> ContributionId {
    ContributionId(Sha256::digest(number.to_be_bytes()).into())
}

fn first_digit(id: u64) -> String {
    format!("{:x}", number(id).0[0] >> 4)
}

fn tree_vectors() -> Json {
    let vector = |count: u64| {
        let mut tree = Tree::default();
        tree.insert((0..count).map(|id| (number(id), id)));
        json!({"ids": count, "root": hex(tree.root().0)})
    };
    json!({
        "note": "id n is SHA-256 of n as eight bytes, big-endian, from 0",
        "roots": [vector(0), vector(1), vector(32), vector(33), vector(1000)],
    })
}

/// Questions to nodes that hold so many ids, id n at position n + 1 of their log, and the answers.
fn compare_vectors() -> Json {
    let other = |count: u64| {
        let mut tree = Tree::default();
        tree.insert((0..count).map(|id| (number(id), id)));
        tree
    };
    let prefix = |text: &str| text.parse::<Prefix>().expect("a prefix");
    let by_hash = |tree: &Tree, text: &str| (prefix(text), tree.subtree(&prefix(text)).hash());
    let by_ids = |tree: &Tree, text: &str| {
        let ids = tree.subtree(&prefix(text)).items();
        (prefix(text), Shorts(ids.iter().map(|(id, _)| short(SALT, id)).collect()))
    };
    let (same, fewer) = (other(100), other(90));
    let vector = |what: &str, holds: u64, hashes: Vec<_>, held: Vec<_>| {
        let question = Message::Compare { ask: 7, salt: SALT, hashes, held };
        let answer = answer(holds, &question);
        let (question, answer) = (question.encode(), answer.encode());
        let mut vector = json!({"what": what, "holds": holds, "question": hex(question)});
        if answer.len() > LONG_ANSWER {
            vector["answer_sha256"] = hex(Sha256::digest(answer)).into();
        } else {
            vector["answer"] = hex(answer).into();
        }
        vector
    };
    json!({
        "holds": "the ids 0 to 99 of the tree's note, id n at position n + 1",
        "note": "where it says 20, say, in a question, who answers holds the ids 0 to 19",
        "questions": [
            vector("by hash, the same", 100, vec![by_hash(&same, "")], vec![]),
            vector("by hash, of one that holds 0 to 89", 100, vec![by_hash(&fewer, "")], vec![]),
            vector("by ids, of one that holds 0 to 19", 100, vec![], vec![by_ids(&other(20), "")]),
            vector(
                "by ids, of one that holds 0 to 129: in the first subtree it has what is not here",
                100,
                vec![],
                vec![by_ids(&other(130), &first_digit(100)), by_ids(&same, "b")],
            ),
            vector("by hash, to one that has only a leaf", 20, vec![by_hash(&same, "")], vec![]),
            vector("by hash, to one that has nothing", 0, vec![by_hash(&same, "")], vec![]),
            vector("by ids, of one that holds nothing", 3, vec![], vec![by_ids(&other(0), "")]),
            vector("by ids, to one that holds 1,024", 1024, vec![], vec![by_ids(&other(20), "")]),
            vector("by ids, to one that holds 1,025", 1025, vec![], vec![by_ids(&other(20), "")]),
            vector(
                "both, of one that holds 0 to 89: what is the same is not answered",
                100,
                vec![by_hash(&same, "0"), by_hash(&fewer, &first_digit(95)), by_hash(&fewer, "")],
                vec![by_ids(&fewer, &first_digit(91)), by_ids(&same, "c"), by_ids(&other(0), "d")],
            ),
        ],
    })
}

fn answer(holds: u64, question: &Message) -> Message {
    let mut replica = Replica::new((0..holds).map(|id| (number(id), id + 1)), 0, 1);
    let (peer, now) = (Peer([1; 32]), Moment(0));
    replica.handle(Input::Connected { peer, dialer: false }, now);
    let outputs = replica.handle(Input::Message { peer, message: question.clone() }, now);
    let mut messages = outputs.into_iter().filter_map(|output| match output {
        Output::Send { message: message @ Message::Differences { .. }, .. } => Some(message),
        _ => None,
    });
    messages.next().expect("a question is answered")
}

/// Bytes of an answer beyond which its hash tells enough.
const LONG_ANSWER: usize = 8192;

const SALT: u64 = 0x0102_0304_0506_0708;
