//! What is nobody else's business in the findings, and how it is left out of a report that somebody
//! posts to ask for help: names, keys, addresses, and paths with a person's name in them. What is known
//! of this machine is replaced wherever it stands; whatever else looks like an address or a key is,
//! too.

use std::env;
use std::net::IpAddr;

use super::Patient;

/// Words that a report leaves out, each with what stands in its place.
#[derive(Debug, Clone, Default)]
pub struct Private {
    words: Vec<(String, String)>,
}

impl Private {
    /// What is known of this home, its user and its machine.
    pub(super) fn new(patient: &Patient) -> Self {
        let mut private = Self::default();
        private.hide(&patient.home.directory().to_string_lossy(), "HOME-OF-COMMONS");
        for (variable, place) in [("HOME", "~"), ("USER", "USER"), ("LOGNAME", "USER")] {
            private.hide(&env::var(variable).unwrap_or_default(), place);
        }
        let user = env::var("HOME").unwrap_or_default();
        private.hide(user.rsplit('/').next().unwrap_or_default(), "USER");
        private.hide(&rustix::system::uname().nodename().to_string_lossy(), "MACHINE");
        private.hide(&patient.commons, "COMMONS");
        let database = patient.database.file_stem().unwrap_or_default();
        private.hide(&database.to_string_lossy(), "COMMONS");
        for (number, peer) in (1..).zip(&patient.peers) {
            private.hide(&peer.peer, format!("PEER-{number}"));
        }
        private
    }

    /// From now on this word is left out.
    pub(super) fn hide(&mut self, word: &str, place: impl Into<String>) {
        // A slash or a single letter is in too much to mean something.
        if word.chars().count() > 1 {
            self.words.push((word.to_owned(), place.into()));
            // The longest first: a home is in the home of its user.
            self.words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
    }

    /// The text without what is private.
    pub fn redacted(&self, text: &str) -> String {
        let mut left_out = String::new();
        let mut rest = text;
        let mut before: Option<char> = None;
        while let Some(letter) = rest.chars().next() {
            let starts = !before.is_some_and(char::is_alphanumeric);
            let found = self.words.iter().find(|(word, _)| {
                let after = rest.strip_prefix(word.as_str());
                starts && after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
            });
            let taken = match found {
                Some((word, place)) => {
                    left_out.push_str(place);
                    word.len()
                }
                None => {
                    left_out.push(letter);
                    letter.len_utf8()
                }
            };
            before = rest[..taken].chars().next_back();
            rest = &rest[taken..];
        }
        masked(&left_out)
    }
}

/// The text with what looks like an address or a key made unreadable.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut token = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == ':' || letter == '.' {
            token.push(letter);
        } else {
            out.push_str(&mask(&token));
            token.clear();
            out.push(letter);
        }
    }
    out.push_str(&mask(&token));
    out
}

fn mask(token: &str) -> String {
    let bare = token.trim_end_matches(['.', ':']);
    let end = &token[bare.len()..];
    let masked = match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_loopback() => return token.to_owned(),
        Ok(IpAddr::V4(address)) if address.is_private() || address.is_link_local() => {
            let [first, second, ..] = address.octets();
            format!("{first}.{second}.x.x")
        }
        Ok(IpAddr::V4(_)) => "x.x.x.x".to_owned(),
        Ok(IpAddr::V6(address)) if address.is_unicast_link_local() => "fe80::x".to_owned(),
        Ok(IpAddr::V6(_)) => "x::x".to_owned(),
        Err(_)
            if bare.len() >= KEY_LETTERS
                && bare.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            format!("{}…", &bare[..SHOWN_LETTERS])
        }
        Err(_) => return token.to_owned(),
    };
    format!("{masked}{end}")
}

/// Letters from which a word is taken for an id or a key: those of the shortest, 32 bytes in base58,
/// and no word of ours is as long.
const KEY_LETTERS: usize = 40;

/// Letters of it that stay, so that two can be told apart.
const SHOWN_LETTERS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_left_out_wherever_it_stands() {
        let mut private = Private::default();
        for (word, place) in
            [("/home/ana", "~"), ("ana", "USER"), ("/home/ana/c", "HOME"), ("a", "x")]
        {
            private.hide(word, place);
        }
        assert_eq!(private.redacted("/home/ana/c/author.key of ana"), "HOME/author.key of USER");
        assert_eq!(private.redacted("/home/ana/x: Banana, a (ana)."), "~/x: Banana, a (USER).");
        assert_eq!(private.redacted("ana2 ana"), "ana2 USER");
        assert_eq!(
            Private::default().redacted("plain words, 14:05 and 1.2.3"),
            "plain words, 14:05 and 1.2.3"
        );
    }

    #[test]
    fn addresses_and_keys_are_made_unreadable() {
        let private = Private::default();
        let id = "a".repeat(52);
        for (text, shown) in [
            ("Wi-Fi w: 192.168.1.20, fe80::1ff:fe23:4567:890a.", "Wi-Fi w: 192.168.x.x, fe80::x."),
            ("/ip4/8.8.4.4/tcp/4001/p2p", "/ip4/x.x.x.x/tcp/4001/p2p"),
            ("2001:db8::1", "x::x"),
            ("127.0.0.1", "127.0.0.1"),
            (id.as_str(), "aaaa…"),
        ] {
            assert_eq!(private.redacted(text), shown);
        }
    }
}
