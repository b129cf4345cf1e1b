//! A running node: `commons start --json` as a process, its events as they come, and the ways in
//! which it ends. It is killed when dropped; what it had said is shown if the test fails.

use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::commons::{Person, Said};
use crate::wait::PATIENCE;

/// A running node.
pub struct Node {
    person: Person,
    child: Child,
    heard: Arc<Heard>,
}

/// What a node has said so far, and a bell for those who wait for more.
#[derive(Default)]
struct Heard {
    said: Mutex<Words>,
    bell: Condvar,
}

#[derive(Default)]
struct Words {
    events: Vec<Value>,
    errors: String,
    /// Streams that have ended, of two.
    ended: u8,
}

impl Node {
    /// Starts `commons` with these words as a node of this person, and returns at once.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn start(person: &Person, words: &[&str]) -> Self {
        let mut command = person.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("commons runs");
        let heard = Arc::new(Heard::default());
        let out = child.stdout.take().expect("it is piped");
        let err = child.stderr.take().expect("it is piped");
        listen(out, &heard, |words, line| {
            let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
            words.events.push(event);
        });
        listen(err, &heard, |words, line| {
            words.errors.push_str(&line);
            words.errors.push('\n');
        });
        Self { person: person.clone(), child, heard }
    }

    /// Whose node it is.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the node is ready, and gives that event.
    #[track_caller]
    pub fn ready(&self) -> Value {
        self.hears("ready", |_| true)
    }

    /// Waits for the first event of this name that fits, of all since the start.
    ///
    /// # Panics
    /// If the node ends before it, or time runs out.
    #[track_caller]
    pub fn hears(&self, event: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.hears_after(0, event, fits)
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Value> {
        self.heard.lock().events.clone()
    }

    /// How many events there were so far, for [`Node::hears_after`].
    pub fn mark(&self) -> usize {
        self.heard.lock().events.len()
    }

    /// Waits for the first event of this name that fits, of those after the mark.
    ///
    /// # Panics
    /// If the node ends before it, or time runs out.
    #[track_caller]
    pub fn hears_after(&self, mark: usize, event: &str, fits: impl Fn(&Value) -> bool) -> Value {
        match self.hears_within(PATIENCE, mark, event, fits) {
            Some(value) => value,
            None => panic!("no fitting event {event:?} came from {}", self.story()),
        }
    }

    /// Waits for an event as [`Node::hears_after`] does, but no longer than this, and gives none if
    /// it does not come.
    pub fn hears_within(
        &self,
        patience: Duration,
        mark: usize,
        event: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let deadline = Instant::now() + patience;
        let mut seen = mark;
        let mut words = self.heard.lock();
        loop {
            let found = words.events[seen..].iter().find(|it| it["event"] == event && fits(it));
            if let Some(found) = found {
                return Some(found.clone());
            }
            seen = words.events.len();
            let left = deadline.saturating_duration_since(Instant::now());
            if words.ended == STREAMS || left.is_zero() {
                return None;
            }
            let waited = self.heard.bell.wait_timeout(words, left);
            words = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until this contribution's entry was heard of, by its short or full id.
    #[track_caller]
    pub fn hears_of(&self, id: &str) -> Value {
        self.hears("contribution", |event| {
            event["entry"].as_str().is_some_and(|entry| entry.starts_with(id))
        })
    }

    /// Where the node's board is: the address of its front page, with the closing slash.
    ///
    /// # Panics
    /// If it was started without one.
    #[track_caller]
    pub fn board(&self) -> String {
        let ready = self.ready();
        let board = ready["board"].as_str();
        board.unwrap_or_else(|| panic!("no board is served by {}", self.story())).to_owned()
    }

    /// An address at which this node can be dialled over TCP from this machine, with its peer id.
    #[track_caller]
    pub fn address(&self) -> String {
        self.address_that(|address| !address.contains("/ip6/"))
    }

    /// An address at which this node can be dialled over TCP on this interface, with its peer id.
    #[track_caller]
    pub fn address_on(&self, interface: Ipv4Addr) -> String {
        let prefix = format!("/ip4/{interface}/");
        self.address_that(|address| address.starts_with(&prefix))
    }

    /// The first such TCP address, of those that it tells when it is ready and later.
    #[track_caller]
    fn address_that(&self, fits: impl Fn(&str) -> bool) -> String {
        let ready = self.ready();
        let peer = ready["peer"].as_str().expect("a ready node tells its peer id");
        let fits = |address: &str| address.contains("/tcp/") && fits(address);
        let listening = ready["listen"].as_array().expect("a ready node tells where it listens");
        let early = listening.iter().filter_map(Value::as_str).find(|address| fits(address));
        let address = early.map(str::to_owned).unwrap_or_else(|| {
            let later =
                self.hears("listening", |event| event["address"].as_str().is_some_and(fits));
            later["address"].as_str().expect("it fits, so it is text").to_owned()
        });
        match address.contains("/p2p/") {
            true => address,
            false => format!("{address}/p2p/{peer}"),
        }
    }

    /// Pulls the plug: the process is killed at once.
    pub fn dies(mut self) {
        self.child.kill().expect("a child of ours can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// The lid is closed: the process does nothing until it [wakes](Node::wakes).
    pub fn sleeps(&self) {
        signal("STOP", self.pid());
    }

    /// The lid is opened again.
    pub fn wakes(&self) {
        signal("CONT", self.pid());
    }

    /// Ctrl-C, and waits until the node has ended well.
    ///
    /// # Panics
    /// If it does not end, or not well.
    #[track_caller]
    pub fn stops(self) {
        let said = self.interrupted();
        assert!(said.status.success(), "a node that is stopped ends well: {said}");
        assert!(said.out.contains("\"stopped\""), "it says so: {said}");
    }

    /// Ctrl-C, and waits until the node has ended in whatever way.
    #[track_caller]
    pub fn interrupted(self) -> Said {
        interrupt(self.pid());
        self.ends()
    }

    /// Waits until the node has ended of itself, and gives what it said.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn ends(mut self) -> Said {
        let deadline = Instant::now() + PATIENCE;
        let mut words = self.heard.lock();
        while words.ended < STREAMS {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(words);
                panic!("it did not end: {}", self.story());
            }
            let waited = self.heard.bell.wait_timeout(words, left);
            words = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let out = words.events.iter().map(|event| format!("{event}\n")).collect();
        let err = words.errors.clone();
        drop(words);
        let status = self.child.wait().expect("a child can be waited for");
        Said { words: format!("{}: commons start", self.person.name()), status, out, err }
    }

    /// Everything that the node has said, for a failure's message.
    pub fn story(&self) -> String {
        let words = self.heard.lock();
        let from = words.events.len().saturating_sub(SHOWN_EVENTS);
        let events: String = words.events[from..].iter().map(|it| format!("  {it}\n")).collect();
        let name = self.person.name();
        format!("{name}'s node, which said:\n{events}and on standard error:\n{}", words.errors)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            shown_with_failure(&self.story());
        }
    }
}

impl Heard {
    fn lock(&self) -> std::sync::MutexGuard<'_, Words> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a process the signal of Ctrl-C.
///
/// # Panics
/// If there is no such process.
#[track_caller]
pub fn interrupt(pid: u32) {
    signal("INT", pid);
}

#[track_caller]
fn signal(name: &str, pid: u32) {
    let kill = format!("kill -{name} {pid}");
    let status = Command::new("sh").args(["-c", &kill]).status().expect("sh runs");
    assert!(status.success(), "no process {pid}");
}

#[expect(clippy::print_stderr, reason = "the test runner shows it with the failure")]
fn shown_with_failure(story: &str) {
    eprintln!("{story}");
}

fn listen(
    stream: impl Read + Send + 'static,
    heard: &Arc<Heard>,
    keep: impl Fn(&mut Words, String) + Send + 'static,
) {
    let heard = Arc::clone(heard);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            // A stream that breaks off has said what it said.
            let Ok(line) = line else { break };
            keep(&mut heard.lock(), line);
            heard.bell.notify_all();
        }
        heard.lock().ended += 1;
        heard.bell.notify_all();
    });
}

/// Standard output and standard error.
const STREAMS: u8 = 2;

/// Events shown with a failure: the last part of the story.
const SHOWN_EVENTS: usize = 60;
