//! Input and output of the estimators of the ordinal family.

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params;
use remeasure_core::stream::Streams;
use remeasure_external::Reported;

use super::model::Model;
use super::problem::Problem;
use super::sample::Sample;
use super::screen::Screen;

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Training rows.
    pub sample: &'a Sample,
    /// Features of the test rows, if there are any, for methods that predict only when they fit.
    pub test: Option<&'a Design>,
    /// Random streams of the trial; estimators of a trial that request the same role get the same numbers.
    pub streams: &'a Streams,
    /// The group of each training row, counted from 0, if there are groups.
    pub groups: Option<&'a [usize]>,
    /// The true model, for yardsticks; `None` if it is not known.
    pub model: Option<&'a Model>,
}

impl<'a> Task<'a> {
    /// Training rows alone: no test rows, no groups, no true model.
    #[must_use]
    pub fn new(sample: &'a Sample, streams: &'a Streams) -> Self {
        Self { sample, test: None, streams, groups: None, model: None }
    }
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
    /// Duality gap, relative to the mean loss of the intercepts alone; `None` where there is no such bound.
    pub gap: Option<f64>,
    /// What a screen of collinear columns kept; `None` without a screen.
    pub screen: Option<Screen>,
}

impl Fit {
    /// A fit without a penalty, a certificate, a screen or anything that an external method reports.
    #[must_use]
    pub fn plain(model: Model) -> Self {
        Self {
            model,
            lambda: None,
            certificate: Certificate::None,
            iterations: 0,
            shortfall: None,
            reported: Reported::default(),
            crossed_training: 0,
            gap: None,
            screen: None,
        }
    }
}

/// One step of a path of coefficients.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The penalty, in the units of [`Fit::lambda`].
    pub lambda: f64,
    /// Coefficients of standardised features (0 for those that a screen dropped), one vector of length `p` for each class
    /// or boundary.
    pub slopes: Vec<Vec<f64>>,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits the task.
    ///
    /// # Errors
    /// The method cannot handle the sample.
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit>;

    /// Whether it can run on a problem.
    ///
    /// # Errors
    /// It cannot; the error names the estimator's key.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    /// The path of coefficients around a fit, in descending order of λ, for figures; empty if there is none, or none is
    /// asked for. It is not timed.
    ///
    /// # Errors
    /// The method cannot handle the sample.
    fn path(&self, _task: &Task<'_>, _fit: &Fit) -> anyhow::Result<Vec<Traced>> {
        Ok(Vec::new())
    }

    /// Gets ready to fit on this thread before the time is taken; by default there is nothing to do.
    fn ready(&self) {}
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
