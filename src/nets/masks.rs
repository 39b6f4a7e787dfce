//! Masks: which entries of a matrix or of all parameters count.

use rand::seq::SliceRandom;
use remeasure_core::Invalid;
use remeasure_core::stream::Stream;

use crate::Real;

/// Keeps the `n` entries of largest score in each group of `m` consecutive entries of a row; of equal scores the first.
/// `scores` is a matrix with `columns` columns, row by row.
///
/// # Errors
/// `m` does not divide the number of columns, or `n` is not between 1 and `m`.
pub fn nm<R: Real>(scores: &[R], columns: usize, n: usize, m: usize) -> Result<Vec<bool>, Invalid> {
    if !(1..=m).contains(&n) {
        return Err(Invalid::new("pattern", format!("expected n from 1 to m of n:m, found {n}:{m}")));
    }
    if !columns.is_multiple_of(m) {
        let message = format!("m of n:m must divide the {columns} columns of the matrix, found {n}:{m}");
        return Err(Invalid::new("pattern", message));
    }
    Ok(scores.chunks(m).flat_map(|group| top_k(group, n)).collect())
}

/// Keeps the `k` entries of largest score (all if there are fewer); of equal scores the first. NaN counts as the least.
#[must_use]
pub fn top_k<R: Real>(scores: &[R], k: usize) -> Vec<bool> {
    let value = |i: usize| {
        let score = scores[i].widen();
        if score.is_nan() { f64::NEG_INFINITY } else { score }
    };
    // Adding 0 makes 0 of −0, which `total_cmp` tells apart.
    let order = |a: &usize, b: &usize| (value(*b) + 0.0).total_cmp(&(value(*a) + 0.0)).then(a.cmp(b));
    let mut indices: Vec<usize> = (0..scores.len()).collect();
    if k < indices.len() {
        indices.select_nth_unstable_by(k, order);
        indices.truncate(k);
    }
    of_indices(scores.len(), &indices)
}

/// Keeps `k` entries at random (all if there are fewer).
#[must_use]
pub fn random(length: usize, k: usize, stream: &mut Stream) -> Vec<bool> {
    let mut indices: Vec<usize> = (0..length).collect();
    let (chosen, _) = indices.partial_shuffle(stream, k.min(length));
    of_indices(length, chosen)
}

fn of_indices(length: usize, indices: &[usize]) -> Vec<bool> {
    let mut mask = vec![false; length];
    indices.iter().for_each(|i| mask[*i] = true);
    mask
}

/// Absolute values, the score of masks by magnitude.
#[must_use]
pub fn magnitudes<R: Real>(weights: &[R]) -> Vec<R> {
    weights.iter().map(|w| w.abs()).collect()
}

/// Number of entries that count.
#[must_use]
pub fn count(mask: &[bool]) -> usize {
    mask.iter().filter(|keep| **keep).count()
}

/// Number of entries that count in both.
#[must_use]
pub fn overlap(a: &[bool], b: &[bool]) -> usize {
    a.iter().zip(b).filter(|(a, b)| **a && **b).count()
}

/// Number of entries in which the masks differ.
#[must_use]
pub fn flips(a: &[bool], b: &[bool]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}
