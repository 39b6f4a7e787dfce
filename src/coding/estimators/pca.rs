//! Principal components.

use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::codes;
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Pca, "pca", "directions of the largest second moments, which all data share; a yardstick");

/// The eigenvectors of `Σ y yᵀ`, largest first, as many as there are units, at most as many as numbers of a datum. A datum is
/// coded by its first k components, whatever it is. Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pca {}

impl Check for Pca {}

impl Estimator for Pca {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (pixels, _) = problem.size();
        if matches!(problem, Problem::Bars(_)) && problem.units() > pixels {
            let message =
                format!("there are {pixels} principal components; the problem has {} units", problem.units());
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let y = &task.data.y;
        let d = y.rows();
        let mut moments = vec![0.0; d * d];
        for n in 0..y.columns() {
            for (row, v) in moments.chunks_exact_mut(d).zip(y.column(n)) {
                kernels::axpy(*v, y.column(n), row);
            }
        }
        let (_, vectors) = dense::eigen(d, &moments)?;
        let units = task.data.units.min(d);
        // The last eigenvalues are the largest.
        let values = (0..units).flat_map(|j| vectors.column(d - 1 - j).iter().copied()).collect();
        let basis = Design::from_columns(d, units, values);
        let trade = codes::components(task.data.test.as_ref().unwrap_or(y), &basis);
        Ok(Fit { free: true, trade: Some(trade), ..Fit::of(basis) })
    }
}
