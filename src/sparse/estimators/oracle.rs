//! Least squares on the true support, as a bound for the other estimators.

use anyhow::Context;
use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use remeasure_external::Reported;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Oracle, "oracle", "least squares on the true support, a bound for the other estimators");

/// Least squares on the true support, by Householder QR.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oracle {}

impl Check for Oracle {}

/// The certificate of a least-squares fit on `support`.
pub(super) fn orthogonality(task: &Task<'_>, coefficients: &[f64], support: &[usize]) -> Certificate {
    let mut residual = vec![0.0; task.design.rows()];
    task.design.mul(coefficients, &mut residual);
    for (r, y) in residual.iter_mut().zip(task.response) {
        *r = y - *r;
    }
    let scale = kernels::squared_norm(task.response).sqrt();
    let worst = support.iter().fold(0.0, |worst: f64, &j| {
        let column = task.design.column(j);
        let bound = kernels::squared_norm(column).sqrt() * scale;
        if bound > 0.0 { worst.max(kernels::dot(column, &residual).abs() / bound) } else { worst }
    });
    Certificate::Orthogonality(worst)
}

impl Estimator for Oracle {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (n, _) = problem.shape();
        match problem.sparsity() {
            // The truth may come with the data.
            None if problem.is_unseen() => Ok(()),
            None => Err(Invalid::new(
                "kind",
                "the oracle needs the true coefficients, which this problem does not have",
            )),
            Some(k) if k > n => {
                Err(Invalid::new("kind", format!("the oracle needs n ≥ k, found n = {n} and k = {k}")))
            }
            Some(_) => Ok(()),
        }
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let support = &task.truth.context("the oracle needs the true coefficients")?.support;
        let n = task.design.rows();
        anyhow::ensure!(
            support.len() <= n,
            "the support has {} features, more than n = {n} observations",
            support.len()
        );
        let mut coefficients = vec![0.0; task.design.columns()];
        if !support.is_empty() {
            let columns = Mat::from_fn(n, support.len(), |i, l| task.design.column(support[l])[i]);
            let response = Mat::from_fn(n, 1, |i, _| task.response[i]);
            let solution = columns.qr().solve_lstsq(&response);
            for (l, &j) in support.iter().enumerate() {
                coefficients[j] = solution[(l, 0)];
            }
        }
        Ok(Fit {
            reported: Reported::default(),
            certificate: orthogonality(task, &coefficients, support),
            coefficients,
            lambda: None,
            iterations: 1,
            shortfall: None,
            trajectory: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residual_is_orthogonal_to_the_support() -> anyhow::Result<()> {
        let instance = crate::testing::instance(30, 60, 6, 0.5);
        let fit = Oracle {}.fit(&crate::testing::task(&instance))?;
        let Certificate::Orthogonality(value) = fit.certificate else {
            panic!("a least-squares certificate")
        };
        assert!(value < 1e-14, "{value}");
        Ok(())
    }

    #[test]
    fn without_noise_the_truth_is_found() -> anyhow::Result<()> {
        let instance = crate::testing::instance(30, 60, 6, 0.0);
        let fit = Oracle {}.fit(&crate::testing::task(&instance))?;
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        assert!(crate::metrics::nmse(&fit.coefficients, truth) < 1e-24);
        Ok(())
    }
}
