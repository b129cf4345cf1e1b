//! What becomes of a change if somebody else has saved meanwhile: three ways are brought together, what
//! stood there before, what they made of it and what was typed. Texts are merged as the commons merges
//! them; of a field of one value that both changed, a person chooses. Nobody's words vanish: what was
//! typed is in the form again, and what they saved is in the history whatever is chosen.

use std::collections::BTreeSet;

use commons_proto::contribution::{Draft, Record, SALT_BYTES, Subject};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::id::{Author, ContributionId};
use commons_proto::kind::{FieldType, Kind};

use super::fields::{self, Texts};
use super::sheet::{Control, Input, Sheet};
use crate::board::difference::difference;
use crate::board::fault::Fault;
use crate::board::parts::LINKS;
use crate::compose::Refused;
use crate::compose::edit::Base;
use crate::render::{Markup, html, parts};
use crate::store::{Store, Version};
use crate::when;

/// A form that was based on an older version.
pub(super) struct Meanwhile<'s> {
    /// The store.
    pub(super) store: &'s Store,
    /// The entry as it is now.
    pub(super) now: &'s Base,
    /// The versions on which the form was based.
    pub(super) based_on: &'s [ContributionId],
    /// What the entry looked like there.
    pub(super) before: &'s State,
    /// What was typed.
    pub(super) mine: &'s Texts,
    /// Who typed it.
    pub(super) me: Author,
}

/// What was brought together.
pub(super) struct Merged {
    /// What stands in the form now.
    pub(super) texts: Texts,
    /// Fields of which a person must choose a value: what they saved and what was typed.
    choices: Vec<(&'static str, [String; 2])>,
    /// What they changed: the field, what it was before, what it is now.
    theirs: Vec<(&'static str, String, String)>,
    /// Texts that both changed: what was typed, and what both make together.
    together: Vec<(&'static str, String, String)>,
    /// Who saved meanwhile.
    who: Vec<(Author, Option<String>)>,
    /// Who typed.
    me: Author,
}

impl Meanwhile<'_> {
    /// Brings the three ways together; `None` if the others changed nothing that the form shows.
    pub(super) fn merge(&self) -> Result<Option<Merged>, Fault> {
        let kind = self.now.kind();
        let before = fields::texts(self.store, kind, self.before)?;
        let theirs = fields::texts(self.store, kind, &self.now.state)?;
        let mut merged = Merged {
            texts: Texts::new(),
            choices: Vec::new(),
            theirs: Vec::new(),
            together: Vec::new(),
            who: Vec::new(),
            me: self.me,
        };
        for field in fields::fields(kind) {
            let name = field.name;
            let of = |texts: &Texts| texts.get(name).cloned().unwrap_or_default();
            let (old, new) = (of(&before), of(&theirs));
            let mine = self.mine.get(name).cloned().unwrap_or_else(|| old.clone());
            let (they_changed, i_changed) =
                (!fields::is_same(field, &old, &new), !fields::is_same(field, &old, &mine));
            if they_changed {
                merged.theirs.push((name, old.clone(), new.clone()));
            }
            let together = match (they_changed, i_changed) {
                (_, false) => new,
                (false, true) => mine,
                (true, true) if fields::is_same(field, &new, &mine) => new,
                (true, true) => match field.field_type {
                    FieldType::Set => fields::merged_items(&old, &new, &mine),
                    FieldType::Prose => {
                        let both = self.both(name, &mine)?;
                        merged.together.push((name, mine, both.clone()));
                        both
                    }
                    FieldType::Single => {
                        merged.choices.push((name, [new, mine.clone()]));
                        mine
                    }
                },
            };
            merged.texts.insert(name, together);
        }
        if merged.theirs.is_empty() {
            return Ok(None);
        }
        merged.who = self.who()?;
        Ok(Some(merged))
    }

    /// The text that the commons would make of theirs and mine, had mine been saved at once with theirs.
    fn both(&self, field: &str, mine: &str) -> Result<String, Fault> {
        let mut wanted = Wanted::new();
        wanted.set(field, [mine.into()]);
        let draft = Draft {
            subject: Subject::Entry(self.now.view.summary.id),
            parents: self.based_on.to_vec(),
            edits: entry::changes(self.now.kind(), self.before, &wanted),
            summary: None,
        };
        let commons = self.store.commons();
        let unsigned = draft.unsigned(&self.me, &commons, when::now(), [0; SALT_BYTES]);
        // What is too long to be a contribution is refused as it stands in the form.
        let Ok(unsigned) = unsigned else { return Ok(mine.to_owned()) };
        let record = Record::from_log(unsigned.header(), Some(unsigned.payload()));
        let state = self.store.state_with(&record.map_err(Refused::from)?)?;
        Ok(state.map_or_else(|| mine.to_owned(), |state| state.prose(field)))
    }

    /// Who has saved since the form was made.
    fn who(&self) -> Result<Vec<(Author, Option<String>)>, Fault> {
        let history = self.store.history(&self.now.view.summary.id)?;
        let seen = seen(&history, self.based_on);
        let mut who: Vec<(Author, Option<String>)> = Vec::new();
        for version in history.iter().filter(|version| !seen.contains(&version.record.id)) {
            let author = version.record.header.author;
            if !who.iter().any(|(other, _)| *other == author) {
                who.push((author, version.name.clone()));
            }
        }
        Ok(who)
    }
}

impl Merged {
    /// Puts what was brought together into the form, with what there is to choose, and says above it
    /// what happened.
    pub(super) fn show_in(self, sheet: &mut Sheet, kind: &Kind) {
        sheet.meanwhile = Some(self.told(sheet));
        fields::fill(&mut sheet.controls, &self.texts);
        fields::fill(&mut sheet.more, &self.texts);
        for (name, [theirs, mine]) in self.choices {
            let controls = sheet.controls.iter_mut().chain(&mut sheet.more);
            let Some(control) = controls.into_iter().find(|control| control.name == name) else {
                continue;
            };
            control.hint = Some("You both changed it. Choose which is to stand.".to_owned());
            control.input = Input::Choice(vec![
                ("as it was saved".into(), theirs),
                ("as you typed it".into(), mine),
            ]);
        }
        sheet.button = format!("Save the {} as it stands here", kind.name());
    }

    fn told(&self, sheet: &Sheet) -> Markup {
        let label = |name: &str| {
            let mut controls = sheet.controls.iter().chain(&sheet.more);
            let control: Option<&Control> = controls.find(|control| control.name == name);
            control.map_or_else(|| name.to_owned(), |control| control.label.clone())
        };
        // Somebody may have the same form open twice.
        let is_me = self.who.iter().all(|(author, _)| *author == self.me);
        html! {
            div.notice.meanwhile role="alert" tabindex="-1" autofocus {
                h2 {
                    @if is_me { "You saved it elsewhere meanwhile" }
                    @else { "Somebody else saved meanwhile" }
                }
                p {
                    @for (at, (author, name)) in self.who.iter().enumerate() {
                        @if at > 0 { ", " }
                        (parts::person(author, name.as_deref(), &LINKS))
                    }
                    " saved while this was being written. Nothing of it is written yet, and nothing is \
                     lost: below, both are brought together. Look through it, and save it again."
                }
                h3 { "What was changed" }
                dl {
                    @for (name, old, new) in &self.theirs {
                        dt { (label(name)) }
                        dd { (difference(old, new)) }
                    }
                }
                @for (name, mine, both) in &self.together {
                    h3 { (label(name)) ": what that makes of what you typed" }
                    (difference(mine, both))
                }
            }
        }
    }
}

/// These versions and all that they follow.
fn seen(history: &[Version], from: &[ContributionId]) -> BTreeSet<ContributionId> {
    let mut seen: BTreeSet<ContributionId> = from.iter().copied().collect();
    // Parents come before their children, so one way back is enough.
    for version in history.iter().rev() {
        if seen.contains(&version.record.id) {
            seen.extend(version.record.header.parents.iter().copied());
        }
    }
    seen
}
