//! Variance inflation factors, and the screen that drops collinear columns.

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, Standard, kernels};

/// A column whose variance outside the span of others is at most this share is a combination of them.
const DEPENDENT: f64 = 1e-10;

/// Coefficients of such a combination, on standardised columns, that are rounding.
const ABSENT: f64 = 1e-6;

/// What a screen found and kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// The columns kept, ascending.
    pub kept: Vec<usize>,
    /// Variance inflation factor of every column before the screen, length `p`.
    pub before: Vec<f64>,
    /// The same of the columns kept, after it.
    pub after: Vec<f64>,
    /// The columns dropped, in order, each with the factor that it had then.
    pub dropped: Vec<(usize, f64)>,
}

/// Checks the largest factor that a screen leaves.
///
/// # Errors
/// It is not above 1, which every factor is at least.
pub(super) fn check(largest: Option<f64>) -> Result<(), Invalid> {
    match largest {
        Some(v) if !(v.is_finite() && v > 1.0) => {
            let message = format!("expected a variance inflation factor above 1, such as 10, found {v}");
            Err(Invalid::new("screen", message))
        }
        _ => Ok(()),
    }
}

/// Variance inflation factors `1/(1 − R_j²)` of the columns of a design, `R_j²` being that of the regression of
/// column `j` on all others with an intercept (Marquardt 1970); length `p`.
///
/// A constant column, and one that is a combination of others, has an infinite factor.
#[must_use]
pub fn inflation(design: &Design) -> Vec<f64> {
    let all: Vec<usize> = (0..design.columns()).collect();
    factors(design.columns(), &correlations(design), &all)
}

/// Drops the column with the largest variance inflation factor, the first of equal ones, and computes the others
/// anew, until none is above `largest`.
#[must_use]
pub fn screen(design: &Design, largest: f64) -> Screen {
    let p = design.columns();
    let matrix = correlations(design);
    let mut kept: Vec<usize> = (0..p).collect();
    let before = factors(p, &matrix, &kept);
    let mut after = before.clone();
    let mut dropped = Vec::new();
    loop {
        let mut worst = None;
        for (at, factor) in after.iter().enumerate() {
            if *factor > largest && worst.is_none_or(|w: usize| *factor > after[w]) {
                worst = Some(at);
            }
        }
        let Some(at) = worst else { return Screen { kept, before, after, dropped } };
        dropped.push((kept.remove(at), after[at]));
        after = factors(p, &matrix, &kept);
    }
}

/// Correlations of all columns, `p × p`; 0 for those of a constant column, its own included.
fn correlations(design: &Design) -> Vec<f64> {
    let (n, p) = (design.rows(), design.columns());
    let columns: Vec<Vec<f64>> = (0..p)
        .map(|j| {
            let standard = Standard::of_slice(design.column(j));
            design.column(j).iter().map(|v| standard.apply(*v)).collect()
        })
        .collect();
    let mut matrix = vec![0.0; p * p];
    for j in 0..p {
        for k in 0..=j {
            let value = kernels::dot(&columns[j], &columns[k]) / n as f64;
            (matrix[j * p + k], matrix[k * p + j]) = (value, value);
        }
    }
    matrix
}

/// Factors of the columns `of`, from the correlations of all `p`: the diagonal of the inverse, which is taken over
/// columns that do not depend on those before them.
fn factors(p: usize, matrix: &[f64], of: &[usize]) -> Vec<f64> {
    let m = of.len();
    // Rows of the Cholesky factor, one for each independent column, whose positions in `of` are `basis`.
    let (mut factor, mut basis) = (vec![0.0; m * m], Vec::with_capacity(m));
    let mut out = vec![0.0; m];
    let mut row = vec![0.0; m];
    for at in 0..m {
        let size = basis.len();
        for (a, &b) in basis.iter().enumerate() {
            let above: &[f64] = &factor[a * m..=a * m + a];
            row[a] = (matrix[of[at] * p + of[b]] - kernels::dot(&row[..a], &above[..a])) / above[a];
        }
        let own = matrix[of[at] * p + of[at]];
        let pivot = own - kernels::squared_norm(&row[..size]);
        if own > 0.5 && pivot > DEPENDENT {
            row[size] = pivot.sqrt();
            factor[size * m..=size * m + size].copy_from_slice(&row[..=size]);
            basis.push(at);
            continue;
        }
        // Solve Lᵀ x = row: the combination of the columns before it.
        for a in (0..size).rev() {
            row[a] /= factor[a * m + a];
            let (rest, value) = row.split_at_mut(a);
            kernels::axpy(-value[0], &factor[a * m..a * m + a], rest);
        }
        out[at] = f64::INFINITY;
        for (a, &b) in basis.iter().enumerate() {
            if row[a].abs() > ABSENT {
                out[b] = f64::INFINITY;
            }
        }
    }
    let mut z = vec![0.0; m];
    for (a, &b) in basis.iter().enumerate() {
        if out[b].is_infinite() {
            continue;
        }
        // Column a of the inverse of the factor: the sum of its squares is entry (a, a) of the inverse.
        z[..basis.len()].fill(0.0);
        for r in a..basis.len() {
            let l = &factor[r * m..=r * m + r];
            z[r] = (f64::from(u8::from(r == a)) - kernels::dot(&l[a..r], &z[a..r])) / l[r];
        }
        out[b] = kernels::squared_norm(&z[a..basis.len()]) * matrix[of[b] * p + of[b]];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(columns: &[&[f64]]) -> Design {
        Design::from_columns(columns[0].len(), columns.len(), columns.concat())
    }

    #[test]
    fn two_columns_have_the_factor_of_their_correlation() {
        // Correlation 0.8 by hand: cov 0.8, variances 1.
        let two = design(&[&[1.0, -1.0, 1.0, -1.0], &[1.4, -1.4, 0.2, -0.2]]);
        for factor in inflation(&two) {
            assert!((factor - 1.0 / (1.0 - 0.64)).abs() < 1e-12, "{factor}");
        }
        assert_eq!(
            screen(&two, 2.0).dropped.iter().map(|d| d.0).collect::<Vec<_>>(),
            [0],
            "the first of equals"
        );
        assert_eq!(screen(&two, 3.0).kept, [0, 1]);
    }

    #[test]
    fn exact_combinations_and_constants_are_infinite_and_go_first() {
        let free = [0.3, -1.0, 2.0, 0.5, -0.7, 1.1];
        // Dummies that add up to 1, and a constant.
        let (a, b) = ([1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        let c = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let all = design(&[&free, &a, &b, &c, &[5.0; 6]]);
        let found = inflation(&all);
        assert!(found[0].is_finite() && found[1..].iter().all(|v| v.is_infinite()), "{found:?}");
        let screened = screen(&all, 20.0);
        assert_eq!(screened.dropped, [(1, f64::INFINITY), (4, f64::INFINITY)]);
        assert_eq!(screened.kept, [0, 2, 3]);
        // Without the dependent columns, the factor of the free one is the same.
        assert!((inflation(&design(&[&free, &b, &c]))[0] - found[0]).abs() < 1e-12);
        assert!(screen(&design(&[&[2.0; 4]]), 10.0).kept.is_empty());
    }

    #[test]
    fn two_dependencies_are_told_apart_from_a_bystander() {
        let (a, b) = ([1.0, 2.0, 4.0, 3.0, 0.0], [0.0, 1.0, 0.0, 2.0, 5.0]);
        let c = [1.0, -1.0, 0.5, 0.0, 2.0];
        let sum: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + y).collect();
        let found = inflation(&design(&[&a, &c, &b, &sum]));
        assert!(found[1].is_finite() && [0, 2, 3].iter().all(|j| found[*j].is_infinite()), "{found:?}");
    }

    #[test]
    fn a_threshold_of_1_or_less_is_refused() {
        for bad in [1.0, 0.0, -3.0, f64::NAN, f64::INFINITY] {
            let error = check(Some(bad)).unwrap_err();
            assert_eq!(error.key, "screen");
        }
        assert!(check(Some(1.5)).is_ok() && check(None).is_ok());
    }
}
