//! The files of a disk: what is written, what of it is kept, and what a cut leaves. Nothing here
//! knows of SQLite, locks or faults, so that a recording can be played through it once more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cut::{Cut, Survivors};

/// The number of a file; its name may be given to another one later.
pub(super) type FileId = u64;

/// A change to the disk.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A new empty file.
    Create { file: FileId, name: PathBuf },
    /// Bytes at a place.
    Write { file: FileId, at: usize, bytes: Vec<u8> },
    /// A file cut to this length, or made longer.
    Truncate { file: FileId, size: usize },
    /// A file made safe from a power cut.
    Sync { file: FileId },
    /// A file gone, at once safe from a power cut or not.
    Delete { name: PathBuf, durably: bool },
}

/// The contents of a whole disk, by name within it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The bytes of each file.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Image {
    /// Whether these bytes stand anywhere in a file.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.files.values().any(|content| stand_in(bytes, content))
    }
}

/// Everything on a disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    names: BTreeMap<PathBuf, FileId>,
    kept_names: BTreeMap<PathBuf, FileId>,
    /// Changes of names that are not kept yet, in their order.
    moves: Vec<(PathBuf, Option<FileId>)>,
    contents: BTreeMap<FileId, Content>,
    next: FileId,
    /// How many changes of contents there were: their order over all files.
    changes: u64,
}

#[derive(Debug, Clone, Default)]
struct Content {
    now: Vec<u8>,
    kept: Vec<u8>,
    /// What was done since the last sync, with its place in the order of all.
    since: Vec<(u64, Change)>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Files {
    /// A disk that holds this, all of it kept.
    pub(super) fn new(image: &Image) -> Self {
        let mut files = Self::default();
        for (name, bytes) in &image.files {
            let content = Content { now: bytes.clone(), kept: bytes.clone(), since: Vec::new() };
            files.contents.insert(files.next, content);
            files.names.insert(name.clone(), files.next);
            files.next += 1;
        }
        files.kept_names = files.names.clone();
        files
    }

    /// The number for a new file.
    pub(super) fn fresh(&self) -> FileId {
        self.next
    }

    /// The file with this name.
    pub(super) fn find(&self, name: &Path) -> Option<FileId> {
        self.names.get(name).copied()
    }

    /// The bytes of a file.
    pub(super) fn read(&self, file: FileId) -> &[u8] {
        self.contents.get(&file).map_or(&[], |content| &content.now)
    }

    /// Does this.
    pub(super) fn apply(&mut self, step: &Step) {
        self.changes += 1;
        match step {
            Step::Create { file, name } => {
                self.next = self.next.max(file + 1);
                self.contents.insert(*file, Content::default());
                self.names.insert(name.clone(), *file);
                self.moves.push((name.clone(), Some(*file)));
            }
            Step::Write { file, at, bytes } => {
                self.alter(*file, Change::Write { at: *at, bytes: bytes.clone() });
            }
            Step::Truncate { file, size } => self.alter(*file, Change::Truncate(*size)),
            Step::Sync { file } => self.sync(*file),
            Step::Delete { name, durably } => {
                self.names.remove(name);
                self.moves.push((name.clone(), None));
                if *durably {
                    self.keep_names(self.moves.len());
                }
            }
        }
    }

    /// Forgets the deleted files that nothing can bring back, except those that are open.
    pub(super) fn forget(&mut self, open: impl Fn(FileId) -> bool) {
        let Self { names, kept_names, moves, contents, .. } = self;
        contents.retain(|file, _| {
            names.values().chain(kept_names.values()).any(|named| named == file)
                || moves.iter().any(|(_, moved)| *moved == Some(*file))
                || open(*file)
        });
    }

    /// What is on the disk now.
    pub(super) fn image(&self) -> Image {
        let file = |(name, file): (&PathBuf, &FileId)| (name.clone(), self.read(*file).to_vec());
        Image { files: self.names.iter().map(file).collect() }
    }

    /// What is on the disk after this end.
    pub(super) fn cut(&self, cut: Cut) -> Image {
        let seed = match cut {
            Cut::Process => return self.image(),
            Cut::Synced => None,
            Cut::Seeded(seed) => Some(seed),
        };
        let pending = self.contents.values().flat_map(|content| &content.since);
        let orders = pending.map(|(order, _)| *order).collect();
        let mut survivors = Survivors::new(seed, orders);
        let mut names = self.kept_names.clone();
        for (name, file) in &self.moves[..survivors.of_names(self.moves.len())] {
            rename(&mut names, name, *file);
        }
        let survivor = |(name, file)| {
            let content = self.contents.get(&file).cloned().unwrap_or_default();
            (name, content.after(&mut survivors))
        };
        Image { files: names.into_iter().map(survivor).collect() }
    }

    /// Whether these bytes stand anywhere, or in what a cut could bring back.
    pub(super) fn contain(&self, bytes: &[u8]) -> bool {
        self.contents.values().any(|content| {
            let written = content.since.iter().filter_map(|(_, change)| match change {
                Change::Write { bytes, .. } => Some(bytes),
                Change::Truncate(_) => None,
            });
            [&content.now, &content.kept].into_iter().chain(written).any(|it| stand_in(bytes, it))
        })
    }

    fn alter(&mut self, file: FileId, change: Change) {
        let content = self.contents.entry(file).or_default();
        change.make(&mut content.now);
        content.since.push((self.changes, change));
    }

    fn sync(&mut self, file: FileId) {
        let content = self.contents.entry(file).or_default();
        for (_, change) in content.since.drain(..) {
            change.make(&mut content.kept);
        }
        if let Some(at) = self.moves.iter().position(|(_, moved)| *moved == Some(file)) {
            self.keep_names(at + 1);
        }
    }

    fn keep_names(&mut self, moves: usize) {
        for (name, file) in self.moves.drain(..moves) {
            rename(&mut self.kept_names, &name, file);
        }
    }
}

fn rename(names: &mut BTreeMap<PathBuf, FileId>, name: &Path, file: Option<FileId>) {
    match file {
        Some(file) => names.insert(name.to_owned(), file),
        None => names.remove(name),
    };
}

impl Content {
    /// What is left of it: what is kept, and of what was done since the pieces that survive.
    fn after(self, survivors: &mut Survivors) -> Vec<u8> {
        let mut left = self.kept;
        for (order, change) in &self.since {
            match change {
                Change::Truncate(_) => {
                    if survivors.survives(*order) {
                        change.make(&mut left);
                    }
                }
                Change::Write { at, bytes } => {
                    let end = at + bytes.len();
                    let mut from = *at;
                    while from < end {
                        let to = survivors.sector_end(from).min(end);
                        if survivors.survives(*order) {
                            if from > left.len() {
                                let hole = left.len()..from;
                                survivors.fill(&mut left, hole);
                            }
                            put(&mut left, from, &bytes[from - at..to - at]);
                        }
                        from = to;
                    }
                }
            }
        }
        left
    }
}

impl Change {
    fn make(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(content, *at, bytes),
            Self::Truncate(size) => content.resize(*size, 0),
        }
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

fn stand_in(bytes: &[u8], content: &[u8]) -> bool {
    memchr::memmem::find(content, bytes).is_some()
}
