//! Losses: their value, and their derivatives by the outputs of a network.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::elementary::{exp, softplus};
use remeasure_core::numerics::kernels::level;

use crate::{Real, Rows, RowsMut};

/// A loss of the outputs of a batch.
pub trait Loss<R> {
    /// Its value; writes its derivative by each output to `slopes`, which has the shape of `outputs` and holds nothing
    /// before.
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64;
}

/// Softmax cross-entropy, `mean over rows of ln Σⱼ exp(zⱼ) − z_label`.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a> {
    /// The class of each row, below the number of outputs.
    pub labels: &'a [usize],
}

impl<R: Real> Loss<R> for CrossEntropy<'_> {
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64 {
        assert_eq!(self.labels.len(), outputs.count(), "one label for each row");
        let each = 1.0 / outputs.count() as f64;
        let mut total = 0.0;
        exponentials(outputs, slopes);
        for ((z, slopes), &label) in outputs.iter().zip(slopes.iter_mut()).zip(self.labels) {
            let sum: f64 = slopes.iter().map(|e| e.widen()).sum();
            total += sum.ln() - (z[label] - largest(z)).widen();
            let scale = R::of(each / sum);
            slopes.iter_mut().for_each(|s| *s = *s * scale);
            slopes[label] = slopes[label] - R::of(each);
        }
        total * each
    }
}

fn largest<R: Real>(row: &[R]) -> R {
    row.iter().fold(row[0], |m, v| if *v > m { *v } else { m })
}

/// `out ← exp(z − largest z of the row)`.
fn exponentials<R: Real>(outputs: Rows<'_, R>, out: &mut RowsMut<'_, R>) {
    for (z, out) in outputs.iter().zip(out.iter_mut()) {
        let most = largest(z);
        out.iter_mut().zip(z).for_each(|(out, z)| *out = *z - most);
    }
    #[inline(always)]
    fn body<R: Real>(values: &mut [R]) {
        values.iter_mut().for_each(|v| *v = R::of(exp(v.widen())));
    }
    // With the padding, in one go.
    let values = out.whole();
    multiversion!(level(), [R: Real] (values: &mut [R]) -> (), body(values));
}

/// Softmax probabilities of each row, `count × columns`, row by row without padding.
///
/// # Panics
/// If `out` has another length.
pub fn softmax<R: Real>(outputs: Rows<'_, R>, out: &mut [R]) {
    assert_eq!(out.len(), outputs.count() * outputs.columns(), "one probability for each output");
    let columns = outputs.columns();
    exponentials(outputs, &mut RowsMut::new(out, columns, columns, outputs.count()));
    for row in out.chunks_exact_mut(columns) {
        let sum: f64 = row.iter().map(|e| e.widen()).sum();
        row.iter_mut().for_each(|v| *v = R::of(v.widen() / sum));
    }
}

/// Share of rows whose largest output (the first of equal ones) is that of the label.
///
/// # Panics
/// If there is not one label for each row.
#[must_use]
pub fn accuracy<R: Real>(outputs: Rows<'_, R>, labels: &[usize]) -> f64 {
    assert_eq!(labels.len(), outputs.count(), "one label for each row");
    let hit = |(z, label): (&[R], &usize)| z.iter().position(|v| *v == largest(z)) == Some(*label);
    outputs.iter().zip(labels).filter(|pair| hit(*pair)).count() as f64 / labels.len() as f64
}

/// `mean over rows of ½ Σⱼ (ŷⱼ − yⱼ)²`.
#[derive(Clone, Copy, Debug)]
pub struct SquaredError<'a, R> {
    /// `rows × outputs`, row by row.
    pub targets: &'a [R],
}

impl<R: Real> Loss<R> for SquaredError<'_, R> {
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64 {
        let columns = outputs.columns();
        assert_eq!(self.targets.len(), outputs.count() * columns, "one target for each output");
        let each = 1.0 / outputs.count() as f64;
        let scale = R::of(each);
        let mut total = 0.0;
        let targets = self.targets.chunks_exact(columns);
        for ((z, y), slopes) in outputs.iter().zip(targets).zip(slopes.iter_mut()) {
            for ((z, y), slope) in z.iter().zip(y).zip(slopes) {
                let residual = *z - *y;
                total += residual.widen() * residual.widen();
                *slope = scale * residual;
            }
        }
        0.5 * each * total
    }
}

/// Soft bounds of the logarithm of a standard deviation:
/// `high − softplus(high − s)`, then `low + softplus(· − low)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Bounds {
    /// The bounded value, and its derivatives by `s`, `low` and `high`.
    #[must_use]
    pub fn apply(&self, s: f64) -> (f64, [f64; 3]) {
        let below = self.high - softplus(self.high - s);
        let from_high = sigmoid(self.high - s);
        let from_low = sigmoid(below - self.low);
        let bounded = self.low + softplus(below - self.low);
        (bounded, [from_low * from_high, 1.0 - from_low, from_low * (1.0 - from_high)])
    }
}

/// `1 / (1 + e⁻ˣ)`.
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// Negative logarithm of a Gaussian density with independent coordinates, mean over rows. The first half of the outputs
/// are means `μ`, the second half logarithms of standard deviations, `s`:
/// `Σⱼ ½ ((yⱼ − μⱼ) e^(−sⱼ))² + sⱼ + ½ ln 2π`.
#[derive(Clone, Debug)]
pub struct Gaussian<'a, R> {
    /// `rows × outputs/2`, row by row.
    pub targets: &'a [R],
    /// Soft bounds of `s`, the same for all coordinates.
    pub bounds: Option<Bounds>,
    /// After an evaluation: derivatives by `bounds.low` and `bounds.high`, for bounds that are trained.
    pub bound_slopes: [f64; 2],
}

impl<'a, R> Gaussian<'a, R> {
    /// The density of these targets.
    #[must_use]
    pub fn new(targets: &'a [R], bounds: Option<Bounds>) -> Self {
        Self { targets, bounds, bound_slopes: [0.0; 2] }
    }
}

impl<R: Real> Loss<R> for Gaussian<'_, R> {
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64 {
        let half = outputs.columns() / 2;
        assert_eq!(outputs.columns(), 2 * half, "means and as many logarithms of standard deviations");
        assert_eq!(self.targets.len(), outputs.count() * half, "one target for each mean");
        let each = 1.0 / outputs.count() as f64;
        let mut total = 0.0;
        self.bound_slopes = [0.0; 2];
        let targets = self.targets.chunks_exact(half);
        for ((z, y), slopes) in outputs.iter().zip(targets).zip(slopes.iter_mut()) {
            let (means, deviations) = z.split_at(half);
            let (mean_slopes, deviation_slopes) = slopes.split_at_mut(half);
            for j in 0..half {
                let raw = deviations[j].widen();
                let (s, [own, low, high]) = self.bounds.map_or((raw, [1.0, 0.0, 0.0]), |b| b.apply(raw));
                let precision = exp(-s);
                let z = (means[j].widen() - y[j].widen()) * precision;
                total += 0.5 * z * z + s;
                mean_slopes[j] = R::of(each * z * precision);
                let slope = each * (1.0 - z * z);
                deviation_slopes[j] = R::of(slope * own);
                self.bound_slopes[0] += slope * low;
                self.bound_slopes[1] += slope * high;
            }
        }
        each * total + half as f64 * 0.5 * std::f64::consts::TAU.ln()
    }
}

/// The mean of one output over the rows, for the gradient of a mean prediction.
#[derive(Clone, Copy, Debug)]
pub struct MeanOutput {
    /// Which output.
    pub column: usize,
}

impl<R: Real> Loss<R> for MeanOutput {
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64 {
        let each = 1.0 / outputs.count() as f64;
        let mut total = 0.0;
        for (z, slopes) in outputs.iter().zip(slopes.iter_mut()) {
            total += z[self.column].widen();
            slopes.fill(R::ZERO);
            slopes[self.column] = R::of(each);
        }
        total * each
    }
}

/// A loss given by a function that returns its value and writes its derivatives, for instance of a distillation.
///
/// ```
/// use remeasure_nets::{Activation, Derivative, Shape, Workspace};
///
/// let shape = Shape::new(&[1, 1], Activation::Identity)?;
/// let mut sum = Derivative::new(|outputs, slopes| {
///     slopes.iter_mut().for_each(|row| row.fill(1.0));
///     outputs.iter().map(|row| row[0]).sum()
/// });
/// let mut gradient = [0.0; 2];
/// let value = Workspace::new(&shape, 3).gradient(&[2.0, 1.0], &[1.0, 2.0, 3.0], &mut sum, &mut gradient);
/// assert_eq!((value, gradient), (15.0, [6.0, 3.0]));
/// # Ok::<(), remeasure_core::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Derivative<F>(F);

impl<F> Derivative<F> {
    /// The loss of a function.
    pub fn new<R>(function: F) -> Self
    where
        F: FnMut(Rows<'_, R>, &mut RowsMut<'_, R>) -> f64,
    {
        Self(function)
    }
}

impl<R, F: FnMut(Rows<'_, R>, &mut RowsMut<'_, R>) -> f64> Loss<R> for Derivative<F> {
    fn evaluate(&mut self, outputs: Rows<'_, R>, slopes: &mut RowsMut<'_, R>) -> f64 {
        (self.0)(outputs, slopes)
    }
}
