//! A recorded conversation with a node of an earlier release: what its partner said and what it
//! said itself, byte by byte. The release records it with the program `fixture`; later builds must
//! answer the same questions in the same way, and be answered by the same answers.
//!
//! Only two numbers that a node draws for each comparison differ from run to run; [`same_question`]
//! leaves them out.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ipld_core::ipld::Ipld;
use serde_json::{Value, json};

use crate::raw_peer::RawPeer;
use crate::wait;

/// A question and its answers, or what a node said and what it was told then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// For people: what happens here.
    pub what: String,
    /// What is said first, by whoever asks.
    pub asked: Vec<u8>,
    /// What is said then, by the other.
    pub answered: Vec<Vec<u8>>,
}

/// A recorded conversation.
#[derive(Debug, Clone, Default)]
pub struct Talk {
    /// The commons.
    pub commons: [u8; 32],
    /// The secret of the partner that asks.
    pub asker: [u8; 32],
    /// The secret of the partner that is asked.
    pub asked: [u8; 32],
    /// What the node proved itself with to the partner that asks.
    pub hello: Vec<u8>,
    /// What the node told first of what it holds.
    pub status: Vec<u8>,
    /// The partner asked, and the node, which held the whole fixture, answered.
    pub to_full: Vec<Turn>,
    /// The node, which held nothing, asked, and the partner answered.
    pub of_empty: Vec<Turn>,
    /// What the node told when it held everything.
    pub done: Vec<u8>,
    /// What the node gossiped on its own, each with the contribution that it is about.
    pub gossip: Vec<Turn>,
}

impl Talk {
    /// The conversation as the fixture keeps it.
    pub fn to_json(&self) -> Value {
        json!({
            "commons": hex(&self.commons),
            "asker": hex(&self.asker),
            "asked": hex(&self.asked),
            "hello": hex(&self.hello),
            "status": hex(&self.status),
            "done": hex(&self.done),
            "to_full": turns_to_json(&self.to_full),
            "of_empty": turns_to_json(&self.of_empty),
            "gossip": turns_to_json(&self.gossip),
        })
    }

    /// Reads what [`Talk::to_json`] gave.
    ///
    /// # Panics
    /// If it is something else.
    pub fn from_json(json: &Value) -> Self {
        let fixed = |name: &str| bytes(&json[name]).try_into().expect("32 bytes");
        Self {
            commons: fixed("commons"),
            asker: fixed("asker"),
            asked: fixed("asked"),
            hello: bytes(&json["hello"]),
            status: bytes(&json["status"]),
            done: bytes(&json["done"]),
            to_full: turns_from_json(&json["to_full"]),
            of_empty: turns_from_json(&json["of_empty"]),
            gossip: turns_from_json(&json["gossip"]),
        }
    }
}

/// The next frame that fits. Others are passed over: a node says of itself how it stands.
///
/// # Panics
/// If none comes, with the names of those that did.
#[track_caller]
pub fn hear(peer: &RawPeer, what: &str, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let started = std::time::Instant::now();
    let mut heard = Vec::new();
    while let Some(left) = wait::PATIENCE.checked_sub(started.elapsed()) {
        match peer.hears(left) {
            Some(frame) if fits(&frame) => return frame,
            Some(frame) => heard.push(format!("{} {}", name(&frame), hex(&frame))),
            None => break,
        }
    }
    panic!("{what} did not come; heard: {heard:#?}")
}

/// The next gossip in which these bytes are.
///
/// # Panics
/// If none comes.
#[track_caller]
pub fn hear_gossip(peer: &RawPeer, what: &str, within: &[u8]) -> Vec<u8> {
    let started = std::time::Instant::now();
    while let Some(left) = wait::PATIENCE.checked_sub(started.elapsed()) {
        let Some(message) = peer.hears_gossip(left.max(Duration::from_millis(1))) else { break };
        if message.windows(within.len()).any(|part| part == within) {
            return message;
        }
    }
    panic!("{what} was not gossiped")
}

/// The name of the message in this frame.
pub fn name(frame: &[u8]) -> String {
    parts(frame).map_or_else(|| "no message".to_owned(), |(name, _)| name)
}

/// Whether two messages are the same but for the numbers of a comparison.
pub fn same_question(one: &[u8], other: &[u8]) -> bool {
    let plain = |frame| {
        let (name, mut parts) = parts(frame)?;
        parts.remove("ask");
        parts.remove("salt");
        Some((name, parts))
    };
    plain(one).is_some() && plain(one) == plain(other)
}

/// This answer, to this question.
///
/// # Panics
/// If either is no message.
pub fn addressed(answer: &[u8], question: &[u8]) -> Vec<u8> {
    let (_, asked) = parts(question).expect("a question is a message");
    let (name, mut parts) = parts(answer).expect("an answer is a message");
    if let (Some(number), Some(asked)) = (parts.get_mut("ask"), asked.get("ask")) {
        *number = asked.clone();
    }
    let message = Ipld::Map(BTreeMap::from([(name, Ipld::Map(parts))]));
    serde_ipld_dagcbor::to_vec(&message).expect("it was read from the same")
}

fn parts(frame: &[u8]) -> Option<(String, BTreeMap<String, Ipld>)> {
    match serde_ipld_dagcbor::from_slice(frame).ok()? {
        Ipld::Map(map) => match map.into_iter().next()? {
            (name, Ipld::Map(parts)) => Some((name, parts)),
            _ => None,
        },
        _ => None,
    }
}

fn turns_to_json(turns: &[Turn]) -> Value {
    let turn = |turn: &Turn| {
        let answers: Vec<String> = turn.answered.iter().map(|answer| hex(answer)).collect();
        json!({"what": turn.what, "asked": hex(&turn.asked), "answered": answers})
    };
    turns.iter().map(turn).collect()
}

fn turns_from_json(json: &Value) -> Vec<Turn> {
    let turn = |turn: &Value| Turn {
        what: turn["what"].as_str().unwrap_or_default().to_owned(),
        asked: bytes(&turn["asked"]),
        answered: turn["answered"].as_array().expect("answers").iter().map(bytes).collect(),
    };
    json.as_array().expect("turns").iter().map(turn).collect()
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn bytes(json: &Value) -> Vec<u8> {
    let text = json.as_str().expect("bytes are a text");
    HEXLOWER.decode(text.as_bytes()).expect("bytes are in hexadecimal digits")
}
