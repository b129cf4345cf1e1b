//! The benchmark: `cargo run --release -p commons-tests --bin bench [ENTRIES]…` prints a line of
//! JSON for each measurement, for commons of 1,000, 10,000 and 100,000 ideas unless other sizes
//! are named; `bench board [ENTRIES]…` measures the board alone. An idea has a title of 45 characters, a body of 150 and two tags.
//!
//! | measure | what is measured |
//! |---|---|
//! | `machine` | what it ran on, and whether the loopback carried nothing else |
//! | `author` | µs per idea signed and in the store: one by one, and in bulk |
//! | `floor` | the same ideas over a TCP socket, verified on all cores, into a bare table |
//! | `cold_join` | an empty node from its start until it holds all, on disk and readable |
//! | `ratio` | `cold_join` over `floor` |
//! | `live` | from a write in one node's store until it can be read in the other's |
//! | `live_process` | the same from the start of `commons add-idea` |
//! | `resync` | a node that was away while the other wrote ten, from its start until it has them |
//! | `import` | whole processes that bring in a bookmark file of as many, into an empty home and again |
//! | `archive`, `export` | whole processes that write everything out, of at most 10,000 ideas |
//! | `digest`, `tags` | whole processes that sum up as many entries of all kinds, of 30 days: one, and a week of one tag |
//! | `board` | a board with 200 event streams and 50 readers while another node writes 50 a second: events that were lost, from the commit to the event, and pages |
//! | `process` | whole processes of `list --limit 20`, `show`, `search` and `add-idea` beside a running node |
//!
//! | module | what lives there |
//! |---|---|
//! | `floor` | what no design can beat |
//! | `nodes` | the measurements with running nodes |
//! | `bringing_in` | imports |
//! | `taking_out` | archives and exports |
//! | `summing_up` | digests and tags |
//! | `board` | a board under many eyes |
//! | `wire` | a network of our own, and what crossed it |
//! | `figures` | medians, and the lines of JSON |

mod board;
mod bringing_in;
mod figures;
mod floor;
mod nodes;
mod summing_up;
mod taking_out;
mod wire;

use std::process::ExitCode;

use commons_tests::ideas::Ideas;
use figures::{print, say};
use serde_json::json;

/// The sizes that are measured unless others are named.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The commons that is measured.
const COMMONS: &str = "benchmark";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let only_board = words.first().is_some_and(|word| word == "board");
    let sizes: Result<Vec<usize>, _> = words
        .iter()
        .skip(usize::from(only_board))
        .map(|word| word.replace(',', "").parse())
        .collect();
    let sizes = match sizes {
        Ok(sizes) if sizes.is_empty() => SIZES.to_vec(),
        Ok(sizes) if sizes.iter().all(|size| *size >= 20) => sizes,
        _ => {
            say(
                "bench [board] [ENTRIES]…: how many ideas, 20 or more; without any, 1000 10000 100000",
            );
            return ExitCode::from(2);
        }
    };
    if let Some(ended) = wire::again_in_own_network(&words) {
        return ended;
    }
    print(&machine());
    for size in sizes {
        let ideas = Ideas::new(COMMONS, size);
        if only_board {
            print(&board::measure(&ideas));
            continue;
        }
        let floor = floor::measure(&ideas);
        print(&floor);
        for line in nodes::measure(&ideas, floor["seconds"].as_f64().unwrap_or(f64::NAN)) {
            print(&line);
        }
        print(&board::measure(&ideas));
        bringing_in::measure(size).iter().for_each(print);
        for line in taking_out::measure(&ideas) {
            print(&line);
        }
        summing_up::measure(size).iter().for_each(print);
    }
    ExitCode::SUCCESS
}

fn machine() -> serde_json::Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let line = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let found =
            text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        found.map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "measure": "machine",
        "cores": cores,
        "processor": line("/proc/cpuinfo", "model name"),
        "memory": line("/proc/meminfo", "MemTotal"),
        "version": env!("CARGO_PKG_VERSION"),
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "loopback": if wire::is_own() { "own" } else { "shared" },
    })
}
