//! What in a text says too much about somebody, or lets them be reached: NHS numbers, e-mail
//! addresses, phone numbers. A commons is public and lasting, so whoever lets a person write asks
//! them first when there is any of it. It is a help and no guard: names are not found, and what looks
//! like a phone number need not be one.

use commons_proto::contribution::Draft;
use commons_proto::edit::{Edit, Value};
use nhs_number::NHSNumber;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    /// A number of the National Health Service (of England, Wales, Scotland or the Isle of Man)
    /// whose check digit is right.
    NhsNumber,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

impl Personal {
    /// What it is called, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::NhsNumber => "an NHS number",
            Self::Email => "an e-mail address",
            Self::Phone => "a phone number",
        }
    }
}

/// What the text holds that is personal, with the words in which it does; each once, in the order
/// of the text.
pub fn personal(text: &str) -> Vec<(Personal, String)> {
    let text = without_web_addresses(text);
    let mut found = emails(&text);
    found.extend(numbers(&text));
    found.sort();
    let mut told = Vec::new();
    for (_, what, words) in found {
        if !told.contains(&(what, words.clone())) {
            told.push((what, words));
        }
    }
    told
}

/// What a draft holds that is personal, with the words in which it does; each once.
pub fn in_draft(draft: &Draft) -> Vec<(Personal, String)> {
    let texts = draft.edits.iter().filter_map(|edit| match edit {
        Edit::Set { value: Some(Value::Text(text)), .. } => Some(text),
        Edit::Add { item: Value::Text(text), .. } => Some(text),
        Edit::Splice { insert, .. } => Some(insert),
        _ => None,
    });
    let texts = texts.chain(&draft.summary);
    let mut found: Vec<_> = texts.flat_map(|text| personal(text)).collect();
    found.sort();
    found.dedup();
    found
}

/// What whoever writes something personal is told before they are asked [`QUESTION`].
pub const LASTING: &str = "A commons is public to everybody in it, and lasts.";

/// What whoever writes something personal is asked.
pub const QUESTION: &str = "Write it all the same?";

/// The text with spaces in the place of web addresses, which hold digits and `@` of their own.
fn without_web_addresses(text: &str) -> String {
    let blank = |word: &str| match word.contains("://") {
        true => " ".repeat(word.len()),
        false => word.to_owned(),
    };
    text.split_inclusive(char::is_whitespace).map(blank).collect()
}

/// Runs of digits, with what people put between them, that are numbers of somebody.
fn numbers(text: &str) -> Vec<(usize, Personal, String)> {
    let is_part = |letter: char| letter.is_ascii_digit() || SEPARATORS.contains(&letter);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skipped) = text[at..].find(is_part) {
        let from = at + skipped;
        let length = text[from..].find(|letter| !is_part(letter)).unwrap_or(text.len() - from);
        at = from + length;
        let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
        let run = &text[from..at];
        // Digits in a word are no number of their own.
        let run = match text[..from].ends_with(joins) {
            true => run.trim_start_matches(|letter: char| letter.is_ascii_digit()),
            false => run,
        };
        let run = match text[at..].starts_with(joins) {
            true => run.trim_end_matches(|letter: char| letter.is_ascii_digit()),
            false => run,
        };
        let run = run.trim_matches(|letter: char| !letter.is_ascii_digit() && letter != '+');
        let digits: Vec<i8> =
            run.bytes().filter(u8::is_ascii_digit).map(|digit| (digit - b'0') as i8).collect();
        if is_nhs_number(&digits) && !run.starts_with('+') {
            found.push((from, Personal::NhsNumber, run.to_owned()));
        } else if is_phone_number(run, digits.len()) {
            found.push((from, Personal::Phone, run.to_owned()));
        }
    }
    found
}

fn is_nhs_number(digits: &[i8]) -> bool {
    <[i8; 10]>::try_from(digits).is_ok_and(|digits| NHSNumber::new(digits).validate_check_digit())
}

/// As people write one: with the country (+44 20 …) or with a leading zero (020 …), E.164 allowing
/// 15 digits.
fn is_phone_number(run: &str, digits: usize) -> bool {
    PHONE_DIGITS.contains(&digits) && run.starts_with(['+', '0'])
}

/// What is written like an address (RFC 5322's dot-atoms, with a domain of two names or more).
fn emails(text: &str) -> Vec<(usize, Personal, String)> {
    let is_local = |letter: char| letter.is_alphanumeric() || LOCAL.contains(letter);
    let is_domain = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let local = text[..at].rsplit(|letter| !is_local(letter)).next().unwrap_or_default();
        let domain = text[at + 1..].split(|letter| !is_domain(letter)).next().unwrap_or_default();
        let domain = domain.trim_end_matches(['.', '-']);
        let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
        if !local.is_empty() && top.chars().count() > 1 {
            found.push((at - local.len(), Personal::Email, format!("{local}@{domain}")));
        }
    }
    found
}

/// What may stand before the `@` besides letters and digits.
const LOCAL: &str = ".!#$%&'*+/=?^_`{|}~-";

/// Digits of a phone number: the shortest with an area code, the longest of E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 9..=15;

/// What people put between the digits of a number.
const SEPARATORS: [char; 8] = [' ', '-', '.', '/', '(', ')', '+', '\u{a0}'];

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Personal> {
        personal(text).into_iter().map(|(what, _)| what).collect()
    }

    /// A number of the range that is kept for tests (999), with its right check digit, made here so
    /// that no text of ours holds one.
    fn nhs_number() -> [i8; 10] {
        let mut digits = [9, 9, 9, 0, 0, 0, 0, 0, 1, 0];
        digits[9] = nhs_number::calculate_check_digit(digits);
        digits
    }

    #[test]
    fn nhs_numbers_are_found_however_they_are_written_and_only_with_the_right_check_digit() {
        let digits: String = nhs_number().iter().map(ToString::to_string).collect();
        let spaced = format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..]);
        for text in [digits.clone(), spaced.clone(), spaced.replace(' ', "-")] {
            assert_eq!(kinds(&format!("Patient {text}, ward 3.")), [Personal::NhsNumber], "{text}");
        }
        let mut wrong = nhs_number();
        wrong[9] = (wrong[9] + 1) % 10;
        let wrong: String = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(kinds(&wrong), []);
        assert_eq!(kinds(&format!("x{digits}")), [], "part of a word");
        assert_eq!(kinds(&format!("https://example.org/{digits}")), []);
    }

    #[test]
    fn addresses_are_found_and_handles_are_not() {
        let at = '@';
        for local in ["ana", "a.b+c", "müller"] {
            let address = format!("{local}{at}example.org");
            let found = personal(&format!("Write to <{address}>."));
            assert_eq!(found, [(Personal::Email, address)]);
        }
        for text in ["@ana says", "a @ b.org", "3@4", "git://x@example.org/y", "ana@host"] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn phone_numbers_are_found_and_dates_and_counts_are_not() {
        // Of the ranges that Ofcom keeps for drama.
        for text in ["020 7946 0000", "(020) 7946-0000", "+44 20 7946 0000", "07700 900000"] {
            assert_eq!(kinds(&format!("call {text} or come by")), [Personal::Phone], "{text}");
        }
        for text in ["2026-11-22 10:30", "1 000 000 000", "0.5", "in 2026", "room 0123", "3/4"] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
