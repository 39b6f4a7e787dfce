//! linfa's multinomial logistic regression, as a baseline.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Axis, Slice};
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::model::{Model, Multinomial};
use crate::training::Training;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    LinfaMultinomial,
    "multinomial-linfa",
    "linfa-logistic's multinomial regression with a ridge, a baseline"
);

/// linfa-logistic's L-BFGS on standardised features.
///
/// It has a ridge only, relative to the sum of the losses, at one weight: no ℓ1 norm, path or cross-validation. Its
/// log-sum-exp subtracts the highest score of all rows, not of each, and floors the sum at 1e-15, so its loss is
/// wrong where scores of different rows are more than 34 apart, as they are in separable data with little ridge.
/// It does not report reaching the iteration limit, so the gradient is recomputed here. A fit cannot be
/// interrupted: the time limit is only checked before it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaMultinomial {
    /// Weight of the ridge `alpha/2·Σ‖β_k‖²`, added to the sum of the losses on standardised features; at least 0.
    #[serde(default = "one")]
    alpha: f64,
    /// Largest derivative of the mean loss to reach, above 0.
    #[serde(default = "loose")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
}

/// linfa's own default.
fn one() -> f64 {
    1.0
}

/// A tolerance that its line search reaches.
fn loose() -> f64 {
    1e-6
}

impl Check for LinfaMultinomial {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.alpha.is_finite() && self.alpha >= 0.0) {
            return Err(Invalid::new(
                "alpha",
                format!("expected a number of at least 0, found {}", self.alpha),
            ));
        }
        super::check_stopping(self.tolerance, self.max_iterations)
    }
}

impl Estimator for LinfaMultinomial {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        anyhow::ensure!(!deadline::passed(), "the time limit passed before the fit");
        let training = Training::new(task.sample)?;
        let n = training.rows();
        let records = training.design.view().slice_axis(Axis(1), Slice::from(1..)).to_owned();
        let class = |i: usize| training.groups.iter().position(|rows| rows.contains(&i)).unwrap_or(0);
        let targets = Array1::from_iter((0..n).map(class));
        let fitted = MultiLogisticRegression::default()
            .alpha(self.alpha)
            // Its norm of the gradient of the sum is at least the largest derivative.
            .gradient_tolerance(self.tolerance * n as f64)
            .max_iterations(self.max_iterations as u64)
            .fit(&Dataset::new(records, targets))?;
        let blocks: Vec<Vec<f64>> = (0..training.groups.len())
            .map(|k| {
                let slopes = fitted.params().column(k);
                std::iter::once(fitted.intercept()[k]).chain(slopes.iter().copied()).collect()
            })
            .collect();
        let residual = gradient(&training, &blocks, self.alpha);
        let mut model = Multinomial {
            intercepts: vec![f64::NEG_INFINITY; training.classes],
            slopes: vec![vec![0.0; training.features]; training.classes],
        };
        for (block, &class) in blocks.iter().zip(&training.present) {
            let (slopes, shift) = training.raw_slopes(block);
            model.intercepts[class] = block[0] - shift;
            model.slopes[class] = slopes;
        }
        let shortfall = (residual > self.tolerance)
            .then(|| format!("largest derivative {residual:.1e} is above {:.1e}", self.tolerance));
        // linfa does not report iterations.
        Ok(Fit {
            certificate: Certificate::Gradient(residual),
            shortfall,
            ..Fit::plain(Model::Multinomial(model))
        })
    }
}

/// Largest derivative of the mean loss plus ridge, on the standardised scale.
fn gradient(training: &Training, blocks: &[Vec<f64>], alpha: f64) -> f64 {
    let n = training.rows();
    let standard = Multinomial { intercepts: vec![0.0; blocks.len()], slopes: blocks.to_vec() };
    // The first column of the design is 1.
    let probabilities = standard.probabilities(&training.design);
    let mut largest = 0.0_f64;
    for (k, (block, rows)) in blocks.iter().zip(&training.groups).enumerate() {
        let column: Vec<f64> =
            (0..n).map(|i| probabilities.row(i)[k] - f64::from(u8::from(rows.contains(&i)))).collect();
        let mut out = vec![0.0; block.len()];
        training.add_transposed(0..n, &column, &mut out);
        out.iter_mut().zip(block).skip(1).for_each(|(g, w)| *g += alpha * w);
        largest = largest.max(kernels::max_abs(&out) / n as f64);
    }
    largest
}
