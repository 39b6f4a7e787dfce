//! Operations on parameters and gradients as flat vectors.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::level;

use crate::{Real, Rows};

/// Lanes of a sum.
const LANES: usize = 16;

/// `‖v‖₂`, summed in double precision.
#[must_use]
pub fn norm<R: Real>(v: &[R]) -> f64 {
    dot(v, v).sqrt()
}

/// `xᵀy`, summed in double precision, entry `i` in lane `i mod 16`, the lanes as a balanced tree.
///
/// # Panics
/// If the vectors differ in length.
#[must_use]
pub fn dot<R: Real>(x: &[R], y: &[R]) -> f64 {
    #[inline(always)]
    fn body<R: Real>(x: &[R], y: &[R]) -> f64 {
        let mut sums = [0.0; LANES];
        let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
        let rest = xs.remainder().iter().zip(ys.remainder());
        for (x, y) in xs.zip(ys) {
            for i in 0..LANES {
                sums[i] = x[i].widen().mul_add(y[i].widen(), sums[i]);
            }
        }
        for (sum, (x, y)) in sums.iter_mut().zip(rest) {
            *sum = x.widen().mul_add(y.widen(), *sum);
        }
        let mut width = LANES / 2;
        while width > 0 {
            for i in 0..width {
                sums[i] += sums[i + width];
            }
            width /= 2;
        }
        sums[0]
    }
    assert_eq!(x.len(), y.len(), "vectors of different length");
    multiversion!(level(), [R: Real] (x: &[R], y: &[R]) -> f64, body(x, y))
}

/// `out ← x + a·y`, as for weights perturbed along a direction.
///
/// # Panics
/// If the vectors differ in length.
pub fn combine<R: Real>(x: &[R], a: f64, y: &[R], out: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(x: &[R], a: R, y: &[R], out: &mut [R]) {
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = a.fused(*y, *x);
        }
    }
    assert!(x.len() == out.len() && y.len() == out.len(), "vectors of different length");
    let a = R::of(a);
    multiversion!(level(), [R: Real] (x: &[R], a: R, y: &[R], out: &mut [R]) -> (), body(x, a, y, out));
}

/// `y ← y + a·x`.
///
/// # Panics
/// If the vectors differ in length.
pub fn axpy<R: Real>(a: f64, x: &[R], y: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(a: R, x: &[R], y: &mut [R]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = a.fused(*x, *y);
        }
    }
    assert_eq!(x.len(), y.len(), "vectors of different length");
    let a = R::of(a);
    multiversion!(level(), [R: Real] (a: R, x: &[R], y: &mut [R]) -> (), body(a, x, y));
}

/// `out ← weights` where the mask allows, 0 elsewhere.
///
/// # Panics
/// If the lengths differ.
pub fn masked<R: Real>(weights: &[R], mask: &[bool], out: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(weights: &[R], mask: &[bool], out: &mut [R]) {
        for ((out, w), keep) in out.iter_mut().zip(weights).zip(mask) {
            *out = if *keep { *w } else { R::ZERO };
        }
    }
    assert!(weights.len() == out.len() && mask.len() == out.len(), "vectors of different length");
    multiversion!(
        level(),
        [R: Real] (weights: &[R], mask: &[bool], out: &mut [R]) -> (),
        body(weights, mask, out)
    );
}

/// The sum of rows, added in order; nothing if `out` is empty.
pub(crate) fn add_rows<R: Real>(rows: Rows<'_, R>, out: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(rows: Rows<'_, R>, out: &mut [R]) {
        out.fill(R::ZERO);
        for row in rows.iter() {
            out.iter_mut().zip(row).for_each(|(sum, v)| *sum += *v);
        }
    }
    if !out.is_empty() {
        multiversion!(level(), [R: Real] (rows: Rows<'_, R>, out: &mut [R]) -> (), body(rows, out));
    }
}
