//! Counts of an estimator's outcomes.

use remeasure_core::family::Outcome;

use serde::{Deserialize, Serialize};

use super::planned;
use crate::records::Store;

/// Numbers of outcomes by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// [`Outcome::Ok`].
    pub ok: u64,
    /// [`Outcome::NotConverged`].
    pub not_converged: u64,
    /// [`Outcome::Failed`].
    pub failed: u64,
    /// [`Outcome::TimedOut`].
    pub timed_out: u64,
    /// [`Outcome::Skipped`].
    pub skipped: u64,
}

impl Tally {
    /// The counts, in the order of their columns.
    #[must_use]
    pub fn counts(&self) -> [u64; 5] {
        [self.ok, self.not_converged, self.failed, self.timed_out, self.skipped]
    }

    /// Counts one more outcome.
    pub fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Ok => &mut self.ok,
            Outcome::NotConverged(_) => &mut self.not_converged,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::TimedOut(_) => &mut self.timed_out,
            Outcome::Skipped(_) => &mut self.skipped,
        } += 1;
    }

    /// Number of fits that were tried.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.ok + self.not_converged + self.failed + self.timed_out
    }

    /// Whether the config left the estimator out: some outcomes, all of them skipped.
    #[must_use]
    pub fn is_skipped(&self) -> bool {
        self.skipped > 0 && self.tried() == 0
    }
}

/// The outcomes of every estimator in every cell.
#[derive(Clone, Debug)]
pub struct Tallies {
    estimators: usize,
    by_pair: Vec<Tally>,
    planned: Vec<u64>,
}

impl Tallies {
    /// Counts all outcomes of a store.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        let estimators = store.estimators.len();
        let mut by_pair = vec![Tally::default(); store.cells.len() * estimators];
        for o in &store.outcomes {
            by_pair[o.cell as usize * estimators + o.estimator as usize].count(&o.outcome);
        }
        let pairs = (0..store.cells.len()).flat_map(|cell| (0..estimators).map(move |e| (cell, e)));
        let planned = pairs.map(|(cell, estimator)| planned(store, cell, estimator)).collect();
        Self { estimators, by_pair, planned }
    }

    /// The outcomes of one estimator in one cell.
    #[must_use]
    pub fn get(&self, cell: usize, estimator: usize) -> Tally {
        self.by_pair[cell * self.estimators + estimator]
    }

    /// Number of replicates of an estimator in a cell, as [`planned`].
    #[must_use]
    pub fn planned(&self, cell: usize, estimator: usize) -> u64 {
        self.planned[cell * self.estimators + estimator]
    }
}
