//! Bookmark files of the Netscape form, which all browsers and bookmark services write: a list of links,
//! in folders, with tags and descriptions as attributes and loose text. There is no standard; what is read
//! here is what Firefox, Chrome, Safari, Pinboard, linkding, Delicious and Raindrop write.

use commons_proto::kind::Kind;
use html5gum::emitters::default::{DefaultEmitter, StartTag};
use html5gum::{Token, Tokenizer};

use super::columns;
use super::item::{Contents, Item, LineNumbers};
use super::source;

/// The bookmarks of a file.
pub(super) fn read(text: &str) -> Contents {
    let mut reader = Reader { lines: LineNumbers::of(text.as_bytes()), ..Reader::default() };
    let emitter = DefaultEmitter::<usize>::new_with_span();
    for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&tag.name),
            Token::String(words) => reader.text(&String::from_utf8_lossy(&words)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        if reader.contents.is_too_much() {
            break;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    lines: LineNumbers,
    contents: Contents,
    /// The folders that are open, by what they are as tags; none for those that every browser has.
    folders: Vec<Option<String>>,
    /// How many more are open than are kept in mind.
    deeper: usize,
    /// The folder whose heading was read last.
    heading: Option<String>,
    /// The bookmark that is being read.
    item: Option<Item>,
    /// Why it is not taken.
    refusal: Option<String>,
    /// What the words that come are.
    words: Words,
    text: String,
}

/// What words in the file are.
#[derive(Default, PartialEq)]
enum Words {
    #[default]
    Nothing,
    Heading {
        is_tag: bool,
    },
    Title,
    Description,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<usize>) {
        let name: &[u8] = &tag.name;
        match name {
            b"h3" => {
                self.finish_item();
                let is_tag = ["personal_toolbar_folder", "unfiled_bookmarks_folder"]
                    .iter()
                    .all(|special| attribute(tag, special).is_none());
                self.expect(Words::Heading { is_tag });
            }
            b"a" if attribute(tag, "href").is_some() => {
                self.finish_item();
                self.begin(tag);
                self.expect(Words::Title);
            }
            b"dd" if self.item.is_some() => self.expect(Words::Description),
            b"dl" => {
                self.finish_item();
                if self.folders.len() < FOLDERS {
                    self.folders.push(self.heading.take());
                } else {
                    self.deeper += 1;
                }
            }
            b"dt" => self.finish_item(),
            b"br" | b"p" if self.words == Words::Description => self.text.push('\n'),
            b"hr" => self.finish_item(),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"h3" => {
                if let Words::Heading { is_tag } = self.words {
                    let text = std::mem::take(&mut self.text);
                    let name = text.trim();
                    let is_tag = is_tag && !EVERYBODYS.contains(&name.to_lowercase().as_str());
                    self.heading = is_tag.then(|| name.to_owned());
                    self.words = Words::Nothing;
                }
            }
            b"a" if self.words == Words::Title => self.end_words(),
            b"dl" => {
                self.finish_item();
                if self.deeper > 0 {
                    self.deeper -= 1;
                } else {
                    self.folders.pop();
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, words: &str) {
        if self.words != Words::Nothing {
            self.text.push_str(words);
        }
    }

    /// Takes the words so far for what they are, and what comes for this.
    fn expect(&mut self, words: Words) {
        self.end_words();
        self.words = words;
    }

    fn end_words(&mut self) {
        let text = std::mem::take(&mut self.text);
        if let Some(item) = &mut self.item {
            match self.words {
                Words::Title => item.title = text,
                Words::Description => {
                    let lines: Vec<&str> = text.lines().map(str::trim).collect();
                    item.add_text(lines.join("\n").trim());
                }
                Words::Nothing | Words::Heading { .. } => {}
            }
        }
        self.words = Words::Nothing;
    }

    fn begin(&mut self, tag: &StartTag<usize>) {
        let mut item = Item::at(self.lines.at(tag.span.start));
        item.kind = Some(Kind::Resource);
        let address = attribute(tag, "href").unwrap_or_default();
        item.set_line("url", &address);
        item.source = Some(source::of_url(&address));
        let added = attribute(tag, "add_date").and_then(|time| time.parse().ok());
        if let Some(time) = added.filter(|time| *time > 0).and_then(columns::seconds) {
            item.times.insert("published", time);
        }
        for tags in ["tags", "labels"].iter().filter_map(|name| attribute(tag, name)) {
            for name in tags.split(',') {
                item.add("tags", name);
            }
        }
        for folder in self.folders.iter().flatten() {
            item.add("tags", folder);
        }
        let is_private = attribute(tag, "private").is_some_and(|value| value == "1");
        self.refusal = is_private.then(|| "it is marked as private".to_owned());
        self.item = Some(item);
    }

    fn finish_item(&mut self) {
        self.end_words();
        let Some(item) = self.item.take() else { return };
        match self.refusal.take() {
            Some(why) => self.contents.skip(item.place.line, why),
            None => self.contents.items.push(item),
        }
    }

    fn finish(mut self) -> Contents {
        self.finish_item();
        self.contents
    }
}

fn attribute(tag: &StartTag<usize>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).trim().to_owned())
}

/// Folders within each other that become tags, at most; those within these do not.
const FOLDERS: usize = 16;

/// Folders that a browser makes by itself and that say nothing, in lower case.
const EVERYBODYS: &[&str] = &[
    "bookmarks",
    "bookmarks bar",
    "bookmarks menu",
    "bookmarks toolbar",
    "favorites",
    "favorites bar",
    "favourites",
    "favourites bar",
    "imported",
    "mobile bookmarks",
    "other bookmarks",
    "other favorites",
    "other favourites",
    "reading list",
    "unsorted",
];

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META CONTENT=\"text/html\">\n\
        <TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n\
        <DT><H3 PERSONAL_TOOLBAR_FOLDER=\"true\">My bar</H3>\n<DL><p>\n\
        <DT><H3>Hand hygiene</H3>\n<DD>All about soap.\n<DL><p>\n\
        <DT><A HREF=\"https://example.org/soap\" ADD_DATE=\"1792926000\" TAGS=\"soap,Ward 3\">Soap &amp; water</A>\n\
        <DD>Why it works.<br>And how.\n\
        <DT><A HREF=\"https://example.org/own\" PRIVATE=\"1\">Own</A>\n\
        </DL><p>\n<DT><A HREF='https://example.org/beds'>Beds</A>\n</DL><p></DL>";

    #[test]
    fn folders_and_tags_become_tags_and_descriptions_the_body() {
        let contents = read(FILE);
        let [soap, beds] = contents.items.as_slice() else { panic!("{contents:?}") };
        assert_eq!(soap.title, "Soap & water");
        assert_eq!(soap.body, "Why it works.\nAnd how.");
        assert_eq!(soap.sets["tags"], ["soap", "Ward 3", "Hand hygiene"]);
        assert_eq!(soap.times["published"], 1_792_926_000);
        assert_eq!(soap.source.as_deref(), Some("url:https://example.org/soap"));
        assert_eq!(soap.place.line, 11);
        assert_eq!((beds.title.as_str(), beds.sets.is_empty()), ("Beds", true));
        let [private] = contents.skipped.as_slice() else { panic!("{contents:?}") };
        assert_eq!((private.place.line, private.text.as_str()), (13, "it is marked as private"));
    }

    #[test]
    fn what_is_broken_or_deep_is_read_as_far_as_it_goes() {
        let deep = "<DL><H3>x</H3>".repeat(100_000) + "<A HREF=https://example.org>y";
        let contents = read(&deep);
        assert_eq!(contents.items.len(), 1);
        assert_eq!(contents.items[0].sets["tags"].len(), FOLDERS - 1);
        assert!(read("</DL></DL></A><DD>x").items.is_empty());
    }
}
