//! Random streams derived from the identity of a trial, never from the order of trials.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The generator of all random numbers: counter-based, with the same output on every platform.
pub type Stream = ChaCha8Rng;

/// Identity of a random stream: experiment seed, stable identity of the cell, and replicate.
///
/// Two trials share random numbers only if all three agree, so neither the order of trials nor the presence
/// of other cells or estimators can change a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// The experiment's seed.
    pub seed: u64,
    /// Stable identity of the cell.
    pub cell: u64,
    /// Replicate within the cell, from 0.
    pub replicate: u32,
}

impl Streams {
    /// The stream for one `role` in this trial, for instance `"design"`.
    #[must_use]
    pub fn stream(&self, role: &str) -> Stream {
        let mut hash = Sha256::new();
        hash.update(b"remeasure stream 1");
        hash.update(self.seed.to_le_bytes());
        hash.update(self.cell.to_le_bytes());
        hash.update(self.replicate.to_le_bytes());
        hash.update(role.as_bytes());
        Stream::from_seed(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn each_part_of_the_identity_changes_the_stream() {
        let base = Streams { seed: 1, cell: 2, replicate: 3 };
        let first = |s: Streams, role: &str| s.stream(role).next_u64();
        let reference = first(base, "design");
        assert_eq!(reference, first(base, "design"));
        assert_ne!(reference, first(Streams { seed: 9, ..base }, "design"));
        assert_ne!(reference, first(Streams { cell: 9, ..base }, "design"));
        assert_ne!(reference, first(Streams { replicate: 9, ..base }, "design"));
        assert_ne!(reference, first(base, "noise"));
    }
}
