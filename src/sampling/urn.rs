//! Tokens drawn without replacement, in proportion to their probabilities.

use rand::Rng;
use remeasure_core::stream::Stream;

/// Several laws over the same tokens, each a binary tree of sums: drawing a token, taking it out and putting it back cost
/// O(log V).
///
/// Each sum is that of its two parts, never a difference: what is left is exact to rounding however much was taken out, and
/// a law whose tokens were all put back has the bits that it had before.
#[derive(Clone, Debug)]
pub struct Urns {
    tokens: usize,
    leaves: usize,
    sums: Vec<f64>,
    peaks: Vec<f64>,
}

impl Urns {
    /// Laws from their masses, `tokens` numbers of at least 0 for each, one law after the other.
    ///
    /// # Panics
    /// If the masses are no whole number of laws.
    #[must_use]
    pub fn new(tokens: usize, masses: &[f64]) -> Self {
        assert!(tokens > 0 && masses.len().is_multiple_of(tokens), "{} masses", masses.len());
        let leaves = tokens.next_power_of_two();
        let mut sums = vec![0.0; masses.len() / tokens * 2 * leaves];
        for (tree, law) in sums.chunks_exact_mut(2 * leaves).zip(masses.chunks_exact(tokens)) {
            tree[leaves..leaves + tokens].copy_from_slice(law);
            for node in (1..leaves).rev() {
                tree[node] = tree[2 * node] + tree[2 * node + 1];
            }
        }
        let peaks = masses.chunks_exact(tokens).map(|law| law.iter().copied().fold(0.0, f64::max)).collect();
        Self { tokens, leaves, sums, peaks }
    }

    /// Number of tokens `V`.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Number of laws.
    #[must_use]
    pub fn laws(&self) -> usize {
        self.peaks.len()
    }

    /// The masses of a law that are not taken out.
    #[must_use]
    pub fn law(&self, law: usize) -> &[f64] {
        &self.sums[law * 2 * self.leaves + self.leaves..][..self.tokens]
    }

    /// One law, to draw from.
    pub fn urn(&mut self, law: usize) -> Urn<'_> {
        let sums = &mut self.sums[law * 2 * self.leaves..][..2 * self.leaves];
        Urn { sums, tokens: self.tokens, leaves: self.leaves, peak: self.peaks[law] }
    }
}

/// One law, from which tokens are drawn and taken out.
#[derive(Debug)]
pub struct Urn<'a> {
    sums: &'a mut [f64],
    tokens: usize,
    leaves: usize,
    peak: f64,
}

impl Urn<'_> {
    /// Mass of all tokens that are not taken out, with the rounding of sums, not of differences.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.sums[1]
    }

    /// Number of tokens `V`.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Largest mass of a token, taken out or not.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// Mass of a token, 0 once it is taken out.
    #[must_use]
    pub fn of(&self, token: usize) -> f64 {
        self.sums[self.leaves + token]
    }

    /// Takes a token out and returns its mass.
    pub fn take(&mut self, token: usize) -> f64 {
        let mass = self.of(token);
        self.put(token, 0.0);
        mass
    }

    /// Puts a token back with the mass that it had.
    pub fn put(&mut self, token: usize, mass: f64) {
        let mut node = self.leaves + token;
        self.sums[node] = mass;
        while node > 1 {
            node /= 2;
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1];
        }
    }

    /// The token at a point of the unit interval, which the tokens share by their masses; never one without mass. There must
    /// be mass left.
    #[must_use]
    pub fn at(&self, point: f64) -> usize {
        let mut left = point * self.sums[1];
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            // Rounding must not lead to a part without mass.
            if self.sums[node + 1] > 0.0 && left >= self.sums[node] {
                left -= self.sums[node];
                node += 1;
            }
        }
        node - self.leaves
    }
}

/// Where random choices come from: a random stream, or each choice in turn with its probability, see
/// [`exact`](crate::exact).
pub trait Chance {
    /// A token of the urn, which has mass left.
    fn token(&mut self, urn: &Urn<'_>) -> usize;

    /// Draws with replacement that fall on tokens already taken out, before the first one that does not: geometric, if the
    /// share `left` of the mass is left.
    fn repeats(&mut self, left: f64) -> f64;
}

impl Chance for Stream {
    fn token(&mut self, urn: &Urn<'_>) -> usize {
        urn.at(self.r#gen())
    }

    fn repeats(&mut self, left: f64) -> f64 {
        if left >= 1.0 {
            return 0.0;
        }
        let uniform: f64 = self.r#gen();
        ((-uniform).ln_1p() / (-left).ln_1p()).floor()
    }
}
