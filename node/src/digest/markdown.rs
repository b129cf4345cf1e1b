//! A digest as Markdown, to paste into a blog, a chat or a mail. Whatever strangers wrote in it is
//! shown as they wrote it: nothing of it is Markdown of its own.

use std::fmt::Write as _;

use super::html::left_out;
use super::{Digest, Item, Person, Post};
use crate::names::person as named;
use crate::render::markdown::{escaped, quoted};
use crate::render::parts::{formatted, web_address};

/// The digest as Markdown.
pub fn markdown(digest: &Digest) -> String {
    let mut text = String::new();
    // A string takes any text.
    let _ = write(digest, &mut text);
    text
}

fn write(digest: &Digest, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# {}\n", escaped(&format!("Digest of {}", digest.title())))?;
    writeln!(out, "{} – {}\n", time(digest.since), time(digest.until))?;
    writeln!(out, "{}.", digest.tally())?;
    if digest.is_empty() {
        writeln!(out, "\nNothing was written in this time.")?;
    }
    if !digest.people.is_empty() {
        writeln!(out, "\n## Who is involved\n")?;
        let people = digest.people.iter();
        let people: Vec<String> =
            people.map(|one| format!("{} {}", person(&one.person), one.contributions)).collect();
        writeln!(out, "{}", people.join(" · "))?;
    }
    if !digest.resources.is_empty() {
        writeln!(out, "\n## Top resources\n")?;
    }
    for (place, resource) in digest.resources.iter().enumerate() {
        write!(out, "{}. {}", place + 1, linked(&resource.item.title, resource.url.as_deref()))?;
        write!(out, " — {}", person(&resource.item.by))?;
        if resource.endorsements > 0 {
            write!(out, ", endorsed by {}", resource.endorsements)?;
        }
        if resource.references > 0 {
            write!(out, ", spoken of by {}", resource.references)?;
        }
        writeln!(out, "{}", licence(&resource.item))?;
    }
    if !digest.related.is_empty() {
        let heading = if digest.tags.is_empty() { "Tags" } else { "Related tags" };
        let tags = digest.related.iter();
        let tags: Vec<String> =
            tags.map(|one| format!("{} {}", tag(&one.tag), one.entries)).collect();
        writeln!(out, "\n## {heading}\n\n{}", tags.join(" · "))?;
    }
    if !digest.projects.is_empty() {
        writeln!(out, "\n## Projects\n")?;
    }
    for project in &digest.projects {
        let place = project.demo.as_deref().or(project.repository.as_deref());
        write!(out, "- {} — {}", linked(&project.item.title, place), person(&project.item.by))?;
        if !project.team.is_empty() {
            write!(out, ", with {}", people(&project.team))?;
        }
        if !project.skills.is_empty() {
            write!(out, "; looks for {}", escaped(&project.skills.join(", ")))?;
        }
        writeln!(out, "{}", licence(&project.item))?;
    }
    if !digest.sessions.is_empty() {
        writeln!(out, "\n## Sessions\n")?;
    }
    for session in &digest.sessions {
        let start = session.start.map_or_else(|| "no time yet".to_owned(), time);
        write!(out, "- {start}: {}", title(&session.item))?;
        for part in [&session.place, &session.workstream].into_iter().flatten() {
            write!(out, ", {}", escaped(part))?;
        }
        if !session.leads.is_empty() {
            write!(out, ", with {}", escaped(&session.leads.join(", ")))?;
        }
        writeln!(out)?;
    }
    if !digest.posts.is_empty() {
        writeln!(out, "\n## Every post")?;
        if digest.left_out > 0 {
            writeln!(out, "\n{}", left_out(digest))?;
        }
    }
    let mut day = String::new();
    for one in &digest.posts {
        let on = formatted(one.time, "%-d %B %Y");
        if on != day {
            writeln!(out, "\n### {on}\n")?;
            day = on;
        }
        post(one, out)?;
    }
    let licences = digest.licences();
    if !licences.is_empty() {
        let licences: Vec<String> = licences.keys().map(|licence| escaped(licence)).collect();
        writeln!(out, "\nLicences of what is named here: {}.", licences.join(", "))?;
    }
    Ok(())
}

fn post(post: &Post, out: &mut String) -> std::fmt::Result {
    let clock = formatted(post.time, "%H:%M");
    let by = person(&post.item.by);
    match &post.text {
        Some(text) if post.item.kind == "note" => {
            write!(out, "- {clock} {by}")?;
            if let Some(about) = &post.about {
                write!(out, " on {}", escaped(&about.title))?;
            }
            writeln!(out, ":\n\n{}\n", quoted(text, "  "))?;
        }
        _ => {
            let tags: String = post.item.tags.iter().map(|one| format!(" {}", tag(one))).collect();
            let title = linked(&post.item.title, post.url.as_deref());
            let kind = escaped(&post.item.kind);
            writeln!(out, "- {clock} {kind}: {title} — {by}{tags}{}", licence(&post.item))?;
            if let Some(text) = &post.text {
                writeln!(out, "\n{}\n", quoted(text, "  "))?;
            }
        }
    }
    let changed: Vec<Person> = post.changed_by.iter().map(|one| one.person.clone()).collect();
    for (what, who) in [
        ("changed by", &changed),
        ("endorsed by", &post.endorsed_by),
        ("joined by", &post.joined_by),
    ] {
        if !who.is_empty() {
            writeln!(out, "  - {what} {}", people(who))?;
        }
    }
    for comment in &post.comments {
        let clock = formatted(comment.time, "%-d %b %H:%M");
        writeln!(
            out,
            "  - {clock} {}:\n\n{}\n",
            person(&comment.by),
            quoted(&comment.text, "    ")
        )?;
    }
    Ok(())
}

fn time(seconds: u64) -> String {
    formatted(seconds, "%-d %B %Y, %H:%M UTC")
}

fn person(person: &Person) -> String {
    escaped(&named(&person.author, person.name.as_deref()))
}

fn people(all: &[Person]) -> String {
    all.iter().map(person).collect::<Vec<_>>().join(", ")
}

fn title(item: &Item) -> String {
    linked(&item.title, None)
}

fn tag(tag: &str) -> String {
    format!("#{}", escaped(tag))
}

fn licence(item: &Item) -> String {
    item.licence.as_ref().map_or_else(String::new, |licence| format!(" ({})", escaped(licence)))
}

/// A title, with a link if this is an address on the web.
fn linked(title: &str, address: Option<&str>) -> String {
    let title = if title.trim().is_empty() { "without a title" } else { title };
    match address.and_then(web_address) {
        Some(address) => format!("[{}](<{address}>)", escaped(title)),
        None => escaped(title),
    }
}
