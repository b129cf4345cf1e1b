//! What became of a text, word by word: what went is struck out, what came is underlined. Long parts
//! that stayed are left out.

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::escape;
use crate::render::{Markup, html};

/// The difference between two texts.
pub(super) fn difference(old: &str, new: &str) -> Markup {
    let parts = parts(old, new);
    html! {
        div.difference role="group" aria-label="What became of the text" tabindex="0" {
            @for (at, (tag, text)) in parts.iter().enumerate() {
                @match tag {
                    ChangeTag::Delete => del { (escape::block(text)) },
                    ChangeTag::Insert => ins { (escape::block(text)) },
                    ChangeTag::Equal => (shortened(text, at == 0, at + 1 == parts.len())),
                }
            }
        }
    }
}

/// Runs of words that went, came or stayed.
fn parts(old: &str, new: &str) -> Vec<(ChangeTag, String)> {
    if old.len() + new.len() > COMPARED_BYTES {
        let whole = [(ChangeTag::Delete, old.to_owned()), (ChangeTag::Insert, new.to_owned())];
        return whole.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    }
    let found = TextDiff::configure().algorithm(Algorithm::Patience).diff_words(old, new);
    let mut parts: Vec<(ChangeTag, String)> = Vec::new();
    for change in found.iter_all_changes() {
        match parts.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => parts.push((change.tag(), change.value().to_owned())),
        }
    }
    parts
}

/// What stayed: only what stands next to what did not.
fn shortened(text: &str, is_first: bool, is_last: bool) -> Markup {
    let letters: Vec<char> = text.chars().collect();
    let (before, after) =
        (if is_first { 0 } else { CONTEXT_CHARS }, if is_last { 0 } else { CONTEXT_CHARS });
    if letters.len() <= before + after + CONTEXT_CHARS {
        return html! { (escape::block(text)) };
    }
    let head: String = letters[..before].iter().collect();
    let tail: String = letters[letters.len() - after..].iter().collect();
    // No word is cut in two.
    let head = head.rsplit_once(char::is_whitespace).map_or("", |(head, _)| head);
    let tail = tail.split_once(char::is_whitespace).map_or("", |(_, tail)| tail);
    html! {
        (escape::block(head))
        span.gap title="what stayed is left out" { " … " }
        (escape::block(tail))
    }
}

/// Letters of what stayed that are shown next to what did not.
const CONTEXT_CHARS: usize = 120;

/// Bytes that are compared word by word; the time that it takes grows with their square, and this is
/// a tenth of a second where all differ.
const COMPARED_BYTES: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_came_is_told_and_nothing_of_it_is_markup() {
        let shown = difference("Beds are quiet.", "Beds were <b>quiet</b>.").into_string();
        assert!(shown.contains("<del>are</del><ins>were</ins>"), "{shown}");
        assert!(!shown.contains("<b>") && shown.contains("&lt;b&gt;"), "{shown}");
    }

    #[test]
    fn long_parts_that_stayed_are_left_out() {
        let old = format!("one {} two", "same ".repeat(500));
        let shown = difference(&old, &old.replace("two", "three")).into_string();
        assert!(shown.len() < 600 && shown.contains(" … </span>same "), "{shown}");
    }

    #[test]
    fn texts_without_end_are_compared_as_a_whole() {
        let old = "a b ".repeat(COMPARED_BYTES);
        assert_eq!(parts(&old, "c"), [(ChangeTag::Delete, old), (ChangeTag::Insert, "c".into())]);
    }
}
