//! The median: sign-test counts, confidence interval and standard error.

use super::binomial::p_at_most;
use super::student::{alike, normal_quantile};

/// Numbers of values below and above a point; values [`alike`] the point count as neither.
#[must_use]
pub fn sides(values: &[f64], point: f64) -> (u64, u64) {
    // No value equals an infinite point; `alike` would compare infinities.
    let off = |v: &&f64| point.is_infinite() || !alike(**v, point);
    let off = || values.iter().filter(off);
    (off().filter(|v| **v < point).count() as u64, off().filter(|v| **v > point).count() as u64)
}

/// Confidence interval of the median between two order statistics of `ascending`, with at least this level
/// for any distribution; `None` if there are too few values.
#[must_use]
pub fn median_interval(ascending: &[f64], level: f64) -> Option<(f64, f64)> {
    let n = ascending.len();
    let tail = (1.0 - level) / 2.0;
    // The largest rank whose order statistic exceeds the median with small enough probability.
    let (mut rank, mut beyond) = (0, n / 2 + 1);
    while beyond - rank > 1 {
        let middle = rank.midpoint(beyond);
        if p_at_most(middle as u64 - 1, n as u64, 0.5) <= tail { rank = middle } else { beyond = middle }
    }
    (rank > 0).then(|| (ascending[rank - 1], ascending[n - rank]))
}

/// Standard error of the median of ascending values, from the distance between two order statistics about √n
/// ranks from it (Price and Bonett 2001, after McKean and Schrader 1984). NaN for fewer than five values,
/// which are too few to estimate it.
#[must_use]
pub fn median_standard_error(ascending: &[f64]) -> f64 {
    let n = ascending.len();
    if n < 5 {
        return f64::NAN;
    }
    let rank = (((n + 1) as f64 / 2.0 - (n as f64).sqrt()).round() as usize).max(1);
    let z = -normal_quantile(p_at_most(rank as u64 - 1, n as u64, 0.5));
    (ascending[n - rank] - ascending[rank - 1]) / (2.0 * z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::statistics::p_at_least;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    #[test]
    fn values_on_the_point_lie_on_neither_side() {
        assert_eq!(sides(&[1.0, 2.0, 2.0 + 1e-14, 3.0, 4.0], 2.0), (1, 2));
        assert_eq!(sides(&[1.0, f64::MAX], f64::INFINITY), (2, 0));
        assert_eq!(sides(&[1.0, f64::MAX], f64::NEG_INFINITY), (0, 2));
    }

    // P(Bin(16, ½) ≤ 4) = 2517/65536 and P(Bin(16, ½) ≤ 3) = 697/65536: levels of 92.3 % and 97.9 %.
    #[test]
    fn the_interval_has_the_binomials_ranks() {
        let x: Vec<f64> = (1..=16).map(f64::from).collect();
        assert_eq!(median_interval(&x, 0.92), Some((5.0, 12.0)));
        assert_eq!(median_interval(&x, 0.95), Some((4.0, 13.0)));
        assert_eq!(median_interval(&x[..5], 0.95), None);
        assert_eq!(median_interval(&x[..5], 0.9), Some((1.0, 5.0)));
        assert_eq!(median_interval(&[], 0.5), None);
    }

    #[test]
    fn the_standard_error_is_that_of_the_normal_law() {
        // Quantiles of a standard normal sample: the median has asymptotic variance π/(2n).
        let n = 2001;
        let x: Vec<f64> = (0..n).map(|i| normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect();
        let asymptotic = (std::f64::consts::PI / 2.0 / f64::from(n)).sqrt();
        assert_relative_eq!(median_standard_error(&x), asymptotic, max_relative = 0.01);
        // By hand for n = 9: ranks 2 and 8, P(Bin(9, ½) ≤ 1) = 10/512.
        let nine: Vec<f64> = (1..=9).map(f64::from).collect();
        let z = normal_quantile(1.0 - 10.0 / 512.0);
        assert_relative_eq!(median_standard_error(&nine), 6.0 / (2.0 * z), max_relative = 1e-12);
        assert!(median_standard_error(&nine[..4]).is_nan());
        assert_eq!(median_standard_error(&[1.0; 8]), 0.0);
    }

    proptest! {
        #[test]
        fn an_interval_excludes_what_the_sign_test_rejects(
            mut x in prop::collection::vec(-1e3_f64..1e3, 1..60), point in -1e3_f64..1e3,
        ) {
            x.sort_by(f64::total_cmp);
            let (below, above) = sides(&x, point);
            let p = p_at_least(below.max(above), x.len() as u64, 0.5);
            let outside = median_interval(&x, 0.9).is_some_and(|(l, h)| point < l || point > h);
            prop_assert!((p - 0.05).abs() < 1e-12 || outside == (p <= 0.05), "{p} {outside}");
        }
    }
}
