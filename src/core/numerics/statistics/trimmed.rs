//! The trimmed mean, which is robust to a few outliers.

use super::moments::{mean, sd};
use super::student::Estimate;

/// The mean without the `share` smallest and the `share` largest of the values. Its standard error is that of
/// Tukey and McLaughlin (1963) from the winsorised variance, for Student's t with h − 1 degrees of freedom,
/// where h values are left; `n` counts all values. [`Estimate::contrast`] of two of them is Yuen's (1974)
/// test.
///
/// NaN if fewer than two values are left, or if one of them is NaN.
#[must_use]
pub fn trimmed_mean(values: &[f64], share: f64) -> Estimate {
    let n = values.len();
    let cut = (share.clamp(0.0, 0.5) * n as f64).floor() as usize;
    let left = n.saturating_sub(2 * cut);
    let nothing = Estimate { value: f64::NAN, se: f64::NAN, df: 0.0, n: n as u64 };
    if left < 2 || values.iter().any(|x| x.is_nan()) {
        return nothing;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted[cut], sorted[n - 1 - cut]);
    let value = mean(&sorted[cut..n - cut]);
    let winsorised: Vec<f64> = sorted.iter().map(|x| x.clamp(low, high)).collect();
    let h = left as f64;
    let se = sd(&winsorised) * ((n as f64 - 1.0) / (h * (h - 1.0))).sqrt();
    Estimate { value, se, df: h - 1.0, n: n as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const A: [f64; 10] = [-0.3, 1.2, 0.4, 0.1, 9.0, 0.7, -0.2, 0.5, 0.9, -4.0];
    const B: [f64; 7] = [1.4, 0.2, 2.2, 1.1, -0.6, 7.5, 1.3];

    #[test]
    fn without_trimming_it_is_the_mean() {
        let (trimmed, plain) = (trimmed_mean(&A, 0.05), Estimate::of_mean(&A, 0.0));
        assert_relative_eq!(trimmed.value, plain.value, max_relative = 1e-14);
        assert_relative_eq!(trimmed.se, plain.se, max_relative = 1e-14);
        assert_eq!((trimmed.df, trimmed.n), (plain.df, plain.n));
    }

    #[test]
    fn values_far_off_do_not_count() {
        let far: Vec<f64> = A.iter().map(|x| if *x == 9.0 { 1e9 } else { *x }).collect();
        assert_eq!(trimmed_mean(&far, 0.2), trimmed_mean(&A, 0.2));
        assert!(trimmed_mean(&[1.0, 2.0, 3.0], 0.4).value.is_nan());
        assert!(trimmed_mean(&[1.0, f64::NAN, 3.0, 2.0], 0.0).value.is_nan());
        assert!(trimmed_mean(&[], 0.2).se.is_nan());
    }

    // SciPy 1.17, `stats.ttest_ind(a, b, equal_var=False, trim=0.2)`.
    #[test]
    fn differences_agree_with_yuens_test_in_scipy() {
        let d = Estimate::contrast(&[(1.0, trimmed_mean(&A, 0.2)), (-1.0, trimmed_mean(&B, 0.2))]);
        assert_relative_eq!(d.value / d.se, -1.616_837_414_962_026, max_relative = 1e-12);
        assert_relative_eq!(d.p_differs(0.0), 0.153_100_533_986_693_1, max_relative = 1e-10);
    }
}
