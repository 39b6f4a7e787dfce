//! Every estimator on the small problems that numpy solved.

use remeasure_causal::augmentation::two_bins;
use remeasure_causal::confounding::{Search, confounding};
use remeasure_causal::moments::Features;
use remeasure_causal::theory::{Limit, Population};
use remeasure_causal::{Instance, Model, ncer, stage};
use remeasure_core::numerics::Design;
use serde_json::Value;

use crate::{data, fit};

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// A matrix that is stored row by row.
fn matrix(value: &Value) -> Design {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(vector).collect();
    let columns = rows[0].len();
    let values = (0..columns).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    Design::from_columns(rows.len(), columns, values)
}

fn transposed(matrix: &Design) -> Design {
    let (n, m) = (matrix.rows(), matrix.columns());
    let values = (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).map(|(i, j)| matrix.column(j)[i]).collect();
    Design::from_columns(m, n, values)
}

/// The problems, as an instance and what numpy found.
fn problems() -> Vec<(Instance, Value)> {
    let all: Value = serde_json::from_str(&data("small.json")).expect("JSON");
    let instance = |p: &Value| {
        let model = Model { confounding: matrix(&p["W"]), effect: vector(&p["f"]) };
        let data = &p["data"];
        let gamma = p["gamma"].as_f64().expect("a number");
        let (x, g, y) = (matrix(&data["X"]), matrix(&data["G"]), vector(&data["y"]));
        Instance::new(model, transposed(&matrix(&p["Gamma"])), gamma, &x, &g, &y)
    };
    all.as_array().expect("problems").iter().map(|p| (instance(p), p.clone())).collect()
}

fn assert_close(name: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    let scale = expected.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    assert_eq!(got.len(), expected.len(), "{name}");
    for (a, b) in got.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * scale, "{name}: {got:?} {expected:?}");
    }
}

#[test]
fn every_estimator_agrees_with_numpy() {
    for (instance, problem) in problems() {
        for (name, text) in [
            ("erm", "kind = \"erm\""),
            ("da_erm", "kind = \"da-erm\""),
            ("ivl_0.0001", "kind = \"da-ivl\"\nalpha = 0.0001"),
            ("ivl_0.01", "kind = \"da-ivl\"\nalpha = 0.01"),
            ("ivl_0.1", "kind = \"da-ivl\"\nalpha = 0.1"),
            ("ivl_1", "kind = \"da-ivl\"\nalpha = 1.0"),
            ("ivl_100", "kind = \"da-ivl\"\nalpha = 100.0"),
            ("da_iv_continuous_minnorm", "kind = \"da-iv\"\ninstruments = \"continuous\""),
            ("da_iv_discretised_minnorm", "kind = \"da-iv\""),
            ("invariant_ls", "kind = \"invariant-ls\""),
        ] {
            let expected = &problem["expected"][name];
            let found = fit(text, &instance);
            assert_close(name, &found.h, &vector(&expected["h"]), 1e-10);
            let error = ncer(&found.h, &instance.model.effect);
            assert_close(name, &[error], &[expected["ncer"].as_f64().expect("a number")], 1e-10);
            assert!(found.residual.expect("a certificate") < 1e-10, "{name}: {:?}", found.residual);
        }
    }
}

#[test]
fn instruments_in_two_bins_agree_with_numpy() {
    for (instance, problem) in problems() {
        let expected = matrix(&problem["G_discretised_first_rows"]);
        for i in 0..expected.columns() {
            let found = two_bins(instance.sample.instrument(i));
            assert_eq!(&found[..expected.rows()], expected.column(i));
        }
    }
    assert_eq!(two_bins(&[3.0, 3.0]), [0.0, 0.0]);
}

#[test]
fn the_estimate_of_the_confounding_agrees_with_numpy() {
    for (instance, problem) in problems() {
        for (name, features) in [("cc_X", Features::Original), ("cc_GX", Features::Augmented)] {
            let expected = |key: &str| problem["expected"][name][key].as_f64().expect("a number");
            let w = stage::least_squares(&instance.moments, features).expect("a fit").h;
            for search in [Search::Global, Search::Local] {
                let found =
                    confounding(&instance.moments.covariance(features), &w, search).expect("an estimate");
                let pairs = [(found.theta, "theta"), (found.beta, "beta"), (found.squared_norm, "sqnorm")];
                // Where the density rises for ever, the reference stops on the flat part.
                if expected("theta") > 100.0 {
                    assert!(found.theta >= expected("theta") && found.beta >= expected("beta"), "{found:?}");
                    continue;
                }
                for (got, key) in pairs {
                    // The reference maximises by a bounded search with its own tolerance.
                    let error = (got - expected(key)).abs();
                    assert!(error <= 1e-5 * expected(key).abs(), "{name} {key}: {got} {}", expected(key));
                }
            }
        }
    }
}

#[test]
fn closed_forms_agree_with_numpy_where_all_directions_are_augmented() {
    let problems = problems();
    let (instance, problem) = &problems[0];
    let (gamma, kappa) = (instance.gamma, problem["kappa"].as_f64().expect("a number"));
    let population = Population::new(&instance.model, kappa, 0.1);
    for (name, limit) in [
        ("population_erm", Limit::ERM),
        ("population_da_erm", Limit::augmented(gamma)),
        ("population_ivl_0.01", Limit::ivl(gamma, 0.01)),
        ("population_ivl_1", Limit::ivl(gamma, 1.0)),
    ] {
        let found = population.coefficients(limit).expect("a closed form");
        assert_close(name, &found, &vector(&problem["expected"][name]["h"]), 1e-10);
    }
}
