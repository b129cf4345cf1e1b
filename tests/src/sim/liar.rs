//! Peers that lie. A liar proves the commons as anybody can, listens, and then says what is not so:
//! crude lies, for which it is blamed and comes back under another name; subtle ones, which keep to
//! the protocol; and contributions that are signed well and against the policy.

use std::collections::BTreeMap;

use commons_proto::author::AuthorKey;
use commons_proto::cbor;
use commons_proto::id::{ContributionId, TreeHash};
use commons_proto::tree::{Prefix, Tree};
use commons_proto::wire::{Beyond, Children, Ids, LISTED_IDS, Message, Shorts, Unchecked, short};
use serde_bytes::ByteBuf;

use super::chance::Chance;
use super::world::{Event, World};

/// A liar.
pub(super) struct Liar {
    pub(super) party: usize,
    /// The name that it goes by now.
    pub(super) identity: u64,
    style: Style,
    /// What it heard, with the words if they were there once.
    heard: BTreeMap<ContributionId, Vec<u8>>,
    tree: Tree,
    /// What its peers told last.
    told: BTreeMap<usize, (TreeHash, u64)>,
    pub(super) key: AuthorKey,
    /// Answers that it has given to one comparison after the other.
    answers: u64,
}

/// How one lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Bytes that nobody would send.
    Crude,
    /// What could be so, and is not.
    Subtle,
    /// Well signed and against the rules.
    Forger,
}

impl Liar {
    pub(super) fn new(party: usize, chance: &mut Chance) -> Self {
        Self {
            party,
            identity: 0,
            style: style(chance),
            heard: BTreeMap::new(),
            tree: Tree::default(),
            told: BTreeMap::new(),
            key: AuthorKey::from_secret(&chance.bytes()),
            answers: 0,
        }
    }

    /// Remembers a contribution.
    pub(super) fn learn(&mut self, bytes: &[u8]) {
        let Ok(contribution) = Unchecked::new(bytes.to_vec()) else { return };
        let id = contribution.id();
        let known = self.heard.get(&id).map_or(0, Vec::len);
        if bytes.len() > known {
            self.heard.insert(id, bytes.to_vec());
        }
        if known == 0 {
            self.tree.insert([(id, self.heard.len() as u64)]);
        }
    }

    /// Something that it heard.
    pub(super) fn something(&self, chance: &mut Chance) -> Option<(ContributionId, &Vec<u8>)> {
        let place = chance.place(self.heard.len());
        self.heard.iter().nth(place).map(|(id, bytes)| (*id, bytes))
    }

    fn some_ids(&self, chance: &mut Chance) -> Ids {
        let count = chance.between(1, 12);
        let id = |_| match self.something(chance) {
            Some((id, _)) if chance.percent(50) => id,
            _ => ContributionId(chance.bytes()),
        };
        Ids((0..count).map(id).collect())
    }

    /// What an honest peer would answer that holds what this one heard.
    fn differences(
        &self,
        ask: u64,
        salt: u64,
        hashes: &[(Prefix, TreeHash)],
        held: &[(Prefix, Shorts)],
    ) -> (Vec<(Prefix, Children)>, Vec<Beyond>, u64) {
        let (mut children, mut beyond) = (Vec::new(), Vec::new());
        let of = |prefix: &Prefix| Children(Box::new(self.tree.subtree(prefix).children()));
        for (prefix, hash) in hashes {
            if self.tree.subtree(prefix).hash() != *hash {
                children.push((*prefix, of(prefix)));
            }
        }
        for (prefix, shorts) in held {
            let items = self.tree.subtree(prefix).items();
            if items.len() > LISTED_IDS {
                children.push((*prefix, of(prefix)));
                continue;
            }
            let more = items.iter().filter(|(id, _)| !shorts.0.contains(&short(salt, id)));
            let (ids, positions): (Vec<_>, Vec<_>) = more.copied().unzip();
            let has = |one: &u64| items.iter().any(|(id, _)| short(salt, id) == *one);
            let lacks = (0..).zip(&shorts.0).filter(|(_, one)| !has(one)).map(|at| at.0).collect();
            beyond.push(Beyond(*prefix, Ids(ids), positions, lacks));
        }
        (children, beyond, ask)
    }

    /// What it says to a comparison.
    fn answer(&mut self, message: Message, chance: &mut Chance) -> Option<Message> {
        let Message::Compare { ask, salt, hashes, held } = message else { return None };
        let (mut children, mut beyond, ask) = self.differences(ask, salt, &hashes, &held);
        self.answers += 1;
        match chance.below(8) {
            // Everything is the same.
            0 => (children.clear(), beyond.clear()),
            // Something is left out.
            1 => (drop(children.pop()), drop(beyond.pop())),
            // There is always more.
            2 if self.answers < ENDLESS => {
                children = hashes.iter().map(|(prefix, _)| (*prefix, noise(chance))).collect();
                let deeper = held.iter().map(|(prefix, _)| (*prefix, noise(chance)));
                (children.extend(deeper), beyond.clear())
            }
            // Ids that do not exist, or belong elsewhere.
            3 => {
                let fakes = |beyond: &mut Beyond| {
                    let mut fake = chance.bytes::<32>();
                    if self.style != Style::Crude {
                        fake = within(&beyond.0, fake);
                    }
                    beyond.1.0.push(ContributionId(fake));
                    beyond.2.push(chance.below(99));
                };
                (beyond.iter_mut().for_each(fakes), ())
            }
            // What nobody asked for, or the impossible.
            4 if self.style == Style::Crude => (children.push((Prefix::ROOT, noise(chance))), ()),
            // Silence.
            5 => return None,
            _ => ((), ()),
        };
        children.truncate(8);
        beyond.truncate(8);
        Some(Message::Differences { ask, children, beyond })
    }

    /// What it gives to somebody who wants something.
    fn serve(&self, ids: &[ContributionId], chance: &mut Chance) -> Vec<Message> {
        let (mut items, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            let held = self.heard.get(id).cloned();
            match (held, chance.below(10)) {
                (_, 0) => {}
                (_, 1) if self.style != Style::Forger => missing.push(*id),
                (_, 2) if self.style != Style::Forger => {
                    items.extend(self.something(chance).map(|(_, bytes)| bytes.clone()));
                }
                (Some(bytes), 3..6) if self.style == Style::Crude => {
                    items.push(spoil(bytes, chance));
                }
                (Some(bytes), _) => items.push(bytes),
                (None, _) => missing.push(*id),
            }
        }
        let items: Vec<ByteBuf> = items.into_iter().map(ByteBuf::from).collect();
        let mut messages = vec![Message::Contributions { items }];
        if !missing.is_empty() {
            messages.push(Message::Missing { ids: Ids(missing) });
        }
        messages
    }

    /// A root and a count: what the peer told itself, or anything.
    fn status(&self, to: usize, chance: &mut Chance) -> Message {
        let (root, count) = match self.told.get(&to) {
            Some(told) if chance.percent(60) => *told,
            _ if chance.percent(60) => (self.tree.root(), self.tree.len() as u64),
            _ => (TreeHash(chance.bytes()), chance.below(1 << 40)),
        };
        Message::Status { root, count }
    }
}

impl World {
    /// A liar has met somebody.
    pub(super) fn met(&mut self, liar: usize, node: usize) {
        let mut chance = self.chance.apart();
        let message = self.liars[liar].status(node, &mut chance);
        self.say(liar, node, &message);
    }

    /// A liar hears a frame.
    pub(super) fn liar_hears(&mut self, party: usize, from: usize, bytes: &[u8]) {
        let liar = party - self.nodes.len();
        let mut chance = self.chance.apart();
        let Ok(message) = Message::decode(bytes) else {
            self.fail(format_args!("{from} sends {party} a frame that is no message"));
        };
        let it = &mut self.liars[liar];
        let mut answers = Vec::new();
        match message {
            Message::Status { root, count } => {
                it.told.insert(from, (root, count));
                if chance.percent(30) {
                    answers.push(it.status(from, &mut chance));
                }
            }
            Message::Contributions { items } => items.iter().for_each(|item| it.learn(item)),
            Message::Want { ids } => answers = it.serve(&ids.0, &mut chance),
            Message::Offer { ids, .. } => answers.push(Message::Want {
                ids: Ids(ids
                    .0
                    .into_iter()
                    .take(99)
                    .filter(|id| !it.heard.contains_key(id))
                    .collect()),
            }),
            compare @ Message::Compare { .. } => answers.extend(it.answer(compare, &mut chance)),
            Message::Differences { .. } | Message::Missing { .. } => {}
        }
        for answer in answers {
            self.say(liar, from, &answer);
        }
    }

    /// A liar hears gossip.
    pub(super) fn liar_overhears(&mut self, party: usize, bytes: Vec<u8>) {
        self.liars[party - self.nodes.len()].learn(&bytes);
    }

    /// A liar was blamed: it comes back as somebody else.
    pub(super) fn exposed(&mut self, party: usize) {
        let liar = party - self.nodes.len();
        let mut chance = self.chance.apart();
        if chance.percent(70) {
            for node in self.neighbours(party) {
                self.cut_later(party, node, 5);
            }
            self.liars[liar].identity += 1;
            self.liars[liar].style = style(&mut chance);
        }
    }

    /// A liar does something of its own accord.
    pub(super) fn lie(&mut self, liar: usize) {
        let mut chance = self.chance.apart();
        self.later(chance.between(200, 5_000), Event::Lie(liar));
        let party = self.liars[liar].party;
        let neighbours = self.neighbours(party);
        let Some(node) = chance.pick(&neighbours).copied().filter(|_| chance.percent(75)) else {
            let node = chance.place(self.nodes.len());
            return self.connect(party, node);
        };
        match self.liars[liar].style {
            Style::Crude => self.lie_crudely(liar, node, &mut chance),
            Style::Subtle => self.lie_subtly(liar, node, &mut chance),
            Style::Forger if self.is_healed => self.lie_subtly(liar, node, &mut chance),
            Style::Forger => self.forge(liar, node, &mut chance),
        }
    }

    fn lie_crudely(&mut self, liar: usize, node: usize, chance: &mut Chance) {
        let it = &self.liars[liar];
        let party = it.party;
        let something = it.something(chance).map(|(_, bytes)| bytes.clone());
        match (chance.below(8), something) {
            (0..3, Some(bytes)) => {
                let bytes = spoil(bytes, chance);
                self.note(format_args!("{party} gossips what it spoilt to {node}"));
                self.send_gossip(party, node, &bytes);
            }
            (3, _) => self.send_gossip(party, node, &chance.bytes::<80>()),
            (4, Some(bytes)) => {
                let items = vec![ByteBuf::from(spoil(bytes, chance))];
                self.say(liar, node, &Message::Contributions { items });
            }
            (5, _) => {
                let (children, beyond) = (vec![(Prefix::ROOT, noise(chance))], Vec::new());
                let ask = chance.below(9);
                self.say(liar, node, &Message::Differences { ask, children, beyond });
            }
            (6, Some(_)) => {
                for _ in 0..60 {
                    let ids = self.liars[liar].something(chance).map(|(id, _)| id);
                    let ids = Ids(ids.into_iter().collect());
                    self.say(liar, node, &Message::Want { ids });
                }
            }
            _ => {
                let mut bytes = self.liars[liar].status(node, chance).encode();
                let place = chance.place(bytes.len());
                bytes[place] ^= 1 << chance.below(8);
                self.send_frame(party, node, bytes);
            }
        }
    }

    fn lie_subtly(&mut self, liar: usize, node: usize, chance: &mut Chance) {
        let it = &self.liars[liar];
        let party = it.party;
        let message = match chance.below(6) {
            0 => it.status(node, chance),
            1 => Message::Offer { ids: it.some_ids(chance), more: chance.percent(50) },
            2 => Message::Want { ids: it.some_ids(chance) },
            3 => Message::Offer { ids: Ids::default(), more: true },
            4 => {
                // An announcement of what is not there, or is.
                let id = match it.something(chance) {
                    Some((id, _)) if chance.percent(50) => id,
                    _ => ContributionId(chance.bytes()),
                };
                return self.send_gossip(party, node, &cbor::encode(&id));
            }
            _ => {
                // Something old, perhaps with words that were taken back since.
                let old = it.something(chance).map(|(_, bytes)| bytes.clone());
                return old.into_iter().for_each(|bytes| self.send_gossip(party, node, &bytes));
            }
        };
        self.say(liar, node, &message);
    }

    /// A liar sends a message.
    pub(super) fn say(&mut self, liar: usize, node: usize, message: &Message) {
        let party = self.liars[liar].party;
        self.send_frame(party, node, message.encode());
    }
}

/// Flips a bit or a few, or cuts something off.
pub(super) fn spoil(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    if chance.percent(10) {
        bytes.truncate(chance.place(bytes.len()));
        return bytes;
    }
    for _ in 0..chance.between(1, 3) {
        let place = chance.place(bytes.len());
        bytes[place] ^= 1 << chance.below(8);
    }
    bytes
}

fn style(chance: &mut Chance) -> Style {
    *chance.pick(&[Style::Crude, Style::Subtle, Style::Subtle, Style::Forger]).expect("some")
}

fn noise(chance: &mut Chance) -> Children {
    let mut hashes = [TreeHash([0; 32]); 16];
    for hash in &mut hashes {
        if chance.percent(60) {
            *hash = TreeHash(chance.bytes());
        }
    }
    Children(Box::new(hashes))
}

/// An id that begins with these digits.
fn within(prefix: &Prefix, mut id: [u8; 32]) -> [u8; 32] {
    for place in 0..prefix.depth() {
        let digit = prefix.digit(place) as u8;
        let byte = &mut id[place / 2];
        *byte = if place % 2 == 0 { *byte & 0x0f | digit << 4 } else { *byte & 0xf0 | digit };
    }
    id
}

/// Answers after which an endless comparison ends.
const ENDLESS: u64 = 300;
