//! The interface of a bilevel problem for methods: inexact values and hypergradients, each with an error bound and a
//! cost.

use super::cost::{Cost, Currency};

/// Why an oracle did not return a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The budget is spent.
    #[error("the budget is spent")]
    Budget,
    /// The [`deadline`](remeasure_core::deadline) of the thread has passed.
    #[error("the time limit was reached")]
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
    /// `z`, one entry per hyperparameter.
    pub vector: Vec<f64>,
    /// `ω ≥ ‖z − ∇f(θ)‖`, the a-posteriori bound of Salehi et al.
    pub bound: f64,
    /// Residual of the linear system, recomputed.
    pub residual: f64,
}

/// Inexact values and hypergradients of `f`, warm-started from one query to the next.
pub trait Oracle {
    /// Number of hyperparameters.
    fn parameters(&self) -> usize;

    /// Solves the lower level at `theta` to `accuracy` (a bound on `‖x̃ − x*‖`) and evaluates `g` there.
    ///
    /// # Errors
    /// Why there is no solution.
    fn evaluate(&mut self, theta: &[f64], accuracy: f64) -> Result<Evaluation, Halt>;

    /// The hypergradient at the last evaluated point, with its linear system solved to the absolute residual
    /// `residual`.
    ///
    /// # Errors
    /// Why there is no hypergradient.
    fn hypergradient(&mut self, residual: f64) -> Result<Hypergradient, Halt>;

    /// Saves the lower-level solution for [`Oracle::restore`], replacing the one saved before.
    fn keep(&mut self);

    /// Restores the saved solution, so that a rejected trial point has no effect except its cost.
    fn restore(&mut self);

    /// The total cost so far.
    fn cost(&self) -> Cost;

    /// The unit of this problem's budget.
    fn currency(&self) -> Currency;

    /// The total cost so far in that unit.
    fn spent(&self) -> f64 {
        self.cost().total(self.currency())
    }
}
