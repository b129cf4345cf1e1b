//! How much of a list is shown: what the person says, else about a screen on a terminal and all to a
//! program.

use super::Output;

/// The part of a list that is shown.
pub(crate) struct Screen {
    limit: Option<usize>,
    /// Whether a person looks, who is told that there is more.
    people: bool,
}

impl Screen {
    /// So many as were asked for, 0 being all; where nothing was, `on_terminal` on a terminal.
    pub(crate) fn of(asked: Option<usize>, on_terminal: usize, out: &Output) -> Self {
        let people = !out.is_json() && super::is_terminal();
        let limit = match asked {
            Some(0) => None,
            Some(limit) => Some(limit),
            None => people.then_some(on_terminal),
        };
        Self { limit, people }
    }

    /// How many to look up: one more than is shown tells whether there are more.
    pub(crate) fn wanted(&self) -> Option<usize> {
        self.limit.map(|limit| limit.saturating_add(usize::from(self.people)))
    }

    /// Leaves what is shown. Tells whether there was more.
    pub(crate) fn cut<T>(&self, found: &mut Vec<T>) -> bool {
        let all = found.len();
        found.truncate(self.limit.unwrap_or(all));
        found.len() < all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_is_shown_tells_that_there_is_more() {
        let people = Screen { limit: Some(2), people: true };
        assert_eq!(people.wanted(), Some(3));
        let mut found = vec![1, 2, 3];
        assert!(people.cut(&mut found) && found == [1, 2]);
        assert!(!people.cut(&mut found));
        let program = Screen { limit: None, people: false };
        assert_eq!((program.wanted(), program.cut(&mut vec![1, 2, 3])), (None, false));
    }
}
