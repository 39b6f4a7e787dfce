//! Average effects by invalid instruments, compared with numpy, closed forms, and exact properties.

use remeasure_causal::instrument::robust::{Row, influence};
use remeasure_causal::instrument::{AverageEffect, Estimate, Observed};
use remeasure_causal::{Data, Method};
use remeasure_core::numerics::Design;
use serde_json::Value;

use crate::{data, method, problem, streams};

pub(crate) fn average(text: &str) -> Box<dyn AverageEffect> {
    match method(text).unwrap_or_else(|e| panic!("{text}: {e}")) {
        Method::Average(method) => method,
        _ => panic!("{text}: for another kind of problem"),
    }
}

pub(crate) fn estimate(text: &str, data: &Observed) -> Estimate {
    average(text).estimate(data, &streams(0)).unwrap_or_else(|e| panic!("{text}: {e:#}"))
}

pub(crate) fn draw(text: &str, replicate: u32) -> Observed {
    match problem(text).expect("a problem").draw(&streams(replicate)).expect("data") {
        Data::Observed(data) => *data,
        _ => panic!("{text}: of another kind"),
    }
}

fn close(name: &str, got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1.0), "{name}: {got} {expected}");
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn small() -> (Observed, Value) {
    let all: Value = serde_json::from_str(&data("instrument.json")).expect("JSON");
    let set = all[0].clone();
    let rows: Vec<Vec<f64>> = set["X"].as_array().expect("rows").iter().map(vector).collect();
    let n = rows.len();
    let x = Design::from_columns(n, 2, (0..2).flat_map(|j| rows.iter().map(move |r| r[j])).collect());
    let z = Design::from_columns(n, 1, vector(&set["Z"]));
    (Observed::new(x, z, vector(&set["A"]), vector(&set["Y"])), set["expected"].clone())
}

const PENSION: &str = "kind = \"pension\"";

#[test]
fn every_estimator_agrees_with_numpy() {
    let (data, expected) = small();
    let number = |key: &str| expected[key].as_f64().expect("a number");
    for (text, key) in [
        ("kind = \"least-squares\"", "ols_given_X_Z"),
        ("kind = \"two-stage\"", "tsls"),
        ("kind = \"genius\"", "genius"),
        ("kind = \"plug-in\"", "plugin"),
        ("kind = \"multiply-robust\"", "mr"),
    ] {
        let found = estimate(text, &data);
        close(text, found.value, number(key), 1e-10);
        assert!(found.residual.expect("a certificate") < 1e-10, "{text}: {:?}", found.residual);
        assert!(found.shortfall.is_none(), "{text}: {:?}", found.shortfall);
    }
    let found = estimate("kind = \"multiply-robust\"", &data);
    close("se", found.se.expect("a standard error"), number("mr_se"), 1e-10);
    let clipped = found.clipped.expect("counts");
    assert_eq!((clipped.propensities, clipped.exposures, clipped.differences), (0, 0, 0));
}

#[test]
fn the_401k_numbers_agree_with_numpy() {
    let expected: Value = serde_json::from_str(&data("pension.json")).expect("JSON");
    let data = draw(PENSION, 0);
    let number = |value: &Value| value.as_f64().expect("a number");
    assert_eq!(data.rows() as f64, number(&expected["n"]));
    let share = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    close("eligible", share(data.instrument()), number(&expected["share_eligible"]), 1e-14);
    close("participating", share(&data.a), number(&expected["share_participating"]), 1e-14);
    assert!((0..data.rows()).all(|i| data.arm(i) == 1 || data.a[i] == 0.0));
    let without = "covariates = false\ninstruments = false";
    for (text, key, se) in [
        (
            format!("kind = \"least-squares\"\ncontrast = \"instrument\"\n{without}"),
            "mean_diff_Y_by_e401",
            false,
        ),
        (format!("kind = \"least-squares\"\n{without}"), "mean_diff_Y_by_p401", false),
        ("kind = \"two-stage\"\ncovariates = false".to_owned(), "wald", false),
        ("kind = \"least-squares\"\ninstruments = false".to_owned(), "ols_p401_given_9_covariates", true),
        ("kind = \"two-stage\"".to_owned(), "tsls_e401_instrument_9_covariates", true),
        ("kind = \"genius\"\nexposure = \"logit\"".to_owned(), "genius_logit_nuisances", false),
        ("kind = \"genius\"".to_owned(), "genius_linear_E_A", false),
        ("kind = \"least-squares\"\namong = \"encouraged\"".to_owned(), "ols_within_eligible", true),
        ("kind = \"genius\"\ncovariates = false".to_owned(), "genius_no_covariates", false),
        (
            "kind = \"least-squares\"\namong = \"encouraged\"\ncovariates = false".to_owned(),
            "eligible_mean_diff",
            false,
        ),
    ] {
        let found = estimate(&text, &data);
        let value = if se { &expected[key][0] } else { &expected[key] };
        close(key, found.value, number(value), 1e-9);
        if se {
            close(key, found.se.expect("a standard error"), number(&expected[key][1]), 1e-9);
        }
    }
    // 60 bootstrap samples know the standard error to about a tenth.
    let found = estimate("kind = \"genius\"\nexposure = \"logit\"", &data);
    let ratio = found.se.expect("a standard error") / number(&expected["genius_bootstrap_se_60"]);
    assert!((0.75..1.25).contains(&ratio), "{ratio}");
}

#[test]
fn genius_compares_eligible_households_where_nobody_else_participates() {
    let data = draw(PENSION, 0);
    let genius = estimate("kind = \"genius\"\ncovariates = false", &data).value;
    let eligible = "kind = \"least-squares\"\namong = \"encouraged\"\ncovariates = false";
    close("trap", genius, estimate(eligible, &data).value, 1e-12);
}

#[test]
fn the_sandwich_of_genius_is_the_jackknife() {
    let (data, _) = small();
    for text in [
        "kind = \"genius\"",
        "kind = \"genius\"\nexposure = \"logit\"",
        "kind = \"genius\"\ncovariates = false",
    ] {
        let n = data.rows();
        let without = |i: usize| -> f64 {
            let rows: Vec<usize> = (0..n).filter(|&j| j != i).collect();
            estimate(text, &data.take(&rows)).value
        };
        let all: Vec<f64> = (0..n).map(without).collect();
        let mean = all.iter().sum::<f64>() / n as f64;
        let jackknife = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>().sqrt();
        let ratio = estimate(text, &data).se.expect("a standard error") / jackknife;
        assert!((ratio - 1.0).abs() < 0.03, "{text}: {ratio}");
    }
}

#[test]
fn the_sandwich_of_several_instruments_is_near_the_jackknife() {
    let data = draw("kind = \"many-instruments\"\nn = 300\nexposure = \"continuous\"", 1);
    let n = data.rows();
    let text = "kind = \"genius\"";
    let without = |i: usize| -> f64 {
        let rows: Vec<usize> = (0..n).filter(|&j| j != i).collect();
        estimate(text, &data.take(&rows)).value
    };
    let all: Vec<f64> = (0..n).map(without).collect();
    let mean = all.iter().sum::<f64>() / n as f64;
    let jackknife = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>().sqrt();
    let ratio = estimate(text, &data).se.expect("a standard error") / jackknife;
    // The jackknife counts the estimated weights, the formula does not.
    assert!((0.6..1.2).contains(&ratio), "{ratio}");
}

/// The data with another outcome.
fn with_outcome(data: &Observed, outcome: impl Fn(usize) -> f64) -> Observed {
    let y = (0..data.rows()).map(outcome).collect();
    Observed::new(data.x.clone(), data.z.clone(), data.a.clone(), y)
}

#[test]
fn an_outcome_shifted_within_the_instrument_changes_nothing() {
    let (data, _) = small();
    let shifted = with_outcome(&data, |i| data.y[i] + 3.0 - 2.0 * data.instrument()[i]);
    for text in [
        "kind = \"plug-in\"",
        "kind = \"multiply-robust\"",
        "kind = \"multiply-robust\"\ninner = \"own\"",
        "kind = \"multiply-robust\"\nwrong = [\"instrument\", \"treatment\", \"outcome\", \"effect\"]",
        "kind = \"genius\"\ncovariates = false",
        "kind = \"cross-fitted\"\nlearner = \"polynomial\"",
        "kind = \"cross-fitted\"\nlearner = \"neighbours\"",
        "kind = \"cross-fitted\"\nlearner = \"tree\"",
        "kind = \"least-squares\"",
    ] {
        close(text, estimate(text, &shifted).value, estimate(text, &data).value, 1e-9);
    }
    let wald = "kind = \"two-stage\"";
    assert!((estimate(wald, &shifted).value - estimate(wald, &data).value).abs() > 1.0);
}

#[test]
fn an_effect_that_is_added_shifts_estimates_by_itself() {
    let (data, _) = small();
    let shifted = with_outcome(&data, |i| data.y[i] + 2.5 * data.a[i]);
    for text in [
        "kind = \"least-squares\"",
        "kind = \"two-stage\"",
        "kind = \"genius\"",
        "kind = \"genius\"\nexposure = \"logit\"",
        "kind = \"multiply-robust\"\ninner = \"own\"",
        // The same columns for both regressions of the shared kind.
        "kind = \"multiply-robust\"\nwrong = [\"treatment\", \"outcome\"]",
        "kind = \"cross-fitted\"\nlearner = \"polynomial\"",
        "kind = \"cross-fitted\"\nlearner = \"neighbours\"",
    ] {
        let change = estimate(text, &shifted).value - estimate(text, &data).value;
        close(text, change, 2.5, 1e-9);
    }
    // With more columns for m than for p, the shift is exact with the own regression only.
    let shared = "kind = \"multiply-robust\"";
    let change = estimate(shared, &shifted).value - estimate(shared, &data).value;
    assert!((change - 2.5).abs() > 1e-6 && (change - 2.5).abs() < 0.1, "{change}");
}

/// A distribution of (X, Z, A, Y) on {0, 1, 2} × {0, 1} × {0, 1} × {−1, 0, 2}.
fn cells() -> Vec<([usize; 3], f64, f64)> {
    let mut out = Vec::new();
    for x in 0..3 {
        for z in 0..2 {
            for a in 0..2 {
                let p = [0.1, 0.45][z] + 0.05 * x as f64;
                let instrument = [0.6, 0.4][z] + [-0.1, 0.1][z] * x as f64;
                for (k, y) in [-1.0, 0.0, 2.0].into_iter().enumerate() {
                    let outcome = 1.0 + ((x + 2 * a + z + k) % 3) as f64;
                    out.push(([x, z, a], y, outcome / 6.0 * instrument * [1.0 - p, p][a] / 3.0));
                }
            }
        }
    }
    out
}

/// Mean of `value` over the cells with `X = x`, `Z = z`.
fn conditional(cells: &[([usize; 3], f64, f64)], x: usize, z: usize, value: impl Fn(f64, f64) -> f64) -> f64 {
    let own = cells.iter().filter(|(at, _, _)| at[0] == x && at[1] == z);
    let (sum, whole) =
        own.fold((0.0, 0.0), |(s, w), (at, y, weight)| (s + weight * value(at[2] as f64, *y), w + weight));
    sum / whole
}

fn share(cells: &[([usize; 3], f64, f64)], x: usize) -> f64 {
    cells.iter().filter(|(at, _, _)| at[0] == x).map(|c| c.2).sum()
}

/// `(β, D, η)` at `x`.
fn effect(cells: &[([usize; 3], f64, f64)], x: usize) -> (f64, f64, f64) {
    let mean = |z: usize, f: fn(f64, f64) -> f64| conditional(cells, x, z, f);
    let c = [0, 1].map(|z| mean(z, |a, y| a * y) - mean(z, |a, _| a) * mean(z, |_, y| y));
    let v = [0, 1].map(|z| mean(z, |a, _| a) * (1.0 - mean(z, |a, _| a)));
    let beta = (c[1] - c[0]) / (v[1] - v[0]);
    (beta, v[1] - v[0], c[1] - beta * v[1])
}

fn functional(cells: &[([usize; 3], f64, f64)]) -> f64 {
    (0..3).map(|x| share(cells, x) * effect(cells, x).0).sum()
}

#[test]
fn the_influence_is_the_derivative_of_the_functional() {
    let cells = cells();
    let value = functional(&cells);
    let mut mean = 0.0;
    for at in 0..cells.len() {
        let towards = |step: f64| {
            let mut moved = cells.clone();
            moved.iter_mut().for_each(|c| c.2 *= 1.0 - step);
            moved[at].2 += step;
            functional(&moved)
        };
        let derivative = (towards(1e-5) - towards(-1e-5)) / 2e-5;
        let ([x, z, a], y, weight) = cells[at];
        let (beta, difference, eta) = effect(&cells, x);
        let own = cells.iter().filter(|(c, _, _)| c[0] == x && c[1] == z).map(|c| c.2).sum::<f64>();
        let rest = a as f64 - conditional(&cells, x, z, |a, _| a);
        let row = Row {
            arm: z,
            probability: own / share(&cells, x),
            difference,
            rest,
            inner_rest: rest,
            outcome_rest: y - conditional(&cells, x, z, |_, y| y),
        };
        let phi = influence(&row, beta, eta);
        assert!(
            (phi - value - derivative).abs() < 1e-5 * (1.0 + derivative.abs()),
            "{at}: {phi} {derivative}"
        );
        mean += weight * phi;
    }
    assert!((mean - value).abs() < 1e-12, "{mean} {value}");
}
