//! Drawing from a linear structural equation model.

use anyhow::ensure;
use rand::Rng;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::noise::Law;
use super::sample::{Sample, Truth, covariance};
use crate::dag::Dag;
use crate::generate;

/// Largest number of nodes.
pub(super) const MOST_NODES: usize = 500;

/// Smallest and largest size of a weight or a variance.
const SIZES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// How graphs are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    /// Erdős–Rényi: each pair is adjacent with the same probability; the order of the nodes is random.
    #[default]
    ErdosRenyi,
    /// Barabási–Albert: each new node has `k` (rounded) edges to older ones, preferably to those with many.
    ScaleFree,
}

/// Scales of the columns of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scaling {
    /// As they are.
    #[default]
    Raw,
    /// Divided by their standard deviation.
    Standardised,
}

/// A linear structural equation model: `x = Wᵀx + z` on a random DAG.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearSem {
    /// Number of nodes, from 2 to 500.
    d: usize,
    /// Expected number of edges for each node (ER4 has k = 4): d·k in all, from 0 to (d − 1)/2.
    k: f64,
    /// Number of rows, from 2 to 1,000,000.
    n: usize,
    /// How graphs are drawn.
    #[serde(default)]
    graph: Shape,
    /// Smallest and largest size of a weight; signs are fair.
    weights: [f64; 2],
    /// Law of the noise.
    #[serde(default)]
    noise: Law,
    /// Variance of the noise of all nodes; or give `variances`.
    variance: Option<f64>,
    /// Smallest and largest variance of the noise: uniform between them for each node; or give `variance`.
    variances: Option<[f64; 2]>,
    /// Scales of the columns.
    #[serde(default)]
    scaling: Scaling,
}

/// Turns a covariance into correlations.
pub(super) fn standardise(d: usize, covariance: &mut [f64]) {
    let sds: Vec<f64> = (0..d).map(|j| covariance[j * d + j].sqrt()).collect();
    for i in 0..d {
        for j in 0..d {
            let at = i * d + j;
            covariance[at] = if i == j { 1.0 } else { covariance[at] / (sds[i] * sds[j]) };
        }
    }
}

fn check_range(key: &str, [low, high]: [f64; 2]) -> Result<(), Invalid> {
    if !(SIZES.contains(&low) && SIZES.contains(&high) && low <= high) {
        let message = format!("expected two ascending sizes between 1e-6 and 1e6, found [{low}, {high}]");
        return Err(Invalid::new(key, message));
    }
    Ok(())
}

impl Check for LinearSem {
    fn check(&self) -> Result<(), Invalid> {
        if !(2..=MOST_NODES).contains(&self.d) {
            return Err(Invalid::new(
                "d",
                format!("expected between 2 and {MOST_NODES} nodes, found {}", self.d),
            ));
        }
        let most = (self.d - 1) as f64 / 2.0;
        if !(0.0..=most).contains(&self.k) {
            let message = format!(
                "expected between 0 and (d − 1)/2 = {most} edges for each node, found {}: lower it or raise d",
                self.k
            );
            return Err(Invalid::new("k", message));
        }
        if !(2..=1_000_000).contains(&self.n) {
            return Err(Invalid::new("n", format!("expected between 2 and 1000000 rows, found {}", self.n)));
        }
        check_range("weights", self.weights)?;
        match (self.variance, self.variances) {
            (Some(variance), None) if SIZES.contains(&variance) => Ok(()),
            (Some(variance), None) => {
                Err(Invalid::new("variance", format!("expected between 1e-6 and 1e6, found {variance}")))
            }
            (None, Some(range)) => check_range("variances", range),
            (None, None) => {
                Err(Invalid::new("variance", "missing: give `variance`, or `variances = [low, high]`"))
            }
            (Some(_), Some(_)) => {
                Err(Invalid::new("variances", "`variance` is given too: remove one of the two"))
            }
        }
    }
}

impl LinearSem {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>("linear-sem", "a linear structural equation model on a random graph")
    }

    /// Whether the variances of the noise belong to the data as the estimators see them.
    #[must_use]
    pub fn has_variances(&self) -> bool {
        self.scaling == Scaling::Raw
    }

    /// Draws a graph, weights, variances and data.
    ///
    /// # Errors
    /// A column of the data is constant or not finite.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Sample> {
        let d = self.d;
        let mut stream = streams.stream("graph");
        let edges = match self.graph {
            Shape::ErdosRenyi => generate::with_probability(d, self.k * d as f64, &mut stream),
            Shape::ScaleFree => generate::barabasi_albert(d, self.k.round() as usize, &mut stream),
        };
        let dag = Dag::from_edges(d, &edges)?;
        let mut stream = streams.stream("weights");
        let mut weights = vec![0.0; d * d];
        for (i, j) in dag.edges() {
            weights[i * d + j] = generate::signed_uniform(self.weights[0], self.weights[1], &mut stream);
        }
        let mut stream = streams.stream("variances");
        let variances: Vec<f64> = (0..d)
            .map(|_| match (self.variance, self.variances) {
                (Some(variance), _) => variance,
                (None, Some([low, high])) if low < high => stream.gen_range(low..high),
                (None, range) => range.map_or(1.0, |[low, _]| low),
            })
            .collect();
        let data = self.data(&dag, &weights, &variances, streams);
        let mut covariance = covariance(&data);
        ensure!(
            (0..d).all(|j| covariance[j * d + j].is_finite() && covariance[j * d + j] > 0.0),
            "a column of the data is constant or too large"
        );
        if self.scaling == Scaling::Standardised {
            standardise(d, &mut covariance);
        }
        let variances = self.has_variances().then_some(variances);
        Ok(Sample { nodes: d, rows: self.n, covariance, truth: Some(Truth { dag, weights, variances }) })
    }

    /// Rows of `x = Wᵀx + z`.
    fn data(&self, dag: &Dag, weights: &[f64], variances: &[f64], streams: &Streams) -> Design {
        let (n, d) = (self.n, self.d);
        let mut stream = streams.stream("noise");
        let mut data = Design::from_columns(n, d, vec![0.0; n * d]);
        for (j, variance) in variances.iter().enumerate() {
            data.column_mut(j).fill_with(|| self.noise.draw(*variance, &mut stream));
        }
        let mut column = vec![0.0; n];
        for &j in dag.order() {
            column.copy_from_slice(data.column(j));
            for i in dag.parents(j) {
                kernels::axpy(weights[i * d + j], data.column(i), &mut column);
            }
            data.column_mut(j).copy_from_slice(&column);
        }
        data
    }
}
