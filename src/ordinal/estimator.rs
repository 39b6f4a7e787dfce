//! What an estimator of the ordinal family is given and gives back.

use remeasure_core::params;
use remeasure_core::stream::Streams;

use super::model::Model;
use super::sample::Sample;

/// What an estimator may look at.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Training rows.
    pub sample: &'a Sample,
    /// Streams of the trial; estimators of a trial that ask for the same role share its draws.
    pub streams: &'a Streams,
}

/// The proof of quality that came with a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Certificate {
    /// KKT residual of the penalised, constrained problem, on standardised features and the mean loss.
    Kkt(f64),
    /// Largest derivative of the mean loss (and ridge, if any) on standardised features, by any free
    /// coefficient, multipliers of touching curves counted.
    Gradient(f64),
}

impl Certificate {
    /// The residual, whatever its kind.
    #[must_use]
    pub fn residual(self) -> f64 {
        match self {
            Self::Kkt(value) | Self::Gradient(value) => value,
        }
    }
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What predicts.
    pub model: Model,
    /// The penalty used; `None` for methods without one.
    pub lambda: Option<f64>,
    /// Proof of quality.
    pub certificate: Certificate,
    /// Newton steps of the final fit (its path counted, cross-validation not).
    pub iterations: usize,
    /// Why the fit stopped short, if it did.
    pub shortfall: Option<String>,
    /// Training rows whose raw probabilities are not all ≥ 0.
    pub crossed_training: usize,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits the task.
    ///
    /// # Errors
    /// A sample that the method cannot handle.
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit>;
}

/// An estimator that configs can name.
pub type Entry = params::Entry<dyn Estimator>;
