//! Input and output of the estimators of the privacy family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::problem::{Problem, Users};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Sizes, budget and noise.
    pub problem: &'a Problem,
    /// The users.
    pub users: &'a Users,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// What counting messages of the randomizer shows.
#[derive(Clone, Copy, Debug)]
pub struct Audit {
    /// Share of the messages of `r·e₁` with a positive first coordinate.
    pub up: f64,
    /// Share of the messages of `−r·e₁` with a positive first coordinate.
    pub down: f64,
    /// `(mean message − v)²` in units of its squared standard error, mean over the coordinates, for a random `v`.
    pub bias: f64,
    /// Largest departure of a message's norm from `B`, relative to it.
    pub norm_error: f64,
}

/// A fit; most parts exist for some estimators only.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// Coefficients, length d; `None` if nothing was estimated.
    pub coefficients: Option<Vec<f64>>,
    /// Coefficients after each round.
    pub rounds: Vec<Vec<f64>>,
    /// The threshold λ that was used.
    pub lambda: Option<f64>,
    /// Share of the features' values that were clipped, or of the rows if these are clipped as a whole.
    pub clipped_x: Option<f64>,
    /// Share of the responses that were clipped.
    pub clipped_y: Option<f64>,
    /// Largest norm of a user's vector relative to the bound that the randomizer relies on.
    pub reach: Option<f64>,
    /// Share of the users who sent a message.
    pub used: Option<f64>,
    /// What counting showed.
    pub audit: Option<Audit>,
}

impl Fit {
    /// A fit of which nothing else is known.
    #[must_use]
    pub fn of(coefficients: Vec<f64>) -> Self {
        Self { coefficients: Some(coefficients), ..Self::default() }
    }
}

/// A method with validated parameters.
pub trait Estimator: Send + Sync {
    /// Estimates `θ*`.
    ///
    /// # Errors
    /// The method cannot handle the data.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
