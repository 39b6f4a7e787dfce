//! Mini-batches.

use rand::seq::SliceRandom;
use remeasure_core::stream::Stream;

/// The order of rows in mini-batches.
#[derive(Clone, Debug)]
pub struct Batches {
    order: Vec<usize>,
    size: usize,
    drop_last: bool,
}

impl Batches {
    /// Batches of `size` of `rows` rows; the last of an epoch may be smaller.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn new(rows: usize, size: usize) -> Self {
        assert!(size > 0, "batches of at least one row");
        Self { order: (0..rows).collect(), size, drop_last: false }
    }

    /// Leaves out the last batch of an epoch if it is not full.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// Number of batches of an epoch.
    #[must_use]
    pub fn count(&self) -> usize {
        if self.drop_last { self.order.len() / self.size } else { self.order.len().div_ceil(self.size) }
    }

    /// The batches of the next epoch, in a new random order of all rows.
    pub fn epoch(&mut self, stream: &mut Stream) -> impl Iterator<Item = &[usize]> {
        self.order.shuffle(stream);
        self.order.chunks(self.size).take(self.count())
    }
}

/// Copies the chosen rows of `from`, `rows × columns`, and returns the filled part of `to`.
///
/// # Panics
/// If a row does not exist or `to` is too short.
pub fn gather<'a, T: Copy>(from: &[T], columns: usize, chosen: &[usize], to: &'a mut [T]) -> &'a [T] {
    let to = &mut to[..chosen.len() * columns];
    for (to, i) in to.chunks_exact_mut(columns).zip(chosen) {
        to.copy_from_slice(&from[i * columns..(i + 1) * columns]);
    }
    to
}
