//! Ridge regression.

use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;
use crate::tuning::{Choose, Method, Predictions};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(Ridge, "ridge", "ridge regression along 60 weights");

/// `‖y − Xb‖² + λ‖b‖²`, with λ from 1e-6 to 1 times the square of the Frobenius norm of X.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ridge {
    /// How λ is chosen: `"oracle"` or `"cv"`.
    choose: Choose,
}

impl Check for Ridge {
    fn check(&self) -> Result<(), Invalid> {
        without_theory(self.choose)
    }
}

/// Refuses a level for an ℓ1 penalty.
pub(super) fn without_theory(choose: Choose) -> Result<(), Invalid> {
    match choose {
        Choose::Theory => Err(Invalid::new("choose", "expected \"oracle\" or \"cv\" for this method")),
        _ => Ok(()),
    }
}

impl Method for Ridge {
    fn levels(&self, design: &Design, _: &[f64]) -> anyhow::Result<Vec<f64>> {
        let square = kernels::squared_norm(design.as_slice());
        Ok((0..60).map(|i| square * 10f64.powf(-6.0 * f64::from(i) / 59.0)).collect())
    }

    fn path(&self, design: &Design, response: &[f64], levels: &[f64]) -> anyhow::Result<Predictions> {
        let (rows, fitted, d) = (design.rows(), response.len(), design.columns());
        // The rows as columns: K = XXᵀ of all rows with the fitted ones.
        let transposed = (0..rows).flat_map(|i| (0..d).map(move |j| design.column(j)[i]));
        let transposed = Design::from_columns(d, rows, transposed.collect());
        let first = Design::from_columns(d, fitted, transposed.as_slice()[..d * fitted].to_vec());
        let kernel = dense::inner(&transposed, &first);
        let square: Vec<f64> = (0..fitted).flat_map(|i| kernel.column(i)[..fitted].iter().copied()).collect();
        let (values, vectors) = dense::eigen(fitted, &square)?;
        let mut along = vec![0.0; fitted];
        vectors.tmul(response, &mut along);
        let predict = |&lambda: &f64| {
            let scaled: Vec<f64> =
                along.iter().zip(&values).map(|(a, s)| a / (s.max(0.0) + lambda)).collect();
            let (mut dual, mut prediction) = (vec![0.0; fitted], vec![0.0; rows]);
            vectors.mul(&scaled, &mut dual);
            kernel.mul(&dual, &mut prediction);
            prediction
        };
        Ok(Predictions {
            values: levels.iter().map(predict).collect(),
            sizes: vec![d; levels.len()],
            gap: None,
            shortfall: None,
        })
    }
}

impl Estimator for Ridge {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.choose.admit(problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        self.choose.fit(self, &task)
    }
}
