//! What happened in a simulation, a line each: all of it as a hash, the last lines as they are, and
//! on demand everything on stderr.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use sha2::{Digest, Sha256};

/// The trace of one run. Clones are the same trace.
#[derive(Clone)]
pub(super) struct Trace(Rc<RefCell<Kept>>);

struct Kept {
    hash: Sha256,
    lines: u64,
    tail: VecDeque<String>,
    aloud: bool,
}

impl Trace {
    /// An empty trace, which is told aloud or not.
    pub(super) fn new(aloud: bool) -> Self {
        let kept = Kept { hash: Sha256::new(), lines: 0, tail: VecDeque::new(), aloud };
        Self(Rc::new(RefCell::new(kept)))
    }

    /// Something happened.
    pub(super) fn note(&self, at: u64, what: fmt::Arguments<'_>) {
        let mut kept = self.0.borrow_mut();
        let line = format!("{:>9} {what}", at);
        kept.hash.update(line.as_bytes());
        kept.hash.update([b'\n']);
        kept.lines += 1;
        if kept.aloud {
            tell(&line);
        }
        if kept.tail.len() == TAIL {
            kept.tail.pop_front();
        }
        kept.tail.push_back(line);
    }

    /// The hash of all that was noted, shortened.
    pub(super) fn hash(&self) -> u64 {
        let digest = self.0.borrow().hash.clone().finalize();
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }

    /// How many lines there were.
    pub(super) fn lines(&self) -> u64 {
        self.0.borrow().lines
    }

    /// The last lines.
    pub(super) fn tail(&self) -> Vec<String> {
        self.0.borrow().tail.iter().cloned().collect()
    }
}

#[expect(clippy::print_stderr, reason = "a trace is asked for on the command line")]
fn tell(line: &str) {
    eprintln!("{line}");
}

/// Lines that are kept: what a screen or two shows.
const TAIL: usize = 80;
