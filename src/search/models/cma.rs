//! Covariance matrix adaptation, without negative weights (Hansen 2016, arXiv 1604.00772, with its default constants).

use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;
use remeasure_core::numerics::dense::eigen;
use remeasure_core::stream::Stream;

/// A normal law of steps that follows the better half of each generation.
#[derive(Clone, Debug)]
pub struct Cma {
    mean: Vec<f64>,
    sigma: f64,
    /// Covariance, d × d.
    covariance: Vec<f64>,
    /// Square roots of its eigenvalues, and its eigenvectors.
    axes: (Vec<f64>, Design),
    /// Evolution paths of the covariance and of the step size.
    paths: (Vec<f64>, Vec<f64>),
    weights: Vec<f64>,
    effective: f64,
    generation: i32,
}

impl Cma {
    /// The law N(mean, σ²I).
    ///
    /// # Errors
    /// The mean has no coordinates, or is not finite.
    pub fn new(mean: Vec<f64>, sigma: f64) -> anyhow::Result<Self> {
        let d = mean.len();
        anyhow::ensure!(d > 0 && mean.iter().all(|m| m.is_finite()), "the first mean is not finite");
        let half = Self::size(d) / 2;
        let raw: Vec<f64> = (1..=half).map(|i| (half as f64 + 0.5).ln() - (i as f64).ln()).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / sum).collect();
        let effective = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
        let mut covariance = vec![0.0; d * d];
        (0..d).for_each(|i| covariance[i * (d + 1)] = 1.0);
        let axes = (vec![1.0; d], Design::from_columns(d, d, covariance.clone()));
        let paths = (vec![0.0; d], vec![0.0; d]);
        Ok(Self { mean, sigma, covariance, axes, paths, weights, effective, generation: 0 })
    }

    /// Points of a generation: `4 + ⌊3 ln d⌋`.
    #[must_use]
    pub fn size(dimension: usize) -> usize {
        4 + (3.0 * (dimension as f64).ln()) as usize
    }

    /// Draws the points of a generation, point by point.
    pub fn ask(&self, stream: &mut Stream) -> Vec<f64> {
        let d = self.mean.len();
        let mut points = Vec::with_capacity(Self::size(d) * d);
        let mut scaled = vec![0.0; d];
        for _ in 0..Self::size(d) {
            for (z, root) in scaled.iter_mut().zip(&self.axes.0) {
                *z = root * Distribution::<f64>::sample(&StandardNormal, stream);
            }
            let mut step = vec![0.0; d];
            self.axes.1.mul(&scaled, &mut step);
            points.extend(self.mean.iter().zip(&step).map(|(m, s)| m + self.sigma * s));
        }
        points
    }

    /// Moves the law by the points of a generation and their values, of which smaller ones are better.
    ///
    /// # Errors
    /// The covariance has no eigenvalues.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn tell(&mut self, points: &[f64], values: &[f64]) -> anyhow::Result<()> {
        let d = self.mean.len();
        assert!(points.len() == values.len() * d && values.len() >= self.weights.len(), "a generation");
        let (size, mu) = (d as f64, self.effective);
        let c_sigma = (mu + 2.0) / (size + mu + 5.0);
        let damping = 1.0 + 2.0 * (((mu - 1.0) / (size + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let c_path = (4.0 + mu / size) / (size + 4.0 + 2.0 * mu / size);
        let c_one = 2.0 / ((size + 1.3).powi(2) + mu);
        let c_mu = (1.0 - c_one).min(2.0 * (mu - 2.0 + 1.0 / mu) / ((size + 2.0).powi(2) + mu));
        let normal_length = size.sqrt() * (1.0 - 1.0 / (4.0 * size) + 1.0 / (21.0 * size * size));

        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        let steps: Vec<Vec<f64>> = order[..self.weights.len()]
            .iter()
            .map(|&k| {
                points[k * d..][..d].iter().zip(&self.mean).map(|(x, m)| (x - m) / self.sigma).collect()
            })
            .collect();
        let mut step = vec![0.0; d];
        for (s, w) in steps.iter().zip(&self.weights) {
            step.iter_mut().zip(s).for_each(|(sum, s)| *sum += w * s);
        }
        self.mean.iter_mut().zip(&step).for_each(|(m, s)| *m += self.sigma * s);

        // C^(−1/2) times the step.
        let mut along = vec![0.0; d];
        self.axes.1.tmul(&step, &mut along);
        along.iter_mut().zip(&self.axes.0).for_each(|(a, root)| *a /= root);
        let mut white = vec![0.0; d];
        self.axes.1.mul(&along, &mut white);
        self.generation += 1;
        let growth = (c_sigma * (2.0 - c_sigma) * mu).sqrt();
        self.paths.1.iter_mut().zip(&white).for_each(|(p, w)| *p = (1.0 - c_sigma) * *p + growth * w);
        let length = self.paths.1.iter().map(|p| p * p).sum::<f64>().sqrt();
        let expected = (1.0 - (1.0 - c_sigma).powi(2 * self.generation)).sqrt() * normal_length;
        let steady = f64::from(u8::from(length / expected < 1.4 + 2.0 / (size + 1.0)));
        let growth = steady * (c_path * (2.0 - c_path) * mu).sqrt();
        self.paths.0.iter_mut().zip(&step).for_each(|(p, s)| *p = (1.0 - c_path) * *p + growth * s);

        let kept = 1.0 - c_one - c_mu + c_one * (1.0 - steady) * c_path * (2.0 - c_path);
        for i in 0..d {
            for j in 0..=i {
                let ranks: f64 = steps.iter().zip(&self.weights).map(|(s, w)| w * s[i] * s[j]).sum();
                let value = kept * self.covariance[i * d + j]
                    + c_one * self.paths.0[i] * self.paths.0[j]
                    + c_mu * ranks;
                self.covariance[i * d + j] = value;
                self.covariance[j * d + i] = value;
            }
        }
        self.sigma *= (c_sigma / damping * (length / normal_length - 1.0)).exp();
        let (values, vectors) = eigen(d, &self.covariance)?;
        let largest = values.last().copied().unwrap_or(1.0);
        self.axes = (values.iter().map(|v| v.max(1e-14 * largest).sqrt()).collect(), vectors);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_long_valley_is_followed_to_its_end() {
        let mut cma = Cma::new(vec![1.0; 5], 0.5).unwrap();
        let mut stream = Stream::seed_from_u64(7);
        let valley = |x: &[f64]| x.iter().zip(0..).map(|(v, j)| 10f64.powi(j) * v * v).sum::<f64>();
        let mut least = f64::INFINITY;
        for _ in 0..400 {
            let points = cma.ask(&mut stream);
            let values: Vec<f64> = points.chunks(5).map(valley).collect();
            least = values.iter().copied().fold(least, f64::min);
            cma.tell(&points, &values).unwrap();
        }
        assert!(least < 1e-12, "{least}");
    }
}
