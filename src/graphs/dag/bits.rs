//! Sets of nodes as bits.

/// Bits of a word.
const WIDTH: usize = 64;

/// A set of numbers below a fixed bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// No members; numbers below `bound` may be added.
    pub(crate) fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(WIDTH)] }
    }

    pub(crate) fn contains(&self, i: usize) -> bool {
        self.words[i / WIDTH] >> (i % WIDTH) & 1 == 1
    }

    pub(crate) fn insert(&mut self, i: usize) {
        self.words[i / WIDTH] |= 1 << (i % WIDTH);
    }

    pub(crate) fn remove(&mut self, i: usize) {
        self.words[i / WIDTH] &= !(1 << (i % WIDTH));
    }

    /// Number of members.
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Members in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * WIDTH + bit)
            })
        })
    }
}
