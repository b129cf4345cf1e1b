//! Lists that are longer than a page: which part is shown, and the way to the others.

use super::parts::with_query;
use crate::render::{Markup, html};

/// The part of a list that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    page: usize,
    size: usize,
    all: usize,
}

impl Part {
    /// The part that is asked for, counted from 1; the last one, if there are not so many.
    pub(super) fn new(page: Option<usize>, size: usize, all: usize) -> Self {
        let last = all.div_ceil(size).max(1);
        Self { page: page.unwrap_or(1).clamp(1, last), size, all }
    }

    /// The places in the list that it has.
    pub(super) fn range(&self) -> std::ops::Range<usize> {
        let start = (self.page - 1) * self.size;
        start..(start + self.size).min(self.all)
    }

    /// The way to the part before and the one behind; nothing where this is all.
    pub(super) fn links(&self, path: &str, asked: &[(&str, &str)]) -> Markup {
        let pages = self.all.div_ceil(self.size);
        let to = |page: usize| {
            let page = page.to_string();
            let mut asked = asked.to_vec();
            asked.push(("page", &page));
            with_query(path, &asked)
        };
        html! {
            @if pages > 1 {
                nav.parts aria-label="Further parts" {
                    @if self.page > 1 { a.button rel="prev" href=(to(self.page - 1)) { "Before" } }
                    span { "Part " (self.page) " of " (pages) }
                    @if self.page < pages { a.button rel="next" href=(to(self.page + 1)) { "Next" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_in_one_part() {
        let ranges: Vec<_> = (1..=3).map(|page| Part::new(Some(page), 10, 25).range()).collect();
        assert_eq!(ranges, [0..10, 10..20, 20..25]);
        assert_eq!(Part::new(Some(9), 10, 25).range(), 20..25);
        assert_eq!(Part::new(Some(0), 10, 25).range(), 0..10);
        assert_eq!(Part::new(None, 10, 0).range(), 0..0);
        assert_eq!(Part::new(Some(usize::MAX), 10, 10).range(), 0..10);
    }

    #[test]
    fn the_way_keeps_what_was_asked_for() {
        let links = Part::new(Some(2), 10, 25).links("/people", &[("q", "a b"), ("skill", "")]);
        let links = links.into_string();
        assert!(links.contains("href=\"/people?q=a+b&amp;page=1\""), "{links}");
        assert!(links.contains("href=\"/people?q=a+b&amp;page=3\""), "{links}");
        assert_eq!(Part::new(None, 10, 10).links("/people", &[]).into_string(), "");
    }
}
