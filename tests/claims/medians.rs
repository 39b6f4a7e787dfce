//! `within` with a median.

use approx::assert_relative_eq;
use remeasure::harness::claims::{Finding, Verdict};
use remeasure::harness::records::Store;

use crate::world::{edit, judge_one, noise, reason, replicates, world};

const MEDIAN: &str = "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nstatistic = 'median'";

/// The values 1, 2, …, n.
fn ranks(n: u32) -> Store {
    world(&[], &["a", "b"], n, |_, r, _| f64::from(r) + 1.0)
}

fn median(n: u32, keys: &str) -> Finding {
    judge_one(&ranks(n), &format!("{MEDIAN}\n{keys}"))
}

#[test]
fn a_median_is_judged_by_signs() {
    // 15 of 20 values lie above 5.5: P(Bin(20, ½) ≥ 15) = 21700/2²⁰, P(Bin(20, ½) ≥ 5) = 1 − 6196/2²⁰.
    let f = median(20, "lower = 5.5");
    assert_relative_eq!(f.p_support.unwrap(), 0.020_694_732_666_015_625, max_relative = 1e-12);
    assert_relative_eq!(f.p_against.unwrap(), 0.994_091_033_935_546_9, max_relative = 1e-12);
    assert_eq!((f.verdict.clone(), f.measured.unwrap().value), (Verdict::Reproduced, 10.5));
    // P(Bin(20, ½) ≤ 5) = .0207 and P(Bin(20, ½) ≤ 6) = .0577.
    assert_eq!(f.interval, Some((6.0, 15.0)));
    assert!(f.test.starts_with("above 5.5: exact sign test, n = 20"), "{}", f.test);
    assert_eq!(f.measures, "median of metric of a");
    assert_eq!(median(20, "upper = 5.5").verdict, Verdict::Contradicted);
    // Two bounds: the weaker evidence supports it, twice the stronger one counts against it.
    let f = median(20, "lower = 4.5\nupper = 15.5");
    assert_relative_eq!(f.p_support.unwrap(), 0.020_694_732_666_015_625, max_relative = 1e-12);
    assert_eq!(f.verdict, Verdict::Reproduced);
    let f = median(20, "lower = 1\nupper = 5.5");
    assert_relative_eq!(f.p_against.unwrap(), 2.0 * 0.020_694_732_666_015_625, max_relative = 1e-12);
    assert_eq!(f.verdict, Verdict::Contradicted);
}

#[test]
fn a_value_on_the_bound_speaks_for_neither_side() {
    // 5 is at the bound up to rounding: 4 values below, 15 above, of 20.
    for bound in ["5", "5.0000000000001"] {
        let f = median(20, &format!("lower = {bound}"));
        assert_relative_eq!(f.p_support.unwrap(), 0.020_694_732_666_015_625, max_relative = 1e-12);
        let f = median(20, &format!("upper = {bound}"));
        assert_relative_eq!(f.p_against.unwrap(), 0.020_694_732_666_015_625, max_relative = 1e-12);
        // P(Bin(20, ½) ≥ 4).
        assert_relative_eq!(f.p_support.unwrap(), 0.998_711_585_998_535_2, max_relative = 1e-12);
    }
    let all = world(&[], &["a"], 30, |_, _, _| 2.0);
    let f = judge_one(&all, &format!("{MEDIAN}\nlower = 2"));
    assert_eq!((f.p_support, f.p_against, replicates(&f)), (Some(1.0), Some(1.0), None));
    assert_eq!(judge_one(&all, &format!("{MEDIAN}\nlower = 1.9")).verdict, Verdict::Reproduced);
}

#[test]
fn enough_replicates_decide_it() {
    // 60 % of the values lie above the bound, however many there are.
    let six_of_ten = |n: u32| {
        let store = world(&[], &["a"], n, |_, r, _| if r % 5 < 3 { 1.0 } else { -1.0 } * f64::from(r + 1));
        judge_one(&store, &format!("{MEDIAN}\nlower = 0"))
    };
    let n = replicates(&six_of_ten(20)).unwrap();
    assert!((140..180).contains(&n), "{n}");
    assert_eq!(six_of_ten(n as u32 / 5 * 5 + 5).verdict, Verdict::Reproduced);
    let against = |n: u32| {
        let store = world(&[], &["a"], n, |_, r, _| if r % 5 < 3 { 1.0 } else { -1.0 } * f64::from(r + 1));
        judge_one(&store, &format!("{MEDIAN}\nlower = -1e9\nupper = 0"))
    };
    let n = replicates(&against(20)).unwrap();
    assert!((185..230).contains(&n), "{n}");
    assert_eq!(against(n as u32 / 5 * 5 + 5).verdict, Verdict::Contradicted);
    // All of three values are above it; five would be enough to decide.
    let few = median(3, "lower = 0.5");
    assert_eq!((replicates(&few), few.interval), (Some(5), None));
    assert_eq!(median(5, "lower = 0.5").verdict, Verdict::Reproduced);
}

#[test]
fn what_is_shown_of_few_values_has_no_number_too_many() {
    let few = median(3, "lower = 0.5");
    assert_eq!((few.measured_text().as_str(), few.interval_text().as_str()), ("2", "—"));
    assert_eq!(["value", "standard_error"].map(|name| crate::table::at(&few, name)), ["2", ""]);
    let one = median(1, "lower = 0.5");
    assert_eq!((replicates(&one), one.p_support, one.interval), (None, Some(1.0), None));
    // Ranks 8 and 18 of 25, P(Bin(25, ½) ≤ 7) = .0216: 10 / (2 · 2.0215).
    assert_eq!(median(25, "lower = 0.5").measured_text(), "13.0 ± 2.5");
}

#[test]
fn ratios_are_taken_in_each_replicate() {
    // a/b is ½ up to a tenth of it; the sizes of both vary by a factor of 1000, so the ratio of means is uninformative.
    let store = world(&[], &["a", "b"], 40, |_, r, e| {
        let size = (2.0 * noise(r, 40, 7)).exp();
        if e == "b" { size } else { 0.5 * size * (0.1 * noise(r, 40, 3)).exp() }
    });
    let keys = format!("{MEDIAN}\nrelative_to = 'b'\npublished = 0.5\nrelative_tolerance = 0.1");
    let f = judge_one(&store, &keys);
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_relative_eq!(f.measured.unwrap().value, 0.5, max_relative = 0.01);
    assert_eq!(f.measures, "median ratio of metric of a / b");
    let mean = judge_one(&store, &keys.replace("statistic = 'median'", "statistic = 'mean'"));
    assert!(mean.measured.unwrap().se > 0.0 && mean.measures.starts_with("mean of"), "{mean:?}");
    // A value that is not positive has no ratio and counts as missing.
    let zero = edit(&store, |r| {
        Some(*r).map(|mut r| {
            r.value *= if r.estimator == 1 && r.replicate < 4 { 0.0 } else { 1.0 };
            r
        })
    });
    assert!(reason(&judge_one(&zero, &keys)).contains("4 not positive"));
    let bearable = judge_one(&zero, &format!("{keys}\nmax_missing = 0.2"));
    assert_eq!((bearable.verdict, bearable.groups[0].n), (Verdict::Reproduced, 36));
}
