//! Corrections for testing several hypotheses.

/// Holm's step-down adjustment; returns adjusted p-values in the given order.
///
/// Rejecting where the adjusted value is at most α keeps the probability of any false rejection at or below α
/// under any dependence between the tests (Holm 1979). A NaN p-value counts as 1.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let value = |i: usize| if p[i].is_nan() { 1.0 } else { p[i] };
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| value(i).total_cmp(&value(j)));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * value(i)).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

/// The harmonic number 1 + 1/2 + … + 1/m: the factor by which Benjamini and Yekutieli's procedure is stricter
/// than that of Benjamini and Hochberg.
fn harmonic(m: usize) -> f64 {
    (1..=m).rev().map(|i| 1.0 / i as f64).sum()
}

/// Benjamini and Yekutieli's step-up adjustment; returns adjusted p-values in the given order.
///
/// Rejecting where the adjusted value is at most q keeps the expected share of false rejections among all
/// rejections at or below q under any dependence between the tests (Benjamini and Yekutieli 2001, theorem
/// 1.3). If all hypotheses are true, that share is the probability of any rejection. A NaN p-value counts as
/// 1.
#[must_use]
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    let value = |i: usize| if p[i].is_nan() { 1.0 } else { p[i] };
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| value(j).total_cmp(&value(i)));
    let factor = p.len() as f64 * harmonic(p.len());
    let mut adjusted = vec![1.0; p.len()];
    let mut smallest = 1.0_f64;
    for (above, &i) in order.iter().enumerate() {
        smallest = smallest.min(factor * value(i) / (p.len() - above) as f64);
        adjusted[i] = smallest;
    }
    adjusted
}

/// The p-value at which a single false hypothesis among `m` would be rejected by [`benjamini_yekutieli`] at
/// rate `q`; `q` itself if `m` is 0.
#[must_use]
pub fn benjamini_yekutieli_alone(m: usize, q: f64) -> f64 {
    if m == 0 { q } else { q / (m as f64 * harmonic(m)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    // statsmodels 0.15, `multipletests(method="holm")`.
    #[test]
    fn agrees_with_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.5]);
        for (ours, theirs) in adjusted.iter().zip([0.04, 0.09, 0.09, 0.025, 0.5]) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-14);
        }
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[f64::NAN, 0.01]), vec![1.0, 0.02]);
    }

    // SciPy 1.17, `stats.false_discovery_control(method="by")`.
    #[test]
    fn false_discoveries_agree_with_scipy() {
        let adjusted = benjamini_yekutieli(&[0.01, 0.04, 0.03, 0.005, 0.5]);
        for (ours, theirs) in adjusted.iter().zip([
            0.057_083_333_333_333_33,
            0.114_166_666_666_666_67,
            0.114_166_666_666_666_67,
            0.057_083_333_333_333_33,
            1.0,
        ]) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-14);
        }
        assert!(benjamini_yekutieli(&[]).is_empty());
        assert_eq!(benjamini_yekutieli(&[f64::NAN, 0.01]), vec![1.0, 0.03]);
        let alone = benjamini_yekutieli_alone(3, 0.05);
        assert_relative_eq!(benjamini_yekutieli(&[1.0, alone, 1.0])[1], 0.05, max_relative = 1e-14);
    }

    proptest! {
        #[test]
        fn keeps_the_order_and_lies_between_raw_and_bonferroni(
            p in prop::collection::vec(0.0_f64..1.0, 1..20),
        ) {
            let adjusted = holm(&p);
            for i in 0..p.len() {
                prop_assert!(p[i] <= adjusted[i]);
                prop_assert!(adjusted[i] <= (p.len() as f64 * p[i]).min(1.0));
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }

        #[test]
        fn a_smaller_p_value_never_raises_another(
            mut p in prop::collection::vec(0.0_f64..1.0, 2..20), shrink in 0.0_f64..1.0,
        ) {
            let before = holm(&p);
            p[0] *= shrink;
            let after = holm(&p);
            for i in 0..p.len() {
                prop_assert!(after[i] <= before[i] + 1e-15);
            }
        }
    }
}
