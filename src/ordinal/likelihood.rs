//! The likelihood of the cumulative logit model, row by row.
//!
//! A row of class `y` has the boundary below it at `b = η_{y−1}` and the one above it at `a = η_y = b + d`,
//! where `d = ζ_y = δ_y + xᵀψ_y` is the distance of the two curves. Then `π_y = σ(a) σ(−b) (1 − e^{−d})`, a
//! product without cancellation, so that `−log π_y = softplus(−a) + softplus(b) − log(1 − e^{−d})`. This is
//! convex in `(b, d)` and infinite where the curves meet. The first class has no boundary below, the last one
//! none above.

use super::model::Cumulative;
use super::sample::Sample;

/// Value, first and second derivatives of one row's loss in `(b, d)`. The value is `linear + ln(factor)`, so
/// that many rows can share one logarithm.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowTerms {
    pub(super) linear: f64,
    pub(super) factor: f64,
    pub(super) score_below: f64,
    pub(super) score_gap: f64,
    pub(super) below: f64,
    pub(super) cross: f64,
    pub(super) gap: f64,
}

/// `(σ(x), σ(−x), 1 + e^{−|x|})`.
#[inline]
fn logistic(x: f64) -> (f64, f64, f64) {
    let e = (-x.abs()).exp();
    let large = 1.0 / (1.0 + e);
    let small = e * large;
    if x >= 0.0 { (large, small, 1.0 + e) } else { (small, large, 1.0 + e) }
}

/// `σ(x) = 1/(1 + e^{−x})`, accurate in both tails.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    logistic(x).0
}

impl RowTerms {
    /// A row of the first class: `softplus(−d)`.
    #[inline]
    pub(super) fn first(d: f64) -> Self {
        let (up, down, factor) = logistic(d);
        Self { linear: (-d).max(0.0), factor, score_gap: -down, gap: up * down, ..Self::default() }
    }

    /// A row of the last class: `softplus(b)`.
    #[inline]
    pub(super) fn last(b: f64) -> Self {
        let (up, down, factor) = logistic(b);
        Self { linear: b.max(0.0), factor, score_below: up, below: up * down, ..Self::default() }
    }

    /// A row of a class with boundaries on both sides; infinite unless `d > 0`.
    #[inline]
    pub(super) fn middle(b: f64, d: f64) -> Self {
        if !(d > 0.0) {
            return Self { linear: f64::INFINITY, factor: 1.0, ..Self::default() };
        }
        let a = b + d;
        let (up_a, down_a, factor_a) = logistic(a);
        let (up_b, down_b, factor_b) = logistic(b);
        let open = -(-d).exp_m1();
        let closed = 1.0 - open;
        // For a gap so small that its reciprocal would overflow in a product of many, use its logarithm.
        let (extra, divisor) = if open < 1e-100 { (-open.ln(), 1.0) } else { (0.0, open) };
        let (var_a, var_b) = (up_a * down_a, up_b * down_b);
        let ratio = closed / open;
        Self {
            linear: (-a).max(0.0) + b.max(0.0) + extra,
            factor: factor_a * factor_b / divisor,
            score_below: up_b - down_a,
            score_gap: -down_a - ratio,
            below: var_a + var_b,
            cross: var_a,
            gap: var_a + ratio / open,
        }
    }

    /// A row of class `y` out of `classes`.
    #[inline]
    fn of(y: usize, classes: usize, b: f64, d: f64) -> Self {
        match y {
            0 => Self::first(d),
            _ if y + 1 == classes => Self::last(b),
            _ => Self::middle(b, d),
        }
    }
}

/// A sum of `linear + ln(factor)` that needs few logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogSum {
    sum: f64,
    product: f64,
}

impl LogSum {
    pub(super) fn new() -> Self {
        Self { sum: 0.0, product: 1.0 }
    }

    #[inline]
    pub(super) fn add(&mut self, linear: f64, factor: f64) {
        self.sum += linear;
        self.product *= factor;
        if self.product > 1e150 {
            self.sum += self.product.ln();
            self.product = 1.0;
        }
    }

    pub(super) fn value(&self) -> f64 {
        self.sum + self.product.ln()
    }
}

/// Index of a parameter in the order of [`gradient`] and [`information`]: for each boundary the intercept and
/// then the `p` slopes, `(K − 1)(p + 1)` in total.
fn coordinate(p: usize, boundary: usize, j: usize) -> usize {
    boundary * (p + 1) + j
}

/// Calls `visit(row, y, terms)` with `terms` in `(b, d)`.
fn for_each_row(model: &Cumulative, sample: &Sample, mut visit: impl FnMut(usize, usize, RowTerms)) {
    let predictors = model.predictors(&sample.design);
    let n = sample.design.rows();
    for (i, &y) in sample.labels.iter().enumerate() {
        let eta = |k: usize| predictors[k * n + i];
        let (b, d) = match y {
            0 => (0.0, eta(0)),
            _ if y + 1 == sample.classes => (eta(y - 1), 0.0),
            _ => (eta(y - 1), eta(y) - eta(y - 1)),
        };
        visit(i, y, RowTerms::of(y, sample.classes, b, d));
    }
}

/// `Σ_i log π_{y_i}(x_i)`; `−∞` if the probability of a row's own class is not positive.
///
/// # Panics
/// If the model does not have the shape of the sample.
#[must_use]
pub fn log_likelihood(model: &Cumulative, sample: &Sample) -> f64 {
    let mut sum = LogSum::new();
    for_each_row(model, sample, |_, _, terms| sum.add(terms.linear, terms.factor));
    -sum.value()
}

/// Derivative of [`log_likelihood`] with respect to intercepts and slopes `(α_k, β_k)`, boundary by boundary,
/// length `(K − 1)(p + 1)`.
///
/// # Panics
/// If the model does not have the shape of the sample.
#[must_use]
pub fn gradient(model: &Cumulative, sample: &Sample) -> Vec<f64> {
    let p = sample.design.columns();
    let mut out = vec![0.0; (sample.classes - 1) * (p + 1)];
    for_each_row(model, sample, |i, y, terms| {
        // In (η_{y−1}, η_y): d = η_y − η_{y−1}.
        for (k, score) in own_boundaries(y, sample.classes, terms.score_below, terms.score_gap) {
            out[coordinate(p, k, 0)] -= score;
            for j in 0..p {
                out[coordinate(p, k, j + 1)] -= score * sample.design.column(j)[i];
            }
        }
    });
    out
}

/// The boundaries of class `y` with the derivatives with respect to their predictors, from those in `(b, d)`.
fn own_boundaries(y: usize, classes: usize, below: f64, gap: f64) -> impl Iterator<Item = (usize, f64)> {
    let lower = (y > 0).then(|| (y - 1, if y + 1 == classes { below } else { below - gap }));
    let upper = (y + 1 < classes).then_some((y, gap));
    lower.into_iter().chain(upper)
}

/// The observed information: minus the second derivative of [`log_likelihood`] with respect to `(α_k, β_k)`,
/// boundary by boundary, row-major with side `(K − 1)(p + 1)`.
///
/// # Panics
/// If the model does not have the shape of the sample.
#[must_use]
pub fn information(model: &Cumulative, sample: &Sample) -> Vec<f64> {
    let p = sample.design.columns();
    let side = (sample.classes - 1) * (p + 1);
    let mut out = vec![0.0; side * side];
    let mut x = vec![1.0; p + 1];
    for_each_row(model, sample, |i, y, t| {
        for (j, v) in x[1..].iter_mut().enumerate() {
            *v = sample.design.column(j)[i];
        }
        let mut add = |k: usize, m: usize, weight: f64| {
            for (a, xa) in x.iter().enumerate() {
                let from = coordinate(p, k, a) * side;
                for (b, xb) in x.iter().enumerate() {
                    out[from + coordinate(p, m, b)] += weight * xa * xb;
                }
            }
        };
        if y + 1 == sample.classes {
            add(y - 1, y - 1, t.below);
            return;
        }
        add(y, y, t.gap);
        if y > 0 {
            add(y - 1, y - 1, t.below - 2.0 * t.cross + t.gap);
            add(y - 1, y, t.cross - t.gap);
            add(y, y - 1, t.cross - t.gap);
        }
    });
    out
}
