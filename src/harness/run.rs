//! Running trials in parallel, writing them in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};

use anyhow::{Context, Result};

use super::family::{Attempt, Metric};
use super::plan::{Plan, cell_label};
use super::records::Outcome;
use super::storage::{Batch, Lines, RunFiles};
use crate::numerics::stream::Streams;

/// An estimator that did not end well in some trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The estimator.
    pub estimator: String,
    /// `failed` or `not converged`.
    pub outcome: &'static str,
    /// In how many trials.
    pub trials: usize,
    /// The first such trial and its message.
    pub example: String,
}

/// What a run left behind.
#[derive(Clone, Debug, Default)]
pub struct RunEnd {
    /// Trials run.
    pub trials: usize,
    /// Estimators with outcomes other than ok.
    pub troubles: Vec<Trouble>,
}

/// How far finished batches may run ahead of the one to be written next: bounds memory.
const WINDOW: usize = 128;

/// Runs all trials of `plan` on `jobs` threads; the files in `folder` do not depend on `jobs`.
///
/// `progress` is told the number of finished trials.
///
/// # Errors
/// Threads that cannot be started and files that cannot be written.
pub fn execute(
    plan: &Plan<'_>,
    metrics: &'static [Metric],
    jobs: usize,
    folder: &Path,
    progress: &mut dyn FnMut(usize),
) -> Result<RunEnd> {
    let lines = Lines::new(plan, metrics.iter().map(|m| m.name).collect());
    let mut files = RunFiles::create(folder, &lines)?;
    let replicates = plan.resolved.replicates as usize;
    let trials = plan.trials();
    // Tiny trials are handed out in batches, so that handing out costs nothing.
    let size = (trials / (jobs * 64)).clamp(1, 64);
    let batches = trials.div_ceil(size);
    let attempts: Vec<Attempt> =
        plan.wanted.iter().map(|&estimator| Attempt { estimator, limit: None }).collect();
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let written = Mutex::new(0usize);
    let advanced = Condvar::new();

    let run_batch = |index: usize| {
        let mut batch = Batch::default();
        for trial in index * size..((index + 1) * size).min(trials) {
            let (cell, replicate) = (trial / replicates, (trial % replicates) as u32);
            let streams = Streams { seed: plan.resolved.seed, cell: plan.cells[cell].id, replicate };
            let mut rows = Vec::with_capacity(attempts.len());
            plan.runner(cell).trial(&streams, &attempts, &mut |_, row| rows.push(row));
            lines.push(&mut batch, cell, replicate, rows);
        }
        batch
    };
    let worker = |results: mpsc::Sender<(usize, Batch)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= batches {
                return;
            }
            let mut at = written.lock().unwrap_or_else(PoisonError::into_inner);
            while index >= *at + WINDOW && !stop.load(Ordering::Relaxed) {
                at = advanced.wait(at).unwrap_or_else(PoisonError::into_inner);
            }
            drop(at);
            if stop.load(Ordering::Relaxed) || results.send((index, run_batch(index))).is_err() {
                return;
            }
        }
    };

    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().context("cannot start threads")?;
    let mut end = RunEnd::default();
    let mut troubles: BTreeMap<(usize, &'static str), Trouble> = BTreeMap::new();
    let mut result = Ok(());
    pool.in_place_scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..jobs {
            let (sender, worker) = (sender.clone(), &worker);
            scope.spawn(move |_| worker(sender));
        }
        drop(sender);
        let mut early: BTreeMap<usize, Batch> = BTreeMap::new();
        let mut due = 0;
        for (index, batch) in results {
            end.trials += batch.trials;
            progress(end.trials);
            early.insert(index, batch);
            while let Some(batch) = early.remove(&due) {
                due += 1;
                if result.is_ok() {
                    result = files.append(&batch);
                }
                note_troubles(plan, &batch, &mut troubles);
            }
            *written.lock().unwrap_or_else(PoisonError::into_inner) = due;
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            advanced.notify_all();
        }
    });
    result?;
    files.finish()?;
    end.troubles = troubles.into_values().collect();
    Ok(end)
}

fn note_troubles(plan: &Plan<'_>, batch: &Batch, troubles: &mut BTreeMap<(usize, &'static str), Trouble>) {
    for (cell, replicate, position, outcome) in &batch.troubles {
        let entry = troubles.entry((*position, outcome.word())).or_insert_with(|| Trouble {
            estimator: plan.resolved.estimators[plan.wanted[*position]].name.clone(),
            outcome: outcome.word(),
            trials: 0,
            example: format!(
                "{}, replicate {replicate}: {}",
                cell_label(&plan.resolved.axes, &plan.cells[*cell]),
                outcome.message()
            ),
        });
        entry.trials += 1;
    }
}

impl RunEnd {
    /// Whether any estimator failed or stopped early in any trial.
    #[must_use]
    pub fn has_troubles(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// Number of estimator fits that failed outright.
    #[must_use]
    pub fn failures(&self) -> usize {
        let failed = Outcome::Failed(String::new()).word();
        self.troubles.iter().filter(|t| t.outcome == failed).map(|t| t.trials).sum()
    }
}
