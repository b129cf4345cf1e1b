//! Words as the search compares them: where they are in a text, and the part of a text that shows
//! them. Which entries have them is the index's work, in [`crate::store`].

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::store::Words;

/// A part of a text, on one line, with the places of what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The part. Where something was left out it has an ellipsis.
    pub text: String,
    /// What was found in it, as ranges of bytes, in order and apart from each other.
    pub marks: Vec<Range<usize>>,
}

/// How well a text fits words that were looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Not at all.
    Not,
    /// A word begins so.
    Beginning,
    /// It is there as it was typed.
    Whole,
}

/// How well this text fits.
pub fn fit(text: &str, wanted: &Words) -> Fit {
    let tokens: Vec<Token> = tokens(text).collect();
    let terms = Terms::of(wanted);
    (0..tokens.len()).map(|at| terms.fit_at(&tokens[at..])).max().unwrap_or(Fit::Not)
}

/// Where these words are in a text: ranges of bytes, in order and apart from each other.
pub fn marks(text: &str, wanted: &[Words]) -> Vec<Range<usize>> {
    let tokens: Vec<Token> = tokens(text).collect();
    let all: Vec<Terms> = wanted.iter().map(Terms::of).collect();
    let mut marks: Vec<Range<usize>> = Vec::new();
    for at in 0..tokens.len() {
        for terms in all.iter().filter(|terms| terms.fit_at(&tokens[at..]) > Fit::Not) {
            let found = tokens[at].place.start..tokens[at + terms.words.len() - 1].place.end;
            match marks.last_mut().filter(|last| last.end >= found.start) {
                Some(last) => last.end = last.end.max(found.end),
                None => marks.push(found),
            }
        }
    }
    marks
}

/// The part of a text, about so many characters of the line that fits best, in which the first of
/// these words are. `None` if none are.
pub fn excerpt(text: &str, wanted: &[Words], characters: usize) -> Option<Excerpt> {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let fits = |line: &String| {
        let words = wanted.iter().filter(|words| fit(line, words) > Fit::Not).count();
        // Prose says more than a bare URL.
        (words, line.contains(' '))
    };
    // Of lines that fit as well, the first.
    let line = lines.rev().max_by_key(fits)?;
    let first = marks(&line, wanted).into_iter().next()?;
    let before = characters.saturating_sub(line[first.clone()].chars().count()) / 3;
    let start = line[..first.start].char_indices().rev().take(before).last();
    let mut start = start.map_or(first.start, |(at, _)| at);
    if start > 0 {
        // From the next word on, if there is one before what was found.
        let next = line[start..first.start].find(' ').map(|blank| start + blank + 1);
        start = next.unwrap_or(start);
    }
    let end = line[start..].char_indices().nth(characters).map_or(line.len(), |(at, _)| start + at);
    let mut part = String::new();
    if start > 0 {
        part.push('…');
    }
    part.push_str(line[start..end].trim_end());
    if end < line.len() {
        part.push('…');
    }
    let marks = marks(&part, wanted);
    Some(Excerpt { text: part, marks })
}

/// The beginning of a text on one line, of at most so many characters and an ellipsis.
pub fn cut(text: &str, characters: usize) -> String {
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", line(&text[..end])),
        None => line(text),
    }
}

/// Whether there is anything in it that the index knows: a letter or a digit.
pub fn has_words(text: &str) -> bool {
    tokens(text).next().is_some()
}

/// A word of a text.
struct Token {
    place: Range<usize>,
    folded: String,
}

/// The words of a text: runs of letters and digits.
fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = rest.find(|(_, letter)| letter.is_alphanumeric())?;
        let mut end = text.len();
        while let Some((at, letter)) = rest.peek() {
            if !letter.is_alphanumeric() && !is_combining_mark(*letter) {
                end = *at;
                break;
            }
            rest.next();
        }
        Some(Token { place: start..end, folded: fold(&text[start..end]) })
    })
}

/// A word in the form in which words are compared: in lower case and without accents.
fn fold(word: &str) -> String {
    let bare = word.nfd().filter(|letter| !is_combining_mark(*letter));
    bare.flat_map(char::to_lowercase).collect()
}

/// Words that are wanted one behind the other.
struct Terms {
    words: Vec<String>,
    /// Whether the last one may go on.
    open: bool,
}

impl Terms {
    fn of(wanted: &Words) -> Self {
        let words = tokens(wanted.text()).map(|token| token.folded).collect();
        Self { words, open: matches!(wanted, Words::Beginning(_)) }
    }

    /// How well the words at the beginning of these fit.
    fn fit_at(&self, tokens: &[Token]) -> Fit {
        let Some((last, before)) = self.words.split_last() else { return Fit::Not };
        let Some(there) = tokens.get(before.len()) else { return Fit::Not };
        if before.iter().zip(tokens).any(|(word, token)| *word != token.folded) {
            return Fit::Not;
        }
        match there.folded.strip_prefix(last.as_str()) {
            Some("") => Fit::Whole,
            Some(_) if self.open => Fit::Beginning,
            _ => Fit::Not,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning(text: &str) -> Words {
        Words::Beginning(text.to_owned())
    }

    fn phrase(text: &str) -> Words {
        Words::Phrase(text.to_owned())
    }

    #[test]
    fn case_and_accents_are_one_and_beginnings_count() {
        assert_eq!(fit("Hygiène des mains", &beginning("HYGIENE")), Fit::Whole);
        assert_eq!(fit("Hygie\u{300}ne", &beginning("hygiène")), Fit::Whole);
        assert_eq!(fit("Hygiène des mains", &beginning("hyg")), Fit::Beginning);
        assert_eq!(fit("Hygiène des mains", &beginning("giene")), Fit::Not);
        assert_eq!(fit("Hygiène des mains", &phrase("hyg")), Fit::Not);
        assert_eq!(fit("Hand hygiene", &phrase("hand hygiene")), Fit::Whole);
        assert_eq!(fit("Hygiene of the hand", &phrase("hand hygiene")), Fit::Not);
        assert_eq!(fit("Bed-sensors", &beginning("bed-sens")), Fit::Beginning);
        assert_eq!(fit("anything", &beginning("!")), Fit::Not);
    }

    #[test]
    fn marks_are_whole_words_and_never_overlap() {
        let text = "Hand hygiene: hands, Händ";
        let found = |wanted: &[Words]| -> Vec<&str> {
            marks(text, wanted).into_iter().map(|mark| &text[mark]).collect()
        };
        assert_eq!(found(&[beginning("hand")]), ["Hand", "hands", "Händ"]);
        assert_eq!(found(&[phrase("hand hygiene"), beginning("hyg")]), ["Hand hygiene"]);
        assert_eq!(found(&[beginning("beds")]), [""; 0]);
    }

    #[test]
    fn an_excerpt_shows_what_was_found_and_a_little_around_it() {
        let long = format!(
            "above\n{} the mat counts  turns {}",
            "before ".repeat(50),
            "after ".repeat(50)
        );
        let excerpt = excerpt(&long, &[beginning("mat")], 40).unwrap();
        assert!(excerpt.text.starts_with('…') && excerpt.text.ends_with('…'), "{}", excerpt.text);
        assert!(excerpt.text.contains("the mat counts turns"), "{}", excerpt.text);
        assert!(excerpt.text.chars().count() <= 42, "{}", excerpt.text);
        assert_eq!(&excerpt.text[excerpt.marks[0].clone()], "mat");
        let lines = "https://example.org/mat\na mat\nthe mat of beds\nbeds";
        let best = super::excerpt(lines, &[beginning("mat"), beginning("bed")], 40).unwrap();
        assert_eq!((best.text.as_str(), best.marks.len()), ("the mat of beds", 2));
        assert_eq!(super::excerpt(lines, &[beginning("mat")], 40).unwrap().text, "a mat");
        assert_eq!(super::excerpt("short", &[beginning("mat")], 40), None);
        assert_eq!(super::excerpt("a mat", &[beginning("mat")], 40).unwrap().text, "a mat");
    }
}
