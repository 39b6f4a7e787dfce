//! NOTEARS.

use remeasure_core::Invalid;
use remeasure_core::deadline;
use remeasure_core::params::Check;
use remeasure_optim::lbfgs::{Lbfgs, Objective};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, WeightEstimator, check_positive, check_threshold, entry};
use crate::matrix::{Exponential, Matrix, add_product};
use crate::sem::{Sample, WeightFit, prune};

/// NOTEARS with the published defaults.
pub(super) const ENTRY: Entry = entry!(
    Method::Weights,
    Notears,
    "notears",
    "NOTEARS: least squares with an ℓ1 penalty under tr exp(W∘W) = d, by an augmented Lagrangian with L-BFGS"
);

/// NOTEARS (Zheng, Aragam, Ravikumar and Xing, NeurIPS 2018). Defaults are those of its code as we recall them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Notears {
    /// Weight λ of the sum of |w|, at least 0.
    lambda: f64,
    /// Largest `tr exp(W∘W) − d` at the end, above 0.
    tolerance: f64,
    /// Largest penalty ρ, above 0.
    rho_max: f64,
    /// Maximum number of outer iterations, at least 1.
    iterations: usize,
    /// Weights of at most this size become 0, at least 0.
    threshold: f64,
}

impl Default for Notears {
    fn default() -> Self {
        Self { lambda: 0.1, tolerance: 1e-8, rho_max: 1e16, iterations: 100, threshold: 0.3 }
    }
}

impl Check for Notears {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.lambda >= 0.0 && self.lambda.is_finite()) {
            let message = format!("expected a number of at least 0, found {}", self.lambda);
            return Err(Invalid::new("lambda", message));
        }
        check_positive("tolerance", self.tolerance)?;
        check_positive("rho_max", self.rho_max)?;
        if !(1..=10_000).contains(&self.iterations) {
            let message = format!("expected between 1 and 10000, found {}", self.iterations);
            return Err(Invalid::new("iterations", message));
        }
        check_threshold(self.threshold)
    }
}

/// The inner solver: as many pairs and as many iterations as SciPy's L-BFGS-B by default.
const INNER: Lbfgs = Lbfgs { memory: 10, tolerance: 1e-5, iterations: 15_000 };

/// Decrease of the constraint below which ρ grows tenfold.
const PROGRESS: f64 = 0.25;

/// The augmented Lagrangian of `W = W₊ − W₋` with both parts at least 0.
struct Lagrangian<'a> {
    covariance: &'a Matrix,
    lambda: f64,
    rho: f64,
    alpha: f64,
    weights: Matrix,
    squares: Matrix,
    residual: Matrix,
    products: Matrix,
    /// Gradient with respect to `W`, without the penalty.
    slopes: Vec<f64>,
    exponential: Exponential,
    constraint: f64,
    evaluations: usize,
}

impl<'a> Lagrangian<'a> {
    fn new(covariance: &'a Matrix, lambda: f64) -> Self {
        let d = covariance.side();
        let zeros = || Matrix::zeros(d);
        Self {
            covariance,
            lambda,
            rho: 1.0,
            alpha: 0.0,
            weights: zeros(),
            squares: zeros(),
            residual: zeros(),
            products: zeros(),
            slopes: vec![0.0; d * d],
            exponential: Exponential::new(d),
            constraint: f64::INFINITY,
            evaluations: 0,
        }
    }
}

impl Objective for Lagrangian<'_> {
    type Error = anyhow::Error;

    fn value(&mut self, x: &[f64]) -> anyhow::Result<f64> {
        let d = self.covariance.side();
        self.evaluations += 1;
        for i in 0..d {
            for j in 0..d {
                let w = x[i * d + j] - x[d * d + i * d + j];
                self.weights.set(i, j, w);
                self.squares.set(i, j, w * w);
                self.residual.set(i, j, if i == j { 1.0 - w } else { -w });
            }
        }
        if self.squares.values().iter().sum::<f64>() > 1e3 {
            // The exponential would overflow: the line search went too far.
            return Ok(f64::INFINITY);
        }
        self.products.values_mut().fill(0.0);
        add_product(self.covariance, &self.residual, &mut self.products);
        let pairs = self.residual.values().iter().zip(self.products.values());
        let loss = 0.5 * pairs.map(|(a, b)| a * b).sum::<f64>();
        let exponential = self.exponential.of(&self.squares);
        self.constraint = (0..d).map(|i| exponential.at(i, i) - 1.0).sum();
        let weight = 2.0 * self.rho.mul_add(self.constraint, self.alpha);
        for i in 0..d {
            for j in 0..d {
                self.slopes[i * d + j] =
                    weight * self.weights.at(i, j) * exponential.at(j, i) - self.products.at(i, j);
            }
        }
        let norm: f64 = x.iter().sum();
        let barrier = self.constraint * (0.5 * self.rho * self.constraint + self.alpha);
        Ok(loss + barrier + self.lambda * norm)
    }

    fn gradient(&mut self, out: &mut [f64]) -> anyhow::Result<()> {
        let (up, down) = out.split_at_mut(self.slopes.len());
        for ((u, v), g) in up.iter_mut().zip(down).zip(&self.slopes) {
            *u = self.lambda + g;
            *v = self.lambda - g;
        }
        Ok(())
    }
}

impl WeightEstimator for Notears {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        let d = sample.nodes;
        let covariance = Matrix::from_rows(d, &sample.covariance);
        let mut lagrangian = Lagrangian::new(&covariance, self.lambda);
        let lower = vec![0.0; 2 * d * d];
        let diagonal = |at: usize| (at % (d * d)) / d == at % d;
        let upper: Vec<f64> =
            (0..2 * d * d).map(|at| if diagonal(at) { 0.0 } else { f64::INFINITY }).collect();
        let mut point = lower.clone();
        let (mut constraint, mut objective, mut reached) = (f64::INFINITY, 0.0, false);
        for _ in 0..self.iterations {
            let found = loop {
                let found = INNER.minimise(&mut lagrangian, &point, &lower, &upper)?;
                lagrangian.value(&found.point)?;
                if lagrangian.constraint <= PROGRESS * constraint || lagrangian.rho >= self.rho_max {
                    break found;
                }
                lagrangian.rho *= 10.0;
                if deadline::passed() {
                    break found;
                }
            };
            constraint = lagrangian.constraint;
            (point, objective) = (found.point, found.value);
            lagrangian.alpha += lagrangian.rho * constraint;
            reached = constraint <= self.tolerance;
            if reached || lagrangian.rho >= self.rho_max || deadline::passed() {
                break;
            }
        }
        let mut weights: Vec<f64> = (0..d * d).map(|at| point[at] - point[d * d + at]).collect();
        let norm = weights.iter().map(|w| w.abs()).sum();
        let dropped = prune(d, &mut weights, self.threshold);
        let shortfall = format!("tr exp(W∘W) − d is {constraint:.1e}, above {:.1e}", self.tolerance);
        Ok(WeightFit {
            objective: Some(objective),
            norm: Some(norm),
            acyclicity: Some(constraint),
            dropped: Some(dropped),
            steps: Some(lagrangian.evaluations),
            shortfall: (!reached).then_some(shortfall),
            ..WeightFit::of(weights)
        })
    }
}
