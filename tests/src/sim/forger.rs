//! Contributions of liars that are signed well: against the policy, with parents that nobody has or
//! that belong elsewhere, taking back what is not theirs, different ones to different peers; and
//! floods of them. They are known to the model, so that whatever of them is held can be judged.

use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::wire::{Ids, Message};

use super::chance::Chance;
use super::liar::spoil;
use super::world::World;

impl World {
    /// A liar makes something, and tells one peer, or different things to two.
    pub(super) fn forge(&mut self, liar: usize, node: usize, chance: &mut Chance) {
        let party = self.liars[liar].party;
        let count = match chance.below(300) {
            0 => FLOOD,
            1..10 => 40,
            10..40 => 2,
            _ => 1,
        };
        let mut forged: Vec<Verified> = Vec::new();
        for _ in 0..count {
            let draft = self.draft(liar, count, forged.last(), chance);
            let time = chance.below(1 << 40);
            let key = &self.liars[liar].key;
            let Ok(verified) = draft.sign(key, &self.commons, time, chance.bytes()) else { return };
            self.model.learn(&verified, Vec::new());
            forged.push(verified);
        }
        self.note(format_args!("{party} forges {count}, the first {:?}", forged[0].id()));
        if chance.percent(30) {
            forged.iter().for_each(|one| self.liars[liar].learn(&one.encode()));
            let ids = Ids(forged.iter().map(Verified::id).collect());
            return self.say(liar, node, &Message::Offer { ids, more: false });
        }
        let neighbours = self.neighbours(party);
        for (number, verified) in forged.iter().enumerate() {
            let bytes = verified.encode();
            // With a wrong signature first, and with the right one afterwards.
            if chance.percent(5) {
                let mut wrong = bytes.clone();
                let place = wrong.len() - verified.payload_bytes().map_or(0, <[u8]>::len) - 20;
                wrong[place] ^= 1;
                self.send_gossip(party, node, &wrong);
            }
            let to = if count == 2 { neighbours[number % neighbours.len()] } else { node };
            self.send_gossip(party, to, &bytes);
        }
        if chance.percent(3) {
            let bytes = spoil(forged[0].encode(), chance);
            self.send_gossip(party, node, &bytes);
        }
    }

    fn draft(
        &self,
        liar: usize,
        count: u64,
        before: Option<&Verified>,
        chance: &mut Chance,
    ) -> Draft {
        let title = Value::Text(format!("{:08x}", chance.number() >> 32));
        let edits = vec![Edit::Set { field: "title".to_owned(), value: Some(title) }];
        let genesis = |edits| {
            let subject = Subject::Genesis(Kind::Idea);
            Draft { subject, parents: Vec::new(), edits, summary: None }
        };
        let some = |chance: &mut Chance| {
            let held = self.liars[liar].something(chance).map(|(id, _)| id);
            held.and_then(|id| Some(&self.model.get(&id)?.record))
        };
        let follow = |entry: EntryId, parents, edits| {
            let subject = Subject::Entry(entry);
            Draft { subject, parents, edits, summary: None }
        };
        let nobody = ContributionId(chance.bytes());
        if count > 2 {
            // What nobody can take in: it waits for parents that are not there.
            return follow(EntryId(chance.bytes()), vec![nobody], edits);
        }
        match (chance.below(9), some(chance), before) {
            (0, _, _) | (_, None, None) => genesis(edits),
            // To an entry that is open, or is not.
            (1..3, Some(on), _) => follow(on.entry(), vec![on.id], edits),
            // With a parent of another entry.
            (3, Some(on), _) => match some(chance) {
                Some(other) => follow(on.entry(), vec![on.id, other.id], edits),
                None => genesis(edits),
            },
            // With a parent that nobody has.
            (4, Some(on), _) => follow(on.entry(), vec![on.id, nobody], edits),
            // To an entry that it names wrongly.
            (5, Some(on), _) => follow(EntryId(nobody.0), vec![on.id], edits),
            // Of a kind that nobody knows.
            (6, _, _) => {
                let kind = Kind::new("survey", chance.percent(50)).expect("a good name");
                let subject = Subject::Genesis(kind);
                Draft { subject, parents: Vec::new(), edits, summary: None }
            }
            // Taking back what somebody else wrote, or itself.
            (_, Some(on), _) => {
                let subject = Subject::Genesis(Kind::Erasure);
                let edits = erasure::erase_edits(&[on]);
                Draft { subject, parents: Vec::new(), edits, summary: None }
            }
            // The same parents twice.
            (_, None, Some(before)) => {
                let record = before.record();
                follow(record.entry(), record.header.parents.clone(), edits)
            }
        }
    }
}

/// Contributions in a flood: more than one peer may have waiting.
const FLOOD: u64 = 1_100;
