//! Input and output of the estimators of the nonconvex family.

use remeasure_core::{Invalid, params};

use crate::problem::{Data, Problem};

/// What an estimator makes of a replicate.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A run to a common target.
    Run(Run),
    /// Coefficients.
    Fit(Fit),
    /// A score of each feature; the larger, the more relevant.
    Scores(Vec<f64>),
}

/// A run of an iteration at one λ.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Index of the first objective at the target or below, 0 for the start; one more than the limit if there is none.
    pub to_target: usize,
    /// Whether it was reached.
    pub reached: bool,
    /// The smallest objective.
    pub objective: f64,
    /// Its distance from the smallest that any method reached.
    pub above_best: f64,
    /// Iterations until the method stopped.
    pub iterations: usize,
    /// Of the point that is returned.
    pub stationarity: f64,
    /// Largest rise of the objective in an iteration, relative to the first.
    pub rise: f64,
}

/// Coefficients on the scale of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The intercept.
    pub intercept: f64,
    /// One for each feature.
    pub coefficients: Vec<f64>,
    /// λ ÷ λ_max, of a path.
    pub fraction: Option<f64>,
    /// Distance from stationarity ÷ λ over the features that a rule kept, of an iterative method.
    pub stationarity: Option<f64>,
    /// Features that a rule dropped although their derivative exceeds λ by more than 1 %.
    pub violations: Option<usize>,
    /// Iterations over the whole path.
    pub iterations: Option<usize>,
    /// Why the method stopped too early, if it did.
    pub shortfall: Option<String>,
}

impl Fit {
    /// A fit in closed form.
    #[must_use]
    pub fn exact(intercept: f64, coefficients: Vec<f64>) -> Self {
        Self {
            intercept,
            coefficients,
            fraction: None,
            stationarity: None,
            violations: None,
            iterations: None,
            shortfall: None,
        }
    }
}

/// A method, with validated parameters.
pub trait Estimator: Send + Sync {
    /// Runs on a replicate.
    ///
    /// # Errors
    /// The data cannot be handled.
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, problem: &Problem) -> Result<(), Invalid>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
