//! Tsallis-INF (Zimmert and Seldin 2021) with the step sizes of Khodak et al.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bandit, pick};

/// How to find the normalisation `x` of the probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Newton {
    /// From `min k/s − 2/η`, where the sum is at least one: from there Newton's steps are monotone.
    #[default]
    Monotone,
    /// As in the published code: 20 steps from −1. Once all `k/s` are large, the sum is below one there, the
    /// first step may jump past the least of them, and the result is not a distribution. It is scaled to one
    /// to draw from, while the loss is weighted by its unscaled value; if it is all zeros or not finite, the
    /// draw is uniform.
    Published,
}

/// `p_i = 4 (η(k_i/s − x))⁻²` with `Σp = 1` and `η = 2/√t`, where `k_i` is the sum of `(loss − 1)/p_i` over
/// the draws of `i`, and `s` is the mean loss so far, minus 1.
#[derive(Clone, Debug)]
pub struct Tsallis {
    newton: Newton,
    sums: Vec<f64>,
    probabilities: Vec<f64>,
    chosen: usize,
    rounds: usize,
    total: f64,
    improper: usize,
}

/// Probabilities at scaled losses `k/s`: writes them to `out` and returns `x`.
pub fn probabilities(losses: &[f64], eta: f64, out: &mut [f64]) -> f64 {
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let mut x = least - 2.0 / eta;
    for _ in 0..100 {
        let (sum, slope) = evaluate(losses, eta, x, out);
        let next = x - (sum - 1.0) / (eta * slope);
        // The sum decreases to one from above; rounding ends the iteration.
        if !(next < x) {
            break;
        }
        x = next;
    }
    let sum: f64 = out.iter().sum();
    out.iter_mut().for_each(|p| *p /= sum);
    x
}

/// `p`, their sum, and the sum of `p^{3/2}`.
fn evaluate(losses: &[f64], eta: f64, x: f64, out: &mut [f64]) -> (f64, f64) {
    let (mut sum, mut slope) = (0.0, 0.0);
    for (p, loss) in out.iter_mut().zip(losses) {
        let root = (2.0 / (eta * (loss - x))).abs();
        *p = root * root;
        sum += *p;
        slope += root * root * root;
    }
    (sum, slope)
}

impl Tsallis {
    /// For `arms ≥ 1` arms.
    #[must_use]
    pub fn new(arms: usize, newton: Newton) -> Self {
        Self {
            newton,
            sums: vec![0.0; arms],
            probabilities: vec![1.0 / arms as f64; arms],
            chosen: 0,
            rounds: 0,
            total: 0.0,
            improper: 0,
        }
    }

    /// The probabilities of the last choice.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }
}

impl Bandit for Tsallis {
    fn choose(&mut self, _context: f64, uniform: f64) -> usize {
        let eta = 2.0 / ((self.rounds + 1) as f64).sqrt();
        let mean = self.total / self.rounds as f64 - 1.0;
        // A mean loss of 1 gives no scale; then all sums are 0 anyway.
        let scale = if mean > 0.0 { mean } else { 1.0 };
        let scaled: Vec<f64> = self.sums.iter().map(|k| k / scale).collect();
        match self.newton {
            Newton::Monotone => {
                probabilities(&scaled, eta, &mut self.probabilities);
            }
            Newton::Published => {
                let mut x = -1.0;
                let mut sum = 0.0;
                for _ in 0..20 {
                    let slope;
                    (sum, slope) = evaluate(&scaled, eta, x, &mut self.probabilities);
                    x -= (sum - 1.0) / (eta * slope);
                }
                if !((sum - 1.0).abs() <= 1e-6) {
                    self.improper += 1;
                }
                if !(sum > 0.0 && sum.is_finite()) {
                    let arms = self.sums.len();
                    self.chosen = ((uniform * arms as f64) as usize).min(arms - 1);
                    return self.chosen;
                }
            }
        }
        self.chosen = pick(&self.probabilities, uniform);
        self.chosen
    }

    fn update(&mut self, loss: f64) {
        self.sums[self.chosen] += (loss - 1.0) / self.probabilities[self.chosen];
        self.total += loss;
        self.rounds += 1;
    }

    fn improper(&self) -> usize {
        self.improper
    }
}
