//! What the methods are compared with.

use remeasure_core::numerics::{dense::Cholesky, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::{Problem, add_outer, finish};

/// Registers the estimator.
pub(super) const LEAST_SQUARES: Entry =
    entry!(LeastSquares, "least-squares", "least squares on the users' rows as they are, without privacy");

/// Registers the estimator.
pub(super) const ZERO: Entry = entry!(Zero, "zero", "θ = 0, whose error is 1");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LeastSquares {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zero {}

impl Check for LeastSquares {}
impl Check for Zero {}

impl Estimator for LeastSquares {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if problem.n < problem.d {
            let message = format!("least squares needs n ≥ d, found n = {} and d = {}", problem.n, problem.d);
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let d = task.problem.d;
        let (mut square, mut product) = (vec![0.0; d * d], vec![0.0; d]);
        for (x, y) in task.users.rows.chunks_exact(d).zip(&task.users.responses) {
            add_outer(x, &mut square);
            kernels::axpy(*y, x, &mut product);
        }
        finish(&mut square, d, 1.0);
        let factor = Cholesky::new(d, &square);
        let Some(factor) = factor else { anyhow::bail!("the features are linearly dependent") };
        factor.solve(&mut product);
        Ok(Fit::of(product))
    }
}

impl Estimator for Zero {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        Ok(Fit::of(vec![0.0; task.problem.d]))
    }
}
