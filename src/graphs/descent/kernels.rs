//! Loops over all weights, compiled for each level of vector instructions. Rows are multiples of eight numbers long;
//! padding stays zero. Nothing is fused, so that all levels return the same bits.

/// Numbers of a vector.
const WIDTH: usize = crate::matrix::WIDTH;

/// `q_j ← q_j − Σ_i W_ij R_ij`.
#[inline(always)]
pub(super) fn subtract_products(weights: &[f64], products: &[f64], variances: &mut [f64]) {
    let stride = variances.len();
    for (w, r) in weights.chunks_exact(stride).zip(products.chunks_exact(stride)) {
        for ((q, w), r) in variances.iter_mut().zip(w).zip(r) {
            *q -= w * r;
        }
    }
}

/// Sizes of a step of Adam.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// `β₁`, `β₂`.
    pub(super) decay: (f64, f64),
    /// `1/(1 − β₁ᵗ)`, `1/(1 − β₂ᵗ)`: a product costs less than a quotient.
    pub(super) bias: (f64, f64),
    /// The step.
    pub(super) rate: f64,
    /// What is added to the root of the second moment.
    pub(super) epsilon: f64,
    /// `μλ`.
    pub(super) penalty: f64,
}

/// What a step reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// `R`.
    pub(super) products: &'a [f64],
    /// `(sI − W∘W)⁻ᵀ`.
    pub(super) factor: &'a [f64],
    /// `μ/σ_j`, one for each number of a row.
    pub(super) slopes: &'a [f64],
}

#[inline(always)]
fn sign(w: f64) -> f64 {
    let up = if w > 0.0 { 1.0 } else { 0.0 };
    if w < 0.0 { -1.0 } else { up }
}

/// `−R_ij μ/σ_j + μλ sign(w) + 2w M_ji`.
#[inline(always)]
fn slope(w: f64, r: f64, m: f64, a: f64, penalty: f64) -> f64 {
    penalty * sign(w) + 2.0 * w * m - a * r
}

/// The gradient.
#[inline(always)]
pub(super) fn gradient(weights: &[f64], terms: Terms<'_>, penalty: f64, out: &mut [f64]) {
    let stride = terms.slopes.len();
    for (at, row) in out.chunks_exact_mut(stride).enumerate() {
        let here = at * stride..(at + 1) * stride;
        let (w, r) = (&weights[here.clone()], &terms.products[here.clone()]);
        let m = &terms.factor[here];
        for j in 0..stride {
            row[j] = slope(w[j], r[j], m[j], terms.slopes[j], penalty);
        }
    }
}

/// Updates the moments and the weights.
#[inline(always)]
pub(super) fn step(
    weights: &mut [f64],
    (first, second): (&mut [f64], &mut [f64]),
    terms: Terms<'_>,
    step: Step,
) {
    let stride = terms.slopes.len();
    let rows = weights.chunks_exact_mut(stride).zip(first.chunks_exact_mut(stride));
    let rows = rows.zip(second.chunks_exact_mut(stride));
    let given = terms.products.chunks_exact(stride).zip(terms.factor.chunks_exact(stride));
    for (((w, first), second), (r, m)) in rows.zip(given) {
        for at in (0..stride).step_by(WIDTH) {
            let here = at..at + WIDTH;
            let (Some(w), Some(first), Some(second)) = (
                w[here.clone()].first_chunk_mut::<WIDTH>(),
                first[here.clone()].first_chunk_mut::<WIDTH>(),
                second[here.clone()].first_chunk_mut::<WIDTH>(),
            ) else {
                continue;
            };
            let (r, m, a) = (&r[here.clone()], &m[here.clone()], &terms.slopes[here]);
            for j in 0..WIDTH {
                let g = slope(w[j], r[j], m[j], a[j], step.penalty);
                first[j] = step.decay.0 * first[j] + (1.0 - step.decay.0) * g;
                second[j] = step.decay.1 * second[j] + (1.0 - step.decay.1) * (g * g);
                w[j] -= step.rate * direction(first[j], second[j], step);
            }
        }
    }
}

#[inline(always)]
fn direction(first: f64, second: f64, step: Step) -> f64 {
    (first * step.bias.0) / ((second * step.bias.1).sqrt() + step.epsilon)
}

/// Adds `rate` times the last direction to the weights.
#[inline(always)]
pub(super) fn shift(weights: &mut [f64], first: &[f64], second: &[f64], step: Step, rate: f64) {
    for ((w, first), second) in weights.iter_mut().zip(first).zip(second) {
        *w += rate * direction(*first, *second, step);
    }
}
