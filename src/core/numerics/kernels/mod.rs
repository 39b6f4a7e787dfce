//! Vector kernels on contiguous `f64` slices.
//!
//! Every reduction has one fixed shape, whatever instructions the processor offers: the vectors are split
//! into chunks of [`CHUNK`] values; in a chunk, value `i` is accumulated by a fused multiply–add in lane
//! `i mod 8`; the lanes are added as a balanced tree; the chunks are added in order. AVX-512, AVX2 + FMA and
//! the portable code therefore return the same bits, and a dot product has the same bits whether it is
//! computed alone or in a block. The portable code is slow on processors without a fused multiply–add.

pub mod compress;
mod dispatch;
pub mod elementary;
pub mod lanes;
pub mod lists;
pub mod matmul;
mod products;
pub mod real;

pub use dispatch::{Level, level, levels};
use lanes::{Lanes, Sum};
pub use products::{PANEL, Products, for_each_product};

/// Number of values that are summed in lanes before they are added to the running total.
pub const CHUNK: usize = 512;

/// Sums over one chunk, `start..end`, of the products of `R` with `C` vectors, in the registers `FIRST..LAST`
/// of the lanes.
///
/// # Safety
/// As [`Lanes`]; each pointer valid for `end` values.
#[allow(clippy::needless_range_loop)] // Iterators over the arrays would keep the sums out of registers.
#[inline(always)]
unsafe fn sweep<L: Sum, const R: usize, const C: usize, const FIRST: usize, const LAST: usize>(
    left: [*const f64; R],
    right: [*const f64; C],
    (start, end): (usize, usize),
    sums: &mut [[[L::Part; 2]; C]; R],
) {
    // SAFETY: all offsets are below `end`.
    unsafe {
        let mut at = start;
        while at + 8 <= end {
            for part in FIRST..LAST {
                let b: [L::Part; C] = std::array::from_fn(|c| L::load_part(right[c].add(at), part));
                for r in 0..R {
                    let a = L::load_part(left[r].add(at), part);
                    for c in 0..C {
                        sums[r][c][part] = L::fused_part(a, b[c], sums[r][c][part]);
                    }
                }
            }
            at += 8;
        }
        if at < end {
            for part in FIRST..LAST {
                let load = |from: *const f64| L::load_part_of(from.add(at), end - at, part);
                let b: [L::Part; C] = std::array::from_fn(|c| load(right[c]));
                for r in 0..R {
                    let a = load(left[r]);
                    for c in 0..C {
                        sums[r][c][part] = L::fused_part(a, b[c], sums[r][c][part]);
                    }
                }
            }
        }
    }
}

/// Adds the products of one chunk of `R` vectors with the first `C` vectors of `right` to `totals`.
///
/// # Safety
/// As [`Lanes`]; each pointer valid up to the end of the chunk.
#[inline(always)]
unsafe fn tile<L: Sum, const R: usize, const C: usize>(
    left: [*const f64; R],
    right: &[*const f64],
    chunk: (usize, usize),
    totals: [&mut [f64]; R],
) {
    // SAFETY: by the contract of this function.
    unsafe {
        let right: [*const f64; C] = std::array::from_fn(|c| right[c]);
        let mut sums = [[[L::zero(); 2]; C]; R];
        if L::PARTS == 1 {
            sweep::<L, R, C, 0, 1>(left, right, chunk, &mut sums);
        } else if R * C <= FEW {
            // Both registers at once, because a sum must wait for its last addition.
            sweep::<L, R, C, 0, 2>(left, right, chunk, &mut sums);
        } else {
            // One register after the other, so that the sums fit.
            sweep::<L, R, C, 0, 1>(left, right, chunk, &mut sums);
            sweep::<L, R, C, 1, 2>(left, right, chunk, &mut sums);
        }
        for (row, sums) in totals.into_iter().zip(sums) {
            for c in 0..C {
                row[c] += L::sum(sums[c]);
            }
        }
    }
}

/// Number of sums up to which two registers each do not hurt.
const FEW: usize = 4;

/// All `R × C` dot products of `left` with `right`, over `length` values each.
///
/// # Safety
/// As [`Lanes`]; each pointer valid for `length` values.
#[inline(always)]
unsafe fn block_lanes<L: Sum, const R: usize, const C: usize>(
    left: [*const f64; R],
    right: [*const f64; C],
    length: usize,
) -> [[f64; C]; R] {
    let mut totals = [[0.0; C]; R];
    let most = if R == 1 { 4 } else { L::COLUMNS };
    let mut start = 0;
    while start < length {
        let chunk = (start, (start + CHUNK).min(length));
        let mut c = 0;
        while c < C {
            let columns = most.min(C - c);
            let totals = totals.each_mut().map(|row| &mut row[c..]);
            // SAFETY: `chunk` ends within `length`.
            unsafe {
                match columns {
                    1 => tile::<L, R, 1>(left, &right[c..], chunk, totals),
                    2 => tile::<L, R, 2>(left, &right[c..], chunk, totals),
                    3 => tile::<L, R, 3>(left, &right[c..], chunk, totals),
                    _ => tile::<L, R, 4>(left, &right[c..], chunk, totals),
                }
            }
            c += columns.min(4);
        }
        start = chunk.1;
    }
    totals
}

/// `out ← out + Σ weights[k] · columns[k]`, the terms added in order.
///
/// # Safety
/// As [`Lanes`]; each pointer valid for `length` values, `out` not overlapping.
#[inline(always)]
unsafe fn combine_lanes<L: Lanes<f64>, const K: usize>(
    weights: [f64; K],
    columns: [*const f64; K],
    out: *mut f64,
    length: usize,
) {
    // SAFETY: all offsets are below `length`.
    unsafe {
        let w: [L; K] = std::array::from_fn(|k| L::splat(weights[k]));
        let mut at = 0;
        while at + 8 <= length {
            let mut sum = L::load(out.add(at));
            for k in 0..K {
                sum = w[k].fused(L::load(columns[k].add(at)), sum);
            }
            sum.store(out.add(at));
            at += 8;
        }
        while at < length {
            let mut sum = *out.add(at);
            for k in 0..K {
                sum = weights[k].mul_add(*columns[k].add(at), sum);
            }
            *out.add(at) = sum;
            at += 1;
        }
    }
}

#[inline]
fn block_at<const R: usize, const C: usize>(
    level: Level,
    left: [&[f64]; R],
    right: [&[f64]; C],
) -> [[f64; C]; R] {
    let length = left[0].len();
    assert!(left.iter().chain(&right).all(|s| s.len() == length), "vectors of different length");
    let (left, right) = (left.map(<[f64]>::as_ptr), right.map(<[f64]>::as_ptr));
    crate::multiversion!(
        level,
        [const R: usize, const C: usize] (
            left: [*const f64; R], right: [*const f64; C], length: usize
        ) -> [[f64; C]; R],
        // SAFETY: these lanes belong to the level; all slices have `length` values.
        |Vector| unsafe { block_lanes::<Vector<f64>, R, C>(left, right, length) }
    )
}

#[inline]
fn combine_at<const K: usize>(level: Level, weights: [f64; K], columns: [&[f64]; K], out: &mut [f64]) {
    let length = out.len();
    assert!(columns.iter().all(|s| s.len() == length), "vectors of different length");
    let (columns, out) = (columns.map(<[f64]>::as_ptr), out.as_mut_ptr());
    crate::multiversion!(
        level,
        [const K: usize] (weights: [f64; K], columns: [*const f64; K], out: *mut f64, length: usize) -> (),
        // SAFETY: these lanes belong to the level; all slices have `length` values; and `out`, borrowed
        // mutably, overlaps none of them.
        |Vector| unsafe { combine_lanes::<Vector<f64>, K>(weights, columns, out, length) }
    )
}

/// All `R × C` dot products of the vectors `left` with the vectors `right`.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
#[must_use]
pub fn dots<const R: usize, const C: usize>(left: [&[f64]; R], right: [&[f64]; C]) -> [[f64; C]; R] {
    block_at(level(), left, right)
}

/// `xᵀy`.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
#[must_use]
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    dots([x], [y])[0][0]
}

/// `‖x‖²`.
#[inline]
#[must_use]
pub fn squared_norm(x: &[f64]) -> f64 {
    dot(x, x)
}

/// `out ← out + Σₖ weights[k] · columns[k]`, the terms added in order.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
pub fn combine<const K: usize>(weights: [f64; K], columns: [&[f64]; K], out: &mut [f64]) {
    combine_at(level(), weights, columns, out);
}

/// `y ← y + a·x`.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    combine([a], [x], y);
}

/// `out ← x ⊙ y`.
///
/// # Panics
/// If the vectors differ in length.
#[inline]
pub fn multiply(x: &[f64], y: &[f64], out: &mut [f64]) {
    #[inline(always)]
    fn body(x: &[f64], y: &[f64], out: &mut [f64]) {
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = x * y;
        }
    }
    assert!(x.len() == out.len() && y.len() == out.len(), "vectors of different length");
    crate::multiversion!(level(), [] (x: &[f64], y: &[f64], out: &mut [f64]) -> (), body(x, y, out));
}

/// Largest absolute value; 0 for an empty vector.
#[must_use]
pub fn max_abs(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |m, v| m.max(v.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of both signs and very different sizes, so that any change of order shows.
    fn wave(n: usize, phase: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.7 + phase).sin() * 10f64.powi((i % 7) as i32 - 3)).collect()
    }

    #[test]
    fn every_level_returns_the_bits_of_the_documented_shape() {
        for n in [0, 1, 7, 8, 9, 63, 511, 512, 513, 1000, 1031, 2048] {
            let (x, y) = (wave(n, 0.3), wave(n, 1.1));
            let mut expected = 0.0;
            for start in (0..n).step_by(CHUNK) {
                let mut v = [0.0_f64; 8];
                for i in start..(start + CHUNK).min(n) {
                    let lane = (i - start) % 8;
                    v[lane] = x[i].mul_add(y[i], v[lane]);
                }
                expected += ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
            }
            let naive: f64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
            let size: f64 = x.iter().zip(&y).map(|(a, b)| (a * b).abs()).sum();
            assert!((naive - expected).abs() <= 1e-13 * size);
            for level in levels() {
                assert_eq!(block_at(level, [&x], [&y])[0][0].to_bits(), expected.to_bits(), "{level:?} {n}");
                let both = block_at(level, [&y[..], &x], [&x[..], &y, &x]);
                assert_eq!(both[1][1].to_bits(), expected.to_bits(), "{level:?} {n} in a block");
            }
        }
    }

    #[test]
    fn combining_columns_is_adding_them_one_after_another() {
        for n in [1, 5, 8, 64, 515] {
            let columns = [wave(n, 0.0), wave(n, 0.5), wave(n, 1.0), wave(n, 1.5)];
            let weights = [0.1_f64, -3.7, 1e-3, 55.5];
            let mut expected = wave(n, 2.0);
            for (w, column) in weights.iter().zip(&columns) {
                for (e, v) in expected.iter_mut().zip(column) {
                    *e = w.mul_add(*v, *e);
                }
            }
            for level in levels() {
                let mut out = wave(n, 2.0);
                combine_at(level, weights, [&columns[0], &columns[1], &columns[2], &columns[3]], &mut out);
                assert_eq!(out, expected, "{level:?} {n}");
            }
        }
    }
}
