//! The unit of the service for the systemd of a user.

use super::Unit;

/// The unit as systemd reads it.
pub(super) fn text(unit: &Unit) -> String {
    let words: Vec<String> = unit.command.iter().map(|word| quoted(word)).collect();
    // With the colon nothing in the words is taken for a variable.
    format!(
        "# Written by commons service install; commons service remove takes it away.\n\
         [Unit]\n\
         Description=A node of commons, a shared knowledge base\n\
         \n\
         [Service]\n\
         ExecStart=:{}\n\
         Restart=on-failure\n\
         RestartSec=5\n\
         {HARDENING}\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        words.join(" ")
    )
}

/// A word of a command line (systemd.service(5), "Command lines"; specifiers are in systemd.unit(5)).
fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for letter in word.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '%' => quoted.push_str("%%"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// What a node does not need. Only what a user's systemd can do everywhere: namespaces of files need
/// rights that some systems give to nobody.
const HARDENING: &str = "\
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_what_they_are() {
        assert_eq!(quoted("/home/ana silva/bin"), r#""/home/ana silva/bin""#);
        assert_eq!(quoted(r#"a"b\c%d$e"#), r#""a\"b\\c%%d$e""#);
        let unit = Unit {
            name: "commons".to_owned(),
            command: vec!["/usr/bin/commons".to_owned(), "start".to_owned()],
            log: String::new(),
        };
        assert!(text(&unit).contains("\nExecStart=:\"/usr/bin/commons\" \"start\"\n"));
    }
}
