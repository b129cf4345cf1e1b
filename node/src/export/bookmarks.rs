//! What has an address on the web, as the bookmark file that browsers and bookmark services read and
//! write (the format that Netscape Navigator began). An entry with several addresses gives several
//! bookmarks.

use std::io::Write;

use super::{Exported, Item, Result};

/// Writes the file; `commons` is what the collection is called.
pub fn write(
    commons: &str,
    items: impl Iterator<Item = Result<Item>>,
    out: &mut impl Write,
) -> Result<Exported> {
    let mut exported = Exported::default();
    let title = escaped(commons);
    write!(
        out,
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
         <META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n\
         <TITLE>{title}</TITLE>\n<H1>{title}</H1>\n<DL><p>\n"
    )?;
    for item in items {
        let item = item?;
        let addresses = item.addresses();
        exported.note(!addresses.is_empty());
        for (at, (field, address)) in addresses.iter().take(ADDRESSES).enumerate() {
            bookmark(&item, at, field, address, out)?;
        }
    }
    writeln!(out, "</DL><p>")?;
    Ok(exported)
}

fn bookmark(
    item: &Item,
    at: usize,
    field: &str,
    address: &str,
    out: &mut impl Write,
) -> Result<()> {
    let summary = item.summary();
    let tags: Vec<String> =
        summary.tags.iter().map(|tag| escaped(&tag.replace(',', "-"))).collect();
    let title = if summary.title.is_empty() { address } else { &summary.title };
    let further = match (at, field) {
        (0, _) => String::new(),
        (_, "links") => " (link)".to_owned(),
        _ => format!(" ({field})"),
    };
    writeln!(
        out,
        "    <DT><A HREF=\"{}\" ADD_DATE=\"{}\" LAST_MODIFIED=\"{}\" TAGS=\"{}\">{}{further}</A>",
        escaped(address),
        summary.created,
        summary.changed,
        tags.join(","),
        escaped(title),
    )?;
    let body = item.body();
    if at == 0 && !body.trim().is_empty() {
        writeln!(out, "    <DD>{}", escaped(body.trim()))?;
    }
    Ok(())
}

/// A stranger's text between tags or quotation marks. Characters that no file of text has are left
/// out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Bookmarks of one entry at most: a project has two addresses and some links.
const ADDRESSES: usize = 20;
