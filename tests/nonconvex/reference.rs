//! The fits and traces of a program that shares no code with ours, and of skglm.

use std::path::Path;

use remeasure_core::numerics::Design;
use remeasure_optim::nonconvex::{
    Accelerated, Folded, Loss, Mcp, Method, Observations, Scad, Stationary, Working, published_descent,
};
use serde_json::Value;

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/nonconvex");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The design with a column of ones in front, and the response.
fn data() -> (Design, Vec<f64>) {
    let rows: Vec<Vec<f64>> =
        text("X.csv").lines().map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    let y: Vec<f64> = text("y.csv").lines().map(|v| v.parse().unwrap()).collect();
    let mut values = vec![1.0; y.len()];
    for j in 0..rows[0].len() {
        values.extend(rows.iter().map(|row| row[j]));
    }
    (Design::from_columns(y.len(), rows[0].len() + 1, values), y)
}

/// Intercept 0, and the signs of the covariances of features and response.
fn signs(design: &Design, y: &[f64]) -> Vec<f64> {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let sign = |j: usize| design.column(j).iter().zip(y).map(|(x, y)| x * (y - mean)).sum::<f64>().signum();
    (0..design.columns()).map(|j| if j == 0 { 0.0 } else { sign(j) }).collect()
}

fn method(name: &str) -> Option<Method> {
    match name {
        "ag_new" => Some(Method::Proposed),
        "ag_orig" => Some(Method::Original),
        "pg" => Some(Method::ProximalGradient),
        _ => None,
    }
}

/// A solve, with the objectives of its iterations.
fn solve(
    data: &Observations<'_>,
    penalty: &impl Folded,
    method: Method,
    start: &[f64],
) -> (Stationary, Vec<f64>) {
    let tolerance = if method == Method::ProximalGradient { 1e-12 } else { 1e-10 };
    let solver = Accelerated::new(method, tolerance, 5000).unwrap();
    let features: Vec<usize> = (0..data.columns()).collect();
    let mut trace = Vec::new();
    let found = solver
        .solve(data, penalty, data.lipschitz(), &features, start, &mut |i| trace.push(i.objective))
        .unwrap();
    (found, trace)
}

#[test]
fn fits_are_those_of_the_reference() {
    let (design, y) = data();
    let data = Observations::new(Loss::Gaussian, &design, &y, None, 1).unwrap();
    let start = signs(&design, &y);
    let fits: Vec<Value> = serde_json::from_str(&text("fits.json")).unwrap();
    let mut compared = 0;
    for fit in &fits {
        let (lambda, name) = (fit["lam"].as_f64().unwrap(), fit["method"].as_str().unwrap());
        let is_scad = fit["penalty"] == "scad";
        let (scad, mcp) = (Scad::new(lambda, 3.7).unwrap(), Mcp::new(lambda, 3.0).unwrap());
        let (found, iterations) = match method(name) {
            Some(method) => {
                let found = if is_scad {
                    solve(&data, &scad, method, &start).0
                } else {
                    solve(&data, &mcp, method, &start).0
                };
                (found, fit.get("iters_tol1e10").or(fit.get("iters")).and_then(Value::as_u64))
            }
            None => {
                let mut solver = Working::new(&data).unwrap();
                let found = if is_scad {
                    solver.solve(&scad, 1e-11, 10_000)
                } else {
                    solver.solve(&mcp, 1e-11, 10_000)
                };
                (found, None)
            }
        };
        assert!(found.converged(), "{name}: {:?}", found.termination);
        let objective = fit["objective"].as_f64().unwrap();
        assert!((found.objective - objective).abs() < 1e-9, "{name}: {} {objective}", found.objective);
        assert!(found.stationarity < 1e-8, "{name}: {}", found.stationarity);
        for (a, b) in found.coefficients.iter().zip(fit["beta"].as_array().unwrap()) {
            assert!((a - b.as_f64().unwrap()).abs() < 2e-7, "{name}: {a} {b}");
        }
        if let Some(iterations) = iterations {
            let difference = found.iterations.abs_diff(iterations as usize);
            assert!(difference <= 2, "{name}: {} for {iterations}", found.iterations);
        }
        compared += 1;
    }
    assert_eq!(compared, 20);
}

#[test]
fn every_iteration_has_the_objective_of_the_reference() {
    let (design, y) = data();
    let data = Observations::new(Loss::Gaussian, &design, &y, None, 1).unwrap();
    let start = signs(&design, &y);
    let mut compared = 0;
    let mut traces = std::collections::BTreeMap::new();
    for line in text("traces.csv").lines().skip(1) {
        let v: Vec<&str> = line.split(',').collect();
        let (lambda, iteration): (f64, usize) = (v[1].parse().unwrap(), v[3].parse().unwrap());
        let trace = traces.entry((v[0], v[1], v[2])).or_insert_with(|| {
            let method = method(v[2]).unwrap();
            if v[0] == "scad" {
                solve(&data, &Scad::new(lambda, 3.7).unwrap(), method, &start).1
            } else {
                solve(&data, &Mcp::new(lambda, 3.0).unwrap(), method, &start).1
            }
        });
        let expected: f64 = v[4].parse().unwrap();
        assert!((trace[iteration] - expected).abs() < 1e-8 * expected, "{line}: {}", trace[iteration]);
        compared += 1;
    }
    assert_eq!(compared, 2 * 2 * 3 * 41);
}

#[test]
fn published_coordinate_descent_ends_where_it_should_not() {
    let (design, y) = data();
    let data = Observations::new(Loss::Gaussian, &design, &y, None, 1).unwrap();
    for (lambda, objective, right) in [(0.2, 1.239, 0.789), (0.6, 15.58, 3.354)] {
        let scad = Scad::new(lambda, 3.7).unwrap();
        let found = published_descent(&data, &scad, &signs(&design, &y), 1e-10, 10_000).unwrap();
        assert!((found.objective - objective).abs() < 0.002 * objective, "{}", found.objective);
        assert!(found.stationarity > 0.01, "{}", found.stationarity);
        let mut solver = Working::new(&data).unwrap();
        let stationary = solver.solve(&scad, 1e-11, 10_000);
        assert!((stationary.objective - right).abs() < 6e-4, "{}", stationary.objective);
    }
}
