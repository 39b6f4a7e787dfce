//! Claims about transitions: `midpoint`, and `monotone` of a midpoint or width.

use approx::assert_relative_eq;
use remeasure::core::curve::Curve;
use remeasure::harness::claims::Verdict;
use remeasure::harness::records::Store;

use crate::world::{edit, judge_one, judge_with, reason, world};

/// Successes at n of p with a logistic transition at n/p = .4 of width 20/√p · .1.
fn transition(shift: f64, replicates: u32) -> Store {
    let n: Vec<f64> = (1..=9).map(|i| f64::from(i) * 0.1).collect();
    world(&[("p", &[100.0, 1600.0]), ("delta", &n)], &["a"], replicates, move |c, r, _| {
        let slope = c[0].sqrt();
        let chance = 1.0 / (1.0 + (-slope * (c[1] - 0.4 - shift)).exp());
        f64::from(u8::from((f64::from(r) + 0.5) / f64::from(replicates) < chance))
    })
}

fn curve(evaluate: fn(&[f64]) -> f64) -> [Curve; 1] {
    [Curve { name: "edge", label: "the edge", source: "made up", arguments: &["p"], evaluate }]
}

const NEAR: &str = "form = 'midpoint'\nmetric = 'metric'\nestimator = 'a'\nalong = 'delta'\ncurve = 'edge'\ntolerance = 0.05";

#[test]
fn the_midpoint_lies_near_the_curve_or_not() {
    let edge = curve(|_| 0.4);
    let f = judge_with(&transition(0.0, 60), NEAR, &edge);
    assert_eq!((f.verdict.clone(), f.groups.len()), (Verdict::Reproduced, 2));
    assert!(f.groups[0].label.starts_with("p = 100, 50 % at 0.39"), "{}", f.groups[0].label);
    assert_eq!(judge_with(&transition(0.1, 60), NEAR, &edge).verdict, Verdict::Contradicted);
    // The same distance from the other side.
    assert_eq!(judge_with(&transition(-0.1, 60), NEAR, &edge).verdict, Verdict::Contradicted);
    assert!(matches!(judge_with(&transition(0.045, 20), NEAR, &edge).verdict, Verdict::Undecided { .. }));
}

#[test]
fn the_curve_is_evaluated_in_each_group() {
    let moving = curve(|p| if p[0] == 100.0 { 0.4 } else { 0.6 });
    let f = judge_with(&transition(0.0, 60), NEAR, &moving);
    assert_eq!(f.verdict, Verdict::Contradicted);
    assert!(f.groups[1].label.contains("for 0.6") && f.groups[1].p_against < 1e-3);
    assert!(f.groups[0].p_support < 0.05);
    assert!(reason(&judge_with(&transition(0.0, 60), NEAR, &curve(|_| f64::NAN))).contains("no value"));
    assert!(reason(&judge_with(&transition(0.0, 60), NEAR, &[])).contains("no reference curve"));
}

#[test]
fn a_step_is_known_only_to_the_grid() {
    let step = world(&[("delta", &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6])], &["a"], 50, |c, _, _| {
        f64::from(u8::from(c[0] > 0.35))
    });
    let constant = [Curve { name: "edge", label: "edge", source: "-", arguments: &[], evaluate: |_| 0.35 }];
    // Anywhere between .3 and .4: a tolerance of .02 cannot be shown, one of .1 can.
    let f = judge_with(&step, &NEAR.replace("0.05", "0.02"), &constant);
    assert!(matches!(f.verdict, Verdict::Undecided { .. }));
    assert!(f.measured.unwrap().se > 0.1 / 12.0_f64.sqrt());
    assert!(f.note.contains("steeper than the grid"));
    assert_eq!(judge_with(&step, &NEAR.replace("0.05", "0.1"), &constant).verdict, Verdict::Reproduced);
}

#[test]
fn a_transition_outside_the_sweep_is_not_extrapolated() {
    let edge = curve(|_| 0.4);
    for value in [0.0, 1.0] {
        let flat = edit(&transition(0.0, 20), |r| {
            Some(*r).map(|mut r| {
                r.value = value;
                r
            })
        });
        assert!(reason(&judge_with(&flat, NEAR, &edge)).contains("outside the sweep of delta"));
    }
    let half = edit(&transition(0.0, 20), |r| {
        Some(*r).map(|mut r| {
            r.value *= 0.5;
            r
        })
    });
    assert!(reason(&judge_with(&half, NEAR, &edge)).contains("not a 0/1 metric"));
}

const NARROWS: &str =
    "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'p'\nstatistic = 'width'\nalong = 'delta'";

#[test]
fn the_width_narrows() {
    let f = judge_one(&transition(0.0, 60), &format!("{NARROWS}\ndirection = 'decreasing'"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    // Slopes √100 and √1600: a quarter of the width, within its standard error.
    let m = f.measured.unwrap();
    assert!((m.value - 0.25).abs() < m.se, "{m:?}");
    assert_eq!(f.groups[0].label, "p = 100 → 1600");
    let f = judge_one(&transition(0.0, 60), &format!("{NARROWS}\ndirection = 'increasing'"));
    assert_eq!(f.verdict, Verdict::Contradicted);
}

#[test]
fn a_midpoint_moves_along_an_axis_and_per_divides() {
    // In n the midpoint grows with p; in n/p it is constant.
    let n: Vec<f64> = (1..=16).map(|i| f64::from(i) * 10.0).collect();
    let store = world(&[("p", &[100.0, 200.0]), ("n", &n)], &["a"], 60, |c, r, _| {
        let chance = 1.0 / (1.0 + (-20.0 * (c[1] / c[0] - 0.4)).exp());
        f64::from(u8::from((f64::from(r) + 0.5) / 60.0 < chance))
    });
    let keys = "form = 'monotone'\nmetric = 'metric'\nestimator = 'a'\naxis = 'p'\nstatistic = 'midpoint'\nalong = 'n'\ndirection = 'increasing'";
    let f = judge_one(&store, keys);
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_relative_eq!(f.measured.unwrap().value, 40.0, max_relative = 0.03);
    let f = judge_one(&store, &format!("{keys}\nper = 'p'"));
    assert!(matches!(f.verdict, Verdict::Undecided { .. }));
    assert!(f.measured.unwrap().value.abs() < 0.01);
    assert!(f.measures.contains("n/p"), "{}", f.measures);
}
