//! The hyperparameters that maximise the marginal likelihood.

use std::convert::Infallible;

use remeasure_core::multiversion;
use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::kernels::{self, level};

use super::{Hyper, Kernel, Process, covariance, invert_lower, scale};
use crate::lbfgs::{Lbfgs, Objective};

/// Maximises the log marginal likelihood over the logarithms of length scales, signal and noise, within bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The kernel.
    pub kernel: Kernel,
    /// Least and largest length scale.
    pub lengths: (f64, f64),
    /// Least and largest variance of the signal.
    pub signal: (f64, f64),
    /// Least and largest variance of the noise.
    pub noise: (f64, f64),
    /// Most iterations of L-BFGS from each start.
    pub iterations: usize,
    /// Largest entry of the projected gradient at which L-BFGS ends.
    pub tolerance: f64,
}

impl Default for Fit {
    /// For coordinates in [0, 1] and standardised values.
    fn default() -> Self {
        Self {
            kernel: Kernel::Matern,
            lengths: (0.005, 10.0),
            signal: (0.01, 100.0),
            noise: (1e-6, 0.5),
            iterations: 100,
            tolerance: 1e-3,
        }
    }
}

impl Fit {
    /// The process with the largest likelihood that was found from these starts, which have one length scale for each of
    /// `dimension` coordinates; `None` as for [`Process::new`].
    #[must_use]
    pub fn run(&self, dimension: usize, points: &[f64], values: &[f64], starts: &[Hyper]) -> Option<Process> {
        let mut objective = Likelihood::new(self.kernel, dimension, points, values)?;
        let ends = |of: fn((f64, f64)) -> f64| -> Vec<f64> {
            let mut ends = vec![of(self.lengths).ln(); dimension];
            ends.extend([of(self.signal).ln(), of(self.noise).ln()]);
            ends
        };
        let (lower, upper) = (ends(|bounds| bounds.0), ends(|bounds| bounds.1));
        let solver = Lbfgs { memory: 6, tolerance: self.tolerance, iterations: self.iterations };
        let mut best: Option<(f64, Vec<f64>)> = None;
        for start in starts {
            let logs: Vec<f64> =
                start.lengths.iter().chain([&start.signal, &start.noise]).map(|v| v.ln()).collect();
            let Ok(found) = solver.minimise(&mut objective, &logs, &lower, &upper);
            if found.value.is_finite() && best.as_ref().is_none_or(|(least, _)| found.value < *least) {
                best = Some((found.value, found.point));
            }
        }
        let (_, logs) = best?;
        Process::new(self.kernel, Likelihood::hyper(&logs), points, values)
    }
}

/// The negative log marginal likelihood as a function of the logarithms of the length scales, of `σ²` and of the variance
/// of the noise, in this order. Evaluations allocate nothing.
#[derive(Debug)]
pub struct Likelihood<'a> {
    kernel: Kernel,
    points: &'a [f64],
    values: &'a [f64],
    hyper: Hyper,
    scaled: Vec<f64>,
    /// `R + ρI`; after a gradient, scratch memory.
    matrix: Vec<f64>,
    factor: Option<Cholesky>,
    inverse: Vec<f64>,
    column: Vec<f64>,
    weights: Vec<f64>,
}

impl<'a> Likelihood<'a> {
    /// That of `values` (length n) at `points` (n × `dimension`, point by point); `None` if sizes do not match or a number
    /// is not finite.
    #[must_use]
    pub fn new(kernel: Kernel, dimension: usize, points: &'a [f64], values: &'a [f64]) -> Option<Self> {
        let n = values.len();
        let finite = points.iter().chain(values).all(|v| v.is_finite());
        (n > 0 && dimension > 0 && points.len() == n * dimension && finite).then(|| Self {
            kernel,
            points,
            values,
            hyper: Hyper { lengths: vec![1.0; dimension], signal: 1.0, noise: 1.0 },
            scaled: vec![0.0; points.len()],
            matrix: vec![0.0; n * n],
            factor: None,
            inverse: vec![0.0; n * n],
            column: vec![0.0; n],
            weights: vec![0.0; n],
        })
    }

    /// What the logarithms stand for.
    #[must_use]
    pub fn hyper(logs: &[f64]) -> Hyper {
        let d = logs.len() - 2;
        Hyper {
            lengths: logs[..d].iter().map(|v| v.exp()).collect(),
            signal: logs[d].exp(),
            noise: logs[d + 1].exp(),
        }
    }

    fn set(&mut self, logs: &[f64]) {
        let d = self.hyper.lengths.len();
        for (length, log) in self.hyper.lengths.iter_mut().zip(logs) {
            *length = log.exp();
        }
        (self.hyper.signal, self.hyper.noise) = (logs[d].exp(), logs[d + 1].exp());
    }
}

/// `Σ_{i>j} g_ij · s_ij · (x_i − x_j)²` for each scaled coordinate `x`, with `g = v_i v_j/σ² − A⁻¹_ij` and the slope `s` of
/// the kernel at the distance of points `i` and `j`; and `Σ_{i>j} g_ij · R_ij`.
fn contract(
    kernel: Kernel,
    scaled: &[f64],
    (weights, signal): (&[f64], f64),
    inverse: &[f64],
    scratch: &mut [f64],
    out: &mut [f64],
) -> f64 {
    #[inline(always)]
    fn body(
        kernel: Kernel,
        scaled: &[f64],
        (weights, signal): (&[f64], f64),
        inverse: &[f64],
        scratch: &mut [f64],
        out: &mut [f64],
    ) -> f64 {
        let n = weights.len();
        let mut whole = 0.0;
        let (row, rest) = scratch.split_at_mut(n);
        for i in 1..n {
            // Row i of A⁻¹ = L⁻ᵀL⁻¹, up to the diagonal.
            let products = &mut row[..i];
            products.fill(0.0);
            for line in inverse.chunks_exact(n).skip(i) {
                for (sum, entry) in products.iter_mut().zip(line) {
                    *sum = line[i].mul_add(*entry, *sum);
                }
            }
            let distances = &mut rest[..i];
            distances.fill(0.0);
            for x in scaled.chunks_exact(n) {
                for (sum, other) in distances.iter_mut().zip(x) {
                    let difference = x[i] - other;
                    *sum = difference.mul_add(difference, *sum);
                }
            }
            for ((product, distance), weight) in products.iter_mut().zip(distances.iter()).zip(weights) {
                let (value, slope) = kernel.with_slope(*distance);
                let g = weights[i] * weight / signal - *product;
                whole = g.mul_add(value, whole);
                *product = g * slope;
            }
            for (x, sum) in scaled.chunks_exact(n).zip(out.iter_mut()) {
                for (g, other) in products.iter().zip(x) {
                    let difference = x[i] - other;
                    *sum = (g * difference).mul_add(difference, *sum);
                }
            }
        }
        whole
    }
    let pair = (weights, signal);
    multiversion!(
        level(),
        [] (kernel: Kernel, scaled: &[f64], pair: (&[f64], f64), inverse: &[f64], scratch: &mut [f64],
            out: &mut [f64]) -> f64,
        body(kernel, scaled, pair, inverse, scratch, out)
    )
}

impl Objective for Likelihood<'_> {
    type Error = Infallible;

    fn value(&mut self, logs: &[f64]) -> Result<f64, Infallible> {
        self.set(logs);
        let n = self.values.len();
        scale(self.points, &self.hyper.lengths, &mut self.scaled);
        covariance(self.kernel, &self.scaled, n, self.hyper.noise / self.hyper.signal, &mut self.matrix);
        let regular = match &mut self.factor {
            Some(factor) => factor.replace(n, &self.matrix),
            none => {
                *none = Cholesky::new(n, &self.matrix);
                none.is_some()
            }
        };
        let Some(factor) = self.factor.as_ref().filter(|_| regular) else { return Ok(f64::INFINITY) };
        self.weights.copy_from_slice(self.values);
        factor.solve(&mut self.weights);
        let signal = self.hyper.signal;
        Ok(0.5
            * (kernels::dot(self.values, &self.weights) / signal
                + factor.log_determinant()
                + n as f64 * (2.0 * std::f64::consts::PI * signal).ln()))
    }

    fn gradient(&mut self, out: &mut [f64]) -> Result<(), Infallible> {
        let (n, d) = (self.values.len(), self.hyper.lengths.len());
        let Some(factor) = &self.factor else {
            out.fill(f64::NAN);
            return Ok(());
        };
        invert_lower(factor, n, &mut self.column, &mut self.inverse);
        let ratio = self.hyper.noise / self.hyper.signal;
        // tr(g) with g = αα'/σ² − A⁻¹, and the sums below the diagonal.
        let signal = self.hyper.signal;
        let trace = kernels::squared_norm(&self.weights) / signal - kernels::squared_norm(&self.inverse);
        out[..d].fill(0.0);
        let weights = (&self.weights[..], signal);
        let below =
            contract(self.kernel, &self.scaled, weights, &self.inverse, &mut self.matrix, &mut out[..d]);
        // ∂K/∂log ℓ counts each pair twice, which cancels the ½; the diagonal does not change.
        out[..d].iter_mut().for_each(|v| *v = -*v);
        out[d] = -(below + 0.5 * trace);
        out[d + 1] = -0.5 * ratio * trace;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(d: usize, n: usize) -> (Vec<f64>, Vec<f64>) {
        let points: Vec<f64> = (0..n * d).map(|k| (k as f64 * 0.618_034).fract()).collect();
        let values = points.chunks(d).map(|x| (5.0 * x[0]).sin() + x[d - 1] * x[d - 1] - 0.4).collect();
        (points, values)
    }

    #[test]
    fn the_gradient_is_that_of_central_differences() {
        for kernel in [Kernel::Matern, Kernel::Rbf] {
            for (d, n) in [(1, 1), (1, 6), (3, 11), (6, 30)] {
                let (points, values) = data(d, n);
                let mut objective = Likelihood::new(kernel, d, &points, &values).unwrap();
                let logs: Vec<f64> = (0..d + 2).map(|k| -0.3 - 0.4 * k as f64).collect();
                objective.value(&logs).unwrap();
                let mut gradient = vec![0.0; d + 2];
                objective.gradient(&mut gradient).unwrap();
                for k in 0..d + 2 {
                    let mut at = |step: f64| {
                        let mut moved = logs.clone();
                        moved[k] += step;
                        objective.value(&moved).unwrap()
                    };
                    let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                    assert!(
                        (slope - gradient[k]).abs() < 1e-6 * (1.0 + slope.abs()),
                        "{kernel:?} {d} {n} {k}: {slope} {gradient:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_fit_is_no_worse_than_its_starts_and_stays_within_the_bounds() {
        let (points, values) = data(2, 14);
        let start = |l: f64| Hyper { lengths: vec![l; 2], signal: 1.0, noise: 1e-3 };
        let starts = [start(0.1), start(1.0)];
        let fit = Fit::default();
        let found = fit.run(2, &points, &values, &starts).unwrap();
        for start in starts {
            let plain = Process::new(Kernel::Matern, start, &points, &values).unwrap();
            assert!(found.likelihood() >= plain.likelihood());
        }
        let hyper = found.hyper();
        assert!(hyper.lengths.iter().all(|l| (0.004_999..10.001).contains(l)), "{hyper:?}");
        assert!((0.009_99..100.1).contains(&hyper.signal) && (9.99e-7..0.501).contains(&hyper.noise));
        assert!(fit.run(2, &points, &values[..3], &[]).is_none());
    }

    #[test]
    fn the_profiled_variance_has_the_largest_likelihood() {
        let (points, values) = data(2, 9);
        let profiled = Process::profiled(Kernel::Rbf, &[0.4, 0.7], 1e-3, &points, &values).unwrap();
        for factor in [0.97, 1.03] {
            let mut hyper = profiled.hyper().clone();
            hyper.signal *= factor;
            hyper.noise *= factor;
            let other = Process::new(Kernel::Rbf, hyper, &points, &values).unwrap();
            assert!(other.likelihood() < profiled.likelihood());
        }
        assert!(Process::profiled(Kernel::Rbf, &[0.4], 1e-3, &[0.1, 0.2], &[0.0, 0.0]).is_some());
    }
}
