//! Solvers: datafit × penalty × algorithm, with certificates.
//!
//! A solver returns a [`Solution`]: coefficients, the [`Certificate`] that
//! bounds their distance to the optimum, and why it stopped as data.

pub mod certificate;
pub mod datafit;
pub mod lasso;
pub mod lbfgs;
pub mod penalty;
pub mod proximal;

use remeasure_core::Invalid;

pub use certificate::Certificate;
pub use datafit::{Datafit, Quadratic};
pub use lasso::{Lasso, LassoProblem, LassoSolver};
pub use penalty::{ElasticNet, Penalty};
pub use proximal::ProximalGradient;

/// Why an iteration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    /// The duality gap reached the tolerance asked for.
    Converged,
    /// The iterations allowed were used up first.
    MaxIterations,
    /// No further progress was possible in floating point.
    Stalled,
    /// The [`deadline`](remeasure_core::deadline) of the thread passed first.
    Deadline,
}

/// What was known at one check of convergence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpoint {
    /// Iterations done so far.
    pub iteration: usize,
    /// Objective, dual value and gap at this point.
    pub certificate: Certificate,
}

/// Coefficients with the proof of how good they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Length `p`.
    pub coefficients: Vec<f64>,
    /// Objective, dual value and gap of these coefficients.
    pub certificate: Certificate,
    /// Iterations done: sweeps of coordinate descent, or proximal steps.
    pub iterations: usize,
    /// Why the solver stopped.
    pub termination: Termination,
    /// Every check of convergence of this problem, in order; the last one is `certificate`.
    pub history: Vec<Checkpoint>,
}

/// A tolerance on the gap relative to the objective at zero.
fn checked_tolerance(tolerance: f64) -> Result<f64, Invalid> {
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(Invalid::new("tolerance", format!("{tolerance} is not finite and at least 0")));
    }
    Ok(tolerance)
}

impl Solution {
    /// Whether the tolerance was reached.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.termination == Termination::Converged
    }
}
