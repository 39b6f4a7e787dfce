//! Runs the trials that a journal does not have yet.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use remeasure_core::advise;
use remeasure_core::family::Outcome;
use remeasure_core::family::{Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;

use super::isolate::{Isolation, Supervisor};
use super::journal::{Batch, Coverage, Encoder, Journal};
use super::overdue::Board;
use super::plan::{Plan, cell_label};
use super::records::{OutcomeRow, Store};
use super::schedule::Schedule;

/// An estimator that failed, timed out or did not converge in some trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The estimator.
    pub estimator: String,
    /// `failed`, `not converged` or `timed out`.
    pub outcome: &'static str,
    /// Number of such trials.
    pub trials: usize,
    /// The first such trial and its message.
    pub example: String,
}

/// A shard of the trials: every `of`-th, starting with the `index`-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Number of the shard, from 1 to `of`.
    pub index: u32,
    /// Number of shards.
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err("expected I/N with I from 1 to N, such as 2/7".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Shard {
    /// All trials.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether it has the trial at this position of the plan.
    #[must_use]
    pub fn has(&self, trial: usize) -> bool {
        trial % self.of as usize == self.index as usize - 1
    }

    /// Number of its trials, out of `all`.
    #[must_use]
    pub fn trials(&self, all: usize) -> usize {
        (all + self.of as usize - self.index as usize) / self.of as usize
    }
}

/// How trials are run.
pub struct Execution<'a> {
    /// Number of threads.
    pub jobs: usize,
    /// The shard to run.
    pub shard: Shard,
    /// Returns whether to stop after the trials in progress.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Settings of worker processes; `None` to run in this process.
    pub isolation: Option<&'a Isolation>,
}

/// What [`execute`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// Number of trials run.
    pub trials: usize,
    /// Whether it stopped before all were run.
    pub interrupted: bool,
}

/// Finished trials are written to the journal after this time at the latest, whatever their worker does
/// next.
const HAND_OVER: Duration = Duration::from_millis(20);
/// Size in bytes at which they are written earlier.
const FULL: usize = 1 << 18;
/// Time between two checks for overdue fits.
const OVERDUE_LOOK: Duration = Duration::from_secs(1);
/// Maximum number of full batches that wait to be written; limits memory if the disk is slow.
const WAITING: usize = 64;

/// One worker's part in a run.
struct Worker<'a> {
    plan: &'a Plan<'a>,
    coverage: &'a Coverage,
    encoder: &'a Encoder,
    execution: &'a Execution<'a>,
    board: &'a Board,
    schedule: &'a Schedule,
    stopped: &'a AtomicBool,
}

impl Worker<'_> {
    /// Runs trials until none are left. Puts results into `finished`, and sends full batches to `full`.
    fn run(&self, number: usize, finished: &Mutex<Batch>, full: &mpsc::SyncSender<Batch>) -> Result<()> {
        let mut supervisor = self.execution.isolation.map(Supervisor::new);
        let replicates = self.plan.resolved.replicates as usize;
        let mut positions = Vec::new();
        let mut rows: Vec<(usize, FitRecord)> = Vec::new();
        while let Some(places) = self.schedule.take() {
            for place in places {
                let (cell, replicate) = self.schedule.trial(place);
                let trial = cell * replicates + replicate;
                if !self.execution.shard.has(trial) || self.coverage.complete(trial) {
                    continue;
                }
                if self.stopped.load(Ordering::Relaxed) || (self.execution.stop)() {
                    self.stopped.store(true, Ordering::Relaxed);
                    break;
                }
                positions.clear();
                positions.extend((0..self.plan.wanted.len()).filter(|&p| !self.coverage.has(trial, p)));
                let attempt = |&p: &usize| {
                    let estimator = self.plan.wanted[p];
                    Attempt { estimator, limit: self.plan.limit(estimator) }
                };
                let attempts: Vec<Attempt> = positions.iter().map(attempt).collect();
                let replicate = replicate as u32;
                let id = self.plan.cells[cell].id;
                let streams = Streams { seed: self.plan.resolved.seed, cell: id, replicate };
                rows.clear();
                let mut each = |event| match event {
                    TrialEvent::Started(attempt) => {
                        if let Some(limit) = attempts[attempt].limit {
                            self.board.begin(number, trial, positions[attempt], limit);
                        }
                    }
                    TrialEvent::Finished(attempt, row) => {
                        if attempts[attempt].limit.is_some() {
                            self.board.end(number);
                        }
                        rows.push((positions[attempt], row));
                    }
                };
                let begun = self.schedule.is_first(place).then(Instant::now);
                match &mut supervisor {
                    Some(supervisor) => supervisor.trial(&streams, &attempts, &mut each)?,
                    None => self.plan.runner(cell).trial(&streams, &attempts, &mut each),
                }
                if let Some(begun) = begun {
                    self.schedule.took(cell, begun.elapsed());
                }
                let filled = {
                    let mut batch = locked(finished);
                    self.encoder.push(&mut batch, trial, id, replicate, &rows);
                    (batch.bytes() > FULL).then(|| std::mem::take(&mut *batch))
                };
                // Not while the batch is locked, as the writer may be waiting for it. If the receiver is gone,
                // it has failed and reports the error.
                if filled.is_some_and(|batch| full.send(batch).is_err()) {
                    return Ok(());
                }
            }
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }
}

fn tell_overdue(plan: &Plan<'_>, trial: usize, position: usize) {
    let replicates = plan.resolved.replicates as usize;
    advise!(
        "  warning: {} has exceeded its time limit and cannot be stopped ({}, replicate {}). Press Ctrl-C twice, \
         then rerun with --isolate, which can kill it",
        plan.resolved.estimators[plan.wanted[position]].name,
        cell_label(&plan.resolved.axes, &plan.cells[trial / replicates]),
        trial % replicates
    );
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the trials of `plan` that `journal` lacks and appends them to it. The stored results do not depend
/// on the number of threads, except for the order of the entries.
///
/// `progress` is called with the number of trials finished in this call.
///
/// # Errors
/// If threads or worker processes cannot be started, or the journal cannot be written.
pub fn execute(
    plan: &Plan<'_>,
    journal: &mut Journal,
    execution: &Execution<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<RunEnd> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(execution.jobs)
        .build()
        .context("cannot start threads")?;
    let encoder = journal.encoder();
    let stopped = AtomicBool::new(false);
    let schedule = Schedule::new(plan.cells.len(), plan.resolved.replicates as usize, execution.jobs);
    let mut end = RunEnd::default();
    let mut result = Ok(());
    let coverage = journal.coverage();
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    let board = Board::new(execution.jobs);
    let mut looked = Instant::now();
    let worker = Worker {
        plan,
        coverage: &coverage,
        encoder: &encoder,
        execution,
        board: &board,
        schedule: &schedule,
        stopped: &stopped,
    };
    let finished: Vec<Mutex<Batch>> = (0..execution.jobs).map(|_| Mutex::default()).collect();
    pool.in_place_scope(|scope| {
        let (sender, full) = mpsc::sync_channel(WAITING);
        for (number, finished) in finished.iter().enumerate() {
            let (sender, worker, failure) = (sender.clone(), &worker, &failure);
            scope.spawn(move |_| {
                if let Err(error) = worker.run(number, finished, &sender) {
                    worker.stopped.store(true, Ordering::Relaxed);
                    locked(failure).get_or_insert(error);
                }
            });
        }
        drop(sender);
        let mut collected = Instant::now();
        let mut over = false;
        while !over {
            // Called here too, so that the user gets the message even during long trials.
            let _ = (execution.stop)();
            if looked.elapsed() > OVERDUE_LOOK {
                looked = Instant::now();
                board.overdue().iter().for_each(|(trial, position)| tell_overdue(plan, *trial, *position));
            }
            let received = full.recv_timeout(HAND_OVER.saturating_sub(collected.elapsed()));
            over = matches!(received, Err(RecvTimeoutError::Disconnected));
            let mut batches: Vec<Batch> = received.into_iter().collect();
            if over || collected.elapsed() >= HAND_OVER {
                batches.extend(finished.iter().map(|batch| std::mem::take(&mut *locked(batch))));
                collected = Instant::now();
            }
            for batch in batches.iter().filter(|b| !b.is_empty()) {
                result = journal.append(batch);
                if result.is_err() {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
                end.trials += batch.len();
                progress(end.trials);
            }
        }
    });
    end.interrupted = stopped.load(Ordering::Relaxed);
    result?;
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(end),
    }
}

/// Fits that failed, timed out or did not converge, by estimator and outcome.
#[must_use]
pub fn troubles(plan: &Plan<'_>, store: &Store) -> Vec<Trouble> {
    let mut troubles: BTreeMap<(u16, &'static str), Trouble> = BTreeMap::new();
    let names = plan.trial_names();
    for OutcomeRow { cell, replicate, estimator, outcome } in &store.outcomes {
        if matches!(outcome, Outcome::Ok | Outcome::Skipped(_)) {
            continue;
        }
        let trouble = troubles.entry((*estimator, outcome.word())).or_insert_with(|| Trouble {
            estimator: store.estimators[usize::from(*estimator)].clone(),
            outcome: outcome.word(),
            trials: 0,
            example: format!(
                "{}, replicate {replicate}: {}; `remeasure replay {}-{replicate}` runs it again",
                cell_label(&plan.resolved.axes, &plan.cells[*cell as usize]),
                outcome.message(),
                names[*cell as usize],
            ),
        });
        trouble.trials += 1;
    }
    troubles.into_values().collect()
}
