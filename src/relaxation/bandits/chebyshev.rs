//! ChebCB (Khodak et al.): the loss of each arm as a Chebyshev series in the context, with SquareCB's probabilities.

use std::f64::consts::PI;

use super::least_squares::Normal;
use super::{Bandit, pick};

/// ChebCB with the constants of the published code. With `K` the largest loss so far and `m = degree + 1`,
/// `N = 2 + 4(1 + ln m)`. Coefficients of `loss − 1` are bounded by `K` and `2K/j`, `j = 1, …`. In units of
/// `KN`, the probabilities are `1/(d + η(ŷ_i − min ŷ))`, and the arm with the least prediction gets the rest.
/// After `t` rounds `η = 2t √(d t/(R − r + 2α²t))`, where `R` is the sum of squared errors of the
/// predictions, `r` that of the last bounded fit, and `α = (π + 2/π · ln(2m + 1))/(2N(m + 1))`.
///
/// Where `K` is multiplied by `N` and `α`, the code uses the range of losses instead of their maximum; but as
/// its list of losses initially contains zeros, the range is the maximum. Here `R − r` is kept at 0 or above.
#[derive(Clone, Debug)]
pub struct ChebCb {
    interval: [f64; 2],
    arms: Vec<Normal>,
    /// Coefficients of `loss − 1`, arm by arm.
    theta: Vec<Vec<f64>>,
    features: Vec<f64>,
    probabilities: Vec<f64>,
    chosen: usize,
    predicted: f64,
    rounds: usize,
    eta: f64,
    /// `K`.
    largest: f64,
    /// `Σ p²`, `Σ p·loss`, `Σ loss²` for predictions `p` in the units at the time.
    sums: [f64; 3],
}

/// Writes `T_0(x), …, T_{m−1}(x)` to `out`.
pub fn chebyshev(x: f64, out: &mut [f64]) {
    for j in 0..out.len() {
        out[j] = match j {
            0 => 1.0,
            1 => x,
            _ => 2.0 * x * out[j - 1] - out[j - 2],
        };
    }
}

impl ChebCb {
    /// For `arms ≥ 1` arms with series up to `degree`, and contexts in `interval`.
    #[must_use]
    pub fn new(arms: usize, degree: usize, interval: [f64; 2]) -> Self {
        let m = degree + 1;
        Self {
            interval,
            arms: vec![Normal::new(m); arms],
            theta: vec![vec![0.0; m]; arms],
            features: vec![0.0; m],
            probabilities: vec![0.0; arms],
            chosen: 0,
            predicted: 0.0,
            rounds: 0,
            eta: 0.0,
            largest: 0.0,
            sums: [0.0; 3],
        }
    }

    /// The probabilities of the last choice.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Coefficients of `loss − 1` of an arm.
    #[must_use]
    pub fn coefficients(&self, arm: usize) -> &[f64] {
        &self.theta[arm]
    }

    /// `N`.
    fn unit(&self) -> f64 {
        2.0 + 4.0 * (1.0 + (self.features.len() as f64).ln())
    }

    fn value(&self, arm: usize) -> f64 {
        self.theta[arm].iter().zip(&self.features).map(|(t, f)| t * f).sum()
    }

    /// Refits one arm; returns the squared error of a bounded fit.
    fn refit(&mut self, arm: usize) -> Option<f64> {
        if self.arms[arm].count() == 0 {
            return None;
        }
        let bound = |j: usize| if j == 0 { self.largest } else { 2.0 * self.largest / j as f64 };
        let bounds: Vec<f64> = (0..self.features.len()).map(bound).collect();
        let (theta, bounded) = self.arms[arm].fit(&bounds);
        self.theta[arm] = theta;
        bounded.then(|| self.arms[arm].residual(&self.theta[arm]))
    }
}

impl Bandit for ChebCb {
    fn choose(&mut self, context: f64, uniform: f64) -> usize {
        let [from, to] = self.interval;
        let x = if to > from { 2.0 * (context - from) / (to - from) - 1.0 } else { 0.0 };
        chebyshev(x, &mut self.features);
        let scale = (self.largest * self.unit()).max(f64::MIN_POSITIVE);
        let values: Vec<f64> = (0..self.arms.len()).map(|i| self.value(i) / scale).collect();
        let best = (0..values.len()).min_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
        let mut others = 0.0;
        for (i, p) in self.probabilities.iter_mut().enumerate() {
            if i != best {
                *p = 1.0 / (values.len() as f64 + self.eta * (values[i] - values[best]));
                others += *p;
            }
        }
        self.probabilities[best] = 1.0 - others;
        self.chosen = pick(&self.probabilities, uniform);
        self.predicted = values[self.chosen];
        self.chosen
    }

    fn update(&mut self, loss: f64) {
        self.arms[self.chosen].add(&self.features, loss - 1.0);
        self.rounds += 1;
        self.sums[0] += self.predicted * self.predicted;
        self.sums[1] += self.predicted * loss;
        self.sums[2] += loss * loss;
        let mut bounded = None;
        if loss > self.largest {
            // A larger loss increases the bounds of all arms.
            self.largest = loss;
            for arm in 0..self.arms.len() {
                bounded = self.refit(arm).or(bounded);
            }
        } else {
            bounded = self.refit(self.chosen);
        }
        let (t, m) = (self.rounds as f64, self.features.len() as f64);
        let scale = (self.largest * self.unit()).max(f64::MIN_POSITIVE);
        let errors = self.sums[0] - 2.0 * self.sums[1] / scale + self.sums[2] / (scale * scale);
        let explained = bounded.unwrap_or(0.0) / (scale * scale);
        let alpha = (PI + 2.0 / PI * (2.0 * m + 1.0).ln()) / (2.0 * self.unit() * (m + 1.0));
        let rate = self.arms.len() as f64 * t / ((errors - explained).max(0.0) + 2.0 * alpha * alpha * t);
        self.eta = 2.0 * t * rate.sqrt();
    }
}
