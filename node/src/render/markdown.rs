//! Markdown and plain posts as HTML. Markdown is read by a library; between its reading and its
//! writing stands a list of what may become an element, so that nothing of a stranger's does.

use std::ops::Range;

use commons_proto::id::EntryId;
use linkify::{LinkFinder, LinkKind};
use maud::{Markup, PreEscaped, Render as _, html};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use pulldown_cmark::{TextMergeStream, html as writer};

use super::Links;
use super::parts::{self, RELATION, Target};
use crate::{escape, hashtags};

/// Quotations, lists and emphases within each other: more is read as if it were not there.
const NESTING: usize = 16;

/// Letters of an entry's id that stand for it where its title is not known.
const ID_CHARS: usize = 10;

/// Markdown as HTML. Its headings begin `below` levels lower than they say, so that they fit beneath
/// those of the page.
pub fn markdown(text: &str, below: usize, links: &dyn Links) -> Markup {
    let mut cleaner = Cleaner::new(below, links);
    for event in TextMergeStream::new(Parser::new_ext(text, options())) {
        cleaner.take(event);
    }
    let mut written = String::with_capacity(text.len() + text.len() / 2);
    writer::push_html(&mut written, cleaner.clean.into_iter());
    html! { div.prose { (PreEscaped(written)) } }
}

/// What Markdown says, without its marks: for a line that tells how a text begins.
pub fn unmarked(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                said.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak | Event::Rule => said.push('\n'),
            Event::End(end) if is_block(end) => said.push('\n'),
            _ => {}
        }
    }
    said
}

/// A post as HTML: its paragraphs and lines, with links where it has addresses and hashtags.
pub fn post(text: &str, links: &dyn Links) -> Markup {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    html! {
        div.prose {
            @for paragraph in paragraphs {
                p {
                    @for (at, line) in paragraph.lines().enumerate() {
                        @if at > 0 { br; }
                        (inline(line, links))
                    }
                }
            }
        }
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Whether what follows stands on a line of its own.
fn is_block(end: TagEnd) -> bool {
    !matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// A stranger's line as Markdown that shows just that: what might mean something in Markdown has a
/// backslash before it.
pub fn escaped(text: &str) -> String {
    let text = escape::line(text);
    let mut shown = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut letters = text.chars().peekable();
    let mut is_number = true;
    while let Some(letter) = letters.next() {
        let after = letters.peek().copied();
        let joins = |beside: Option<char>| beside.is_some_and(char::is_alphanumeric);
        let means = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
            '_' => !(joins(before) && joins(after)),
            '&' => after == Some('#') || joins(after),
            // At the beginning of a line.
            '#' | '+' | '-' | '=' | '>' | '|' | ':' => before.is_none(),
            '.' | ')' => is_number && before.is_some(),
            _ => false,
        };
        if means {
            shown.push('\\');
        }
        shown.push(letter);
        is_number &= letter.is_ascii_digit();
        before = Some(letter);
    }
    shown
}

/// A stranger's text as a quotation in Markdown, indented by this. Its web addresses are links.
pub fn quoted(text: &str, indent: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines = text.trim().lines().map(|line| {
        let mut shown = format!("{indent}> ");
        let line = line.trim();
        let mut finder = LinkFinder::new();
        let mut done = 0;
        for link in finder.kinds(&[LinkKind::Url]).links(line) {
            if let Some(address) = parts::web_address(link.as_str()) {
                shown.push_str(&escaped(&line[done..link.start()]));
                shown.push_str(&format!("<{address}>"));
                done = link.end();
            }
        }
        shown.push_str(&escaped(&line[done..]));
        shown.trim_end().to_owned()
    });
    // Two spaces, so that each line stays one.
    lines.collect::<Vec<_>>().join("  \n")
}

/// A stranger's text within a line, with links where it has addresses and hashtags.
pub fn inline(text: &str, links: &dyn Links) -> Markup {
    let mut places = Vec::new();
    let mut finder = LinkFinder::new();
    let web = finder.kinds(&[LinkKind::Url]).links(text).map(|link| link.start()..link.end());
    places.extend(web.map(|place| (place, Found::Web)));
    places.extend(crate::links::addresses(text).map(|(place, id)| (place, Found::Entry(id))));
    places.extend(hashtags::find(text).map(|place| (place, Found::Tag)));
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for (place, found) in places {
        if place.start < done {
            continue;
        }
        let Some(link) = found.link(&text[place.clone()], links) else { continue };
        plain(text, done..place.start).render_to(&mut shown);
        link.render_to(&mut shown);
        done = place.end;
    }
    plain(text, done..text.len()).render_to(&mut shown);
    PreEscaped(shown)
}

fn plain(text: &str, place: Range<usize>) -> Markup {
    html! { (escape::block(&text[place])) }
}

/// What in a text is a link.
enum Found {
    Web,
    Entry(EntryId),
    Tag,
}

impl Found {
    fn link(&self, text: &str, links: &dyn Links) -> Option<Markup> {
        match self {
            Self::Web => {
                let address = parts::web_address(text)?;
                Some(html! { a.out href=(address) rel=(RELATION) { (address) } })
            }
            Self::Entry(entry) => {
                let page = links.entry(entry)?;
                let called = links.title(entry).unwrap_or_else(|| format!("{entry:.ID_CHARS$}"));
                Some(html! { a href=(page) { (parts::title(&called)) } })
            }
            Self::Tag => {
                let page = links.tag(&text[1..].to_lowercase())?;
                Some(html! { a.tag rel="tag" href=(page) { (escape::line(text)) } })
            }
        }
    }
}

/// Goes through what was read and keeps what may become an element.
struct Cleaner<'t, 'l> {
    below: usize,
    links: &'l dyn Links,
    clean: Vec<Event<'t>>,
    /// What is open, the innermost last.
    open: Vec<Open>,
    /// How many of these are nested elements.
    nested: usize,
    /// How many of these are links that are written.
    linked: usize,
    /// Whether it goes through code.
    in_code: bool,
}

/// What is to be done at the end of something that was opened.
enum Open {
    /// It is written.
    Kept(TagEnd),
    /// It is written, and nested.
    Nested(TagEnd),
    /// It is written as a link; if nothing has been written since then, it has no words of its own,
    /// and these stand in their place.
    Link { words: String, from: usize },
    /// It is not written.
    Dropped,
}

impl<'t, 'l> Cleaner<'t, 'l> {
    fn new(below: usize, links: &'l dyn Links) -> Self {
        let (clean, open) = (Vec::new(), Vec::new());
        Self { below, links, clean, open, nested: 0, linked: 0, in_code: false }
    }

    fn take(&mut self, event: Event<'t>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.clean.push(Event::Code(shown(&text))),
            // What a stranger wrote as HTML is words like any others.
            Event::Html(text) | Event::InlineHtml(text) => {
                self.clean.push(Event::Text(shown(&text)));
            }
            Event::TaskListMarker(done) => {
                self.clean.push(Event::Text(CowStr::Borrowed(if done { "☑ " } else { "☐ " })));
            }
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.clean.push(event),
            // They are not asked for.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.clean.push(Event::Text(shown(&text)));
            }
        }
    }

    fn text(&mut self, text: &str) {
        let event = match self.in_code || self.linked > 0 {
            true => Event::Text(shown(text)),
            false => Event::InlineHtml(CowStr::from(inline(text, self.links).into_string())),
        };
        self.clean.push(event);
    }

    fn start(&mut self, tag: Tag<'t>) {
        match tag {
            Tag::Paragraph | Tag::TableHead | Tag::TableRow | Tag::TableCell => self.keep(tag),
            Tag::Table(columns) => {
                // Without alignment, which would be a style in the element.
                self.keep(Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()]));
            }
            Tag::Heading { level, .. } => {
                let level = (level as usize + self.below).min(HeadingLevel::H6 as usize);
                let level = HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6);
                self.keep(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() });
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock => {
                self.in_code = true;
                self.keep(Tag::CodeBlock(CodeBlockKind::Indented));
            }
            Tag::BlockQuote(_) => self.nest(Tag::BlockQuote(None)),
            Tag::List(_) | Tag::Emphasis | Tag::Strong | Tag::Strikethrough => self.nest(tag),
            Tag::Item => match self.open.last() {
                Some(Open::Nested(TagEnd::List(_))) => self.keep(tag),
                _ => {
                    self.clean.push(Event::SoftBreak);
                    self.open.push(Open::Dropped);
                }
            },
            Tag::Link { dest_url, .. } => self.link(&dest_url, ""),
            Tag::Image { dest_url, .. } => self.link(&dest_url, "image"),
            // They are not asked for.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.open.push(Open::Dropped),
        }
    }

    fn keep(&mut self, tag: Tag<'t>) {
        self.open.push(Open::Kept(tag.to_end()));
        self.clean.push(Event::Start(tag));
    }

    fn nest(&mut self, tag: Tag<'t>) {
        if self.nested == NESTING {
            return self.open.push(Open::Dropped);
        }
        self.nested += 1;
        self.open.push(Open::Nested(tag.to_end()));
        self.clean.push(Event::Start(tag));
    }

    /// A link, or an image, which becomes one: no page loads anything from elsewhere.
    fn link(&mut self, address: &str, words: &str) {
        let target = if self.linked > 0 { None } else { parts::target(address, self.links) };
        let opened = match &target {
            Some(Target::Web(address)) => {
                html! { (PreEscaped("<a class=\"out\" href=\"")) (address) (PreEscaped("\" rel=\"")) (RELATION) (PreEscaped("\">")) }
            }
            Some(Target::Page(page)) => {
                html! { (PreEscaped("<a href=\"")) (page) (PreEscaped("\">")) }
            }
            None => return self.open.push(Open::Dropped),
        };
        self.linked += 1;
        self.clean.push(Event::InlineHtml(CowStr::from(opened.into_string())));
        let words = if words.is_empty() { address } else { words };
        self.open.push(Open::Link { words: words.to_owned(), from: self.clean.len() });
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::Kept(tag)) => {
                self.in_code &= tag != TagEnd::CodeBlock;
                self.clean.push(Event::End(tag));
            }
            Some(Open::Nested(tag)) => {
                self.nested -= 1;
                self.clean.push(Event::End(tag));
            }
            Some(Open::Link { words, from }) => {
                self.linked -= 1;
                if self.clean.len() == from {
                    self.clean.push(Event::Text(shown(&words)));
                }
                self.clean.push(Event::InlineHtml(CowStr::Borrowed("</a>")));
            }
            Some(Open::Dropped) | None => {}
        }
    }
}

/// A stranger's text as it is shown.
fn shown(text: &str) -> CowStr<'static> {
    CowStr::from(escape::block(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::NoLinks;
    use proptest::prelude::*;

    struct Pages;

    impl Links for Pages {
        fn entry(&self, entry: &EntryId) -> Option<String> {
            Some(format!("{entry:.6}.html"))
        }

        fn title(&self, _: &EntryId) -> Option<String> {
            Some("Bed <sensors>".to_owned())
        }

        fn tag(&self, tag: &str) -> Option<String> {
            Some(format!("tag-{tag}.html"))
        }
    }

    fn rendered(text: &str) -> String {
        let shown = markdown(text, 2, &Pages).into_string();
        shown["<div class=\"prose\">".len()..shown.len() - "</div>".len()].trim_end().to_owned()
    }

    #[test]
    fn what_markdown_says_is_told_without_its_marks() {
        for (text, said) in [
            ("# Why\n\n**So** [soap](https://example.org) is `out`.", "Why So soap is out."),
            ("- a\n- b\n\n| c | d |\n|---|---|\n| e | f |", "a b c d e f"),
            ("a <b>bold</b> word\n\n<script>x</script>", "a <b>bold</b> word <script>x</script>"),
        ] {
            let words: Vec<String> = unmarked(text).split_whitespace().map(str::to_owned).collect();
            assert_eq!(words.join(" "), said);
        }
    }

    #[test]
    fn what_people_write_is_laid_out() {
        for (text, shown) in [
            ("# Why\n\nSoap.", "<h3>Why</h3>\n<p>Soap.</p>"),
            ("###### Deep", "<h6>Deep</h6>"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
            ("3. c", "<ol start=\"3\">\n<li>c</li>\n</ol>"),
            ("- [x] done", "<ul>\n<li>☑ done</li>\n</ul>"),
            (
                "**a** _b_ ~~c~~ `d<`",
                "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d&lt;</code></p>",
            ),
            ("```rust\nlet a;\n```", "<pre><code>let a;\n</code></pre>"),
            ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
            (
                "|a|\n|:-|\n|b|",
                "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table>",
            ),
        ] {
            assert_eq!(rendered(text), shown, "{text}");
        }
    }

    #[test]
    fn addresses_become_links() {
        let id = EntryId([9; 32]);
        let page = format!("{id:.6}.html");
        for (text, shown) in [
            (
                "[a](https://example.org/?a=1&b=2)".to_owned(),
                "<p><a class=\"out\" href=\"https://example.org/?a=1&amp;b=2\" rel=\"nofollow noopener\">a</a></p>".to_owned(),
            ),
            (
                "See https://example.org/a_b_c.".to_owned(),
                "<p>See <a class=\"out\" href=\"https://example.org/a_b_c\" rel=\"nofollow noopener\">https://example.org/a_b_c</a>.</p>".to_owned(),
            ),
            (format!("[a](commons:{id})"), format!("<p><a href=\"{page}\">a</a></p>")),
            (
                format!("as commons:{id} says"),
                format!("<p>as <a href=\"{page}\"><bdi>Bed &lt;sensors&gt;</bdi></a> says</p>"),
            ),
            (
                "#Soap".to_owned(),
                "<p><a class=\"tag\" rel=\"tag\" href=\"tag-soap.html\">#Soap</a></p>".to_owned(),
            ),
            (
                "![](https://example.org/x.png)".to_owned(),
                "<p><a class=\"out\" href=\"https://example.org/x.png\" rel=\"nofollow noopener\">image</a></p>".to_owned(),
            ),
            (
                "[![seen](https://example.org/x.png)](https://example.org/)".to_owned(),
                "<p><a class=\"out\" href=\"https://example.org/\" rel=\"nofollow noopener\">seen</a></p>".to_owned(),
            ),
        ] {
            assert_eq!(rendered(&text), shown, "{text}");
        }
        assert!(!markdown("#soap", 0, &NoLinks).into_string().contains("<a"));
    }

    #[test]
    fn what_would_do_something_is_only_text() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<div onclick=\"x\">\n\n</div>",
            "[a](javascript:alert(1))",
            "[a](  JavaScript:alert(1))",
            "[a](javascript&#58;alert(1))",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "[a](vbscript:x)",
            "[a](//example.org)",
            "[a](/etc)",
            "[a](https://example.org/\"onclick=\"x)",
            "<javascript:alert(1)>",
            "<a@example.org>",
            "![x](javascript:alert(1))",
            "[a]\n\n[a]: javascript:alert(1) \"x\"",
            "# h {#id onclick=x}",
            "```\"><script>\nx\n```",
            "|a|\n|:-:|\n|<script>|",
            "&lt;script&gt;",
            "&#60;script&#62;",
        ] {
            harmless(&rendered(text));
        }
        assert!(rendered("<script>x</script>").contains("&lt;script&gt;"));
        assert!(rendered("a\u{202e}b &#x202e; \u{0}").contains("\\u{202e}b \\u{202e}"));
    }

    #[test]
    fn deep_nesting_is_bounded() {
        for text in [
            ">".repeat(30_000) + " a",
            "- ".repeat(10_000) + "a",
            "*a **b ".repeat(5_000),
            "[".repeat(20_000),
            "![a".repeat(10_000),
        ] {
            let shown = rendered(&text);
            harmless(&shown);
            let deepest = shown.split('<').fold((0_i64, 0_i64), |(most, now), part| {
                let now = match part.starts_with('/') {
                    true => now - 1,
                    false => now + 1,
                };
                (most.max(now), now)
            });
            assert!(deepest.0 < 3 * NESTING as i64, "{deepest:?}");
        }
    }

    #[test]
    fn posts_keep_their_lines() {
        let shown = post("Soap <is> out\r\nagain #soap\n\n\n\nhttps://example.org", &Pages);
        assert_eq!(
            shown.into_string(),
            "<div class=\"prose\"><p>Soap &lt;is&gt; out<br>again <a class=\"tag\" rel=\"tag\" \
             href=\"tag-soap.html\">#soap</a></p><p><a class=\"out\" href=\"https://example.org\" \
             rel=\"nofollow noopener\">https://example.org</a></p></div>"
        );
    }

    /// Holds HTML to the elements and attributes that may be there.
    fn harmless(shown: &str) {
        const ELEMENTS: &[&str] = &[
            "a",
            "bdi",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ];
        let mut open = Vec::new();
        for part in shown.split('<').skip(1) {
            let (tag, _) = part.split_once('>').expect("each tag is closed");
            let tag = tag.trim_end_matches([' ', '/']);
            if let Some(name) = part.strip_prefix('/') {
                let name = name.split('>').next().unwrap();
                assert_eq!(open.pop(), Some(name), "{shown}");
                continue;
            }
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            assert!(ELEMENTS.contains(&name), "{name} in {shown}");
            if !matches!(name, "br" | "hr") {
                open.push(name);
            }
            for attribute in attributes.split("\" ").filter(|text| !text.is_empty()) {
                let (key, value) = attribute.split_once("=\"").expect("attributes have values");
                let value = value.trim_end_matches('"');
                let good = match key {
                    "href" => {
                        value.starts_with("http://")
                            || value.starts_with("https://")
                            || value.ends_with(".html")
                    }
                    "class" => matches!(value, "out" | "tag"),
                    "rel" => matches!(value, RELATION | "tag"),
                    "start" => value.parse::<u64>().is_ok(),
                    _ => false,
                };
                assert!(good, "{attribute} in {shown}");
            }
        }
        assert!(open.is_empty(), "{open:?} in {shown}");
        assert!(!shown.chars().any(|letter| letter.is_control() && !"\n\t".contains(letter)));
    }

    #[test]
    fn quotations_keep_lines_and_links() {
        let text = "# No *heading*\r\n\nsee https://example.org/a_b?c=1&d=2.\n> more";
        assert_eq!(
            quoted(text, "  "),
            "  > \\# No \\*heading\\*  \n  >  \n  > see <https://example.org/a_b?c=1&d=2>.  \n  > \\> more"
        );
    }

    #[test]
    fn one_tilde_strikes_nothing_through() {
        assert_eq!(words(&escaped("~0~&amp;")), "~0~&amp;");
    }

    /// The words that Markdown shows, if nothing in it is more than words.
    fn words(text: &str) -> String {
        let events = TextMergeStream::new(Parser::new_ext(
            text,
            Options::ENABLE_TABLES
                | Options::ENABLE_STRIKETHROUGH
                | Options::ENABLE_TASKLISTS
                | Options::ENABLE_FOOTNOTES
                | Options::ENABLE_GFM,
        ));
        let words = events.map(|event| match event {
            Event::Text(text) => text.into_string(),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => String::new(),
            other => panic!("{other:?} in {text:?}"),
        });
        words.collect()
    }

    proptest! {
        #[test]
        fn escaped_words_are_words(
            text in "([<>\\[\\]()!*_#`~|:\"'&;/\\\\\\-+=.0-9 ]|[a-c]|é|&amp;|&#35;|https?://|\\PC){0,40}"
        ) {
            let text = text.trim();
            prop_assume!(!text.is_empty());
            // What a reader would not see is shown.
            let shown = escape::line(text).trim().to_owned();
            prop_assert_eq!(words(&escaped(text)), shown);
        }

        #[test]
        fn no_text_does_anything(
            text in "(?s)([<>\\[\\]()!*_#`~|:\"'&;/\\-\\n =]|<script>|javascript:|https://|onx=|[a-c]|\\PC){0,80}"
        ) {
            harmless(&rendered(&text));
            let shown = post(&text, &Pages).into_string();
            harmless(shown.strip_prefix("<div class=\"prose\">").unwrap().strip_suffix("</div>").unwrap());
        }
    }
}
