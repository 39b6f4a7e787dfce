//! Elementwise passes over vectors.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::{Level, level};

use super::super::Real;
use super::memory::{Room, TOGETHER};
use super::{Block, Compress, LANES, Lists};

/// A threshold applied to every entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shrink<R> {
    /// The threshold.
    pub(crate) threshold: R,
    /// Whether entries beyond the threshold are kept as they are instead of moved towards zero.
    pub(crate) hard: bool,
    /// Entries of at least this magnitude are kept as they are.
    pub(crate) cutoff: R,
}

impl<R: Real> Shrink<R> {
    /// Branch-free; NaN stays NaN.
    #[inline(always)]
    fn apply(self, u: R) -> R {
        let pull = if self.hard { R::ZERO } else { self.threshold };
        let moved = if u.abs() >= self.cutoff { u } else { u - pull.with_sign_of(u) };
        if u.abs() <= self.threshold { R::ZERO } else { moved }
    }
}

#[inline(always)]
fn lanes<R: Real>(v: &[R]) -> &[[R; LANES]] {
    v.as_chunks::<LANES>().0
}

#[inline(always)]
fn lanes_mut<R: Real>(v: &mut [R]) -> &mut [[R; LANES]] {
    v.as_chunks_mut::<LANES>().0
}

/// The sum of the lanes, as a balanced tree.
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

pub(super) fn ascend_at<R: Real>(level: Level, x: &[R], g: &[R], step: R, u: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(x: &[R], g: &[R], step: R, u: &mut [R]) {
        for ((u, x), g) in u.iter_mut().zip(x).zip(g) {
            *u = step.fused(*g, *x);
        }
    }
    multiversion!(level, [R: Real] (x: &[R], g: &[R], step: R, u: &mut [R]) -> (), body(x, g, step, u))
}

/// `out ← ` the thresholded `x + step · g`, in one pass.
pub(crate) fn ascend_and_shrink<R: Real>(x: &[R], g: &[R], step: R, rule: Shrink<R>, out: &mut [R]) {
    ascend_and_shrink_at(level(), x, g, step, rule, out);
}

pub(super) fn ascend_and_shrink_at<R: Real>(
    level: Level,
    x: &[R],
    g: &[R],
    step: R,
    rule: Shrink<R>,
    out: &mut [R],
) {
    #[inline(always)]
    fn body<R: Real>(x: &[R], g: &[R], step: R, rule: Shrink<R>, out: &mut [R]) {
        for ((out, x), g) in out.iter_mut().zip(x).zip(g) {
            *out = rule.apply(step.fused(*g, *x));
        }
    }
    multiversion!(level, [R: Real] (x: &[R], g: &[R], step: R, rule: Shrink<R>, out: &mut [R]) -> (), body(x, g, step, rule, out))
}

/// Thresholds `u` in place; NaN stays NaN.
pub(crate) fn shrink<R: Real>(u: &mut [R], rule: Shrink<R>) {
    shrink_at(level(), u, rule);
}

pub(super) fn shrink_at<R: Real>(level: Level, u: &mut [R], rule: Shrink<R>) {
    #[inline(always)]
    fn body<R: Real>(u: &mut [R], rule: Shrink<R>) {
        for u in u {
            *u = rule.apply(*u);
        }
    }
    multiversion!(level, [R: Real] (u: &mut [R], rule: Shrink<R>) -> (), body(u, rule))
}

/// The sums computed by the backward pass of a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cover {
    /// `Σ gu·g`.
    pub(crate) along: f64,
    /// `Σ gu·sign(x)` over entries that were moved towards zero.
    pub(crate) pulled: f64,
}

/// `gx ← gx ⊙ 1[x ≠ 0]`: the gradient at the input of a threshold from that at its output `x`. Also returns
/// its sums with `g` and with the signs of the entries below `cutoff`.
pub(crate) fn cover<R: Real>(gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover {
    cover_at(level(), gx, x, g, cutoff)
}

pub(super) fn cover_at<R: Real>(level: Level, gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover {
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
    multiversion!(level, [R: Real] (gx: &mut [R], x: &[R], g: &[R], cutoff: R) -> Cover, body(gx, x, g, cutoff))
}

/// `Σ v²` and `Σ |v|`.
pub(crate) fn norms<R: Real>(v: &[R]) -> (f64, f64) {
    norms_at(level(), v)
}

pub(super) fn norms_at<R: Real>(level: Level, v: &[R]) -> (f64, f64) {
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
    multiversion!(level, [R: Real] (v: &[R]) -> (f64, f64), body(v))
}

/// Sets list `b` to the non-zero entries of vector `b`, times `scale`.
pub(crate) fn compress<R: Real>(vectors: &Block<R>, scale: R, lists: &mut Lists<R>, b: usize) {
    compress_at(level(), vectors, scale, lists, b);
}

pub(super) fn compress_at<R: Real>(
    level: Level,
    vectors: &Block<R>,
    scale: R,
    lists: &mut Lists<R>,
    b: usize,
) {
    let (length, from, room) = (vectors.vector(b).len(), vectors.whole(b), lists.room(b));
    assert!(
        length <= room.ends.len() * TOGETHER && from.len() + LANES <= room.indices.len(),
        "room of a list"
    );
    multiversion!(
        level,
        [R: Real] (length: usize, from: &[R], scale: R, room: Room<'_, R>) -> (),
        // SAFETY: these lanes belong to the level; the capacity was just checked.
        |Vector| unsafe { compress_lanes::<R, Vector<R>>(length, from, scale, room) }
    )
}

/// # Safety
/// As [`Compress`]; `from` holds `length` padded to whole lanes; the room exceeds it by [`LANES`] entries.
#[inline(always)]
unsafe fn compress_lanes<R: Real, L: Compress<R>>(length: usize, from: &[R], scale: R, room: Room<'_, R>) {
    let mut filled = 0;
    let mut at = 0;
    for end in room.ends {
        let last = (at + TOGETHER).min(length);
        while at < last {
            // Skip the padding: it would be multiplied by every weight, and zero times infinity is NaN.
            let valid = (last - at).min(LANES);
            // SAFETY: at most `LANES` values have been and are to be written after `at`; dimensions
            // were checked to fit 32 bits.
            #[allow(clippy::cast_possible_truncation)]
            unsafe {
                let (indices, values) = (room.indices.as_mut_ptr(), room.values.as_mut_ptr());
                filled += L::compress(
                    from.as_ptr().add(at),
                    valid,
                    (at as u32, scale),
                    indices.add(filled),
                    values.add(filled),
                );
            }
            at += valid;
        }
        #[allow(clippy::cast_possible_truncation)]
        let so_far = filled as u32;
        *end = so_far;
    }
}

/// One step of Adam (Kingma and Ba 2015, algorithm 1) with one learning rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// Decay of the mean gradient.
    pub(crate) first: f64,
    /// Decay of the mean squared gradient.
    pub(crate) second: f64,
    /// Learning rate divided by the bias correction of the mean gradient.
    pub(crate) rate: f64,
    /// Square root of the bias correction of the mean squared gradient.
    pub(crate) root: f64,
    /// Added to the denominator.
    pub(crate) epsilon: f64,
}

/// Updates `parameters` with `gradient`, using the running means `m` and `v`.
pub(crate) fn adam<R: Real>(step: AdamStep, gradient: &[R], m: &mut [R], v: &mut [R], parameters: &mut [R]) {
    adam_at(level(), step, gradient, m, v, parameters);
}

pub(super) fn adam_at<R: Real>(level: Level, step: AdamStep, g: &[R], m: &mut [R], v: &mut [R], w: &mut [R]) {
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
    multiversion!(level, [R: Real] (step: AdamStep, g: &[R], m: &mut [R], v: &mut [R], w: &mut [R]) -> (), body(step, g, m, v, w))
}
