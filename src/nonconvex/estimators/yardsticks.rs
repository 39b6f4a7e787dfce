//! Yardsticks: the Lasso, least squares on the true support, zero.

use anyhow::Context;
use remeasure_core::entry;
use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::kernels;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Outcome, admit_regression, regression};
use crate::estimator::Fit;
use crate::path::{Solver, best};
use crate::problem::{Data, Problem, Rows};

/// The Lasso along the same 50 λ.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LassoPath {}

pub(super) const LASSO: Entry = entry!(LassoPath, "lasso-path", "the Lasso along a path");

impl Check for LassoPath {}

impl Estimator for LassoPath {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (problem, sample) = regression(problem, data)?;
        Ok(Outcome::Fit(best(problem, sample, Solver::Lasso)?))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, true)
    }
}

/// Least squares with an intercept on the true support.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrueSupport {}

pub(super) const SUPPORT: Entry =
    entry!(TrueSupport, "true-support", "least squares on the true support (an oracle)");

impl Check for TrueSupport {}

/// Intercept and coefficients of least squares on the columns `support`.
fn least_squares(rows: &Rows, support: &[usize]) -> Option<(f64, Vec<f64>)> {
    let n = rows.y.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = mean(values);
        values.iter().map(|v| v - mean).collect()
    };
    let columns: Vec<Vec<f64>> = support.iter().map(|&j| centred(rows.x.column(j))).collect();
    let y = centred(&rows.y);
    let gram: Vec<f64> = columns.iter().flat_map(|a| columns.iter().map(|b| kernels::dot(a, b))).collect();
    let mut solution: Vec<f64> = columns.iter().map(|c| kernels::dot(c, &y)).collect();
    Cholesky::new(support.len(), &gram)?.solve(&mut solution);
    let shift: f64 = support.iter().zip(&solution).map(|(&j, b)| b * mean(rows.x.column(j))).sum();
    let mut coefficients = vec![0.0; rows.x.columns()];
    support.iter().zip(&solution).for_each(|(&j, b)| coefficients[j] = *b);
    Some((mean(&rows.y) - shift, coefficients))
}

impl Estimator for TrueSupport {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (_, sample) = regression(problem, data)?;
        let support: Vec<usize> = (0..sample.beta.len()).filter(|&j| sample.beta[j] != 0.0).collect();
        let fit =
            least_squares(&sample.train, &support).context("the true features are linearly dependent")?;
        Ok(Outcome::Fit(Fit::exact(fit.0, fit.1)))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, false)
    }
}

/// No feature.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zero {}

pub(super) const ZERO: Entry = entry!(Zero, "zero", "the mean of the response (the trivial answer)");

impl Check for Zero {}

impl Estimator for Zero {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (_, sample) = regression(problem, data)?;
        let mean = sample.train.y.iter().sum::<f64>() / sample.train.y.len() as f64;
        Ok(Outcome::Fit(Fit::exact(mean, vec![0.0; sample.beta.len()])))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, false)
    }
}
