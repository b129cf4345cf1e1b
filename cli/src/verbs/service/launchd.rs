//! The agent of the service for launchd.

use super::Unit;

/// The property list as launchd reads it (launchd.plist(5)).
pub(super) fn text(unit: &Unit) -> String {
    let words: String = unit
        .command
        .iter()
        .map(|word| format!("        <string>{}</string>\n", escaped(word)))
        .collect();
    let (name, log) = (escaped(&unit.name), escaped(&unit.log));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by commons service install; commons service remove takes it away. -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{name}</string>
    <key>ProgramArguments</key>
    <array>
{words}    </array>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>Umask</key>
    <integer>63</integer>
    <key>StandardErrorPath</key>
    <string>{log}</string>
</dict>
</plist>
"#
    )
}

/// A text in XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_what_they_are() {
        let command = ["/Users/ana silva/commons", "start", "--commons", "wards & <beds>"];
        let unit = Unit {
            name: "commons".to_owned(),
            command: command.map(str::to_owned).to_vec(),
            log: "/Users/ana silva/service.log".to_owned(),
        };
        let text = text(&unit);
        assert!(text.contains("<string>/Users/ana silva/commons</string>"));
        assert!(text.contains("<string>wards &amp; &lt;beds&gt;</string>"));
        assert_eq!(text.matches("<string>").count(), text.matches("</string>").count());
    }
}
