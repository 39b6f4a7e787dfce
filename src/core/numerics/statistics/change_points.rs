//! Detects changes in the level of a noisy series.

/// A stretch of a series with constant level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Index of its first value.
    pub start: usize,
    /// Index one past its last value.
    pub end: usize,
    /// The weighted mean of its values; NaN if none has a weight.
    pub mean: f64,
}

/// The saving that each additional segment must achieve: 4 + 2 ln n + 2 ln m, for `length` n values in each
/// of m = `series` series that are examined together.
///
/// Without any true change, the best cut saves about the largest of n squared normal numbers, hence 2 ln n.
/// The 4 was chosen by simulation: among m series of independent normal values around one level, the
/// probability that any is cut is at most .05 (for one series .02 to .03 from n = 2 to 10, .014 at n = 30; a
/// test measures it; 3 ln n alone would give .16 at n = 2). ln m is Bonferroni's correction, since the tail
/// falls at least like exp(−x/2).
#[must_use]
pub fn change_penalty(length: usize, series: usize) -> f64 {
    4.0 + 2.0 * (length.max(1) as f64).ln() + 2.0 * (series.max(1) as f64).ln()
}

/// The running weighted mean and sum of squares of a growing segment, without cancellation.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64, weight: f64) {
        if weight > 0.0 {
            self.weight += weight;
            let off = value - self.mean;
            self.mean += off * weight / self.weight;
            self.squares += weight * off * (value - self.mean);
        }
    }
}

/// Cuts a series into the segments that minimise Σ (xᵢ − its segment's mean)² / σᵢ² + `penalty` · cuts,
/// exactly, by dynamic programming. Takes n² / 2 steps and two lists of n numbers; well under a second for
/// 10⁴ values. The segments are in order and cover all values; an empty series has none.
///
/// σᵢ² = seᵢ² + (`floor` · maxⱼ |xⱼ|)²: the floor prevents rounding from counting as a change where the
/// standard errors are 0. Values that are not finite and values with an infinite or unknown (NaN) standard
/// error have no weight. `se` should be as long as `values`; missing entries are unknown.
#[must_use]
pub fn segments(values: &[f64], se: &[f64], floor: f64, penalty: f64) -> Vec<Segment> {
    let n = values.len();
    let size = values.iter().filter(|x| x.is_finite()).fold(0.0_f64, |m, x| m.max(x.abs()));
    // Work in units of the largest value, so that nothing over- or underflows; an all-zero series stays as it
    // is.
    let unit = if size > 0.0 { size } else { 1.0 };
    let scaled: Vec<f64> = values.iter().map(|x| x / unit).collect();
    let weights: Vec<f64> = (0..n)
        .map(|i| {
            let sigma = se.get(i).map_or(f64::NAN, |se| (se / unit).hypot(floor));
            let known = values[i].is_finite() && sigma.is_finite();
            if known { (1.0 / sigma.max(1e-100)).powi(2) } else { 0.0 }
        })
        .collect();
    // least[j]: the objective of the first j values; last[j]: where their last segment begins.
    let (mut least, mut last) = (vec![0.0; n + 1], vec![0; n + 1]);
    for j in 1..=n {
        least[j] = f64::INFINITY;
        let mut moments = Moments::default();
        for i in (0..j).rev() {
            moments.add(scaled[i], weights[i]);
            let cut = if i == 0 { 0.0 } else { penalty };
            let objective = least[i] + moments.squares + cut;
            // Among ties, take the longest last segment.
            if objective <= least[j] {
                (least[j], last[j]) = (objective, i);
            }
        }
    }
    let mut found = Vec::new();
    let mut end = n;
    while end > 0 {
        let start = last[end];
        let mut moments = Moments::default();
        (start..end).for_each(|i| moments.add(scaled[i], weights[i]));
        let mean = if moments.weight > 0.0 { moments.mean * unit } else { f64::NAN };
        found.push(Segment { start, end, mean });
        end = start;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    const FLOOR: f64 = 1e-6;

    fn starts(values: &[f64], se: &[f64], penalty: f64) -> Vec<usize> {
        segments(values, se, FLOOR, penalty).iter().skip(1).map(|s| s.start).collect()
    }

    fn objective(values: &[f64], se: &[f64], cuts: &[usize], penalty: f64) -> f64 {
        let bounds: Vec<usize> =
            std::iter::once(0).chain(cuts.iter().copied()).chain([values.len()]).collect();
        let size = values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let cost = |from: usize, to: usize| {
            let w: Vec<f64> = se[from..to].iter().map(|s| 1.0 / (s * s + (FLOOR * size).powi(2))).collect();
            let mean =
                values[from..to].iter().zip(&w).map(|(x, w)| x * w).sum::<f64>() / w.iter().sum::<f64>();
            values[from..to].iter().zip(&w).map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>()
        };
        bounds.windows(2).map(|b| cost(b[0], b[1])).sum::<f64>() + penalty * cuts.len() as f64
    }

    #[test]
    fn the_partition_is_the_best_of_all() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut cut = 0;
        for _ in 0..300 {
            let n = rng.gen_range(1..10);
            let level: Vec<f64> = (0..n).map(|i| if i % 4 < 2 { 0.0 } else { 4.0 }).collect();
            let values: Vec<f64> = level.iter().map(|l| l + rng.sample::<f64, _>(StandardNormal)).collect();
            let se: Vec<f64> = (0..n).map(|_| rng.gen_range(0.3..2.0)).collect();
            let penalty = rng.gen_range(0.1..12.0);
            let found = starts(&values, &se, penalty);
            let all = (0_u32..1 << (n - 1)).map(|bits| {
                let cuts: Vec<usize> = (1..n).filter(|i| bits >> (i - 1) & 1 == 1).collect();
                objective(&values, &se, &cuts, penalty)
            });
            let best = all.fold(f64::INFINITY, f64::min);
            let ours = objective(&values, &se, &found, penalty);
            assert!(ours <= best * (1.0 + 1e-9) + 1e-9, "{ours} {best} {values:?} {se:?} {penalty}");
            cut += found.len();
        }
        assert!(cut > 200, "{cut}");
    }

    #[test]
    fn a_series_without_a_change_is_seldom_cut() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (n, simulated) in [(2, 4000), (3, 4000), (5, 4000), (10, 4000), (30, 4000), (200, 500)] {
            let penalty = change_penalty(n, 1);
            let mut alarms = 0;
            for _ in 0..simulated {
                let se: Vec<f64> = (0..n).map(|_| rng.gen_range(0.5..2.0)).collect();
                let values: Vec<f64> =
                    se.iter().map(|s| 1.0 + s * rng.sample::<f64, _>(StandardNormal)).collect();
                alarms += u32::from(segments(&values, &se, FLOOR, penalty).len() > 1);
            }
            let share = f64::from(alarms) / f64::from(simulated);
            assert!(share <= 0.05, "{share} of the series of {n}");
            // The penalty is not so large that nothing is ever found.
            assert!(share > 0.002 || n > 100, "{share} of the series of {n}");
        }
        // Twenty series examined together.
        let mut alarms = 0;
        for _ in 0..500 {
            let any = (0..20).any(|_| {
                let values: Vec<f64> = (0..30).map(|_| rng.sample(StandardNormal)).collect();
                segments(&values, &[1.0; 30], FLOOR, change_penalty(30, 20)).len() > 1
            });
            alarms += u32::from(any);
        }
        assert!(f64::from(alarms) / 500.0 <= 0.05, "{alarms} of 500");
    }

    #[test]
    fn a_shift_of_four_standard_errors_is_found_where_it_is() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut found, mut exact) = (0, 0);
        for _ in 0..500 {
            let shift = |i: usize| if i < 10 { 0.0 } else { 4.0 };
            let values: Vec<f64> = (0..20).map(|i| shift(i) + rng.sample::<f64, _>(StandardNormal)).collect();
            let at = starts(&values, &[1.0; 20], change_penalty(20, 50));
            found += u32::from(at.iter().any(|a| a.abs_diff(10) <= 1));
            exact += u32::from(at == [10]);
        }
        assert!(found >= 450 && exact >= 400, "{found} {exact} of 500");
    }

    #[test]
    fn plateaus_without_noise_are_cut_where_they_end() {
        let values = [3.0, 3.0, 3.0, 3.1, 3.1, 2.0];
        let found = segments(&values, &[0.0; 6], FLOOR, change_penalty(6, 1));
        assert_eq!(found.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>(), [(0, 3), (3, 5), (5, 6)]);
        assert!((found[1].mean - 3.1).abs() < 1e-12);
        // Neither rounding nor a series of zeros is a change.
        assert_eq!(starts(&[3.0, 3.0, 3.0 + 1e-8, 3.0 + 1e-8], &[0.0; 4], 5.0), [0; 0]);
        assert_eq!(starts(&[0.0; 4], &[0.0; 4], 5.0), [0; 0]);
        assert_eq!(starts(&[0.0, 0.0, 1e-200], &[0.0; 3], 5.0), [2]);
    }

    #[test]
    fn what_has_no_known_error_has_no_weight() {
        let se = [1.0, f64::NAN, 1.0, f64::INFINITY, 1.0];
        let found = segments(&[1.0, 900.0, 1.2, f64::NAN, 0.9], &se, FLOOR, change_penalty(5, 1));
        assert_eq!((found.len(), found[0].start, found[0].end), (1, 0, 5));
        assert!((found[0].mean - 3.1 / 3.0).abs() < 1e-9, "{found:?}");
        assert!(segments(&[], &[], FLOOR, 1.0).is_empty());
        assert!(segments(&[1.0], &[], FLOOR, 1.0)[0].mean.is_nan());
    }
}
