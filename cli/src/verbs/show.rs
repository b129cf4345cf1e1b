//! `show`: an entry, whole.

use commons_node::json;
use commons_node::links as refer;
use commons_node::store::{EntryView, Held, Reference, Store, Summary, Target};
use commons_proto::edit::Value;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use std::collections::{BTreeMap, BTreeSet};

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::{FAINT, ID, Output, STRONG, TAG, WARNING, WRONG, count, escape, styled};
use commons_node::when;

/// Show an entry: what it says, who wrote it, what refers to it
///
/// What refers to it names its id, its address (commons:ID) or the URL of what it is about; comments,
/// endorsements and the team of a project are told apart.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons show k3f7qa\n  commons show k3f7qa --json")]
pub(crate) struct Show {
    /// Its id, or the beginning of it
    id: String,
}

/// Runs the verb.
pub(crate) fn run(verb: &Show, context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let id = find::entry(&store, &verb.id)?;
    let view = store.entry(&id)?.ok_or_else(|| find::unknown(&verb.id, Vec::new()))?;
    print(context, &store, &view)
}

/// Prints an entry.
pub(super) fn print(
    context: &mut Context,
    store: &Store,
    view: &EntryView,
) -> Result<(), CliError> {
    let Related { conflicts, references, muted } = Related::of(store, view)?;
    if context.out.is_json() {
        return Ok(context.out.json(&json::Entry::new(view, &conflicts, &references))?);
    }
    let out = &mut context.out;
    heading(out, view)?;
    if view.summary.muted {
        let author = store.is_muted(&Target::Author(view.summary.author))?;
        muted_note(out, view, author)?;
    }
    if let Some(reason) = &view.summary.damaged {
        return damaged_note(out, view, reason);
    }
    fields(out, store, view)?;
    for (field, held) in &conflicts {
        conflict(out, view, field, held)?;
    }
    links(out, store, view, &references, muted)
}

/// An entry as `--json` prints it.
pub(super) fn json_line(store: &Store, view: &EntryView) -> Result<String, CliError> {
    let Related { conflicts, references, .. } = Related::of(store, view)?;
    Ok(json::line(&json::Entry::new(view, &conflicts, &references))?)
}

/// What is told of an entry beside its own words.
struct Related {
    conflicts: BTreeMap<String, Vec<Held>>,
    /// What refers to it and is not muted.
    references: Vec<Reference>,
    /// How many that are muted do.
    muted: usize,
}

impl Related {
    fn of(store: &Store, view: &EntryView) -> Result<Self, CliError> {
        let mut references = store.references(&view.summary.id)?;
        let referred = references.len();
        references.retain(|reference| !reference.from.muted);
        let muted = referred - references.len();
        Ok(Self { conflicts: store.conflicts(view)?, references, muted })
    }
}

fn heading(out: &mut Output, view: &EntryView) -> Result<(), CliError> {
    let summary = &view.summary;
    let now = when::now();
    let title = if summary.title.is_empty() { "(no title)" } else { &summary.title };
    out.line(styled(escape::line(title), STRONG))?;
    let author = find::person(&summary.author, summary.name.as_deref());
    let mut about = format!(
        "{} {}  by {author}, {}",
        escape::line(summary.kind.name()),
        styled(&summary.short, ID),
        when::ago(summary.created, now)
    );
    if summary.versions > 1 {
        about.push_str(&format!(
            "; {} by {}, changed {}",
            count(summary.versions, "version", "versions"),
            count(summary.authors, "author", "authors"),
            when::ago(summary.changed, now)
        ));
    }
    out.line(about)?;
    if view.state.needs_newer() || summary.kind.fields().is_empty() {
        let note = "There is more in it than this commons can show; a newer one can.";
        out.line(styled(note, WARNING))?;
    }
    Ok(())
}

/// That the reader did not want to see it.
fn muted_note(out: &mut Output, view: &EntryView, is_author: bool) -> Result<(), CliError> {
    let (what, undo) = match is_author {
        true => ("who began it", find::short_author(&view.summary.author)),
        false => ("it", view.summary.short.clone()),
    };
    let note = format!("You muted {what}; commons unmute {undo} takes that back.");
    Ok(out.line(styled(note, WARNING))?)
}

/// That there is nothing to see, and why.
fn damaged_note(out: &mut Output, view: &EntryView, reason: &str) -> Result<(), CliError> {
    let note = "It is damaged: this program fails to put it together. What was written is sound:";
    out.line(styled(format!("{note} commons history {}", view.summary.short), WRONG))?;
    Ok(out.line(format!("{}  {}", styled("reason", FAINT), escape::line(reason)))?)
}

/// The fields as lines, then the prose.
fn fields(out: &mut Output, store: &Store, view: &EntryView) -> Result<(), CliError> {
    let fields = view.summary.kind.fields();
    let label_width = fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    for field in fields.iter().filter(|field| field.name != "title") {
        let values: Vec<&Value> = match field.field_type {
            FieldType::Prose => continue,
            FieldType::Single => view.state.single(field.name).into_iter().collect(),
            FieldType::Set => view.state.set(field.name).collect(),
        };
        if values.is_empty() {
            continue;
        }
        let label = styled(format!("{:label_width$}", field.name), FAINT);
        let mut shown = Vec::new();
        for value in values {
            shown.push(show_value(store, field, value)?);
        }
        if field.name == "tags" {
            out.line(format!("{label}  {}", shown.join(" ")))?;
            continue;
        }
        for (at, value) in shown.iter().enumerate() {
            let label = if at == 0 { label.clone() } else { " ".repeat(label_width) };
            out.line(format!("{label}  {value}"))?;
        }
    }
    for field in fields.iter().filter(|field| field.field_type == FieldType::Prose) {
        let text = view.state.prose(field.name);
        if !text.trim().is_empty() {
            out.line("")?;
            out.line(escape::block(text.trim_end()))?;
        }
    }
    Ok(())
}

fn show_value(store: &Store, field: &Field, value: &Value) -> Result<String, CliError> {
    let entry = match value {
        Value::Entry(entry) => Some(*entry),
        Value::Text(text) => refer::addressed(text),
        Value::Number(_) => None,
    };
    if let Some(entry) = entry {
        let title = find::title(store, &entry)?;
        return Ok(title.unwrap_or_else(|| format!("{entry:.10}… (not here yet)")));
    }
    Ok(match value {
        Value::Number(number) if field.value == FieldValue::Time => {
            u64::try_from(*number).map_or_else(|_| number.to_string(), when::local)
        }
        Value::Text(tag) if field.name == "tags" => styled(format!("#{}", escape::line(tag)), TAG),
        value => escape::line(&value.to_string()).into_owned(),
    })
}

fn conflict(
    out: &mut Output,
    view: &EntryView,
    field: &str,
    held: &[Held],
) -> Result<(), CliError> {
    out.line("")?;
    let people = "several people changed it at once";
    out.line(styled(format!("conflict: {}; {people}", escape::line(field)), WARNING))?;
    for held in held {
        let value = match json::value(view.summary.kind.field(field), held.value.as_ref()) {
            serde_json::Value::Null => "(emptied)".to_owned(),
            serde_json::Value::String(text) => format!("“{}”", escape::line(&text)),
            other => other.to_string(),
        };
        let who = find::person(&held.author, held.name.as_deref());
        out.line(format!("  {value}  {who}, {}", when::ago(held.time, when::now())))?;
    }
    let short = &view.summary.short;
    let field = escape::line(field);
    let option = match field.as_ref() {
        "title" | "licence" | "status" | "url" | "format" | "repository" | "demo" => {
            format!("--{field} \"...\"")
        }
        _ => format!("--set {field}=\"...\""),
    };
    Ok(out.line(format!("  settle it: commons edit {short} {option}"))?)
}

/// What refers to it, who contributed, and where its history is.
fn links(
    out: &mut Output,
    store: &Store,
    view: &EntryView,
    references: &[Reference],
    muted: usize,
) -> Result<(), CliError> {
    let of = |kind: Kind| -> Vec<&Summary> {
        let about = references.iter().filter(|one| one.how == "about" && one.from.kind == kind);
        about.map(|one| &one.from).collect()
    };
    let (team, endorsed, comments) =
        (of(Kind::Membership), of(Kind::Endorsement), of(Kind::Comment));
    people(out, "team", &team)?;
    people(out, "endorsed by", &endorsed)?;
    let told = [Kind::Membership, Kind::Endorsement, Kind::Comment];
    let others =
        references.iter().filter(|one| one.how != "about" || !told.contains(&one.from.kind));
    for (at, Reference { from, how }) in others.enumerate() {
        if at == 0 {
            out.line("")?;
            out.line(styled("referred to by", FAINT))?;
        }
        let (title, how) = (escape::line(&from.title), escape::line(how));
        let (id, kind) = (styled(&from.short, ID), escape::line(from.kind.name()));
        let who = find::person(&from.author, from.name.as_deref());
        out.line(format!("  {id}  {kind}  {title}  by {who}  ({how})"))?;
    }
    remarks(out, store, &comments)?;
    if muted > 0 {
        let muted = count(muted as u64, "entry", "entries");
        out.line(styled(format!("and {muted} that you muted"), FAINT))?;
    }
    if view.summary.versions > 1 {
        let all = view.contributors.iter();
        let names: Vec<String> =
            all.map(|(author, name)| find::person(author, name.as_deref())).collect();
        out.line("")?;
        out.line(format!("{} {}", styled("contributors", FAINT), names.join(", ")))?;
        let note = format!("all versions: commons history {}", view.summary.short);
        out.line(styled(note, FAINT))?;
    }
    Ok(())
}

/// Who stands behind it, with what they say of it in a word; each person once.
fn people(out: &mut Output, label: &str, from: &[&Summary]) -> Result<(), CliError> {
    let mut told = BTreeSet::new();
    let mut names = Vec::new();
    for summary in from.iter().filter(|summary| told.insert(summary.author)) {
        let who = find::person(&summary.author, summary.name.as_deref());
        names.push(match summary.title.as_str() {
            "" => who,
            role => format!("{who}: {}", escape::line(role)),
        });
    }
    if !names.is_empty() {
        out.line("")?;
        out.line(format!("{}  {}", styled(label, FAINT), names.join(", ")))?;
    }
    Ok(())
}

/// The comments, the first first.
fn remarks(out: &mut Output, store: &Store, comments: &[&Summary]) -> Result<(), CliError> {
    let mut comments: Vec<&Summary> = comments.to_vec();
    comments.sort_by_key(|comment| (comment.created, comment.id));
    if !comments.is_empty() {
        out.line("")?;
        out.line(styled("comments", FAINT))?;
    }
    let left_out = comments.len().saturating_sub(COMMENTS);
    if left_out > 0 {
        let left_out = count(left_out as u64, "earlier one", "earlier ones");
        out.line(styled(format!("  {left_out}: commons show ID --json has all"), FAINT))?;
    }
    for comment in comments.iter().rev().take(COMMENTS).rev() {
        let who = find::person(&comment.author, comment.name.as_deref());
        let (id, ago) = (styled(&comment.short, ID), when::ago(comment.created, when::now()));
        out.line(format!("  {id}  {who}, {ago}"))?;
        let said = store.entry(&comment.id)?;
        let said = said.and_then(|view| view.state.single("text")?.as_text().map(str::to_owned));
        for line in escape::block(said.unwrap_or_default().trim_end()).lines() {
            out.line(format!("    {line}"))?;
        }
    }
    Ok(())
}

/// Comments that are shown at most, the last ones.
const COMMENTS: usize = 50;
