//! Input and output of the estimators of the network family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::admm::Residuals;
use crate::problem::{Instance, Problem};
use crate::scores::{self, Measures};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The data.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// What scores the rows.
#[derive(Clone, Debug)]
pub enum Models {
    /// A linear model for each node, `V × p`.
    Linear(Vec<f64>),
    /// The scores of the test rows themselves, for each node; below 0 is an alarm.
    Scores(Vec<Vec<f64>>),
}

/// A fit on the way along a path.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// `λ`.
    pub lambda: f64,
    /// What was measured there.
    pub measures: Measures,
    /// Relative gap.
    pub gap: f64,
    /// Iterations from the fit before.
    pub iterations: usize,
    /// Groups of nodes with the same model.
    pub clusters: usize,
}

/// A fit; most parts exist for some estimators only.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What scores the rows.
    pub models: Models,
    /// The `λ` that was used or chosen; `None` for an estimator without one.
    pub lambda: Option<f64>,
    /// The objective of network Lasso at the `λ` used.
    pub objective: Option<f64>,
    /// Certificate: optimality gap relative to the objective, or to 1 if that is smaller; of a path, the largest.
    pub gap: Option<f64>,
    /// Residuals of the last iteration.
    pub residuals: Option<Residuals>,
    /// Iterations; of a path, in all.
    pub iterations: Option<usize>,
    /// Groups of nodes with the same model.
    pub clusters: Option<usize>,
    /// Numbers that the solver and the losses of the nodes hold.
    pub held: Option<usize>,
    /// The path.
    pub path: Vec<Point>,
    /// Relative gap after iterations.
    pub trace: Vec<(usize, f64)>,
    /// Why the fit fell short of its own stopping rule.
    pub shortfall: Option<String>,
}

impl Fit {
    /// A fit of which nothing else is known.
    #[must_use]
    pub fn of(models: Models) -> Self {
        Self {
            models,
            lambda: None,
            objective: None,
            gap: None,
            residuals: None,
            iterations: None,
            clusters: None,
            held: None,
            path: Vec::new(),
            trace: Vec::new(),
            shortfall: None,
        }
    }

    /// Measures the models on the test rows.
    #[must_use]
    pub fn measures(&self, instance: &Instance) -> Measures {
        match &self.models {
            Models::Linear(models) => scores::of_models(instance, models),
            Models::Scores(given) => scores::of_scores(instance, given),
        }
    }
}

/// A method with validated parameters.
pub trait Estimator: Send + Sync {
    /// Fits all nodes.
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
