//! Our side of `scripts/peers/ordinal.sh`: one line for each estimator, `name,seconds,loglik`.
//!
//! Seconds are the wall time of the fastest of many fits on one thread. Under `cargo test` it fits each once,
//! as a check.

use std::time::Instant;

use anyhow::Context;
use remeasure::core::numerics::Design;
use remeasure::core::stream::Streams;
use remeasure::ordinal::estimators::ENTRIES;
use remeasure::ordinal::{Model, Sample, Task, metrics};

fn read(path: &str) -> anyhow::Result<Sample> {
    let rows: Vec<Vec<f64>> = csv::Reader::from_path(path)?.deserialize().collect::<Result<_, _>>()?;
    let p = rows.first().context("no rows")?.len() - 1;
    let columns = (0..p).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let labels: Vec<usize> = rows.iter().map(|row| row[p] as usize - 1).collect();
    let classes = labels.iter().max().map_or(0, |k| k + 1);
    Ok(Sample { design: Design::from_columns(rows.len(), p, columns), labels, classes })
}

fn log_likelihood(model: &Model, sample: &Sample) -> f64 {
    let n = sample.labels.len() as f64;
    -n * match model.probabilities(&sample.design) {
        Some(probabilities) => metrics::log_score(&probabilities, &sample.labels),
        None => metrics::rare_log_score(&model.rare(&sample.design), &metrics::events(sample)),
    }
}

fn main() -> anyhow::Result<()> {
    let measuring = std::env::args().any(|a| a == "--bench");
    let given = std::env::args().skip(1).find(|a| a.ends_with(".csv"));
    let path = given.unwrap_or_else(|| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/presto/d1_sparse_n2500_p10_K4.csv").to_owned()
    });
    let sample = read(&path).with_context(|| format!("cannot read {path}"))?;
    let streams = Streams { seed: 1, cell: 2, replicate: 3 };
    for name in ["proportional-odds", "logistic", "multinomial", "presto"] {
        let entry = ENTRIES.iter().find(|e| e.name == name).context("a registered name")?;
        let estimator = (entry.read)(toml::Table::new())?;
        let repeats = if measuring { 30 } else { 1 };
        let mut fastest = f64::INFINITY;
        let mut likelihood = f64::NAN;
        for _ in 0..repeats {
            let start = Instant::now();
            let fit = estimator.fit(&Task { sample: &sample, test: None, streams: &streams })?;
            fastest = fastest.min(start.elapsed().as_secs_f64());
            likelihood = log_likelihood(&fit.model, &sample);
        }
        println!("{name},{fastest:.3e},{likelihood:.6}");
    }
    Ok(())
}
