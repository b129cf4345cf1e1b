//! The log of everything that was done to a disk: the state after any step can be made again, and
//! so every cut that could have happened.

use super::cut::Cut;
use super::files::{Files, Image, Step};

/// What was done since the recording began.
#[derive(Debug, Clone)]
pub struct Recording {
    before: Files,
    steps: Vec<Step>,
}

impl Recording {
    pub(super) fn new(before: Files) -> Self {
        Self { before, steps: Vec::new() }
    }

    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Begins before the first step.
    pub fn replay(&self) -> Replay<'_> {
        Replay { files: self.before.clone(), steps: &self.steps, done: 0 }
    }
}

/// A walk through a recording.
pub struct Replay<'r> {
    files: Files,
    steps: &'r [Step],
    done: usize,
}

impl Replay<'_> {
    /// Does the next step; false if there is none.
    pub fn advance(&mut self) -> bool {
        let Some(step) = self.steps.get(self.done) else { return false };
        self.files.apply(step);
        self.done += 1;
        true
    }

    /// How many steps are done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// What would be left if everything ended here.
    pub fn cut(&self, cut: Cut) -> Image {
        self.files.cut(cut)
    }

    /// Whether these bytes stand in a file here, or in what a power cut could bring back.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.files.contain(bytes)
    }
}
