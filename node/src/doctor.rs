//! What could keep a node from working, looked into one thing after the other: each finding says what
//! is so and, where something is wrong, what to do. Nothing is changed, but for a small file that is
//! written and removed to see whether the disk takes it, and a question that is asked on the LAN.
//! `commons doctor` calls this.
//!
//! | module | what it looks into |
//! |---|---|
//! | `clock` | this machine's clock, by what others claim |
//! | `disk` | room, whether it can be written, what kind it is |
//! | `keys` | the keys and their modes, and what was left lying about |
//! | `database` | the file, and a sample of its signatures |
//! | `interfaces` | networks and addresses |
//! | `ports` | whether a node can listen |
//! | `board` | whether the board can be where browsers look for it |
//! | `multicast` | whether nodes on this network can find each other |
//! | `running` | the running node, its peers and their versions |
//! | `redact` | the findings without what is nobody else's business |

mod board;
mod clock;
mod database;
mod disk;
mod interfaces;
mod keys;
mod multicast;
mod ports;
mod redact;
mod running;

use std::fmt::Display;
use std::path::PathBuf;

use crate::control::{self, NodeStatus, PeerStatus};
use crate::home::Home;

pub use redact::Private;

/// How bad a finding is, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    Ok,
    /// Worth knowing.
    Note,
    /// Something does not work as well as it could, or will soon not work.
    Warning,
    /// Something does not work.
    Problem,
}

/// One thing that was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked into, in a word.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is so, in a sentence without a capital or a full stop.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// What is examined.
#[derive(Debug, Clone)]
pub struct Patient {
    /// The home.
    pub home: Home,
    /// The name of the commons.
    pub commons: String,
    /// The database of that commons.
    pub database: PathBuf,
    /// The moment, by this machine's clock: seconds since 1970 UTC.
    pub now: u64,
    /// The process that runs a node on this home, and what it says, if it answers.
    pub process: Option<u32>,
    /// How that node stands.
    pub node: Option<NodeStatus>,
    /// Its peers.
    pub peers: Vec<PeerStatus>,
}

impl Patient {
    /// This home at this moment, with the node that runs on it.
    pub fn new(home: &Home, commons: &str, now: u64) -> Self {
        let socket = home.socket();
        Self {
            home: home.clone(),
            commons: commons.to_owned(),
            database: home.database(commons),
            now,
            process: home.running(),
            node: control::status(&socket),
            peers: control::peers(&socket).unwrap_or_default(),
        }
    }

    /// Looks into everything. Takes about two seconds, most of it to hear whether somebody answers on
    /// the LAN.
    pub fn examine(&self) -> (Vec<Finding>, Private) {
        let mut findings = Findings::default();
        let mut private = Private::new(self);
        clock::look(self, &mut findings);
        disk::look(self, &mut findings);
        keys::look(self, &mut findings);
        database::look(self, &mut findings);
        let networks = interfaces::look(&mut findings, &mut private);
        ports::look(self, &mut findings);
        board::look(self, &mut findings);
        multicast::look(&networks, &mut findings);
        running::look(self, &networks, &mut findings);
        (findings.all, private)
    }
}

/// The findings so far.
#[derive(Debug, Default)]
struct Findings {
    all: Vec<Finding>,
}

impl Findings {
    fn ok(&mut self, check: &'static str, what: impl Display) {
        self.all.push(Finding { check, level: Level::Ok, what: what.to_string(), fix: None });
    }

    fn note(&mut self, check: &'static str, what: impl Display, fix: impl Display) {
        self.add(check, Level::Note, what, fix);
    }

    fn warning(&mut self, check: &'static str, what: impl Display, fix: impl Display) {
        self.add(check, Level::Warning, what, fix);
    }

    fn problem(&mut self, check: &'static str, what: impl Display, fix: impl Display) {
        self.add(check, Level::Problem, what, fix);
    }

    fn add(&mut self, check: &'static str, level: Level, what: impl Display, fix: impl Display) {
        let fix = Some(fix.to_string()).filter(|fix| !fix.is_empty());
        self.all.push(Finding { check, level, what: what.to_string(), fix });
    }
}

#[cfg(test)]
mod tests;
