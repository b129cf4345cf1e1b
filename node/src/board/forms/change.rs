//! A further version of an entry: the form, filled with what it holds, and what becomes of it. The form
//! carries the versions on which it is based, so that it is known if somebody else saved meanwhile. The
//! profile is such a form, too, of an entry that may not be there yet.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::contribution::Draft;
use commons_proto::entry::State;
use commons_proto::id::{Author, ContributionId};
use commons_proto::kind::Kind;

use super::about;
use super::fields::{self, Known, Texts};
use super::filled::{self, Filled};
use super::judge::{BUTTONS, Pressed};
use super::merge::Meanwhile;
use super::preview::preview;
use super::sheet::{Control, Input, Sheet};
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, entry_page};
use crate::board::write::{self, Composed};
use crate::compose::edit::Base;
use crate::compose::{self, Wrong, post, profile};
use crate::find;
use crate::render::{Markup, html, parts};
use crate::store::Store;

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/edit", get(show).post(send))
        .route("/profile", get(show_profile).post(send_profile))
}

async fn show(frame: Frame, Path(id): Path<String>) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let (sheet, above) = frame
        .board
        .read(move |store| {
            let base = Base::of(store, &about(store, &id)?.id, &me)?;
            Ok((entry_sheet(store, &base)?, heading(&base)))
        })
        .await?;
    Ok(sheet.page(&frame, "Change it", above))
}

async fn send(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    let change = Change::of(&form);
    let question = move |store: &Store| {
        let entry = about(store, &id)?.id;
        let base = Base::of(store, &entry, &change.me)?;
        let above = heading(&base);
        Ok((entry, above, change.judge(store, base)?))
    };
    let (entry, above, judged) = form.frame.board.read(question).await?;
    let page = entry_page(&entry);
    match judged {
        Judged::Sheet(sheet) => Ok(sheet.page(&form.frame, "Change it", above)),
        Judged::Nothing => Ok(form.lead(&page)),
        Judged::Draft(draft) => form.finish(Composed::of(draft).then(page)).await,
    }
}

async fn show_profile(frame: Frame) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let sheet = frame.board.read(move |store| profile_sheet(store, &me)).await?;
    Ok(sheet.page(&frame, "Your profile", above_profile(&me)))
}

async fn send_profile(form: Filled) -> Result<Response, Fault> {
    let change = Change::of(&form);
    let me = change.me;
    let question = move |store: &Store| match profile::of(store, &me)? {
        Some(view) => {
            let base = Base::of(store, &view.summary.id, &me)?;
            let judged = change.judge(store, base)?;
            Ok(match judged {
                Judged::Sheet(sheet) => {
                    Judged::Sheet(Box::new(Sheet { action: "/profile".to_owned(), ..*sheet }))
                }
                judged => judged,
            })
        }
        None => change.judge_first(store),
    };
    let page = format!("/people/{me}");
    match form.frame.board.read(question).await? {
        Judged::Sheet(sheet) => Ok(sheet.page(&form.frame, "Your profile", above_profile(&me))),
        Judged::Nothing => Ok(form.lead(&page)),
        Judged::Draft(draft) => form.finish(Composed::of(draft).then(page)).await,
    }
}

/// What was sent, before it is known what entry it changes.
struct Change {
    board: Board,
    me: Author,
    pressed: Pressed,
    token: Markup,
    based_on: String,
    summary: String,
    typed: Vec<(String, String)>,
}

/// What becomes of it.
enum Judged {
    /// It is shown again.
    Sheet(Box<Sheet>),
    /// It is like that already.
    Nothing,
    /// It is written.
    Draft(Draft),
}

impl Change {
    fn of(form: &Filled) -> Self {
        Self {
            board: form.frame.board.clone(),
            me: form.author,
            pressed: Pressed::of(form),
            token: form.token(),
            based_on: form.text(BASED_ON).to_owned(),
            summary: form.text(SUMMARY).trim().to_owned(),
            typed: form.fields().to_vec(),
        }
    }

    /// What becomes of it for an entry that is there.
    fn judge(self, store: &Store, now: Base) -> Result<Judged, Fault> {
        let kind = now.kind().clone();
        let typed = self.typed_for(&kind)?;
        let based_on = self.versions(store, &now)?;
        let mut sheet = Sheet { token: self.token.clone(), ..entry_sheet(store, &now)? };
        fields::fill(&mut sheet.controls, &typed);
        fields::fill(&mut sheet.more, &typed);
        if self.pressed.preview {
            sheet.preview = Some(preview(store, &kind, &sheet));
            sheet.hidden = vec![(BASED_ON, self.based_on.clone())];
            return Ok(self.again(sheet));
        }
        if based_on != now.parents {
            let before = store.state_at(&now.view.summary.id, &based_on)?.unwrap_or_default();
            let (now, mine) = (&now, &typed);
            let meanwhile =
                Meanwhile { store, now, based_on: &based_on, before: &before, mine, me: self.me };
            if let Some(merged) = meanwhile.merge()? {
                let current = fields::texts(store, &kind, &now.state)?;
                if fields::changes(&kind, &current, &merged.texts).is_empty() {
                    return Ok(Judged::Nothing);
                }
                merged.show_in(&mut sheet, &kind);
                return Ok(self.again(sheet));
            }
        }
        let before = fields::texts(store, &kind, &now.state)?;
        let changes = fields::changes(&kind, &before, &typed);
        let (wanted, wrong) = changes.check(&kind, &now.state, &|typed| find::entry(store, typed));
        sheet.note(wrong);
        sheet.note_missing();
        let summary = self.summary(&mut sheet);
        match now.draft(&wanted, summary) {
            Some(draft) => Ok(self.judged(sheet, draft)),
            None if sheet.is_refused() => Ok(self.again(sheet)),
            None => Ok(Judged::Nothing),
        }
    }

    /// What becomes of a profile that is not there yet.
    fn judge_first(self, store: &Store) -> Result<Judged, Fault> {
        let typed = self.typed_for(&Kind::Person)?;
        let mut sheet = Sheet { token: self.token.clone(), ..profile_sheet(store, &self.me)? };
        fields::fill(&mut sheet.controls, &typed);
        if self.pressed.preview {
            sheet.preview = Some(preview(store, &Kind::Person, &sheet));
            return Ok(self.again(sheet));
        }
        let changes = fields::changes(&Kind::Person, &Texts::new(), &typed);
        let (wanted, wrong) =
            changes.check(&Kind::Person, &State::default(), &|typed| find::entry(store, typed));
        sheet.note(wrong);
        if changes.is_empty() {
            return Ok(Judged::Nothing);
        }
        Ok(self.judged(sheet, post::entry(&Kind::Person, &wanted, None)))
    }

    fn judged(&self, mut sheet: Sheet, draft: Draft) -> Judged {
        sheet.judge(&self.board, &self.me, std::slice::from_ref(&draft), self.pressed);
        if sheet.is_refused() { self.again(sheet) } else { Judged::Draft(draft) }
    }

    /// The form again, with the line that says why.
    fn again(&self, mut sheet: Sheet) -> Judged {
        if let Some(control) = sheet.controls.iter_mut().find(|control| control.name == SUMMARY) {
            control.value.clone_from(&self.summary);
        }
        Judged::Sheet(Box::new(sheet))
    }

    /// The line that says why, if there is one that can be.
    fn summary(&self, sheet: &mut Sheet) -> Option<String> {
        let typed = (!self.summary.is_empty()).then(|| self.summary.clone());
        match compose::summary(&typed) {
            Ok(summary) => summary,
            Err(refused) => {
                sheet.note(vec![Wrong { field: SUMMARY.to_owned(), refused }]);
                None
            }
        }
    }

    fn typed_for(&self, kind: &Kind) -> Result<Texts, Fault> {
        let names: Vec<&str> = fields::fields(kind).map(|field| field.name).collect();
        let known = [&names[..], &[BASED_ON, SUMMARY], &BUTTONS].concat();
        filled::only(&self.typed, &known)?;
        Ok(fields::typed(kind, &self.typed))
    }

    /// The versions on which the form was based: of this entry, or else it was made up.
    fn versions(&self, store: &Store, now: &Base) -> Result<Vec<ContributionId>, Fault> {
        if self.based_on.is_empty() {
            return Ok(now.parents.clone());
        }
        let strange = || {
            Fault::bad("this form is based on versions that the entry does not have")
                .hint("open the page again and fill in the form that it shows")
        };
        let parsed = self.based_on.split('.').map(str::parse).collect::<Result<Vec<_>, _>>();
        let mut versions: Vec<ContributionId> = parsed.map_err(|_| strange())?;
        versions.sort_unstable();
        let mut heads = now.parents.clone();
        heads.sort_unstable();
        if versions == heads {
            return Ok(now.parents.clone());
        }
        let history = store.history(&now.view.summary.id)?;
        let has = |id: &ContributionId| history.iter().any(|version| version.record.id == *id);
        if versions.iter().all(has) { Ok(versions) } else { Err(strange()) }
    }
}

/// The form of an entry that is there.
fn entry_sheet(store: &Store, base: &Base) -> Result<Sheet, Fault> {
    let kind = base.kind();
    let (mut controls, mut more) = fields::controls(kind, &Known::read(store, kind)?);
    if controls.is_empty() && more.is_empty() {
        return Err(Fault::bad("there is nothing in it to be changed")
            .hint("it can be erased by whoever wrote it"));
    }
    let texts = fields::texts(store, kind, &base.state)?;
    fields::fill(&mut controls, &texts);
    fields::fill(&mut more, &texts);
    for control in controls.iter_mut().chain(&mut more) {
        if base.state.held(control.name).len() > 1 {
            let hint = control.hint.take().unwrap_or_default();
            control.hint = Some(format!(
                "Several people wrote this at once; the entry's page shows what else they wrote. \
                 {hint}"
            ));
        }
    }
    if kind.is_open() {
        let why = Control::new(SUMMARY, "What you change, and why", Input::Line);
        controls.push(why.hint("A line for the history. It may stay empty."));
    }
    let id = base.view.summary.id;
    Ok(Sheet {
        draft: Some(format!("edit {id}")),
        controls,
        more,
        hidden: vec![(BASED_ON, based_on(&base.parents))],
        has_preview: true,
        ..Sheet::new(format!("/entry/{id}/edit"), format!("Save the {}", kind.name()))
    })
}

/// The form of this author's profile.
fn profile_sheet(store: &Store, me: &Author) -> Result<Sheet, Fault> {
    let sheet = match profile::of(store, me)? {
        Some(view) => entry_sheet(store, &Base::of(store, &view.summary.id, me)?)?,
        None => {
            let (controls, _) = fields::controls(&Kind::Person, &Known::default());
            Sheet { controls, has_preview: true, ..Sheet::new(String::new(), String::new()) }
        }
    };
    let (action, button) = ("/profile".to_owned(), "Save your profile".to_owned());
    Ok(Sheet { action, button, draft: Some("profile".to_owned()), ..sheet })
}

fn heading(base: &Base) -> Markup {
    let summary = &base.view.summary;
    let whose = match base.kind().is_open() {
        true => "It belongs to everybody: what you change is a further version, and none is lost.",
        false => "Only you can change it. Every version stays in its history.",
    };
    html! {
        h1 { "Change the " (parts::line(summary.kind.name())) }
        p.lead { (parts::entry(&summary.id, &summary.title, &LINKS)) }
        p.meta { (whose) }
    }
}

fn above_profile(me: &Author) -> Markup {
    html! {
        h1 { "Your profile" }
        p.lead {
            "What you say of yourself, for others to find you by. Nothing of it is asked for: leave out \
             what you like."
        }
        p.meta {
            "You write as " (parts::person(me, None, &LINKS)) ". "
            a href="/forget-me" { "Erase everything that you wrote" }
        }
    }
}

fn based_on(parents: &[ContributionId]) -> String {
    parents.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// The control with the versions on which the form is based.
const BASED_ON: &str = "based-on";

/// The control with the line that says why.
const SUMMARY: &str = "summary";
