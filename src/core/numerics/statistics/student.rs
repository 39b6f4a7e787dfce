//! Estimates with standard errors: Student's t, Satterthwaite, equivalence.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::moments::{mean, sd};

/// Above this many degrees of freedom, t and normal agree to all printed digits.
const MANY: f64 = 1e6;

/// Spreads below this multiple of the numbers they come from count as rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Relative resolution of comparisons: sums of 10⁴ terms lose this much to rounding.
pub const RELATIVE_RESOLUTION: f64 = 1e-12;

/// Whether two numbers differ by no more than rounding, relative to their own size.
#[must_use]
pub fn alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= RELATIVE_RESOLUTION * a.abs().max(b.abs())
}

/// A standard normal quantile.
#[must_use]
pub fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// P(T > t) with `df` degrees of freedom, accurate in both tails.
fn t_above(t: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(student) if df < MANY => student.sf(t),
        _ => Normal::standard().sf(t),
    }
}

fn t_quantile(probability: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(student) if df < MANY => student.inverse_cdf(probability),
        _ => normal_quantile(probability),
    }
}

/// A value with its standard error and degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its standard error. NaN if it cannot be estimated (fewer than two values); 0 if all values are equal.
    pub se: f64,
    /// Degrees of freedom of the standard error; infinite for a normal approximation.
    pub df: f64,
    /// Number of replicates; the smallest one if several means are combined.
    pub n: u64,
}

impl Estimate {
    /// The mean of independent values.
    ///
    /// `scale` is the size of the numbers that the values were computed from. A spread or a mean that
    /// rounding alone explains becomes exactly 0, so that the t statistic is not made of rounding errors.
    /// Pass 0 for values that are not differences.
    #[must_use]
    pub fn of_mean(values: &[f64], scale: f64) -> Self {
        let n = values.len();
        let mut value = mean(values);
        let mut spread = sd(values);
        let largest = values.iter().fold(scale.abs(), |m, x| m.max(x.abs()));
        if spread <= ROUNDING * largest {
            spread = 0.0;
            if value.abs() <= ROUNDING * largest {
                value = 0.0;
            }
        }
        Self { value, se: spread / (n as f64).sqrt(), df: n.saturating_sub(1) as f64, n: n as u64 }
    }

    /// The contrast Σ cᵢ mᵢ of independent estimates, with Satterthwaite's
    /// degrees of freedom (Welch 1947; Satterthwaite 1946).
    #[must_use]
    pub fn contrast(terms: &[(f64, Self)]) -> Self {
        let (mut value, mut variance, mut denominator) = (0.0, 0.0, 0.0);
        for (c, m) in terms {
            let v = (c * m.se).powi(2);
            value += c * m.value;
            variance += v;
            if v > 0.0 {
                denominator += v * v / m.df;
            }
        }
        let n = terms.iter().map(|(_, m)| m.n).min().unwrap_or(0);
        let df = if denominator > 0.0 { variance * variance / denominator } else { f64::INFINITY };
        Self { value, se: variance.sqrt(), df, n }
    }

    /// One-sided p-value for the alternative that the true value lies below `threshold`.
    ///
    /// With a standard error of 0 the t statistic is undefined: a value beyond the threshold gets the sign
    /// test's 2⁻ⁿ; a value at the threshold, within [`alike`], gets 1.
    #[must_use]
    pub fn p_below(&self, threshold: f64) -> f64 {
        if threshold == f64::INFINITY {
            return 0.0;
        }
        if !self.known() || threshold == f64::NEG_INFINITY {
            return 1.0;
        }
        if self.se == 0.0 {
            let off = self.value < threshold && !alike(self.value, threshold);
            return if off { 0.5_f64.powf(self.n as f64) } else { 1.0 };
        }
        let distance = if alike(self.value, threshold) { 0.0 } else { threshold - self.value };
        t_above(distance / self.se, self.df)
    }

    /// One-sided p-value for the alternative that the true value lies above `threshold`.
    #[must_use]
    pub fn p_above(&self, threshold: f64) -> f64 {
        Self { value: -self.value, ..*self }.p_below(-threshold)
    }

    /// Two-sided p-value for the alternative that the true value is not `threshold`.
    #[must_use]
    pub fn p_differs(&self, threshold: f64) -> f64 {
        (2.0 * self.p_below(threshold).min(self.p_above(threshold))).min(1.0)
    }

    /// The smallest true distance from 0 that a two-sided test at level `alpha` would detect with probability
    /// `power`, given this standard error; NaN if it is unknown.
    ///
    /// By the normal approximation of the noncentral t distribution (Johnson and Welch 1940), within
    /// 2 % of the exact value even at 3 degrees of freedom and a level of 10⁻⁶.
    #[must_use]
    pub fn detectable(&self, alpha: f64, power: f64) -> f64 {
        if !self.known() {
            return f64::NAN;
        }
        let critical = t_quantile(1.0 - alpha / 2.0, self.df);
        let spread = (1.0 + critical * critical / (2.0 * self.df)).sqrt();
        (critical * (1.0 - 0.25 / self.df) + normal_quantile(power) * spread) * self.se
    }

    /// Whether there is a standard error to test with: not for a single value, nor if squares overflowed.
    fn known(&self) -> bool {
        self.value.is_finite() && self.se.is_finite() && self.df > 0.0
    }

    /// Two-sided confidence interval; the whole line if the standard error is unknown.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        if self.se == 0.0 {
            return (self.value, self.value);
        }
        if !self.known() {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let half = t_quantile(0.5 + level / 2.0, self.df) * self.se;
        (self.value - half, self.value + half)
    }

    /// exp(value), for means on a log scale, with the standard error by the delta method.
    #[must_use]
    pub fn exp(&self) -> Self {
        let value = self.value.exp();
        Self { value, se: value * self.se, ..*self }
    }
}

/// Number of replicates at which one-sided tests at level `alpha` would show, with probability `power`, that
/// the true value lies in (`lower`, `upper`), if the true value is the present one and the standard error
/// falls as 1/√n.
///
/// One infinite bound gives the one-sided test, two finite ones the two one-sided tests of equivalence.
/// Normal approximation with Guenther's (1981) correction z²/2 for the t quantile. `None` if the present
/// value lies outside, the standard error is unknown, or more than 10⁶ replicates would be needed.
#[must_use]
pub fn replicates_to_decide(now: &Estimate, lower: f64, upper: f64, alpha: f64, power: f64) -> Option<u64> {
    const MOST: f64 = 1e6;
    let inside = now.value > lower && now.value < upper;
    if !inside || !now.se.is_finite() || now.n == 0 || (lower.is_infinite() && upper.is_infinite()) {
        return None;
    }
    let z = normal_quantile(1.0 - alpha);
    let needed = if now.se == 0.0 {
        // The sign test's 2⁻ⁿ has to reach alpha.
        (-alpha.log2()).ceil()
    } else {
        let normal = Normal::standard();
        let power_at = |se: f64| {
            (normal.cdf((upper - now.value) / se - z) + normal.cdf((now.value - lower) / se - z) - 1.0)
                .max(0.0)
        };
        // Power falls as the standard error grows: bisect on its logarithm.
        let reach = (now.value - lower).min(upper - now.value);
        let (mut small, mut large) = ((reach / 1e3).ln(), (reach * 1e3).ln());
        if !(small.is_finite() && large.is_finite()) {
            return None;
        }
        for _ in 0..80 {
            let middle = 0.5 * (small + large);
            if power_at(middle.exp()) >= power { small = middle } else { large = middle }
        }
        (now.n as f64 * (now.se / small.exp()).powi(2) + z * z / 2.0).ceil()
    };
    (needed <= MOST).then(|| needed.max(2.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const X: [f64; 7] = [2.1, 3.4, 1.9, 5.6, 4.4, 2.8, 3.3];
    const Y: [f64; 5] = [4.1, 6.2, 5.5, 7.9, 3.9];

    // SciPy 1.17, `stats.ttest_1samp` with each alternative and its confidence intervals.
    #[test]
    fn one_sample_t_agrees_with_scipy() {
        let m = Estimate::of_mean(&X, 0.0);
        assert_relative_eq!(m.p_below(2.0), 0.983_625_862_121_161_3, max_relative = 1e-12);
        assert_relative_eq!(m.p_above(2.0), 0.016_374_137_878_838_624, max_relative = 1e-12);
        assert_relative_eq!(m.p_differs(2.0), 0.032_748_275_757_677_25, max_relative = 1e-12);
        assert_relative_eq!(m.p_below(4.0), 0.119_290_890_020_235_75, max_relative = 1e-12);
        let (low, high) = m.interval(0.95);
        assert_relative_eq!(low, 2.155_012_781_931_2, max_relative = 1e-10);
        assert_relative_eq!(high, 4.559_272_932_354_514_5, max_relative = 1e-10);
        assert_relative_eq!(m.interval(0.9).1, 4.311_797_376_337_168, max_relative = 1e-10);
    }

    // SciPy 1.17, `stats.ttest_ind(equal_var=False)`.
    #[test]
    fn welch_agrees_with_scipy() {
        let d = Estimate::contrast(&[(1.0, Estimate::of_mean(&X, 0.0)), (-1.0, Estimate::of_mean(&Y, 0.0))]);
        assert_relative_eq!(d.df, 7.398_915_097_919_403, max_relative = 1e-12);
        assert_relative_eq!(d.p_below(0.0), 0.021_170_280_760_359_216, max_relative = 1e-10);
        let (low, high) = d.interval(0.95);
        assert_relative_eq!(low, -4.228_309_765_692_449, max_relative = 1e-9);
        assert_relative_eq!(high, -0.097_404_520_021_837_64, max_relative = 1e-8);
    }

    // SciPy 1.17, root of `stats.nct.sf(c, df, d) = .8` at the two-sided critical value c.
    #[test]
    fn the_smallest_detectable_distance_is_that_of_the_noncentral_t() {
        for (df, alpha, exact) in [
            (3.0, 1e-6, 161.903_371_78),
            (10.0, 1e-5, 9.669_043_42),
            (39.0, 0.05, 2.872_976_61),
            (78.0, 1e-7, 6.782_272_22),
        ] {
            let estimate = Estimate { value: 5.0, se: 2.0, df, n: 4 };
            assert_relative_eq!(estimate.detectable(alpha, 0.8), 2.0 * exact, max_relative = 0.02);
        }
        assert!(Estimate { value: 1.0, se: f64::NAN, df: 0.0, n: 1 }.detectable(0.05, 0.8).is_nan());
    }

    // SciPy 1.17, `stats.t.sf` and `stats.t.ppf`.
    #[test]
    fn t_tails_and_quantiles_agree_with_scipy() {
        for (df, t, p) in [
            (1.5, 0.3, 0.400_236_098_401_792_53),
            (1.5, 30.0, 0.002_292_821_161_489_703),
            (9.0, 2.0, 0.038_276_411_885_350_504),
            (9.0, 30.0, 1.241_852_352_079_131_7e-10),
            (40.7, 8.0, 3.494_669_119_073_346_4e-10),
            (1e5, 0.3, 0.382_088_889_595_168_8),
            (1e5, 8.0, 6.286_959_938_128_173e-16),
            (f64::INFINITY, 8.0, 6.220_960_574_271_74e-16),
        ] {
            assert_relative_eq!(t_above(t, df), p, max_relative = 1e-8);
            assert_relative_eq!(t_above(-t, df), 1.0 - p, max_relative = 1e-8);
        }
        for (df, p, q) in [
            (1.0, 0.95, 6.313_751_514_675_037),
            (2.5, 0.975, 3.574_654_842_003_681_7),
            (9.0, 0.975, 2.262_157_162_798_205),
            (99.3, 0.95, 1.660_343_772_253_439_3),
            (1e6, 0.975, 1.959_966_356_814_107),
        ] {
            assert_relative_eq!(t_quantile(p, df), q, max_relative = 1e-5);
        }
    }

    #[test]
    fn constant_values_fall_back_to_the_sign_test() {
        let m = Estimate::of_mean(&[-0.5; 10], 1.0);
        assert_eq!((m.se, m.p_below(0.0), m.p_above(0.0)), (0.0, 0.5_f64.powi(10), 1.0));
        let zero = Estimate::of_mean(&[0.0; 10], 1.0);
        assert_eq!((zero.p_below(0.0), zero.p_above(0.0)), (1.0, 1.0));
        // .1 + .2 is not quite .3 in binary.
        let third = Estimate::of_mean(&[0.1 + 0.2; 10], 0.0);
        assert_eq!((third.p_above(0.3), third.p_below(0.3)), (1.0, 1.0));
        // Differences that are only rounding show nothing.
        let d: Vec<f64> = (0..20).map(|i| -(1.0 + f64::from(i % 3)) * 1e-16).collect();
        let rounding = Estimate::of_mean(&d, 1.0);
        assert_eq!((rounding.value, rounding.p_below(0.0)), (0.0, 1.0));
        // The same numbers would show a lot if they were not differences of larger ones.
        assert!(Estimate::of_mean(&d, 0.0).p_below(0.0) < 1e-6);
    }

    #[test]
    fn a_value_on_the_threshold_but_for_rounding_is_on_it() {
        let near = Estimate { value: 1.0 + 3e-13, se: 1e-14, df: 59.0, n: 60 };
        assert_eq!((near.p_above(1.0), near.p_below(1.0)), (0.5, 0.5));
        assert!(Estimate { value: 1.0 + 3e-12, ..near }.p_above(1.0) < 1e-6);
        let constant = Estimate { se: 0.0, ..near };
        assert_eq!((constant.p_above(1.0), constant.p_below(1.0)), (1.0, 1.0));
        assert!(alike(-1.0, -1.0 - 1e-13) && !alike(0.0, 1e-300) && alike(0.0, 0.0));
    }

    #[test]
    fn one_value_or_none_decides_nothing() {
        for values in [&[][..], &[3.0][..]] {
            let m = Estimate::of_mean(values, 0.0);
            assert_eq!((m.p_below(9.0), m.p_above(0.0)), (1.0, 1.0));
            assert_eq!(m.interval(0.9), (f64::NEG_INFINITY, f64::INFINITY));
        }
        assert_eq!(Estimate::of_mean(&[1.0, f64::NAN], 0.0).p_below(9.0), 1.0);
        let huge = Estimate::of_mean(&[1e300, 2e300, -1e300], 0.0);
        assert_eq!((huge.p_below(0.0), huge.p_above(f64::NEG_INFINITY)), (1.0, 0.0));
        assert_eq!((huge.p_above(f64::INFINITY), huge.interval(0.9).0), (1.0, f64::NEG_INFINITY));
    }

    // statsmodels 0.15, `TTestPower().solve_power(alpha=.05, power=.8, alternative="larger")`:
    // 155.93, 26.14 and 7.73, rounded up.
    #[test]
    fn replicates_agree_with_statsmodels() {
        for (effect, n) in [(0.2, 156_i64), (0.5, 27), (1.0, 8)] {
            let now = Estimate { value: effect, se: 1.0 / 10.0_f64.sqrt(), df: 9.0, n: 10 };
            let ours = replicates_to_decide(&now, 0.0, f64::INFINITY, 0.05, 0.8).unwrap() as i64;
            assert!((ours - n).abs() <= 1, "{effect}: {ours} against {n}");
        }
    }

    #[test]
    fn replicates_for_equivalence_exceed_those_for_one_bound() {
        let now = Estimate { value: 0.0, se: 0.1, df: 99.0, n: 100 };
        let one = replicates_to_decide(&now, f64::NEG_INFINITY, 0.1, 0.05, 0.8).unwrap();
        let two = replicates_to_decide(&now, -0.1, 0.1, 0.05, 0.8).unwrap();
        // (z.95 + z.80)² and (z.95 + z.90)², in hundreds.
        assert_eq!((one, two), (620, 858));
        assert_eq!(replicates_to_decide(&now, 0.1, 0.2, 0.05, 0.8), None);
        assert_eq!(replicates_to_decide(&now, -1e-6, 1e-6, 0.05, 0.8), None);
    }
}
