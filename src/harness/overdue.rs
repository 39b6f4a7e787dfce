//! Fits that keep running after their time limit.
//!
//! In the run's own process nothing can stop them, so we only warn.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time after its limit at which a fit counts as overdue.
const PATIENCE: Duration = Duration::from_secs(5);

/// A fit in progress.
#[derive(Clone, Copy, Debug)]
struct Fit {
    trial: usize,
    /// Position among the wanted estimators.
    position: usize,
    due: Instant,
}

/// The current fit of each worker.
#[derive(Debug)]
pub(super) struct Board {
    slots: Vec<Mutex<Option<Fit>>>,
}

impl Board {
    pub(super) fn new(workers: usize) -> Self {
        Self { slots: (0..workers).map(|_| Mutex::new(None)).collect() }
    }

    fn set(&self, worker: usize, fit: Option<Fit>) {
        *self.slots[worker].lock().unwrap_or_else(PoisonError::into_inner) = fit;
    }

    /// A fit with a limit begins.
    pub(super) fn begin(&self, worker: usize, trial: usize, position: usize, limit: Duration) {
        let due = Instant::now().checked_add(limit.saturating_add(PATIENCE));
        self.set(worker, due.map(|due| Fit { trial, position, due }));
    }

    /// The worker's fit has ended.
    pub(super) fn end(&self, worker: usize) {
        self.set(worker, None);
    }

    /// Trial and position of fits that have become overdue; each is returned only once.
    pub(super) fn overdue(&self) -> Vec<(usize, usize)> {
        let now = Instant::now();
        let late = |slot: &Mutex<Option<Fit>>| {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.take_if(|fit| fit.due < now).map(|fit| (fit.trial, fit.position))
        };
        self.slots.iter().filter_map(late).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_late_is_told_and_only_once() {
        let board = Board::new(3);
        board.begin(0, 4, 1, Duration::from_secs(100));
        board.set(1, Some(Fit { trial: 7, position: 2, due: Instant::now() }));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(board.overdue(), [(7, 2)]);
        assert_eq!(board.overdue(), []);
        board.begin(2, 1, 0, Duration::MAX);
        board.end(0);
        assert_eq!(board.overdue(), []);
    }
}
