//! A list of addresses: one a line, with its title behind it if there is one. Lists in Markdown, blank
//! lines and comments behind a `#` are taken as they are meant.

use commons_proto::kind::Kind;

use super::item::{Contents, Item};
use super::source;
use crate::lines;

/// The addresses of a list. A line that begins with none is skipped.
pub(super) fn read(text: &str) -> Contents {
    let mut contents = Contents::default();
    for (number, line) in (1..).zip(text.lines()) {
        if is_aside(line) {
            continue;
        }
        match address(line) {
            Some((address, title)) => {
                let mut item = Item::at(number);
                item.kind = Some(Kind::Resource);
                item.set_line("url", address);
                item.source = Some(source::of_url(address));
                item.title = title.to_owned();
                contents.items.push(item);
            }
            None => contents.skip(number, "it begins with no address such as https://example.org"),
        }
        if contents.is_too_much() {
            break;
        }
    }
    contents
}

/// Whether a text is such a list: most of its lines begin with an address.
pub(super) fn is_list(text: &str) -> bool {
    let lines = text.lines().filter(|line| !is_aside(line)).take(LOOKED_AT);
    let (good, bad): (Vec<&str>, Vec<&str>) = lines.partition(|line| address(line).is_some());
    !good.is_empty() && good.len() >= 2 * bad.len()
}

/// The address that a line begins with, and what is behind it.
fn address(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches(['-', '*', '•']).trim_start();
    if let Some((title, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]("))
        && let Some((address, _)) = rest.split_once(')')
        && lines::is_url(address)
    {
        return Some((address, title));
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let word = word.trim_start_matches('<').trim_end_matches('>');
    let is_doi = source::of_doi(word) != word;
    let is_address = is_doi || (word.contains("://") && lines::is_url(word));
    is_address.then(|| (word, rest.trim().trim_start_matches(['-', '–', '—', ':']).trim()))
}

fn is_aside(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// Lines that are looked at to tell whether a text is such a list.
const LOOKED_AT: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_people_write_them() {
        let text = "# Reading\n\nhttps://example.org/soap Soap and water\n- <https://example.org/beds>\n\
            * [Rooms](https://example.org/rooms)\nbuy soap\ndoi:10.1000/182 — A study\n";
        assert!(is_list(text));
        let contents = read(text);
        let read: Vec<(u64, &str, &str)> = contents
            .items
            .iter()
            .map(|item| (item.place.line, item.lines["url"].as_str(), item.title.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                (3, "https://example.org/soap", "Soap and water"),
                (4, "https://example.org/beds", ""),
                (5, "https://example.org/rooms", "Rooms"),
                (7, "doi:10.1000/182", "A study"),
            ]
        );
        assert_eq!(contents.skipped[0].place.line, 6);
        assert!(!is_list("Shopping list: soap") && !is_list(""));
    }
}
