//! Gaussian-process regression with one length scale per coordinate, and expected improvement.
//!
//! The prior has mean 0 and covariance `σ²(R + ρI)` with a correlation matrix `R`. Values are taken as they are: centre
//! and scale them first. [`Fit`] maximises the marginal likelihood. Sources: Rasmussen and Williams 2006, algorithm 2.1
//! and section 5.4; Jones, Schonlau and Welch 1998 for the expected improvement.
//!
//! ```
//! use remeasure_optim::gp::{Fit, Hyper};
//!
//! // Four points in one coordinate.
//! let (points, values) = ([0.0, 0.3, 0.6, 1.0], [0.0, 1.0, 0.2, -1.2]);
//! let start = Hyper { lengths: vec![0.5], signal: 1.0, noise: 1e-3 };
//! let mut process = Fit::default().run(1, &points, &values, &[start]).unwrap();
//! let (mean, deviation) = process.predict(&[0.3]);
//! assert!((mean - 1.0).abs() < 0.1 && deviation < 0.1);
//! ```

mod fit;

use remeasure_core::multiversion;
use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::kernels::{self, elementary, level};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;

pub use fit::{Fit, Likelihood};

/// Points that are predicted at once.
pub const LANES: usize = 8;

/// Jitter added to `ρ` where the matrix is singular: the least, and the largest.
const JITTER: (f64, f64) = (1e-8, 1e-3);

/// Correlation of two points as a function of their scaled distance `r`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// Matérn with ν = 5/2: `(1 + √5 r + 5r²/3) exp(−√5 r)`.
    #[default]
    Matern,
    /// Radial basis function: `exp(−r²/2)`.
    Rbf,
}

impl Kernel {
    /// The correlation at the squared scaled distance `r²`, and `−2` times its derivative by `r²`.
    #[inline(always)]
    #[must_use]
    pub fn with_slope(self, squared: f64) -> (f64, f64) {
        match self {
            Self::Matern => {
                let root = (5.0 * squared).sqrt();
                let decay = elementary::exp(-root);
                ((1.0 + root + 5.0 / 3.0 * squared) * decay, 5.0 / 3.0 * (1.0 + root) * decay)
            }
            Self::Rbf => {
                let value = elementary::exp(-0.5 * squared);
                (value, value)
            }
        }
    }

    /// The correlation at the squared scaled distance `r²`.
    #[inline(always)]
    #[must_use]
    pub fn correlation(self, squared: f64) -> f64 {
        self.with_slope(squared).0
    }
}

/// Length scales and variances.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyper {
    /// Length scale of each coordinate, in its unit.
    pub lengths: Vec<f64>,
    /// Variance `σ²` of the signal.
    pub signal: f64,
    /// Variance `ρσ²` of the noise.
    pub noise: f64,
}

/// A Gaussian process with given hyperparameters, through given values.
#[derive(Clone, Debug)]
pub struct Process {
    kernel: Kernel,
    hyper: Hyper,
    /// Number of points.
    n: usize,
    /// Coordinate `j` of point `i`, divided by its length scale, at `j·n + i`.
    scaled: Vec<f64>,
    /// `L⁻¹` of the factor `L` of `R + ρI`, row by row; zeros above the diagonal.
    inverse: Vec<f64>,
    /// `(R + ρI)⁻¹ y`.
    weights: Vec<f64>,
    likelihood: f64,
    jitter: f64,
    /// Correlations of a block of points with those of the process.
    block: Vec<[f64; LANES]>,
}

/// Scaled points, transposed: coordinate `j` of point `i` at `j·n + i`.
fn scale(points: &[f64], lengths: &[f64], out: &mut [f64]) {
    let (d, n) = (lengths.len(), points.len() / lengths.len());
    for (i, point) in points.chunks_exact(d).enumerate() {
        for (j, (x, length)) in point.iter().zip(lengths).enumerate() {
            out[j * n + i] = x / length;
        }
    }
}

/// `R + ρI` of scaled points, row by row.
fn covariance(kernel: Kernel, scaled: &[f64], n: usize, ratio: f64, matrix: &mut [f64]) {
    #[inline(always)]
    fn body(kernel: Kernel, scaled: &[f64], n: usize, ratio: f64, matrix: &mut [f64]) {
        for i in 0..n {
            let row = &mut matrix[i * n..i * n + i];
            row.fill(0.0);
            for x in scaled.chunks_exact(n) {
                for (sum, other) in row.iter_mut().zip(x) {
                    let difference = x[i] - other;
                    *sum = difference.mul_add(difference, *sum);
                }
            }
            for value in row.iter_mut() {
                *value = kernel.correlation(*value);
            }
            matrix[i * n + i] = 1.0 + ratio;
            for j in 0..i {
                matrix[j * n + i] = matrix[i * n + j];
            }
        }
    }
    multiversion!(
        level(),
        [] (kernel: Kernel, scaled: &[f64], n: usize, ratio: f64, matrix: &mut [f64]) -> (),
        body(kernel, scaled, n, ratio, matrix)
    );
}

/// `L⁻¹`, row by row, and a column as scratch memory.
fn invert_lower(factor: &Cholesky, n: usize, column: &mut [f64], out: &mut [f64]) {
    for j in 0..n {
        column.fill(0.0);
        column[j] = 1.0;
        factor.solve_lower(column);
        for (i, value) in column.iter().enumerate() {
            out[i * n + j] = *value;
        }
    }
}

/// Turns squared distances of a block of points into correlations `r`, and returns `rᵀw` and `‖L⁻¹r‖²`.
fn project(
    kernel: Kernel,
    weights: &[f64],
    inverse: &[f64],
    block: &mut [[f64; LANES]],
) -> [[f64; LANES]; 2] {
    #[inline(always)]
    fn body(
        kernel: Kernel,
        weights: &[f64],
        inverse: &[f64],
        block: &mut [[f64; LANES]],
    ) -> [[f64; LANES]; 2] {
        let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
        for (lanes, weight) in block.iter_mut().zip(weights) {
            for (value, sum) in lanes.iter_mut().zip(&mut sums) {
                *value = kernel.correlation(*value);
                *sum = value.mul_add(*weight, *sum);
            }
        }
        for (i, row) in inverse.chunks_exact(weights.len()).enumerate() {
            let mut left = [0.0; LANES];
            for (entry, lanes) in row[..=i].iter().zip(block.iter()) {
                for (sum, value) in left.iter_mut().zip(lanes) {
                    *sum = entry.mul_add(*value, *sum);
                }
            }
            for (sum, value) in squares.iter_mut().zip(&left) {
                *sum = value.mul_add(*value, *sum);
            }
        }
        [sums, squares]
    }
    multiversion!(
        level(),
        [] (kernel: Kernel, weights: &[f64], inverse: &[f64], block: &mut [[f64; LANES]]) -> [[f64; LANES]; 2],
        body(kernel, weights, inverse, block)
    )
}

impl Process {
    /// The process through `values` (length n) at `points` (n × d, point by point), d being the number of length scales.
    /// `None` if there are no points, sizes do not match, a number is not finite, a length scale or `σ²` is not above 0,
    /// or the matrix is singular even with the largest jitter.
    #[must_use]
    pub fn new(kernel: Kernel, hyper: Hyper, points: &[f64], values: &[f64]) -> Option<Self> {
        let ratio = hyper.noise / hyper.signal;
        (hyper.signal > 0.0)
            .then(|| Self::build(kernel, hyper.lengths, ratio, Some(hyper.signal), points, values))?
    }

    /// The same with a noise of `ratio` times `σ²`, and the `σ²` of the largest likelihood, `yᵀ(R + ρI)⁻¹y/n` (1e-12 at least,
    /// for values that are all 0).
    #[must_use]
    pub fn profiled(
        kernel: Kernel,
        lengths: &[f64],
        ratio: f64,
        points: &[f64],
        values: &[f64],
    ) -> Option<Self> {
        Self::build(kernel, lengths.to_vec(), ratio, None, points, values)
    }

    fn build(
        kernel: Kernel,
        lengths: Vec<f64>,
        ratio: f64,
        signal: Option<f64>,
        points: &[f64],
        values: &[f64],
    ) -> Option<Self> {
        let (n, d) = (values.len(), lengths.len());
        let sized = n > 0 && d > 0 && points.len() == n * d;
        let finite = points.iter().chain(values).all(|v| v.is_finite());
        if !(sized && finite && ratio >= 0.0 && lengths.iter().all(|l| *l > 0.0)) {
            return None;
        }
        let mut scaled = vec![0.0; n * d];
        scale(points, &lengths, &mut scaled);
        let mut matrix = vec![0.0; n * n];
        covariance(kernel, &scaled, n, ratio, &mut matrix);
        let (mut jitter, mut factor) = (0.0, Cholesky::new(n, &matrix));
        while factor.is_none() && jitter < JITTER.1 {
            jitter = if jitter > 0.0 { 10.0 * jitter } else { JITTER.0 };
            (0..n).for_each(|i| matrix[i * n + i] = 1.0 + ratio + jitter);
            factor = Cholesky::new(n, &matrix);
        }
        let factor = factor?;
        let mut inverse = vec![0.0; n * n];
        invert_lower(&factor, n, &mut vec![0.0; n], &mut inverse);
        let mut weights = values.to_vec();
        factor.solve(&mut weights);
        let (size, quadratic) = (n as f64, kernels::dot(values, &weights));
        let signal = signal.unwrap_or_else(|| (quadratic / size).max(1e-12));
        let logs = factor.log_determinant() + size * (std::f64::consts::TAU * signal).ln();
        let likelihood = -0.5 * (quadratic / signal + logs);
        let hyper = Hyper { lengths, signal, noise: ratio * signal };
        let block = vec![[0.0; LANES]; n];
        let process = Self { kernel, hyper, n, scaled, inverse, weights, likelihood, jitter, block };
        likelihood.is_finite().then_some(process)
    }

    /// Length scales and variances.
    #[must_use]
    pub fn hyper(&self) -> &Hyper {
        &self.hyper
    }

    /// The log marginal likelihood.
    #[must_use]
    pub fn likelihood(&self) -> f64 {
        self.likelihood
    }

    /// What was added to `ρ` because the matrix was singular, such as by points that coincide; 0 if nothing.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Mean and standard deviation of the noiseless value at a point of d coordinates.
    pub fn predict(&mut self, point: &[f64]) -> (f64, f64) {
        let (mut mean, mut deviation) = ([0.0], [0.0]);
        self.predict_all(point, &mut mean, &mut deviation);
        (mean[0], deviation[0])
    }

    /// Means and standard deviations of the noiseless values at `points` (m × d, point by point). Allocates nothing.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn predict_all(&mut self, points: &[f64], means: &mut [f64], deviations: &mut [f64]) {
        let d = self.hyper.lengths.len();
        assert!(points.len() == means.len() * d && means.len() == deviations.len(), "sizes of a prediction");
        let outs = means.chunks_mut(LANES).zip(deviations.chunks_mut(LANES));
        for (points, (means, deviations)) in points.chunks(LANES * d).zip(outs) {
            self.predict_block(points, means, deviations);
        }
    }

    /// The same for at most [`LANES`] points.
    fn predict_block(&mut self, points: &[f64], means: &mut [f64], deviations: &mut [f64]) {
        let (d, count) = (self.hyper.lengths.len(), means.len());
        self.block.fill([0.0; LANES]);
        for (j, length) in self.hyper.lengths.iter().enumerate() {
            // The last point stands in for those that are missing.
            let x: [f64; LANES] = std::array::from_fn(|k| points[k.min(count - 1) * d + j] / length);
            let scaled = &self.scaled[j * self.n..(j + 1) * self.n];
            for (lanes, at) in self.block.iter_mut().zip(scaled) {
                for (sum, x) in lanes.iter_mut().zip(&x) {
                    *sum += (x - at) * (x - at);
                }
            }
        }
        let [sums, squares] = project(self.kernel, &self.weights, &self.inverse, &mut self.block);
        for (k, (mean, deviation)) in means.iter_mut().zip(deviations).enumerate() {
            *mean = sums[k];
            *deviation = (self.hyper.signal * (1.0 - squares[k]).max(0.0)).sqrt();
        }
    }
}

/// `E max(best − Y, 0)` for `Y` normal.
#[must_use]
pub fn expected_improvement(best: f64, mean: f64, deviation: f64) -> f64 {
    let gain = best - mean;
    if !(deviation > 0.0) {
        return gain.max(0.0);
    }
    let z = gain / deviation;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let probability = 0.5 * erfc(-z / std::f64::consts::SQRT_2);
    (gain * probability + deviation * density).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: a midpoint rule over ±12 standard deviations.
    #[test]
    fn expected_improvement_is_an_integral() {
        for (best, mean, deviation) in [(0.0, 0.0, 1.0), (1.0, -2.0, 0.5), (-3.0, 2.0, 1.5), (2.0, 2.5, 0.1)]
        {
            let steps = 400_000;
            let width = 24.0 / f64::from(steps);
            let integral: f64 = (0..steps)
                .map(|i| {
                    let z = -12.0 + (f64::from(i) + 0.5) * width;
                    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
                    (best - (mean + deviation * z)).max(0.0) * density * width
                })
                .sum();
            let closed = expected_improvement(best, mean, deviation);
            assert!((closed - integral).abs() <= 1e-6 * integral.abs() + 1e-12, "{closed} {integral}");
        }
        assert_eq!(expected_improvement(1.0, 0.25, 0.0), 0.75);
        assert_eq!(expected_improvement(1.0, 2.0, 0.0), 0.0);
        assert!(expected_improvement(-100.0, 0.0, 1.0) >= 0.0);
    }
}
