//! `export`: entries in the formats of other programs, which are in `commons_node::export`.

use clap::ValueEnum;
use commons_node::export::{self, ExportError, Exported, Item, datapackage, markdown};
use commons_node::store::{Store, Summary};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::json;
use crate::output::{self, FAINT, count, say, styled};
use crate::place::{self, Ours};

/// Write entries in a format that other programs read
///
/// Without a QUERY everything but what you muted. JSON Lines have everything that entries say, the other
/// formats what they have a place for. commons import takes each of them in again, as something new that
/// names where it came from; histories and signatures are kept by commons bundle alone. For a site to
/// browse, see commons archive.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons export -o entries.jsonl\n  commons export kind:resource \
                        tag:sensors -o sensors.html\n  commons export kind:session --format ical > \
                        programme.ics\n  commons export --format markdown -o pages"
)]
pub(crate) struct Export {
    /// Which entries, as commons search takes it: words, tag:, kind:, by:, since: and so on
    query: Vec<String>,
    /// The format; where it is not said, the ending of PATH tells
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// The file to write, or the folder for markdown and datapackage; without it everything goes to
    /// the standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Lines: an object for each entry, with everything
    Jsonl,
    /// A table for spreadsheets; a cell that they would take for a formula has a ' in front
    Csv,
    /// A page for each entry with its fields in front, in a folder; one after another without one
    Markdown,
    /// What has an address on the web, for browsers and bookmark services
    Bookmarks,
    /// Sessions that have a start, for calendars
    Ical,
    /// A feed, the last changed first
    Atom,
    /// A Frictionless Data Package: a typed table for each kind, in a folder; one file without one
    Datapackage,
}

impl Export {
    /// Writes the entries.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let format = self.format(context)?;
        let store = context.reader()?;
        let entries = store.list(&find::filter(&self.query, &store, context)?)?;
        let job = Job { format, store: &store, commons: &context.name, entries: &entries };
        let Some(path) = self.output.as_deref().filter(|path| *path != Path::new("-")) else {
            let mut out = output::data();
            let exported = job.write(&mut out).map_err(cannot_print)?;
            out.flush()?;
            if output::is_terminal() {
                say(styled(told(&exported, format), FAINT));
            } else if exported.left_out > 0 {
                say(told(&exported, format));
            }
            return Ok(());
        };
        let fails = |error| match error {
            ExportError::Io(error) => place::cannot_write(path, &error),
            ExportError::Store(error) => error.into(),
        };
        let exported = match format {
            Format::Markdown | Format::Datapackage => {
                let ours = if format == Format::Markdown { &PAGES } else { &TABLES };
                place::folder(context, path, ours, |folder| {
                    job.write_folder(folder, ours).map_err(fails)
                })?
            }
            _ => place::file(context, path, |file| {
                let mut out = BufWriter::new(file);
                let exported = job.write(&mut out).map_err(fails)?;
                out.flush().map_err(|error| fails(error.into()))?;
                Ok(exported)
            })?,
        };
        if context.out.is_json() {
            return Ok(context.out.json(&json::Exported {
                path: path.display().to_string(),
                format: format.name(),
                entries: exported.written,
                left_out: exported.left_out,
            })?);
        }
        say(format!("{} In {}", told(&exported, format), path.display()));
        Ok(())
    }

    /// The format that is asked for.
    fn format(&self, context: &Context) -> Result<Format, CliError> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.output.as_deref().and_then(Path::extension);
        let ending = ending.map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
            Some("csv") => Ok(Format::Csv),
            Some("html" | "htm") => Ok(Format::Bookmarks),
            Some("ics") => Ok(Format::Ical),
            Some("atom" | "xml") => Ok(Format::Atom),
            None if self.output.is_none() && context.out.is_json() => Ok(Format::Jsonl),
            _ => {
                let names = export::Format::ALL.map(export::Format::name);
                Err(CliError::usage("it is not said in which format")
                    .hint(format!("say it with --format: {}", names.join(", "))))
            }
        }
    }
}

impl Format {
    /// What the node calls it.
    fn node(self) -> export::Format {
        match self {
            Self::Jsonl => export::Format::Jsonl,
            Self::Csv => export::Format::Csv,
            Self::Markdown => export::Format::Markdown,
            Self::Bookmarks => export::Format::Bookmarks,
            Self::Ical => export::Format::Ical,
            Self::Atom => export::Format::Atom,
            Self::Datapackage => export::Format::Datapackage,
        }
    }

    fn name(self) -> &'static str {
        self.node().name()
    }
}

/// What is to be written.
struct Job<'j> {
    format: Format,
    store: &'j Store,
    commons: &'j str,
    entries: &'j [Summary],
}

impl Job<'_> {
    fn items(&self) -> impl Iterator<Item = export::Result<Item>> {
        export::items(self.store, self.entries)
    }

    fn write(&self, out: &mut impl Write) -> export::Result<Exported> {
        self.format.node().write(self.store, self.commons, self.entries, out)
    }

    fn write_folder(&self, folder: &Path, ours: &Ours) -> export::Result<Exported> {
        let exported = match self.format {
            Format::Markdown => markdown::write_folder(self.items(), folder)?,
            _ => datapackage::write_folder(self.commons, self.items(), folder)?,
        };
        let mut marker = File::create(folder.join(ours.marker))?;
        writeln!(marker, "commons export made this folder, and may replace it.")?;
        Ok(exported)
    }
}

/// The pages of Markdown, by kind. Kinds of a newer commons have names of the same form.
const PAGES: Ours = Ours {
    what: "export",
    marker: MARKER,
    is_ours: |name| commons_proto::kind::Kind::new(name, true).is_some(),
};

/// The tables of a Data Package.
const TABLES: Ours = Ours {
    what: "Data Package",
    marker: MARKER,
    is_ours: |name| name == "datapackage.json" || name.ends_with(".csv"),
};

/// What tells a folder that was made here.
const MARKER: &str = ".commons-export";

fn told(exported: &Exported, format: Format) -> String {
    let written = count(exported.written, "entry", "entries");
    match exported.left_out {
        0 => format!("{written}."),
        left_out => {
            let left_out = count(left_out, "entry", "entries");
            format!("{written}; {left_out} {} left out.", format.node().lacks())
        }
    }
}

/// A failure to write to the standard output.
fn cannot_print(error: ExportError) -> CliError {
    match error {
        ExportError::Io(error) => error.into(),
        ExportError::Store(error) => error.into(),
    }
}
