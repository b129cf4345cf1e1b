//! `digest`: what happened in a span of time, for all or for some tags, in the form that is asked for.
//! What is in it is worked out in [`commons_node::digest`]; how it looks on a terminal, in `text`.

mod text;

use clap::ValueEnum;
use commons_node::digest::{self, Asked, Digest as Happened, Form};
use commons_node::when;
use jiff::Zoned;
use std::io::Write as _;
use std::path::PathBuf;

use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, escape, say};
use crate::place;

/// Sum up what happened: who is involved, top resources, related tags, every post
///
/// Of the last seven days, unless --since or --until says another span. What you muted is left out;
/// otherwise everybody who holds the same gets the same. Times in text are those of this machine, in
/// Markdown, HTML and feeds UTC.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons digest --tag hackday
  commons digest --tag hackday --since 1h
  commons digest --since 2026-11-21 --until 2026-11-23 --format html -o weekend.html
  commons digest --tag hackday,wards --format markdown | less")]
pub(crate) struct Digest {
    /// Only entries with this tag, and what was said about them; with several, those with all of them
    #[arg(short, long = "tag", value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
    /// From then on: 1h, 3d, today, 2026-11-22, 2026-11-22T09:30:00Z [default: 7 days before the end]
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Until before then [default: now]
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// In which form [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write it into this file
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// The form of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// To paste into a blog or a chat
    Markdown,
    /// A page that is one file
    Html,
    /// A feed
    Atom,
    /// One object, for programs; the same as --json
    Json,
}

impl Format {
    /// The form in which the node writes it; none for a terminal.
    fn form(self) -> Option<Form> {
        match self {
            Self::Text => None,
            Self::Markdown => Some(Form::Markdown),
            Self::Html => Some(Form::Html),
            Self::Atom => Some(Form::Atom),
            Self::Json => Some(Form::Json),
        }
    }
}

impl Digest {
    /// Prints the digest, or writes it into a file.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let format = self.format(context.out.is_json())?;
        let asked = self.asked(format)?;
        let mut digest = digest::digest(&context.reader()?, &asked)?;
        if self.until.is_none() {
            digest.until = when::now();
        }
        if digest.is_empty() && format == Format::Text {
            say(nothing(&asked));
            if self.output.is_none() {
                return Ok(());
            }
        }
        match &self.output {
            Some(path) => {
                let whole = document(&digest, format, &context.name)?;
                place::file(context, path, |mut file| {
                    file.write_all(whole.as_bytes())
                        .map_err(|error| place::cannot_write(path, &error))
                })
            }
            None if format == Format::Json => Ok(context.out.json(&digest)?),
            None if format == Format::Text => {
                let lines = text::lines(&digest, output::width());
                Ok(lines.iter().try_for_each(|line| context.out.line(line))?)
            }
            None => Ok(context.out.line(document(&digest, format, &context.name)?.trim_end())?),
        }
    }

    fn format(&self, json: bool) -> Result<Format, CliError> {
        match (self.format, json) {
            (None | Some(Format::Json), true) => Ok(Format::Json),
            (Some(_), true) => Err(CliError::usage("--json and --format ask for two forms")
                .hint("leave one of them out")),
            (format, false) => Ok(format.unwrap_or(Format::Text)),
        }
    }

    fn asked(&self, format: Format) -> Result<Asked, CliError> {
        let (since, until) = (self.since.as_deref(), self.until.as_deref());
        let asked = Asked::typed(&self.tags, since, until, &Zoned::now())?;
        let bodies = format.form().is_some_and(Form::has_bodies);
        Ok(Asked { bodies, ..asked })
    }
}

/// The digest as what is written into a file.
fn document(digest: &Happened, format: Format, commons: &str) -> Result<String, CliError> {
    if let Some(form) = format.form() {
        return Ok(form.write(digest, commons)?);
    }
    let lines = text::lines(digest, None).join("\n");
    Ok(format!("{}\n", anstream::adapter::strip_str(&lines)))
}

fn nothing(asked: &Asked) -> String {
    let span = format!("between {} and {}", when::local(asked.since), when::local(asked.until));
    let tags: Vec<String> =
        asked.tags.iter().map(|tag| format!("#{}", escape::line(tag))).collect();
    match tags.is_empty() {
        true => format!("Nothing was written {span}; --since looks further back."),
        false => format!(
            "Nothing with {} was written {span}; --since looks further back.",
            tags.join(" and ")
        ),
    }
}
