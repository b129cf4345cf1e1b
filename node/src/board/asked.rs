//! What somebody asks for on a page: the query as it was typed, what it means here, and the addresses
//! of the same page with a term more or less.

use jiff::Zoned;

use super::fault::Fault;
use super::parts::with_query;
use super::viewer::Viewer;
use crate::phrases::sentence;
use crate::query::{Query, QueryError};
use crate::render::{Markup, html, parts};
use crate::store::{Filter, Store};
use crate::words;

/// A query of a page.
#[derive(Debug)]
pub(super) struct Asked {
    /// As it was typed.
    pub(super) typed: String,
    /// Its terms.
    pub(super) terms: Vec<String>,
    /// What it lets through.
    pub(super) filter: Filter,
    /// Why it is not known what is asked for, if it is not.
    pub(super) refused: Option<String>,
}

impl Asked {
    /// What this means to whoever looks.
    pub(super) fn read(store: &Store, typed: &str, viewer: Viewer) -> Result<Self, Fault> {
        let typed = typed.trim().to_owned();
        let none = (Vec::new(), Filter::default());
        let ((terms, filter), refused) = match meaning(store, &typed, viewer) {
            Ok((_, filter)) if filter.followed && !viewer.is_host() => {
                (none, Some(FOLLOWED.into()))
            }
            Ok(meant) => (meant, None),
            Err(QueryError::Store(error)) => return Err(error.into()),
            Err(error) => (none, Some(sentence(&error.to_string()))),
        };
        Ok(Self { typed, terms, filter, refused })
    }

    /// What it lets through, where there is no page on which to ask again.
    pub(super) fn filter(self) -> Result<Filter, Fault> {
        match self.refused {
            None => Ok(self.filter),
            Some(refused) => Err(Fault::bad(refused)),
        }
    }

    /// The terms, each with a link to the page without it.
    pub(super) fn chips(&self, page: &str) -> Markup {
        html! {
            @if !self.terms.is_empty() {
                ul.terms aria-label="What is asked for" {
                    @for (at, term) in self.terms.iter().enumerate() {
                        li {
                            a href=(with_query(page, &[("q", &self.without(at))])) {
                                span.unseen { "Leave out " } (parts::line(&words::cut(term, TERM_CHARS)))
                                span aria-hidden="true" { " ×" }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The query without the term at this place.
    fn without(&self, place: usize) -> String {
        let others = self.terms.iter().enumerate().filter(|(at, _)| *at != place);
        others.map(|(_, term)| term.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The query with a further term.
    pub(super) fn with(&self, term: &str) -> String {
        with_terms(self.terms.iter().map(String::as_str), [term])
    }
}

/// The query that this one becomes when these fields are given these values; of what can have one
/// value only, the new one stays.
pub(super) fn narrowed(typed: &str, fields: &[(&str, &str)]) -> String {
    let query = Query::parse(typed, &Zoned::now());
    let old: Vec<&str> = match &query {
        Ok(query) => query.terms().collect(),
        Err(_) => vec![typed],
    };
    let is_replaced = |term: &str| {
        fields.iter().any(|(field, _)| *field != "tag" && term.starts_with(&format!("{field}:")))
    };
    let new: Vec<String> = fields.iter().map(|(field, value)| term(field, value)).collect();
    let old = old.into_iter().filter(|term| !is_replaced(term));
    with_terms(old, new.iter().map(String::as_str))
}

/// A term that asks for this value.
pub(super) fn term(field: &str, value: &str) -> String {
    let is_word = !value.contains(char::is_whitespace) && !value.starts_with(['"', '“', '„']);
    match (is_word, value.contains('"')) {
        (true, _) => format!("{field}:{value}"),
        (false, false) => format!("{field}:\"{value}\""),
        (false, true) => format!("{field}:“{value}”"),
    }
}

/// Why a query is not understood, beside the field in which it stands.
pub(super) fn refusal(refused: &str) -> Markup {
    html! { p.warning #refused role="alert" { (parts::line(refused)) } }
}

/// The query language, told shortly.
pub(super) fn help() -> Markup {
    html! {
        details.help #asking {
            summary { "How to ask for more" }
            p { "Each word that you type must be there, or a longer one that begins so. Besides words:" }
            dl {
                @for (term, what) in TERMS {
                    div { dt { code { (term) } } dd { (what) } }
                }
            }
        }
    }
}

fn meaning(
    store: &Store,
    typed: &str,
    viewer: Viewer,
) -> Result<(Vec<String>, Filter), QueryError> {
    let query = Query::parse(typed, &Zoned::now())?;
    let filter = query.filter(store, viewer.author())?;
    Ok((query.terms().map(str::to_owned).collect(), filter))
}

fn with_terms<'t>(
    old: impl IntoIterator<Item = &'t str>,
    new: impl IntoIterator<Item = &'t str>,
) -> String {
    let mut all: Vec<&str> = old.into_iter().collect();
    for term in new {
        if !all.contains(&term) {
            all.push(term);
        }
    }
    all.join(" ").trim().to_owned()
}

/// Characters of a term that is shown by itself.
const TERM_CHARS: usize = 60;

/// Whoever runs the node follows things, and nobody else is told which.
const FOLLOWED: &str = "What is followed is known on one's own node alone; leave is:followed out.";

/// The terms of a query, each with what it lets through.
const TERMS: [(&str, &str); 8] = [
    ("\"some words\"", "these words, one behind the other"),
    ("#wards", "with this tag; tag:wards says the same"),
    ("kind:idea", "ideas; resource, project, session, person, note, comment are other kinds"),
    ("by:ana", "to which Ana has contributed; by:me is what you have"),
    ("status:open", "with this status"),
    ("since:2h", "changed in the last two hours; also since:yesterday, since:2026-11-22"),
    ("until:3d", "not changed in the last three days"),
    ("-#draft", "a minus before a term: without what it says"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_write_the_query() {
        assert_eq!(narrowed("", &[("tag", "wards")]), "tag:wards");
        let fields = [("tag", "wards"), ("status", "in work"), ("since", "7d")];
        let typed = "bed since:2h tag:wards status:open -status:done";
        let narrowed = narrowed(typed, &fields);
        assert_eq!(narrowed, "bed tag:wards -status:done status:\"in work\" since:7d");
        assert!(Query::parse(&narrowed, &Zoned::now()).is_ok());
        for odd in ["a b", "say \"no\" twice", "“x y", "\"x"] {
            let query = Query::parse(&term("status", odd), &Zoned::now()).unwrap();
            assert_eq!(query.terms().count(), 1, "{odd}");
        }
    }
}
