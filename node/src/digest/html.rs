//! A digest as HTML: what a page is about, or one file with everything in it.

use std::collections::BTreeMap;

use commons_proto::id::EntryId;
use maud::{Markup, html};

use super::{Change, Comment, Digest, Item, Person, Post, Project, Resource, Session};
use crate::render::markdown::{markdown, post as post_text};
use crate::render::{Links, Page, parts};

/// The digest as a page that is one file and loads nothing. What happened is linked within it.
pub fn page(digest: &Digest, commons: &str) -> String {
    let title = format!("Digest of {}", digest.title());
    Page::alone(&title, commons, content(digest, &Within::new(digest)), foot(digest)).write()
}

/// What a page about a digest has in it, from its `h1` on.
fn content(digest: &Digest, links: &dyn Links) -> Markup {
    html! { (heading(digest, links)) (sections(digest, links)) }
}

/// What it is of, as the `h1` of its page and a line below.
pub fn heading(digest: &Digest, links: &dyn Links) -> Markup {
    html! {
        h1 { "Digest of " (parts::line(&digest.title())) }
        p.lead {
            (links.zone().time(digest.since)) " – " (links.zone().time(digest.until))
        }
    }
}

/// What happened. The headings of posts have the ids that [`anchor`] gives.
pub fn sections(digest: &Digest, links: &dyn Links) -> Markup {
    html! {
        p { (digest.tally()) "." }
        @if digest.is_empty() {
            p.empty { "Nothing was written in this time." }
        }
        @if !digest.people.is_empty() {
            section aria-labelledby="people" {
                h2 #people { "Who is involved" }
                ul.people {
                    @for one in &digest.people {
                        li {
                            (person(&one.person, links)) " "
                            span.count { (one.contributions) }
                        }
                    }
                }
            }
        }
        @if !digest.resources.is_empty() {
            section aria-labelledby="resources" {
                h2 #resources { "Top resources" }
                ol.entries { @for one in &digest.resources { li { (resource(one, links)) } } }
            }
        }
        @if !digest.related.is_empty() {
            section aria-labelledby="tags" {
                h2 #tags { @if digest.tags.is_empty() { "Tags" } @else { "Related tags" } }
                ul.tags {
                    @for one in &digest.related {
                        li { (parts::tag(&one.tag, links)) " " span.count { (one.entries) } }
                    }
                }
            }
        }
        @if !digest.projects.is_empty() {
            section aria-labelledby="projects" {
                h2 #projects { "Projects" }
                ul.entries { @for one in &digest.projects { li { (project(one, links)) } } }
            }
        }
        @if !digest.sessions.is_empty() {
            section aria-labelledby="sessions" {
                h2 #sessions { "Sessions" }
                ul.entries { @for one in &digest.sessions { li { (session(one, links)) } } }
            }
        }
        @if !digest.posts.is_empty() {
            section aria-labelledby="posts" {
                h2 #posts { "Every post" }
                @if digest.left_out > 0 {
                    p.warning { (left_out(digest)) }
                }
                @for one in &digest.posts { (post(one, links)) }
            }
        }
    }
}

/// What stands at the foot of a digest: credit to whom credit is due.
pub fn foot(digest: &Digest) -> Markup {
    let licences = digest.licences();
    html! {
        p {
            "Everybody named here wrote what stands by their name. A key stands in brackets behind a "
            "name that anybody may choose."
        }
        @if !licences.is_empty() {
            p {
                "Licences of what is named here: "
                @for (at, (licence, entries)) in licences.iter().enumerate() {
                    @if at > 0 { ", " }
                    (parts::line(licence)) " (" (entries) ")"
                }
                ". What names none belongs to who wrote it."
            }
        }
    }
}

/// The id of a post's place in the page.
pub fn anchor(entry: &EntryId) -> String {
    format!("e-{entry}")
}

/// What is not told, in a sentence.
pub(super) fn left_out(digest: &Digest) -> String {
    let what = if digest.left_out == 1 { "entry is" } else { "entries are" };
    format!("{} earlier {what} left out; ask for a shorter span to see them.", digest.left_out)
}

fn person(person: &Person, links: &dyn Links) -> Markup {
    parts::person(&person.author, person.name.as_deref(), links)
}

fn people(all: &[Person], links: &dyn Links) -> Markup {
    html! {
        @for (at, one) in all.iter().enumerate() {
            @if at > 0 { ", " }
            (person(one, links))
        }
    }
}

fn resource(resource: &Resource, links: &dyn Links) -> Markup {
    let url = resource.url.as_deref().and_then(parts::web_address);
    html! {
        h3 {
            @match url {
                Some(url) => a.out href=(url) rel=(parts::RELATION) { (parts::title(&resource.item.title)) },
                None => (parts::entry(&resource.item.id, &resource.item.title, links)),
            }
        }
        p.meta {
            "by " (person(&resource.item.by, links))
            @if resource.endorsements > 0 { " · endorsed by " (resource.endorsements) }
            @if resource.references > 0 { " · spoken of by " (resource.references) }
            (licence(&resource.item))
            @if url.is_some() && links.entry(&resource.item.id).is_some() {
                " · " a href=(links.entry(&resource.item.id).unwrap_or_default()) { "more" }
            }
        }
        (parts::tags(&resource.item.tags, links))
    }
}

fn project(project: &Project, links: &dyn Links) -> Markup {
    html! {
        h3 { (parts::entry(&project.item.id, &project.item.title, links)) }
        p.meta {
            "by " (person(&project.item.by, links))
            @if !project.team.is_empty() { " · with " (people(&project.team, links)) }
            (licence(&project.item))
        }
        @if !project.skills.is_empty() {
            p { "Looks for " (parts::line(&project.skills.join(", "))) }
        }
        @for (what, place) in [("Work", &project.repository), ("Demo", &project.demo)] {
            @if let Some(place) = place { p { (what) ": " (parts::address(place, links)) } }
        }
    }
}

fn session(session: &Session, links: &dyn Links) -> Markup {
    html! {
        h3 { (parts::entry(&session.item.id, &session.item.title, links)) }
        p.meta {
            @match session.start {
                Some(start) => {
                    (links.zone().time(start))
                    @if let Some(end) = session.end { " to " (links.zone().end(start, end)) }
                }
                None => "No time yet",
            }
            @if let Some(place) = &session.place { " · " (parts::line(place)) }
            @if let Some(workstream) = &session.workstream { " · " (parts::line(workstream)) }
            @if !session.leads.is_empty() { " · with " (parts::line(&session.leads.join(", "))) }
        }
    }
}

fn licence(item: &Item) -> Markup {
    html! { @if let Some(licence) = &item.licence { " · " (parts::line(licence)) } }
}

fn post(post: &Post, links: &dyn Links) -> Markup {
    let is_note = post.item.kind == "note";
    html! {
        article.post id=(anchor(&post.item.id)) {
            @if !is_note { h3 { (parts::entry(&post.item.id, &post.item.title, links)) } }
            p.meta {
                span.kind { (post.item.kind) } " "
                (person(&post.item.by, links)) " · "
                @if post.is_new { (links.zone().time(post.time)) }
                @else { "begun " (links.zone().time(post.item.created)) }
                (licence(&post.item))
            }
            @if let Some(about) = &post.about {
                p.meta { "about " (parts::entry(&about.id, &about.title, links)) }
            }
            @if let Some(url) = &post.url { p { (parts::address(url, links)) } }
            @if let Some(text) = &post.text {
                @if is_note { (post_text(text, links)) } @else { (markdown(text, 3, links)) }
            }
            (parts::tags(&post.item.tags, links))
            @if !post.changed_by.is_empty() { p.meta { "changed by " (changes(&post.changed_by, links)) } }
            @if !post.endorsed_by.is_empty() { p.meta { "endorsed by " (people(&post.endorsed_by, links)) } }
            @if !post.joined_by.is_empty() { p.meta { "joined by " (people(&post.joined_by, links)) } }
            @if !post.comments.is_empty() {
                ul.replies { @for one in &post.comments { li { (comment(one, links)) } } }
            }
        }
    }
}

fn changes(all: &[Change], links: &dyn Links) -> Markup {
    html! {
        @for (at, change) in all.iter().enumerate() {
            @if at > 0 { ", " }
            (person(&change.person, links)) " " (links.zone().time(change.time))
        }
    }
}

fn comment(comment: &Comment, links: &dyn Links) -> Markup {
    html! {
        p.meta { (person(&comment.by, links)) " · " (links.zone().time(comment.time)) }
        (post_text(&comment.text, links))
    }
}

/// The links of a digest that is one file: to the posts in it, by their titles.
struct Within<'d>(BTreeMap<EntryId, &'d str>);

impl<'d> Within<'d> {
    fn new(digest: &'d Digest) -> Self {
        let posts = digest.posts.iter();
        Self(posts.map(|post| (post.item.id, post.item.title.as_str())).collect())
    }
}

impl Links for Within<'_> {
    fn entry(&self, entry: &EntryId) -> Option<String> {
        self.0.contains_key(entry).then(|| format!("#{}", anchor(entry)))
    }

    fn title(&self, entry: &EntryId) -> Option<String> {
        self.0.get(entry).map(|title| (*title).to_owned())
    }
}
