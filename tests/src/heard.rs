//! What somebody in this process has heard so far, and a bell for those who wait for more: of the
//! events of a member, and of what is said to a liar.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::wait::PATIENCE;

/// A list that grows, shared with whoever adds to it.
#[derive(Debug)]
pub struct Heard<T>(Arc<(Mutex<Vec<T>>, Condvar)>);

impl<T> Default for Heard<T> {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(Vec::new()), Condvar::new())))
    }
}

impl<T> Clone for Heard<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Heard<T> {
    /// Adds something.
    pub fn add(&self, item: T) {
        self.lock().push(item);
        self.0.1.notify_all();
    }

    /// Everything so far.
    pub fn all(&self) -> Vec<T> {
        self.lock().clone()
    }

    /// How many there are so far, for [`Heard::first_after`].
    pub fn mark(&self) -> usize {
        self.lock().len()
    }

    /// Waits for the first that the closure picks, of all after the mark; none if it does not come.
    pub fn first_after<P>(&self, mark: usize, mut pick: impl FnMut(&T) -> Option<P>) -> Option<P> {
        let deadline = Instant::now() + PATIENCE;
        let (mut list, mut seen) = (self.lock(), mark);
        loop {
            if let Some(found) = list.iter().skip(seen).find_map(&mut pick) {
                return Some(found);
            }
            seen = list.len();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            list = self.0.1.wait_timeout(list, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
