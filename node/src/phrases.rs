//! How numbers and things are put into words, on a terminal and in pages alike.

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
}
