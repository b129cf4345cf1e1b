//! What it takes to bring in a file: whole processes of `import`, of a bookmark file.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use commons_tests::Person;
use serde_json::{Value, json};

use crate::figures::seconds;

/// Brings in so many bookmarks, and then the same file again.
pub(crate) fn measure(entries: usize) -> Vec<Value> {
    let person = Person::new("dana").in_commons(crate::COMMONS);
    fs::create_dir_all(person.home()).expect("a directory can be made");
    let file = person.home().join("bookmarks.html");
    fs::write(&file, bookmarks(entries)).expect("a file can be written");
    let file = file.to_string_lossy().into_owned();
    let import = |again: bool| {
        let started = Instant::now();
        let told = person.reads(["import", &file]);
        let time = started.elapsed();
        assert_eq!(told[0][if again { "known" } else { "new" }], entries, "{told:?}");
        json!({
            "measure": "import",
            "entries": entries,
            "again": again,
            "seconds": seconds(time),
            "entries_per_second": (entries as f64 / time.as_secs_f64()).round(),
        })
    };
    // The first use makes a home; that is part of it.
    vec![import(false), import(true)]
}

/// A bookmark file as a browser writes it: a title, two tags and a sentence each.
fn bookmarks(entries: usize) -> String {
    let mut text =
        String::from("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<H1>Bookmarks</H1>\n<DL><p>\n");
    for number in 0..entries {
        let written = writeln!(
            text,
            "<DT><A HREF=\"https://example.org/wards/{number}\" ADD_DATE=\"1792926000\" \
             TAGS=\"sensors,ward-{}\">Bed sensors for ward number {number}</A>\n<DD>A mat that \
             counts how often somebody turns, and what it takes to have it on ward {number}.",
            number % 100
        );
        written.expect("a string takes any text");
    }
    text.push_str("</DL><p>\n");
    text
}
