//! linfa's one-class support vector machine at each node, as a baseline.

use anyhow::Context;
use linfa::DatasetBase;
use linfa::dataset::Pr;
use linfa::traits::Fit as _;
use linfa_svm::Svm;
use ndarray::{Array1, Array2};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::positive;
use crate::estimator::{Entry, Estimator, Fit, Models, Task};
use crate::node::Model;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(LinfaLocal, "linfa-local", "linfa-svm's one-class machine at each node, a baseline of `local`");

/// linfa-svm's sequential minimal optimisation with a linear kernel. Its dual variables sum to νn and its plane is scaled
/// accordingly, so that `w` and `r` are divided by νn here. It reports no gap, so the gap is computed here from its dual
/// variables.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaLocal {
    /// Violation of the optimality conditions at which it stops, above 0.
    #[serde(default = "tolerance")]
    tolerance: f64,
}

fn tolerance() -> f64 {
    1e-9
}

impl Check for LinfaLocal {
    fn check(&self) -> Result<(), Invalid> {
        positive("tolerance", self.tolerance)
    }
}

impl Estimator for LinfaLocal {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem.model() {
            Model::OneClass { .. } => Ok(()),
            _ => Err(Invalid::new("kind", "this estimator is for problems with model = \"one-class\"")),
        }
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let Model::OneClass { nu } = task.instance.model else { anyhow::bail!("only for one-class models") };
        let (mut models, mut gap, mut objective) = (Vec::new(), 0.0, 0.0);
        for sample in &task.instance.train {
            let (n, d) = (sample.rows.count(), sample.rows.columns());
            let records = Array2::from_shape_vec((n, d), sample.rows.as_slice().to_vec())?;
            let model = Svm::<f64, Pr>::params()
                .nu_weight(nu)
                .linear_kernel()
                .eps(self.tolerance)
                .fit(&DatasetBase::new(records, Array1::from_elem(n, ())))
                .context("linfa-svm failed")?;
            let scale = 1.0 / (nu * n as f64);
            let mut a: Vec<f64> = (0..d)
                .map(|j| {
                    let mut unit = Array1::zeros(d);
                    unit[j] = 1.0;
                    scale * model.weighted_sum(&unit)
                })
                .collect();
            a.push(scale * model.rho);
            // With w = Σ αx and Σα = 1, the dual value is −½‖w‖².
            let value = task.instance.model.node(&[sample]).value(&a);
            gap += value + 0.5 * a[..d].iter().map(|w| w * w).sum::<f64>();
            objective += value;
            models.extend(a);
        }
        anyhow::ensure!(models.iter().all(|v| v.is_finite()), "a fit of linfa-svm is not finite");
        let gap = gap / f64::abs(objective).max(1.0);
        Ok(Fit { gap: Some(gap), objective: Some(objective), ..Fit::of(Models::Linear(models)) })
    }
}
