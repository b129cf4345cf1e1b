//! What it takes to take everything out: whole processes of `archive` and `export`.

use std::time::Instant;

use commons_node::store::Source;
use commons_tests::Person;
use commons_tests::ideas::{Ideas, accept, store};
use serde_json::{Value, json};

use crate::figures::seconds;

/// Ideas that are archived at most: a large event, and a site of some ten thousand files.
const ARCHIVED: usize = 10_000;

/// Contributions in one transaction.
const BATCH: usize = 1_000;

/// Runs both with these ideas, if they are not too many for an archive.
pub(crate) fn measure(ideas: &Ideas) -> Vec<Value> {
    if ideas.signed.len() > ARCHIVED {
        return Vec::new();
    }
    let person = Person::new("cleo").in_commons(crate::COMMONS);
    let mut store = store(&person);
    for batch in ideas.signed.chunks(BATCH) {
        accept(&mut store, batch, Source::Here);
    }
    drop(store);
    let place = |name: &str| person.home().join(name).to_string_lossy().into_owned();
    let started = Instant::now();
    let told = person.reads(["archive", &place("site")]);
    let archive = json!({
        "measure": "archive",
        "entries": ideas.signed.len(),
        "seconds": seconds(started.elapsed()),
        "files": told[0]["files"],
    });
    let export = |format: &str| {
        let started = Instant::now();
        let place = place(format);
        let told = person.reads(["export", "--format", format, "--output", place.as_str()]);
        json!({
            "measure": "export",
            "format": format,
            "entries": told[0]["entries"],
            "seconds": seconds(started.elapsed()),
        })
    };
    let formats = ["jsonl", "csv", "markdown", "atom", "datapackage"];
    std::iter::once(archive).chain(formats.map(export)).collect()
}
