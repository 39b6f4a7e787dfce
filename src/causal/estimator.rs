//! Input and output of the estimators of the causal family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::problem::{Instance, Problem};
use crate::stage::Solution;
use crate::theory::Limit;

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The data.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Estimated effect, length `m`.
    pub h: Vec<f64>,
    /// Certificate: relative residual of the normal equations or largest violation of the optimality conditions.
    pub residual: Option<f64>,
    /// The regularisation that was used: `α`, `λ` or the anchor's weight.
    pub weight: Option<f64>,
    /// Whether `weight` is the largest of those drawn.
    pub largest: Option<bool>,
    /// Estimated share of the regression's squared norm that is due to confounding.
    pub beta: Option<f64>,
    /// What the estimator tends to with infinitely many rows, where that has a closed form.
    pub limit: Option<Limit>,
}

impl Fit {
    /// The fit of a linear system.
    #[must_use]
    pub fn of(solution: Solution) -> Self {
        let residual = Some(solution.residual);
        Self { h: solution.h, residual, weight: None, largest: None, beta: None, limit: None }
    }

    /// The same with its limit.
    #[must_use]
    pub fn towards(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Estimates the effect.
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
