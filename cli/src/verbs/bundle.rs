//! `bundle`: contributions carried by hand, in a file. What takes them in is [`super::import`].

use commons_node::bundle::{BundleError, CarError, write_bundle};
use jiff::Zoned;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::json;
use crate::output::{count, say};
use crate::place;
use commons_node::when;

/// Write what is here into a file, to carry it to somebody by hand
///
/// For a USB stick between two rooms: they take it in with commons import FILE. Everything in it is
/// signed and is verified there; taking it in twice changes nothing. It is a CAR file, which IPLD tools
/// can list.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons bundle everything.car\n  commons bundle new.car --since \
                  today\n  commons bundle sensors.car tag:sensors"
)]
pub(crate) struct Bundle {
    /// The file to write
    file: PathBuf,
    /// Only entries that are like this, each with its whole history; as commons search takes it
    query: Vec<String>,
    /// Only what came here since then: 2h, 3d, 2026-11-22, today
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
}

impl Bundle {
    /// Writes the bundle.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let since = self.since.as_deref().map(|text| when::parse(text, &Zoned::now())).transpose();
        let since = since.map_err(CliError::usage)?.unwrap_or(0);
        let store = context.reader()?;
        let entries = match self.query.as_slice() {
            [] => None,
            query => {
                let found = store.list(&find::filter(query, &store, context)?)?;
                Some(found.into_iter().map(|entry| entry.id).collect::<Vec<_>>())
            }
        };
        let ids = store.ids_to_carry(since, entries.as_deref())?;
        let written = place::file(context, &self.file, |file| {
            write_bundle(&store, &ids, &mut BufWriter::new(file)).map_err(|error| match error {
                BundleError::Car(CarError::Io(error)) => place::cannot_write(&self.file, &error),
                error => cannot("written", &self.file, error),
            })
        })?;
        if context.out.is_json() {
            let file = self.file.display().to_string();
            return Ok(context.out.json(&json::Bundled { file, contributions: written })?);
        }
        let what = count(written, "contribution", "contributions");
        say(format!("{what} in {}. Take them in with: commons import FILE", self.file.display()));
        Ok(())
    }
}

/// That a bundle cannot be `what`, and why.
pub(super) fn cannot(what: &str, path: &Path, error: BundleError) -> CliError {
    let error = match error {
        BundleError::Store(error) => return error.into(),
        BundleError::Car(error) => error,
    };
    let message = format!("{} cannot be {what}", path.display());
    let kind = match &error {
        CarError::Io(error) => match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::Usage,
            _ => ErrorKind::Busy,
        },
        _ => ErrorKind::Damaged,
    };
    let wrapped = CliError::new(kind, message).because(&error);
    match error {
        CarError::Io(_) => wrapped,
        _ => wrapped.hint("have it bundled again; what could be read of it was taken in"),
    }
}
