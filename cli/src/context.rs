//! What a verb works with: the home, the store, the key. A first use makes them and says so.

use commons_node::compose::write::write;
use commons_node::home::Home;
use commons_node::store::{Store, StoreError};
use commons_node::{control, personal, when};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Verified};
use commons_proto::id::Author;
use std::env;
use std::fs;
use std::path::{self, Path, PathBuf};

use crate::args::Global;
use crate::ask::ask;
use crate::error::{CliError, ErrorKind};
use crate::output::{Output, escape, say};

/// The surroundings of a verb.
pub(crate) struct Context {
    /// The home directory.
    pub(crate) home: Home,
    /// The commons's name.
    pub(crate) name: String,
    /// Where data goes.
    pub(crate) out: Output,
    /// Whether every question is answered with yes.
    pub(crate) yes: bool,
    passphrase: Option<String>,
}

impl Context {
    /// The surroundings that the arguments ask for. The home is made if it is not there.
    pub(crate) fn new(global: &Global) -> Result<Self, CliError> {
        let directory = match &global.home {
            Some(directory) => directory.clone(),
            None => Home::default_directory()?,
        };
        let directory = path::absolute(&directory).unwrap_or(directory);
        Ok(Self {
            home: Home::open(directory)?,
            name: global.commons.trim().to_owned(),
            out: Output::new(global.json),
            yes: global.yes,
            passphrase: passphrase(global.passphrase_file.as_deref())?,
        })
    }

    /// The store, to read from. It is made if it is not there.
    pub(crate) fn reader(&self) -> Result<Store, CliError> {
        if self.passphrase.is_some() {
            return self.writer();
        }
        match Store::open_read_only(&self.home.database(&self.name)) {
            Err(StoreError::Missing(_)) => self.writer(),
            opened => Ok(opened?),
        }
    }

    /// The store, to write to. It is made if it is not there, with an author key where there is
    /// none.
    pub(crate) fn writer(&self) -> Result<Store, CliError> {
        let had_key = self.has_key();
        let store = self.home.open_store(&self.name, self.passphrase.as_deref())?;
        if !had_key && self.has_key() {
            self.announce();
        }
        Ok(store)
    }

    /// The author key. It is made if this is the first use.
    pub(crate) fn key(&self) -> Result<AuthorKey, CliError> {
        let had_key = self.has_key();
        let key = self.home.author_key()?;
        if !had_key {
            self.announce();
        }
        Ok(key)
    }

    /// Who writes here, if there is a key.
    pub(crate) fn me(&self) -> Option<Author> {
        self.has_key().then(|| self.home.author_key().ok().map(|key| key.author())).flatten()
    }

    /// Where drafts are kept that could not be written.
    pub(crate) fn drafts(&self) -> PathBuf {
        self.home.directory().join("drafts")
    }

    /// Signs a draft and puts it into the store, safely on disk when this returns. True if a
    /// running node was told.
    pub(crate) fn write(
        &self,
        store: &mut Store,
        key: &AuthorKey,
        draft: Draft,
    ) -> Result<(Verified, bool), CliError> {
        self.warn_of_personal(&draft)?;
        let verified = write(store, key, draft, when::now())?;
        let told = control::nudge(&self.home.socket());
        Ok((verified, told))
    }

    /// Asks before something is signed that says too much about somebody: it is public and lasts.
    fn warn_of_personal(&self, draft: &Draft) -> Result<(), CliError> {
        let found = personal::in_draft(draft);
        if found.is_empty() {
            return Ok(());
        }
        for (what, words) in &found {
            say(format!("This looks like {}: {}", what.name(), escape::line(words)));
        }
        say(personal::LASTING);
        if ask(personal::QUESTION, self.yes)? {
            return Ok(());
        }
        Err(CliError::new(ErrorKind::Unanswered, "nothing was written"))
    }

    /// Whether something is where the author key should be.
    pub(crate) fn has_key(&self) -> bool {
        self.home.author_key_file().exists()
    }

    fn announce(&self) {
        say(format!(
            "Welcome. {} is your home, and author.key in it is who you are: keep a copy, and show \
             it to nobody.",
            self.home.directory().display()
        ));
    }
}

/// The passphrase that a file or the environment gives.
fn passphrase(file: Option<&Path>) -> Result<Option<String>, CliError> {
    match file {
        None => Ok(env::var("COMMONS_PASSPHRASE").ok().filter(|text| !text.is_empty())),
        Some(path) => first_line(path).map(Some),
    }
}

/// The passphrase in a file: its first line.
pub(crate) fn first_line(path: &Path) -> Result<String, CliError> {
    let text = fs::read_to_string(path).map_err(|error| {
        CliError::usage(format!("the passphrase file {} cannot be read", path.display()))
            .because(&error)
    })?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(CliError::usage(format!("the passphrase file {} is empty", path.display()))
            .hint("its first line is the passphrase")),
    }
}
