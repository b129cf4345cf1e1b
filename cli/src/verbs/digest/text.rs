//! A digest on a terminal: a heading for each part, a line or two for each thing.

use anstyle::Style;
use commons_node::digest::{Comment, Digest, Item, Person, Post, Project, Resource, Session};
use commons_node::when;
use textwrap::{Options, wrap};

use crate::find;
use crate::output::{FAINT, ID, STRONG, TAG, WARNING, escape, styled};

/// The lines of a digest, with styles; those of many words no wider than `width`.
pub(super) fn lines(digest: &Digest, width: Option<usize>) -> Vec<String> {
    let mut page = Page { lines: Vec::new(), width: width.unwrap_or(PIPE_COLUMNS) };
    let title = if digest.tags.is_empty() { "Everything".to_owned() } else { digest.title() };
    page.line(styled(escape::line(&title), STRONG));
    page.line(format!("{} – {}", when::local(digest.since), when::local(digest.until)));
    page.line(digest.tally());
    if !digest.people.is_empty() {
        page.heading("Who is involved");
        let people = digest.people.iter();
        page.list(people.map(|one| format!("{} {}", person(&one.person), one.contributions)));
    }
    if !digest.resources.is_empty() {
        page.heading("Top resources");
        digest.resources.iter().for_each(|one| page.resource(one));
    }
    if !digest.related.is_empty() {
        page.heading(if digest.tags.is_empty() { "Tags" } else { "Related tags" });
        let tags = digest.related.iter();
        page.list(tags.map(|one| format!("#{} {}", escape::line(&one.tag), one.entries)));
    }
    if !digest.projects.is_empty() {
        page.heading("Projects");
        digest.projects.iter().for_each(|one| page.project(one));
    }
    if !digest.sessions.is_empty() {
        page.heading("Sessions");
        digest.sessions.iter().for_each(|one| page.session(one));
    }
    if !digest.posts.is_empty() {
        page.heading("Every post");
        if digest.left_out > 0 {
            let earlier =
                format!("  {} earlier are left out: ask for a shorter span", digest.left_out);
            page.line(styled(earlier, WARNING));
        }
    }
    let mut day = String::new();
    let widest = digest.posts.iter().map(|post| post.item.short.len()).max().unwrap_or(0);
    for post in &digest.posts {
        let on = when::day(post.time);
        if on != day {
            page.line(format!("  {}", styled(&on, FAINT)));
            day = on;
        }
        page.post(post, widest);
    }
    page.lines
}

/// The lines so far.
struct Page {
    lines: Vec<String>,
    width: usize,
}

impl Page {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(styled(heading, STRONG));
    }

    /// Plain words over as many lines as they take, indented.
    fn words(&mut self, words: &str, indent: usize, style: Style) {
        let indent = " ".repeat(indent);
        let width = self.width.max(indent.len() + LEAST_COLUMNS);
        for paragraph in words.lines() {
            let options = Options::new(width - indent.len()).break_words(false);
            for line in wrap(paragraph, options) {
                self.line(format!("{indent}{}", styled(line, style)));
            }
        }
    }

    /// Short things beside one another.
    fn list(&mut self, items: impl Iterator<Item = String>) {
        // What belongs together stays in one line.
        let items: Vec<String> = items.map(|item| item.replace(' ', "\u{a0}")).collect();
        let indent = "  ";
        let options = Options::new(self.width.max(LEAST_COLUMNS)).break_words(false);
        let options = options.initial_indent(indent).subsequent_indent(indent);
        for line in wrap(&items.join(" · "), options) {
            self.line(line.replace('\u{a0}', " "));
        }
    }

    /// What an entry is called. Gives how far what is said of it is indented.
    fn named(&mut self, item: &Item) -> usize {
        let licence = licence(&item.licence);
        self.line(format!("  {}  {}{licence}", id(&item.short), title(&item.title)));
        item.short.len() + 4
    }

    fn resource(&mut self, resource: &Resource) {
        let item = &resource.item;
        let indent = self.named(item);
        if let Some(url) = &resource.url {
            self.line(format!("{:indent$}{}", "", escape::line(url)));
        }
        let mut about = format!("by {}", person(&item.by));
        if resource.endorsements > 0 {
            about.push_str(&format!(", endorsed by {}", resource.endorsements));
        }
        if resource.references > 0 {
            about.push_str(&format!(", spoken of by {}", resource.references));
        }
        self.words(&about, indent, FAINT);
    }

    fn project(&mut self, project: &Project) {
        let item = &project.item;
        let indent = self.named(item);
        let mut about = format!("by {}", person(&item.by));
        if !project.team.is_empty() {
            about.push_str(&format!(", with {}", people(&project.team)));
        }
        self.words(&about, indent, FAINT);
        if !project.skills.is_empty() {
            let skills = project.skills.join(", ");
            self.words(&format!("looks for {}", escape::line(&skills)), indent, Style::new());
        }
    }

    fn session(&mut self, session: &Session) {
        let item = &session.item;
        let time = match (session.start, session.end) {
            (Some(start), Some(end)) => format!("{}–{}", when::local(start), when::clock(end)),
            (Some(start), None) => when::local(start),
            (None, _) => "no time yet".to_owned(),
        };
        let mut line = format!("  {}  {time}  {}", id(&item.short), title(&item.title));
        if let Some(place) = &session.place {
            line.push_str(&format!("  {}", escape::line(place)));
        }
        if let Some(workstream) = &session.workstream {
            line.push_str(&format!("  {}", styled(escape::line(workstream), TAG)));
        }
        self.line(line);
        if !session.leads.is_empty() {
            let leads = session.leads.join(", ");
            self.words(&format!("with {}", escape::line(&leads)), item.short.len() + 4, FAINT);
        }
    }

    /// `widest` is the length of the longest id.
    fn post(&mut self, post: &Post, widest: usize) {
        let item = &post.item;
        let kind = escape::line(&item.kind);
        let start = format!(
            "  {}  {}  {}",
            when::clock(post.time),
            styled(format!("{:widest$}", item.short), ID),
            styled(format!("{kind:KIND_COLUMNS$}"), FAINT)
        );
        let indent = CLOCK_COLUMNS + widest + 2;
        let tags: String =
            item.tags.iter().map(|tag| format!("  #{}", escape::line(tag))).collect();
        let by = styled(format!("  {}", person(&item.by)), FAINT);
        match &post.text {
            Some(text) if item.kind == "note" => {
                self.line(format!("{start}{by}{}", styled(tags, TAG)));
                if let Some(about) = &post.about {
                    let about = format!("about {}", escape::line(&about.title));
                    self.words(&about, indent, FAINT);
                }
                self.words(&escape::block(text), indent, Style::new());
            }
            // Their name is the title.
            _ if item.kind == "person" => self.line(format!("{start}{by}")),
            _ => {
                let licence = licence(&item.licence);
                let tags = styled(tags, TAG);
                self.line(format!("{start}  {}{by}{tags}{licence}", title(&item.title)));
            }
        }
        if !post.changed_by.is_empty() {
            let changed = post.changed_by.iter().map(|one| person(&one.person));
            let changed = changed.collect::<Vec<_>>().join(", ");
            self.words(&format!("changed by {changed}"), indent, FAINT);
        }
        for (what, who) in [("endorsed by", &post.endorsed_by), ("joined by", &post.joined_by)] {
            if !who.is_empty() {
                self.words(&format!("{what} {}", people(who)), indent, FAINT);
            }
        }
        post.comments.iter().for_each(|comment| self.comment(comment, post, indent));
    }

    fn comment(&mut self, comment: &Comment, post: &Post, indent: usize) {
        let time = match when::day(comment.time) == when::day(post.time) {
            true => when::clock(comment.time),
            false => when::local(comment.time),
        };
        let text = format!("{time} {}: {}", person(&comment.by), escape::block(&comment.text));
        self.words(&text, indent, Style::new());
    }
}

fn id(short: &str) -> String {
    styled(short, ID)
}

fn title(title: &str) -> String {
    let title = if title.trim().is_empty() { "(no title)" } else { title };
    styled(escape::line(title), STRONG)
}

fn licence(licence: &Option<String>) -> String {
    licence
        .as_ref()
        .map_or_else(String::new, |licence| styled(format!("  {}", escape::line(licence)), FAINT))
}

fn person(person: &Person) -> String {
    find::person(&person.author, person.name.as_deref())
}

fn people(all: &[Person]) -> String {
    all.iter().map(person).collect::<Vec<_>>().join(", ")
}

/// Columns where nobody says how many there are: as a mail has.
const PIPE_COLUMNS: usize = 80;

/// Columns that words have, however narrow the terminal is.
const LEAST_COLUMNS: usize = 20;

/// Columns of the longest common kind, `resource`.
const KIND_COLUMNS: usize = 8;

/// Columns before the id of a post: two spaces, a time of day, two spaces.
const CLOCK_COLUMNS: usize = 9;
