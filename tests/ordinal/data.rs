//! The reference data (tests/data/presto/ORIGIN.md).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_ordinal::estimator::Entry;
use remeasure_ordinal::estimators::ENTRIES;
use remeasure_ordinal::{Cumulative, Fit, Model, Sample, Task};

/// d1: sparse differences.
pub(crate) const D1: &str = "d1_sparse_n2500_p10_K4";
/// d2: small.
pub(crate) const D2: &str = "d2_n300_p5_K3";
/// d4: correlated features, and curves that cross at the smallest λ.
pub(crate) const D4: &str = "d4_corr_p8_K5";

/// The text of a file.
pub(crate) fn text(name: &str) -> String {
    let path = format!("{}/../../tests/data/presto/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The rows of a CSV file with a header, as maps from its names.
pub(crate) fn records(name: &str) -> Vec<std::collections::HashMap<String, String>> {
    let text = text(name);
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

/// Numbers separated by blanks.
pub(crate) fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|v| v.parse().unwrap()).collect()
}

/// A data set; its labels count from 1 in the file.
pub(crate) fn sample(name: &str) -> Sample {
    let text = text(&format!("{name}.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Vec<f64>> = reader.deserialize().map(|row| row.unwrap()).collect();
    let p = rows[0].len() - 1;
    let columns = (0..p).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let labels: Vec<usize> = rows.iter().map(|row| row[p] as usize - 1).collect();
    let classes = labels.iter().max().unwrap() + 1;
    Sample { design: Design::from_columns(rows.len(), p, columns), labels, classes }
}

/// A sample from a multinomial logit of slopes within `spread`: far from proportional odds.
pub(crate) fn drawn(n: usize, p: usize, classes: usize, spread: f64, seed: u64) -> Sample {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let x: Vec<f64> = (0..n * p).map(|_| rng.gen_range(-1.0..1.0)).collect();
    let beta: Vec<f64> = (0..classes * p).map(|_| spread * rng.gen_range(-1.0..1.0)).collect();
    let labels = (0..n).map(|i| {
        let weight = |k: usize| {
            let score: f64 = (0..p).map(|j| beta[k * p + j] * x[j * n + i]).sum();
            (score - 0.7 * k as f64).exp()
        };
        let mut u = rng.gen_range(0.0..1.0) * (0..classes).map(weight).sum::<f64>();
        let mut k = 0;
        while k + 1 < classes && u > weight(k) {
            u -= weight(k);
            k += 1;
        }
        k
    });
    let labels = labels.collect();
    Sample { design: Design::from_columns(n, p, x), labels, classes }
}

/// Streams of a trial.
pub(crate) const STREAMS: Streams = Streams { seed: 5, cell: 6, replicate: 7 };

/// All estimators but the one that starts a program, and yardsticks.
pub(crate) fn built_in() -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(|entry| !["command", "majority", "true-model"].contains(&entry.name))
}

/// Fits the estimator `kind` with the keys of a TOML text.
pub(crate) fn fit(kind: &str, keys: &str, sample: &Sample) -> anyhow::Result<Fit> {
    let entry = ENTRIES.iter().find(|e| e.name == kind).expect("a registered estimator");
    let estimator = (entry.read)(toml::from_str(keys)?)?;
    estimator.fit(&Task::new(sample, &STREAMS))
}

/// The cumulative model of a fit.
pub(crate) fn cumulative(model: &Model) -> &Cumulative {
    match model {
        Model::Cumulative(model) => model,
        other => panic!("{other:?}"),
    }
}

/// Largest difference.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()))
}
