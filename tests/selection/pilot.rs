//! Means of a pilot in numpy, within the standard errors of both.

use std::path::Path;

use crate::{mean, trials};

/// Mean and standard error of false discovery proportion and power of a method at a level.
fn published(file: &str, method: &str, q: f64) -> [(f64, f64); 2] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/selection").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let of = |r: &&csv::StringRecord| &r[3] == method && (r[4].parse::<f64>().unwrap() - q).abs() < 1e-9;
    let row = rows.iter().find(of).unwrap_or_else(|| panic!("{file}: {method} {q}"));
    let number = |j: usize| row[j].parse().unwrap();
    [(number(6), number(7)), (number(8), number(9))]
}

const METHODS: [(&str, &str); 7] = [
    ("dtm", "kind = \"optcs\"\npruning = \"deterministic\""),
    ("het", "kind = \"optcs\"\npruning = \"heterogeneous\""),
    ("hom", "kind = \"optcs\"\npruning = \"homogeneous\""),
    ("split", "kind = \"split\""),
    ("naive", "kind = \"naive\""),
    ("random", "kind = \"random-model\""),
    ("fixed_ols", "kind = \"fixed-model\""),
];

fn compared(models: &str, file: &str, replicates: u32) -> f64 {
    let estimators: Vec<&str> = METHODS.iter().map(|m| m.1).collect();
    let problem = format!("kind = \"liang\"\nsetting = 1\nmodels = \"{models}\"\nlevels = [0.2, 0.3, 0.5]");
    let rows = trials(&problem, &estimators, replicates);
    let mut worst = 0.0_f64;
    for ((method, _), rows) in METHODS.iter().zip(&rows) {
        for q in [0.2, 0.3, 0.5] {
            for (metric, (theirs, their_se)) in ["fdp", "power"].iter().zip(published(file, method, q)) {
                let (ours, se) = mean(rows, metric, Some(q));
                let z = (ours - theirs).abs() / (se * se + their_se * their_se).sqrt();
                println!(
                    "{models} {method} {q} {metric}: {ours:.3} ± {se:.3} against {theirs:.3} ± {their_se:.3}"
                );
                worst = worst.max(z);
            }
        }
    }
    worst
}

#[test]
fn means_are_those_of_the_pilot() {
    // 42 comparisons each: beyond 4 standard errors with probability .003 if nothing differs.
    for (models, file, replicates) in [
        ("published", "liang_1_published_100.csv", 200),
        ("unpenalised", "liang_1_unpenalised_100.csv", 80),
        ("ols-subsets", "liang_1_ols20_100.csv", 150),
    ] {
        let worst = compared(models, file, replicates);
        assert!(worst < 4.0, "{models}: {worst} standard errors");
    }
}
