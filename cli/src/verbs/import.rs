//! `import`: what others carried over by hand, and what other programs wrote. The readers are in
//! [`commons_node::import`]; what is asked and told of them is here.

mod input;
mod report;

use commons_node::bundle::{look_into, read_bundle};
use commons_node::control;
use commons_node::import::fit::{Fitted, Options, TAKEN, fit};
use commons_node::import::item::Remark;
use commons_node::import::write::{self, Found, Sorted, WriteError};
use commons_node::import::{Format, columns};
use commons_node::{lines, when};
use commons_proto::kind::Kind;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::bundle::cannot;
use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::json;
use crate::output::{escape, say};
use input::Input;

/// Bring in bookmarks, feeds, calendars, tables, pages, or what somebody bundled
///
/// The format is told by what is in the file: a bookmark file of a browser or bookmark service, a feed
/// (RSS, Atom), a calendar (iCalendar), a table (CSV with headers), Markdown with front matter (a folder
/// of pages, too), entries as commons prints them (JSON Lines), a list of addresses, a Data Package, or a
/// bundle. What is here already is known again, so bringing in the same file twice adds nothing. What is
/// brought in is signed by you; bundles keep their signatures.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons import bookmarks.html --dry-run\n  commons import bookmarks.html \
                  --tag reading\n  commons import programme.ics\n  commons import posts/ --as note\n  \
                  curl https://example.org/feed.xml | commons import -\n  commons import everything.car"
)]
pub(crate) struct Import {
    /// The files or folders to read; - is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show what would come, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// What everything becomes: idea, resource, project, session or note
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<String>,
    /// A tag for everything; may be given several times
    #[arg(short, long = "tag", value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
    /// Read it as this, whatever it looks like: bookmarks, feed, ical, csv, markdown, jsonl, urls,
    /// datapackage or bundle
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Import {
    /// Brings in each file, and tells of each.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let format = self.format.as_deref().map(named_format).transpose()?;
        let options = self.options()?;
        let mut refused = 0;
        for path in &self.files {
            match input::open(path, format)? {
                Input::Bundle(reader) => refused += self.bundle(path, reader, context)?,
                Input::Contents(format, contents) => {
                    let mut entries = Vec::with_capacity(contents.items.len());
                    let mut skipped = contents.skipped;
                    for item in contents.items {
                        let place = item.place.clone();
                        match fit(item, &options) {
                            Ok(fitted) => entries.push(fitted),
                            Err(text) => skipped.push(Remark::new(place, text)),
                        }
                    }
                    let read = ReadFile { format, entries, skipped, notices: contents.notices };
                    self.entries(path, read, context)?;
                }
            }
        }
        if refused == 0 {
            return Ok(());
        }
        let what = crate::output::count(refused, "contribution", "contributions");
        Err(CliError::new(ErrorKind::Unsound, format!("{what} refused")).hint(
            "they were changed on the way, or belong to a commons with another name or passphrase",
        ))
    }

    fn options(&self) -> Result<Options, CliError> {
        let kind = self.kind.as_deref().map(|word| {
            columns::kind(word).ok_or_else(|| {
                let all: Vec<&str> = TAKEN.iter().map(Kind::name).collect();
                CliError::usage(format!("“{word}” is no kind that can be brought in"))
                    .hint(format!("it is one of {}", all.join(", ")))
            })
        });
        let tags = self.tags.iter().map(|tag| lines::tag(tag)).collect::<Result<_, _>>();
        Ok(Options { kind: kind.transpose()?, tags: tags.map_err(CliError::usage)? })
    }

    /// Takes in a bundle. Gives how many contributions were refused.
    fn bundle(
        &self,
        path: &Path,
        reader: impl Read,
        context: &mut Context,
    ) -> Result<u64, CliError> {
        if self.kind.is_some() || !self.tags.is_empty() {
            return Err(CliError::usage(
                "a bundle holds what others signed, which cannot be changed",
            )
            .hint("leave out --as and --tag; commons edit puts tags on what was taken in"));
        }
        let imported = if self.dry_run {
            look_into(&context.reader()?, reader)
        } else {
            let mut store = context.writer()?;
            let read = read_bundle(&mut store, reader, when::now(), |_| {});
            // What was taken in before something was wrong goes out, too.
            control::nudge(&context.home.socket());
            read
        };
        let imported = imported.map_err(|error| cannot("read", path, error))?;
        let line = json::Imported::new(&name(path), Format::Bundle, self.dry_run);
        report::tell(context, &line.with_bundle(&imported), self.files.len() > 1)?;
        Ok(imported.refused.len() as u64)
    }

    /// Writes the entries of a file that are not here.
    fn entries(&self, path: &Path, read: ReadFile, context: &mut Context) -> Result<(), CliError> {
        let ReadFile { format, entries, skipped, notices } = read;
        let mut line = json::Imported::new(&name(path), format, self.dry_run);
        let of_file =
            notices.iter().map(|text| Remark { place: Default::default(), text: text.clone() });
        let mut remarks: Vec<Remark> = of_file.collect();
        let mut refused = skipped;
        let sorted = if self.dry_run {
            write::sort(&context.reader()?, entries)?
        } else {
            self.write(path, entries, context, &mut line, &mut refused, &mut remarks)?
        };
        for fitted in &sorted.new {
            let of_entry = fitted.notices.iter();
            remarks.extend(
                of_entry.map(|text| Remark { place: fitted.place.clone(), text: text.clone() }),
            );
        }
        if self.dry_run {
            line.new = sorted.new.len() as u64;
        }
        (line.known, line.twice) = (sorted.known, sorted.twice);
        refused.sort_by(|one, other| one.place.cmp(&other.place));
        remarks.sort_by(|one, other| one.place.cmp(&other.place));
        line.skipped = refused.iter().map(json::Skipped::new).collect();
        line.notices = remarks.iter().map(json::Skipped::new).collect();
        if self.dry_run {
            report::table(context, &sorted.new)?;
            tell_personal(&write::personal_in(&sorted.new));
        }
        report::tell(context, &line, self.files.len() > 1)
    }

    fn write(
        &self,
        path: &Path,
        entries: Vec<Fitted>,
        context: &mut Context,
        line: &mut json::Imported,
        refused: &mut Vec<Remark>,
        remarks: &mut Vec<Remark>,
    ) -> Result<Sorted, CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let sorted = write::sort(&store, entries)?;
        let found = write::personal_in(&sorted.new);
        if !found.is_empty() {
            tell_personal(&found);
            say("A commons is public to everybody in it, and lasts.");
            if !ask(&format!("Bring in {} all the same?", escape::line(&name(path))), context.yes)?
            {
                return Err(CliError::new(ErrorKind::Unanswered, "nothing was written"));
            }
        }
        let bar = report::progress(sorted.new.len() as u64);
        let now = when::now();
        let written =
            write::write(&mut store, &key, &sorted.new, now, |done| bar.set_position(done));
        bar.finish_and_clear();
        // What was written before something was wrong goes out, too.
        control::nudge(&context.home.socket());
        let written = written.map_err(|error| match error {
            WriteError::Store(error) => error.into(),
            WriteError::Entropy(_) => {
                CliError::new(ErrorKind::Other, "the system gives no random numbers")
                    .because(&error)
            }
        });
        let written = written.map_err(|error: CliError| {
            error.hint("what was brought in before this stays; import the file again for the rest")
        })?;
        line.new = written.new;
        refused.extend(written.skipped);
        remarks.extend(written.notices);
        Ok(sorted)
    }
}

/// What a file holds that can be written, and what was said of it.
struct ReadFile {
    format: Format,
    entries: Vec<Fitted>,
    skipped: Vec<Remark>,
    notices: Vec<String>,
}

/// Tells of what says too much about somebody: how much there is, and some of it.
fn tell_personal(found: &[Found]) {
    let Some(first) = found.first() else { return };
    let entries = found.chunk_by(|one, other| one.place == other.place).count() as u64;
    let what = crate::output::count(entries, "entry holds", "entries hold");
    say(format!("{what} what looks like {}:", first.what.name()));
    for found in found.iter().take(report::SHOWN) {
        let place = report::place(found.place.file.as_deref(), Some(found.place.line));
        say(format!("  {place}{}: {}", found.what.name(), escape::line(&found.words)));
    }
    report::and_more(found.len());
}

fn named_format(name: &str) -> Result<Format, CliError> {
    Format::named(name).ok_or_else(|| {
        CliError::usage(format!("there is no format “{name}”")).hint(report::formats())
    })
}

/// What a file is called for people.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}
