//! Searches that use only values of `f`: on a grid, at random, by a Gaussian process.
//!
//! All of them search the problem's box, evaluate their points one after another with the lower level
//! warm-started from the previous point, and return the point with the least value. If the lower level cannot
//! be solved at a point, the search continues from the previous solution; the fit then reports how often that
//! happened.

mod grid;
mod proposal;
mod random;
pub mod surrogate;

use remeasure_core::Invalid;
use remeasure_core::stream::Stream;

use super::check_positive;
use crate::bounds::Bounds;
use crate::estimator::{Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Halt, Oracle};
use crate::problem::Problem;

pub(super) use grid::ENTRY as GRID;
pub(super) use proposal::ENTRY as GAUSSIAN_PROCESS;
pub(super) use random::ENTRY as RANDOM;

use rand::Rng;

/// Default `ε` of the lower level.
fn default_accuracy() -> f64 {
    1e-3
}

/// Rejects problems without a finite box.
fn check_bounded(problem: &Problem) -> Result<(), Invalid> {
    if problem.spec().is_bounded() {
        return Ok(());
    }
    Err(Invalid::new(
        "kind",
        "a search needs a finite box of hyperparameters, and this problem has none: give the problem `bounds`, if it \
         takes them, or use a method that follows gradients",
    ))
}

/// Checks the number of points of a search.
fn check_points(points: usize, least: usize) -> Result<(), Invalid> {
    if points < least {
        return Err(Invalid::new("points", format!("expected at least {least}, found {points}")));
    }
    Ok(())
}

/// A uniform position in the unit cube.
fn uniform(dimension: usize, stream: &mut Stream) -> Vec<f64> {
    (0..dimension).map(|_| stream.r#gen::<f64>()).collect()
}

/// A search in progress.
struct Search<'a> {
    oracle: Box<dyn Oracle + 'a>,
    bounds: &'a Bounds,
    shared: bool,
    accuracy: f64,
    trace: Trace,
    best: f64,
    tried: usize,
    failed: Vec<String>,
}

impl<'a> Search<'a> {
    /// With `shared`, one number is the position of all hyperparameters, each in its own interval.
    fn new(task: Task<'a>, lower: LowerSolver, accuracy: f64, shared: bool) -> anyhow::Result<Self> {
        let instance = task.instance;
        anyhow::ensure!(instance.bounds.finite(), "a search needs a finite box of hyperparameters");
        let mut oracle = instance.model.oracle(lower, instance.budget);
        oracle.keep();
        Ok(Self {
            oracle,
            bounds: &instance.bounds,
            shared,
            accuracy,
            trace: Trace::default(),
            best: f64::INFINITY,
            tried: 0,
            failed: Vec::new(),
        })
    }

    /// Number of coordinates of a position.
    fn dimension(&self) -> usize {
        if self.shared { 1 } else { self.bounds.lower().len() }
    }

    /// The hyperparameters at a position in the unit cube.
    fn theta(&self, position: &[f64]) -> Vec<f64> {
        let ends = self.bounds.lower().iter().zip(self.bounds.upper());
        let at = |i: usize| position[if self.shared { 0 } else { i }];
        ends.enumerate().map(|(i, (l, u))| (l * (1.0 - at(i)) + u * at(i)).clamp(*l, *u)).collect()
    }

    /// The value at a position; `None` if the lower level fails. An improvement becomes a step of the trace.
    fn evaluate(&mut self, position: &[f64]) -> Result<Option<f64>, Halt> {
        let theta = self.theta(position);
        self.tried += 1;
        match self.oracle.evaluate(&theta, self.accuracy) {
            Ok(at) => {
                self.oracle.keep();
                if at.value < self.best {
                    self.best = at.value;
                    self.trace.push(self.oracle.as_ref(), &theta, &at);
                }
                Ok(Some(at.value))
            }
            Err(Halt::Failed(message)) => {
                self.oracle.restore();
                self.failed.push(message);
                Ok(None)
            }
            Err(halt) => Err(halt),
        }
    }

    /// The fit; its last step is the best one.
    fn finish(self, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let end = match self.failed.first() {
            Some(first) => Err(Halt::Failed(format!(
                "the lower level was not solved at {} of {} points: {first}",
                self.failed.len(),
                self.tried
            ))),
            None => end,
        };
        self.trace.finish(self.oracle.cost(), end)
    }
}
