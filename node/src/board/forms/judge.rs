//! Whether what was filled in can be written: nothing that is needed is missing, every value can be, it
//! fits into a contribution, and nothing in it says too much about somebody, or they were asked.

use axum::response::Response;
use commons_proto::contribution::Draft;
use commons_proto::id::Author;

use super::filled::Filled;
use super::sheet::{PERSONAL, PREVIEW, Sheet};
use crate::board::Board;
use crate::board::fault::Fault;
use crate::board::write::{self, Composed};
use crate::compose::{Refused, Wrong};
use crate::personal;
use crate::render::html;

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pressed {
    /// To see how it will look.
    pub(super) preview: bool,
    /// To write what says too much about somebody.
    pub(super) personal: bool,
}

impl Pressed {
    /// What was pressed in this form.
    pub(super) fn of(form: &Filled) -> Self {
        Self { preview: form.is(PREVIEW, "yes"), personal: form.is(PERSONAL, "yes") }
    }
}

/// Writes what a button asks for, which has no form of its own; but first asks, with the `sheet`, if it
/// says too much about somebody.
pub(super) async fn judge_and_finish(
    form: Filled,
    composed: Composed,
    mut sheet: Sheet,
    title: &str,
) -> Result<Response, Fault> {
    let pressed = Pressed::of(&form);
    sheet.judge(&form.frame.board, &form.author, &composed.drafts, pressed);
    if !sheet.is_refused() {
        return form.finish(composed).await;
    }
    sheet.token = form.token();
    Ok(sheet.page(&form.frame, title, html! { h1 { (title) } }))
}

/// The names of the buttons of every form.
pub(super) const BUTTONS: [&str; 2] = [PREVIEW, PERSONAL];

impl Sheet {
    /// Notes what is wrong with single fields; what belongs to none stands above the form.
    pub(super) fn note(&mut self, wrong: Vec<Wrong>) {
        for Wrong { field, refused } in wrong {
            let control = self.controls.iter_mut().chain(&mut self.more);
            match control.into_iter().find(|control| control.name == field) {
                Some(control) => control.wrong = control.wrong.take().or(Some(refused.into())),
                None => self.refused = Some(refused.into()),
            }
        }
    }

    /// Notes what is needed and missing.
    pub(super) fn note_missing(&mut self) {
        for control in self.controls.iter_mut().chain(&mut self.more) {
            if control.is_required && control.value.trim().is_empty() {
                control.wrong = Some(Refused::Empty(control.label.to_lowercase()).into());
            }
        }
    }

    /// Notes what is wrong with a draft as a whole, and what in it says too much about somebody.
    pub(super) fn judge(&mut self, board: &Board, me: &Author, drafts: &[Draft], pressed: Pressed) {
        if let Err(refused) = write::check(board, me, drafts) {
            self.refused = Some(Fault::from(refused));
        }
        if !pressed.personal && !self.is_refused() {
            self.personal = drafts.iter().flat_map(personal::in_draft).collect();
        }
    }
}
