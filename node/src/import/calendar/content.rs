//! The lines of a calendar: unfolded, with their parameters taken apart (RFC 5545, 3.1 and 3.2).

use std::borrow::Cow;

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'t> {
    /// Where it begins, from 1.
    pub(super) number: u64,
    /// Its name, in upper case.
    pub(super) name: String,
    /// Its parameters.
    parameters: Parameters,
    /// What stands behind the colon.
    value: Cow<'t, str>,
}

/// Names, in upper case, and values.
type Parameters = Vec<(String, String)>;

/// The lines of a text. What is no line of a calendar is passed over.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = text;
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (whole, count) = folded(rest);
            let start = number + 1;
            number += count;
            let line = &rest[..whole];
            rest = &rest[whole..];
            if let Some(line) = parse(line, start) {
                return Some(line);
            }
        }
    })
}

/// How many bytes and lines the first line has with those that continue it.
fn folded(text: &str) -> (usize, u64) {
    let bytes = text.as_bytes();
    let mut count = 0;
    let mut at = 0;
    loop {
        count += 1;
        at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
        if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
            return (at, count);
        }
    }
}

fn parse(line: &str, number: u64) -> Option<Line<'_>> {
    let line = line.trim_end_matches(['\r', '\n']);
    if !line.contains('\n') {
        let (name, parameters, value) = take_apart(line)?;
        return Some(Line { number, name, parameters, value: Cow::Borrowed(value) });
    }
    let mut whole = String::with_capacity(line.len());
    for (at, part) in line.split('\n').enumerate() {
        let part = part.strip_suffix('\r').unwrap_or(part);
        whole.push_str(if at == 0 { part } else { part.get(1..).unwrap_or_default() });
    }
    let (name, parameters, value) = take_apart(&whole)?;
    Some(Line { number, name, parameters, value: Cow::Owned(value.to_owned()) })
}

/// Name, parameters and value.
fn take_apart(line: &str) -> Option<(String, Parameters, &str)> {
    let end = line.find([':', ';'])?;
    let name = &line[..end];
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if name.is_empty() || name.len() > NAME_BYTES || !name.chars().all(is_name) {
        return None;
    }
    let mut parameters = Vec::new();
    let mut rest = &line[end..];
    while let Some(parameter) = rest.strip_prefix(';') {
        let end = outside_quotes(parameter, &[';', ':'])?;
        let (name, value) = parameter[..end].split_once('=').unwrap_or((&parameter[..end], ""));
        if parameters.len() < PARAMETERS {
            parameters.push((name.to_ascii_uppercase(), value.trim_matches('"').to_owned()));
        }
        rest = &parameter[end..];
    }
    Some((name.to_ascii_uppercase(), parameters, rest.strip_prefix(':')?))
}

/// Where one of these signs stands first outside quotation marks.
fn outside_quotes(text: &str, signs: &[char]) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '"';
        (!quoted && signs.contains(&letter)).then_some(at)
    })
}

impl Line<'_> {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(other, _)| other == name);
        named.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value as it stands there.
    pub(super) fn raw(&self) -> &str {
        &self.value
    }

    /// The value as text (3.3.11).
    pub(super) fn text(&self) -> String {
        unescaped(self.raw()).into_owned()
    }

    /// The values of a list of texts.
    pub(super) fn list(&self) -> Vec<String> {
        let raw = self.raw();
        let mut items = Vec::new();
        let (mut start, mut escaped) = (0, false);
        for (at, byte) in raw.bytes().enumerate() {
            if byte == b',' && !escaped {
                items.push(unescaped(&raw[start..at]).trim().to_owned());
                start = at + 1;
            }
            escaped = byte == b'\\' && !escaped;
        }
        items.push(unescaped(&raw[start..]).trim().to_owned());
        items
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, false) => plain.push(letter),
            (_, true) => match letters.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(next) => plain.push(next),
                None => {}
            },
        }
    }
    Cow::Owned(plain)
}

/// Bytes of a name: those of RFC 5545 have at most 16, and others say whose they are.
const NAME_BYTES: usize = 64;

/// Parameters of a line that are kept.
const PARAMETERS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_unfolded_and_taken_apart() {
        let text =
            "summary;LANGUAGE=en;X=\"a;b:c\":One\\, two\r\n  and\r\n\t three\r\nno line\r\nA:b";
        let found: Vec<Line> = lines(text).collect();
        let [first, second] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(first.name, "SUMMARY");
        assert_eq!(first.text(), "One, two and three");
        assert_eq!(first.parameter("X"), Some("a;b:c"));
        assert_eq!((second.number, second.raw()), (5, "b"));
    }

    #[test]
    fn lists_are_parted_at_commas_that_are_not_escaped() {
        let line = lines("CATEGORIES:a\\, b,c\\\\,d").next().unwrap();
        assert_eq!(line.list(), ["a, b", "c\\", "d"]);
    }

    #[test]
    fn what_is_broken_is_passed_over() {
        for text in ["", ":", ";", "A", "A;B", "A;B=\"", "Ä:b", " A:b", "\n\n\n"] {
            assert_eq!(lines(text).count(), 0, "{text:?}");
        }
        assert_eq!(lines(&"a\n ".repeat(100_000)).count(), 0);
    }
}
