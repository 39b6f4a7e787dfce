//! numpy's legacy generator, `numpy.random.RandomState`, as far as published experiments need it.
//!
//! Its stream is frozen by numpy's policy (NEP 19), so an experiment that was run with `numpy.random.seed(s)` can be
//! repeated number by number.

use rand_mt::Mt;

/// The generator: MT19937, seeded with one integer, with the normal number that is left over.
#[derive(Clone, Debug)]
pub struct Legacy {
    words: Mt,
    kept: Option<f64>,
}

impl Legacy {
    /// The state after `numpy.random.seed(seed)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self { words: Mt::new(seed), kept: None }
    }

    /// `random_sample()`: uniform on [0, 1) with 53 bits, from two words.
    pub fn double(&mut self) -> f64 {
        let high = f64::from(self.words.next_u32() >> 5);
        let low = f64::from(self.words.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// `standard_normal()`, by Marsaglia's polar method. It makes two at a time and keeps one for the next call.
    pub fn normal(&mut self) -> f64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let first = 2.0 * self.double() - 1.0;
            let second = 2.0 * self.double() - 1.0;
            let square = first * first + second * second;
            if square < 1.0 && square > 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.kept = Some(factor * first);
                return factor * second;
            }
        }
    }

    /// A whole number from 0 to `largest`, by masking words and rejecting those above it.
    pub fn index(&mut self, largest: u32) -> u32 {
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let word = self.words.next_u32() & mask;
            if word <= largest {
                return word;
            }
        }
    }

    /// `shuffle(items)`, for fewer than 2³² items.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.index(i as u32) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_numpy() {
        // numpy.random.seed(42): random_sample(3), and after a new seed standard_normal(5).
        let mut uniform = Legacy::new(42);
        for expected in [0.374_540_118_847_362_5, 0.950_714_306_409_916_2, 0.731_993_941_811_405_1] {
            assert_eq!(uniform.double(), expected);
        }
        let mut normal = Legacy::new(42);
        for expected in [0.496_714_153_011_233, -0.138_264_301_171_184_66, 0.647_688_538_100_692_4] {
            assert!((normal.normal() - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_takes_words_only() {
        let (mut shuffled, mut plain) = (Legacy::new(7), Legacy::new(7));
        let kept = [shuffled.normal(), plain.normal()];
        assert_eq!(kept[0], kept[1]);
        let mut items: Vec<u32> = (0..31).collect();
        shuffled.shuffle(&mut items);
        assert_eq!(shuffled.normal(), plain.normal(), "the number kept stays kept");
        items.sort_unstable();
        assert_eq!(items, (0..31).collect::<Vec<u32>>());
        assert_eq!(shuffled.index(0), 0);
    }
}
