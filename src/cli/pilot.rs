//! A few trials beforehand, to say how long a run takes.

use std::time::{Duration, Instant};

use remeasure_core::family::{Attempt, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_harness::plan::Plan;

/// How long to run trials.
const MEASURING: Duration = Duration::from_secs(3);

/// Runs one trial in a cell and reports what happens to `each`, by position in the plan's estimators.
pub(crate) fn trial(plan: &Plan<'_>, cell: usize, replicate: u32, each: &mut dyn FnMut(usize, TrialEvent)) {
    let wanted = plan.wanted.iter().filter(|&&e| plan.skipped(cell, e).is_none());
    let attempts: Vec<Attempt> =
        wanted.map(|&estimator| Attempt { estimator, limit: plan.limit(estimator) }).collect();
    let streams = Streams { seed: plan.resolved.seed, cell: plan.cells[cell].id, replicate };
    plan.runner(cell).trial(&streams, &attempts, &mut |event| {
        let (TrialEvent::Started(i) | TrialEvent::Finished(i, _)) = event;
        each(attempts[i].estimator, event);
    });
}

/// Runs at least one trial, spread over the cells, on one thread; returns their number and mean seconds.
pub(crate) fn measure(plan: &Plan<'_>) -> (usize, f64) {
    let start = Instant::now();
    let (cells, replicates) = (plan.cells.len(), plan.resolved.replicates);
    let mut trials = 0;
    while trials < plan.trials() && (trials == 0 || start.elapsed() < MEASURING) {
        // Multiples of the golden ratio spread even a few trials over the sweep.
        let cell = ((trials as f64 * 0.618_034).fract() * cells as f64) as usize;
        trial(plan, cell, (trials / cells) as u32 % replicates, &mut |_, _| {});
        trials += 1;
    }
    (trials, start.elapsed().as_secs_f64() / trials as f64)
}

/// Formats seconds with a suitable unit.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min", s / 60.0),
    }
}
