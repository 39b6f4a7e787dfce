//! Paths beside the reference, and what the rules do.

use std::path::Path;

use remeasure_core::numerics::Design;
use remeasure_nonconvex::path::{Rule, Step, accelerated, coordinates, lambdas};
use remeasure_optim::nonconvex::{Accelerated, Loss, Mcp, Method, Observations, Scad, Working};

use crate::{invalid, trials, value};

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/nonconvex");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn standardised(values: &mut [f64]) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter_mut().for_each(|v| *v = (*v - mean) / sd);
}

#[test]
fn paths_are_those_of_the_reference() {
    let rows: Vec<Vec<f64>> =
        text("X.csv").lines().map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    let (n, p) = (rows.len(), rows[0].len());
    let mut x = Design::from_columns(n, p, (0..p).flat_map(|j| rows.iter().map(move |r| r[j])).collect());
    (0..p).for_each(|j| standardised(x.column_mut(j)));
    let mut y: Vec<f64> = text("y.csv").lines().map(|v| v.parse().unwrap()).collect();
    standardised(&mut y);
    let data = Observations::new(Loss::Gaussian, &x, &y, None, 0).unwrap();
    let grid = lambdas(Working::new(&data).unwrap().lambda_max(), 20);
    let solver = Accelerated::new(Method::Proposed, 1e-9, 100_000).unwrap();
    let mut steps = std::collections::BTreeMap::new();
    let mut compared = 0;
    let rows = text("strong_rule_path.csv");
    for (at, line) in rows.lines().skip(1).enumerate() {
        let v: Vec<&str> = line.split(',').collect();
        let made: &Vec<Step> = steps.entry((v[0], v[1])).or_insert_with(|| {
            let rule = if v[1] == "pub" { Rule::Published } else { Rule::Right };
            if v[0] == "scad" {
                accelerated(&data, &grid, |l| Ok(Scad::new(l, 3.7)?), rule, &solver).unwrap()
            } else {
                accelerated(&data, &grid, |l| Ok(Mcp::new(l, 3.0)?), rule, &solver).unwrap()
            }
        });
        let lambda: f64 = v[2].parse().unwrap();
        assert!((grid[at % 20] - lambda).abs() < 1e-9, "{lambda}");
        let found = &made[at % 20].solution.coefficients;
        for (a, b) in found.iter().zip(&v[4..]) {
            let b: f64 = b.parse().unwrap();
            assert!((a - b).abs() < 1e-6, "{} {} λ = {lambda}: {a} {b}", v[0], v[1]);
        }
        compared += 1;
    }
    assert_eq!(compared, 80);
    let left_out: usize = steps[&("scad", "pub")].iter().map(|s| s.violations).sum();
    assert!(left_out > 0, "half the gradient leaves out features that belong to the solution");
    let scad = coordinates(&data, &grid, |l| Ok(Scad::new(l, 3.7)?), 1e-10).unwrap();
    for (a, b) in scad.iter().zip(&steps[&("scad", "right")]) {
        assert!((a.solution.objective - b.solution.objective).abs() < 1e-6);
    }
}

const PROBLEM: &str =
    "n = 60\nn_test = 60\nzeros = 20\ntau = 0.1\nsnr = 3.0\npenalty = \"scad\"\nscaling = \"sample\"";

#[test]
fn the_published_rule_drops_features_and_the_right_one_finds_what_coordinate_descent_does() {
    let path = |rule: &str| format!("kind = \"accelerated-path\"\nrule = \"{rule}\"");
    let rows = trials(
        PROBLEM,
        &[
            &path("published"),
            &path("right"),
            &path("none"),
            "kind = \"coordinate-path\"",
            "kind = \"true-support\"",
            "kind = \"zero\"",
            "kind = \"lasso-path\"",
        ],
        4,
    );
    let mean = |k: usize, metric: &str| rows.iter().map(|r| value(&r[k], metric)).sum::<f64>() / 4.0;
    assert!(mean(0, "ppv") > mean(1, "ppv") + 0.1, "{} {}", mean(0, "ppv"), mean(1, "ppv"));
    assert!(mean(0, "violations") > 5.0 && mean(2, "violations") == 0.0);
    assert!((mean(1, "ppv") - mean(3, "ppv")).abs() < 0.05);
    assert_eq!((mean(5, "error"), mean(5, "active"), mean(5, "ppv")), (1.0, 1.0, 0.0));
    assert_eq!((mean(4, "ppv"), mean(4, "npv"), mean(4, "active")), (1.0, 1.0, 51.0));
    assert!((0..4).all(|k| mean(k, "stationarity") < 0.02));
}

#[test]
fn all_methods_of_a_race_share_their_target() {
    let run = |method: &str| format!("kind = \"gradient\"\nmethod = \"{method}\"");
    let estimators = [run("proposed"), run("original"), run("proximal-gradient")];
    let mut names: Vec<&str> = estimators.iter().map(String::as_str).collect();
    names.push("kind = \"published-coordinates\"");
    for binary in [false, true] {
        let (problem, known) = if binary {
            (
                "n = 80\nzeros = 5\ntau = 0.1\nsnr = 5.0\npenalty = \"mcp\"\nresponse = \"binary\"\nlambda = 0.02\ngamma = 2.0\ntarget = -4.0",
                3,
            )
        } else {
            ("n = 80\nzeros = 10\ntau = 0.1\nsnr = 5.0\npenalty = \"scad\"", 4)
        };
        for row in trials(problem, &names[..known], 3) {
            let best = (0..3).map(|k| value(&row[k], "objective")).fold(f64::INFINITY, f64::min);
            for run in &row[..3] {
                assert!((value(run, "above_best") - (value(run, "objective") - best)).abs() < 1e-9);
                assert_eq!(value(run, "reached"), 1.0);
                assert!(value(run, "to_target") <= value(run, "iterations"));
            }
            assert!(value(&row[0], "to_target") < value(&row[1], "to_target"));
            assert!(value(&row[2], "rise") < 1e-12, "the proximal gradient descends");
        }
    }
}

#[test]
fn bad_numbers_are_refused_by_their_key() {
    for (line, key) in [
        ("lambda = inf", "lambda"),
        ("a = 2.0", "a"),
        ("gamma = 1.0", "gamma"),
        ("target = nan", "target"),
        ("max_iterations = 0", "max_iterations"),
    ] {
        let base = "n = 20\ntau = 0.1\nsnr = 1.0\npenalty = \"mcp\"\n";
        assert_eq!(invalid(&format!("{base}{line}")), key);
    }
    assert_eq!(invalid("n = 3\ntau = 0.1\nsnr = 1.0\npenalty = \"mcp\""), "n");
    assert_eq!(invalid("n = 20\ntau = 1.0\nsnr = 1.0\npenalty = \"mcp\""), "tau");
    assert_eq!(invalid("n = 20\ntau = 0.1\nsnr = 0.0\npenalty = \"mcp\""), "snr");
    assert_eq!(invalid("kind = \"screening\"\nn = 50\np = 10\nrelevant = 10"), "relevant");
    assert_eq!(
        invalid("kind = \"screening\"\nn = 50\np = 10\nrelevant = 2\ncorrelation = 1.0"),
        "correlation"
    );
    assert_eq!(invalid("kind = \"other\""), "kind");
}
