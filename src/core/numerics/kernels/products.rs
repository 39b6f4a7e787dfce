//! Products of many vectors with many others, tile by tile.

use std::ops::Range;

use super::{CHUNK, dots, multiply};

/// Distance of weighted copies, not a multiple of a page, so that they do not compete for the same cache lines.
const STRIDE: usize = CHUNK + 24;

/// Number of vectors whose chunks are read again and again: 256 KB, which fits in a second-level cache.
pub const PANEL: usize = 64;

/// Calls `add(i, j, leftᵢᵀrightⱼ)` for each `i` in `rows` and `j` in `columns`.
///
/// The products are made in tiles of 4 × 4; at an edge the last vector stands in for those that are missing.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
pub fn for_each_product<'l, 'r>(
    rows: Range<usize>,
    columns: Range<usize>,
    left: impl Fn(usize) -> &'l [f64],
    right: impl Fn(usize) -> &'r [f64],
    mut add: impl FnMut(usize, usize, f64),
) {
    for i in rows.clone().step_by(4) {
        let within = (rows.end - i).min(4);
        for j in columns.clone().step_by(4) {
            let last = columns.end - 1;
            let right = [0, 1, 2, 3].map(|k| right((j + k).min(last)));
            let width = (columns.end - j).min(4);
            let mut tell = |products: &[[f64; 4]]| {
                for (i, products) in (i..).zip(products) {
                    for (j, product) in (j..).zip(&products[..width]) {
                        add(i, j, *product);
                    }
                }
            };
            match within {
                1 => tell(&dots([left(i)], right)),
                2 => tell(&dots([left(i), left(i + 1)], right)),
                3 => tell(&dots([0, 1, 2].map(|k| left(i + k)), right)),
                _ => tell(&dots([0, 1, 2, 3].map(|k| left(i + k)), right)),
            }
        }
    }
}

/// Scratch memory for weighted Gram matrices.
#[derive(Clone, Debug, Default)]
pub struct Products {
    weighted: Vec<f64>,
}

impl Products {
    /// Adds the upper triangle of `Xᵀdiag(w)X` over the observations `rows` to `out`, row-major with side
    /// `side`. `column(j)` is column `j < side` of `X` with all observations; `weights` has one value for each
    /// of `rows`, and `None` stands for ones.
    ///
    /// The sums of chunks of [`CHUNK`] rows are added in order, so the result has the same bits at every
    /// level. Entries below the diagonal are unspecified.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn add_gram<'a>(
        &mut self,
        side: usize,
        rows: Range<usize>,
        weights: Option<&[f64]>,
        column: impl Fn(usize) -> &'a [f64],
        out: &mut [f64],
    ) {
        assert_eq!(out.len(), side * side, "size of the matrix");
        assert!(weights.is_none_or(|w| w.len() == rows.len()), "one weight for each row");
        for start in rows.clone().step_by(CHUNK) {
            let chunk = start..(start + CHUNK).min(rows.end);
            let part = |j: usize| &column(j)[chunk.clone()];
            for panel in (0..side).step_by(PANEL) {
                let end = (panel + PANEL).min(side);
                for first in (0..end).step_by(4) {
                    let block = first..(first + 4).min(side);
                    if let Some(weights) = weights {
                        let weights = &weights[start - rows.start..][..chunk.len()];
                        self.weighted.resize(4 * STRIDE, 0.0);
                        for (to, j) in self.weighted.chunks_exact_mut(STRIDE).zip(block.clone()) {
                            multiply(weights, part(j), &mut to[..chunk.len()]);
                        }
                    }
                    let weighted = &self.weighted;
                    let left = |i: usize| match weights {
                        Some(_) => &weighted[(i - first) * STRIDE..][..chunk.len()],
                        None => part(i),
                    };
                    for_each_product(block, panel.max(first)..end, left, part, |i, j, product| {
                        out[i * side + j] += product;
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dot;
    use super::*;

    #[test]
    fn a_gram_matrix_is_made_of_the_dot_products_of_its_chunks() {
        for (n, p) in [(1, 1), (7, 3), (530, 5), (1100, 70), (20, 133)] {
            let values: Vec<f64> = (0..n * p).map(|i| (i as f64 * 0.37).sin()).collect();
            let column = |j: usize| &values[j * n..(j + 1) * n];
            let rows = n / 5..n;
            let weights: Vec<f64> = rows.clone().map(|i| (i as f64 * 0.11).cos()).collect();
            for weights in [None, Some(&weights[..])] {
                let mut out = vec![0.25; p * p];
                Products::default().add_gram(p, rows.clone(), weights, column, &mut out);
                for i in 0..p {
                    for j in i..p {
                        let mut expected = 0.25;
                        for start in rows.clone().step_by(CHUNK) {
                            let chunk = start..(start + CHUNK).min(n);
                            let weight = |k: usize| weights.map_or(1.0, |w| w[k - rows.start]);
                            let left: Vec<f64> = chunk.clone().map(|k| weight(k) * column(i)[k]).collect();
                            expected += dot(&left, &column(j)[chunk]);
                        }
                        assert_eq!(out[i * p + j].to_bits(), expected.to_bits(), "{n} {p} {i} {j}");
                    }
                }
            }
        }
    }
}
