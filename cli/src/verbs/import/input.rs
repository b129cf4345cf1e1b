//! The files that are brought in: opened, told apart by what is in them, and read with bounds.

use commons_node::import::item::{Contents, ITEMS, Place, Remark};
use commons_node::import::{FILE_BYTES, Format, HEAD, read, tables_of_package};
use commons_proto::kind::Kind;
use jiff::Zoned;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::{name, report};
use crate::error::{CliError, ErrorKind};

/// What is brought in.
pub(super) enum Input {
    /// A bundle, however long it is.
    Bundle(Box<dyn Read>),
    /// What a reader made of a file.
    Contents(Format, Contents),
}

/// Opens a file, a folder, or for `-` the standard input.
pub(super) fn open(path: &Path, format: Option<Format>) -> Result<Input, CliError> {
    if path.is_dir() {
        return folder(path, format);
    }
    let unreadable = |error: io::Error| unreadable(path, &error);
    let mut file: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).map_err(unreadable)?),
    };
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    // Only a bundle is told by its first bytes alone, and too long for memory.
    let is_bundle = Format::of(&bytes, Some(path)) == Some(Format::Bundle);
    if format == Some(Format::Bundle) || (format.is_none() && is_bundle) {
        let whole = Cursor::new(bytes).chain(file);
        return Ok(Input::Bundle(Box::new(BufReader::new(whole))));
    }
    // One more than may be: then it is said to be too long.
    let rest = (FILE_BYTES + 1).saturating_sub(bytes.len());
    file.take(rest as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let format = match format.or_else(|| Format::of(&bytes, Some(path))) {
        Some(format) => format,
        None => return Err(unknown(path)),
    };
    if format == Format::DataPackage {
        let tables = tables_of_package(&bytes);
        if !tables.is_empty() {
            let folder = path.parent().unwrap_or(Path::new("."));
            return Ok(Input::Contents(format, read_tables(folder, tables)));
        }
    }
    let contents = read(format, &bytes, path.to_str(), &Zoned::now());
    let contents = contents.map_err(|error| {
        CliError::usage(format!("{} cannot be brought in", name(path)))
            .because(&error)
            .hint("if it is something else, say what with --format")
    })?;
    Ok(Input::Contents(format, contents))
}

/// The pages of a folder and of those in it.
fn folder(path: &Path, format: Option<Format>) -> Result<Input, CliError> {
    let package = path.join(PACKAGE);
    if package.is_file() && format.is_none_or(|format| format == Format::DataPackage) {
        return open(&package, format);
    }
    if format.is_some_and(|format| format != Format::Markdown) {
        return Err(CliError::usage(format!("{} is a folder", path.display()))
            .hint("of a folder the Markdown files or its Data Package are brought in; name other files one by one"));
    }
    let mut pages = Vec::new();
    find_pages(path, 0, &mut pages).map_err(|error| unreadable(path, &error))?;
    if pages.is_empty() {
        return Err(CliError::usage(format!("there are no Markdown files in {}", path.display()))
            .hint("of a folder the files that end in .md, or what its datapackage.json describes, are brought in; name others one by one"));
    }
    if pages.len() > ITEMS {
        return Err(CliError::usage(format!("there are over {ITEMS} pages in {}", path.display()))
            .hint("name the folders in it one by one"));
    }
    pages.sort();
    let now = Zoned::now();
    let mut contents = Contents::default();
    let mut bytes = 0;
    for page in pages {
        let shown = page.strip_prefix(path).unwrap_or(&page).display().to_string();
        let at_page = |mut remark: Remark| {
            remark.place.file = Some(shown.clone());
            remark
        };
        match read_page(&page, &shown, &now, &mut bytes) {
            Ok(mut read) => {
                for item in &mut read.items {
                    item.place.file = Some(shown.clone());
                    item.notices.append(&mut read.notices);
                }
                contents.items.append(&mut read.items);
                contents.skipped.extend(read.skipped.into_iter().map(at_page));
            }
            Err(text) => contents.skipped.push(at_page(Remark { place: Default::default(), text })),
        }
    }
    Ok(Input::Contents(Format::Markdown, contents))
}

/// The rows of the tables of a package.
fn read_tables(folder: &Path, tables: Vec<(Kind, String)>) -> Contents {
    let now = Zoned::now();
    let mut contents = Contents::default();
    for (kind, name) in tables {
        let place = || Place { file: Some(name.clone()), line: 0 };
        match read_table(&folder.join(&name), &now) {
            Ok(mut read) => {
                for item in &mut read.items {
                    item.place.file = Some(name.clone());
                    item.kind = Some(kind.clone());
                }
                for skipped in &mut read.skipped {
                    skipped.place.file = Some(name.clone());
                }
                contents.items.append(&mut read.items);
                contents.skipped.append(&mut read.skipped);
                contents.notices.extend(read.notices.iter().map(|text| format!("{name}: {text}")));
            }
            Err(text) => contents.skipped.push(Remark { place: place(), text }),
        }
    }
    contents
}

fn read_table(table: &Path, now: &Zoned) -> Result<Contents, String> {
    let mut bytes = Vec::new();
    let file = File::open(table).map_err(|error| error.to_string())?;
    let most = FILE_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    read(Format::Csv, &bytes, None, now).map_err(|error| error.why)
}

/// Reads a page; `all` counts the bytes of those that were read.
fn read_page(page: &Path, shown: &str, now: &Zoned, all: &mut usize) -> Result<Contents, String> {
    let mut bytes = Vec::new();
    let file = File::open(page).map_err(|error| error.to_string())?;
    file.take(PAGE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > PAGE_BYTES {
        return Err(format!("it has over {PAGE_BYTES} bytes"));
    }
    *all += bytes.len();
    if *all > FILE_BYTES {
        return Err(format!("with it these pages have over {FILE_BYTES} bytes; name it by itself"));
    }
    read(Format::Markdown, &bytes, Some(shown), now).map_err(|error| error.why)
}

/// The Markdown files in a folder and those below it. Links are not followed, and what begins with a dot
/// belongs to some program.
fn find_pages(folder: &Path, depth: usize, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_page = extension.is_some_and(|extension| {
            ["md", "markdown"].iter().any(|usual| extension.eq_ignore_ascii_case(usual))
        });
        if is_hidden || pages.len() > ITEMS {
            continue;
        }
        if kind.is_file() && is_page {
            pages.push(path);
        } else if kind.is_dir() && depth < DEPTH {
            find_pages(&path, depth + 1, pages)?;
        }
    }
    Ok(())
}

fn unknown(path: &Path) -> CliError {
    CliError::usage(format!("{} is in no format that can be brought in", name(path)))
        .hint(report::formats())
}

fn unreadable(path: &Path, error: &io::Error) -> CliError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::Usage,
        _ => ErrorKind::Busy,
    };
    CliError::new(kind, format!("{} cannot be read", name(path))).because(error)
}

/// What the description of a Data Package is called.
const PACKAGE: &str = "datapackage.json";

/// Bytes of a page at most: many times what an entry holds.
const PAGE_BYTES: u64 = 1024 * 1024;

/// Folders within each other at most.
const DEPTH: usize = 16;
