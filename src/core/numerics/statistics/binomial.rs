//! Exact tests and intervals for proportions.

use statrs::function::gamma::ln_gamma;

use super::student::normal_quantile;

/// Logarithm of the binomial coefficient `n` choose `k`.
#[must_use]
pub fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// P(X ≤ k) for X ~ binomial(n, p): the one-sided p-value for a rate below `p`.
///
/// Sums the probabilities downwards from `k`. For `k` above the mean it sums the other tail and takes the
/// complement, so that small tails keep their digits.
#[must_use]
pub fn p_at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let (events, trials) = (k as f64, n as f64);
    if events > trials * p {
        return 1.0 - p_at_most(n - k - 1, n, 1.0 - p);
    }
    let mut term = (ln_choose(trials, events) + events * p.ln() + (trials - events) * (-p).ln_1p()).exp();
    let mut total = 0.0;
    let mut i = events;
    loop {
        total += term;
        if i == 0.0 || term <= total * 1e-18 {
            return total.min(1.0);
        }
        term *= i * (1.0 - p) / ((trials - i + 1.0) * p);
        i -= 1.0;
    }
}

/// P(X ≥ k) for X ~ binomial(n, p): the one-sided p-value for a rate above `p`.
#[must_use]
pub fn p_at_least(k: u64, n: u64, p: f64) -> f64 {
    // Swap successes and failures: n − X ≤ n − k.
    if k > n { 0.0 } else { p_at_most(n - k, n, 1.0 - p) }
}

/// Exact two-sided interval for a rate (Clopper and Pearson 1934); (0, 1) when `n` is 0.
#[must_use]
pub fn clopper_pearson(k: u64, n: u64, level: f64) -> (f64, f64) {
    let tail = (1.0 - level) / 2.0;
    let lower = if k == 0 { 0.0 } else { bisect(|p| p_at_least(k, n, p) < tail) };
    let upper = if k >= n { 1.0 } else { bisect(|p| p_at_most(k, n, p) >= tail) };
    (lower, upper)
}

/// Number of trials at which exact tests at level `alpha` would show, with probability `power`, that a rate
/// lies in (`lower`, `upper`) if it equals the present `k`/`n`.
///
/// Treats each finite bound separately, by the normal approximation with the variance under its hypothesis. A
/// present rate of 0 or 1 is taken as the true rate; the result is then exact. `None` if the present rate
/// lies outside, or more than 10⁶ trials would be needed.
#[must_use]
pub fn trials_to_decide(k: u64, n: u64, lower: f64, upper: f64, alpha: f64, power: f64) -> Option<u64> {
    let rate = k as f64 / n as f64;
    if !(rate > lower && rate < upper) {
        return None;
    }
    let (za, zb) = (normal_quantile(1.0 - alpha), normal_quantile(power));
    let mut needed = 1.0_f64;
    for bound in [lower, upper].into_iter().filter(|b| b.is_finite()) {
        let trials = if k == 0 || k == n {
            // At the bound, all trials agree with probability q^n.
            let q = if k == 0 { 1.0 - bound } else { bound };
            if q <= 0.0 { 1.0 } else { alpha.ln() / q.ln() }
        } else {
            let spread = za * (bound * (1.0 - bound)).sqrt() + zb * (rate * (1.0 - rate)).sqrt();
            (spread / (rate - bound)).powi(2)
        };
        needed = needed.max(trials.ceil());
    }
    (needed <= 1e6).then_some(needed as u64)
}

/// The point in [0, 1] at which `low` changes from true to false.
fn bisect(low: impl Fn(f64) -> bool) -> f64 {
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (a + b);
        if low(middle) { a = middle } else { b = middle }
    }
    0.5 * (a + b)
}

/// Fisher's exact one-sided p-value for the alternative that the first of two independent proportions, k₁/n₁
/// and k₂/n₂, is the smaller one.
#[must_use]
pub fn fisher_less(first: (u64, u64), second: (u64, u64)) -> f64 {
    let ((k1, n1), (k2, n2)) = (first, second);
    let events = k1 + k2;
    let (a, b, m) = (n1 as f64, n2 as f64, events as f64);
    let all = ln_choose(a + b, m);
    let total: f64 = (events.saturating_sub(n2)..=k1)
        .map(|i| (ln_choose(a, i as f64) + ln_choose(b, m - i as f64) - all).exp())
        .sum();
    total.min(1.0)
}

/// Fisher's exact two-sided p-value for two independent proportions: twice the smaller tail, at most 1.
#[must_use]
pub fn fisher_two_sided(first: (u64, u64), second: (u64, u64)) -> f64 {
    (2.0 * fisher_less(first, second).min(fisher_less(second, first))).min(1.0)
}

/// Two-sided p-value of the exact sign test that, among the pairs that differ, half go up; 1 if no pair
/// differs. For paired binary outcomes this is McNemar's exact test.
#[must_use]
pub fn sign_test(up: u64, down: u64) -> f64 {
    (2.0 * p_at_most(up.min(down), up + down, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    // SciPy 1.17, `stats.binomtest` with each alternative.
    #[test]
    fn tails_agree_with_scipy() {
        for (k, n, p, less, greater) in [
            (3, 20, 0.3, 0.107_086_804_503_730_87, 0.964_516_867_701_531_3),
            (0, 50, 0.05, 0.076_944_975_276_713_3, 1.0),
            (12, 20, 0.3, 0.998_721_120_395_779_8, 0.005_138_161_535_121_402_5),
            (950, 10_000, 0.1, 0.048_671_428_140_796_77, 0.954_650_032_359_453_8),
        ] {
            assert_relative_eq!(p_at_most(k, n, p), less, max_relative = 1e-10);
            assert_relative_eq!(p_at_least(k, n, p), greater, max_relative = 1e-10);
        }
    }

    // statsmodels 0.15, `proportion_confint(method="beta")`.
    #[test]
    fn clopper_pearson_agrees_with_statsmodels() {
        for (k, n, level, low, high) in [
            (0, 10, 0.95, 0.0, 0.308_497_107_818_760_83),
            (3, 20, 0.95, 0.032_070_937_185_463_7, 0.378_926_826_545_313_96),
            (10, 10, 0.9, 0.741_134_449_106_947_7, 1.0),
            (7, 1000, 0.95, 0.002_818_858_759_620_524, 0.014_369_194_978_918_632),
        ] {
            let (ours_low, ours_high) = clopper_pearson(k, n, level);
            assert_relative_eq!(ours_low, low, max_relative = 1e-9);
            assert_relative_eq!(ours_high, high, max_relative = 1e-9);
        }
        assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0));
    }

    // SciPy 1.17, `stats.fisher_exact([[3, 17], [11, 9]])`.
    #[test]
    fn fisher_agrees_with_scipy() {
        assert_relative_eq!(fisher_less((3, 20), (11, 20)), 0.009_350_563_021_308_293, max_relative = 1e-10);
        assert_relative_eq!(fisher_less((11, 20), (3, 20)), 0.998_900_179_378_488_6, max_relative = 1e-10);
        assert_relative_eq!(fisher_less((5, 5), (5, 5)), 1.0, max_relative = 1e-12);
        assert_relative_eq!(fisher_less((0, 3), (3, 3)), 1.0 / 20.0, max_relative = 1e-12);
    }

    // SciPy 1.17, `stats.fisher_exact([[3, 7], [9, 1]], alternative="less")`, doubled, and `stats.binomtest`.
    #[test]
    fn two_sided_tests_agree_with_scipy() {
        let p = 2.0 * 0.009_883_305_548_940_223;
        assert_relative_eq!(fisher_two_sided((3, 10), (9, 10)), p, max_relative = 1e-10);
        assert_relative_eq!(fisher_two_sided((9, 10), (3, 10)), p, max_relative = 1e-10);
        assert_eq!(fisher_two_sided((2, 4), (2, 4)), 1.0);
        for (up, down, p) in [(1, 8, 0.039_062_5), (5, 0, 0.062_5), (4, 4, 1.0), (0, 0, 1.0)] {
            assert_relative_eq!(sign_test(up, down), p, max_relative = 1e-12);
        }
    }

    // Fleiss, Levin and Paik (2003), equation 2.17, without continuity correction, computed by hand:
    // (1.644854 √.09 + .841621 √.0475)² / .05² = 183.35.
    #[test]
    fn trials_needed_follow_the_textbook_and_the_exact_tail() {
        assert_eq!(trials_to_decide(5, 100, f64::NEG_INFINITY, 0.1, 0.05, 0.8), Some(184));
        let n = trials_to_decide(0, 20, f64::NEG_INFINITY, 0.05, 0.05, 0.8).unwrap();
        assert!(p_at_most(0, n, 0.05) <= 0.05 && p_at_most(0, n - 1, 0.05) > 0.05, "{n}");
        let n = trials_to_decide(20, 20, 0.9, f64::INFINITY, 0.05, 0.8).unwrap();
        assert!(p_at_least(n, n, 0.9) <= 0.05 && p_at_least(n - 1, n - 1, 0.9) > 0.05, "{n}");
        assert_eq!(trials_to_decide(5, 10, f64::NEG_INFINITY, 0.1, 0.05, 0.8), None);
        assert_eq!(trials_to_decide(500, 1000, f64::NEG_INFINITY, 0.500_01, 0.05, 0.8), None);
    }

    proptest! {
        #[test]
        fn the_two_tails_overlap_in_one_probability(n in 1_u64..300, share in 0.0_f64..1.0, p in 0.001_f64..0.999) {
            let k = (share * n as f64) as u64;
            let point = p_at_most(k, n, p) - if k == 0 { 0.0 } else { p_at_most(k - 1, n, p) };
            prop_assert!((p_at_most(k, n, p) + p_at_least(k, n, p) - 1.0 - point).abs() < 1e-10);
            let (low, high) = clopper_pearson(k, n, 0.9);
            prop_assert!(low <= k as f64 / n as f64 && k as f64 / n as f64 <= high);
        }
    }
}
