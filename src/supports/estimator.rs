//! Input and output of the estimators of the supports family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::problem::{Instance, Problem};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Sizes and noise.
    pub problem: &'a Problem,
    /// The data.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// What the proof says of a fit, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Guarantee {
    /// Reference columns that are independent, m.
    pub reference: usize,
    /// Share of `j ∈ T` with `‖r_j‖ > dist(x_j, span X_{T∖j})`.
    pub failures: f64,
    /// The same less its bound, `1/(L + 1)`.
    pub excess: f64,
    /// `Σ_T |w_j|‖r_j‖ / ‖v‖`, at most k if nothing fails.
    pub weight: f64,
    /// `Σ_T |w_j|√n / ‖v‖`, the same without preconditioning.
    pub plain_weight: f64,
    /// Number of `j ∈ T` with `|w_j|‖r_j‖ > ‖v‖` and no failure; 0, as the proof says.
    pub contradictions: usize,
    /// `4λ Σ|w_j|‖r_j‖/√n + ‖QQᵀξ‖²/n`, for the λ used.
    pub bound: f64,
    /// `4λk‖v‖/√n + mσ²/n`, for the λ used.
    pub stated: f64,
    /// Whether `λ ≥ ‖ãᵀξ‖∞/n`, so that the bound must hold.
    pub applies: bool,
    /// Largest `|qᵀã|`.
    pub orthogonality: f64,
}

/// A fit; some parts exist for some estimators only.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Predictions, length n.
    pub prediction: Vec<f64>,
    /// The λ or number of steps used.
    pub level: Option<f64>,
    /// Non-zero coefficients or columns.
    pub size: Option<usize>,
    /// Certificate: largest relative duality gap along the path.
    pub gap: Option<f64>,
    /// What the proof says.
    pub guarantee: Option<Guarantee>,
    /// Why the solver fell short of its tolerance.
    pub shortfall: Option<String>,
}

impl Fit {
    /// A fit of which nothing else is known.
    #[must_use]
    pub fn of(prediction: Vec<f64>) -> Self {
        Self { prediction, level: None, size: None, gap: None, guarantee: None, shortfall: None }
    }
}

/// A method with validated parameters.
pub trait Estimator: Send + Sync {
    /// Predicts the signal.
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
