//! HTML to Markdown, as far as what people write in feeds and bookmarks needs it: paragraphs, headings,
//! lists, links, emphasis, code and quotations. Everything else is its text; what is no text (scripts,
//! styles, forms) is left out. It goes through the tokens once, whatever their nesting.

use html5gum::emitters::default::{DefaultEmitter, StartTag};
use html5gum::{Token, Tokenizer};

/// The Markdown that says what this HTML says.
pub fn to_markdown(html: &str) -> String {
    // What is beyond would not fit into an entry in any case.
    let html = &html[..html.floor_char_boundary(HTML_BYTES)];
    let mut writer = Writer::default();
    let mut emitter = DefaultEmitter::default();
    // What follows a script or a style is no HTML up to its end.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) => writer.start(&tag),
            Token::EndTag(tag) => writer.end(&tag.name),
            Token::String(text) => writer.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    writer.finish()
}

/// Text in HTML, such as a title: its words alone.
pub fn to_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.to_owned();
    }
    let mut text = String::new();
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::String(words) => text.push_str(&String::from_utf8_lossy(&words)),
            Token::StartTag(_) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is meant as HTML: it has a tag or a character reference.
pub fn is_html(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (mark, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        let name = after.trim_start_matches(['/', '#']);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let end = name.as_bytes().get(length);
        let is_tag = mark == b'<'
            && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && length <= LONGEST_TAG
            && matches!(end, Some(b'>' | b' ' | b'/' | b'\n'))
            && name.contains('>');
        let is_reference = mark == b'&' && length > 0 && end == Some(&b';');
        if is_tag || is_reference {
            return true;
        }
        rest = after;
    }
    false
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Line ends that stand before the next words.
    breaks: usize,
    /// Whether a space stands before them.
    space: bool,
    /// What each line begins with: quotations and lists.
    prefixes: Vec<Prefix>,
    /// How deep in what is no text.
    hidden: usize,
    /// How deep in `pre`.
    preformatted: usize,
    /// The links that are open: where the words begin, and where they lead.
    links: Vec<(usize, String)>,
    /// Emphasis that was opened, and has no words yet.
    opening: Vec<&'static str>,
    /// Emphasis that is open, with words.
    open: Vec<&'static str>,
}

enum Prefix {
    Quote,
    Bullets,
    Numbers(u32),
    /// A list that is too deep to be shown as one.
    Flat,
}

impl Writer {
    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if is_hidden(name) {
            self.hidden += usize::from(!tag.self_closing);
            return;
        }
        if self.hidden > 0 {
            return;
        }
        match name {
            b"br" => self.breaks = (self.breaks + 1).min(2),
            b"hr" => {
                self.block();
                self.word("---");
                self.block();
            }
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => {
                self.block();
                let level = usize::from(name[1] - b'0');
                self.word(&"#".repeat(level));
                self.space = true;
            }
            b"ul" | b"menu" => self.list(Prefix::Bullets),
            b"ol" => self.list(Prefix::Numbers(0)),
            b"blockquote" => {
                self.block();
                self.push(Prefix::Quote);
            }
            b"li" => self.bullet(),
            b"pre" => {
                self.block();
                if self.preformatted == 0 {
                    self.word("```");
                    self.breaks = 1;
                }
                self.preformatted += 1;
            }
            b"a" => {
                if let Some(address) = attribute(tag, b"href").filter(|to| leads_somewhere(to))
                    && self.links.len() < NESTED
                {
                    self.begin_words();
                    self.links.push((self.out.len(), address));
                }
            }
            b"img" => {
                if let Some(words) = attribute(tag, b"alt") {
                    self.text(&words);
                }
            }
            b"td" | b"th" => self.space = true,
            _ => match emphasis(name) {
                Some(mark) if self.preformatted == 0 => self.open_mark(mark),
                Some(_) => {}
                None if is_block(name) => self.block(),
                None => {}
            },
        }
    }

    fn end(&mut self, name: &[u8]) {
        if is_hidden(name) {
            self.hidden = self.hidden.saturating_sub(1);
            return;
        }
        if self.hidden > 0 {
            return;
        }
        match name {
            b"ul" | b"menu" | b"ol" | b"blockquote" => {
                self.block();
                self.prefixes.pop();
            }
            b"li" => self.breaks = self.breaks.max(1),
            b"pre" if self.preformatted > 0 => {
                self.preformatted -= 1;
                if self.preformatted == 0 {
                    self.breaks = 1;
                    self.word("```");
                    self.block();
                }
            }
            b"a" => self.end_link(),
            _ => match emphasis(name) {
                Some(mark) => self.close_mark(mark),
                None if is_block(name) || is_heading(name) => self.block(),
                None => {}
            },
        }
    }

    fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        if self.preformatted > 0 {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.breaks += 1;
                }
                if !line.is_empty() {
                    self.begin_words();
                    self.out.push_str(&line.replace("```", "'''"));
                }
            }
            return;
        }
        for (at, word) in text.split(char::is_whitespace).enumerate() {
            self.space |= at > 0;
            if !word.is_empty() {
                self.begin_words();
                let is_first = self.out.ends_with('\n') || self.out.ends_with("> ");
                escape(word, is_first || self.out.is_empty(), &mut self.out);
            }
        }
    }

    /// A word of ours.
    fn word(&mut self, word: &str) {
        self.begin_words();
        self.out.push_str(word);
    }

    /// Writes what stands before the next words.
    fn begin_words(&mut self) {
        if self.out.is_empty() {
            self.breaks = 0;
            self.space = false;
        }
        if self.breaks > 0 || self.out.is_empty() {
            let prefix = self.prefix();
            for _ in 0..self.breaks {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
                self.out.push_str(&prefix);
            }
            if self.out.is_empty() {
                self.out.push_str(&prefix);
            }
            self.breaks = 0;
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
        for mark in std::mem::take(&mut self.opening) {
            self.out.push_str(mark);
            self.open.push(mark);
        }
    }

    fn prefix(&self) -> String {
        let one = |prefix: &Prefix| match prefix {
            Prefix::Quote => "> ",
            Prefix::Bullets => "  ",
            Prefix::Numbers(_) => "   ",
            Prefix::Flat => "",
        };
        self.prefixes.iter().map(one).collect()
    }

    /// What comes next is a paragraph of its own. Emphasis does not reach beyond one.
    fn block(&mut self) {
        if self.preformatted > 0 {
            return;
        }
        self.opening.clear();
        while let Some(mark) = self.open.pop() {
            self.out.push_str(mark);
        }
        self.breaks = 2;
        self.space = false;
    }

    fn list(&mut self, prefix: Prefix) {
        let inner = self.prefixes.iter().any(|outer| !matches!(outer, Prefix::Quote));
        self.block();
        if inner {
            self.breaks = 1;
        }
        self.push(prefix);
    }

    fn push(&mut self, prefix: Prefix) {
        self.prefixes.push(if self.prefixes.len() < NESTED { prefix } else { Prefix::Flat });
        // However deep: what is beyond is flat, and need not be counted for ever.
        self.prefixes.truncate(2 * NESTED);
    }

    fn bullet(&mut self) {
        let last = self.prefixes.pop();
        let (mark, last) = match last {
            Some(Prefix::Numbers(number)) => {
                let number = number.saturating_add(1);
                (format!("{number}."), Some(Prefix::Numbers(number)))
            }
            other => ("-".to_owned(), other),
        };
        // The mark stands where the lines of the item that follow have spaces.
        self.breaks = if self.out.is_empty() { 0 } else { self.breaks.max(1) };
        self.word(&mark);
        self.space = true;
        self.prefixes.extend(last);
    }

    fn open_mark(&mut self, mark: &'static str) {
        let is_open = self.open.contains(&mark) || self.opening.contains(&mark);
        if !is_open && self.open.len() < NESTED {
            self.opening.push(mark);
        }
    }

    fn close_mark(&mut self, mark: &'static str) {
        if let Some(at) = self.opening.iter().rposition(|other| *other == mark) {
            self.opening.remove(at);
        } else if self.open.contains(&mark) {
            while let Some(last) = self.open.pop() {
                self.out.push_str(last);
                if last == mark {
                    break;
                }
            }
        }
    }

    fn end_link(&mut self) {
        let Some((from, address)) = self.links.pop() else { return };
        let from = from.min(self.out.len());
        let words = self.out.split_off(from);
        let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if flat.is_empty() {
            self.out.push_str(&words);
        } else if flat.replace('\\', "") == address {
            self.out.push_str(&format!("<{address}>"));
        } else {
            self.out.push_str(&format!("[{flat}]({address})"));
        }
    }

    fn finish(mut self) -> String {
        if self.preformatted > 0 {
            self.breaks = 1;
            self.word("```");
            self.preformatted = 0;
        }
        self.block();
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).trim().to_owned()).filter(|value| !value.is_empty())
}

/// Whether a link is one that Markdown can hold and that leads out of the page.
fn leads_somewhere(address: &str) -> bool {
    let is_known = ["https://", "http://", "commons:", "doi:"].iter();
    is_known.clone().any(|scheme| address.starts_with(scheme))
        && address.len() <= LONGEST_LINK
        && !address.contains(|letter: char| letter.is_whitespace() || "()<>".contains(letter))
}

fn is_hidden(name: &[u8]) -> bool {
    matches!(
        name,
        b"script"
            | b"style"
            | b"head"
            | b"template"
            | b"iframe"
            | b"object"
            | b"noscript"
            | b"form"
            | b"svg"
            | b"math"
            | b"audio"
            | b"video"
            | b"select"
            | b"textarea"
            | b"title"
    )
}

fn is_heading(name: &[u8]) -> bool {
    matches!(name, [b'h', b'1'..=b'6'])
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"p" | b"div"
            | b"section"
            | b"article"
            | b"header"
            | b"footer"
            | b"main"
            | b"aside"
            | b"table"
            | b"tr"
            | b"dl"
            | b"dt"
            | b"dd"
            | b"figure"
            | b"figcaption"
            | b"address"
            | b"details"
            | b"summary"
            | b"nav"
            | b"body"
            | b"html"
    )
}

fn emphasis(name: &[u8]) -> Option<&'static str> {
    match name {
        b"b" | b"strong" => Some("**"),
        b"i" | b"em" | b"cite" => Some("*"),
        b"code" | b"tt" | b"kbd" | b"samp" => Some("`"),
        _ => None,
    }
}

/// Writes a word so that Markdown takes it for nothing else.
fn escape(word: &str, is_first: bool, out: &mut String) {
    if is_first && word.starts_with(['#', '>', '+', '-', '=', '~'])
        || is_first
            && word
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .starts_with(['.', ')'])
            && word.starts_with(|letter: char| letter.is_ascii_digit())
    {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(&word[..digits]);
        out.push('\\');
        escape(&word[digits..], false, out);
        return;
    }
    let mut before = ' ';
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let inside =
            before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        let obeys = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' => true,
            '_' => !inside,
            _ => false,
        };
        if obeys {
            out.push('\\');
        }
        out.push(letter);
        before = letter;
    }
}

/// Bytes of HTML that are looked at: an entry has room for 64 KiB of what they say.
const HTML_BYTES: usize = 1024 * 1024;

/// Lists, quotations and links within each other at most: deeper ones are shown as if they were not.
const NESTED: usize = 8;

/// Bytes of a link's address at most.
const LONGEST_LINK: usize = 2000;

/// Letters of the longest name of a tag of HTML.
const LONGEST_TAG: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_markdown() {
        for (html, markdown) in [
            ("Soap &amp; water", "Soap & water"),
            ("<p>One.</p><p>Two.<br>Three.</p>", "One.\n\nTwo.\nThree."),
            ("<h2>Why</h2>Falls.", "## Why\n\nFalls."),
            ("<ul><li>a</li><li>b <b>c</b></li></ul>x", "- a\n- b **c**\n\nx"),
            ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n   - b\n\n2. c"),
            (
                "see <a href='https://example.org/a'>the <i>page</i></a>.",
                "see [the *page*](https://example.org/a).",
            ),
            ("<a href='https://example.org'>https://example.org</a>", "<https://example.org>"),
            ("<a href='javascript:x()'>words</a>", "words"),
            ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
            ("<pre>let a;\n  b</pre>", "```\nlet a;\n  b\n```"),
            ("<script>alert('<p>')</script>x<style>p{}</style>", "x"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
            ("a <b> bold </b> word", "a **bold** word"),
            ("<b></b>", ""),
            (
                "1. no list, *no* emphasis, snake_case _x_",
                "1\\. no list, \\*no\\* emphasis, snake_case \\_x\\_",
            ),
            ("<img alt='a bed' src='x'> <p>", "a bed"),
        ] {
            assert_eq!(to_markdown(html), markdown, "{html}");
        }
    }

    #[test]
    fn deep_and_broken_html_costs_little() {
        let deep = "<ul><li><blockquote><b><a href='https://example.org'>".repeat(50_000) + "x";
        assert!(to_markdown(&deep).len() < 4 * deep.len());
        assert_eq!(to_markdown("</ul></b></a></pre></blockquote>x"), "x");
        assert_eq!(to_markdown("<p <b x=<<>a"), "a");
        assert_eq!(to_markdown("<pre><script>"), "```\n```");
    }

    #[test]
    fn html_is_told_from_words_with_such_signs() {
        for html in ["<p>x</p>", "a<br/>b", "a &amp; b", "&#39;", "<a href=x>"] {
            assert!(is_html(html), "{html}");
        }
        for text in ["a < b", "x <- y", "R&D", "a &b", "1<2 and 3>2", "<3"] {
            assert!(!is_html(text), "{text}");
        }
        assert_eq!(to_text("a <b>b</b>&nbsp;c"), "a b c");
    }
}
