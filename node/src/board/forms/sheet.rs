//! How a form looks: its controls, each with its label, what helps to fill it in and what is wrong with
//! it; above them what is to be put right, what was asked, and how it will look.

use axum::http::StatusCode;
use axum::response::Response;

use super::filled::{hidden, once};
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::personal::{LASTING, Personal, QUESTION};
use crate::phrases::{count, sentence};
use crate::render::{Markup, html, parts};

/// A form.
pub(super) struct Sheet {
    /// Where it is sent.
    pub(super) action: String,
    /// What stands before the names of its controls in their ids.
    pub(super) prefix: &'static str,
    /// Under which name a script keeps what is typed until it is saved.
    pub(super) draft: Option<String>,
    /// What is filled in.
    pub(super) controls: Vec<Control>,
    /// What few fill in, folded away unless there is something in it.
    pub(super) more: Vec<Control>,
    /// What goes along unseen.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// The token that makes it write once.
    pub(super) token: Markup,
    /// What the button says that writes.
    pub(super) button: String,
    /// Whether it can be looked at before.
    pub(super) has_preview: bool,
    /// How it will look.
    pub(super) preview: Option<Markup>,
    /// What in it says too much about somebody.
    pub(super) personal: Vec<(Personal, String)>,
    /// What is wrong with it as a whole.
    pub(super) refused: Option<Fault>,
    /// What happened meanwhile, if something did that must be looked at first.
    pub(super) meanwhile: Option<Markup>,
}

/// One thing to fill in.
pub(super) struct Control {
    /// Its name in the form.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// What helps to fill it in.
    pub(super) hint: Option<String>,
    /// How it is filled in.
    pub(super) input: Input,
    /// What stands in it.
    pub(super) value: String,
    /// What is wrong with that.
    pub(super) wrong: Option<Fault>,
    /// Whether something must stand in it.
    pub(super) is_required: bool,
}

/// How something is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// A line of text.
    Line,
    /// A line of text, with what others have written there: what is put in, and what it is called.
    Known(Vec<(String, String)>),
    /// Several things with commas between them, with what others have written.
    Several(Vec<(String, String)>),
    /// An address on the web.
    Address,
    /// A few lines.
    Post,
    /// A text in Markdown.
    Markdown,
    /// A day and a time.
    Moment,
    /// A day.
    Day,
    /// One of these: what it is, and what it says.
    Choice(Vec<(String, String)>),
}

impl Sheet {
    /// An empty form that is sent there.
    pub(super) fn new(action: String, button: impl Into<String>) -> Self {
        Self {
            action,
            prefix: "",
            draft: None,
            controls: Vec::new(),
            more: Vec::new(),
            hidden: Vec::new(),
            token: once(),
            button: button.into(),
            has_preview: false,
            preview: None,
            personal: Vec::new(),
            refused: None,
            meanwhile: None,
        }
    }

    /// Whether it cannot be written as it is.
    pub(super) fn is_refused(&self) -> bool {
        self.wrong().next().is_some() || self.refused.is_some() || !self.personal.is_empty()
    }

    /// The page of this form. `above` has the one `h1`.
    pub(super) fn page(&self, frame: &Frame, title: &str, above: Markup) -> Response {
        let main = html! { (above) (self.show()) };
        let mut response = frame.page(title, main);
        if self.meanwhile.is_some() {
            *response.status_mut() = StatusCode::CONFLICT;
        } else if self.is_refused() {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        response
    }

    /// The form.
    pub(super) fn show(&self) -> Markup {
        let is_open = self.more.iter().any(Control::needs_a_look);
        html! {
            (self.to_put_right())
            @if let Some(meanwhile) = &self.meanwhile { (meanwhile) }
            @if let Some(preview) = &self.preview {
                section.preview aria-labelledby="preview-heading" {
                    h2 #preview-heading { "How it will look" }
                    (preview)
                }
            }
            form.sheet method="post" action=(self.action) data-draft=[self.draft.as_deref()] {
                (self.token)
                @for (name, value) in &self.hidden { (hidden(name, value)) }
                @for control in &self.controls { (self.control(control)) }
                @if !self.more.is_empty() {
                    details #{ (self.prefix) "more" } open[is_open] {
                        summary { "More: " (names(&self.more)) }
                        @for control in &self.more { (self.control(control)) }
                    }
                }
                p.buttons {
                    button.first { (self.button) }
                    @if self.has_preview {
                        " " button name=(PREVIEW) value="yes" formnovalidate { "Preview" }
                    }
                }
                (self.question())
            }
        }
    }

    /// What keeps it from being written, with the ways to it.
    fn to_put_right(&self) -> Markup {
        let wrong: Vec<&Control> = self.wrong().collect();
        html! {
            @if !wrong.is_empty() {
                div.notice.wrong role="alert" {
                    h2 { (count(wrong.len() as u64, "thing", "things")) " to put right" }
                    ul {
                        @for control in wrong {
                            li {
                                a href={ "#" (self.id(control)) } { (control.label) } ": "
                                (said(control.wrong.as_ref()))
                            }
                        }
                    }
                }
            }
            @if let Some(fault) = &self.refused {
                div.notice.wrong role="alert" { p { (said(Some(fault))) } }
            }
        }
    }

    /// The question whether what says too much about somebody is to be written, with its button. It
    /// stands behind the other buttons, so that the enter key never presses it.
    fn question(&self) -> Markup {
        let is_first = self.wrong().next().is_none();
        html! {
            @if !self.personal.is_empty() {
                div.notice.question role="alert" tabindex="-1" autofocus[is_first] {
                    h2 { (QUESTION) }
                    @for (what, words) in &self.personal {
                        p { "This looks like " (what.name()) ": " strong { (parts::line(words)) } }
                    }
                    p { (LASTING) }
                    button.danger name=(PERSONAL) value="yes" { "Write it all the same" }
                }
            }
        }
    }

    fn control(&self, control: &Control) -> Markup {
        let id = self.id(control);
        let described = control.described(&id);
        let is_alone = self.controls.len() + self.more.len() == 1;
        if let Input::Choice(choices) = &control.input {
            return control.choice(&id, choices, described.as_deref());
        }
        html! {
            div.fill {
                label for=(id) {
                    (control.label)
                    @if control.is_required && !is_alone { " " span.needed { "(needed)" } }
                }
                @if let Some(hint) = &control.hint { p.hint #{ (id) "-hint" } { (hint) } }
                (control.wrong_line(&id))
                (control.input(&id, described.as_deref(), self.is_first_wrong(control)))
            }
        }
    }

    fn id(&self, control: &Control) -> String {
        format!("{}{}", self.prefix, control.name)
    }

    fn wrong(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().chain(&self.more).filter(|control| control.wrong.is_some())
    }

    fn is_first_wrong(&self, control: &Control) -> bool {
        self.wrong().next().is_some_and(|first| first.name == control.name)
    }
}

impl Control {
    /// Something to fill in, with nothing in it.
    pub(super) fn new(name: &'static str, label: impl Into<String>, input: Input) -> Self {
        Self {
            name,
            label: label.into(),
            hint: None,
            input,
            value: String::new(),
            wrong: None,
            is_required: false,
        }
    }

    /// The same with words that help.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, and something must stand in it.
    pub(super) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Whether it must not be folded away: it is filled in, wrong, or to be decided.
    fn needs_a_look(&self) -> bool {
        !self.value.is_empty() || self.wrong.is_some() || matches!(self.input, Input::Choice(_))
    }

    /// The ids of what is said of it.
    fn described(&self, id: &str) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let wrong = self.wrong.as_ref().map(|_| format!("{id}-wrong"));
        let all: Vec<String> = hint.into_iter().chain(wrong).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    fn wrong_line(&self, id: &str) -> Markup {
        html! {
            @if self.wrong.is_some() {
                p.wrong #{ (id) "-wrong" } { (said(self.wrong.as_ref())) }
            }
        }
    }

    fn input(&self, id: &str, described: Option<&str>, is_first_wrong: bool) -> Markup {
        let invalid = self.wrong.as_ref().map(|_| "true");
        let rows = match self.input {
            Input::Markdown => Some(MARKDOWN_ROWS),
            Input::Post => Some(POST_ROWS),
            _ => None,
        };
        if let Some(rows) = rows {
            return html! {
                textarea #(id) name=(self.name) rows=(rows) dir="auto" required[self.is_required]
                    autofocus[is_first_wrong] aria-describedby=[described] aria-invalid=[invalid] {
                    // A line end right behind the tag would be dropped.
                    "\n" (self.value)
                }
            };
        }
        let (of_type, mode, known, several) = match &self.input {
            Input::Address => ("text", Some("url"), None, false),
            Input::Moment => ("datetime-local", None, None, false),
            Input::Day => ("date", None, None, false),
            Input::Known(known) => ("text", None, Some(known), false),
            Input::Several(known) => ("text", None, Some(known), true),
            _ => ("text", None, None, false),
        };
        let list = known.filter(|known| !known.is_empty()).map(|_| format!("{id}-known"));
        // What browsers know of those who use them (HTML, autofill).
        let autocomplete = if self.name == "name" { "nickname" } else { "off" };
        let step = (of_type == "datetime-local" && self.value.len() > MINUTES).then_some("1");
        html! {
            input #(id) type=(of_type) name=(self.name) value=(self.value) inputmode=[mode]
                list=[list.as_deref()] step=[step] dir=[(of_type == "text").then_some("auto")]
                autocomplete=(autocomplete) required[self.is_required] autofocus[is_first_wrong]
                data-several[several] aria-describedby=[described] aria-invalid=[invalid];
            @if let (Some(list), Some(known)) = (&list, known) {
                datalist #(list) {
                    @for (value, called) in known {
                        option value=(value) label=[(value != called).then_some(called)] {}
                    }
                }
            }
        }
    }

    /// One of several, of which none is chosen yet: it is for a person to decide.
    fn choice(&self, id: &str, choices: &[(String, String)], described: Option<&str>) -> Markup {
        html! {
            fieldset.fill #(id) aria-describedby=[described] {
                legend { (self.label) }
                @if let Some(hint) = &self.hint { p.hint #{ (id) "-hint" } { (hint) } }
                (self.wrong_line(id))
                @for (called, value) in choices {
                    label.pick {
                        input type="radio" name=(self.name) value=(value) required;
                        span {
                            @if value.is_empty() { em { "nothing" } } @else { (parts::line(value)) }
                            " " span.meta { (called) }
                        }
                    }
                }
            }
        }
    }
}

/// A fault in a sentence or two.
fn said(fault: Option<&Fault>) -> Markup {
    html! {
        @if let Some(fault) = fault {
            (parts::line(&sentence(&fault.message)))
            @if let Some(hint) = &fault.hint {
                @for line in hint.lines() { " " (parts::line(&sentence(line))) }
            }
        }
    }
}

fn names(controls: &[Control]) -> String {
    let names: Vec<String> = controls.iter().map(|one| one.label.to_lowercase()).collect();
    names.join(", ")
}

/// The button that shows how it will look.
pub(super) const PREVIEW: &str = "preview";

/// The button that writes what says too much about somebody.
pub(super) const PERSONAL: &str = "personal";

/// Lines of a text that are seen at once.
const MARKDOWN_ROWS: u8 = 12;

/// Lines of a post that are seen at once.
const POST_ROWS: u8 = 4;

/// Letters of a moment that is told to the minute: `2026-11-22T09:30`.
const MINUTES: usize = 16;
