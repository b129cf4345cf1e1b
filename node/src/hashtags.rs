//! Where a text has hashtags. What form a tag is kept in is for whoever writes it.

use std::ops::Range;

/// The hashtags of a text, in its order: where each is, with its `#`. A hashtag is a word behind a
/// `#` that begins a word. Numbers alone are none: `#3` is the third of something.
pub fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('#').filter_map(|(at, _)| {
        let joins = |letter: char| letter.is_alphanumeric() || "#_/&".contains(letter);
        let end = |letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-';
        let name = text[at + 1..].split(end).next().unwrap_or_default().trim_end_matches('-');
        let is_tag = name.contains(char::is_alphabetic) && !text[..at].ends_with(joins);
        is_tag.then(|| at..at + 1 + name.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashtags_are_words_behind_a_hash() {
        for (text, tags) in [
            ("Soap is out #Hygiene, #ward-3!", vec!["#Hygiene", "#ward-3"]),
            ("(#Öffentlich) #a-", vec!["#Öffentlich", "#a"]),
            ("https://example.org/#top a#b ##c #3 # d", vec![]),
        ] {
            let found: Vec<&str> = find(text).map(|place| &text[place]).collect();
            assert_eq!(found, tags, "{text}");
        }
    }
}
