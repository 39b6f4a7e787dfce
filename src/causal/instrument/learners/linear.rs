//! Least squares on polynomials, with and without penalties, all from inner products.

use remeasure_core::numerics::{Design, kernels};

use crate::instrument::algebra::{Factor, LeastSquares, columns, gram};
use crate::instrument::parametric::quadratic;
use crate::instrument::robust::with_ones;
use crate::lasso::lasso;

/// Folds of the cross-validation of λ.
const FOLDS: usize = 5;

/// Values of λ.
const LAMBDAS: usize = 20;

/// Smallest λ of the Lasso, relative to the smallest that gives zero.
const SMALLEST: f64 = 1e-3;

/// Values of λ of ridge regression, relative to the number of rows: from 10⁻⁴ to 10².
const RIDGE: (f64, f64) = (1e-4, 1e2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Penalty {
    Lasso,
    Ridge,
}

/// Least squares on 1, covariates, squares and products.
pub(super) fn polynomial(train: &Design, targets: &[&[f64]], query: &Design) -> Vec<Vec<f64>> {
    let (own, other) = (quadratic(train), quadratic(query));
    targets.iter().map(|y| LeastSquares::new(&own, y).at(&other)).collect()
}

/// 1, covariates, squares, products and cubes.
fn cubic(x: &Design) -> Design {
    let squares = quadratic(x);
    let cubes: Vec<Vec<f64>> = columns(x).map(|c| c.iter().map(|v| v * v * v).collect()).collect();
    with_ones(x.rows(), columns(&squares).skip(1).chain(cubes.iter().map(Vec::as_slice)))
}

/// Inner products of the columns, of which the first is 1 and the last the target.
#[derive(Clone, Debug)]
struct Products {
    side: usize,
    values: Vec<f64>,
}

/// A centred and scaled least-squares problem: `½hᵀAh − cᵀh` with `A` a correlation matrix.
struct Centred {
    matrix: Vec<f64>,
    right: Vec<f64>,
    means: Vec<f64>,
    scales: Vec<f64>,
    mean: f64,
}

impl Products {
    fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.side + j]
    }

    fn without(&self, fold: &Self) -> Self {
        let values = self.values.iter().zip(&fold.values).map(|(a, b)| a - b).collect();
        Self { side: self.side, values }
    }

    /// The problem without an intercept; columns that are constant up to rounding get the scale 0.
    fn centred(&self) -> Centred {
        let (n, p, y) = (self.at(0, 0), self.side - 2, self.side - 1);
        let means: Vec<f64> = (1..=p).map(|j| self.at(0, j) / n).collect();
        let mean = self.at(0, y) / n;
        let covariance = |i: usize, j: usize| self.at(i + 1, j + 1) / n - means[i] * means[j];
        let scales: Vec<f64> = (0..p)
            .map(|j| {
                let variance = covariance(j, j);
                if variance > 1e-12 * self.at(j + 1, j + 1) / n { variance.sqrt() } else { 0.0 }
            })
            .collect();
        let over = |value: f64, scale: f64| if scale > 0.0 { value / scale } else { 0.0 };
        let matrix = (0..p)
            .flat_map(|i| (0..p).map(move |j| (i, j)))
            .map(|(i, j)| over(covariance(i, j), scales[i] * scales[j]))
            .collect();
        let right = (0..p).map(|j| over(self.at(j + 1, y) / n - means[j] * mean, scales[j])).collect();
        Centred { matrix, right, means, scales, mean }
    }

    /// The squared error of coefficients `w` of the columns, the first of 1, on these rows.
    fn error(&self, w: &[f64]) -> f64 {
        let y = self.side - 1;
        let cross: f64 = w.iter().enumerate().map(|(j, w)| w * self.at(j, y)).sum();
        let square: f64 = w
            .iter()
            .enumerate()
            .map(|(i, a)| a * kernels::dot(w, &self.values[i * self.side..i * self.side + y]))
            .sum();
        self.at(y, y) - 2.0 * cross + square
    }
}

impl Centred {
    /// Coefficients of the columns, the first of 1, at one λ.
    fn solve(&self, penalty: Penalty, lambda: f64) -> anyhow::Result<Vec<f64>> {
        let p = self.right.len();
        let h = match penalty {
            Penalty::Lasso => lasso(&self.matrix, &self.right, lambda)?.h,
            Penalty::Ridge => {
                let mut matrix = self.matrix.clone();
                (0..p).for_each(|j| matrix[j * p + j] += lambda);
                let mut h = self.right.clone();
                Factor::new(p, &matrix).solve(&mut h);
                h
            }
        };
        let mut out = vec![self.mean];
        for ((h, scale), mean) in h.iter().zip(&self.scales).zip(&self.means) {
            let w = if *scale > 0.0 { h / scale } else { 0.0 };
            out[0] -= w * mean;
            out.push(w);
        }
        Ok(out)
    }

    fn lambdas(&self, penalty: Penalty) -> Vec<f64> {
        let (low, high) = match penalty {
            Penalty::Lasso => {
                let most = kernels::max_abs(&self.right);
                (SMALLEST * most, most)
            }
            Penalty::Ridge => RIDGE,
        };
        let share = |i: usize| i as f64 / (LAMBDAS - 1) as f64;
        (0..LAMBDAS).map(|i| high * (low / high).powf(share(i))).collect()
    }
}

/// Penalised least squares with λ by cross-validation; row `i` is in fold `i mod 5`.
pub(super) fn penalised(
    train: &Design,
    targets: &[&[f64]],
    query: &Design,
    penalty: Penalty,
) -> anyhow::Result<Vec<Vec<f64>>> {
    let (own, other) = (cubic(train), cubic(query));
    let folds: Vec<Vec<usize>> = (0..FOLDS).map(|k| (k..train.rows()).step_by(FOLDS).collect()).collect();
    let mut out = Vec::with_capacity(targets.len());
    for target in targets {
        let table = Design::from_columns(train.rows(), own.columns() + 1, [own.as_slice(), target].concat());
        let products = |table: &Design| Products { side: table.columns(), values: gram(table, None) };
        let parts: Vec<Products> = folds.iter().map(|rows| products(&table.take_rows(rows))).collect();
        let mut whole = parts[0].clone();
        for part in &parts[1..] {
            kernels::axpy(1.0, &part.values, &mut whole.values);
        }
        let all = whole.centred();
        if !(kernels::max_abs(&all.right) > 0.0) {
            out.push(vec![all.mean; query.rows()]);
            continue;
        }
        let lambdas = all.lambdas(penalty);
        let mut errors = vec![0.0; lambdas.len()];
        for part in &parts {
            let rest = whole.without(part).centred();
            for (error, lambda) in errors.iter_mut().zip(&lambdas) {
                *error += part.error(&rest.solve(penalty, *lambda)?);
            }
        }
        let best = errors.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at);
        let weights = all.solve(penalty, lambdas[best])?;
        let mut fitted = vec![0.0; query.rows()];
        other.mul(&weights, &mut fitted);
        out.push(fitted);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Design, Vec<f64>) {
        let n = 60;
        let at = |k: f64| (0..n).map(move |i| ((i as f64 + 1.0) * k).sin());
        let x = Design::from_columns(n, 2, at(1.3).chain(at(2.9)).collect());
        let y = (0..n).map(|i| 1.0 + 2.0 * x.column(0)[i] - x.column(1)[i].powi(2) + (i as f64 * 7.7).sin());
        let y = y.collect();
        (x, y)
    }

    #[test]
    fn the_error_from_products_is_that_of_residuals() {
        let (x, y) = sample();
        let own = cubic(&x);
        let table = Design::from_columns(60, own.columns() + 1, [own.as_slice(), &y].concat());
        let products = Products { side: table.columns(), values: gram(&table, None) };
        let w: Vec<f64> = (0..own.columns()).map(|j| 0.3 - 0.1 * j as f64).collect();
        let mut fitted = vec![0.0; 60];
        own.mul(&w, &mut fitted);
        let direct: f64 = fitted.iter().zip(&y).map(|(f, y)| (y - f).powi(2)).sum();
        assert!((products.error(&w) - direct).abs() < 1e-10 * direct);
    }

    #[test]
    fn lasso_and_ridge_agree_with_linfa() {
        let (x, y) = sample();
        let own = cubic(&x);
        let table = Design::from_columns(60, own.columns() + 1, [own.as_slice(), &y].concat());
        let products = Products { side: table.columns(), values: gram(&table, None) };
        let problem = products.centred();
        let p = own.columns() - 1;
        let scaled = ndarray::Array2::from_shape_fn((60, p), |(i, j)| {
            (own.column(j + 1)[i] - problem.means[j]) / problem.scales[j]
        });
        let target = ndarray::Array1::from_iter(y.iter().map(|v| v - problem.mean));
        let data = linfa::Dataset::new(scaled, target);
        for (penalty, ratio) in [(Penalty::Lasso, 1.0), (Penalty::Ridge, 0.0)] {
            use linfa::prelude::Fit;
            let fitted = linfa_elasticnet::ElasticNet::params()
                .penalty(0.05)
                .l1_ratio(ratio)
                .with_intercept(false)
                .tolerance(1e-14)
                .max_iterations(100_000)
                .fit(&data)
                .expect("a fit");
            let found = problem.solve(penalty, 0.05).expect("a fit");
            for (j, theirs) in fitted.hyperplane().iter().enumerate() {
                let ours = found[j + 1] * problem.scales[j];
                assert!((ours - theirs).abs() < 1e-6, "{penalty:?} {j}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn a_constant_target_and_constant_columns_are_harmless() {
        let x = Design::from_columns(10, 1, vec![0.0; 10]);
        let y = [vec![2.0; 10], (0..10).map(f64::from).collect()];
        let found = penalised(&x, &[&y[0], &y[1]], &x, Penalty::Lasso).expect("a fit");
        assert_eq!(found[0], vec![2.0; 10]);
        assert!(found[1].iter().all(|v| (v - 4.5).abs() < 1e-12), "{:?}", found[1]);
    }
}
