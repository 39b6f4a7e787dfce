//! Bandits over a grid of ω, with iteration counts as losses.

pub mod chebyshev;
pub mod least_squares;
pub mod tsallis;

/// Repeatedly chooses an arm and observes its loss.
pub trait Bandit {
    /// The next arm. `context` describes the next system, `uniform` is a random number in [0, 1).
    fn choose(&mut self, context: f64, uniform: f64) -> usize;

    /// Observes the loss of the last chosen arm.
    fn update(&mut self, loss: f64);

    /// Number of rounds in which the probabilities did not sum to one.
    fn improper(&self) -> usize {
        0
    }
}

/// The arm at which the running sum of `weights`, at least 0 and not all 0, exceeds `uniform` times their total.
#[must_use]
pub fn pick(weights: &[f64], uniform: f64) -> usize {
    let goal = uniform * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    for (arm, weight) in weights.iter().enumerate() {
        sum += weight;
        if goal < sum {
            return arm;
        }
    }
    // The last sum may miss the goal because of rounding.
    weights.iter().rposition(|w| *w > 0.0).unwrap_or(0)
}

/// Independent copies of a bandit, one per bin; the bins divide the interval of contexts equally.
#[derive(Clone, Debug)]
pub struct Binned<B> {
    copies: Vec<B>,
    interval: [f64; 2],
    last: usize,
}

impl<B: Bandit + Clone> Binned<B> {
    /// Makes `bins ≥ 1` copies.
    #[must_use]
    pub fn new(bandit: &B, bins: usize, interval: [f64; 2]) -> Self {
        Self { copies: vec![bandit.clone(); bins.max(1)], interval, last: 0 }
    }

    /// The bin that contains a context, or is nearest to it.
    #[must_use]
    pub fn bin(&self, context: f64) -> usize {
        let [from, to] = self.interval;
        let place = (context - from) / (to - from) * self.copies.len() as f64;
        // NaN, from an interval of width 0, becomes 0.
        (place.floor().max(0.0) as usize).min(self.copies.len() - 1)
    }
}

impl<B: Bandit + Clone> Bandit for Binned<B> {
    fn choose(&mut self, context: f64, uniform: f64) -> usize {
        self.last = self.bin(context);
        self.copies[self.last].choose(context, uniform)
    }

    fn update(&mut self, loss: f64) {
        self.copies[self.last].update(loss);
    }

    fn improper(&self) -> usize {
        self.copies.iter().map(Bandit::improper).sum()
    }
}
