//! `/digest`: what happened in a span of time, for everything or for some tags; to read, to print, and
//! to take along in other forms.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Zoned;
use serde::Deserialize;

use crate::board::Board;
use crate::board::download::Download;
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{BoardLinks, choice, with_query};
use crate::digest::{self, Asked, Digest, Form, Unclear, html as written};
use crate::phrases::sentence;
use crate::render::{Markup, html, parts};
use crate::when;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/digest", get(page))
}

/// What the digest is to be of, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct Typed {
    /// Tags, with commas or spaces between them.
    #[serde(default)]
    tag: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    /// The last day of it, in the place of `until`.
    #[serde(default)]
    through: String,
    #[serde(default)]
    format: String,
}

async fn page(frame: Frame, Query(typed): Query<Typed>) -> Result<Response, Fault> {
    let form = match typed.format.as_str() {
        "" => None,
        name => Some(Form::named(name).ok_or_else(|| no_form(name))?),
    };
    let asked = match typed.asked(&Zoned::now()) {
        Ok(asked) => asked,
        Err(unclear) if form.is_some() => return Err(unclear.into()),
        Err(unclear) => {
            let page = frame.page("Digest", typed.ask_again(unclear));
            return Ok((StatusCode::BAD_REQUEST, page).into_response());
        }
    };
    let now = frame.now;
    let Some(form) = form else {
        let main = frame.board.read(move |store| {
            let digest = typed.close(digest::digest(store, &asked)?, now);
            let title = format!("Digest of {}", digest.title());
            Ok((title, typed.show(&digest, &BoardLinks::new(store))))
        });
        let (title, main) = main.await?;
        return Ok(frame.page(&title, main));
    };
    let asked = Asked { bodies: form.has_bodies(), ..asked };
    let name = frame.board.name().to_owned();
    let content = frame.board.read(move |store| {
        let digest = typed.close(digest::digest(store, &asked)?, now);
        form.write(&digest, &name).map_err(|error| {
            tracing::error!(%error, "a digest could not be written");
            let message = "the digest could not be written";
            Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "digest", message)
        })
    });
    let day = parts::Zone::Here.formatted(now, "%Y-%m-%d");
    // A feed is read where it is.
    let name = (form != Form::Atom).then(|| format!("digest-{day}.{}", form.ending()));
    Ok(Download { media_type: form.media_type(), name }.whole(content.await?))
}

impl Typed {
    fn asked(&self, now: &Zoned) -> Result<Asked, Unclear> {
        let through = match self.through.trim() {
            "" => None,
            day => Some(when::rfc3339(when::parse_end(day, now).map_err(Unclear::Time)?)),
        };
        let until = through.as_deref().or_else(|| said(&self.until));
        Asked::typed(&self.tags(), said(&self.since), until, now)
    }

    fn tags(&self) -> Vec<&str> {
        let between = |letter: char| letter == ',' || letter.is_whitespace();
        self.tag.split(between).filter(|tag| !tag.is_empty()).collect()
    }

    /// Whether it goes on, up to whenever it is looked at.
    fn is_open(&self) -> bool {
        said(&self.until).is_none() && said(&self.through).is_none()
    }

    /// The digest as it is told: one that goes on ends now.
    fn close(&self, digest: Digest, now: u64) -> Digest {
        if self.is_open() { Digest { until: now, ..digest } } else { digest }
    }

    fn show(&self, digest: &Digest, links: &BoardLinks) -> Markup {
        html! {
            (written::heading(digest, links))
            (self.choose())
            div data-live=[self.is_open().then_some("digest")] {
                (written::sections(digest, links))
                @if digest.is_empty() {
                    p { a href=(with_query("/digest", &[("tag", &self.tag), ("since", LONG)])) { "Look back a whole month" } }
                }
                div.credit { (written::foot(digest)) }
            }
        }
    }

    /// The page where it is not clear what is asked for.
    fn ask_again(&self, unclear: Unclear) -> Markup {
        let Fault { message, hint, .. } = unclear.into();
        html! {
            h1 { "Digest" }
            p.warning role="alert" {
                (parts::line(&sentence(&message)))
                @if let Some(hint) = hint { " " (sentence(&hint)) }
            }
            (self.choose())
        }
    }

    /// The choice of tags and span, and the forms to take along.
    fn choose(&self) -> Markup {
        let spans = |since: &str| with_query("/digest", &[("tag", &self.tag), ("since", since)]);
        let is_chosen = |since: &str| self.is_open() && self.since.trim() == since;
        let day = |typed: &str| typed.parse::<jiff::civil::Date>().map(|day| day.to_string());
        html! {
            div.tools {
                ul.choices aria-label="Span" {
                    @for (label, since) in SPANS {
                        li { (choice(label, None, &spans(since), is_chosen(since))) }
                    }
                }
                form.choose action="/digest" aria-label="Digest" {
                    label for="digest-tag" { "Tags" }
                    input #digest-tag type="text" name="tag" value=(self.tag) placeholder="all"
                        autocapitalize="none" autocomplete="off";
                    span.pair {
                        label for="digest-since" { "from" }
                        input #digest-since type="date" name="since" value=[day(&self.since).ok()];
                    }
                    span.pair {
                        label for="digest-through" { "through" }
                        input #digest-through type="date" name="through" value=[day(&self.through).ok()];
                    }
                    button { "Show" }
                }
                p.meta {
                    "Take it along as "
                    @for (at, form) in Form::ALL.into_iter().enumerate() {
                        @if at > 0 { ", " }
                        a href=(self.form(form)) rel="nofollow" { (label(form)) }
                    }
                    "."
                }
            }
        }
    }

    /// Where it is in this form.
    fn form(&self, form: Form) -> String {
        let Self { tag, since, until, through, .. } = self;
        let asked = [
            ("tag", tag.as_str()),
            ("since", since),
            ("until", until),
            ("through", through),
            ("format", form.name()),
        ];
        with_query("/digest", &asked)
    }
}

fn said(typed: &str) -> Option<&str> {
    Some(typed.trim()).filter(|typed| !typed.is_empty())
}

fn label(form: Form) -> &'static str {
    match form {
        Form::Markdown => "Markdown",
        Form::Html => "a page in one file",
        Form::Atom => "a feed",
        Form::Json => "JSON",
    }
}

fn no_form(name: &str) -> Fault {
    let names = Form::ALL.map(Form::name).join(", ");
    Fault::bad(format!("there is no digest in the form “{name}”"))
        .hint(format!("its forms are {names}"))
}

/// The spans that are offered, with their beginnings as they are typed. A week is what is meant if
/// nothing is said.
const SPANS: [(&str, &str); 5] =
    [("Today", "today"), ("24 hours", "24h"), ("3 days", "3d"), ("A week", ""), ("A month", LONG)];

/// How far back to look where nothing happened.
const LONG: &str = "30d";

#[cfg(test)]
mod tests;
