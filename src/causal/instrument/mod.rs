//! The average effect of a treatment by an instrument that may be invalid (Sun, Cui and Tchetgen Tchetgen, arXiv
//! 1907.11882).
//!
//! `Z` is an instrument, `A` the treatment, `Y` the outcome, `X` are covariates. `Z` may change `Y` directly, so that
//! two-stage least squares is biased. What identifies the effect is that the variance of `A` differs between values of
//! `Z`, while the covariance of `A` with the unobserved part of `Y` does not. With `C_z = cov(A, Y | z, X)`,
//! `V_z = var(A | z, X)` and `D = V₁ − V₀`, the effect given `X` is `β(X) = (C₁ − C₀)/D`, and the average effect is
//! `Δ = E β(X)`. The formulas of the multiply robust estimator are derived here from the pathwise derivative of that
//! ratio; the paper's own text was not available.

pub mod algebra;
pub mod crossfit;
pub mod generators;
pub mod genius;
pub mod learners;
pub mod parametric;
pub mod population;
pub mod regressions;
pub mod robust;
pub mod rows;

use std::sync::OnceLock;

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;

use crossfit::Combinations;
use generators::Direct;
use robust::Nuisances;

/// What a drawn problem knows and no data set does.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// The confounder `U`, length `n`.
    pub confounder: Vec<f64>,
    /// The true nuisances, where they have a closed form.
    pub nuisances: Option<Nuisances>,
    /// `β(X)`, length `n`, and `η`, likewise.
    pub effects: Option<(Vec<f64>, f64)>,
}

/// The data of one replicate.
#[derive(Debug)]
pub struct Observed {
    /// Covariates `X`, `n × p`; `p` may be 0.
    pub x: Design,
    /// Instruments `Z`, `n × k`, at least one.
    pub z: Design,
    /// Treatment `A`, length `n`.
    pub a: Vec<f64>,
    /// Outcome `Y`, length `n`.
    pub y: Vec<f64>,
    /// What is only known of drawn data.
    pub hidden: Option<Hidden>,
    /// Estimates by all combinations of learners, with the folds' replicate; shared by the methods that need them.
    combinations: OnceLock<(u32, Combinations)>,
}

impl Observed {
    /// Data without what only drawn problems know.
    ///
    /// # Panics
    /// If the lengths differ.
    #[must_use]
    pub fn new(x: Design, z: Design, a: Vec<f64>, y: Vec<f64>) -> Self {
        let n = y.len();
        assert!(x.rows() == n && z.rows() == n && a.len() == n, "{n} rows each");
        Self { x, z, a, y, hidden: None, combinations: OnceLock::new() }
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The first instrument.
    #[must_use]
    pub fn instrument(&self) -> &[f64] {
        self.z.column(0)
    }

    /// Whether row `i` has `Z = 1`.
    #[must_use]
    pub fn arm(&self, i: usize) -> usize {
        usize::from(self.z.column(0)[i] > 0.5)
    }

    /// The rows with `Z = 0` and those with `Z = 1`.
    ///
    /// # Errors
    /// There are none of one kind.
    pub fn arms(&self) -> anyhow::Result<[Vec<usize>; 2]> {
        let mut arms = [Vec::new(), Vec::new()];
        (0..self.rows()).for_each(|i| arms[self.arm(i)].push(i));
        for (z, rows) in arms.iter().enumerate() {
            anyhow::ensure!(rows.len() > 1, "the instrument does not vary: {} rows have Z = {z}", rows.len());
        }
        Ok(arms)
    }

    /// A copy of the given rows, without what only drawn problems know.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let of = |v: &[f64]| rows.iter().map(|&i| v[i]).collect();
        Self::new(self.x.take_rows(rows), self.z.take_rows(rows), of(&self.a), of(&self.y))
    }
}

/// What an estimator must know of a problem to accept it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Number of covariates.
    pub covariates: usize,
    /// Number of instruments.
    pub instruments: usize,
    /// Whether the treatment is 0 or 1.
    pub binary: bool,
    /// Whether the confounder is known.
    pub confounder: bool,
    /// Whether the nuisances are known.
    pub nuisances: bool,
}

impl Shape {
    /// Refuses all but one instrument and a treatment of 0 or 1.
    ///
    /// # Errors
    /// Names the estimator's `kind`.
    pub fn simple(&self) -> Result<(), Invalid> {
        if self.instruments != 1 || !self.binary {
            let message = "it needs one instrument of 0 or 1 and a treatment of 0 or 1: use \"genius\" here";
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }
}

/// An estimated average effect.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// The estimate `Δ̂`, in units of `Y`.
    pub value: f64,
    /// Its standard error, where the method has one.
    pub se: Option<f64>,
    /// Certificate: how far the estimating equation is from being solved, relative to its terms.
    pub residual: Option<f64>,
    /// F statistic of the contrast of variances that identifies the effect.
    pub strength: Option<f64>,
    /// What was clipped.
    pub clipped: Option<robust::Clipped>,
    /// Estimates by all combinations of learners.
    pub combinations: Vec<f64>,
    /// Whether the absolute error is the median over the combinations instead of that of the estimate.
    pub typical: bool,
    /// Why the numbers should not be trusted.
    pub shortfall: Option<String>,
}

/// An estimator of an average effect, with validated parameters.
pub trait AverageEffect: Send + Sync {
    /// Estimates the average effect.
    ///
    /// # Errors
    /// The data do not identify the effect, or the method cannot handle them.
    fn estimate(&self, data: &Observed, streams: &Streams) -> anyhow::Result<Estimate>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _shape: &Shape) -> Result<(), Invalid> {
        Ok(())
    }

    /// What the estimator tends to as `n` grows, where that is known.
    fn limit(&self, _problem: &Direct) -> Option<f64> {
        None
    }
}
