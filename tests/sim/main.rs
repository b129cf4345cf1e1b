//! `sim`: runs the deterministic simulation of `commons_tests::sim`, many seeds on all cores or one
//! with its trace. A failing seed prints the line that replays it.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use commons_tests::sim::{self, Failure, Report};

const HELP: &str = "\
Runs the simulation: whole nodes in virtual time, on disks in memory, with liars among them.

  sim --seeds N [--from S] [--threads T]   runs N seeds, the first being S (0), on T threads
  sim --seed S [--trace]                   runs one seed, and tells all that happens
  sim --seed S --shrink                    runs a failing seed with ever fewer acts
";

#[derive(Default)]
struct Args {
    seed: Option<u64>,
    seeds: u64,
    from: u64,
    threads: Option<usize>,
    trace: bool,
    shrink: bool,
}

fn main() -> ExitCode {
    let Some(args) = parse(std::env::args().skip(1)) else {
        say(HELP);
        return ExitCode::from(2);
    };
    let passed = match args.seed {
        Some(seed) if args.shrink => shrink(seed),
        Some(seed) => one(seed, args.trace),
        None => many(&args),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut words: impl Iterator<Item = String>) -> Option<Args> {
    let mut args = Args::default();
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse().ok();
        match word.as_str() {
            "--seed" => args.seed = Some(number()?),
            "--seeds" => args.seeds = number()?,
            "--from" => args.from = number()?,
            "--threads" => args.threads = usize::try_from(number()?).ok(),
            "--trace" => args.trace = true,
            "--shrink" => args.shrink = true,
            _ => return None,
        }
    }
    (args.seed.is_some() || args.seeds > 0).then_some(args)
}

fn one(seed: u64, trace: bool) -> bool {
    match sim::run(seed, trace) {
        Ok(report) => {
            say(&format!("{report:?}"));
            true
        }
        Err(failure) => {
            tell(&failure, if trace { 0 } else { usize::MAX });
            false
        }
    }
}

fn shrink(seed: u64) -> bool {
    let Some((left, all, failure)) = sim::shrink(seed) else {
        say(&format!("seed {seed} does not fail"));
        return true;
    };
    tell(&failure, usize::MAX);
    say(&format!("{left} of {all} acts are left"));
    false
}

/// Runs many seeds, and tells how it went.
fn many(args: &Args) -> bool {
    let begun = Instant::now();
    let next = AtomicU64::new(args.from);
    let failed = AtomicBool::new(false);
    let all: Mutex<Vec<Report>> = Mutex::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..args.threads.unwrap_or(cores) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.from + args.seeds {
                        return;
                    }
                    match sim::run(seed, false) {
                        Ok(report) => all.lock().expect("nothing panics with it").push(report),
                        Err(failure) => {
                            failed.store(true, Ordering::Relaxed);
                            tell(&failure, SHOWN);
                        }
                    }
                }
            });
        }
    });
    let all = all.into_inner().expect("nothing panics with it");
    let lines: u64 = all.iter().map(|report| report.lines).sum();
    let mut settled: Vec<u64> = all.iter().map(|report| report.settled).collect();
    settled.sort_unstable();
    let at = |hundredth: usize| settled.get(settled.len() * hundredth / 100).copied().unwrap_or(0);
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!(
        "{} of {} seeds passed in {seconds:.1} s, {:.1} a second; {} steps each; \
         settled after {} ms (half), {} ms (99 of 100), {} ms (all)",
        all.len(),
        args.seeds,
        args.seeds as f64 / seconds,
        lines.checked_div(all.len() as u64).unwrap_or(0),
        at(50),
        at(99),
        settled.last().unwrap_or(&0),
    ));
    !failed.into_inner()
}

fn tell(failure: &Failure, lines: usize) {
    let tail = failure.tail.len().saturating_sub(lines);
    let tail = failure.tail[tail..].join("\n");
    say(&format!(
        "{tail}\nseed {}: {}\n  cargo run --release -p commons-tests --bin sim -- --seed {} --trace",
        failure.seed, failure.why, failure.seed
    ));
}

#[expect(clippy::print_stdout, reason = "this is a program")]
fn say(text: &str) {
    println!("{text}");
}

/// Lines of a failing run's trace that are shown.
const SHOWN: usize = 12;
