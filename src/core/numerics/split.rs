//! Random train–test splits of rows.

use rand::seq::SliceRandom;

use super::Standard;
use crate::stream::Stream;

/// Number of test rows among `rows`, for a `fraction` in (0, 1): rounded, at least 1.
#[must_use]
pub fn held_out(rows: usize, fraction: f64) -> usize {
    ((rows as f64 * fraction).round() as usize).max(1)
}

/// Splits `0..rows` at random into `rows − held_out` training rows and `held_out` test rows, both in random
/// order.
///
/// # Panics
/// If `held_out > rows`.
#[must_use]
pub fn train_test(rows: usize, held_out: usize, stream: &mut Stream) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(stream);
    let train = order.split_off(held_out);
    (train, order)
}

/// The map that standardises the values at `rows`.
#[must_use]
pub fn standard(values: &[f64], rows: &[usize]) -> Standard {
    Standard::of(rows.iter().map(|&i| values[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Streams;

    #[test]
    fn every_row_is_on_one_side() {
        let mut stream = Streams { seed: 1, cell: 2, replicate: 3 }.stream("split");
        let (train, test) = train_test(11, held_out(11, 0.3), &mut stream);
        assert_eq!((train.len(), test.len()), (8, 3));
        let mut all = [train, test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert_eq!(held_out(4, 0.01), 1);
    }
}
