//! Gaussian-process regression and expected improvement.
//!
//! Values are standardised; [`Process`] has one length scale per coordinate. `σ²` is profiled out of the marginal
//! likelihood, which is then maximised over a grid of common length scales and noise ratios `ρ`, and from there over each
//! length scale in turn.

use remeasure_optim::gp::Process;
pub use remeasure_optim::gp::{Kernel, expected_improvement};

/// Common length scales to try first, for coordinates in [0, 1].
const LENGTHS: [f64; 8] = [0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 4.0];

/// Noise ratios to try; the least one also keeps the matrix regular if points coincide.
const NOISES: [f64; 4] = [1e-8, 1e-6, 1e-4, 1e-2];

/// With more coordinates than this, all have one length scale.
const SEPARATE: usize = 20;

/// Passes over the coordinates.
const PASSES: usize = 2;

/// Smallest and largest length scale.
const SHORTEST: f64 = 0.01;
const LONGEST: f64 = 10.0;

/// Length scales and noise ratio of a [`Surrogate`].
#[derive(Clone, Debug, PartialEq)]
pub struct Hyper {
    /// Length scale of each coordinate.
    pub lengths: Vec<f64>,
    /// `ρ`: variance of the noise relative to that of the signal.
    pub noise: f64,
}

/// A fitted Gaussian process.
#[derive(Clone, Debug)]
pub struct Surrogate {
    process: Process,
    hyper: Hyper,
    /// Mean and scale of the values.
    units: (f64, f64),
}

/// Mean of the values and their standard deviation, or 1 if they are all equal.
fn units(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    let scale = variance.sqrt();
    (mean, if scale > 1e-14 * mean.abs() && scale.is_normal() { scale } else { 1.0 })
}

impl Surrogate {
    /// The process with these length scales and noise through `values` at `points`; `None` if there are no
    /// points, a value is not finite, or the matrix is singular to working precision.
    #[must_use]
    pub fn with(kernel: Kernel, hyper: Hyper, points: &[Vec<f64>], values: &[f64]) -> Option<Self> {
        let (mean, scale) = units(values);
        let y: Vec<f64> = values.iter().map(|v| (v - mean) / scale).collect();
        let process = Process::profiled(kernel, &hyper.lengths, hyper.noise, &points.concat(), &y)?;
        Some(Self { process, hyper, units: (mean, scale) })
    }

    /// The process with the length scales and noise that maximise the marginal likelihood among those tried;
    /// `None` as for [`Surrogate::with`].
    #[must_use]
    pub fn fit(kernel: Kernel, points: &[Vec<f64>], values: &[f64]) -> Option<Self> {
        let dimension = points.first()?.len();
        let mut best: Option<Self> = None;
        let consider = |best: &mut Option<Self>, hyper: Hyper| {
            if let Some(found) = Self::with(kernel, hyper, points, values)
                && best.as_ref().is_none_or(|b| found.likelihood() > b.likelihood())
            {
                *best = Some(found);
            }
        };
        for length in LENGTHS {
            for noise in NOISES {
                consider(&mut best, Hyper { lengths: vec![length; dimension], noise });
            }
        }
        let passes = if dimension <= SEPARATE { PASSES } else { 0 };
        for _ in 0..passes {
            for i in 0..dimension {
                for factor in [0.5, 0.7, 1.4, 2.0] {
                    let mut hyper = best.as_ref()?.hyper.clone();
                    hyper.lengths[i] = (hyper.lengths[i] * factor).clamp(SHORTEST, LONGEST);
                    consider(&mut best, hyper);
                }
            }
        }
        best
    }

    /// The length scales and noise.
    #[must_use]
    pub fn hyper(&self) -> &Hyper {
        &self.hyper
    }

    /// The log marginal likelihood of the standardised values at the profiled `σ²`.
    #[must_use]
    pub fn likelihood(&self) -> f64 {
        self.process.likelihood()
    }

    /// `σ²` in the units of the values.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.process.hyper().signal * self.units.1 * self.units.1
    }

    /// Mean and standard deviation of the noiseless value at a point.
    pub fn predict(&mut self, point: &[f64]) -> (f64, f64) {
        let (mean, deviation) = self.process.predict(point);
        (self.units.0 + self.units.1 * mean, self.units.1 * deviation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn points() -> (Vec<Vec<f64>>, Vec<f64>) {
        let points: Vec<Vec<f64>> =
            [[0.1, 0.9], [0.4, 0.3], [0.8, 0.5], [0.2, 0.2], [0.95, 0.05], [0.5, 0.7]]
                .map(|p| p.to_vec())
                .to_vec();
        let values = points.iter().map(|p| (5.0 * p[0]).sin() + 3.0 * p[1] * p[1] - 40.0).collect();
        (points, values)
    }

    /// Reference: the textbook formulas (Rasmussen and Williams 2006, equations 2.23 and 2.24) with an
    /// explicit inverse.
    #[test]
    fn posterior_is_that_of_the_dense_formula() {
        let (points, values) = points();
        for kernel in [Kernel::Matern, Kernel::Rbf] {
            let hyper = Hyper { lengths: vec![0.4, 0.7], noise: 1e-3 };
            let mut fitted = Surrogate::with(kernel, hyper, &points, &values).unwrap();
            let n = points.len();
            let scaled = |a: &[f64], b: &[f64]| {
                let squared = ((a[0] - b[0]) / 0.4).powi(2) + ((a[1] - b[1]) / 0.7).powi(2);
                let r = squared.sqrt();
                match kernel {
                    Kernel::Matern => {
                        (1.0 + 5f64.sqrt() * r + 5.0 * r * r / 3.0) * (-(5f64.sqrt()) * r).exp()
                    }
                    Kernel::Rbf => (-r * r / 2.0).exp(),
                }
            };
            let (mean, scale) = units(&values);
            let s2 = fitted.variance() / (scale * scale);
            // The covariance matrix and its inverse by Gauss–Jordan elimination, in standardised units.
            let mut left = vec![vec![0.0; 2 * n]; n];
            for i in 0..n {
                for j in 0..n {
                    left[i][j] = s2 * (scaled(&points[i], &points[j]) + if i == j { 1e-3 } else { 0.0 });
                }
                left[i][n + i] = 1.0;
            }
            for c in 0..n {
                let pivot = left[c][c];
                left[c].iter_mut().for_each(|v| *v /= pivot);
                for i in (0..n).filter(|i| *i != c) {
                    let factor = left[i][c];
                    let row = left[c].clone();
                    left[i].iter_mut().zip(&row).for_each(|(v, r)| *v -= factor * r);
                }
            }
            let y: Vec<f64> = values.iter().map(|v| (v - mean) / scale).collect();
            for at in [[0.3, 0.3], [0.0, 1.0], [0.8, 0.5]] {
                let k: Vec<f64> = points.iter().map(|p| s2 * scaled(&at, p)).collect();
                let (mut m, mut v) = (0.0, s2);
                for i in 0..n {
                    for j in 0..n {
                        m += k[i] * left[i][n + j] * y[j];
                        v -= k[i] * left[i][n + j] * k[j];
                    }
                }
                let (got, deviation) = fitted.predict(&at);
                assert_relative_eq!(got, mean + scale * m, max_relative = 1e-10);
                assert_relative_eq!(deviation, scale * v.sqrt(), max_relative = 1e-8);
            }
        }
    }

    /// The fit is no worse than any point of the grid.
    #[test]
    fn the_fit_maximises_the_marginal_likelihood() {
        let (points, values) = points();
        let fitted = Surrogate::fit(Kernel::Matern, &points, &values).unwrap();
        for length in LENGTHS {
            for noise in NOISES {
                let hyper = Hyper { lengths: vec![length; 2], noise };
                let other = Surrogate::with(Kernel::Matern, hyper, &points, &values).unwrap();
                assert!(other.likelihood() <= fitted.likelihood());
            }
        }
        // Six values that vary along both coordinates: a length scale below the distance of the points would make
        // every prediction the mean.
        assert!(fitted.hyper().lengths.iter().all(|l| *l > 0.06), "{:?}", fitted.hyper());
    }

    #[test]
    fn coinciding_points_and_equal_values_are_no_obstacle() {
        let points = vec![vec![0.5]; 12];
        for values in [vec![3.0; 12], (0..12).map(f64::from).collect()] {
            let mut fitted = Surrogate::fit(Kernel::Rbf, &points, &values).unwrap();
            let (mean, deviation) = fitted.predict(&[0.25]);
            assert!(mean.is_finite() && deviation.is_finite() && deviation > 0.0);
        }
        assert!(Surrogate::fit(Kernel::Rbf, &[], &[]).is_none());
        let broken = Surrogate::fit(Kernel::Rbf, &[vec![0.1], vec![0.2]], &[f64::NAN, 1.0]);
        assert!(broken.is_none());
    }
}
