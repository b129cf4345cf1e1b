//! What makes a stranger's words harmless on a terminal: control characters, ANSI escapes, bidi
//! overrides and invisible characters are shown as `\u{202e}` instead of being obeyed.
//!
//! Everything that people read passes [`line()`] or [`block()`]; JSON passes [`JsonFormatter`],
//! which escapes the same characters in JSON's own way, so nothing is lost.

use serde_json::ser::Formatter;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// A stranger's text as a part of one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// A stranger's text of several lines: line feeds and tabs are kept.
pub(crate) fn block(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

/// Writes compact JSON in which every character that a terminal might obey is escaped.
pub(crate) struct JsonFormatter;

impl Formatter for JsonFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut buffer = [0; 2];
        let mut before = None;
        let mut letters = fragment.chars().peekable();
        while let Some(letter) = letters.next() {
            if is_dangerous(letter, before, letters.peek().copied()) {
                for unit in letter.encode_utf16(&mut buffer) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{letter}")?;
            }
            before = Some(letter);
        }
        Ok(())
    }
}

fn escape(text: &str, lines: bool) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut copied = 0;
    let mut before = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map(|(_, next)| *next);
        let kept = lines && matches!(letter, '\n' | '\t');
        if !kept && is_dangerous(letter, before, after) {
            safe.push_str(&text[copied..at]);
            copied = at + letter.len_utf8();
            match letter {
                '\n' => safe.push_str("\\n"),
                '\t' => safe.push_str("\\t"),
                '\r' => safe.push_str("\\r"),
                _ => write!(safe, "\\u{{{:x}}}", letter as u32).expect("a string takes any text"),
            }
        }
        before = Some(letter);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(&text[copied..]);
    Cow::Owned(safe)
}

/// Whether a terminal might obey the character, or a reader might not see it.
fn is_dangerous(letter: char, before: Option<char>, after: Option<char>) -> bool {
    match letter {
        // Joiners are letters' business in Arabic, Indic and Mongolian scripts and in emoji; among
        // others, and among what nobody sees, they only make two words look the same.
        JOINER | NON_JOINER => !(is_joined(before) && is_joined(after)),
        _ => is_invisible(letter),
    }
}

/// Whether it is a letter that a joiner may stand beside.
fn is_joined(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| {
        letter >= FIRST_JOINING && !matches!(letter, JOINER | NON_JOINER) && !is_invisible(letter)
    })
}

/// Whether a terminal might obey the character, or a reader might not see it, whatever stands
/// beside it.
fn is_invisible(letter: char) -> bool {
    match letter {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{10ffff}' => true,
        _ => letter.is_control(),
    }
}

/// Zero-width joiner and non-joiner.
const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';

/// The first character of the first script (Arabic) whose letters are joined.
const FIRST_JOINING: char = '\u{600}';

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize as _;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(line("\u{1b}[31mred\u{1b}[0m"), "\\u{1b}[31mred\\u{1b}[0m");
        assert_eq!(line("a\u{9b}2Jb"), "a\\u{9b}2Jb");
        assert_eq!(line("invoice\u{202e}fdp.exe"), "invoice\\u{202e}fdp.exe");
        assert_eq!(line("ad\u{200b}min"), "ad\\u{200b}min");
        assert_eq!(line("a\u{200d}b"), "a\\u{200d}b");
        assert_eq!(line("衛\u{200d}\u{200b}生"), "衛\\u{200d}\\u{200b}生");
        assert_eq!(line("衛\u{200d}\u{200d}生"), "衛\\u{200d}\\u{200d}生");
        assert_eq!(line("tag\u{e0041}"), "tag\\u{e0041}");
        assert_eq!(line("one\ntwo\rthree\t"), "one\\ntwo\\rthree\\t");
    }

    #[test]
    fn ordinary_words_of_any_script_stay() {
        for text in ["Händehygiene", "手指衛生", "نظافة اليدين", "می‌خواهم", "👩‍⚕️ ward", "क्‍ष"]
        {
            assert_eq!(line(text), text);
            assert!(matches!(line(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_else() {
        assert_eq!(block("one\n\ttwo\r\u{7}"), "one\n\ttwo\\r\\u{7}");
    }

    #[test]
    fn json_is_safe_and_loses_nothing() {
        let text = "a\u{1b}[2J\u{202e}b\u{e0041}\u{7f}é\n";
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, JsonFormatter);
        text.serialize(&mut serializer).unwrap();
        let json = String::from_utf8(bytes).unwrap();
        assert_eq!(json, r#""a\u001b[2J\u202eb\udb40\udc41\u007fé\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
