//! How authors are named wherever people read: a name, which anybody may choose, and the beginning of
//! a key, which nobody can. No name looks as if it had another's key.

use commons_proto::id::Author;

use crate::escape;

/// An author for people: the name, which anybody may choose, and the beginning of the key. Only the
/// key stands in round brackets, so no name looks as if it had another's key.
pub fn person(author: &Author, name: Option<&str>) -> String {
    let short = short_author(author);
    name.map_or_else(|| short.clone(), |name| format!("{} ({short})", person_name(name)))
}

/// A name for people, without the brackets in which a key stands.
pub fn person_name(name: &str) -> String {
    escape::line(name).replace('(', "[").replace(')', "]")
}

/// What stands for an author's key in few letters.
pub fn short_author(author: &Author) -> String {
    author.to_string()[..AUTHOR_CHARS].to_owned()
}

/// The end of a peer id, by which people tell them apart: all begin alike.
pub fn short_peer(peer: &str) -> String {
    let letters: Vec<char> = peer.chars().collect();
    let from = letters.len().saturating_sub(PEER_CHARS);
    let end: String = letters[from..].iter().collect();
    format!("…{}", escape::line(&end))
}

/// Letters of a key that stand for an author whose name is not known.
const AUTHOR_CHARS: usize = 8;

/// Letters of a peer id that people see.
const PEER_CHARS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_carry_a_key() {
        let author = Author([7; 32]);
        let key = short_author(&author);
        assert_eq!(person(&author, None), key);
        assert_eq!(person(&author, Some("Ana")), format!("Ana ({key})"));
        assert_eq!(person(&author, Some("Ana (aaaaaaaa)")), format!("Ana [aaaaaaaa] ({key})"));
        assert_eq!(person_name("A\u{202e}na"), "A\\u{202e}na");
    }
}
