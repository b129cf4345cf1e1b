//! Another author key for a home: one that was made in a browser, or comes from another home. What
//! is there is moved aside and never written over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use commons_proto::author::AuthorKey;
use commons_proto::id::Author;

use super::{AUTHOR_KEY_COMMENT, Home, HomeError, digits, io_error, key_file};
use crate::store::Store;

impl Home {
    /// The commons of this home in which the author has written something, by their databases.
    pub fn written_by(&self, author: &Author) -> Result<Vec<PathBuf>, HomeError> {
        let mut written = Vec::new();
        for database in self.databases()? {
            if Store::open_read_only(&database)?.last_of(author)?.is_some() {
                written.push(database);
            }
        }
        Ok(written)
    }

    /// Puts this author key in its place. The one that was there stays beside it: gives under which
    /// name. No node may run on the home meanwhile, as it would go on with the old one.
    pub fn put_author_key(&self, key: &AuthorKey) -> Result<Option<PathBuf>, HomeError> {
        let _alone = self.lock()?;
        let file = self.author_key_file();
        let old = match self.existing_author_key() {
            Ok(Some(old)) if old.author() == key.author() => return Ok(None),
            Ok(None) => None,
            Ok(Some(old)) => Some(self.set_aside(&file, &format!("{:.8}", old.author()))?),
            Err(HomeError::KeyDamaged(_)) if file.is_file() => {
                let bytes = fs::read(&file).map_err(io_error("read", &file))?;
                Some(self.set_aside(&file, &format!("damaged-{}", digits(&bytes)))?)
            }
            Err(error) => return Err(error),
        };
        key_file::put(&file, AUTHOR_KEY_COMMENT, &key.secret())?;
        Ok(old)
    }

    /// Gives a file a second name, so that what it holds stays when its own name is given away.
    fn set_aside(&self, file: &Path, which: &str) -> Result<PathBuf, HomeError> {
        let aside = self.directory.join(format!("author.key.old-{which}"));
        match fs::hard_link(file, &aside) {
            // The same key was set aside before.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(aside),
            linked => linked.map_err(io_error("make", &aside)).map(|()| aside),
        }
    }
}

/// The author key in the text of a file that somebody kept: one like `author.key`.
pub fn author_key_in(text: &str) -> Option<AuthorKey> {
    let is_of_a_node = text.contains(super::NODE_KEY_COMMENT);
    let secret = (!is_of_a_node).then(|| key_file::secret(text)).flatten()?;
    Some(AuthorKey::from_secret(&secret))
}

/// Writes a copy of the key, for its owner's eyes, into a file that is not there yet.
pub fn keep_author_key(key: &AuthorKey, path: &Path) -> io::Result<()> {
    key_file::write_new(path, key_file::text(AUTHOR_KEY_COMMENT, &key.secret()).as_bytes())
}
