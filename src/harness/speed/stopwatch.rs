//! The real clock.

use std::time::Instant;

use remeasure_core::family::Outcome;
use remeasure_core::family::{Attempt, FitRecord, Runner, TrialEvent};
use remeasure_core::numerics::statistics::quantile;
use remeasure_core::stream::Streams;

use super::rounds::{Halt, Times, Work};

/// Times two estimators in one cell, on this thread.
pub struct Stopwatch<'a> {
    runner: &'a dyn Runner,
    seed: u64,
    cell: u64,
    pair: [Attempt; 2],
    stop: &'a dyn Fn() -> bool,
    /// Which of the two begins next.
    first: usize,
}

impl<'a> Stopwatch<'a> {
    /// A stopwatch for a cell's runner and identity; `pair` has the estimator and the one it is compared
    /// with, and `stop` is called before every replicate.
    #[must_use]
    pub fn new(
        runner: &'a dyn Runner,
        seed: u64,
        cell: u64,
        pair: [Attempt; 2],
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        Self { runner, seed, cell, pair, stop, first: 0 }
    }

    /// The estimator of each attempt of a trial; the order is reversed from pass to pass and trial to trial.
    fn order(&mut self, passes: u32) -> Vec<usize> {
        let mut order = Vec::with_capacity(4 * passes as usize);
        for _ in 0..passes {
            let (a, b) = (self.first, 1 - self.first);
            order.extend([a, b, b, a]);
            self.first = b;
        }
        order
    }

    /// Runs and times a round. For each estimator and replicate it takes the median of the fits times
    /// their number, because an interruption is unlikely within one short fit but certain within many.
    ///
    /// # Errors
    /// [`Halt::Interrupted`] if `stop` returned true, or the message of a fit that failed. A fit that did
    /// not converge is not an error, and its time counts.
    pub fn round(&mut self, work: Work) -> Result<Times, Halt> {
        let start = Instant::now();
        let mut seconds = [0.0; 2];
        for replicate in 0..work.replicates {
            if (self.stop)() {
                return Err(Halt::Interrupted);
            }
            let streams = Streams { seed: self.seed, cell: self.cell, replicate };
            let order = self.order(work.passes);
            let attempts: Vec<Attempt> = order.iter().map(|&i| self.pair[i]).collect();
            let mut halt = None;
            let mut fits = [0, 1].map(|_| Vec::with_capacity(2 * work.passes as usize));
            self.runner.trial(&streams, &attempts, &mut |event| {
                let TrialEvent::Finished(position, row) = event else { return };
                match time(&row) {
                    Ok(time) => fits[order[position]].push(time),
                    Err(message) => {
                        let which = ["the estimator", "the one it is compared with"][order[position]];
                        halt.get_or_insert(format!("replicate {replicate}, {which}: {message}"));
                    }
                }
            });
            if let Some(message) = halt {
                return Err(Halt::Failed(message));
            }
            for (total, mut fits) in seconds.iter_mut().zip(fits) {
                fits.sort_by(f64::total_cmp);
                *total += quantile(&fits, 0.5) * fits.len() as f64;
            }
        }
        Ok(Times { seconds, wall: start.elapsed().as_secs_f64() })
    }
}

/// Seconds of a fit, or why there is none.
fn time(row: &FitRecord) -> Result<f64, String> {
    match (&row.outcome, row.seconds) {
        (Outcome::Ok | Outcome::NotConverged(_), Some(seconds)) => Ok(seconds),
        (Outcome::Ok | Outcome::NotConverged(_), None) => Err("its fits are not timed".to_owned()),
        (Outcome::Failed(message), _) => Err(message.clone()),
        (Outcome::TimedOut(limit), _) => Err(format!("timed out after {limit:?}")),
        (Outcome::Skipped(reason), _) => Err(reason.clone()),
    }
}
