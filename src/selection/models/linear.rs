//! Least squares with an intercept.

use anyhow::Context;
use remeasure_core::numerics::dense::{Cholesky, inner, pseudo_solve};
use remeasure_core::numerics::{Design, kernels, statistics};

/// A linear predictor on some features.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Intercept.
    pub intercept: f64,
    /// Positions of the features used.
    pub features: Vec<usize>,
    /// Their coefficients.
    pub coefficients: Vec<f64>,
}

impl Linear {
    /// Predictions for the rows of a design with all features.
    #[must_use]
    pub fn predict(&self, design: &Design) -> Vec<f64> {
        let mut out = vec![self.intercept; design.rows()];
        for (&j, b) in self.features.iter().zip(&self.coefficients) {
            if *b != 0.0 {
                kernels::axpy(*b, design.column(j), &mut out);
            }
        }
        out
    }
}

/// Centred columns, and their means.
fn centred(design: &Design, features: &[usize]) -> (Design, Vec<f64>) {
    let n = design.rows();
    let mut values = Vec::with_capacity(n * features.len());
    let means = features.iter().map(|&j| {
        let mean = statistics::mean(design.column(j));
        values.extend(design.column(j).iter().map(|v| v - mean));
        mean
    });
    let means: Vec<f64> = means.collect();
    (Design::from_columns(n, features.len(), values), means)
}

/// Least squares of `y` on an intercept and the `features`; of all solutions, the one whose coefficients have the least
/// Euclidean norm.
///
/// # Errors
/// A number is not finite.
pub fn least_squares(design: &Design, features: &[usize], y: &[f64]) -> anyhow::Result<Linear> {
    ridge(design, features, y, 0.0)
}

/// Minimises `‖y − b₀ − Xb‖² + λ‖b‖²` over an intercept and coefficients of the `features`; `λ ≥ 0`, and with `λ = 0` the
/// solution of least norm.
///
/// # Errors
/// A number is not finite.
pub fn ridge(design: &Design, features: &[usize], y: &[f64], lambda: f64) -> anyhow::Result<Linear> {
    let (n, p) = (design.rows(), features.len());
    let (x, means) = centred(design, features);
    let mean = statistics::mean(y);
    let response: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let coefficients = if p + 1 < n { primal(&x, &response, lambda)? } else { dual(&x, &response, lambda)? };
    let intercept = mean - means.iter().zip(&coefficients).map(|(m, b)| m * b).sum::<f64>();
    Ok(Linear { intercept, features: features.to_vec(), coefficients })
}

/// From the `p × p` normal equations.
fn primal(x: &Design, y: &[f64], lambda: f64) -> anyhow::Result<Vec<f64>> {
    let p = x.columns();
    let mut gram = inner(x, x).as_slice().to_vec();
    (0..p).for_each(|j| gram[j * p + j] += lambda);
    let mut b = vec![0.0; p];
    x.tmul(y, &mut b);
    if let Some(factor) = Cholesky::new(p, &gram) {
        factor.solve(&mut b);
        return Ok(b);
    }
    Ok(pseudo_solve(p, &gram, &b).context("least squares")?.0)
}

/// From the `n × n` matrix `XXᵀ`. Its null vector 1, due to the centring, is filled up: the response has no part there.
fn dual(x: &Design, y: &[f64], lambda: f64) -> anyhow::Result<Vec<f64>> {
    let (n, p) = (x.rows(), x.columns());
    let mut transposed = vec![0.0; n * p];
    for j in 0..p {
        for (i, v) in x.column(j).iter().enumerate() {
            transposed[i * p + j] = *v;
        }
    }
    let rows = Design::from_columns(p, n, transposed);
    let mut gram = inner(&rows, &rows).as_slice().to_vec();
    let trace: f64 = (0..n).map(|i| gram[i * n + i]).sum();
    let fill = trace / (n * n) as f64;
    gram.iter_mut().for_each(|v| *v += fill);
    (0..n).for_each(|i| gram[i * n + i] += lambda);
    let mut a = y.to_vec();
    match Cholesky::new(n, &gram) {
        Some(factor) => factor.solve(&mut a),
        None => a = pseudo_solve(n, &gram, &a).context("least squares")?.0,
    }
    let mut b = vec![0.0; p];
    x.tmul(&a, &mut b);
    Ok(b)
}
