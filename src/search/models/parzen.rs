//! Parzen windows on the unit cube, for tree-structured Parzen estimators (Bergstra et al. 2011).

use rand::Rng;
use remeasure_core::numerics::statistics::normal_quantile;
use remeasure_core::stream::Stream;
use statrs::function::erf::erfc;

/// How wide the windows are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// The larger distance to the two neighbours in each coordinate, hyperopt's rule; at least this.
    Neighbours(f64),
    /// `⅕ k^(−1/(d+4))` for k windows, optuna's rule; at least `1/min(100, k + 1)`.
    Scott,
}

/// A mixture of products of truncated normal laws, one around each point, and a wide one in the middle.
#[derive(Clone, Debug)]
pub struct Parzen {
    dimension: usize,
    /// Centre and width of window `k` in coordinate `j` at `k·d + j`, with the probability within [0, 1].
    windows: Vec<(f64, f64, f64)>,
    /// Their shares, which sum to 1.
    shares: Vec<f64>,
    /// Logarithms of share over the integral of the window.
    scales: Vec<f64>,
}

/// The distribution function of the standard normal law.
fn normal(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

impl Parzen {
    /// Windows around points (k × `dimension`, point by point) with these weights, and one of width 1 in the middle with
    /// the mean of the weights, or 1 if there are none.
    #[must_use]
    pub fn new(dimension: usize, points: &[f64], weights: &[f64], width: Width) -> Self {
        let count = weights.len();
        let prior = if count > 0 { weights.iter().sum::<f64>() / count as f64 } else { 1.0 };
        let mut windows = vec![(0.5, 1.0, 0.0); (count + 1) * dimension];
        for j in 0..dimension {
            let mut order: Vec<(f64, usize)> = (0..count).map(|k| (points[k * dimension + j], k)).collect();
            order.push((0.5, count));
            order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (place, &(centre, k)) in order.iter().enumerate() {
                let below = place.checked_sub(1).map_or(0.0, |p| centre - order[p].0);
                let above = order.get(place + 1).map_or(0.0, |next| next.0 - centre);
                let wide = match width {
                    _ if k == count => 1.0,
                    Width::Neighbours(least) => below.max(above).clamp(least.min(1.0), 1.0),
                    Width::Scott => {
                        let least = 1.0 / (count as f64 + 1.0).min(100.0);
                        (0.2 * (count as f64).powf(-1.0 / (dimension as f64 + 4.0))).clamp(least, 1.0)
                    }
                };
                let inside = normal((1.0 - centre) / wide) - normal(-centre / wide);
                windows[k * dimension + j] = (centre, wide, inside);
            }
        }
        let total = weights.iter().sum::<f64>() + prior;
        let shares: Vec<f64> = weights.iter().chain([&prior]).map(|w| w / total).collect();
        let integral = |window: &[(f64, f64, f64)]| -> f64 {
            window
                .iter()
                .map(|(_, width, inside)| (width * inside).ln() + 0.5 * std::f64::consts::TAU.ln())
                .sum()
        };
        let scales =
            windows.chunks_exact(dimension).zip(&shares).map(|(w, s)| s.ln() - integral(w)).collect();
        Self { dimension, windows, shares, scales }
    }

    /// The logarithm of the density at a point of the unit cube.
    #[must_use]
    pub fn ln_density(&self, point: &[f64]) -> f64 {
        // The sum of exponentials, relative to the largest exponent so far.
        let (mut largest, mut sum) = (f64::NEG_INFINITY, 0.0);
        for (window, scale) in self.windows.chunks_exact(self.dimension).zip(&self.scales) {
            let squares: f64 =
                point.iter().zip(window).map(|(x, (centre, width, _))| ((x - centre) / width).powi(2)).sum();
            let term = scale - 0.5 * squares;
            if term > largest {
                sum = sum * (largest - term).exp() + 1.0;
                largest = term;
            } else {
                sum += (term - largest).exp();
            }
        }
        largest + sum.ln()
    }

    /// Draws a point.
    pub fn draw(&self, stream: &mut Stream, point: &mut [f64]) {
        let mut left: f64 = stream.r#gen();
        let last = self.shares.len() - 1;
        let beyond = |share: &f64| {
            left -= share;
            left < 0.0
        };
        let k = self.shares.iter().position(beyond).unwrap_or(last);
        let window = &self.windows[k * self.dimension..(k + 1) * self.dimension];
        for (x, (centre, width, inside)) in point.iter_mut().zip(window) {
            let at = normal(-centre / width) + stream.r#gen::<f64>() * inside;
            *x = (centre + width * normal_quantile(at.clamp(1e-300, 1.0 - 1e-16))).clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn densities_integrate_to_one_and_draws_follow_them() {
        let points = [0.1, 0.9, 0.15, 0.3, 0.15, 0.8, 1.0, 0.0];
        for width in [Width::Neighbours(0.03), Width::Scott] {
            for count in [0, 1, 4] {
                let weights = &[1.0, 0.5, 2.0, 0.1][..count];
                let parzen = Parzen::new(2, &points[..2 * count], weights, width);
                let steps = 400;
                let middle = |i: usize| (i as f64 + 0.5) / steps as f64;
                let (mut whole, mut first) = (0.0, 0.0);
                for i in 0..steps {
                    for j in 0..steps {
                        let mass = parzen.ln_density(&[middle(i), middle(j)]).exp() / (steps * steps) as f64;
                        whole += mass;
                        first += mass * middle(i);
                    }
                }
                assert!((whole - 1.0).abs() < 1e-3, "{width:?} {count}: {whole}");
                let mut stream = Stream::seed_from_u64(2);
                let (mut x, draws) = ([0.0; 2], 20_000);
                let mut sum = 0.0;
                for _ in 0..draws {
                    parzen.draw(&mut stream, &mut x);
                    assert!(x.iter().all(|x| (0.0..=1.0).contains(x)));
                    sum += x[0];
                }
                // Five standard errors of a mean of numbers within [0, 1].
                assert!((sum / f64::from(draws) - first).abs() < 5.0 * 0.5 / f64::from(draws).sqrt());
            }
        }
    }
}
