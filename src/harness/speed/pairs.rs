//! The pairs of a config in each cell.

use std::time::Duration;

use remeasure_core::family::Attempt;

use super::rounds::{Effort, Halt, Replicates, measure};
use super::{Stopwatch, TimeRatio};
use crate::plan::{Plan, cell_label};

/// Maximum number of replicates of a round; it takes the first ones of a run.
const MOST_REPLICATES: u32 = 4;

/// Identifies a ratio within an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The cell, as `n=100, snr_db=10`.
    pub cell: String,
    /// The estimator.
    pub estimator: String,
    /// The estimator whose time is the unit.
    pub against: String,
}

/// Two estimators in a cell of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its identity.
    pub place: Place,
    /// Position of the cell in the plan.
    pub cell: usize,
    /// Positions of both estimators in the config.
    pub estimators: [usize; 2],
    /// Number of rounds.
    pub repeats: u32,
}

/// All pairs in all cells that match their `where` and that of their estimators.
#[must_use]
pub fn pairs(plan: &Plan<'_>) -> Vec<Pair> {
    let resolved = &plan.resolved;
    let position = |name: &str| resolved.estimators.iter().position(|e| e.name == name);
    let mut found = Vec::new();
    for spec in &resolved.speed {
        // Both were checked when the config was read.
        let (Ok(wanted), Some(a), Some(b)) =
            (spec.cells(&resolved.axes), position(&spec.estimator), position(&spec.against))
        else {
            continue;
        };
        for (i, cell) in plan.cells.iter().enumerate() {
            if wanted.matches(&cell.values) && plan.skipped(i, a).is_none() && plan.skipped(i, b).is_none() {
                let place = Place {
                    cell: cell_label(&resolved.axes, cell),
                    estimator: spec.estimator.clone(),
                    against: spec.against.clone(),
                };
                found.push(Pair { place, cell: i, estimators: [a, b], repeats: spec.repeats });
            }
        }
    }
    found
}

impl Pair {
    /// Measures its ratio on this thread; `replicates` is their number in the baseline, if there is one.
    ///
    /// # Errors
    /// If a fit failed, or `stop` returned true.
    pub fn measure(
        &self,
        plan: &Plan<'_>,
        replicates: Option<u32>,
        budget: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<TimeRatio, Halt> {
        let pair = self.estimators.map(|estimator| Attempt { estimator, limit: plan.limit(estimator) });
        let cell = plan.cells[self.cell].id;
        let mut watch = Stopwatch::new(plan.runner(self.cell), plan.resolved.seed, cell, pair, stop);
        let most = plan.resolved.replicates.min(MOST_REPLICATES);
        let replicates = replicates.map_or(Replicates::UpTo(most), Replicates::Exactly);
        let effort = Effort { repeats: self.repeats, budget, replicates };
        measure(&mut |work| watch.round(work), &effort)
    }
}
