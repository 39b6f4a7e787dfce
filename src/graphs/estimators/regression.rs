//! Regression along an order of the variables.

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, dense};
use remeasure_core::params::Check;
use remeasure_optim::lasso::{LassoProblem, Path, lambda_grid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, WeightEstimator, check_threshold, entry};
use crate::sem::{Sample, WeightFit, prune};

/// Sort by variance, then regress.
pub(super) const SORTED: Entry = entry!(
    Method::Weights,
    SortNRegress,
    "sort-n-regress",
    "nodes in the order of their variances, adaptive Lasso on those before: learns the order from scales alone"
);

/// Regression that knows the graph or its order.
pub(super) const ORACLE: Entry = entry!(
    Method::Weights,
    Oracle,
    "oracle",
    "least squares on the true parents, or on all nodes before in the true order: no method can know them"
);

fn default_threshold() -> f64 {
    0.3
}

/// Number of λ of a path, and the smallest as a share of the largest.
const GRID: (usize, f64) = (100, 1e-4);

/// SortNRegress (Reisach, Seiler and Weichwald, NeurIPS 2021).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SortNRegress {
    /// Weights of at most this size become 0, at least 0.
    #[serde(default = "default_threshold")]
    threshold: f64,
}

impl Check for SortNRegress {
    fn check(&self) -> Result<(), Invalid> {
        check_threshold(self.threshold)
    }
}

/// What the oracle knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Knows {
    /// The parents of each node.
    Parents,
    /// An order in which edges lead forward.
    Order,
}

/// Least squares with knowledge of the true graph, and a threshold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oracle {
    /// What it knows of the true graph.
    knows: Knows,
    /// Weights of at most this size become 0, at least 0.
    #[serde(default = "default_threshold")]
    threshold: f64,
}

impl Check for Oracle {
    fn check(&self) -> Result<(), Invalid> {
        check_threshold(self.threshold)
    }
}

/// The covariance of some variables with others.
fn part(sample: &Sample, rows: &[usize], columns: &[usize]) -> Vec<f64> {
    rows.iter().flat_map(|i| columns.iter().map(move |j| sample.covariance[i * sample.nodes + j])).collect()
}

/// Coefficients of least squares of `node` on `others`.
fn least_squares(sample: &Sample, node: usize, others: &[usize]) -> anyhow::Result<Vec<f64>> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let mut solution = part(sample, others, &[node]);
    let gram = part(sample, others, others);
    let factor = dense::Cholesky::new(others.len(), &gram)
        .context("columns of the data are linearly dependent: leave some out, or add rows")?;
    factor.solve(&mut solution);
    Ok(solution)
}

/// Variance of `node` that is left by these coefficients of `others`.
fn residual(sample: &Sample, node: usize, others: &[usize], coefficients: &[f64]) -> f64 {
    let gram = part(sample, others, others);
    let cross = part(sample, others, &[node]);
    let k = others.len();
    let mut value = sample.covariance[node * sample.nodes + node];
    for (a, b) in coefficients.iter().enumerate() {
        let product: f64 = gram[a * k..(a + 1) * k].iter().zip(coefficients).map(|(g, c)| g * c).sum();
        value += b * (product - 2.0 * cross[a]);
    }
    value
}

/// Coefficients of the adaptive Lasso of `node` on `others`, weighted by least squares; λ by BIC.
///
/// The Lasso sees columns of `Lᵀ`, the Cholesky factor of the covariance, which have the inner products of the data.
fn adaptive_lasso(sample: &Sample, node: usize, others: &[usize]) -> anyhow::Result<Vec<f64>> {
    let sizes: Vec<f64> = least_squares(sample, node, others)?.iter().map(|c| c.abs()).collect();
    let k = others.len();
    let mut all = others.to_vec();
    all.push(node);
    let lower = lower_factor(k + 1, &part(sample, &all, &all))?;
    // Column j of the transposed factor is row j of the factor.
    let columns = |j: usize| &lower[j * (k + 1)..(j + 1) * (k + 1)];
    let design: Vec<f64> =
        (0..k).flat_map(|j| columns(j).iter().map(|v| v * sizes[j]).collect::<Vec<_>>()).collect();
    let design = Design::from_columns(k + 1, k, design);
    let problem = LassoProblem::new(&design, columns(k))?;
    if !(problem.lambda_max() > 0.0) {
        return Ok(vec![0.0; k]);
    }
    let grid = lambda_grid(problem.lambda_max(), GRID.1, GRID.0)?;
    let n = sample.rows as f64;
    let mut best: Option<(f64, Vec<f64>)> = None;
    for solution in Path::new(&grid, 1e-8)?.solve(&problem) {
        let found: Vec<f64> = solution.coefficients.iter().zip(&sizes).map(|(c, s)| c * s).collect();
        let active = found.iter().filter(|c| **c != 0.0).count();
        let left = residual(sample, node, others, &found).max(f64::MIN_POSITIVE);
        let score = n * left.ln() + n.ln() * active as f64;
        if best.as_ref().is_none_or(|(least, _)| score < *least) {
            best = Some((score, found));
        }
    }
    best.map(|(_, found)| found).context("the path of the Lasso is empty")
}

/// The lower Cholesky factor, row by row.
fn lower_factor(side: usize, matrix: &[f64]) -> anyhow::Result<Vec<f64>> {
    let mut lower = vec![0.0; side * side];
    for i in 0..side {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| lower[i * side + k] * lower[j * side + k]).sum();
            let left = matrix[i * side + j] - inner;
            lower[i * side + j] = if i == j { left.max(0.0).sqrt() } else { left / lower[j * side + j] };
        }
        anyhow::ensure!(lower[i * side + i] > 0.0, "columns of the data are linearly dependent");
    }
    Ok(lower)
}

/// Regresses each node on those before it in `order` that `admitted` (node, other) allows.
fn along(
    sample: &Sample,
    order: &[usize],
    threshold: f64,
    admitted: impl Fn(usize, usize) -> bool,
    regress: impl Fn(&Sample, usize, &[usize]) -> anyhow::Result<Vec<f64>>,
) -> anyhow::Result<WeightFit> {
    let d = sample.nodes;
    let mut weights = vec![0.0; d * d];
    let mut variances = vec![0.0; d];
    for (at, &node) in order.iter().enumerate() {
        let others: Vec<usize> = order[..at].iter().copied().filter(|&i| admitted(node, i)).collect();
        let found = if others.is_empty() { Vec::new() } else { regress(sample, node, &others)? };
        variances[node] = residual(sample, node, &others, &found);
        for (i, w) in others.into_iter().zip(found) {
            weights[i * d + node] = w;
        }
    }
    let norm = weights.iter().map(|w| w.abs()).sum();
    let dropped = prune(d, &mut weights, threshold);
    Ok(WeightFit {
        variances: Some(variances),
        norm: Some(norm),
        dropped: Some(dropped),
        ..WeightFit::of(weights)
    })
}

impl WeightEstimator for SortNRegress {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        let variance = |j: usize| sample.covariance[j * sample.nodes + j];
        let mut order: Vec<usize> = (0..sample.nodes).collect();
        order.sort_by(|&a, &b| variance(a).total_cmp(&variance(b)));
        along(sample, &order, self.threshold, |_, _| true, adaptive_lasso)
    }
}

impl WeightEstimator for Oracle {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        let truth = sample.truth.as_ref().context("the true graph is not known")?;
        let parent = |node: usize, i: usize| truth.dag.has(i, node);
        let admitted = |node, i| self.knows == Knows::Order || parent(node, i);
        along(sample, truth.dag.order(), self.threshold, admitted, least_squares)
    }

    fn needs_truth(&self) -> bool {
        true
    }
}
