//! `archive`: everything as a site of plain files. The pages are made by `commons_node::archive`.

use commons_node::archive;
use commons_node::export::ExportError;
use std::path::PathBuf;

use crate::context::Context;
use crate::error::CliError;
use crate::json;
use crate::output::{count, say};
use crate::place::{self, Ours};

/// Make a site of everything, to be read with no software but a browser
///
/// A page for each entry with its history, for each person, tag, month and day; the programme as a
/// timetable; a search; feeds; credits. It works from a USB stick and from any web server, needs no
/// script and loads nothing from elsewhere. Two people who hold the same get the same files.
///
/// In it is commons.car, the bundle of everything: commons import commons.car makes a node of it again.
///
/// What you muted is left out of the pages, which are yours to publish; the bundle has everything. Words
/// that were taken back are in neither. An archive that is there already is replaced as a whole.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons archive hackday-2026\n  commons archive /media/stick/commons --yes"
)]
pub(crate) struct Archive {
    /// The folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Archive {
    /// Makes the archive.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let store = context.reader()?;
        let archived = place::folder(context, &self.folder, &ARCHIVE, |folder| {
            archive::write(&store, &context.name, folder).map_err(|error| match error {
                ExportError::Io(error) => place::cannot_write(&self.folder, &error),
                ExportError::Store(error) => error.into(),
            })
        })?;
        if context.out.is_json() {
            return Ok(context.out.json(&json::Archived {
                folder: self.folder.display().to_string(),
                entries: archived.entries,
                muted: archived.muted,
                contributions: archived.contributions,
                fingerprint: archived.fingerprint,
                files: archived.files,
            })?);
        }
        let entries = count(archived.entries, "entry", "entries");
        let files = count(archived.files, "file", "files");
        say(format!("{entries} in {files}. Open {}", self.folder.join("index.html").display()));
        if archived.muted > 0 {
            let muted =
                count(archived.muted, "entry that you muted is", "entries that you muted are");
            say(format!("{muted} in the bundle alone."));
        }
        Ok(())
    }
}

/// What tells an archive that was made here.
const ARCHIVE: Ours = Ours { what: "archive", marker: archive::MARKER, is_ours: archive::is_ours };
