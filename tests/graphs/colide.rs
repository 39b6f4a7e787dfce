//! CoLiDE and DAGMA against the authors' code, finite differences and closed forms.

use remeasure_graphs::Dag;
use remeasure_graphs::dag::Counts;
use remeasure_graphs::descent::{Acyclicity, Adam, Path, Score, Stage};
use remeasure_graphs::matrix::Matrix;
use remeasure_graphs::sem::{Sample, prune};
use serde_json::Value;

use crate::{fit, sample};

/// A matrix of the reference.
fn reference(name: &str) -> (usize, Vec<f64>) {
    let path = format!("{}/../../tests/data/graphs/colide/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a file");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .map(|line| line.split(',').map(|cell| cell.trim().parse().expect("a number")).collect())
        .collect();
    (rows.len(), rows.concat())
}

fn path(score: Score) -> Path {
    let stage = |mu, s, steps| Stage { mu, s, steps };
    let stages = vec![
        stage(1.0, 1.0, 20_000),
        stage(0.1, 0.9, 20_000),
        stage(0.1 * 0.1, 0.8, 20_000),
        stage(0.1 * 0.1 * 0.1, 0.7, 70_000),
    ];
    let adam = Adam { rate: 3e-4, decay: (0.99, 0.999), epsilon: 1e-8, checkpoint: 1000, tolerance: 1e-6 };
    Path { score, lambda: 0.05, stages, adam, floor: None }
}

const SCORES: [(&str, Score); 3] =
    [("ev", Score::Equal), ("nv", Score::Unequal), ("dagma", Score::LeastSquares)];

#[test]
fn estimates_are_those_of_the_authors_code() {
    let text = include_str!("../data/graphs/colide/results.json");
    let results: Vec<Value> = serde_json::from_str(text).expect("JSON");
    for case in ["a", "b"] {
        let (d, covariance) = reference(&format!("{case}_cov"));
        let covariance = Matrix::from_rows(d, &covariance);
        let truth = Dag::from_weights(d, &reference(&format!("{case}_Wtrue")).1).expect("a DAG");
        for (name, score) in SCORES {
            let (_, expected) = reference(&format!("{case}_{name}_W"));
            let path = path(score);
            let found = path.fit(&covariance).expect("a fit");
            let weights = found.weights.to_rows();
            let off = weights.iter().zip(&expected).fold(0.0_f64, |m, (f, e)| m.max((f - e).abs()));
            assert!(off < 3e-4, "{case} {name}: {off}");
            // The objective of the last stage is as good as that of the reference.
            let theirs = Matrix::from_rows(d, &expected);
            let (value, _) = path.evaluate(&covariance, &theirs, &path.stages[3]).expect("in the domain");
            let ours = found.stages[3].objective;
            assert!((ours - value).abs() < 1e-5 * value.abs(), "{case} {name}: {ours} {value}");
            let result = results.iter().find(|r| r["case"] == case && r["method"] == name).expect("a result");
            let sigma: Vec<f64> = serde_json::from_value(result["sigma"].clone()).expect("numbers");
            let mut scales = vec![0.0; d];
            score.scales(&found.residuals, &mut scales);
            for (s, scale) in sigma.iter().zip(&scales) {
                assert!((s - scale).abs() < 1e-3 * s, "{case} {name}: {s} {scale}");
            }
            let mut weights = weights;
            assert_eq!(prune(d, &mut weights, 0.3), 0);
            let counts = Counts::new(&truth, &Dag::from_weights(d, &weights).expect("a DAG"));
            let metric = |key: &str| result["metrics"][key].as_u64().expect("a count") as usize;
            assert_eq!(
                [counts.shd(), counts.extra, counts.missing, counts.reversed],
                ["shd", "extra", "missing", "reversed"].map(metric),
                "{case} {name}"
            );
            assert!((counts.tpr() - result["metrics"]["tpr"].as_f64().unwrap()).abs() < 1e-12);
            assert!((counts.fdr() - result["metrics"]["fdr"].as_f64().unwrap()).abs() < 1e-12);
        }
    }
}

/// Weights in the domain, without zeros, so that the objective is smooth around them.
fn some_weights(d: usize) -> Matrix {
    let mut weights = Matrix::zeros(d);
    for i in 0..d {
        for j in 0..d {
            weights.set(i, j, 0.35 * ((3 * i + 7 * j + 1) as f64).sin());
        }
    }
    weights
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (d, covariance) = reference("b_cov");
    let covariance = Matrix::from_rows(d, &covariance);
    let weights = some_weights(d);
    for (name, score) in SCORES {
        let path = path(score);
        let stage = Stage { mu: 0.3, s: 1.2, steps: 1 };
        let value = |w: &Matrix| path.evaluate(&covariance, w, &stage).expect("in the domain");
        let (_, gradient) = value(&weights);
        for i in 0..d {
            for j in 0..d {
                let moved = |by: f64| {
                    let mut weights = weights.clone();
                    weights.set(i, j, weights.at(i, j) + by);
                    value(&weights).0
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                let given = gradient.at(i, j);
                assert!(
                    (slope - given).abs() < 1e-6 * (1.0 + slope.abs()),
                    "{name} {i} {j}: {slope} {given}"
                );
            }
        }
    }
}

#[test]
fn scales_are_the_minimum_of_the_score() {
    let residuals = [0.4, 2.0, 5.5];
    for score in [Score::Equal, Score::Unequal] {
        let mut scales = vec![0.0; 3];
        score.scales(&residuals, &mut scales);
        let least = score.value(&residuals, &scales);
        for j in 0..3 {
            for by in [-1e-3, 1e-3] {
                let mut moved = scales.clone();
                if score == Score::Equal {
                    moved.iter_mut().for_each(|s| *s += by);
                } else {
                    moved[j] += by;
                }
                assert!(score.value(&residuals, &moved) > least);
            }
        }
    }
    let mut scales = vec![0.0; 3];
    Score::Equal.scales(&residuals, &mut scales);
    assert_eq!(scales, vec![(7.9_f64 / 3.0).sqrt(); 3]);
}

const PROBLEM: &str = "kind = \"linear-sem\"\nd = 8\nk = 1.5\nn = 400\nweights = [0.5, 2]\nvariance = 2";

#[test]
fn doubled_data_are_a_halved_penalty() {
    let sample = sample(PROBLEM, 0);
    for (kind, power) in [("colide-ev", 1), ("colide-nv", 1), ("dagma", 2)] {
        let by = f64::from(1 << power);
        let steps = "steps = 2000\nlast_steps = 4000";
        let scaled = fit(&format!("kind = \"{kind}\"\nscale = 2\n{steps}"), &sample).unwrap();
        let other = format!("kind = \"{kind}\"\nlambda = {}\nmu = {by}\n{steps}", 0.05 / by);
        let other = fit(&other, &sample).unwrap();
        assert_eq!(scaled.weights, other.weights, "{kind}");
        assert_eq!(scaled.norm, other.norm, "{kind}");
        assert_eq!(scaled.variances, other.variances, "{kind}");
        let plain = fit(&format!("kind = \"{kind}\"\n{steps}"), &sample).unwrap();
        assert_ne!(scaled.norm, plain.norm, "{kind}");
    }
}

#[test]
fn the_end_is_a_dag_near_a_stationary_point() {
    for replicate in 0..2 {
        let sample = sample(PROBLEM, replicate);
        for kind in ["colide-ev", "colide-nv", "dagma"] {
            let found = fit(&format!("kind = \"{kind}\""), &sample).unwrap();
            assert!(Dag::from_weights(8, &found.weights).is_ok());
            assert!(found.gradient.unwrap() < 1e-4, "{kind}: {:?}", found.gradient);
            assert!((0.0..1e-4).contains(&found.acyclicity.unwrap()), "{kind}: {:?}", found.acyclicity);
            assert!(found.shortfall.is_none());
        }
    }
}

#[test]
fn cycles_lose_their_smallest_weight() {
    let mut weights = vec![0.5, 0.9, 0.0, 0.0, 0.0, 0.7, 0.4, 0.3, 0.0];
    assert_eq!(prune(3, &mut weights, 0.3), 1);
    assert_eq!(weights, [0.0, 0.9, 0.0, 0.0, 0.0, 0.7, 0.0, 0.0, 0.0]);
}

#[test]
fn a_combination_of_columns_is_named() {
    let covariance = vec![1.0, 1.0, 1.0, 1.0];
    let sample = Sample { nodes: 2, rows: 10, covariance, truth: None };
    for kind in ["colide-ev", "colide-nv", "dagma"] {
        let settings = "lambda = 0\ns = [8]\nlast_steps = 20000";
        match fit(&format!("kind = \"{kind}\"\n{settings}"), &sample) {
            Ok(found) => assert!(found.weights.iter().all(|w| w.is_finite()), "{kind}"),
            Err(error) => assert!(format!("{error:#}").contains("vanishes"), "{kind}: {error:#}"),
        }
    }
}

#[test]
fn a_step_out_of_the_domain_is_taken_back_or_its_stage_starts_again() {
    let (d, covariance) = reference("b_cov");
    let covariance = Matrix::from_rows(d, &covariance);
    for (name, score) in SCORES {
        let mut path = path(score);
        path.adam.rate = 0.5;
        path.stages.truncate(2);
        path.stages.iter_mut().for_each(|stage| stage.steps = 300);
        let found = path.fit(&covariance).expect("a fit");
        // A first step of 0.5 for all weights leaves the domain. With s = 1 it is halved; with s = 0.9, the stage starts
        // again with a larger s.
        let [first, second] = &found.stages[..] else { panic!("two stages") };
        assert!(first.restarts == 0 && first.s == 1.0, "{name}: {first:?}");
        assert!(second.restarts >= 1, "{name}: {second:?}");
        assert!((second.s - 0.9 - 0.1 * second.restarts as f64).abs() < 1e-12, "{name}: {second:?}");
        assert!(found.acyclicity >= -1e-12 && found.weights.values().iter().all(|w| w.is_finite()), "{name}");
        assert!(Acyclicity::new(d).update(&found.weights, second.s), "{name}");
    }
}
