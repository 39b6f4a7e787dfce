//! The first-order theory compared with fixtures computed elsewhere.

use remeasure_core::numerics::Design;
use remeasure_multitask::theory::{Asymptotic, design_variance, hard_instance, hard_ratio};
use remeasure_multitask::{allocation, relevance};

/// Rows of a CSV file by column name.
fn rows(text: &str) -> Vec<std::collections::BTreeMap<String, f64>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            names.iter().zip(&row).map(|(n, v)| (n.to_owned(), v.parse().unwrap())).collect()
        })
        .collect()
}

/// The fixtures' heads and target: see tests/data/multitask/ORIGIN.md.
fn fixture(tasks: usize, k: usize) -> (Design, Vec<f64>) {
    let mut heads = Design::from_columns(k, tasks, vec![0.0; k * tasks]);
    for t in 0..tasks {
        let column = heads.column_mut(t);
        for (i, value) in column.iter_mut().enumerate() {
            let i = i as f64;
            *value = ((i + 1.0) * (t as f64 + 1.0) * 0.7 + 0.3 * i).cos();
        }
        let norm = column.iter().map(|v| v * v).sum::<f64>().sqrt();
        column.iter_mut().for_each(|v| *v /= norm);
    }
    let target: Vec<f64> = (0..k).map(|i| 1.0 / (i as f64 + 1.0)).collect();
    let norm = target.iter().map(|v| v * v).sum::<f64>().sqrt();
    (heads, target.iter().map(|v| v / norm).collect())
}

/// `V` at shares that sum to 1.
fn variance(heads: &Design, target: &[f64], shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    design_variance(heads, target, &shares.iter().map(|s| s / sum).collect::<Vec<_>>()).unwrap()
}

fn close(ours: f64, reference: f64, tolerance: f64, what: &str) {
    assert!((ours - reference).abs() <= tolerance * reference.abs(), "{what}: {ours} and {reference}");
}

#[test]
fn variances_are_those_of_the_fixtures() {
    for row in rows(include_str!("../data/multitask/multitask_fixtures.csv")) {
        let (heads, target) = fixture(row["T"] as usize, row["k"] as usize);
        let nu1 = relevance::l1(&heads, &target).unwrap().weights;
        let nu2 = relevance::l2(&heads, &target).unwrap().weights;
        for (shares, name) in [
            (allocation::uniform(heads.columns()), "V_uniform"),
            (allocation::squared(&nu2), "V_l2(nu2^2)"),
            (allocation::absolute(&nu2), "V_l2abs(|nu2|)"),
            (allocation::absolute(&nu1), "V_l1"),
        ] {
            close(variance(&heads, &target, &shares), row[name], 1e-8, name);
        }
        let length: f64 = nu1.iter().map(|v| v.abs()).sum();
        close(variance(&heads, &target, &allocation::absolute(&nu1)), length * length, 1e-10, "Elfving");
    }
}

#[test]
fn the_hard_instance_has_the_variances_derived() {
    for row in rows(include_str!("../data/multitask/multitask_hard_theory.csv")) {
        let (heads, target) = hard_instance(row["T"] as usize, row["k"] as usize);
        let nu1 = relevance::l1(&heads, &target).unwrap().weights;
        let nu2 = relevance::l2(&heads, &target).unwrap().weights;
        let v = |shares: Vec<f64>| variance(&heads, &target, &shares);
        // The file has six digits, its ratios four.
        close(v(allocation::uniform(heads.columns())), row["V_uniform"], 1e-5, "uniform");
        close(v(allocation::squared(&nu2)), row["V_l2"], 1e-5, "ν²");
        close(v(allocation::absolute(&nu2)), row["V_l2abs"], 1e-5, "|ν²|");
        close(v(allocation::absolute(&nu1)), row["V_l1"], 1e-5, "ν¹");
        let ratio = v(allocation::squared(&nu2)) / v(allocation::absolute(&nu1));
        close(ratio, row["ratio_l2_l1"], 5e-4, "ratio");
        close(hard_ratio(row["T"], row["k"]), ratio, 1e-12, "closed form");
    }
}

#[test]
fn what_is_not_sampled_has_infinite_variance() {
    let (heads, target) = hard_instance(4, 3);
    assert!(design_variance(&heads, &target, &[0.0, 5.0, 5.0, 5.0]).unwrap().is_infinite());
    // A missing direction does not matter if the target does not need it.
    let finite = design_variance(&heads, &[0.0, 1.0, 0.0], &[0.0, 5.0, 0.0, 0.0]).unwrap();
    close(finite, 0.2, 1e-12, "one task");
    // Heads of rank 1 whose span contains the target, and whose span does not.
    let flat = Design::from_columns(2, 3, vec![1.0, 1.0, 2.0, 2.0, -1.0, -1.0]);
    close(design_variance(&flat, &[1.0, 1.0], &[1.0; 3]).unwrap(), 1.0 / 6.0, 1e-12, "rank 1");
    assert!(design_variance(&flat, &[1.0, 0.0], &[1.0; 3]).unwrap().is_infinite());
    assert!(design_variance(&flat, &[1.0, 0.0], &[f64::NAN; 3]).is_err());
}

#[test]
fn the_asymptotic_risk_has_both_parts() {
    let (heads, target) = hard_instance(2, 2);
    // V = ½ (1/10 + 1/40).
    let risk = Asymptotic::new(7, 2.0, &heads, &target, &[10.0, 40.0], 100).unwrap();
    close(risk.representation, 2.0 * 5.0 * 0.0625, 1e-12, "representation");
    close(risk.head, 2.0 * 2.0 / 100.0, 1e-12, "head");
    close(risk.excess_risk(), risk.representation + risk.head, 1e-15, "sum");
}
