//! The archive: a commons as a site of plain files, to be read years later with no software but a
//! browser, from a disk or from any web server; and the bundle from which a new node can be made.
//!
//! The same set of contributions gives the same bytes, on every node that mutes the same: times are
//! taken from what was written, never from the clock, and are shown in UTC; files are named by ids.
//! What is muted here is left out of the pages, which are this person's publication; the bundle has
//! everything. Words that were taken back are in neither.
//!
//! It is made in three steps: what there is and where its page will be (`map`); each entry's page, on
//! all cores, which gathers what the other pages need (`gather`); and these, from memory.
//!
//! | module | what lives there |
//! |---|---|
//! | `map` | which pages there are, and their names |
//! | `gather` | each entry, read once |
//! | `site` | what all pages are made from |
//! | `shell` | the frame around a page, and lists that take several pages |
//! | `entry`, `history` | the page of an entry |
//! | `sum` | what a tag or a day comes to: its digest |
//! | `front`, `people`, `tags`, `calendar`, `programme`, `kinds`, `search`, `credits` | the other pages |

mod calendar;
mod credits;
mod entry;
mod front;
mod gather;
mod history;
mod kinds;
mod map;
mod people;
mod programme;
mod search;
mod shell;
mod site;
mod sum;
mod tags;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use commons_proto::kind::Kind;
use commons_proto::tree::Tree;
use serde_json::json;

use crate::bundle::{BundleError, CarError, write_bundle};
use crate::export::{self, ExportError, Item, feed, ical};
use crate::render::STYLE;
use crate::store::{Filter, Store};
use crate::when;

use map::{FOLDERS, Here, Map};
use shell::Frame;
use site::Site;

/// The file by which an archive is known, and which tells what is in it.
pub const MARKER: &str = "commons-archive.json";

/// The bundle with every contribution.
pub const BUNDLE: &str = "commons.car";

/// What was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Entries that have a page.
    pub entries: u64,
    /// Entries that are muted here, and have none.
    pub muted: u64,
    /// Contributions in the bundle.
    pub contributions: u64,
    /// The fingerprint of these.
    pub fingerprint: String,
    /// Files.
    pub files: u64,
}

/// Whether something of this name, directly in an archive, was put there by [`write()`].
pub fn is_ours(name: &str) -> bool {
    FOLDERS.contains(&name)
        || [MARKER, BUNDLE, FEED, PROGRAMME, STYLE_FILE, READ_ME].contains(&name)
        || search::FILES.contains(&name)
        || name.ends_with(".html")
}

/// Writes the archive of the commons with this name into a folder, which is there and has at most a
/// file called [`MARKER`] in it.
pub fn write(store: &Store, commons: &str, folder: &Path) -> export::Result<Archived> {
    let mut times = 1;
    loop {
        let before = store.last()?;
        let archived = write_once(store, commons, folder)?;
        if store.last()? == before || times == TIMES {
            return Ok(archived);
        }
        // Something came meanwhile: pages that were made before do not know of it.
        clear(folder)?;
        times += 1;
    }
}

fn write_once(store: &Store, commons: &str, folder: &Path) -> export::Result<Archived> {
    for name in FOLDERS {
        fs::create_dir(folder.join(name))?;
    }
    fs::write(folder.join(STYLE_FILE), format!("{STYLE}\n{MORE_STYLE}"))?;
    let listed = store.list(&Filter::default())?;
    let mut tree = Tree::default();
    tree.insert(store.ids()?);
    let map = Map::new(store, listed)?;
    let frame = Frame::new(folder, commons, &map, &tree);
    let known = gather::gather(store, &map, &frame)?;
    let site = Site::new(commons, &map, known, store)?;
    people::write(&site, &frame)?;
    tags::write(&site, &frame)?;
    kinds::write(&site, &frame)?;
    calendar::write(&site, &frame)?;
    programme::write(&site, &frame)?;
    search::write(&site, &frame)?;
    credits::write(&site, &frame)?;
    front::write(&site, &frame)?;
    feeds(store, &site, &frame)?;
    let contributions = bundle(store, folder)?;
    let archived = Archived {
        entries: site.known.len() as u64,
        muted: site.muted,
        contributions,
        fingerprint: tree.root().to_string(),
        files: frame.written() + OTHER_FILES,
    };
    fs::write(folder.join(READ_ME), READ_ME_TEXT)?;
    let told = json!({
        "commons": commons,
        "entries": archived.entries,
        "contributions": archived.contributions,
        "fingerprint": archived.fingerprint,
        "changed": site.span.map(|(_, last)| when::rfc3339(last)),
    });
    let mut marker = File::create(folder.join(MARKER))?;
    writeln!(marker, "{told}")?;
    Ok(archived)
}

/// The feed of what was changed last, and the programme as a calendar.
fn feeds(store: &Store, site: &Site, frame: &Frame) -> export::Result<()> {
    let here = Here::new(site.map, "");
    // An endorsement or a membership says nothing by itself.
    let says = |kind: &Kind| !matches!(kind, Kind::Endorsement | Kind::Membership);
    let newest = site.known.iter().filter(|known| says(&known.summary.kind)).take(IN_FEED);
    let newest: Vec<_> = newest.map(|known| known.summary.clone()).collect();
    let mut posts = Vec::new();
    for item in export::items(store, &newest) {
        let item = item?;
        let id = item.summary().id;
        let mut post = feed::entry(&item, Some(map::entry_page(&id)), &here);
        post.authors.retain(|(author, _)| !site.map.is_muted(author));
        if let Some(called) = site.map.called(&id) {
            called.clone_into(&mut post.title);
        }
        posts.push(post);
    }
    let feed = crate::render::atom::Feed {
        id: feed::feed_id(site.commons),
        title: site.commons.to_owned(),
        updated: posts.iter().map(|post| post.updated).max().unwrap_or(0),
        address: Some(FEED.to_owned()),
        page: Some("index.html".to_owned()),
        posts,
    };
    fs::write(frame.folder().join(FEED), feed.write())?;
    let sessions: Vec<_> = site.programme.iter().map(|slot| slot.summary.clone()).collect();
    let mut calendar = BufWriter::new(File::create(frame.folder().join(PROGRAMME))?);
    let items = export::items(store, &sessions).collect::<export::Result<Vec<Item>>>()?;
    ical::write(site.commons, items.into_iter().map(Ok), &mut calendar)?;
    calendar.flush()?;
    Ok(())
}

fn bundle(store: &Store, folder: &Path) -> export::Result<u64> {
    let ids = store.ids_to_carry(0, None)?;
    let mut file = BufWriter::new(File::create(folder.join(BUNDLE))?);
    write_bundle(store, &ids, &mut file).map_err(|error| match error {
        BundleError::Store(error) => error.into(),
        BundleError::Car(CarError::Io(error)) => error.into(),
        BundleError::Car(error) => ExportError::Io(std::io::Error::other(error)),
    })
}

/// Takes everything but the marker out of the folder.
fn clear(folder: &Path) -> export::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        if file.file_type()?.is_dir() {
            fs::remove_dir_all(file.path())?;
        } else if file.file_name() != MARKER {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

const FEED: &str = "feed.atom";
const PROGRAMME: &str = "programme.ics";
const STYLE_FILE: &str = "style.css";
const READ_ME: &str = "READ-ME.txt";

/// What the pages of the archive have beyond those of the digest.
const MORE_STYLE: &str = include_str!("archive/more.css");

/// For who finds the folder on a disk.
const READ_ME_TEXT: &str = "\
This folder is the archive of a commons: what people wrote together at an event.

To read it, open index.html in any browser. Nothing needs to be installed, and nothing is sent or
fetched anywhere. Put the folder on any web server, or leave it on a disk.

commons.car has every contribution, signed by who made it. With the program commons it becomes alive
again: commons import commons.car
";

/// Files that are no pages: the style, the search and its index, the feed, the calendar, the bundle, what
/// the folder is, and the marker.
const OTHER_FILES: u64 = 8;

/// How often it is begun anew when something comes meanwhile: a commons that is written to all the
/// time is archived as it is.
const TIMES: usize = 3;

/// Entries in the feed: a busy day of them.
const IN_FEED: usize = 50;

#[cfg(test)]
mod tests;
