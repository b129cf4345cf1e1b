//! Screenshots: those that a test asks for, and one of whatever a failing test was looking at.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::Browser;
use crate::binary;

impl Browser {
    /// Writes a picture of the window, as PNG.
    ///
    /// # Panics
    /// If it cannot be written.
    #[track_caller]
    pub fn takes_picture(&self, path: &Path) -> &Self {
        self.picture_to(path).expect("a picture can be taken");
        self
    }

    /// A picture beside what cargo builds, named after the failing test.
    pub(super) fn keeps_picture_of_failure(&self) -> Result<PathBuf, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("test").replace("::", "-");
        let directory = binary::target_directory().join("browser/failed");
        std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("{test}-{number}.png"));
        self.picture_to(&path).map(|()| path)
    }

    fn picture_to(&self, path: &Path) -> Result<(), String> {
        let picture = self.session.run(async |client| client.screenshot().await)?;
        std::fs::write(path, picture).map_err(|error| format!("{}: {error}", path.display()))
    }
}
