//! Missing values are counted, never averaged away, and what was not run is reported.

use proptest::prelude::*;
use remeasure::core::curve::Curve;
use remeasure::core::family::Outcome;
use remeasure::harness::claims::{Verdict, claims_markdown, judge};
use remeasure::harness::records::{Record, Store};
use remeasure::harness::summary::summarise;

use crate::world::{claim, edit, end, fail, judge_one, noise, reason, skip, world};

const BELOW: &str = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'";

fn run() -> Store {
    world(&[("n", &[1.0, 2.0])], &["a", "b"], 40, |_, r, e| {
        if e == "a" { noise(r, 40, 3) } else { 2.0 + noise(r, 40, 7) }
    })
}

#[test]
fn a_few_missing_pairs_are_left_out_and_counted() {
    let store = fail(&run(), 1, 0, 0..1);
    let store = edit(&store, |r| {
        Some(*r).map(|mut r| {
            if (r.cell, r.estimator, r.replicate) == (1, 1, 5) {
                r.value = f64::NAN;
            }
            r
        })
    });
    let f = judge_one(&store, BELOW);
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_eq!(f.groups.iter().map(|g| g.n).collect::<Vec<_>>(), [40, 38]);
    assert_eq!(f.note, "2 of 80 planned values missing: 1 failed, 1 not finite, left out");
}

#[test]
fn survivors_decide_nothing() {
    let f = judge_one(&fail(&run(), 1, 0, 0..3), BELOW);
    assert_eq!(reason(&f), "survivors only at n = 2: 3 of 40 planned values missing: 3 failed");
    assert!(f.measured.is_none() && f.p_support.is_none());
    let lenient = format!("{BELOW}\nmax_missing = 0.1");
    assert_eq!(judge_one(&fail(&run(), 1, 0, 0..3), &lenient).verdict, Verdict::Reproduced);
    // A value written by a fit that failed later does not count either.
    let mut store = run();
    let failed = fail(&store, 0, 1, 0..20);
    store.outcomes = failed.outcomes;
    assert!(reason(&judge_one(&store, BELOW)).contains("20 failed"));
    // All of them.
    assert!(reason(&judge_one(&fail(&run(), 0, 1, 0..40), BELOW)).contains("40 failed"));
    let half = edit(&run(), |r| (r.replicate < 20).then_some(*r));
    assert!(reason(&judge_one(&half, BELOW)).contains("20 not recorded"));
    let mut half = half;
    half.outcomes.retain(|o| o.replicate < 20);
    assert!(reason(&judge_one(&half, BELOW)).starts_with("incomplete at n = 1: 20 of 40"));
}

#[test]
fn where_one_of_a_pair_has_fewer_replicates_by_plan_the_rest_has_no_partner() {
    // Another claim needed more replicates of `a`.
    let mut store = edit(&run(), |r| ((r.cell, r.estimator) != (0, 1) || r.replicate < 15).then_some(*r));
    store.outcomes.retain(|o| (o.cell, o.estimator) != (0, 1) || o.replicate < 15);
    assert!(reason(&judge_one(&store, BELOW)).starts_with("incomplete at n = 1: 25 of 40"));
    store.fewer.insert((0, 1), 15);
    let f = judge_one(&store, BELOW);
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_eq!(f.groups.iter().map(|g| g.n).collect::<Vec<_>>(), [15, 40]);
    assert_eq!(f.note, "");
}

#[test]
fn fits_that_ran_out_of_time_are_gaps_of_their_own_and_events() {
    let late = Outcome::TimedOut(std::time::Duration::from_secs(2));
    let store = fail(&end(&run(), 1, 0, 0..3, &late), 1, 0, 3..4);
    let f = judge_one(&store, BELOW);
    assert_eq!(reason(&f), "survivors only at n = 2: 4 of 40 planned values missing: 1 failed, 3 timed out");
    // A number written before the fit timed out does not count.
    let mut written = run();
    written.outcomes = store.outcomes.clone();
    assert_eq!(reason(&judge_one(&written, BELOW)), reason(&f));
    for (event, rate) in [("timed-out", 0.075), ("failed", 0.025), ("not-ok", 0.1), ("not-converged", 0.0)] {
        let keys =
            format!("form = 'at-most'\nestimator = 'a'\nevent = '{event}'\nlimit = 0.2\nwhere = {{ n = 2 }}");
        assert_eq!(judge_one(&store, &keys).measured.unwrap().value, rate, "{event}");
    }
}

#[test]
fn cells_with_a_skipped_estimator_are_left_out_and_counted() {
    let store = skip(&run(), 1, 1);
    let f = judge_one(&store, BELOW);
    assert_eq!((f.verdict.clone(), f.groups.len()), (Verdict::Reproduced, 1));
    assert_eq!(f.note, "1 of 2 cells left out: `b` skipped by the config");
    let pooled = judge_one(&store, &format!("{BELOW}\nover = 'pooled'"));
    assert_eq!(pooled.measured.unwrap().n, f.measured.unwrap().n);
    // A claim that does not need the estimator keeps the cell.
    let alone = "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nupper = 1";
    let f = judge_one(&store, alone);
    assert_eq!((f.groups.len(), f.note.as_str()), (2, ""));
    assert_eq!(judge_one(&store, &alone.replace("'a'", "'b'").replace("= 1", "= 3")).groups.len(), 1);
    // The rest is still judged, and if nothing is left that is a separate reason.
    let gone = reason(&judge_one(&fail(&store, 0, 0, 0..3), BELOW)).to_owned();
    assert_eq!(
        gone,
        "survivors only at n = 1: 3 of 40 planned values missing: 3 failed; 1 of 2 cells left out: `b` skipped \
         by the config"
    );
    let none = skip(&skip(&run(), 0, 0), 1, 1);
    let why = "in all cells of the claim (2), `a` or `b` skipped by the config";
    assert_eq!(reason(&judge_one(&none, BELOW)), why);
    let one = format!("{BELOW}\nwhere = {{ n = 2 }}");
    assert_eq!(reason(&judge_one(&store, &one)), "in all cells of the claim (1), `b` skipped by the config");
    let steps = "form = 'monotone'\nmetric = 'metric'\nestimator = 'b'\naxis = 'n'\ndirection = 'increasing'";
    let f = judge_one(&store, steps);
    assert_eq!(reason(&f), "fewer than two values of n; 1 of 2 cells left out: `b` skipped by the config");
    let events = "form = 'at-most'\nestimator = 'b'\nlimit = 0.2";
    let f = judge_one(&store, events);
    assert_eq!((f.groups.len(), f.measured.unwrap().value, f.groups[0].n), (1, 0.0, 40));
}

#[test]
fn without_a_plan_the_longer_sample_says_how_many_there_should_be() {
    let mut store = edit(&run(), |r| (r.estimator == 1 || r.replicate < 36).then_some(*r));
    (store.replicates, store.outcomes) = (0, Vec::new());
    let f = judge_one(&store, BELOW);
    assert!(reason(&f).contains("4 of 40 planned values missing: 4 not run"), "{}", reason(&f));
}

#[test]
fn on_the_ratio_scale_a_pair_needs_two_positive_values() {
    let f = judge_one(&run(), &format!("{BELOW}\nscale = 'ratio'"));
    assert!(reason(&f).contains("not positive"), "{}", reason(&f));
}

#[test]
fn what_was_not_run_is_not_testable() {
    let all = run();
    let without = |keep: fn(&Record) -> bool| {
        let mut store = edit(&all, |r| keep(r).then_some(*r));
        store.outcomes.retain(|o| {
            keep(&Record {
                cell: o.cell,
                estimator: o.estimator,
                metric: 0,
                coordinate: None,
                replicate: o.replicate,
                value: 0.0,
            })
        });
        store
    };
    let store = without(|r| r.cell == 0);
    assert_eq!(reason(&judge_one(&store, BELOW)), "1 of the claim's 2 cells were not run");
    assert_eq!(judge_one(&store, &format!("{BELOW}\nwhere = {{ n = 1 }}")).verdict, Verdict::Reproduced);
    // The same if the cell is not in the plan.
    let mut shorter = store.clone();
    shorter.cells.truncate(1);
    assert!(reason(&judge_one(&shorter, BELOW)).contains("not run"));
    let store = without(|r| r.estimator == 0);
    assert_eq!(reason(&judge_one(&store, BELOW)), "estimator `b` was not run");
    for (old, new, text) in [
        ("b = 'b'", "b = 'z'", "estimator `z` was not run"),
        ("'metric'", "'nmse'", "metric `nmse` was not recorded"),
    ] {
        assert_eq!(reason(&judge_one(&all, &BELOW.replace(old, new))), text);
    }
    assert_eq!(reason(&judge_one(&all, &format!("{BELOW}\nwhere = {{ n = 3 }}"))), "the run has no n = 3");
    assert_eq!(reason(&judge_one(&all, &format!("{BELOW}\nwhere = {{ k = 3 }}"))), "the run has no axis `k`");
    assert!(matches!(judge_one(&Store::default(), BELOW).verdict, Verdict::NotTestable { .. }));
}

#[test]
fn a_coordinate_picks_the_iteration() {
    let late = edit(&run(), |r| Some(Record { coordinate: Some(10.0), ..*r }));
    assert!(reason(&judge_one(&late, BELOW)).contains("40 not recorded"));
    assert_eq!(judge_one(&late, &format!("{BELOW}\ncoordinate = 10")).verdict, Verdict::Reproduced);
}

proptest! {
    /// Whatever was recorded, every claim gets a verdict, and its p-values are probabilities.
    #[test]
    fn no_record_is_bad_enough_to_panic(
        values in prop::collection::vec(
            prop_oneof![
                Just(f64::NAN), Just(f64::INFINITY), Just(0.0), Just(1.0), Just(-1.0), Just(1e300), Just(-1e300),
                Just(1e-300), -1.0..1.0,
            ],
            48,
        ),
        binary in any::<bool>(),
        absent in prop::collection::vec(any::<bool>(), 48),
        replicates in 1_u32..=6,
    ) {
        let mut next = values.iter();
        let store = world(&[("n", &[1.0, 2.0]), ("p", &[1.0, 2.0])], &["a", "b"], replicates, |_, _, _| {
            let value = *next.next().unwrap();
            if binary { f64::from(u8::from(value > 0.0)) } else { value }
        });
        let mut keep = absent.iter();
        let holed = edit(&store, |r| (!*keep.next().unwrap()).then_some(*r));
        let curve = Curve { name: "c", label: "c", source: "-", arguments: &["p"], evaluate: |x| x[0] };
        let forms = [
            BELOW,
            "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'\nscale = 'ratio'\nover = 'pooled'",
            "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nlower = 0.2\nupper = 0.7",
            "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nrelative_to = 'b'\nupper = 2\nover = 'pooled'",
            "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\nlower = -1\nupper = 1",
            "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\ndirection = 'increasing'",
            "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'p'\ndirection = 'decreasing'\nstatistic = 'width'\nalong = 'n'",
            "form = 'at-most'\nestimator = 'a'\nmetric = 'metric'\nabove = 0\nlimit = 0.3\nover = 'pooled'",
            "form = 'midpoint'\nmetric = 'metric'\nestimator = 'a'\nalong = 'n'\ncurve = 'c'\ntolerance = 0.5",
        ];
        let claims: Vec<_> = forms.iter().map(|f| claim(&format!("{f}\nmax_missing = 0.9"))).collect();
        for store in [&store, &holed] {
            let findings = judge(store, &claims, &[curve]);
            prop_assert_eq!(findings.len(), claims.len());
            for f in &findings {
                let p = [f.p_support, f.p_support_raw, f.p_against, f.p_against_raw];
                prop_assert!(p.iter().flatten().all(|p| (0.0..=1.0).contains(p)), "{:?}", f);
            }
            prop_assert!(claims_markdown(&findings).lines().count() == claims.len() + 2);
            let rows = summarise(store);
            prop_assert!(rows.iter().all(|r| r.n + r.missing == u64::from(replicates)));
        }
    }
}
