//! The corpus of the fuzz targets as a plain test: what once was worth keeping, and what once made
//! a decoder fail, goes through it again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use commons_tests::decoders::{DECODERS, decode};

#[test]
fn every_target_has_a_decoder_and_a_corpus() {
    let decoders: BTreeSet<String> =
        DECODERS.iter().map(|decoder| decoder.name.to_owned()).collect();
    assert_eq!(names("targets"), decoders, "a target for each decoder, and no other");
    assert_eq!(names("corpus"), decoders, "a corpus for each decoder, and no other");
    for name in &decoders {
        assert!(files(name).len() >= FEWEST, "the corpus of {name} is next to empty");
    }
}

#[test]
fn the_corpus_is_small() {
    let all = DECODERS.iter().flat_map(|decoder| files(decoder.name));
    let bytes: u64 = all.map(|file| fs::metadata(file).expect("it is there").len()).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

/// A test for each decoder, so that they run side by side.
macro_rules! corpora {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                for file in files(stringify!($name)) {
                    // It is named where the output of a failed test is shown.
                    println!("{}", file.display());
                    decode(stringify!($name), &fs::read(&file).expect("it can be read"));
                }
            }
        )*

        #[test]
        fn every_decoder_is_run() {
            let run: BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(run, DECODERS.iter().map(|decoder| decoder.name).collect());
        }
    };
}

corpora! {
    backup, bundle, contribution, control, database, frames, gossip, header, history, import, key, message, name, payload,
    peers, proof, replica, rewriting, shown, sighting, state, store, time, typed, words,
}

/// The names in this folder of `tests/fuzz`, without their extensions.
fn names(folder: &str) -> BTreeSet<String> {
    entries(&fuzz().join(folder)).iter().map(|path| stem(path)).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a file has a name").to_string_lossy().into_owned()
}

/// The corpus of this decoder.
fn files(name: &str) -> Vec<PathBuf> {
    entries(&fuzz().join("corpus").join(name))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    entries.sort();
    entries
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Files of a corpus: what is kept of a run is never so little.
const FEWEST: usize = 3;

/// Bytes of the whole corpus, which everybody downloads who works on this.
const MOST_BYTES: u64 = 300 * 1024;
