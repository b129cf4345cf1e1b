//! What makes a stranger's words harmless to read: control characters, ANSI escapes, bidi
//! overrides, invisible characters and heaps of accents are shown as `\u{202e}` instead of being
//! obeyed.
//!
//! Everything that people read, on a terminal or in a page, passes [`line()`] or [`block()`]; JSON
//! passes [`JsonFormatter`], which escapes the same characters in JSON's own way, so nothing is lost.

use serde_json::ser::Formatter;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use unicode_width::UnicodeWidthChar as _;

/// A stranger's text as a part of one line.
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// A stranger's text of several lines: line feeds and tabs are kept.
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

/// A text without what would be escaped in a line: what people take over from elsewhere without having
/// seen it.
pub fn without(text: &str) -> String {
    let mut text = text.to_owned();
    // What is left out may part what then joins wrongly, so it is looked at again; and what still does
    // then goes letter by letter.
    for _ in 0..PASSES {
        let mut kept = String::with_capacity(text.len());
        let mut before = Before::default();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            if !is_dangerous(letter, &before, letters.peek().copied()) {
                kept.push(letter);
            }
            before.next(letter);
        }
        if kept.len() == text.len() {
            return text;
        }
        text = kept;
    }
    text.retain(|letter| letter.width().is_some_and(|width| width > 0));
    text
}

/// Writes compact JSON in which every character that a terminal might obey is escaped.
pub struct JsonFormatter;

impl Formatter for JsonFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut buffer = [0; 2];
        let mut before = Before::default();
        let mut letters = fragment.chars().peekable();
        while let Some(letter) = letters.next() {
            if is_dangerous(letter, &before, letters.peek().copied()) {
                for unit in letter.encode_utf16(&mut buffer) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{letter}")?;
            }
            before.next(letter);
        }
        Ok(())
    }
}

fn escape(text: &str, lines: bool) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut copied = 0;
    let mut before = Before::default();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map(|(_, next)| *next);
        let kept = lines && matches!(letter, '\n' | '\t');
        if !kept && is_dangerous(letter, &before, after) {
            safe.push_str(&text[copied..at]);
            copied = at + letter.len_utf8();
            match letter {
                '\n' => safe.push_str("\\n"),
                '\t' => safe.push_str("\\t"),
                '\r' => safe.push_str("\\r"),
                _ => write!(safe, "\\u{{{:x}}}", letter as u32).expect("a string takes any text"),
            }
        }
        before.next(letter);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(&text[copied..]);
    Cow::Owned(safe)
}

/// What stands before a character.
#[derive(Default)]
struct Before {
    letter: Option<char>,
    /// How many characters without a width of their own.
    marks: usize,
}

impl Before {
    fn next(&mut self, letter: char) {
        let is_mark = letter.width() == Some(0);
        self.marks = if is_mark { self.marks + 1 } else { 0 };
        self.letter = Some(letter);
    }
}

/// Whether a terminal might obey the character, or a reader might not see it.
fn is_dangerous(letter: char, before: &Before, after: Option<char>) -> bool {
    if before.marks >= MARKS && letter.width() == Some(0) {
        return true;
    }
    match letter {
        // Among other letters, and among what nobody sees, they only make two words look the same.
        JOINER | NON_JOINER => !(joins(before.letter) && joins(after)),
        // They choose among the looks of a symbol or an ideograph; after anything else they are
        // not seen.
        '\u{fe00}'..='\u{fe0f}' => !(has_looks(before.letter) || after == Some(KEYCAP)),
        _ => is_invisible(letter),
    }
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
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{10ffff}' => true,
        _ => letter.is_control(),
    }
}

/// How often a text is looked through for what nobody sees: once, and again for what that uncovers.
const PASSES: usize = 4;

/// Zero-width joiner and non-joiner.
const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';

/// Whether a joiner beside it means something: it does in Arabic, Indic and other scripts whose
/// letters change where they meet, and in emoji.
fn joins(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| {
        matches!(letter,
            '\u{600}'..='\u{1dff}'
            | '\u{2190}'..='\u{2bff}'
            | '\u{a800}'..='\u{abff}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe0f}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{10a00}'..='\u{11fff}'
            | '\u{1e900}'..='\u{1e95f}'
            | '\u{1f000}'..='\u{1faff}')
            && !is_invisible(letter)
    })
}

/// Whether a character has several looks to choose among.
fn has_looks(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| {
        matches!(letter, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3000}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}' | '\u{1f000}'..='\u{3ffff}')
    })
}

/// What makes a key of a digit, after a selector.
const KEYCAP: char = '\u{20e3}';

/// Accents and other marks that may follow one another: pointed Hebrew with its accents has four,
/// and a dozen run over the lines above and below.
const MARKS: usize = 6;

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
    fn every_control_and_invisible_character_is_shown() {
        let plain = ('\0'..=char::MAX).filter(|letter| {
            let number = *letter as u32;
            letter.is_control()
                || matches!(number, 0xad | 0x61c | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e)
                || matches!(number, 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffb)
                || matches!(number, 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
        });
        for letter in plain {
            let text = format!("a{letter}b");
            assert!(!line(&text).contains(letter), "{letter:?}");
            assert!(matches!(letter, '\n' | '\t') || !block(&text).contains(letter), "{letter:?}");
        }
        for sequence in
            ["\u{1b}]8;;https://example.org\u{1b}\\x", "\u{90}q\u{9c}", "\u{1b}Pq\u{1b}\\"]
        {
            assert!(line(sequence).chars().all(|letter| !letter.is_control()));
        }
    }

    #[test]
    fn joiners_and_selectors_stand_only_where_they_mean_something() {
        assert_eq!(line("手\u{200d}指"), "手\\u{200d}指");
        assert_eq!(line("ا\u{200d}\u{200d}ا"), "ا\\u{200d}\\u{200d}ا");
        assert_eq!(line("☂\u{fe0f}\u{fe0e}"), "☂\u{fe0f}\\u{fe0e}");
        assert_eq!(line("ward\u{fe01}"), "ward\\u{fe01}");
    }

    #[test]
    fn what_nobody_sees_can_be_left_out() {
        assert_eq!(without("a\u{1b}[31m\u{202e}b\n"), "a[31mb");
        assert_eq!(without("می‌خواهم 👩‍⚕️"), "می‌خواهم 👩‍⚕️");
        let layers = format!("ا{}ا", "\u{200d}\u{202e}".repeat(20));
        for text in [layers.as_str(), &"\u{301}".repeat(100), "☂\u{fe0f}\u{fe0e}\u{fe0f}"] {
            assert_eq!(line(&without(text)), without(text), "{text:?}");
        }
    }

    #[test]
    fn a_heap_of_accents_does_not_run_over_other_lines() {
        let heap = format!("a{}b", "\u{301}".repeat(1000));
        let shown = line(&heap);
        assert_eq!(shown.matches('\u{301}').count(), MARKS);
        assert!(shown.ends_with("\\u{301}b"));
    }

    #[test]
    fn ordinary_words_of_any_script_stay() {
        for text in [
            "Händehygiene",
            "手指衛生",
            "نظافة اليدين",
            "می‌خواهم",
            "👩‍⚕️ ward",
            "क्‍ष",
            "❤️ 1️⃣ ©️",
            "בְּרֵאשִׁ֖ית",
            "a\u{308}\u{304}",
            "ห้องน้ำ",
        ] {
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
