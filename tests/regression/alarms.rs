//! How often a check raises an alarm if only the random numbers have changed, and how often it detects what
//! it claims to detect.

use remeasure::harness::baseline::{Judgement, Method, Pairing, Rules, Snapshot, State, compare};

use crate::shrinkage::{sense, snapshot, store};

/// Number of checks, each with another seed.
const CHECKS: u64 = 400;
const RIGHT: f64 = 1.0;

fn check(before: &Snapshot, now: &Snapshot, rules: Rules) -> Judgement {
    compare(before, now, Pairing::NewData, &["error".to_owned()], &sense, rules)
}

/// Three standard errors of a share of the checks.
fn slack(share: f64) -> f64 {
    3.0 * (share * (1.0 - share) / CHECKS as f64).sqrt()
}

#[test]
fn checks_with_other_seeds_alarm_no_more_often_than_stated() {
    let (mut alarms, mut uncorrected, mut strict) = (0, 0, 0);
    // p-values of Welch's test by whether they are at most .05.
    let (mut small, mut all) = (0, 0);
    for check_number in 0..CHECKS {
        let before = snapshot(RIGHT, 2 * check_number);
        let now = snapshot(RIGHT, 2 * check_number + 1);
        let verdict = check(&before, &now, Rules::default());
        assert_eq!((verdict.count(State::Identical), verdict.tests), (0, 6 * (7 + 2)));
        alarms += u32::from(verdict.alarms());
        uncorrected += u32::from(verdict.comparisons.iter().any(|c| c.p <= 0.05));
        strict += u32::from(verdict.comparisons.iter().any(|c| c.p <= 0.05 / verdict.tests as f64));
        let errors =
            verdict.comparisons.iter().filter(|c| c.method == Method::TwoSample && c.metric == "error");
        let errors: Vec<f64> = errors.map(|c| c.p).collect();
        all += errors.len();
        small += errors.iter().filter(|p| **p <= 0.05).count();
    }
    let share = |n: u32| f64::from(n) / CHECKS as f64;
    assert!(share(alarms) <= 0.05 + slack(0.05), "{}", share(alarms));
    // The tests have power: a single one is at most .05 as often as it should be, and without the correction
    // nearly every second check would raise an alarm.
    let rate = small as f64 / all as f64;
    assert!((0.035..=0.06).contains(&rate), "{rate} of {all}");
    assert!(share(uncorrected) > 0.4, "{}", share(uncorrected));
    assert!(share(strict) <= 0.05 + slack(0.05), "{}", share(strict));
}

#[test]
fn the_smallest_change_is_caught_as_often_as_stated() {
    let (mut caught, mut stated) = (0, 0.0);
    for check_number in 0..CHECKS {
        let before = snapshot(RIGHT, 2 * check_number);
        let run = store(RIGHT, 2 * check_number + 1);
        let smallest = {
            let verdict = check(&before, &Snapshot::of(&run, &[]), Rules::default());
            let of =
                |m: &str| verdict.comparisons.iter().position(|c| c.estimator == "none" && c.metric == m);
            let one = &verdict.comparisons[of("error").unwrap()];
            let said = verdict.power.iter().find(|p| p.metric == "error").and_then(|p| p.anew).unwrap();
            assert!(said.0 > 0.0 && said.1 >= said.0 && said.1.is_finite(), "{said:?}");
            stated += one.smallest / one.before / CHECKS as f64;
            one.smallest
        };
        // Increase the error in the first cell of the estimator without shrinkage by this amount.
        let index = run.estimator("none").unwrap() as u16;
        let shifted = run.records().iter().map(|r| {
            let hit = (r.cell, r.estimator, r.metric) == (0, index, 0);
            remeasure::harness::records::Record { value: r.value + if hit { smallest } else { 0.0 }, ..*r }
        });
        let now = Snapshot::of(&run.clone().with_records(shifted.collect()), &[]);
        let verdict = check(&before, &now, Rules::default());
        let moved =
            |c: &&remeasure::harness::baseline::Comparison| c.state == State::Moved && c.metric == "error";
        caught += u32::from(verdict.comparisons.iter().filter(moved).count() > 0);
    }
    let share = f64::from(caught) / CHECKS as f64;
    assert!((0.8 - 0.1..=0.9).contains(&share), "{share}");
    assert!((0.1..1.5).contains(&stated), "{stated}");
}
