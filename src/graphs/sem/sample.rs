//! What an estimator of weights sees, and what it returns.

use remeasure_core::numerics::{Design, kernels};

use crate::dag::Dag;

/// The model that drew a sample.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The graph.
    pub dag: Dag,
    /// Weights, row by row: `weights[i·nodes + j]` is that of `i → j`.
    pub weights: Vec<f64>,
    /// Variance of the noise of each node; `None` if the data were rescaled.
    pub variances: Option<Vec<f64>>,
}

/// A sample. Every estimator needs its covariance only.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Number of variables `d`.
    pub nodes: usize,
    /// Number of rows `n`.
    pub rows: usize,
    /// `X'X/n` of the centred data, `d × d`, row by row; symmetric to the last bit.
    pub covariance: Vec<f64>,
    /// The model, where the data were drawn.
    pub truth: Option<Truth>,
}

/// `X'X/n` of the columns after centring, `d × d`.
#[must_use]
pub fn covariance(data: &Design) -> Vec<f64> {
    let (n, d) = (data.rows(), data.columns());
    let mut centred = data.clone();
    for j in 0..d {
        let column = centred.column_mut(j);
        let mean = column.iter().sum::<f64>() / n as f64;
        column.iter_mut().for_each(|v| *v -= mean);
    }
    let mut out = vec![0.0; d * d];
    for i in 0..d {
        for j in i..d {
            let value = kernels::dot(centred.column(i), centred.column(j)) / n as f64;
            out[i * d + j] = value;
            out[j * d + i] = value;
        }
    }
    out
}

/// Estimated weights.
#[derive(Clone, Debug)]
pub struct WeightFit {
    /// `d × d`, row by row; those that are not zero form a DAG.
    pub weights: Vec<f64>,
    /// Estimated variance of the noise of each node.
    pub variances: Option<Vec<f64>>,
    /// Objective at the end.
    pub objective: Option<f64>,
    /// `Σ|w|` before the threshold.
    pub norm: Option<f64>,
    /// Certificate: largest entry of the gradient among weights that are not small, before the threshold.
    pub gradient: Option<f64>,
    /// Certificate: how far the weights before the threshold are from those of a DAG.
    pub acyclicity: Option<f64>,
    /// Edges that were above the threshold and removed to break cycles.
    pub dropped: Option<usize>,
    /// Steps of the solver.
    pub steps: Option<usize>,
    /// Why the fit fell short, if it did.
    pub shortfall: Option<String>,
}

impl WeightFit {
    /// A fit of which nothing but the weights is known.
    #[must_use]
    pub fn of(weights: Vec<f64>) -> Self {
        Self {
            weights,
            variances: None,
            objective: None,
            norm: None,
            gradient: None,
            acyclicity: None,
            dropped: None,
            steps: None,
            shortfall: None,
        }
    }
}
