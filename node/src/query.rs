//! The language in which people ask for entries, the same wherever a QUERY is taken:
//!
//! ```text
//! hand "waiting room" tag:hygiene kind:idea by:ana since:3d -status:done
//! ```
//!
//! | term | entries |
//! |---|---|
//! | `word` | with this word, or one that begins so, in title, text or tags |
//! | `"some words"` | with these words one behind the other |
//! | `tag:T`, `#T` | with this tag |
//! | `kind:K` | of this kind; of several, any |
//! | `by:A` | to which this author has contributed: a name, a key, `me` |
//! | `status:S` | with this status; of several, any |
//! | `since:WHEN`, `until:WHEN` | last changed then or later; then or before |
//! | `is:followed` | that are followed here |
//! | `-` or `not:` before a term | to which it does not apply |
//!
//! [`Query::parse`] reads it; [`Query::filter`] finds out what its names mean in a store.

use commons_proto::id::Author;
use commons_proto::kind::Kind;
use jiff::Zoned;

use crate::store::{Filter, Store, StoreError, Words};
use crate::{when, words};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// As it was typed.
    text: String,
    negated: bool,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Words(Words),
    Tag(String),
    Kind(String),
    By(String),
    Status(String),
    Since(u64),
    Until(u64),
    Followed,
}

/// Why it is not known what somebody asks for.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Nothing stands behind a field.
    #[error("nothing stands behind “{0}:”")]
    Empty(String),
    /// No time.
    #[error("{0}")]
    Time(String),
    /// No kind.
    #[error("“{0}” is not a kind of entry")]
    Kind(String),
    /// Nobody is called so.
    #[error("nobody called “{0}” has written anything here")]
    Author(String),
    /// `me` has no key.
    #[error("you have not written anything yet, so nothing is by you")]
    NotMe,
    /// Nothing that can be.
    #[error("nothing “is:{0}”; is:followed is what there is")]
    Is(String),
    /// A term that has no opposite.
    #[error("“-{0}” cannot be told; write {1} in its place")]
    Opposite(String, &'static str),
    /// No letter or digit.
    #[error("there is no word in “{0}”")]
    Wordless(String),
    /// More than anybody types.
    #[error("a query has at most {TERMS} terms")]
    TooLong,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Query {
    /// Reads a query. `now` is what its times are told from.
    pub fn parse(text: &str, now: &Zoned) -> Result<Self, QueryError> {
        let mut terms = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            if terms.len() == TERMS {
                return Err(QueryError::TooLong);
            }
            let (term, behind) = term(rest, now)?;
            terms.push(term);
            rest = behind.trim_start();
        }
        Ok(Self { terms })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its terms as they were typed.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.text.as_str())
    }

    /// What it means in this store; `me` is the author whose words are `by:me`.
    pub fn filter(&self, store: &Store, me: Option<Author>) -> Result<Filter, QueryError> {
        let mut filter = Filter::default();
        for Term { negated, what, .. } in &self.terms {
            let without = &mut filter.without;
            match (what, negated) {
                (What::Words(words), false) => filter.words.push(words.clone()),
                (What::Words(words), true) => without.words.push(words.clone()),
                (What::Tag(tag), false) => filter.tags.push(tag.clone()),
                (What::Tag(tag), true) => without.tags.push(tag.clone()),
                (What::Kind(name), false) => filter.kinds.push(kind(name, store)?),
                (What::Kind(name), true) => without.kinds.push(kind(name, store)?),
                (What::By(name), false) => filter.authors.push(authors(name, store, me)?),
                (What::By(name), true) => without.authors.extend(authors(name, store, me)?),
                (What::Status(status), false) => filter.statuses.push(status.clone()),
                (What::Status(status), true) => without.statuses.push(status.clone()),
                (What::Since(time), _) => filter.since = filter.since.max(Some(*time)),
                (What::Until(time), _) => {
                    filter.until = Some(filter.until.map_or(*time, |until| until.min(*time)));
                }
                (What::Followed, _) => filter.followed = true,
            }
        }
        Ok(filter)
    }
}

/// The kind that is meant, in the singular or the plural. A newer commons may have kinds that are
/// here, too.
pub fn kind(typed: &str, store: &Store) -> Result<Kind, QueryError> {
    let name = typed.trim().to_lowercase();
    if let Some(kind) = known_kind(&name) {
        return Ok(kind);
    }
    let here = store.counts()?.kinds.contains_key(&name);
    let newer = Kind::new(&name, true).filter(|_| here);
    newer.ok_or_else(|| QueryError::Kind(typed.trim().to_owned()))
}

fn known_kind(name: &str) -> Option<Kind> {
    let singular = if name == "people" { "person" } else { name.trim_end_matches('s') };
    Kind::known(name).or_else(|| Kind::known(singular))
}

/// The authors who are called so: several people may have one name.
fn authors(name: &str, store: &Store, me: Option<Author>) -> Result<Vec<Author>, QueryError> {
    if name == "me" {
        return me.map(|me| vec![me]).ok_or(QueryError::NotMe);
    }
    let found = store.resolve_author(name)?;
    if found.is_empty() {
        return Err(QueryError::Author(name.to_owned()));
    }
    Ok(found.into_iter().map(|(author, _)| author).collect())
}

/// The first term of this text, and what is behind it.
fn term<'t>(text: &'t str, now: &Zoned) -> Result<(Term, &'t str), QueryError> {
    let opposite = text.strip_prefix('-').or_else(|| text.strip_prefix(NOT));
    let (negated, positive) = match opposite {
        Some(rest) if rest.starts_with(|letter: char| !letter.is_whitespace()) => (true, rest),
        _ => (false, text),
    };
    let field = positive.split_once(':').and_then(|(name, rest)| Some((field(name)?, name, rest)));
    let (what, behind) = match field {
        Some((field, name, rest)) => {
            let (value, _, behind) = value(rest);
            if value.trim().is_empty() {
                return Err(QueryError::Empty(name.to_owned()));
            }
            (field.of(value.trim(), negated, now)?, behind)
        }
        None if positive.starts_with('#') => {
            let (value, _, behind) = value(&positive[1..]);
            if !words::has_words(value) {
                return Err(QueryError::Wordless(format!("#{value}")));
            }
            (What::Tag(value.to_owned()), behind)
        }
        None => {
            let (value, is_phrase, behind) = value(positive);
            if !words::has_words(value) {
                return Err(QueryError::Wordless(value.to_owned()));
            }
            let words = match is_phrase {
                true => Words::Phrase(value.to_owned()),
                false => Words::Beginning(value.trim_end_matches('*').to_owned()),
            };
            (What::Words(words), behind)
        }
    };
    let text = text[..text.len() - behind.len()].to_owned();
    Ok((Term { text, negated, what }, behind))
}

/// A word of a command line as a query has it: what could be taken for options begins with `not:`.
pub fn not_an_option(word: &str) -> Option<String> {
    let rest = word.strip_prefix('-')?;
    let is_term = rest.starts_with('#')
        || rest
            .split_once(':')
            .is_some_and(|(name, value)| field(name).is_some() && !value.is_empty());
    is_term.then(|| format!("{NOT}{rest}"))
}

/// What stands at the beginning of a text, whether in quotation marks, and what is behind it. A
/// mark that is not closed goes to the end.
fn value(text: &str) -> (&str, bool, &str) {
    for (open, close) in QUOTES {
        if let Some(rest) = text.strip_prefix(open) {
            let (value, behind) = rest.split_once(close).unwrap_or((rest, ""));
            return (value, true, behind);
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

/// What a term asks for, by the word before its colon.
enum Field {
    Tag,
    Kind,
    By,
    Status,
    Since,
    Until,
    Is,
}

/// The field of this name, or of one that people know from elsewhere.
fn field(name: &str) -> Option<Field> {
    Some(match name.to_lowercase().as_str() {
        "tag" => Field::Tag,
        "kind" | "type" => Field::Kind,
        "by" | "author" => Field::By,
        "status" => Field::Status,
        "since" | "after" => Field::Since,
        "until" | "before" => Field::Until,
        "is" => Field::Is,
        _ => return None,
    })
}

impl Field {
    fn of(&self, value: &str, negated: bool, now: &Zoned) -> Result<What, QueryError> {
        let opposite = |told: &str, instead| match negated {
            true => Err(QueryError::Opposite(format!("{told}:{value}"), instead)),
            false => Ok(()),
        };
        Ok(match self {
            Self::Tag => What::Tag(value.trim_start_matches('#').to_owned()),
            Self::Kind => What::Kind(value.to_owned()),
            Self::By => What::By(value.to_owned()),
            Self::Status => What::Status(value.to_owned()),
            Self::Since => {
                opposite("since", "until:")?;
                What::Since(when::parse(value, now).map_err(QueryError::Time)?)
            }
            Self::Until => {
                opposite("until", "since:")?;
                What::Until(when::parse_end(value, now).map_err(QueryError::Time)?)
            }
            Self::Is if value == "followed" => {
                opposite("is", "what you look for")?;
                What::Followed
            }
            Self::Is => return Err(QueryError::Is(value.to_owned())),
        })
    }
}

/// Another way to write the `-` before a term.
const NOT: &str = "not:";

/// Quotation marks that keep words together, as keyboards and telephones write them.
const QUOTES: [(char, char); 3] = [('"', '"'), ('“', '”'), ('„', '“')];

/// Terms of a query at most: many more than anybody types, and a statement of bounded size.
pub const TERMS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap()
    }

    fn terms(text: &str) -> Vec<(bool, What)> {
        let query = Query::parse(text, &noon()).unwrap();
        query.terms.into_iter().map(|term| (term.negated, term.what)).collect()
    }

    fn refused(text: &str) -> String {
        Query::parse(text, &noon()).unwrap_err().to_string()
    }

    fn word(text: &str) -> What {
        What::Words(Words::Beginning(text.to_owned()))
    }

    fn phrase(text: &str) -> What {
        What::Words(Words::Phrase(text.to_owned()))
    }

    #[test]
    fn kinds_are_known_in_the_plural_too() {
        assert_eq!(known_kind("ideas"), Some(Kind::Idea));
        assert_eq!(known_kind("person"), Some(Kind::Person));
        assert_eq!(known_kind("people"), Some(Kind::Person));
        assert_eq!(known_kind("survey"), None);
    }

    #[test]
    fn words_and_phrases() {
        assert_eq!(terms("  hand  hyg* "), [(false, word("hand")), (false, word("hyg"))]);
        assert_eq!(
            terms("\"waiting room\" x"),
            [(false, phrase("waiting room")), (false, word("x"))]
        );
        assert_eq!(terms("“waiting room”"), [(false, phrase("waiting room"))]);
        assert_eq!(
            terms("-night -\"day shift\""),
            [(true, word("night")), (true, phrase("day shift"))]
        );
        assert_eq!(
            terms("not:night not:#x"),
            [(true, word("night")), (true, What::Tag("x".to_owned())),]
        );
        assert_eq!(terms("\"left open"), [(false, phrase("left open"))]);
        assert_eq!(terms("bed-sensors"), [(false, word("bed-sensors"))]);
        assert_eq!(terms("https://example.org"), [(false, word("https://example.org"))]);
        assert_eq!(terms(""), []);
        assert!(refused("!!!").contains("no word"));
        assert!(refused("a - b").contains("no word"));
    }

    #[test]
    fn fields() {
        assert_eq!(
            terms("tag:#Wards #beds -#old"),
            [
                (false, What::Tag("Wards".to_owned())),
                (false, What::Tag("beds".to_owned())),
                (true, What::Tag("old".to_owned())),
            ]
        );
        assert_eq!(
            terms("type:ideas by:\"Ana Lima\" -status:done is:followed"),
            [
                (false, What::Kind("ideas".to_owned())),
                (false, What::By("Ana Lima".to_owned())),
                (true, What::Status("done".to_owned())),
                (false, What::Followed),
            ]
        );
        let day = 1_795_305_600;
        assert_eq!(
            terms("since:2026-11-22 until:2026-11-22"),
            [(false, What::Since(day)), (false, What::Until(day + 24 * 3600)),]
        );
        assert_eq!(terms("since:\"2 hours ago\""), [(false, What::Since(day + 10 * 3600))]);
    }

    #[test]
    fn terms_are_told_as_they_were_typed() {
        let typed = "  hand -“waiting room”  by:\"Ana Lima\"\t#x not:status:done since:2h";
        let query = Query::parse(typed, &noon()).unwrap();
        let told: Vec<&str> = query.terms().collect();
        let terms =
            ["hand", "-“waiting room”", "by:\"Ana Lima\"", "#x", "not:status:done", "since:2h"];
        assert_eq!(told, terms);
        assert_eq!(Query::parse(&told.join(" "), &noon()).unwrap(), query);
    }

    #[test]
    fn terms_that_look_like_options_are_told_from_them() {
        assert_eq!(not_an_option("-status:done").as_deref(), Some("not:status:done"));
        assert_eq!(not_an_option("-#wards").as_deref(), Some("not:#wards"));
        for option in ["-n5", "-vv", "--tag", "-night", "-x:y", "status:done", "-", "-tag:"] {
            assert_eq!(not_an_option(option), None, "{option}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(refused("tag:").contains("tag:"));
        assert!(refused("by:\"\"").contains("by:"));
        assert!(refused("since:soon").contains("soon"));
        assert!(refused("-since:2h").contains("until:"));
        assert!(refused("is:new").contains("is:followed"));
        assert!(refused(&"a ".repeat(TERMS + 1)).contains("at most"));
    }
}
