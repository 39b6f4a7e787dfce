//! Passes over vectors, one value at a time.

use super::super::real::Real;
use super::{Block, LANES, Lists, multiversion};
use crate::numerics::kernels::{Level, level};

/// A threshold applied to every entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shrink<R> {
    /// The threshold.
    pub(crate) threshold: R,
    /// Entries beyond the threshold are kept as they are, not moved towards zero.
    pub(crate) hard: bool,
    /// Entries of this magnitude or more are kept as they are.
    pub(crate) cutoff: R,
}

#[inline(always)]
fn lanes<R: Real>(v: &[R]) -> &[[R; LANES]] {
    v.as_chunks::<LANES>().0
}

#[inline(always)]
fn lanes_mut<R: Real>(v: &mut [R]) -> &mut [[R; LANES]] {
    v.as_chunks_mut::<LANES>().0
}

/// The sum of lanes, as a balanced tree.
#[inline(always)]
fn fold<R: Real>(lanes: [R; LANES]) -> f64 {
    let mut sums = lanes.map(R::widen);
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `u ← x + step · g`.
pub(crate) fn ascend<R: Real>(x: &[R], g: &[R], step: R, u: &mut [R]) {
    ascend_at(level(), x, g, step, u);
}

fn ascend_at<R: Real>(level: Level, x: &[R], g: &[R], step: R, u: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(x: &[R], g: &[R], step: R, u: &mut [R]) {
        for ((u, x), g) in lanes_mut(u).iter_mut().zip(lanes(x)).zip(lanes(g)) {
            for i in 0..LANES {
                u[i] = step.fused(g[i], x[i]);
            }
        }
    }
    multiversion!(level, body::<R>(x: &[R], g: &[R], step: R, u: &mut [R]) -> ())
}

/// Thresholds `u` in place. A value that is not a number stays one.
pub(crate) fn shrink<R: Real>(u: &mut [R], rule: Shrink<R>) {
    shrink_at(level(), u, rule);
}

fn shrink_at<R: Real>(level: Level, u: &mut [R], rule: Shrink<R>) {
    #[inline(always)]
    fn body<R: Real>(u: &mut [R], rule: Shrink<R>) {
        let Shrink { threshold, hard, cutoff } = rule;
        let pull = if hard { R::ZERO } else { threshold };
        for u in lanes_mut(u) {
            for u in u {
                let moved = if u.abs() >= cutoff { *u } else { *u - pull.with_sign_of(*u) };
                *u = if u.abs() <= threshold { R::ZERO } else { moved };
            }
        }
    }
    multiversion!(level, body::<R>(u: &mut [R], rule: Shrink<R>) -> ())
}

/// What the backward pass of a threshold adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cover {
    /// `Σ gu·g`.
    pub(crate) along: f64,
    /// `Σ gu·sign(x)` over entries that were moved towards zero.
    pub(crate) pulled: f64,
}

/// `gx ← gx ⊙ 1[x ≠ 0]`, the gradient at the input of a threshold from that at
/// its output `x`, and its sums with `g` and with the signs of the entries below `cutoff`.
pub(crate) fn cover<R: Real>(gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover {
    cover_at(level(), gx, x, g, cutoff)
}

fn cover_at<R: Real>(level: Level, gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover {
    #[inline(always)]
    fn body<R: Real>(gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover {
        let (mut along, mut pulled) = ([R::ZERO; LANES], [R::ZERO; LANES]);
        for ((gx, x), g) in lanes_mut(gx).iter_mut().zip(lanes(x)).zip(lanes(g)) {
            for i in 0..LANES {
                let gu = if x[i] == R::ZERO { R::ZERO } else { gx[i] };
                let signed = if x[i] < R::ZERO { -gu } else { gu };
                gx[i] = gu;
                along[i] = gu.fused(g[i], along[i]);
                pulled[i] += if x[i].abs() >= cutoff { R::ZERO } else { signed };
            }
        }
        Cover { along: fold(along), pulled: fold(pulled) }
    }
    multiversion!(level, body::<R>(gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover)
}

/// `Σ v²` and `Σ |v|`.
pub(crate) fn norms<R: Real>(v: &[R]) -> (f64, f64) {
    norms_at(level(), v)
}

fn norms_at<R: Real>(level: Level, v: &[R]) -> (f64, f64) {
    #[inline(always)]
    fn body<R: Real>(v: &[R]) -> (f64, f64) {
        let (mut squares, mut sizes) = ([R::ZERO; LANES], [R::ZERO; LANES]);
        for v in lanes(v) {
            for i in 0..LANES {
                squares[i] = v[i].fused(v[i], squares[i]);
                sizes[i] += v[i].abs();
            }
        }
        (fold(squares), fold(sizes))
    }
    multiversion!(level, body::<R>(v: &[R]) -> (f64, f64))
}

/// Makes list `b` of the entries of vector `b` that are not zero, times `scale`.
pub(crate) fn compress<R: Real>(vectors: &Block<R>, scale: R, lists: &mut Lists<R>, b: usize) {
    let (indices, values, count) = lists.room(b);
    let mut filled = 0;
    // Padding is left out: it is zero times every weight, which for an infinite weight is not a number.
    for (i, &v) in vectors.vector(b).iter().enumerate() {
        // Dimensions were checked to fit when the lists were made.
        #[allow(clippy::cast_possible_truncation)]
        let index = i as u32;
        indices[filled] = index;
        values[filled] = scale * v;
        // A value that is not a number is kept too.
        filled += usize::from(v != R::ZERO);
    }
    *count = filled;
}

/// One step of Adam (Kingma and Ba 2015, algorithm 1) at one learning rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// Decay of the mean gradient.
    pub(crate) first: f64,
    /// Decay of the mean squared gradient.
    pub(crate) second: f64,
    /// Learning rate over the bias correction of the mean gradient.
    pub(crate) rate: f64,
    /// Root of the bias correction of the mean squared gradient.
    pub(crate) root: f64,
    /// Added to the denominator.
    pub(crate) epsilon: f64,
}

/// Moves `parameters` by `gradient`, with the running means `m` and `v`.
pub(crate) fn adam<R: Real>(step: AdamStep, gradient: &[R], m: &mut [R], v: &mut [R], parameters: &mut [R]) {
    adam_at(level(), step, gradient, m, v, parameters);
}

fn adam_at<R: Real>(level: Level, step: AdamStep, g: &[R], m: &mut [R], v: &mut [R], w: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(step: AdamStep, g: &[R], m: &mut [R], v: &mut [R], w: &mut [R]) {
        let (first, second) = (R::of(step.first), R::of(step.second));
        let (new_first, new_second) = (R::of(1.0 - step.first), R::of(1.0 - step.second));
        let (rate, root, epsilon) = (R::of(step.rate), R::of(1.0 / step.root), R::of(step.epsilon));
        for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            *m = first.fused(*m, new_first * *g);
            *v = second.fused(*v, new_second * *g * *g);
            *w = *w - rate * *m / (v.sqrt() * root + epsilon);
        }
    }
    multiversion!(level, body::<R>(step: AdamStep, g: &[R], m: &mut [R], v: &mut [R], w: &mut [R]) -> ())
}
