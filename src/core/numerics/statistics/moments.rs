//! Sums, means, spreads and quantiles.

/// Sum with Neumaier's compensation, in the given order (Neumaier 1974).
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    let mut total = 0.0_f64;
    let mut lost = 0.0_f64;
    for &x in values {
        let next = total + x;
        lost += if total.abs() >= x.abs() { (total - next) + x } else { (x - next) + total };
        total = next;
    }
    // An infinite total has no meaningful correction: inf − inf would be NaN.
    if total.is_finite() { total + lost } else { total }
}

/// Arithmetic mean; NaN when there are no values. That of equal values is their value, without rounding.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    match values {
        [first, rest @ ..] if rest.iter().all(|x| x == first) => *first,
        _ => sum(values) / values.len() as f64,
    }
}

/// Sample standard deviation with divisor n − 1; NaN for fewer than two values.
#[must_use]
pub fn sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|x| (x - centre) * (x - centre)).collect();
    (sum(&squares) / (values.len() - 1) as f64).sqrt()
}

/// Standard error of the mean; NaN for fewer than two values.
///
/// For a mean over replicates this is the Monte Carlo standard error
/// (Morris, White and Crowther 2019, table 6).
#[must_use]
pub fn standard_error(values: &[f64]) -> f64 {
    sd(values) / (values.len() as f64).sqrt()
}

/// Quantile of ascending values by linear interpolation of order statistics: type 7 of Hyndman and Fan
/// (1996), the default of R and NumPy. NaN if there are no values.
#[must_use]
pub fn quantile(ascending: &[f64], probability: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let (low, high) = (ascending[below], ascending[above]);
    // Equal neighbours are returned as they are, so that rounding cannot leave the data's range.
    if low == high { low } else { low + (position - below as f64) * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    #[test]
    fn equal_values_have_their_mean_and_no_spread() {
        // Sums of these round, so that their quotient is not the value.
        for n in 1..40 {
            let values = vec![0.9439096019142041; n];
            assert_eq!(mean(&values), values[0], "n = {n}");
            assert!(n == 1 || (sd(&values), standard_error(&values)) == (0.0, 0.0), "n = {n}");
        }
    }

    const X: [f64; 7] = [2.1, 3.4, 1.9, 5.6, 4.4, 2.8, 3.3];

    // Reference values: NumPy 2 and SciPy 1.17 (`mean`, `std(ddof=1)`, `stats.sem`, `quantile`).
    #[test]
    fn moments_agree_with_numpy() {
        assert_relative_eq!(mean(&X), 3.357_142_857_142_857, max_relative = 1e-15);
        assert_relative_eq!(sd(&X), 1.299_816_836_913_497_3, max_relative = 1e-15);
        assert_relative_eq!(standard_error(&X), 0.491_284_585_772_530_5, max_relative = 1e-15);
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        let mut x = X;
        x.sort_by(f64::total_cmp);
        for (p, q) in
            [(0.1, 2.02), (0.25, 2.45), (0.5, 3.3), (0.75, 3.9), (0.9, 4.88), (0.0, 1.9), (1.0, 5.6)]
        {
            assert_relative_eq!(quantile(&x, p), q, max_relative = 1e-14);
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[4.0], 0.9), 4.0);
    }

    #[test]
    fn a_small_term_survives_large_ones_that_cancel() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn too_few_values_have_no_spread() {
        assert!(mean(&[]).is_nan() && sd(&[]).is_nan() && sd(&[1.0]).is_nan());
        assert_eq!(sd(&[1.0, 1.0, 1.0]), 0.0);
    }

    proptest! {
        #[test]
        fn quantiles_rise_and_stay_in_range(
            mut x in prop::collection::vec(-1e6_f64..1e6, 1..40), p in 0.0_f64..1.0, q in 0.0_f64..1.0,
        ) {
            x.sort_by(f64::total_cmp);
            let (low, high) = (quantile(&x, p.min(q)), quantile(&x, p.max(q)));
            prop_assert!(low <= high);
            prop_assert!(x[0] <= low && high <= x[x.len() - 1]);
        }
    }
}
