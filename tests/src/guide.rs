//! The runner of the guide: every page of `docs/guide` is carried out as a reader would, and what
//! is printed must be what the page says.
//!
//! A page is Markdown. Each fenced block that opens with ```` ```console ```` is carried out, from
//! the first to the last, by a person with a fresh home:
//!
//! ````text
//! ```console
//! $ commons add-idea "Hand hygiene by the door" --tag hygiene
//! k3v5xm
//! $ commons show k3v5xm
//! ...
//! by ... just now
//! ```
//! ````
//!
//! - A line that begins with `$ ` is a command, run by `sh`. What follows is what it must print, on
//!   standard output and standard error together.
//! - `...` alone on a line stands for any lines or none; inside a line, for any characters or none.
//!   Any run of spaces equals any other.
//! - `[exit 3]` as the last line says that the command leaves with this code; otherwise with 0.
//! - A word after `console` names who does it: ```` ```console ben ````. Each person has a home and
//!   a machine of their own, all on one LAN. Without a word it is `you`.
//! - A block whose last command is `commons start` leaves it running. The block ends when the node
//!   has printed what the block says; a line `^C` presses Ctrl-C, waits for the end, and what is
//!   below it must come after. Nodes that were not stopped are stopped at the page's end.
//! - `<!-- ids: k3v5xm 7hq2ab -->`, which no reader sees, says which words of the page are examples
//!   of ids. Where an output first has one, whatever id is printed there is what the word stands
//!   for from then on, in commands also.
//! - `<!-- board: on -->` says that the nodes of the page have their board where it usually is.
//! - `<!-- varies: 14:05 0.3.1 -->` lists words of outputs that differ from day to day: each stands
//!   for any text of its own line.
//!
//! A page needs a LAN only if it starts a node; the other pages run anywhere. The pattern's
//! matching is in [`pattern`].

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;

use crate::commons::{Person, finish};
use crate::lan::Lan;
use crate::node::interrupt;
use crate::wait::PATIENCE;
use crate::{binary, skip};

pub mod pattern;

use pattern::{Names, explain, matches};

/// A page: its blocks and the words that stand for others.
#[derive(Debug)]
pub struct Page {
    /// The blocks to carry out, in order.
    pub blocks: Vec<Block>,
    /// The words that stand for ids and for what varies.
    pub names: Names,
    /// Whether the nodes have a board.
    pub has_board: bool,
}

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the page at which it opens, from 1.
    pub line: usize,
    /// Who carries it out.
    pub who: String,
    /// The commands.
    pub steps: Vec<Step>,
}

/// A command and what it must print.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What `sh` is given.
    pub command: String,
    /// The lines of its output, as patterns.
    pub expected: Vec<String>,
    /// The code that it leaves with.
    pub exit: i32,
}

/// Reads a page.
///
/// # Errors
/// What is wrong with it, and where.
pub fn parse(text: &str) -> Result<Page, String> {
    let mut page = Page { blocks: Vec::new(), names: Names::default(), has_board: false };
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |what: &str| Err(format!("line {number}: {what}"));
        if let Some(block) = &mut open {
            if line.trim_end() == "```" {
                page.blocks.extend(open.take());
            } else if let Some(command) = line.strip_prefix("$ ") {
                let command = command.to_owned();
                block.steps.push(Step { command, expected: Vec::new(), exit: 0 });
            } else if let Some(step) = block.steps.last_mut() {
                let exit = line.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']'));
                match exit.map(str::parse) {
                    Some(Ok(code)) => step.exit = code,
                    Some(Err(_)) => return wrong("[exit N] has no number"),
                    None => step.expected.push(line.trim_end().to_owned()),
                }
            } else {
                return wrong("a console block begins with a command");
            }
        } else if let Some(rest) = line.strip_prefix("```console") {
            let who = if rest.trim().is_empty() { "you" } else { rest.trim() };
            open = Some(Block { line: number, who: who.to_owned(), steps: Vec::new() });
        } else if let Some(words) = comment(line, "ids:") {
            page.names.ids.extend(words);
        } else if comment(line, "board:").is_some() {
            page.has_board = true;
        } else if let Some(words) = comment(line, "varies:") {
            page.names.varies.extend(words);
        }
    }
    match open {
        Some(block) => Err(format!("line {}: the block does not end", block.line)),
        None => Ok(page),
    }
}

/// Carries a page out; skips it where it needs a LAN that cannot be made.
///
/// # Panics
/// If the page cannot be read, or something is printed that it does not say.
#[track_caller]
pub fn carry_out(path: &Path) {
    let text = std::fs::read_to_string(path).expect("the page can be read");
    let mut page = match parse(&text) {
        Ok(page) => page,
        Err(wrong) => panic!("{}: {wrong}", path.display()),
    };
    let mut names: Vec<&str> = page.blocks.iter().map(|block| block.who.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let starts = page.blocks.iter().flat_map(|block| &block.steps).any(Step::keeps_running);
    let lan = if starts { Lan::of(names.len()) } else { None };
    if starts && lan.is_none() {
        skip::skip(&format!("{} starts nodes, which takes a LAN", path.display()));
        return;
    }
    let person = |(index, name): (usize, &&str)| {
        let person = match &lan {
            Some(lan) => Person::at(lan.host(index), name),
            None => Person::new(name),
        };
        let person = match page.has_board {
            // Not said, and so where it usually is.
            true => person.with_variable("COMMONS_BOARD", ""),
            false => person,
        };
        ((*name).to_owned(), person)
    };
    let people: BTreeMap<String, Person> = names.iter().enumerate().map(person).collect();
    let mut running = Vec::new();
    for block in &page.blocks {
        for step in &block.steps {
            let person = &people[&block.who];
            let done = match step.keeps_running() {
                true => step.start(person, &mut page.names).map(|child| running.extend(child)),
                false => step.run(person, &mut page.names),
            };
            if let Err(wrong) = done {
                panic!("{}, line {}: {wrong}", path.display(), block.line);
            }
        }
    }
}

impl Step {
    /// Whether it is a node, which runs until it is stopped.
    fn keeps_running(&self) -> bool {
        self.command.split_whitespace().take(2).eq(["commons", "start"])
    }

    fn run(&self, person: &Person, names: &mut Names) -> Result<(), String> {
        let command = names.resolved(&self.command);
        let child = self.shell(person, &command).spawn().map_err(|error| error.to_string())?;
        let said = finish(child, command.clone());
        let lines: Vec<&str> = said.out.lines().map(str::trim_end).collect();
        let told = said.status.code();
        if told != Some(self.exit) || !matches(&self.expected, &lines, names) {
            let shown = explain(&self.expected, &lines);
            let codes = format!("leaving with {told:?} where the page says {}", self.exit);
            return Err(format!("$ {command}\n{shown}{codes}"));
        }
        Ok(())
    }

    /// Starts a node and waits for what it is to print. Gives it, unless the step stopped it.
    fn start(&self, person: &Person, names: &mut Names) -> Result<Option<Running>, String> {
        let command = format!("exec {}", names.resolved(&self.command));
        let mut child = self.shell(person, &command).spawn().map_err(|error| error.to_string())?;
        let lines = lines_of(&mut child);
        let running = Running(child);
        let mut parts = self.expected.split(|line| line == "^C");
        let first = parts.next().unwrap_or_default();
        let printed = awaited(first, &lines, names).map_err(|it| format!("$ {command}\n{it}"))?;
        let Some(after) = parts.next() else { return Ok(Some(running)) };
        interrupt(running.0.id());
        let rest = awaited_end(&lines)?;
        let code = running.ended();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        if code != Some(self.exit) || !matches(after, &rest, names) {
            let shown = explain(after, &rest);
            return Err(format!(
                "$ {command}\n{}\n^C\n{shown}left with {code:?}",
                printed.join("\n")
            ));
        }
        Ok(None)
    }

    /// `sh` with the command, in the person's environment, with `commons` on the path.
    fn shell(&self, person: &Person, command: &str) -> Command {
        let mut shell = person.program("sh");
        let mut path =
            binary::commons().parent().map(Path::to_owned).unwrap_or_default().into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        shell.env("PATH", path).args(["-c", &format!("exec 2>&1\n{command}")]);
        // A reader has the defaults: the home in its usual place, the usual commons.
        shell.env_remove("COMMONS_HOME").env_remove("COMMONS_NAME");
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }
}

/// A node that a page left running: killed when dropped.
struct Running(Child);

impl Running {
    fn ended(mut self) -> Option<i32> {
        self.0.wait().ok().and_then(|status| status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads a node's lines until they match.
fn awaited(
    expected: &[String],
    lines: &mpsc::Receiver<String>,
    names: &mut Names,
) -> Result<Vec<String>, String> {
    let deadline = Instant::now() + PATIENCE;
    let mut printed: Vec<String> = Vec::new();
    loop {
        let shown: Vec<&str> = printed.iter().map(String::as_str).collect();
        if matches(expected, &shown, names) {
            return Ok(printed);
        }
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => printed.push(line.trim_end().to_owned()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(explain(expected, &shown));
            }
        }
    }
}

/// Reads a node's lines to their end.
fn awaited_end(lines: &mpsc::Receiver<String>) -> Result<Vec<String>, String> {
    let deadline = Instant::now() + PATIENCE;
    let mut printed = Vec::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => printed.push(line.trim_end().to_owned()),
            Err(RecvTimeoutError::Disconnected) => return Ok(printed),
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("it did not end on ^C, after {printed:?}"));
            }
        }
    }
}

fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let out = child.stdout.take().expect("it is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            // A stream that breaks off has said what it said.
            let Ok(line) = line else { break };
            // Read on when nobody waits any more: a node whose output is closed would end.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// The words of a comment such as `<!-- ids: a b -->`.
fn comment(line: &str, name: &str) -> Option<Vec<String>> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let words = inside.trim().strip_prefix(name)?;
    Some(words.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let text = "# A page\n<!-- ids: abcdef -->\n```console ben\n$ one\nabcdef\n[exit 3]\n$ two\n```\n```sh\n$ not run\n```\n";
        let page = parse(text).unwrap();
        let one = Step { command: "one".to_owned(), expected: vec!["abcdef".to_owned()], exit: 3 };
        let two = Step { command: "two".to_owned(), expected: Vec::new(), exit: 0 };
        let block = Block { line: 3, who: "ben".to_owned(), steps: vec![one, two] };
        assert_eq!(page.blocks, [block]);
        assert_eq!(page.names.ids, ["abcdef"]);
    }

    #[test]
    fn a_page_that_cannot_be_carried_out_is_refused() {
        assert!(parse("```console\nno command\n```\n").is_err());
        assert!(parse("```console\n$ one\n").is_err());
        assert!(parse("```console\n$ one\n[exit now]\n```\n").is_err());
    }

    #[test]
    fn a_step_is_held_to_its_output_and_its_exit_code() {
        let person = Person::new("ana");
        let step = |command: &str, expected: &[&str], exit| Step {
            command: command.to_owned(),
            expected: expected.iter().map(|&line| line.to_owned()).collect(),
            exit,
        };
        let mut names = Names::default();
        let mut run = |step: &Step| step.run(&person, &mut names).is_ok();
        assert!(run(&step("echo one; echo two >&2", &["one", "two"], 0)));
        assert!(!run(&step("echo one", &["two"], 0)));
        assert!(!run(&step("echo one", &[], 0)));
        assert!(run(&step("exit 3", &[], 3)));
        assert!(!run(&step("exit 3", &[], 0)));
    }
}
