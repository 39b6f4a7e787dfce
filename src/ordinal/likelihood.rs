//! The likelihood of the cumulative logit model, row by row.
//!
//! A row of class `y` has the boundary below it at `b = η_{y−1}` and the one above it at `a = η_y = b + d`,
//! where `d = ζ_y = δ_y + xᵀψ_y` is the distance of the two curves. Then `π_y = σ(a) σ(−b) (1 − e^{−d})`, a
//! product without cancellation, so that `−log π_y = softplus(−a) + softplus(b) − log(1 − e^{−d})`. This is
//! convex in `(b, d)` and infinite where the curves meet. The first class has no boundary below, the last one
//! none above.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels;
use remeasure_core::numerics::kernels::elementary::{exp, exp_m1};

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
#[inline(always)]
fn logistic(x: f64) -> (f64, f64, f64) {
    let e = exp(-x.abs());
    let large = 1.0 / (1.0 + e);
    let small = e * large;
    if x >= 0.0 { (large, small, 1.0 + e) } else { (small, large, 1.0 + e) }
}

/// `σ(x) = 1/(1 + e^{−x})`, accurate in both tails.
///
/// For single values: without vector instructions, [`exp`] is slower than the standard library's.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    let large = 1.0 / (1.0 + e);
    if x >= 0.0 { large } else { e * large }
}

/// A gap so small that its reciprocal would overflow in a product of many.
const NARROW: f64 = 1e-100;

impl RowTerms {
    /// A row of the first class: `softplus(−d)`.
    #[inline(always)]
    fn first(d: f64) -> Self {
        let (up, down, factor) = logistic(d);
        let linear = if d < 0.0 { -d } else { 0.0 };
        Self { linear, factor, score_gap: -down, gap: up * down, ..Self::default() }
    }

    /// A row of the last class: `softplus(b)`.
    #[inline(always)]
    fn last(b: f64) -> Self {
        let (up, down, factor) = logistic(b);
        let linear = if b > 0.0 { b } else { 0.0 };
        Self { linear, factor, score_below: up, below: up * down, ..Self::default() }
    }

    /// A row of a class with boundaries on both sides; infinite unless `d > 0`. If `d` is [`NARROW`],
    /// `−ln(1 − e^{−d})` is missing from the value: [`RowTerms::narrow`].
    #[inline(always)]
    fn middle(b: f64, d: f64) -> Self {
        let a = b + d;
        let (up_a, down_a, factor_a) = logistic(a);
        let (up_b, down_b, factor_b) = logistic(b);
        let open = -exp_m1(-d);
        let closed = 1.0 - open;
        let (var_a, var_b) = (up_a * down_a, up_b * down_b);
        let ratio = closed / open;
        let linear = if a < 0.0 { -a } else { 0.0 } + if b > 0.0 { b } else { 0.0 };
        let divisor = if d < NARROW { 1.0 } else { open };
        let inside = d > 0.0;
        Self {
            linear: if inside { linear } else { f64::INFINITY },
            factor: if inside { factor_a * factor_b / divisor } else { 1.0 },
            score_below: up_b - down_a,
            score_gap: -down_a - ratio,
            below: var_a + var_b,
            cross: var_a,
            gap: var_a + ratio / open,
        }
    }

    /// What [`RowTerms::middle`] leaves out of the value: `−ln(1 − e^{−d})` of a narrow gap.
    #[inline]
    fn narrow(d: f64) -> f64 {
        if d < NARROW && d > 0.0 { -d.ln() } else { 0.0 }
    }

    /// A row of class `y` out of `classes`.
    #[inline]
    fn of(y: usize, classes: usize, b: f64, d: f64) -> Self {
        match y {
            0 => Self::first(d),
            _ if y + 1 == classes => Self::last(b),
            _ => {
                let terms = Self::middle(b, d);
                Self { linear: terms.linear + Self::narrow(d), ..terms }
            }
        }
    }
}

/// Terms of many rows, one array for each of the fields of [`RowTerms`].
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub(super) linear: &'a mut [f64],
    pub(super) factor: &'a mut [f64],
    pub(super) score_below: &'a mut [f64],
    pub(super) score_gap: &'a mut [f64],
    pub(super) below: &'a mut [f64],
    pub(super) cross: &'a mut [f64],
    pub(super) gap: &'a mut [f64],
}

/// Rows that are evaluated together.
const LANES: usize = 8;

/// The terms of one kind of class.
trait Class: Copy {
    fn terms(self, b: f64, d: f64) -> RowTerms;
}

#[derive(Clone, Copy)]
struct First;
#[derive(Clone, Copy)]
struct Middle;
#[derive(Clone, Copy)]
struct Last;

impl Class for First {
    #[inline(always)]
    fn terms(self, _: f64, d: f64) -> RowTerms {
        RowTerms::first(d)
    }
}

impl Class for Middle {
    #[inline(always)]
    fn terms(self, b: f64, d: f64) -> RowTerms {
        RowTerms::middle(b, d)
    }
}

impl Class for Last {
    #[inline(always)]
    fn terms(self, b: f64, _: f64) -> RowTerms {
        RowTerms::last(b)
    }
}

impl Columns<'_> {
    /// Evaluates rows of class `y` out of `classes` at `b` and `d`, and adds their loss to `sum`.
    pub(super) fn evaluate(&mut self, y: usize, classes: usize, b: &[f64], d: &[f64], sum: &mut LogSum) {
        let middle = y > 0 && y + 1 < classes;
        match y {
            0 => self.fill(First, b, d),
            _ if middle => self.fill(Middle, b, d),
            _ => self.fill(Last, b, d),
        }
        for ((linear, factor), d) in self.linear.iter().zip(&*self.factor).zip(d) {
            let missing = if middle { RowTerms::narrow(*d) } else { 0.0 };
            sum.add(linear + missing, *factor);
        }
    }

    fn fill<C: Class>(&mut self, class: C, b: &[f64], d: &[f64]) {
        let out = self;
        multiversion!(
            kernels::level(),
            [C: Class] (out: &mut Columns<'_>, class: C, b: &[f64], d: &[f64]) -> (),
            out.fill_inline(class, b, d)
        )
    }

    #[inline(always)]
    fn fill_inline<C: Class>(&mut self, class: C, b: &[f64], d: &[f64]) {
        let n = b.len();
        let whole = n - n % LANES;
        for at in (0..whole).step_by(LANES) {
            self.fill_few::<C, LANES>(class, at, b, d);
        }
        for at in whole..n {
            self.fill_few::<C, 1>(class, at, b, d);
        }
    }

    /// Rows `at..at + N`. Local arrays show that inputs and outputs do not overlap.
    #[inline(always)]
    fn fill_few<C: Class, const N: usize>(&mut self, class: C, at: usize, b: &[f64], d: &[f64]) {
        let (mut own_b, mut own_d) = ([0.0; N], [0.0; N]);
        own_b.copy_from_slice(&b[at..at + N]);
        own_d.copy_from_slice(&d[at..at + N]);
        let mut values = [[0.0; N]; 7];
        for i in 0..N {
            let row = class.terms(own_b[i], own_d[i]);
            values[0][i] = row.linear;
            values[1][i] = row.factor;
            values[2][i] = row.score_below;
            values[3][i] = row.score_gap;
            values[4][i] = row.below;
            values[5][i] = row.cross;
            values[6][i] = row.gap;
        }
        let Self { linear, factor, score_below, score_gap, below, cross, gap } = self;
        for (out, values) in
            [linear, factor, score_below, score_gap, below, cross, gap].into_iter().zip(values)
        {
            out[at..at + N].copy_from_slice(&values);
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
