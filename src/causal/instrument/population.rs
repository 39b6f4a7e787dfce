//! What the estimators tend to on drawn data as the number of rows grows, by quadrature over the covariates.

use super::algebra::eliminate;
use super::generators::{Direct, Truth};
use super::parametric::{Inner, Part, Wrong};

/// Points of the midpoint rule along each covariate. The integrands are smooth, so that its error is below 1e-4.
const POINTS: usize = 64;

/// The distribution of [`Direct`], on a grid of covariates.
#[derive(Clone, Debug)]
pub struct Population {
    /// Covariates and the functions there; all points have the same weight.
    points: Vec<([f64; 2], Truth)>,
}

/// What estimators tend to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The multiply robust estimator.
    pub robust: f64,
    /// The mean of `β(X)`.
    pub plug_in: f64,
}

impl Population {
    /// The grid.
    #[must_use]
    pub fn new(problem: &Direct) -> Self {
        let at = |i: usize| 2.0 * (i as f64 + 0.5) / POINTS as f64 - 1.0;
        let pairs = (0..POINTS).flat_map(|i| (0..POINTS).map(move |j| [at(i), at(j)]));
        Self { points: pairs.map(|x| (x, problem.truth(x[0], x[1]))).collect() }
    }

    fn mean(&self, value: impl Fn(&[f64; 2], &Truth) -> f64) -> f64 {
        self.points.iter().map(|(x, t)| value(x, t)).sum::<f64>() / self.points.len() as f64
    }

    /// `E(value | Z = z)`.
    fn within(&self, z: usize, value: impl Fn(&Truth) -> f64) -> f64 {
        let share = |t: &Truth| if z == 1 { t.pi } else { 1.0 - t.pi };
        self.mean(|_, t| share(t) * value(t)) / self.mean(|_, t| share(t))
    }

    /// Of GENIUS with a logistic model of the instrument and a linear one of the treatment, which are right:
    /// `E[π(1 − π)(C₁ − C₀)]/E[π(1 − π)D]`.
    #[must_use]
    pub fn genius(&self) -> f64 {
        let weight = |t: &Truth| t.pi * (1.0 - t.pi) * (variance(t.p[1]) - variance(t.p[0]));
        self.mean(|_, t| weight(t) * t.beta) / self.mean(|_, t| weight(t))
    }

    /// Of least squares on 1, X, Z and A, or with `valid` of two-stage least squares with the instruments 1, X and Z: the
    /// coefficient of A.
    #[must_use]
    pub fn regression(&self, valid: bool) -> Option<f64> {
        // Columns 1, X₁, X₂, Z and A; A is left out of the equations, or Z of the model.
        let model: &[usize] = if valid { &[0, 1, 2, 4] } else { &[0, 1, 2, 3, 4] };
        let equations: &[usize] = if valid { &[0, 1, 2, 3] } else { model };
        let side = model.len();
        let (mut matrix, mut right) = (vec![0.0; side * side], vec![0.0; side]);
        for (x, t) in &self.points {
            for z in [0, 1] {
                let probability = if z == 1 { t.pi } else { 1.0 - t.pi };
                let means = [1.0, x[0], x[1], z as f64, t.p[z]];
                let with_y = t.p[z] * t.m[z] + t.beta * variance(t.p[z]) + Direct::ETA;
                for (row, &i) in equations.iter().enumerate() {
                    for (column, &j) in model.iter().enumerate() {
                        let product = if (i, j) == (4, 4) { t.p[z] } else { means[i] * means[j] };
                        matrix[row * side + column] += probability * product;
                    }
                    right[row] += probability * if i == 4 { with_y } else { means[i] * t.m[z] };
                }
            }
        }
        eliminate(&matrix, &right, &vec![self.points.len() as f64; side])?.pop()
    }

    /// Of estimators with parametric nuisances, some of them wrong; `None` if they do not identify `β`.
    #[must_use]
    pub fn limits(&self, wrong: &Wrong, inner: Inner) -> Option<Limits> {
        let share = self.mean(|_, t| t.pi);
        let p = [0, 1].map(|z| self.within(z, |t| t.p[z]));
        let m = [0, 1].map(|z| self.within(z, |t| t.m[z]));
        // The models at a point: π, and for each z the conditional means of (A − p)(Y − m) and (A − p)(A − q).
        let models = |t: &Truth| {
            let pi = if wrong.has(Part::Instrument) { share } else { t.pi };
            let off =
                |part: Part, constant: f64, right: f64| if wrong.has(part) { right - constant } else { 0.0 };
            let pair = [0, 1].map(|z| {
                let v = variance(t.p[z]);
                let (dp, dm) = (off(Part::Treatment, p[z], t.p[z]), off(Part::Outcome, m[z], t.m[z]));
                let dq = match inner {
                    Inner::Shared => dp,
                    Inner::Own => off(Part::Outcome, p[z], t.p[z]),
                };
                (t.beta * v + Direct::ETA + dp * dm, v + dp * dq)
            });
            let fitted = [0, 1].map(|z| if wrong.has(Part::Treatment) { p[z] } else { t.p[z] });
            (pi, pair, variance(fitted[1]) - variance(fitted[0]))
        };
        let q = if wrong.has(Part::Effect) { 1 } else { 3 };
        let side = q + 1;
        let (mut matrix, mut right) = (vec![0.0; side * side], vec![0.0; side]);
        for (x, t) in &self.points {
            let terms = [1.0, x[0], x[1]];
            let (pi, pair, _) = models(t);
            for z in [0, 1] {
                let probability = if z == 1 { t.pi } else { 1.0 - t.pi };
                for row in 0..side {
                    let lead = if row < q { terms[row] * (z as f64 - pi) } else { 1.0 } * probability;
                    (0..q).for_each(|j| matrix[row * side + j] += lead * pair[z].1 * terms[j]);
                    matrix[row * side + q] += lead;
                    right[row] += lead * pair[z].0;
                }
            }
        }
        let sizes = vec![self.points.len() as f64; side];
        let solution = eliminate(&matrix, &right, &sizes)?;
        let eta = solution[q];
        let beta = |x: &[f64; 2]| {
            let terms = [1.0, x[0], x[1]];
            (0..q).map(|j| solution[j] * terms[j]).sum::<f64>()
        };
        let plug_in = self.mean(|x, _| beta(x));
        let correction = self.mean(|x, t| {
            let (pi, pair, difference) = models(t);
            let bracket = [0, 1].map(|z| pair[z].0 - beta(x) * pair[z].1 - eta);
            (t.pi / pi * bracket[1] - (1.0 - t.pi) / (1.0 - pi) * bracket[0]) / difference
        });
        Some(Limits { robust: plug_in + correction, plug_in })
    }
}

fn variance(p: f64) -> f64 {
    p * (1.0 - p)
}
