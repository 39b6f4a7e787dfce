//! A bilinear lower level on an interval, a case where penalty functions do not approximate `f` (Kwon, Kwon,
//! Wright and Nowak, arXiv 2309.01753; our "P8").
//!
//! `h(x, θ) = θx` on `x ∈ [−1, 1]`, `g(x, θ) = (x − .5)² + .1θ²`. For `θ > 0` the lower level's solution is
//! −1, for `θ < 0` it is 1, and at 0 it is the whole interval, from which the upper level takes the best: `f`
//! jumps there, while the penalty function is continuous, so that for every `σ` they differ by at least half
//! the jump.

use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::bounds::Bounds;
use crate::cost::{Cost, Currency};
use crate::inexact::LowerSolver;
use crate::oracle::{Evaluation, Halt, Hypergradient, Oracle};
use crate::problem::{Entry, Exact, Instance, Model, Spec, Threshold, Truth};
use crate::problems::{check_budget, check_thresholds};
use crate::smooth::Smooth;

/// Registers the problem.
pub(super) const ENTRY: Entry = entry!(
    Bilinear,
    "bilinear",
    "one hyperparameter times one variable in an interval: not strongly convex, so that f jumps"
);

/// One hyperparameter times one variable in an interval. Nothing is random: all replicates are the same.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bilinear {
    /// Budget of a method: number of gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
}

impl Check for Bilinear {
    fn check(&self) -> Result<(), Invalid> {
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)
    }
}

impl Spec for Bilinear {
    fn draw(&self, _: &Streams) -> anyhow::Result<Instance> {
        Ok(Instance {
            model: Box::new(Functions),
            start: vec![0.5],
            bounds: Bounds::cube(1, [-1.0, 1.0])?,
            budget: self.budget,
            thresholds: Threshold::at(&self.thresholds),
            minimum: Some(0.0),
        })
    }

    fn parameters(&self) -> usize {
        1
    }

    fn is_smooth(&self) -> bool {
        false
    }

    fn is_penalised(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        true
    }
}

/// `g(x, θ)`.
fn upper(x: f64, theta: f64) -> f64 {
    (x - 0.5).powi(2) + 0.1 * theta * theta
}

#[derive(Debug)]
struct Functions;

impl Model for Functions {
    fn oracle(&self, _: LowerSolver, _: f64) -> Box<dyn Oracle + '_> {
        Box::new(Refusal)
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        None
    }

    fn penalised(&self, theta: &[f64], sigma: f64) -> Option<f64> {
        let t = *theta.first()?;
        // The minimiser of σ(x − .5)² + θx; min h = −|θ|.
        let x = (0.5 - 0.5 * t / sigma).clamp(-1.0, 1.0);
        Some(upper(x, t) + (t * x + t.abs()) / sigma)
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        Box::new(Closed)
    }
}

struct Closed;

impl Truth for Closed {
    fn exact(&mut self, theta: &[f64], _: bool) -> anyhow::Result<Exact> {
        let t = theta[0];
        let x = if t > 0.0 {
            -1.0
        } else if t < 0.0 {
            1.0
        } else {
            0.5
        };
        Ok(Exact { value: upper(x, t), gradient: (t != 0.0).then(|| vec![0.2 * t]) })
    }

    fn is_cheap(&self) -> bool {
        true
    }
}

/// Inexact solutions have no error bound here.
struct Refusal;

impl Refusal {
    fn halt() -> Halt {
        Halt::Failed("the lower level is not strongly convex, so its solution has no error bound".to_owned())
    }
}

impl Oracle for Refusal {
    fn parameters(&self) -> usize {
        1
    }

    fn evaluate(&mut self, _: &[f64], _: f64) -> Result<Evaluation, Halt> {
        Err(Self::halt())
    }

    fn hypergradient(&mut self, _: f64) -> Result<Hypergradient, Halt> {
        Err(Self::halt())
    }

    fn keep(&mut self) {}

    fn restore(&mut self) {}

    fn cost(&self) -> Cost {
        Cost::default()
    }

    fn currency(&self) -> Currency {
        Currency::Evaluations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: a fine scan of the interval.
    #[test]
    fn the_penalty_function_is_the_minimum_of_a_scan() {
        for theta in [-0.7, -0.01, 0.0, 0.003, 0.4] {
            for sigma in [1.0, 0.1, 0.01] {
                let scan = |weight: f64| {
                    (0..=200_000)
                        .map(|i| f64::from(i) / 1e5 - 1.0)
                        .map(|x| weight * upper(x, theta) + theta * x)
                        .fold(f64::INFINITY, f64::min)
                };
                let expected = (scan(sigma) - scan(0.0)) / sigma;
                let found = Functions.penalised(&[theta], sigma).unwrap();
                assert!((found - expected).abs() < 1e-6, "θ = {theta}, σ = {sigma}: {found}, {expected}");
            }
        }
    }

    /// Away from 0 the penalty function is exact for small enough σ; next to 0 it stays 2.25 below f.
    #[test]
    fn the_error_does_not_vanish_with_sigma() {
        for sigma in [1e-1, 1e-3, 1e-5] {
            let error = |theta: f64| {
                (Functions.penalised(&[theta], sigma).unwrap() - Closed.exact(&[theta], false).unwrap().value)
                    .abs()
            };
            assert!(error(4.0 * sigma) < 1e-12 && error(-1.1 * sigma) < 1e-12);
            assert!((error(1e-9 * sigma) - 2.25).abs() < 1e-8);
        }
    }
}
