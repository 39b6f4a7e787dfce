//! Input and output of the estimators of the causal family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::augmentation::{Augmentation, Instance};
use crate::instrument::AverageEffect;
use crate::onemap::log::Replay;
use crate::onemap::methods::Debias;
use crate::problem::Problem;
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
    /// Where it has none: a limit that varies between models much as the error of this fit does.
    pub control: Option<Limit>,
}

impl Fit {
    /// The fit of a linear system.
    #[must_use]
    pub fn of(solution: Solution) -> Self {
        let residual = Some(solution.residual);
        let (h, limit, control) = (solution.h, None, None);
        Self { h, residual, weight: None, largest: None, beta: None, limit, control }
    }

    /// The same with its limit.
    #[must_use]
    pub fn towards(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

/// A regression on augmented data, with validated parameters.
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
    fn admit(&self, _problem: &Augmentation) -> Result<(), Invalid> {
        Ok(())
    }
}

/// What a config can select, by the kind of problem that it is for.
pub enum Method {
    /// For `kind = "augmentation"`.
    Regression(Box<dyn Estimator>),
    /// For `kind = "one-map"`.
    Effect(Box<dyn Debias>),
    /// For `kind = "one-map-log"`.
    Replay(Box<Replay>),
    /// For problems with an instrument.
    Average(Box<dyn AverageEffect>),
}

impl Method {
    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    pub fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if let (Self::Average(method), Some(shape)) = (self, problem.shape()) {
            return method.admit(&shape);
        }
        let meant = match (self, problem) {
            (Self::Regression(estimator), Problem::Augmentation(problem)) => return estimator.admit(problem),
            (Self::Effect(method), Problem::OneMap(problem)) => return method.admit(problem),
            (Self::Replay(_), Problem::Log(_)) => return Ok(()),
            (Self::Regression(_), _) => "augmentation\"",
            (Self::Effect(_), _) => "one-map\"",
            (Self::Replay(_), _) => "one-map-log\"",
            (Self::Average(_), _) => "invalid-instrument\", \"many-instruments\", \"pension\" or \"csv\"",
        };
        let message =
            format!("this estimator is for problems of kind = \"{meant}, not \"{}\"", problem.kind());
        Err(Invalid::new("kind", message))
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<Method>;
