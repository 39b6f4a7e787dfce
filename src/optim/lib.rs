//! Solvers: datafit × penalty × algorithm, with certificates.
//!
//! A solver returns a [`Solution`]: coefficients, a [`Certificate`] that bounds their suboptimality, and the
//! reason why it stopped.

pub mod certificate;
pub mod datafit;
pub mod gp;
pub mod group;
pub mod lasso;
pub mod lbfgs;
pub mod nonconvex;
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
    /// The duality gap reached the requested tolerance.
    Converged,
    /// The iteration limit was reached first.
    MaxIterations,
    /// No further progress was possible in floating point.
    Stalled,
    /// The [`deadline`](remeasure_core::deadline) of the thread passed first.
    Deadline,
}

/// The state at one convergence check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpoint {
    /// Number of iterations so far.
    pub iteration: usize,
    /// Objective, dual value and gap at this point.
    pub certificate: Certificate,
}

/// Coefficients with a certificate of their accuracy.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
    /// Objective, dual value and gap of these coefficients.
    pub certificate: Certificate,
    /// Number of iterations: sweeps of coordinate descent, or proximal steps.
    pub iterations: usize,
    /// Why the solver stopped.
    pub termination: Termination,
    /// All convergence checks of this problem, in order; the last one is `certificate`.
    pub history: Vec<Checkpoint>,
}

/// Checks a tolerance on the gap relative to the objective at zero.
fn checked_tolerance(tolerance: f64) -> Result<f64, Invalid> {
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(Invalid::new(
            "tolerance",
            format!("expected a finite number of at least 0, found {tolerance}"),
        ));
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
