//! First-order Markov models of strings.

use rand_distr::{Distribution, StandardNormal};
use remeasure_core::stream::Stream;

use crate::urn::Urns;

/// A model of strings of at most `T` tokens: the law of a token depends on the one before it, and the end of the string is
/// one more token, with index `V`.
#[derive(Clone, Debug)]
pub struct Chain {
    /// A law of `V + 1` masses for each token before it (0 to `V − 1`), for the first token (law `V`), and for the end that
    /// is forced after `T` tokens (law `V + 1`).
    pub laws: Urns,
    /// Longest string `T`, in tokens.
    pub longest: usize,
}

impl Chain {
    /// A model from its laws: `V + 1` of `V + 1` masses each, the last one that of the first token.
    #[must_use]
    pub fn new(tokens: usize, mut masses: Vec<f64>, longest: usize) -> Self {
        masses.extend((0..=tokens).map(|x| if x == tokens { 1.0 } else { 0.0 }));
        Self { laws: Urns::new(tokens + 1, &masses), longest }
    }

    /// Draws a model: each law is softmax(2·N(0, 1)), scaled by `1 − end`, the probability of the end.
    #[must_use]
    pub fn random(tokens: usize, end: f64, longest: usize, stream: &mut Stream) -> Self {
        let mut masses = Vec::with_capacity((tokens + 2) * (tokens + 1));
        for _ in 0..=tokens {
            let first = masses.len();
            masses.extend((0..tokens).map(|_| -> f64 {
                let normal: f64 = StandardNormal.sample(stream);
                (2.0 * normal).exp()
            }));
            let sum: f64 = masses[first..].iter().sum();
            masses[first..].iter_mut().for_each(|p| *p *= (1.0 - end) / sum);
            masses.push(end);
        }
        Self::new(tokens, masses, longest)
    }

    /// Number of tokens `V`, without the end.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.laws.tokens() - 1
    }

    /// The law of what follows `last`, the token before or `V` at the start, if `t` tokens are there.
    #[must_use]
    pub fn follows(&self, last: usize, t: usize) -> usize {
        if t == self.longest { self.tokens() + 1 } else { last }
    }
}
