//! A bilevel problem as the methods see it: inexact values and hypergradients, each with a bound on its error and a price.

use super::cost::{Cost, Currency};

/// Why an oracle gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The budget is spent.
    #[error("the budget is spent")]
    Budget,
    /// The [`deadline`](remeasure_core::deadline) of the thread has passed.
    #[error("the time is up")]
    Deadline,
    /// The lower level cannot be solved here.
    #[error("{0}")]
    Failed(String),
}

/// `g` at an approximate solution of the lower level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// `g(x̃)`.
    pub value: f64,
    /// `‖∇g(x̃)‖`.
    pub slope: f64,
    /// `ε ≥ ‖x̃ − x*‖`.
    pub accuracy: f64,
    /// `L_g`.
    pub lipschitz: f64,
    /// Whether `g` is convex.
    pub convex: bool,
}

impl Evaluation {
    /// `U₊`: an upper bound on `f(θ) = g(x*)`.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.value + self.slope * self.accuracy + 0.5 * self.lipschitz * self.accuracy * self.accuracy
    }

    /// `U₋`: a lower bound on `f(θ) = g(x*)`.
    #[must_use]
    pub fn least(&self) -> f64 {
        let curvature = if self.convex { 0.0 } else { 0.5 * self.lipschitz * self.accuracy * self.accuracy };
        self.value - self.slope * self.accuracy - curvature
    }
}

/// An approximate hypergradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypergradient {
    /// `z`, one entry for each hyperparameter.
    pub vector: Vec<f64>,
    /// `ω ≥ ‖z − ∇f(θ)‖` (Salehi et al., the a-posteriori bound).
    pub bound: f64,
    /// Residual of the linear system, recomputed.
    pub residual: f64,
}

/// Inexact values and hypergradients of `f`, warm-started from one question to the next.
pub trait Oracle {
    /// Number of hyperparameters.
    fn parameters(&self) -> usize;

    /// Solves the lower level at `theta` to `accuracy` (a bound on `‖x̃ − x*‖`) and evaluates `g` there.
    ///
    /// # Errors
    /// Why there is no solution.
    fn evaluate(&mut self, theta: &[f64], accuracy: f64) -> Result<Evaluation, Halt>;

    /// The hypergradient at the point evaluated last, its linear system solved to the absolute residual `residual`.
    ///
    /// # Errors
    /// Why there is none.
    fn hypergradient(&mut self, residual: f64) -> Result<Hypergradient, Halt>;

    /// Keeps the lower-level solution for [`Oracle::restore`]; what was kept before is forgotten.
    fn keep(&mut self);

    /// Goes back to what was kept, so that a rejected trial point leaves no trace but its price.
    fn restore(&mut self);

    /// What has been charged so far.
    fn cost(&self) -> Cost;

    /// The unit in which this problem's budget is counted.
    fn currency(&self) -> Currency;

    /// The total so far in that unit.
    fn spent(&self) -> f64 {
        self.cost().total(self.currency())
    }
}
