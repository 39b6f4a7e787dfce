//! Tests one metric of one estimator in one cell against the baseline.

use crate::words::words;
use remeasure_core::numerics::statistics::{Estimate, fisher_two_sided, ln_choose, sign_test};

use super::snapshot::Series;
use super::write::VALUE_DIGITS;
use crate::digits::rounded;

words! {
    /// The test of a difference.
    pub enum Method {
        /// Student's t test of the differences by replicate.
        Paired = "paired t",
        /// The exact sign test of the replicates in which an event changed (McNemar).
        PairedEvents = "sign test",
        /// Welch's t test from means and standard errors.
        TwoSample = "Welch's t",
        /// Fisher's exact test of two shares.
        Shares = "Fisher's exact",
        /// Two samples without spread: the probability that a random permutation separates them.
        Constants = "permutation",
        /// Two numbers on the same data, compared by the relative tolerance alone.
        Tolerance = "tolerance",
        /// Too few values for any test.
        None = "untested",
    }
}

/// The outcome of a test, before the correction for the number of tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    /// Now minus before: difference of the means, or mean difference over the common replicates.
    pub(super) value: f64,
    /// Its standard error; NaN if unknown.
    pub(super) se: f64,
    /// The p-value; NaN if nothing was tested.
    pub(super) p: f64,
    /// Whether it exceeds the tolerance, if no test is possible.
    pub(super) beyond: bool,
    /// Number of replicates whose value differs, and number of pairs, if both sides have values.
    pub(super) changed: Option<(usize, usize)>,
    pub(super) method: Method,
    /// Degrees of freedom and margin, for [`Difference::detectable`].
    df: f64,
    margin: f64,
}

impl Difference {
    fn new(method: Method, estimate: &Estimate, margin: f64) -> Self {
        Self {
            value: estimate.value,
            se: estimate.se,
            p: f64::NAN,
            beyond: false,
            changed: None,
            method,
            df: estimate.df,
            margin,
        }
    }

    /// The smallest true difference that a test at level `alpha` would have detected with probability
    /// `power`; infinite if no difference is detectable, NaN if nothing was tested.
    pub(super) fn detectable(&self, alpha: f64, power: f64) -> f64 {
        let pairs = self.changed.map_or(0.0, |(_, pairs)| pairs as f64);
        match self.method {
            Method::Tolerance | Method::Constants => self.margin,
            // This many pairs must change, all in the same direction.
            Method::PairedEvents => {
                let needed = (1.0 - alpha.log2()).ceil();
                if needed <= pairs { needed / pairs } else { f64::INFINITY }
            }
            Method::None => f64::NAN,
            Method::Paired | Method::TwoSample | Method::Shares => {
                let estimate = Estimate { value: self.value, se: self.se, df: self.df, n: 0 };
                self.margin + estimate.detectable(alpha, power)
            }
        }
    }
}

/// The size of a metric's values: their root mean square.
fn size(s: &Series) -> f64 {
    let spread = if s.se.is_finite() { s.se * (s.count as f64).sqrt() } else { 0.0 };
    if s.mean.is_finite() { s.mean.hypot(spread) } else { 0.0 }
}

/// Whether all values are 0 or 1, judged by mean and standard error.
fn is_share(s: &Series) -> bool {
    let variance = s.mean * (1.0 - s.mean) / (s.count as f64 - 1.0);
    s.count >= 2 && (0.0..=1.0).contains(&s.mean) && (s.se * s.se - variance).abs() <= 1e-6 * variance
}

fn estimate(s: &Series) -> Estimate {
    Estimate { value: s.mean, se: s.se, df: s.count as f64 - 1.0, n: s.count }
}

/// Two-sided p-value for the alternative that the true difference is larger than `margin`.
fn p_beyond(d: &Estimate, margin: f64) -> f64 {
    (2.0 * d.p_above(margin).min(d.p_below(-margin))).min(1.0)
}

/// Two shares of independent trials.
pub(super) fn of_shares(before: (u64, u64), now: (u64, u64)) -> Difference {
    if before.1 == 0 || now.1 == 0 {
        let nothing = Estimate { value: f64::NAN, se: f64::NAN, df: 0.0, n: 0 };
        return Difference::new(Method::None, &nothing, 0.0);
    }
    let share = |(k, n): (u64, u64)| k as f64 / n as f64;
    // Adds half an event, so that a share of 0 or 1 has a spread.
    let variance = |(k, n): (u64, u64)| {
        let p = (k as f64 + 0.5) / (n as f64 + 1.0);
        p * (1.0 - p) / n as f64
    };
    let se = (variance(before) + variance(now)).sqrt();
    let n = before.1.min(now.1);
    let estimate = Estimate { value: share(now) - share(before), se, df: f64::INFINITY, n };
    Difference { p: fisher_two_sided(before, now), ..Difference::new(Method::Shares, &estimate, 0.0) }
}

fn by_tolerance(d: &Estimate, margin: f64, changed: Option<(usize, usize)>) -> Difference {
    let p = if d.value.abs() > margin { f64::NAN } else { 1.0 };
    Difference { p, beyond: p.is_nan(), changed, ..Difference::new(Method::Tolerance, d, margin) }
}

/// Tests by replicate, for the same data.
fn paired(before: &Series, now: &Series, margin: f64) -> Option<Difference> {
    let pairs: Vec<(f64, f64)> = before
        .values
        .iter()
        .zip(&now.values)
        .filter_map(|(b, n)| Some((rounded((*b)?, VALUE_DIGITS), rounded((*n)?, VALUE_DIGITS))))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let changes = |up: bool| pairs.iter().filter(|(b, n)| if up { n > b } else { n < b }).count();
    let (up, down) = (changes(true), changes(false));
    let changed = Some((up + down, pairs.len()));
    let differences: Vec<f64> = pairs.iter().map(|(b, n)| n - b).collect();
    let d = Estimate::of_mean(&differences, size(before).max(size(now)));
    let event = |x: f64| x == 0.0 || x == 1.0;
    if pairs.len() > 1 && pairs.iter().all(|(b, n)| event(*b) && event(*n)) {
        let p = sign_test(up as u64, down as u64);
        return Some(Difference { p, changed, ..Difference::new(Method::PairedEvents, &d, margin) });
    }
    if d.se == 0.0 || d.se.is_nan() {
        return Some(by_tolerance(&d, margin, changed));
    }
    Some(Difference { p: p_beyond(&d, margin), changed, ..Difference::new(Method::Paired, &d, margin) })
}

/// Tests means and standard errors.
fn two_sample(before: &Series, now: &Series, margin: f64, same_data: bool) -> Difference {
    let d = Estimate::contrast(&[(1.0, estimate(now)), (-1.0, estimate(before))]);
    if is_share(before) && is_share(now) {
        let events = |s: &Series| ((s.mean * s.count as f64).round() as u64, s.count);
        return of_shares(events(before), events(now));
    }
    let constant = before.se == 0.0 && now.se == 0.0;
    if same_data && (constant || before.count == 1 && now.count == 1) {
        return by_tolerance(&d, margin, None);
    }
    if before.count < 2 || now.count < 2 {
        return Difference::new(Method::None, &d, margin);
    }
    if constant {
        let (a, b) = (before.count as f64, now.count as f64);
        let apart = (2.0 * (-ln_choose(a + b, a)).exp()).min(1.0);
        let p = if d.value.abs() > margin { apart } else { 1.0 };
        return Difference { p, ..Difference::new(Method::Constants, &d, margin) };
    }
    Difference { p: p_beyond(&d, margin), ..Difference::new(Method::TwoSample, &d, margin) }
}

/// Tests whether `now` differs from `before` by more than `tolerance` times the root mean square of
/// the values: by replicate if both use the same data and their values are kept, otherwise by means and
/// standard errors.
///
/// The tolerance allows for the rounding of another platform in solvers that stop at a finite accuracy.
/// On the same data, a difference without any spread is judged by the tolerance alone.
pub(super) fn difference(before: &Series, now: &Series, same_data: bool, tolerance: f64) -> Difference {
    let margin = tolerance * size(before).max(size(now));
    let by_replicate = if same_data { paired(before, now, margin) } else { None };
    by_replicate.unwrap_or_else(|| two_sample(before, now, margin, same_data))
}

/// The difference of a baseline from itself on other data. Its [`Difference::detectable`] is the power of
/// a check with new data.
pub(super) fn anew(before: &Series, tolerance: f64) -> Difference {
    difference(before, before, false, tolerance)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use remeasure_core::numerics::statistics::{mean, standard_error};

    use super::*;

    fn series(values: &[f64]) -> Series {
        Series {
            metric: "m".to_owned(),
            coordinate: None,
            count: values.len() as u64,
            missing: 0,
            mean: mean(values),
            se: standard_error(values),
            values: values.iter().map(|v| Some(*v)).collect(),
        }
    }

    const BEFORE: [f64; 6] = [1.0, 2.0, 3.5, 2.5, 4.0, 1.5];
    const NOW: [f64; 6] = [1.1, 2.3, 3.4, 2.9, 4.4, 1.6];

    // SciPy 1.17, `stats.ttest_rel`, `stats.ttest_ind(equal_var=False)` and `stats.t.sf`.
    #[test]
    fn t_tests_agree_with_scipy() {
        let (before, now) = (series(&BEFORE), series(&NOW));
        let d = difference(&before, &now, true, 0.0);
        assert_eq!((d.method, d.changed), (Method::Paired, Some((6, 6))));
        assert_relative_eq!(d.p, 0.057_972_773_557_539_95, max_relative = 1e-9);
        let d = difference(&before, &now, false, 0.0);
        assert_eq!((d.method, d.changed), (Method::TwoSample, None));
        assert_relative_eq!(d.p, 0.775_822_908_080_160_9, max_relative = 1e-9);
        // The tolerance is a share of the values' size and shifts the null hypothesis.
        let d = difference(&before, &now, true, 0.05 / size(&now));
        assert_relative_eq!(d.p, 0.125_612_431_218_973_78, max_relative = 1e-9);
        assert_eq!(difference(&before, &now, true, 0.21 / size(&now)).p, 1.0);
    }

    #[test]
    fn the_direction_is_from_before_to_now() {
        let (before, now) = (series(&BEFORE), series(&NOW));
        for same in [true, false] {
            let (up, down) = (difference(&before, &now, same, 0.0), difference(&now, &before, same, 0.0));
            assert_relative_eq!(up.value, 0.2, max_relative = 1e-7);
            assert_relative_eq!(down.value, -0.2, max_relative = 1e-7);
            assert_relative_eq!(up.p, down.p, max_relative = 1e-12);
        }
    }

    #[test]
    fn events_are_tested_exactly() {
        let event = |k: usize| series(&(0..10).map(|i| f64::from(u8::from(i < k))).collect::<Vec<_>>());
        let d = difference(&event(9), &event(1), true, 1e-6);
        assert_eq!((d.method, d.changed), (Method::PairedEvents, Some((8, 10))));
        assert_relative_eq!(d.p, 2.0 / 256.0, max_relative = 1e-12);
        let d = difference(&event(9), &event(3), false, 1e-6);
        assert_eq!(d.method, Method::Shares);
        assert_relative_eq!(d.p, 2.0 * 0.009_883_305_548_940_223, max_relative = 1e-9);
        // Without spread on either side it is still chance.
        let d = difference(&event(10), &event(0), false, 1e-6);
        assert_relative_eq!(d.p, 2.0 / 184_756.0, max_relative = 1e-9);
    }

    #[test]
    fn numbers_without_spread_are_judged_by_tolerance_on_the_same_data_alone() {
        let (before, near) = (series(&[2.0; 6]), series(&[2.0 + 1e-6; 6]));
        let d = difference(&before, &near, true, 1e-6);
        assert_eq!((d.method, d.beyond, d.p), (Method::Tolerance, false, 1.0));
        let far = series(&[2.0 + 3e-6; 6]);
        let d = difference(&before, &far, true, 1e-6);
        assert_eq!((d.method, d.beyond), (Method::Tolerance, true));
        let d = difference(&before, &far, false, 1e-6);
        assert_eq!((d.method, d.beyond), (Method::Constants, false));
        assert_relative_eq!(d.p, 2.0 / 924.0, max_relative = 1e-9);
        // One value each.
        let (one, two) = (series(&[2.0]), series(&[3.0]));
        assert!(difference(&one, &two, true, 1e-6).beyond);
        let d = difference(&one, &two, false, 1e-6);
        assert_eq!((d.method, d.beyond, d.p.is_nan()), (Method::None, false, true));
    }

    #[test]
    fn only_replicates_that_both_have_are_paired() {
        let mut now = series(&NOW);
        now.values[1] = None;
        now.values.push(Some(9.0));
        let d = difference(&series(&BEFORE), &now, true, 0.0);
        assert_eq!(d.changed, Some((5, 5)));
        assert_relative_eq!(d.value, 0.9 / 5.0, max_relative = 1e-7);
    }

    #[test]
    fn the_smallest_change_that_is_caught() {
        let d = difference(&series(&BEFORE), &series(&NOW), true, 1e-6);
        // SciPy 1.17: root of `stats.nct.sf(stats.t.isf(.025, 5), 5, d) = .8` is 3.513904.
        assert_relative_eq!(d.detectable(0.05, 0.8), 3.513_904 * 0.081_649_658, max_relative = 0.02);
        let event = |k: usize| series(&(0..10).map(|i| f64::from(u8::from(i < k))).collect::<Vec<_>>());
        let d = difference(&event(5), &event(5), true, 1e-6);
        // 2⁻⁵ · 2 > .05 ≥ 2⁻⁶ · 2: six pairs of ten.
        assert_eq!((d.detectable(0.05, 0.8), d.detectable(1e-4, 0.8)), (0.6, f64::INFINITY));
    }
}
