//! Bandits over a grid of ω, their losses the iteration counts.

pub mod chebyshev;
pub mod least_squares;
pub mod tsallis;

/// Chooses an arm, is told its loss, and so on.
pub trait Bandit {
    /// The next arm. `context` is what is known of the coming system, `uniform` a draw from [0, 1).
    fn choose(&mut self, context: f64, uniform: f64) -> usize;

    /// The loss of the arm chosen last.
    fn update(&mut self, loss: f64);

    /// Rounds in which its probabilities did not sum to one.
    fn improper(&self) -> usize {
        0
    }
}

/// The arm at which the running sum of `weights`, at least 0 and not all 0, passes `uniform` times the sum of all.
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
    // The last sum may fall short of the goal by rounding.
    weights.iter().rposition(|w| *w > 0.0).unwrap_or(0)
}

/// Independent copies of a bandit, one for each of as many equal parts of the interval of contexts.
#[derive(Clone, Debug)]
pub struct Binned<B> {
    copies: Vec<B>,
    interval: [f64; 2],
    last: usize,
}

impl<B: Bandit + Clone> Binned<B> {
    /// `bins ≥ 1` copies.
    #[must_use]
    pub fn new(bandit: &B, bins: usize, interval: [f64; 2]) -> Self {
        Self { copies: vec![bandit.clone(); bins.max(1)], interval, last: 0 }
    }

    /// The part that a context lies in, or is nearest to.
    #[must_use]
    pub fn bin(&self, context: f64) -> usize {
        let [from, to] = self.interval;
        let place = (context - from) / (to - from) * self.copies.len() as f64;
        // NaN, of an interval without width, becomes 0.
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
