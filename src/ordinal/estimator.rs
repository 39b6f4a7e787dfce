//! Input and output of the estimators of the ordinal family.

use remeasure_core::numerics::Design;
use remeasure_core::params;
use remeasure_core::stream::Streams;
use remeasure_external::Reported;

use super::model::Model;
use super::sample::Sample;

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Training rows.
    pub sample: &'a Sample,
    /// Features of the test rows, if there are any, for methods that predict only when they fit.
    pub test: Option<&'a Design>,
    /// Random streams of the trial; estimators of a trial that request the same role get the same numbers.
    pub streams: &'a Streams,
}

/// A measure of how exactly a fit solves its own problem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Certificate {
    /// None: the method of a program that keeps it to itself.
    None,
    /// KKT residual of the penalised, constrained problem, on standardised features and the mean loss.
    Kkt(f64),
    /// Largest derivative of the mean loss (plus the ridge, if any) with respect to any free coefficient, for
    /// standardised features and including the multipliers of touching curves.
    Gradient(f64),
}

impl Certificate {
    /// The residual, whatever its kind; NaN if there is none.
    #[must_use]
    pub fn residual(self) -> f64 {
        match self {
            Self::None => f64::NAN,
            Self::Kkt(value) | Self::Gradient(value) => value,
        }
    }
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The fitted model.
    pub model: Model,
    /// The penalty used; `None` for methods without one.
    pub lambda: Option<f64>,
    /// How exactly the fit solves its own problem.
    pub certificate: Certificate,
    /// Newton steps of the final fit, including its path but not cross-validation.
    pub iterations: usize,
    /// Why the fit stopped before meeting its stopping rule; `None` if it did not.
    pub shortfall: Option<String>,
    /// What an external method reported of itself.
    pub reported: Reported,
    /// Number of training rows with a negative raw probability.
    pub crossed_training: usize,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits the task.
    ///
    /// # Errors
    /// The method cannot handle the sample.
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit>;

    /// Gets ready to fit on this thread before the time is taken; by default there is nothing to do.
    fn ready(&self) {}
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
