//! Runs a small version of a shipped experiment from Rust, and reads its findings and numbers.
//!
//! `cargo run --release --example run_from_rust`

use std::path::Path;

use anyhow::{Context, Result, bail};
use remeasure::harness::config::Overrides;
use remeasure::harness::registry::Registry;
use remeasure::harness::workflow::{self, Ended, Options, Run};

/// Ten replicates at 20 dB, with results below `out`. Trials stored there are not run again.
pub(crate) fn small<'a>(registry: &'a Registry, out: &Path) -> Result<Box<Run<'a>>> {
    let document = registry.document("sparse-recovery").context("not registered")??;
    let overrides = Overrides { replicates: Some(10), ..Overrides::default() };
    let only = ["snr_db=20", "lasso", "lasso-cv", "omp-cv"].map(str::to_owned);
    let planned = workflow::resolve(registry, &document, "quick", &overrides, &only)?;
    match workflow::run(planned, &Options::new(out), &mut ())? {
        Ended::Complete(run) => Ok(run),
        Ended::Shard | Ended::Interrupted => bail!("not all trials were run"),
    }
}

/// The mean of a metric's final values over the replicates of a cell.
pub(crate) fn mean(run: &Run<'_>, cell: usize, estimator: &str, metric: &str) -> Option<f64> {
    let store = &run.store;
    let values = store.values(cell, store.estimator(estimator)?, store.metric(metric)?, None);
    Some(values.iter().map(|r| r.value).sum::<f64>() / values.len() as f64)
}

#[allow(dead_code, reason = "the tests include this file and call the functions above")]
fn main() -> Result<()> {
    let registry = Registry::new(remeasure::FAMILIES, remeasure::CONFIGS)?;
    let run = small(&registry, Path::new("target/run_from_rust"))?;
    for finding in &run.findings {
        println!("{}: {}", finding.verdict.word(), finding.statement);
    }
    for (cell, point) in run.store.cells.iter().enumerate() {
        let values: Vec<String> = point.values.iter().map(ToString::to_string).collect();
        if let Some(nmse) = mean(&run, cell, "lasso-cv", "nmse") {
            println!("({}): mean NMSE {nmse:.4}", values.join(", "));
        }
    }
    let files = workflow::report(&run)?;
    println!("report: {}", files[0].display());
    Ok(())
}
