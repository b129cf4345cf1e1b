//! The checks of what a person gives for a one-line field: title, tag, link, licence. Each gives
//! back the value as it is kept, or a sentence that says what is wrong and what to write instead.
//! Whoever lets people write calls them, and the importers.

use commons_proto::limits::{LINE_CHARS, TAG_CHARS};
use std::borrow::Cow;

use crate::escape;
use crate::hashtags;

/// A line of plain words: no invisible characters, white space drawn together, at most
/// [`LINE_CHARS`] characters. `what` names it in the sentence.
pub fn words(what: &str, text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(what, &text)?;
    let length = text.chars().count();
    if length > LINE_CHARS {
        return Err(format!(
            "the {what} has {length} characters, at most {LINE_CHARS} fit; put the rest in the body"
        ));
    }
    Ok(text)
}

/// A post of one or more paragraphs: no invisible characters but line ends, at most [`POST_CHARS`]
/// characters.
pub fn post(text: &str) -> Result<String, String> {
    let text = text.trim().replace("\r\n", "\n");
    text.lines().try_for_each(|line| visible("text", &line.replace('\t', " ")))?;
    let length = text.chars().count();
    if length > POST_CHARS {
        return Err(format!(
            "the text has {length} characters, at most {POST_CHARS} fit; make it an idea with a body"
        ));
    }
    Ok(text)
}

/// A text of any length as it is kept: line feeds only, and no blank lines at either end.
pub fn prose(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    // What ended a line before there was Unix, and what two programs make of one end.
    let text = text.replace('\r', "\n");
    let text = text.trim_end();
    let start = text.len() - text.trim_start_matches('\n').len();
    text[start..].to_owned()
}

/// A tag: without its `#`, in lower case, white space as `-`.
pub fn tag(text: &str) -> Result<String, String> {
    let bare = text.trim().trim_start_matches('#').to_lowercase();
    let tag = bare.split_whitespace().collect::<Vec<_>>().join("-");
    if tag.is_empty() {
        return Err(format!("“{text}” is not a tag; a tag is a word, such as hygiene"));
    }
    visible("tag", &tag)?;
    let length = tag.chars().count();
    if length > TAG_CHARS {
        return Err(format!("a tag of {length} characters; at most {TAG_CHARS} fit"));
    }
    Ok(tag)
}

/// The tags that a text holds as hashtags, each in the form of a tag, in the order of the text.
pub fn hashtags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for place in hashtags::find(text) {
        if let Ok(tag) = tag(&text[place])
            && !tags.contains(&tag)
        {
            tags.push(tag);
        }
    }
    tags
}

/// Refuses what nobody would see, or what a terminal would obey: it came along unnoticed, and two
/// tags that look alike would not be.
fn visible(what: &str, text: &str) -> Result<(), String> {
    match escape::line(text) {
        Cow::Borrowed(_) => Ok(()),
        Cow::Owned(shown) => Err(format!(
            "the {what} has an invisible character in it, the one that begins with a backslash \
             here: “{shown}”; leave it out"
        )),
    }
}

/// Whether the text begins like a URL: a scheme (RFC 3986, 3.1) and something after it.
pub fn is_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
            && !rest.trim_start_matches('/').is_empty()
            && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
            && (rest.starts_with("//") || !rest.starts_with(|digit: char| digit.is_ascii_digit()))
    })
}

/// A URL for the field `what`.
pub fn url(what: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    if !is_url(text) {
        let host = text.split(['/', ':']).next().unwrap_or_default();
        let guess = if host.contains('.') && !text.contains(char::is_whitespace) {
            format!("; did you mean https://{text} ?")
        } else {
            "; write it in full, such as https://example.org/page".to_owned()
        };
        return Err(format!("the {what} “{text}” is not a URL{guess}"));
    }
    words(what, text)
}

/// A licence: an SPDX expression (SPDX specification 2.3, annex D). Well-known identifiers get
/// their usual letters.
pub fn licence(text: &str) -> Result<String, String> {
    let refused = || {
        let guess = WELL_KNOWN.iter().find(|known| squeezed(known) == squeezed(text));
        let guess = guess.map_or_else(
            || "such as CC-BY-4.0, CC0-1.0, MIT, or MIT OR Apache-2.0".to_owned(),
            |known| format!("did you mean {known} ?"),
        );
        format!("the licence “{text}” is not an SPDX expression; {guess}")
    };
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut depth = 0_usize;
    let mut wants_licence = true;
    let mut after_with = false;
    for token in &tokens {
        match (*token, wants_licence) {
            ("(", true) if !after_with => depth += 1,
            (")", false) if depth > 0 => depth -= 1,
            ("AND" | "OR" | "WITH", false) => {
                wants_licence = true;
                after_with = *token == "WITH";
            }
            (name, true) if is_licence_name(name) => {
                wants_licence = false;
                after_with = false;
            }
            _ => return Err(refused()),
        }
    }
    if wants_licence || depth > 0 {
        return Err(refused());
    }
    let usual = |token: &&str| {
        let known = WELL_KNOWN.iter().find(|known| known.eq_ignore_ascii_case(token));
        known.copied().unwrap_or(*token).to_owned()
    };
    let line = tokens.iter().map(usual).collect::<Vec<_>>().join(" ");
    words("licence", &line.replace("( ", "(").replace(" )", ")"))
}

fn is_licence_name(text: &str) -> bool {
    let bare = text.strip_suffix('+').unwrap_or(text);
    let operator = ["AND", "OR", "WITH"].iter().any(|word| word.eq_ignore_ascii_case(bare));
    !operator
        && bare.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && bare.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.:".contains(letter))
}

/// A licence's name without what people write differently.
fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Characters of a note or a comment: two pages, after which it should have a title.
pub const POST_CHARS: usize = 5000;

/// Licences that people name at such events, with their letters as in the SPDX licence list 3.
pub const WELL_KNOWN: &[&str] = &[
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "EUPL-1.2",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "ODbL-1.0",
    "OGL-UK-3.0",
    "PDDL-1.0",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_inner_lines_of_prose_stay() {
        assert_eq!(prose("\n\n    code\n\n  more \n\n"), "    code\n\n  more");
        assert_eq!(prose("one\rtwo\r\r\nthree"), "one\ntwo\n\nthree");
    }

    #[test]
    fn tags_are_drawn_to_one_form() {
        for (typed, kept) in [
            ("#Hygiene", "hygiene"),
            ("  bed  sensors ", "bed-sensors"),
            ("##NHS", "nhs"),
            ("Öffentlich", "öffentlich"),
            ("2026", "2026"),
        ] {
            assert_eq!(tag(typed).as_deref(), Ok(kept));
        }
        for typed in ["", "#", " # ", "a\u{1b}b", "a\u{200b}b", &"x".repeat(TAG_CHARS + 1)] {
            assert!(tag(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn hashtags_are_words_behind_a_hash() {
        for (text, tags) in [
            ("Soap is out #Hygiene, #ward-3!", vec!["hygiene", "ward-3"]),
            ("#a #A #b", vec!["a", "b"]),
            ("(#Öffentlich)", vec!["öffentlich"]),
            ("https://example.org/#top a#b ##c #3 # d", vec![]),
        ] {
            assert_eq!(hashtags(text), tags, "{text}");
        }
    }

    #[test]
    fn posts_keep_their_paragraphs() {
        assert_eq!(post(" One.\r\n\nTwo.\n"), Ok("One.\n\nTwo.".to_owned()));
        assert!(post("a\u{202e}b").is_err());
        assert!(post(&"x".repeat(POST_CHARS + 1)).unwrap_err().contains("5001"));
    }

    #[test]
    fn titles_are_one_line_of_words() {
        assert_eq!(words("title", " Hand\n hygiene  "), Ok("Hand hygiene".to_owned()));
        assert!(words("title", "a\u{1b}[31m").unwrap_err().contains("\\u{1b}"));
        assert!(words("title", &"x".repeat(LINE_CHARS + 1)).is_err());
    }

    #[test]
    fn urls_are_told_from_other_words() {
        for text in
            ["https://example.org/a?b#c", "doi:example/abc", "ftp://host:21/x", "urn:isbn:1"]
        {
            assert!(is_url(text), "{text}");
        }
        for text in
            ["", "example.org", "https://", "a b:c", "://x", "host:8080", "1a:b", "http:// x"]
        {
            assert!(!is_url(text), "{text}");
        }
        let refusal = url("link", "example.org/page").unwrap_err();
        assert!(refusal.contains("https://example.org/page"), "{refusal}");
    }

    #[test]
    fn licences_look_like_spdx_expressions() {
        for (typed, kept) in [
            ("cc-by-4.0", "CC-BY-4.0"),
            ("MIT OR apache-2.0", "MIT OR Apache-2.0"),
            ("(MIT AND GPL-2.0+)", "(MIT AND GPL-2.0+)"),
            (
                "GPL-2.0-only WITH Classpath-exception-2.0",
                "GPL-2.0-only WITH Classpath-exception-2.0",
            ),
            ("LicenseRef-ours", "LicenseRef-ours"),
            ("((MIT) OR ISC)", "((MIT) OR ISC)"),
        ] {
            assert_eq!(licence(typed).as_deref(), Ok(kept));
        }
        for typed in [
            "",
            "MIT or ISC",
            "MIT OR",
            "OR",
            "(MIT",
            "MIT)",
            "CC BY",
            "MIT ISC",
            "MIT WITH (ISC)",
            "MIT/ISC",
        ] {
            assert!(licence(typed).is_err(), "{typed}");
        }
        assert!(licence("CC BY 4.0").unwrap_err().contains("did you mean CC-BY-4.0"));
    }
}
