//! From the bytes of a file to its text: UTF-8, what its first bytes or its own head say, and
//! Windows-1252 where they say nothing and it is not UTF-8 (as the HTML standard has it for the West).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text of a file, without a byte order mark; and the character set, if it is another than UTF-8.
pub(super) fn text(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    if let Some((marked, length)) = Encoding::for_bom(bytes) {
        let (text, _) = marked.decode_without_bom_handling(&bytes[length..]);
        return (text, named(marked));
    }
    if let Ok(text) = str::from_utf8(bytes) {
        return (Cow::Borrowed(text), None);
    }
    let encoding = declared(bytes).unwrap_or(WINDOWS_1252);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text, named(encoding))
}

/// What the beginning of the file says: `charset=` in HTML, `encoding=` in XML.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    ["charset=", "encoding="].iter().find_map(|word| {
        let (_, after) = head.split_once(word)?;
        let after = after.trim_start_matches(['"', '\'']);
        let end = |letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter);
        let label = after.split(end).next().unwrap_or_default();
        // That it is UTF-8 is known to be wrong.
        Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != UTF_8)
    })
}

fn named(encoding: &'static Encoding) -> Option<&'static str> {
    (encoding != UTF_8).then(|| encoding.name())
}

/// Bytes of a file in which it may say what it is written in (HTML standard, 13.2.3.2).
const HEAD: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        for (bytes, shown, charset) in [
            (b"H\xc3\xa4nde".as_slice(), "Hände", None),
            (b"\xef\xbb\xbfH\xc3\xa4nde", "Hände", None),
            (b"\xff\xfeH\0\xe4\0", "Hä", Some("UTF-16LE")),
            (b"\xfe\xff\0H\0\xe4", "Hä", Some("UTF-16BE")),
            (b"H\xe4nde \x96 \x80", "Hände – €", Some("windows-1252")),
            (
                b"<meta charset=\"iso-8859-2\">\xb3",
                "<meta charset=\"iso-8859-2\">ł",
                Some("ISO-8859-2"),
            ),
            (b"<meta charset=utf-8>\xe4", "<meta charset=utf-8>ä", Some("windows-1252")),
        ] {
            let (text, found) = text(bytes);
            assert_eq!((text.as_ref(), found), (shown, charset));
        }
    }
}
