//! What an estimator of the sparse family is given and gives back.

use super::problem::{Problem, Truth};
use crate::numerics::params;
use crate::numerics::stream::Streams;
use crate::numerics::{Design, Invalid};

/// What an estimator may look at.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Design `A`, `n × p`.
    pub design: &'a Design,
    /// Response `y`, length `n`.
    pub response: &'a [f64],
    /// The truth: for oracles, and for rules that assume σ or the sparsity known.
    pub truth: Option<&'a Truth>,
    /// Streams of the trial; estimators of a trial that ask for the same role share its draws.
    pub streams: &'a Streams,
}

/// The proof of quality that came with a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Certificate {
    /// Duality gap divided by the objective at zero, `P(0) = ‖y‖²/(2n)`.
    RelativeGap(f64),
    /// Distance of the estimate from the point its own iteration maps it to, relative to its norm.
    FixedPoint(f64),
    /// Largest `|a_jᵀ r| / (‖a_j‖‖y‖)` over the support: 0 for a least-squares fit.
    Orthogonality(f64),
}

/// The estimate after some iterations.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Number of iterations made.
    pub iteration: usize,
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
    /// The penalty used, in the convention of the family; `None` for methods without one.
    pub lambda: Option<f64>,
    /// Proof of quality.
    pub certificate: Certificate,
    /// Iterations made, in the method's own unit.
    pub iterations: usize,
    /// Why the fit stopped short, if it did.
    pub shortfall: Option<String>,
    /// The path to the estimate, where it was asked for.
    pub trajectory: Vec<Snapshot>,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits the task.
    ///
    /// # Errors
    /// A problem that the method cannot handle.
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit>;

    /// Refuses a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not fit, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimator that configs can name.
pub type Entry = params::Entry<Box<dyn Estimator>>;
