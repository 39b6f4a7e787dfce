//! linfa's logistic regression, as a baseline.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Axis, Slice};
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::likelihood::sigmoid;
use crate::model::{Binary, Model};
use crate::problem::Problem;
use crate::training::Training;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    LinfaLogistic,
    "logistic-linfa",
    "linfa-logistic's regression of the rare class against the others, a baseline"
);

/// linfa-logistic's L-BFGS on standardised features.
///
/// linfa takes the majority class as the positive one, so signs are flipped if that is not the rare class.
/// Its ridge is relative to the sum of the losses, and it does not report reaching the iteration limit, so
/// the gradient is recomputed here. A fit cannot be interrupted: the time limit is only checked before it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaLogistic {
    /// Weight of the ridge `alpha/2·‖β‖²`, added to the sum of the losses on standardised features; at least 0.
    #[serde(default)]
    alpha: f64,
    /// Largest derivative of the mean loss to reach, above 0.
    #[serde(default = "loose")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
}

/// The smallest tolerance that its line search still reaches.
fn loose() -> f64 {
    1e-6
}

impl Check for LinfaLogistic {
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

impl Estimator for LinfaLogistic {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        anyhow::ensure!(!deadline::passed(), "the time limit passed before the fit");
        let labels = task.sample.rare_labels()?;
        let training = Training::of(&task.sample.design, &labels, 2)?;
        let n = training.rows();
        let rare = training.groups[1].clone();
        let records = training.design.view().slice_axis(Axis(1), Slice::from(1..)).to_owned();
        let targets = Array1::from_iter((0..n).map(|i| rare.contains(&i)));
        let model = LogisticRegression::default()
            .alpha(self.alpha)
            // Its norm of the gradient of the sum is at least the largest derivative.
            .gradient_tolerance(self.tolerance * n as f64)
            .max_iterations(self.max_iterations as u64)
            .fit(&Dataset::new(records, targets))?;
        let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
        let mut block = vec![sign * model.intercept()];
        block.extend(model.params().iter().map(|v| sign * v));
        let residual = gradient(&training, &block, self.alpha);
        let (slopes, shift) = training.raw_slopes(&block);
        let shortfall = (residual > self.tolerance)
            .then(|| format!("largest derivative {residual:.1e} is above {:.1e}", self.tolerance));
        Ok(Fit {
            certificate: Certificate::Gradient(residual),
            shortfall,
            // linfa does not report iterations.
            ..Fit::plain(Model::Binary(Binary { intercept: block[0] - shift, slopes }))
        })
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        super::admits_rare(problem)
    }
}

/// Largest derivative of the mean loss plus ridge.
fn gradient(training: &Training, block: &[f64], alpha: f64) -> f64 {
    let n = training.rows();
    let mut residual = vec![0.0; n];
    training.product(0..n, block, &mut residual);
    for (i, r) in residual.iter_mut().enumerate() {
        *r = sigmoid(*r) - f64::from(u8::from(training.groups[1].contains(&i)));
    }
    let mut out = vec![0.0; block.len()];
    training.add_transposed(0..n, &residual, &mut out);
    out.iter_mut().zip(block).skip(1).for_each(|(g, w)| *g += alpha * w);
    kernels::max_abs(&out) / n as f64
}
