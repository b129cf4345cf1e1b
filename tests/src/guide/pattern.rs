//! How an output is held against what a page says of it. The page's side of the comparison is
//! described in [`super`].

use std::collections::BTreeMap;

/// The words of a page that stand for others.
#[derive(Debug, Default, Clone)]
pub struct Names {
    /// Words that stand for ids.
    pub ids: Vec<String>,
    /// Words that stand for anything.
    pub varies: Vec<String>,
    /// What the ids were found to be.
    found: BTreeMap<String, String>,
}

impl Names {
    /// A command with the ids put in for the words that stand for them.
    pub fn resolved(&self, command: &str) -> String {
        self.found.iter().fold(command.to_owned(), |text, (word, id)| text.replace(word, id))
    }
}

/// Whether the lines are what is expected. If so, ids that were met for the first time are kept.
pub fn matches(expected: &[impl AsRef<str>], lines: &[&str], names: &mut Names) -> bool {
    let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
    match lines_match(&expected, lines, names) {
        Some(found) => {
            names.found = found.found;
            true
        }
        None => false,
    }
}

/// The two sides, for a failure's message.
pub fn explain(expected: &[impl AsRef<str>], lines: &[&str]) -> String {
    let indented = |lines: &mut dyn Iterator<Item = &str>| -> String {
        lines.map(|line| format!("  {line}\n")).collect()
    };
    let expected = indented(&mut expected.iter().map(AsRef::as_ref));
    let printed = indented(&mut lines.iter().copied());
    format!("the page says\n{expected}and this was printed\n{printed}")
}

/// Tries the lines from the first on, giving the names as they are after a match.
fn lines_match(expected: &[&str], lines: &[&str], names: &Names) -> Option<Names> {
    match expected.split_first() {
        None => lines.is_empty().then(|| names.clone()),
        Some((&ANY, rest)) => {
            (0..=lines.len()).find_map(|skipped| lines_match(rest, &lines[skipped..], names))
        }
        Some((first, rest)) => {
            let (line, others) = lines.split_first()?;
            let names = line_matches(&parts(first, names), &squeezed(line), names.clone())?;
            lines_match(rest, others, &names)
        }
    }
}

/// A piece of an expected line.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Any,
    Id(String),
}

/// An expected line in pieces, spaces squeezed.
fn parts(line: &str, names: &Names) -> Vec<Part> {
    let line = squeezed(line);
    let mut parts = Vec::new();
    let mut rest = line.as_str();
    while !rest.is_empty() {
        let any = std::iter::once((ANY, Part::Any));
        let varies = names.varies.iter().map(|word| (word.as_str(), Part::Any));
        let ids = names.ids.iter().map(|word| (word.as_str(), Part::Id(word.clone())));
        let special = any
            .chain(varies)
            .chain(ids)
            .filter_map(|(word, part)| rest.find(word).map(|at| (at, word.len(), part)))
            .min_by_key(|(at, length, _)| (*at, usize::MAX - length));
        let Some((at, length, part)) = special else {
            parts.push(Part::Text(rest.to_owned()));
            break;
        };
        if at > 0 {
            parts.push(Part::Text(rest[..at].to_owned()));
        }
        parts.push(part);
        rest = &rest[at + length..];
    }
    parts
}

fn line_matches(parts: &[Part], line: &str, names: Names) -> Option<Names> {
    let Some((first, rest)) = parts.split_first() else {
        return line.is_empty().then_some(names);
    };
    match first {
        Part::Text(text) => line_matches(rest, line.strip_prefix(text.as_str())?, names),
        Part::Any => {
            let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
            ends.into_iter().find_map(|end| line_matches(rest, &line[end..], names.clone()))
        }
        Part::Id(word) => {
            let length = line.bytes().take_while(|letter| ID_LETTERS.contains(letter)).count();
            let id = &line[..length];
            if length < ID_CHARS {
                return None;
            }
            let mut names = names;
            match names.found.get(word) {
                // A short id may grow when a similar one comes.
                Some(known) if known.starts_with(id) || id.starts_with(known.as_str()) => {}
                Some(_) => return None,
                None => drop(names.found.insert(word.clone(), id.to_owned())),
            }
            line_matches(rest, &line[length..], names)
        }
    }
}

/// The line with each run of spaces as one, and none at its ends.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands for any lines or any characters.
const ANY: &str = "...";

/// The fewest characters of an id, as the commons shows it.
const ID_CHARS: usize = 6;

/// The letters of an id, as the commons shows it.
const ID_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(expected: &str, printed: &str) -> bool {
        let expected: Vec<&str> = expected.lines().collect();
        let printed: Vec<&str> = printed.lines().collect();
        matches(&expected, &printed, &mut names())
    }

    fn names() -> Names {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        Names { ids: words(&["abcdef", "uvwxyz"]), varies: words(&["14:05"]), ..Names::default() }
    }

    #[test]
    fn plain_lines_must_be_equal_but_for_runs_of_spaces() {
        assert!(fits("one\ntwo  three", "one\ntwo three"));
        assert!(!fits("one", "one\ntwo"));
        assert!(!fits("one\ntwo", "one"));
        assert!(!fits("one", "One"));
    }

    #[test]
    fn dots_stand_for_lines_and_for_characters() {
        assert!(fits("...\nlast", "first\nsecond\nlast"));
        assert!(fits("...\nlast", "last"));
        assert!(!fits("...\nlast", "first\nsecond"));
        assert!(fits("added ... at ...", "added k2 at noon"));
        assert!(!fits("added ... at ...", "added k2"));
        assert!(fits("at 14:05 o'clock", "at 9:00 o'clock"));
    }

    #[test]
    fn an_id_is_learnt_once_and_holds_from_then_on() {
        assert!(fits("abcdef\nabcdef", "k3v5xm\nk3v5xm"));
        assert!(fits("abcdef\nabcdef", "k3v5xm\nk3v5xm7"));
        assert!(!fits("abcdef\nabcdef", "k3v5xm\nother2"));
        assert!(!fits("abcdef", "k3v5"));
        assert!(!fits("abcdef", "K3V5XM"));
        let mut names = names();
        assert!(matches(&["abcdef"], &["k3v5xm"], &mut names));
        assert_eq!(names.resolved("commons show abcdef uvwxyz"), "commons show k3v5xm uvwxyz");
    }

    #[test]
    fn a_failed_match_teaches_nothing() {
        let mut names = names();
        assert!(!matches(&["abcdef", "end"], &["k3v5xm", "other"], &mut names));
        assert_eq!(names.resolved("abcdef"), "abcdef");
    }
}
