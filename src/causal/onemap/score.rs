//! The score of a kernel density estimate.

use remeasure_core::numerics::statistics;

/// Number of points of the grid.
const POINTS: usize = 600;

/// Distance, in bandwidths, beyond which a kernel counts for nothing (below 1e-14 of its height).
const REACH: f64 = 8.0;

/// One in this many points lies below the grid, and one above: there points are few and the score bends sharply.
const EDGE: usize = 200;

/// `d/dy log p(y)` of a Gaussian kernel density estimate, tabulated on a grid and interpolated by cubics.
#[derive(Clone, Debug)]
pub struct Score {
    /// The points, ascending.
    points: Vec<f64>,
    bandwidth: f64,
    low: f64,
    step: f64,
    values: Vec<f64>,
}

impl Score {
    /// The estimate from `points` with Scott's bandwidth `sd · n^{−1/5}`, divisor `n − 1` (scipy's `gaussian_kde`).
    ///
    /// # Errors
    /// The points do not differ, or one is not finite.
    pub fn new(points: &[f64]) -> anyhow::Result<Self> {
        let spread = deviation(points, 1.0);
        anyhow::ensure!(
            spread.is_finite() && spread > 0.0,
            "the predictions do not differ: their density has no score"
        );
        let bandwidth = spread * (points.len() as f64).powf(-0.2);
        let mut points = points.to_vec();
        points.sort_by(f64::total_cmp);
        let edge = points.len() / EDGE;
        let (low, high) = (points[edge], points[points.len() - 1 - edge]);
        let step = (high - low) / (POINTS - 1) as f64;
        let mut score = Self { points, bandwidth, low, step, values: Vec::new() };
        score.values = (0..POINTS).map(|i| score.exact(low + i as f64 * step)).collect();
        Ok(score)
    }

    /// The bandwidth.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// The score at `y`, from all kernels that reach it; of those beyond, the nearest point decides.
    #[must_use]
    pub fn exact(&self, y: f64) -> f64 {
        let reach = REACH * self.bandwidth;
        let from = self.points.partition_point(|p| *p < y - reach);
        let to = self.points.partition_point(|p| *p <= y + reach);
        let (mut weight, mut sum) = (0.0, 0.0);
        for p in &self.points[from..to] {
            let u = (p - y) / self.bandwidth;
            let w = (-0.5 * u * u).exp();
            weight += w;
            sum += w * u;
        }
        if weight > 0.0 {
            return sum / (weight * self.bandwidth);
        }
        let nearest = self.points[from.min(self.points.len() - 1)];
        (nearest - y) / (self.bandwidth * self.bandwidth)
    }

    /// The score at `y`, interpolated; exact outside the grid.
    #[must_use]
    pub fn at(&self, y: f64) -> f64 {
        let place = (y - self.low) / self.step;
        let cell = place.floor();
        if !(cell >= 1.0 && cell < (POINTS - 2) as f64) {
            return self.exact(y);
        }
        let (i, t) = (cell as usize, place - cell);
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| self.values[i + k - 1]);
        // Lagrange's cubic through four neighbours.
        let (before, after, far) = (t + 1.0, t - 1.0, t - 2.0);
        -a * t * after * far / 6.0 + b * before * after * far / 2.0 - c * before * t * far / 2.0
            + d * before * t * after / 6.0
    }

    /// The largest error of the interpolation half-way between grid points, at every tenth of them.
    #[must_use]
    pub fn error(&self) -> f64 {
        let middles = (0..POINTS - 1).step_by(10).map(|i| self.low + (i as f64 + 0.5) * self.step);
        middles.map(|y| (self.at(y) - self.exact(y)).abs()).fold(0.0, f64::max)
    }
}

/// Standard deviation with divisor `n − lost`.
#[must_use]
pub fn deviation(values: &[f64], lost: f64) -> f64 {
    let n = values.len() as f64;
    let mean = statistics::mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (squares / (n - lost)).sqrt()
}
