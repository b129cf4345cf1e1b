//! How numbers and things are put into words, on a terminal and in pages alike.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A number with its thing: `1 entry`, `12,000 entries`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", figures(number), if number == 1 { one } else { many })
}

/// A number, with thousands apart: `12,000`.
pub fn figures(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A word with its article.
pub fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// What several entries of a kind are called, by the kind's name.
pub fn several(kind: &str) -> String {
    if kind == "person" { "people".to_owned() } else { format!("{kind}s") }
}

/// A message as a sentence: with a capital letter and a full stop.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    let mut sentence = first.unwrap_or_default() + letters.as_str();
    if sentence.ends_with(char::is_alphanumeric) {
        sentence.push('.');
    }
    sentence
}

/// The text cut to so many columns, with a `…` where something is missing. What has no width of its
/// own is cut, too, where there is much of it.
pub fn cut(text: &str, width: usize) -> String {
    let most = width.saturating_mul(LETTERS);
    if text.width() <= width && text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let mut taken = 0;
    let mut short = String::new();
    for letter in text.chars().take(most) {
        let letter_width = letter.width().unwrap_or(0);
        if taken + letter_width + 1 > width {
            break;
        }
        taken += letter_width;
        short.push(letter);
    }
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Characters for each column, at most: a letter with its accents.
const LETTERS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_agree_with_their_thing() {
        assert_eq!(count(1, "entry", "entries"), "1 entry");
        assert_eq!(count(0, "entry", "entries"), "0 entries");
        assert_eq!(count(999, "entry", "entries"), "999 entries");
        assert_eq!(count(1_234_567, "entry", "entries"), "1,234,567 entries");
    }

    #[test]
    fn words_are_cut_by_columns_not_by_letters() {
        assert_eq!(cut("手指衛生", 5), "手指…");
        assert_eq!(cut("hand hygiene", 6), "hand…");
        assert_eq!(cut("hand", 4), "hand");
        assert!(cut(&"\u{200b}".repeat(60_000), 80).chars().count() <= 80 * LETTERS + 1);
    }
}
