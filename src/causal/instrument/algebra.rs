//! Least squares and logistic regression on a few columns, robust to columns that depend on others.

use remeasure_core::numerics::{Design, kernels};

/// Pivot, relative to its diagonal entry, below which a column depends on those before it.
const DEPENDENT: f64 = 1e-10;

/// Pivot of an elimination, relative to the size of its row, below which a system counts as singular.
const SINGULAR: f64 = 1e-10;

/// Relative rounding of a sum of losses, by which a Newton step may seem to raise it.
const ROUNDING: f64 = 1e-13;

/// Maximum number of Newton steps of a logistic regression.
const MOST_STEPS: usize = 60;

/// A Cholesky factor of `XᵀWX` that leaves out columns which depend on earlier ones; their coefficients are 0.
#[derive(Clone, Debug)]
pub struct Factor {
    side: usize,
    rows: Vec<f64>,
    kept: Vec<bool>,
}

impl Factor {
    /// Factors a symmetric positive semidefinite `side × side` matrix.
    #[must_use]
    pub fn new(side: usize, matrix: &[f64]) -> Self {
        let mut rows = vec![0.0; side * side];
        let mut kept = vec![true; side];
        for i in 0..side {
            for j in 0..=i {
                let inner = kernels::dot(&rows[i * side..i * side + j], &rows[j * side..j * side + j]);
                let value = matrix[i * side + j] - inner;
                if i == j {
                    kept[i] = value > DEPENDENT * matrix[i * side + i] && value.is_finite();
                    rows[i * side + i] = if kept[i] { value.sqrt() } else { 1.0 };
                } else if kept[j] {
                    rows[i * side + j] = value / rows[j * side + j];
                }
            }
            if !kept[i] {
                rows[i * side..i * side + i].fill(0.0);
            }
        }
        Self { side, rows, kept }
    }

    /// Whether each column is independent of those before it.
    #[must_use]
    pub fn kept(&self) -> &[bool] {
        &self.kept
    }

    /// Overwrites `b` with the solution of the system without the columns left out.
    pub fn solve(&self, b: &mut [f64]) {
        let n = self.side;
        for i in 0..n {
            let inner = kernels::dot(&self.rows[i * n..i * n + i], &b[..i]);
            b[i] = if self.kept[i] { (b[i] - inner) / self.rows[i * n + i] } else { 0.0 };
        }
        for i in (0..n).rev() {
            if self.kept[i] {
                let inner: f64 = (i + 1..n).map(|l| self.rows[l * n + i] * b[l]).sum();
                b[i] = (b[i] - inner) / self.rows[i * n + i];
            }
        }
    }
}

/// `XᵀWX`, both triangles; `W` is the identity without weights.
#[must_use]
pub fn gram(x: &Design, weights: Option<&[f64]>) -> Vec<f64> {
    let side = x.columns();
    let mut out = vec![0.0; side * side];
    kernels::Products::default().add_gram(side, 0..x.rows(), weights, |j| x.column(j), &mut out);
    for i in 0..side {
        for j in 0..i {
            out[i * side + j] = out[j * side + i];
        }
    }
    out
}

/// Columns put side by side.
///
/// # Panics
/// If their lengths differ from `rows`.
#[must_use]
pub fn design<'a>(rows: usize, columns: impl IntoIterator<Item = &'a [f64]>) -> Design {
    let mut values = Vec::new();
    let mut count = 0;
    for column in columns {
        values.extend_from_slice(column);
        count += 1;
    }
    Design::from_columns(rows, count, values)
}

/// The columns of a design.
pub fn columns(x: &Design) -> impl Iterator<Item = &[f64]> {
    (0..x.columns()).map(|j| x.column(j))
}

/// A least-squares fit.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    /// The factor of `XᵀX`.
    pub factor: Factor,
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
}

impl LeastSquares {
    /// Fits `y`, length `n`, on the columns of `x`, `n × p`.
    #[must_use]
    pub fn new(x: &Design, y: &[f64]) -> Self {
        let factor = Factor::new(x.columns(), &gram(x, None));
        let mut coefficients = vec![0.0; x.columns()];
        x.tmul(y, &mut coefficients);
        factor.solve(&mut coefficients);
        Self { factor, coefficients }
    }

    /// The fitted values at the rows of `x`.
    #[must_use]
    pub fn at(&self, x: &Design) -> Vec<f64> {
        let mut out = vec![0.0; x.rows()];
        x.mul(&self.coefficients, &mut out);
        out
    }
}

/// The logistic function.
#[must_use]
pub fn expit(t: f64) -> f64 {
    1.0 / (1.0 + (-t).exp())
}

/// A logistic regression by maximum likelihood.
#[derive(Clone, Debug)]
pub struct Logistic {
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
    /// Probabilities of the rows, length `n`.
    pub fitted: Vec<f64>,
    /// Whether the likelihood has a maximum that was reached. It has none where the columns separate the outcomes.
    pub converged: bool,
}

impl Logistic {
    /// Fits `z`, 0 or 1, on the columns of `x`, of which one is constant.
    #[must_use]
    pub fn new(x: &Design, z: &[f64]) -> Self {
        let (n, side) = (x.rows(), x.columns());
        let mut coefficients = vec![0.0; side];
        let mut fitted = vec![0.5; n];
        let mut score = vec![0.0; side];
        let (mut line, mut rest, mut weights) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let mut loss = f64::MAX;
        let mut converged = false;
        for _ in 0..MOST_STEPS {
            for i in 0..n {
                rest[i] = z[i] - fitted[i];
                weights[i] = (fitted[i] * (1.0 - fitted[i])).max(1e-12);
            }
            x.tmul(&rest, &mut score);
            let mut step = score.clone();
            Factor::new(side, &gram(x, Some(&weights))).solve(&mut step);
            let promised = kernels::dot(&step, &score);
            let mut share = 1.0;
            let before = loss;
            loop {
                let trial: Vec<f64> = coefficients.iter().zip(&step).map(|(b, s)| b + share * s).collect();
                x.mul(&trial, &mut line);
                // log(1 + eᵗ) − zt, without overflow.
                let sum = |(t, z): (&f64, &f64)| t.max(0.0) - z * t + (-t.abs()).exp().ln_1p();
                let now: f64 = line.iter().zip(z).map(sum).sum();
                if now <= before + ROUNDING * before.abs() || share < 1e-6 {
                    (loss, coefficients) = (now, trial);
                    break;
                }
                share *= 0.5;
            }
            fitted.iter_mut().zip(&line).for_each(|(p, t)| *p = expit(*t));
            // The decrement bounds how far the loss is above its minimum.
            if promised.abs() <= 1e-20 * n as f64 {
                converged = true;
                break;
            }
        }
        let inside = fitted.iter().all(|p| (1e-9..=1.0 - 1e-9).contains(p));
        Self { coefficients, fitted, converged: converged && inside }
    }
}

/// Solves `A x = b` for a general matrix stored row by row, by elimination with row pivots; `None` if it is singular
/// to working precision. `scale` has a size for each row, such as the summed sizes of the terms that its entries are
/// sums of.
#[must_use]
pub fn eliminate(matrix: &[f64], right: &[f64], scale: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    let mut a = matrix.to_vec();
    let mut b = right.to_vec();
    let mut order: Vec<usize> = (0..n).collect();
    for k in 0..n {
        let size = |i: usize| (a[order[i] * n + k] / scale[order[i]]).abs();
        let best = (k..n).fold(k, |best, i| if size(i) > size(best) { i } else { best });
        if !(size(best) > SINGULAR) {
            return None;
        }
        order.swap(k, best);
        let pivot = order[k];
        for &row in &order[k + 1..] {
            let factor = a[row * n + k] / a[pivot * n + k];
            for j in k..n {
                a[row * n + j] -= factor * a[pivot * n + j];
            }
            b[row] -= factor * b[pivot];
        }
    }
    let mut x = vec![0.0; n];
    for k in (0..n).rev() {
        let row = order[k];
        let inner: f64 = (k + 1..n).map(|j| a[row * n + j] * x[j]).sum();
        x[k] = (b[row] - inner) / a[row * n + k];
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_depends_on_others_is_left_out() {
        let x = Design::from_columns(4, 3, vec![1., 1., 1., 1., 0., 1., 2., 4., 1., 3., 5., 9.]);
        let fit = LeastSquares::new(&x, &[1.0, 3.0, 5.0, 9.0]);
        assert_eq!(fit.factor.kept(), [true, true, false]);
        for (got, want) in fit.coefficients.iter().zip([1.0, 2.0, 0.0]) {
            assert!((got - want).abs() < 1e-12, "{:?}", fit.coefficients);
        }
    }

    #[test]
    fn a_logistic_fit_meets_shares_and_reports_separation() {
        let x = Design::from_columns(6, 2, vec![1., 1., 1., 1., 1., 1., 0., 0., 0., 1., 1., 1.]);
        let fit = Logistic::new(&x, &[1., 0., 0., 1., 1., 0.]);
        assert!(fit.converged);
        for (got, want) in fit.fitted.iter().zip([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]) {
            assert!((got - want / 3.0).abs() < 1e-12, "{:?}", fit.fitted);
        }
        let separated = Logistic::new(&x, &[0., 0., 0., 1., 1., 0.]);
        assert!(!separated.converged && separated.fitted.iter().all(|p| p.is_finite()));
    }

    #[test]
    fn elimination_solves_and_refuses() {
        let x = eliminate(&[0.0, 2.0, 3.0, 1.0], &[4.0, 5.0], &[2.0, 3.0]).expect("a solution");
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
        assert!(eliminate(&[1.0, 2.0, 2.0, 4.0], &[1.0, 2.0], &[2.0, 4.0]).is_none());
    }
}
