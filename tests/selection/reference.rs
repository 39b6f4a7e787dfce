//! The unit cases of the reference set.

use std::path::Path;

use remeasure_core::stream::Streams;
use remeasure_selection::bh::benjamini_hochberg;
use remeasure_selection::msel::{Candidates, Final, Pruning, Ties};
use remeasure_selection::scores::Scores;
use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/selection")
}

fn rows(name: &str) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    lines.map(|l| l.split(',').map(|c| c.parse().unwrap()).collect()).collect()
}

fn whole(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Scores of a case, and its test labels.
fn case(name: &str) -> (Scores, Vec<bool>, Value) {
    let expected: Value = serde_json::from_str(
        &std::fs::read_to_string(folder().join(format!("{name}_expected.json"))).unwrap(),
    )
    .unwrap();
    let n = expected["n"].as_u64().unwrap() as usize;
    let (mu, y) = (rows(&format!("{name}_mu.csv")), rows(&format!("{name}_y.csv")));
    let column = |k: usize, rows: &[Vec<f64>]| rows.iter().map(|r| r[k]).collect::<Vec<f64>>();
    let interest: Vec<bool> = y.iter().map(|r| r[0] > 0.0).collect();
    let scores = Scores {
        calibration: (0..4).map(|k| column(k, &mu[..n])).collect(),
        test: (0..4).map(|k| column(k, &mu[n..])).collect(),
        positive: interest[..n].to_vec(),
        offset: 1000.0,
    };
    (scores, interest[n..].to_vec(), expected)
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 2e-8 * e.abs().max(1.0), "{what}: {f} against {e}");
    }
}

#[test]
fn auxiliary_rejections_choices_and_sets_are_those_of_the_reference() {
    let stream = || Streams { seed: 0, cell: 0, replicate: 0 }.stream("unused");
    let mut sets = 0;
    for name in ["a", "b"] {
        let (scores, truth, expected) = case(name);
        let uniform = numbers(&expected["U_het"]);
        for level in ["0.2", "0.4"] {
            let (q, at) = (level.parse::<f64>().unwrap(), &expected["q"][level]);
            for (variant, which, beta) in [
                ("strict", Final::Strict, 1.0),
                ("weak", Final::Weak, 1.0),
                ("strict_beta0.9", Final::Strict, 0.9),
            ] {
                let what = format!("{name} {level} {variant}");
                let candidates = Candidates::new(&scores, which);
                let rejections = candidates.rejections(q);
                for (j, row) in at["R"].as_array().unwrap().iter().enumerate() {
                    let found: Vec<usize> = rejections.iter().map(|r| r[j]).collect();
                    assert_eq!(found, whole(row), "{what} {j}");
                }
                let found = candidates.evalues(q, beta, Ties::Lowest, &mut stream());
                assert_eq!(found.chosen, whole(&at["kstar"]), "{what}");
                assert_eq!(found.rejections, whole(&at["Rmax"]), "{what}");
                let variant = &at["variants"][variant];
                close(&found.p, &numbers(&variant["p"]), &what);
                close(&found.e(), &numbers(&variant["e"]), &what);
                for (pruning, key) in [
                    (Pruning::Deterministic, "det"),
                    (Pruning::Heterogeneous, "het"),
                    (Pruning::Homogeneous, "hom"),
                ] {
                    let mut one = if key == "hom" {
                        vec![expected["U_hom"].as_f64().unwrap()]
                    } else {
                        uniform.clone()
                    }
                    .into_iter();
                    let set = found.pruned(q, pruning, &mut || one.next().unwrap());
                    assert_eq!(set, whole(&variant["selected"][key]), "{what} {key}");
                    let hits = set.iter().filter(|&&j| truth[j]).count() as f64;
                    let fdp = if set.is_empty() { 0.0 } else { 1.0 - hits / set.len() as f64 };
                    let power = hits / truth.iter().filter(|t| **t).count() as f64;
                    close(&[fdp, power], &numbers(&variant["fdp_power"][key]), &what);
                    sets += usize::from(!set.is_empty());
                }
            }
        }
    }
    assert!(sets >= 10, "only {sets} sets were not empty");
}

#[test]
fn bh_with_one_model_is_that_of_the_reference() {
    for name in ["a", "b"] {
        let (scores, _, expected) = case(name);
        for level in ["0.2", "0.4"] {
            let sets = expected["q"][level]["single_model_BH_deterministic_p"].as_array().unwrap();
            for (k, set) in sets.iter().enumerate() {
                let v = scores.conformity(k);
                let p = |s: &f64| (1 + v.iter().filter(|c| **c <= -s).count()) as f64 / (v.len() + 1) as f64;
                let p: Vec<f64> = scores.test[k].iter().map(p).collect();
                assert_eq!(benjamini_hochberg(&p, level.parse().unwrap()), whole(set), "{name} {level} {k}");
            }
        }
    }
}
