//! Our side of `scripts/peers/ordinal.sh`.
//!
//! With `--serve FOLDER` it answers the requests of the script (see `exchange`). The coefficients are
//! those on the raw scale: for each block an intercept, then the slopes; for proportional odds the `K − 1`
//! intercepts, then the slopes of `logit P(y ≤ k)`; for `multinomial-l1` the `K` blocks of one λ after those
//! of another.
//!
//! Otherwise it prints a line `name,cpu_ms,wall_ms,loglik` for each estimator, of the data file given or of
//! committed data: the least times of `--repeats N` fits on one thread. Under `cargo test` it fits each once,
//! as a check.

mod clock;
mod exchange;

use std::time::Instant;

use anyhow::Context;
use remeasure::core::numerics::Design;
use remeasure::core::stream::Streams;
use remeasure::ordinal::estimators::ENTRIES;
use remeasure::ordinal::path::{self, Method, Settings};
use remeasure::ordinal::{Estimator, Model, Sample, Task, metrics};

use clock::cpu_ms;
use exchange::{Answer, Case, serve, timed};

const STREAMS: Streams = Streams { seed: 1, cell: 2, replicate: 3 };

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

fn estimator(name: &str, keys: &str) -> anyhow::Result<Box<dyn Estimator>> {
    let entry = ENTRIES.iter().find(|e| e.name == name).with_context(|| format!("no estimator {name}"))?;
    Ok((entry.read)(keys.parse()?)?)
}

/// The coefficients in the order of the exchange.
fn flat(model: &Model) -> anyhow::Result<Vec<f64>> {
    let blocks = |intercepts: &[f64], slopes: &[Vec<f64>]| {
        let block = |(alpha, beta): (&f64, &Vec<f64>)| {
            std::iter::once(*alpha).chain(beta.iter().copied()).collect::<Vec<_>>()
        };
        intercepts.iter().zip(slopes).flat_map(block).collect()
    };
    Ok(match model {
        Model::Binary(m) => blocks(&[m.intercept], std::slice::from_ref(&m.slopes)),
        Model::Multinomial(m) => blocks(&m.intercepts, &m.slopes),
        Model::Cumulative(m) => m.intercepts.iter().chain(&m.slopes[0]).copied().collect(),
        Model::Tabulated(_) => anyhow::bail!("a fitted model has coefficients"),
    })
}

fn fit(sample: &Sample, name: &str, tolerance: f64) -> anyhow::Result<Answer> {
    let estimator = estimator(name, &format!("tolerance = {tolerance:e}"))?;
    let (fit, times) = timed(|| estimator.fit(&Task::new(sample, &STREAMS)))?;
    Ok(Answer { coefficients: flat(&fit.model)?, times, note: fit.shortfall.unwrap_or_default() })
}

fn lasso_path(sample: &Sample, lambdas: &[f64], tolerance: f64) -> anyhow::Result<Answer> {
    let settings = Settings { tolerance, ..Settings::new(Method::Multinomial, 1.0) };
    let (steps, times) = timed(|| path::path(sample, &settings, lambdas))?;
    let worst = steps.iter().map(|(step, _)| step.kkt.residual()).fold(0.0, f64::max);
    let models = steps.iter().map(|(_, model)| flat(model)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Answer { coefficients: models.concat(), times, note: format!("KKT {worst:.0e}") })
}

fn answer(case: &Case, task: &str, tolerance: f64) -> anyhow::Result<Answer> {
    let labels = case.response.iter().map(|y| *y as usize - 1).collect();
    let sample = Sample { design: case.design.clone(), labels, classes: case.extra as usize };
    match task {
        "multinomial-l1" => lasso_path(&sample, &case.lambdas, tolerance),
        name => fit(&sample, name, tolerance),
    }
}

/// The least CPU and wall time of some fits, in milliseconds.
fn print(sample: &Sample, name: &str, repeats: usize) -> anyhow::Result<()> {
    let estimator = estimator(name, "")?;
    let (mut least_cpu, mut least_wall) = (f64::INFINITY, f64::INFINITY);
    let mut likelihood = f64::NAN;
    for _ in 0..repeats {
        let (cpu, wall) = (cpu_ms(), Instant::now());
        let fit = estimator.fit(&Task::new(sample, &STREAMS))?;
        least_cpu = least_cpu.min(cpu_ms() - cpu);
        least_wall = least_wall.min(wall.elapsed().as_secs_f64() * 1e3);
        likelihood = log_likelihood(&fit.model, sample);
    }
    println!("{name},{least_cpu:.3},{least_wall:.3},{likelihood:.6}");
    Ok(())
}

fn main() -> anyhow::Result<()> {
    if let Some(folder) = exchange::folder() {
        return serve(&folder, answer);
    }
    let given: Vec<String> = std::env::args().skip(1).collect();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/presto/d1_sparse_n2500_p10_K4.csv");
    let path = given.iter().find(|a| a.ends_with(".csv")).map_or(committed, String::as_str);
    let sample = read(path).with_context(|| format!("cannot read {path}"))?;
    let wanted = given.iter().position(|a| a == "--repeats").and_then(|at| given.get(at + 1));
    let repeats = match wanted {
        Some(number) => number.parse()?,
        None if given.iter().any(|a| a == "--bench") => 30,
        None => 1,
    };
    ["proportional-odds", "logistic", "multinomial", "presto"]
        .iter()
        .try_for_each(|name| print(&sample, name, repeats))
}
