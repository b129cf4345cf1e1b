//! An archive of everything that people and strangers write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::write;
use crate::bundle::read_bundle;
use crate::export::tests::{Written, commons};
use crate::store::{Source, Store, Target};

/// Every file of an archive.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for file in fs::read_dir(next).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn archive(store: &Store) -> (TempDir, BTreeMap<String, Vec<u8>>) {
    let folder = TempDir::new().unwrap();
    let archived = write(store, "test <commons>", folder.path()).unwrap();
    let files = files(folder.path());
    assert_eq!(archived.files, files.len() as u64);
    assert!(
        folder
            .path()
            .read_dir()
            .unwrap()
            .all(|file| { super::is_ours(file.unwrap().file_name().to_str().unwrap()) })
    );
    (folder, files)
}

/// The addresses in a page.
fn addresses(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in [" href=\"", " src=\"", " action=\""] {
        for rest in page.split(attribute).skip(1) {
            found.push(rest.split('"').next().unwrap().replace("&amp;", "&"));
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere_and_nothing_of_a_stranger_runs() {
    let written = Written::new();
    let (folder, files) = archive(&written.store);
    let mut pages = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        pages += 1;
        let page = std::str::from_utf8(bytes).unwrap();
        for address in addresses(page) {
            let address = address.split('#').next().unwrap();
            if address.is_empty() || address.starts_with("https://example.org/") {
                continue;
            }
            assert!(!address.contains(':') && !address.starts_with('/'), "{address} in {name}");
            let place = PathBuf::from(name).parent().unwrap().join(address);
            assert!(folder.path().join(&place).is_file(), "{address} in {name}");
        }
        let scripts = if name == "search.html" { 2 } else { 0 };
        assert_eq!(page.matches("<script").count(), scripts, "{name}");
        assert!(!page.contains("onclick=x>") && !page.contains('\u{202e}'), "{name}");
        assert!(page.contains("default-src 'none'"), "{name}");
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
    }
    let entries = files.keys().filter(|name| name.starts_with("entry/")).count();
    assert_eq!(entries, written.listed().len());
    assert!(pages > entries + 20);
    let index = std::str::from_utf8(&files["search-index.js"]).unwrap();
    assert!(!index.contains('<') && !index.contains('\u{202e}'));
}

#[test]
fn an_archive_tells_the_history_and_credits_everybody() {
    let written = Written::new();
    let (_folder, files) = archive(&written.store);
    let page = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let idea = page(&format!("entry/{}.html", written.idea));
    for told in [
        "Bed sensors for every ward</bdi></h1>",
        "<bdi>Bed sensors</bdi>",
        "began it",
        "A mat that <em>counts</em> turns.",
        "Endorsed by",
        "Nice,<br>it is",
        "CC-BY-4.0",
    ] {
        assert!(idea.contains(told), "{told}");
    }
    let credits = page("credits.html");
    for told in ["ODbL-1.0", "CC-BY-4.0", "Ana", "left out 1 entry by muting"] {
        assert!(credits.contains(told), "{told}");
    }
    let people: BTreeSet<_> = files.keys().filter(|name| name.starts_with("person/")).collect();
    assert_eq!(people.len(), 3);
    assert!(page("programme.html").contains("Clashes with"));
    assert!(page("tag/hackday.html").contains("Related tags"));
    assert!(page("tag/hackday.html").contains("href=\"hackday.2026-09-22.html\""));
    assert!(page("day/2026-09-22.html").contains("Falls, by ward"));
    assert!(page("feed.atom").contains("<feed"));
}

#[test]
fn what_was_taken_back_is_nowhere_and_what_is_muted_only_in_the_bundle() {
    let mut written = Written::new();
    let (folder, files) = archive(&written.store);
    let has =
        |bytes: &[u8], words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
    for (name, bytes) in &files {
        assert!(!has(bytes, "Unspeakable"), "{name}");
        assert!(!has(bytes, &written.erased.to_string()), "{name}");
        assert_eq!(has(bytes, "Buy my pills"), name == "commons.car", "{name}");
        assert!(!has(bytes, &written.muted.to_string()), "{name}");
    }
    // The bundle makes the same commons again.
    let again = TempDir::new().unwrap();
    let mut store = Store::open(&again.path().join("again.sqlite"), &commons()).unwrap();
    let bundle = File::open(folder.path().join("commons.car")).unwrap();
    let imported = read_bundle(&mut store, bundle, 1_790_900_000, |_| {}).unwrap();
    assert_eq!((imported.new, imported.waiting), (written.all.len() as u64, 0));
    assert!(imported.refused.is_empty());
    let (_again, same) = archive(&store);
    assert!(same.contains_key("tag/pills.html"), "nothing is muted there");
    written.store.unmute(&[Target::Entry(written.muted)]).unwrap();
    let (_folder, files) = archive(&written.store);
    assert_eq!(files, same);
}

#[test]
fn the_same_set_gives_the_same_files_in_whatever_order_it_came() {
    let mut written = Written::new();
    written.store.unmute(&[Target::Entry(written.muted)]).unwrap();
    let (_folder, files) = archive(&written.store);
    let other = TempDir::new().unwrap();
    let mut store = Store::open(&other.path().join("other.sqlite"), &commons()).unwrap();
    // What follows something waits for it, so it comes last.
    let mut all = written.all.clone();
    all.reverse();
    all.sort_by_key(|one| !one.header().parents.is_empty());
    for one in &all {
        store.accept(std::slice::from_ref(one), 1_790_900_000, Source::Here).unwrap();
    }
    assert_eq!(store.ids().unwrap().len(), all.len());
    let (_other, others) = archive(&store);
    let different: Vec<_> = files
        .iter()
        .filter(|(name, bytes)| others.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(different, Vec::<&String>::new());
    assert_eq!(files.len(), others.len());
}

#[test]
fn nothing_makes_an_archive_too() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(&directory.path().join("test.sqlite"), &commons()).unwrap();
    let (_folder, files) = archive(&store);
    assert!(String::from_utf8(files["index.html"].clone()).unwrap().contains("Nothing is in it."));
}

#[test]
fn who_is_muted_is_not_named_but_credited_for_what_they_improved() {
    let mut written = Written::new();
    let ben = written.all.iter().find(|one| one.header().parents == [written.idea.into()]);
    let ben = ben.unwrap().header().author;
    written.store.mute(&[Target::Author(ben)], 1_790_000_000).unwrap();
    let (_folder, files) = archive(&written.store);
    assert!(!files.contains_key(&format!("person/{ben}.html")));
    let page = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let idea = page(&format!("entry/{}.html", written.idea));
    assert!(idea.contains("Bed sensors for every ward"), "their words in it stand");
    assert!(idea.contains("by somebody who is left out"));
    assert!(page("credits.html").contains(&ben.did()));
    let named = files.iter().filter(|(name, bytes)| {
        !["commons.car", "credits.html"].contains(&name.as_str())
            && String::from_utf8_lossy(bytes).contains(&ben.did())
    });
    assert_eq!(named.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&String>::new());
}
