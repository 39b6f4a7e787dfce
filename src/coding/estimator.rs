//! Input and output of the estimators of the coding family.

use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::codes::Trade;
use crate::problem::{Data, Problem};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The data.
    pub data: &'a Data,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// A learnt dictionary.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The atoms, `D × H`.
    pub dictionary: Design,
    /// Whether the scale and sign of an atom are arbitrary.
    pub free: bool,
    /// Estimated probability of a cause, of models that have one.
    pub prior: Option<f64>,
    /// Estimated standard deviation of the noise, of models that have one.
    pub sigma: Option<f64>,
    /// Share of the data that the last step was fitted to.
    pub kept: Option<f64>,
    /// Mean log-likelihood of a datum before the last step, a bound from below if states are left out.
    pub likelihood: Option<f64>,
    /// Number of steps.
    pub iterations: Option<usize>,
    /// A certificate: relative duality gap of the codes, or the relative violation of optimality conditions.
    pub residual: Option<f64>,
    /// Active units against error, of methods that code data with the atoms.
    pub trade: Option<Trade>,
    /// Why the fit fell short, if it did.
    pub shortfall: Option<String>,
}

impl Fit {
    /// A dictionary with nothing beside it.
    #[must_use]
    pub fn of(dictionary: Design) -> Self {
        Self {
            dictionary,
            free: false,
            prior: None,
            sigma: None,
            kept: None,
            likelihood: None,
            iterations: None,
            residual: None,
            trade: None,
            shortfall: None,
        }
    }
}

/// A method that learns a dictionary, with validated parameters.
pub trait Estimator: Send + Sync {
    /// Learns as many atoms as the problem has units, if the method has no number of its own.
    ///
    /// # Errors
    /// The method does not apply to the data, or fails numerically.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, problem: &Problem) -> Result<(), Invalid>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
