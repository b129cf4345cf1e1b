//! `backup`: what the home holds, in one encrypted file. Putting it back is in `restore/backup.rs`.

use commons_node::backup::{self, BackupError, Contents, Wanted};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::json;
use crate::output::{count, say, size};
use crate::passphrase::Given;
use commons_node::when;

/// Write what is here into one encrypted file, to be kept elsewhere
///
/// A node may run meanwhile: the backup is of one moment. commons restore FILE puts it back. It is
/// encrypted with a passphrase in the age format, and holds a tar, so the age tool opens it, too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Backup {
    /// The file to write
    file: PathBuf,
    /// With your author key: whoever has the file and its passphrase can write in your name
    #[arg(long)]
    with_key: bool,
    /// Every commons of this home, not one only
    #[arg(long)]
    all: bool,
    /// Don't encrypt it: for a commons that everybody may read anyway
    #[arg(long, conflicts_with_all = ["with_key", "backup_passphrase_file"])]
    unencrypted: bool,
    #[command(flatten)]
    passphrase: Given,
}

impl Backup {
    /// Writes the backup beside its place first, so that there is never half of one.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let exists = self.file.symlink_metadata().is_ok();
        if self.file.is_dir() {
            return Err(CliError::usage(format!("{} is a directory", self.file.display()))
                .hint(format!("name a file in it: {}", self.file.join("commons.age").display())));
        }
        if exists && !ask(&format!("Write over {}?", self.file.display()), context.yes)? {
            return Err(CliError::new(ErrorKind::Unanswered, "nothing was written"));
        }
        let passphrase = if self.unencrypted { None } else { Some(self.passphrase.for_new()?) };
        let encrypted = passphrase.is_some();
        let directory = match self.file.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let cannot = |error: io::Error| cannot_write(&self.file, &error);
        let mut part = tempfile::Builder::new();
        part.prefix(".commons-backup-").suffix(".part");
        let part = part.tempfile_in(directory).map_err(cannot)?;
        let wanted = Wanted {
            commons: (!self.all).then_some(context.name.as_str()),
            with_key: self.with_key,
            now: when::now(),
        };
        let mut out = BufWriter::new(part.as_file());
        let contents = backup::write(&context.home, wanted, passphrase, &mut out)
            .map_err(|error| failed(&self.file, error))?;
        out.flush().map_err(cannot)?;
        drop(out);
        part.as_file().sync_all().map_err(cannot)?;
        let bytes = part.as_file().metadata().map_err(cannot)?.len();
        let placed = match exists {
            true => part.persist(&self.file),
            false => part.persist_noclobber(&self.file),
        };
        placed.map_err(|error| cannot(error.error))?;
        backup::sync(directory)?;
        self.tell(&contents, encrypted, bytes, context)
    }

    fn tell(
        &self,
        contents: &Contents,
        encrypted: bool,
        bytes: u64,
        context: &mut Context,
    ) -> Result<(), CliError> {
        if context.out.is_json() {
            let told = json::Backup::new(&self.file, contents, encrypted, Some(bytes));
            return Ok(context.out.json(&told)?);
        }
        let entries = contents.databases.iter().map(|database| database.entries).sum();
        let what = count(entries, "entry", "entries");
        let of = match contents.databases.len() {
            1 => String::new(),
            several => format!(" of {several} commons"),
        };
        let key = if self.with_key { " and your author key" } else { "" };
        say(format!("{what}{of}{key} in {}, {}.", self.file.display(), size(bytes)));
        say(format!("See that it can be read: commons restore --dry-run {}", self.file.display()));
        if !self.with_key && context.has_key() {
            say("Your author key is not in it; --with-key takes it in.");
        }
        Ok(())
    }
}

fn failed(file: &Path, error: BackupError) -> CliError {
    match &error {
        BackupError::Nothing(_) => CliError::from(error),
        BackupError::Io { source, .. } => cannot_write(file, source),
        _ => error.into(),
    }
}

fn cannot_write(file: &Path, error: &io::Error) -> CliError {
    let message = format!("the backup {} cannot be written", file.display());
    let kind = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::Usage,
        _ => ErrorKind::Busy,
    };
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make some room there and in your home, or name a file on another disk"
        }
        io::ErrorKind::AlreadyExists => "it came to be meanwhile; name another file",
        _ => "name a file in a directory that is there and yours to write",
    };
    CliError::new(kind, message).because(error).hint(hint)
}

const EXAMPLES: &str = "\
Examples:
  commons backup ~/commons.age
  commons backup /media/stick/me.age --with-key
  commons backup nightly.age --yes --backup-passphrase-file ~/.backup-passphrase";
