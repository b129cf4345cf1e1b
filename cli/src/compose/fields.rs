//! The options that give an entry's fields, as typed; shared by the verbs that add and `edit`.

use clap::Args;
use commons_node::compose::Changes;
use std::path::PathBuf;

/// What every open kind has.
#[derive(Debug, Args)]
pub(crate) struct SharedFields {
    /// The text, in Markdown
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["body_file", "edit"])]
    pub(crate) body: Option<String>,
    /// The text, from a file; - reads the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "edit")]
    pub(crate) body_file: Option<PathBuf>,
    /// Write the text in your editor ($VISUAL or $EDITOR)
    #[arg(long)]
    pub(crate) edit: bool,
    /// A tag; may be given several times
    #[arg(short, long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub(crate) tags: Vec<String>,
    /// A link: a URL, or the id of another entry; may be given several times
    #[arg(short, long = "link", value_name = "URL")]
    pub(crate) links: Vec<String>,
    /// Its licence, as an SPDX expression such as CC-BY-4.0
    #[arg(long, alias = "license", value_name = "SPDX")]
    pub(crate) licence: Option<String>,
    /// How far it is, in a word: draft, wanted, done
    #[arg(long, value_name = "WORD")]
    pub(crate) status: Option<String>,
    /// Why you change it, in a line for the history
    #[arg(short = 'm', long, value_name = "LINE")]
    pub(crate) summary: Option<String>,
}

/// What a resource has besides.
#[derive(Debug, Args)]
pub(crate) struct ResourceFields {
    /// Where the resource is
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// What it is: CSV, PDF, FHIR, course
    #[arg(long, value_name = "WORD")]
    pub(crate) format: Option<String>,
    /// When it came out: 2026-11-22, 2024-05
    #[arg(long, value_name = "WHEN")]
    pub(crate) published: Option<String>,
}

/// What a project has besides.
#[derive(Debug, Args)]
pub(crate) struct ProjectFields {
    /// Where its source is
    #[arg(long, value_name = "URL")]
    pub(crate) repository: Option<String>,
    /// Where it can be tried
    #[arg(long, value_name = "URL")]
    pub(crate) demo: Option<String>,
    /// A skill that the team looks for; may be given several times
    #[arg(long = "skill", value_name = "SKILL", value_delimiter = ',')]
    pub(crate) skills: Vec<String>,
    /// An idea that it grew from; may be given several times
    #[arg(long = "idea", value_name = "ID")]
    pub(crate) ideas: Vec<String>,
}

/// What a session has besides.
#[derive(Debug, Args)]
pub(crate) struct SessionFields {
    /// When it begins: 14:30, tomorrow 9:00, 2026-11-22T14:30
    #[arg(long, value_name = "WHEN")]
    pub(crate) start: Option<String>,
    /// When it ends: the same, or how long it takes: 45m, 2h
    #[arg(long, value_name = "WHEN")]
    pub(crate) end: Option<String>,
    /// Where it is
    #[arg(long, value_name = "ROOM")]
    pub(crate) place: Option<String>,
    /// The workstream that it belongs to, in a word
    #[arg(long, value_name = "WORD")]
    pub(crate) workstream: Option<String>,
    /// Who leads it; may be given several times
    #[arg(long = "lead", value_name = "NAME", value_delimiter = ',')]
    pub(crate) leads: Vec<String>,
}

/// What `edit` can take out of a set.
#[derive(Debug, Args)]
pub(crate) struct RemovedFields {
    /// Take a tag off
    #[arg(long = "remove-tag", value_name = "TAG", value_delimiter = ',')]
    removed_tags: Vec<String>,
    /// Take a link off
    #[arg(long = "remove-link", value_name = "URL")]
    removed_links: Vec<String>,
    /// Take a wanted skill off
    #[arg(long = "remove-skill", value_name = "SKILL", value_delimiter = ',')]
    removed_skills: Vec<String>,
    /// Take somebody off who leads the session
    #[arg(long = "remove-lead", value_name = "NAME", value_delimiter = ',')]
    removed_leads: Vec<String>,
    /// Take an idea off that the project grew from
    #[arg(long = "remove-idea", value_name = "ID")]
    removed_ideas: Vec<String>,
}

impl SharedFields {
    /// What is asked for, but for the body.
    pub(crate) fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        changes.set("licence", &self.licence).set("status", &self.status);
        changes.add("tags", &self.tags).add("links", &self.links);
        changes
    }
}

impl ResourceFields {
    /// Adds what is asked for.
    pub(crate) fn add_to(&self, changes: &mut Changes) {
        changes.set("url", &self.url).set("format", &self.format);
        changes.set("published", &self.published);
    }
}

impl ProjectFields {
    /// Adds what is asked for.
    pub(crate) fn add_to(&self, changes: &mut Changes) {
        changes.set("repository", &self.repository).set("demo", &self.demo);
        changes.add("skills", &self.skills).add("ideas", &self.ideas);
    }
}

impl SessionFields {
    /// Adds what is asked for.
    pub(crate) fn add_to(&self, changes: &mut Changes) {
        changes.set("start", &self.start).set("end", &self.end);
        changes.set("place", &self.place).set("workstream", &self.workstream);
        changes.add("leads", &self.leads);
    }
}

impl RemovedFields {
    /// Adds what is asked for.
    pub(crate) fn add_to(&self, changes: &mut Changes) {
        changes.remove("tags", &self.removed_tags).remove("links", &self.removed_links);
        changes.remove("skills", &self.removed_skills).remove("ideas", &self.removed_ideas);
        changes.remove("leads", &self.removed_leads);
    }
}
