//! Which estimators of a cell are the best, and which are not significantly worse.

use remeasure_core::family::Sense;
use remeasure_core::numerics::statistics::{Estimate, RELATIVE_RESOLUTION, holm, mean, p_at_least, quantile};

use super::entry::Shown;
use super::model::Entry;
use crate::records::Store;
use crate::summary::usable;

/// Level of the tests, one-sided, after Holm's correction.
const ALPHA: f64 = 0.05;
/// Fewest shared replicates that allow a comparison.
const LEAST: usize = 2;

/// An estimator's usable values in a cell, by replicate.
type Series = Vec<(u32, f64)>;

/// The values of two estimators in the replicates that both have.
fn shared(a: &Series, b: &Series) -> Vec<(f64, f64)> {
    let mut theirs = b.iter().peekable();
    let pair = |&(replicate, value): &(u32, f64)| {
        while theirs.next_if(|(r, _)| *r < replicate).is_some() {}
        theirs.peek().filter(|(r, _)| *r == replicate).map(|(_, other)| (value, *other))
    };
    a.iter().filter_map(pair).collect()
}

/// The statistic shown of the first of each pair minus that of the second; 0 if the difference is no
/// larger than rounding errors.
fn lead(pairs: &[(f64, f64)], shown: Shown) -> f64 {
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let value = |mut values: Vec<f64>| match shown {
        Shown::Median => {
            values.sort_by(f64::total_cmp);
            quantile(&values, 0.5)
        }
        Shown::Mean | Shown::Rate => mean(&values),
    };
    let larger: Vec<f64> = pairs.iter().map(|(a, b)| a.abs().max(b.abs())).collect();
    let difference = value(first) - value(second);
    if difference.abs() <= RELATIVE_RESOLUTION * mean(&larger) { 0.0 } else { difference }
}

/// The p-value for the alternative that the first of a pair is worse (larger) than the second, by the
/// tests that claims use.
fn p_worse(pairs: &[(f64, f64)], shown: Shown) -> f64 {
    let worse = pairs.iter().filter(|(a, b)| a > b).count() as u64;
    let better = pairs.iter().filter(|(a, b)| a < b).count() as u64;
    match shown {
        // For events this is McNemar's exact test.
        Shown::Rate | Shown::Median => p_at_least(worse, worse + better, 0.5),
        Shown::Mean => {
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            let size = pairs.iter().map(|(a, b)| a.abs().max(b.abs())).fold(0.0, f64::max);
            Estimate::of_mean(&differences, size).p_above(0.0)
        }
    }
}

/// For each estimator, whether it is the best and whether it is not significantly worse than the best.
///
/// The best is ahead of every other over the replicates that both have, or level with it; `alike` says
/// whether two estimators are shown with the same number. There is no best if nothing is compared, if
/// all are level, or if survivors differ so that each is behind another.
fn judge(series: &[Series], shown: Shown, alike: &dyn Fn(usize, usize) -> bool) -> Vec<(bool, bool)> {
    let mut marks = vec![(false, false); series.len()];
    let competing: Vec<usize> = (0..series.len()).filter(|&e| series[e].len() >= LEAST).collect();
    let behind = |a: usize, b: usize| {
        let pairs = shared(&series[a], &series[b]);
        let all = pairs.len() == series[a].len() && pairs.len() == series[b].len();
        pairs.len() < LEAST || (lead(&pairs, shown) > 0.0 && !(all && alike(a, b)))
    };
    let beaten = |&a: &usize| competing.iter().any(|&b| a != b && behind(a, b));
    let best: Vec<usize> = competing.iter().copied().filter(|a| !beaten(a)).collect();
    let Some(&first) = best.first() else { return marks };
    if best.len() == competing.len() {
        return marks;
    }
    let others: Vec<usize> = competing.iter().copied().filter(|e| !best.contains(e)).collect();
    let p: Vec<f64> = others.iter().map(|&e| p_worse(&shared(&series[e], &series[first]), shown)).collect();
    for (&e, p) in others.iter().zip(holm(&p)) {
        marks[e].1 = p > ALPHA;
    }
    for e in best {
        marks[e].0 = true;
    }
    marks
}

/// Marks the entries of one cell and metric, one per estimator, for the estimators that take part.
pub(super) fn mark(
    entries: &mut [Entry],
    store: &Store,
    cell: usize,
    estimators: &[usize],
    takes_part: &dyn Fn(usize) -> bool,
    (metric, shown, better): (usize, Shown, Sense),
) {
    let sign = if better == Sense::Lower { 1.0 } else { -1.0 };
    let series = |&e: &usize| -> Series {
        if !takes_part(e) {
            return Series::new();
        }
        let group = store.values(cell, e, metric, None);
        group.iter().filter_map(|r| Some((r.replicate, sign * usable(store, r)?))).collect()
    };
    let series: Vec<Series> = estimators.iter().map(series).collect();
    // Differences between solvers of one problem are systematic, but too small to be seen as shown.
    let number = |e: usize| entries[e].figure.as_ref().map(|f| (&f.value, f.power));
    let marks = judge(&series, shown, &|a, b| number(a) == number(b));
    for (entry, (best, close)) in entries.iter_mut().zip(marks) {
        (entry.best, entry.close) = (best, close);
    }
}

/// The name of the test of a column.
pub(super) fn test(shown: Shown) -> &'static str {
    match shown {
        Shown::Mean => "paired t test",
        Shown::Rate => "McNemar's exact test",
        Shown::Median => "sign test of the paired differences",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(series: &[Series], shown: Shown) -> Vec<(bool, bool)> {
        super::judge(series, shown, &|_, _| false)
    }

    #[test]
    fn numbers_that_look_the_same_are_marked_the_same() {
        let a = series(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        let above = |d: f64| -> Series { a.iter().map(|&(r, v)| (r, v + d)).collect() };
        let all = [above(1e-7), a.clone(), above(1.0)];
        assert_eq!(judge(&all, Shown::Mean)[0], (false, false));
        let as_shown = |a: usize, b: usize| a < 2 && b < 2;
        let marks = super::judge(&all, Shown::Mean, &as_shown);
        assert_eq!(marks, [(true, false), (true, false), (false, false)]);
        // Not if they are over other replicates.
        let fewer = [above(1e-7)[..5].to_vec(), a.clone(), above(1.0)];
        assert!(!super::judge(&fewer, Shown::Mean, &as_shown)[0].0);
        // Nor is anything marked if all look the same.
        assert_eq!(super::judge(&all[..2], Shown::Mean, &as_shown), [(false, false); 2]);
    }

    fn series(values: &[f64]) -> Series {
        (0..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn the_best_is_bold_and_what_cannot_be_told_from_it_is_marked() {
        let a = series(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let near = series(&[1.5, 1.6, 3.4, 3.7, 5.5, 5.9]);
        let worse: Series = a.iter().map(|&(r, v)| (r, v + 1.0 + 0.01 * f64::from(r))).collect();
        // By SciPy's `ttest_rel(…, alternative="greater")`: 0.29 for `near` and below 1e-9 for `worse`.
        let marks = judge(&[worse, a, near], Shown::Mean);
        assert_eq!(marks, [(false, false), (true, false), (false, true)]);
    }

    #[test]
    fn holm_is_over_the_estimators_of_the_cell() {
        // 5 pairs, all worse: 1/32 alone, 2/32 with another that is as good.
        let a = series(&[0.0; 5]);
        let b = series(&[1.0; 5]);
        assert_eq!(judge(&[a.clone(), b.clone()], Shown::Median)[1], (false, false));
        assert_eq!(judge(&[a, b.clone(), b], Shown::Median)[1..], [(false, true); 2]);
    }

    #[test]
    fn events_are_compared_by_the_pairs_that_differ() {
        let a = series(&[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let b = series(&[1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        let c = series(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(judge(&[a.clone(), b], Shown::Rate), [(true, false), (false, true)]);
        assert_eq!(judge(&[a, c], Shown::Rate), [(true, false), (false, false)]);
    }

    #[test]
    fn only_replicates_that_both_have_are_compared() {
        // On its own survivors, the first would win because it failed on the hard replicate.
        let fails = vec![(0, 2.0), (1, 3.0)];
        let whole = vec![(0, 1.0), (1, 2.5), (2, 90.0)];
        let once = vec![(1, 0.0)];
        let never = Vec::new();
        let marks = judge(&[fails, whole, once, never], Shown::Mean);
        assert_eq!(marks, [(false, true), (true, false), (false, false), (false, false)]);
        // Survivors without a common replicate are not compared.
        let apart = [vec![(0, 1.0), (1, 1.0)], vec![(2, 2.0), (3, 2.0)]];
        assert_eq!(judge(&apart, Shown::Mean), [(false, false); 2]);
    }

    #[test]
    fn level_estimators_are_no_better_than_each_other() {
        let a = series(&[0.1, 0.2]);
        let nearly = series(&[0.1 + 1e-17, 0.2 + 1e-16]);
        let worse = series(&[0.3, 0.4]);
        assert_eq!(judge(&[a.clone(), nearly.clone()], Shown::Mean), [(false, false); 2]);
        let marks = judge(&[a, nearly, worse], Shown::Mean);
        assert_eq!(marks[..2], [(true, false); 2]);
    }
}
