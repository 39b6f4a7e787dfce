//! Our side of `scripts/peers/causal.sh`.
//!
//! With `--serve FOLDER` it answers the requests of the script (see `exchange`):
//! - `dl`, `reml`: X has the columns set, events and size of one arm, events and size of the other; the answer is
//!   estimate, standard error and τ² of the log odds ratios of each set, by random effects;
//! - `2sls`: X has the features and then the instruments, as many features as the third number of the header says; the
//!   answer is the coefficients by two-stage least squares;
//! - `effect`: X has the covariates, as many as the header says, the treatment, and the instruments; the answer is the
//!   effect by two-stage least squares, which comes with its standard error;
//! - `ivl`: the same columns, with the tolerance as the weight α; moments, projection and one solve;
//! - `pseudo`: 2,000 pseudo meta-analyses, drawn and pooled from the answers of GPT-4; the answer is their mean shift.
//!
//! Otherwise it does each once, on data of its own, as a check.

mod clock;
mod exchange;

use anyhow::Context;
use remeasure::causal::Method;
use remeasure::causal::estimators::ENTRIES as CAUSAL;
use remeasure::causal::instrument::Observed;
use remeasure::causal::moments::Sample;
use remeasure::causal::stage::Stage;
use remeasure::core::numerics::Design;
use remeasure::core::stream::Streams;
use remeasure::meta::estimator::Fit;
use remeasure::meta::estimators::ENTRIES;
use remeasure::meta::pooling::{self, Between};
use remeasure::meta::problem::Problem;
use remeasure::meta::studies::{Counts, Effect, Known, Measure, Studies};

use exchange::{Answer, Case, serve, timed};

/// Number of pseudo meta-analyses.
const DRAWS: u32 = 2000;

/// The tables of each set, of the columns of `x`.
fn tables(x: &Design) -> anyhow::Result<Vec<Vec<Counts>>> {
    let mut sets: Vec<Vec<Counts>> = Vec::new();
    for i in 0..x.rows() {
        let at = |j: usize| x.column(j)[i];
        let table = Counts::new([at(1), at(3)], [at(2), at(4)]).context("not a table")?;
        if i == 0 || at(0) != x.column(0)[i - 1] {
            sets.push(Vec::new());
        }
        sets.last_mut().context("no set")?.push(table);
    }
    Ok(sets)
}

/// Estimate, standard error and τ² of each set.
fn pool(sets: &[Vec<Counts>], method: fn(&[Effect]) -> Between) -> anyhow::Result<Vec<f64>> {
    let mut all = Vec::with_capacity(3 * sets.len());
    for tables in sets {
        let names = vec![String::new(); tables.len()];
        let studies = Studies { names, known: Known::Counts(tables.clone(), Measure::OddsRatio) };
        let pooled = pooling::random_effects(&studies, method)?;
        all.extend([pooled.estimate, pooled.se, pooled.between.map_or(0.0, |b| b.tau2)]);
    }
    Ok(all)
}

/// Features and instruments of a case, as a sample without augmentation.
fn sample(case: &Case) -> Sample {
    let (n, m) = (case.design.rows(), case.extra as usize);
    let k = case.design.columns() - m;
    let (x, z) = case.design.as_slice().split_at(n * m);
    let (x, z) = (Design::from_columns(n, m, x.to_vec()), Design::from_columns(n, k, z.to_vec()));
    Sample::new(&x, &z, &case.response, &Design::from_columns(m, k, vec![0.0; m * k]), 0.0)
}

/// Covariates, treatment and instruments of a case.
fn observed(case: &Case) -> Observed {
    let (n, p) = (case.design.rows(), case.extra as usize);
    let part = |from: usize, to: usize| {
        Design::from_columns(n, to - from, case.design.as_slice()[from * n..to * n].to_vec())
    };
    let (x, z) = (part(0, p), part(p + 1, case.design.columns()));
    Observed::new(x, z, case.design.column(p).to_vec(), case.response.clone())
}

/// The effect by two-stage least squares.
fn effect(data: &Observed) -> anyhow::Result<Vec<f64>> {
    let entry = CAUSAL.iter().find(|e| e.name == "two-stage").context("no two-stage least squares")?;
    let Method::Average(method) = *(entry.read)(toml::Table::new())? else { anyhow::bail!("another kind") };
    let found = method.estimate(data, &Streams { seed: 1, cell: 2, replicate: 0 })?;
    found.se.context("no standard error")?;
    Ok(vec![found.value])
}

/// Mean shift of the pseudo meta-analyses.
fn pseudo() -> anyhow::Result<Vec<f64>> {
    let problem = Problem::read(toml::from_str("kind = \"pseudo\"\ntrials = 4")?)?;
    let entry = ENTRIES.iter().find(|e| e.name == "model").context("no source of answers")?;
    let source = (entry.read)(toml::from_str("model = \"gpt4\"")?)?;
    let (mut sum, mut found) = (0.0, 0.0);
    for replicate in 0..DRAWS {
        let data = problem.draw(&Streams { seed: 1, cell: 2, replicate })?;
        if let Fit::Shift(shift) = source.fit(&data)?
            && let Some(shift) = shift.shift
        {
            sum += shift;
            found += 1.0;
        }
    }
    Ok(vec![sum / found, found])
}

fn answer(case: &Case, task: &str, alpha: f64) -> anyhow::Result<Answer> {
    anyhow::ensure!(case.lambdas.is_empty(), "none of the tasks has a path");
    let (coefficients, times) = match task {
        "dl" | "reml" => {
            let sets = tables(&case.design)?;
            let method = if task == "dl" { pooling::dersimonian_laird } else { pooling::reml };
            timed(|| pool(&sets, method))?
        }
        "2sls" => {
            let sample = sample(case);
            timed(|| Ok(Stage::new(&sample.moments(0..sample.rows()))?.two_stage()?.h))?
        }
        "effect" => {
            let data = observed(case);
            timed(|| effect(&data))?
        }
        "ivl" => {
            let sample = sample(case);
            timed(|| Ok(Stage::new(&sample.moments(0..sample.rows()))?.ivl(alpha)?.h))?
        }
        "pseudo" => timed(pseudo)?,
        other => anyhow::bail!("no task is called {other}"),
    };
    Ok(Answer { coefficients, times, note: String::new() })
}

fn main() -> anyhow::Result<()> {
    if let Some(folder) = exchange::folder() {
        return serve(&folder, answer);
    }
    let wave = |n: usize| (0..n).map(|i| (i as f64 * 1.7).sin()).collect::<Vec<f64>>();
    let sample = Sample::new(
        &Design::from_columns(40, 2, wave(80)),
        &Design::from_columns(40, 3, wave(120)),
        &wave(40),
        &Design::from_columns(2, 3, vec![0.0; 6]),
        0.0,
    );
    let stage = Stage::new(&sample.moments(0..40))?;
    println!("2sls {:?}, ivl {:?}", stage.two_stage()?.h, stage.ivl(0.01)?.h);
    let data = Observed::new(
        Design::from_columns(40, 1, wave(41)[1..].to_vec()),
        Design::from_columns(40, 1, wave(43)[3..].to_vec()),
        wave(45)[5..].to_vec(),
        wave(40),
    );
    println!("effect {:?}", effect(&data)?);
    let table = |a, c| Counts::new([a, c], [100.0, 110.0]).context("not a table");
    let sets = [vec![table(7.0, 9.0)?, table(30.0, 12.0)?, table(4.0, 11.0)?]];
    println!("dl {:?}", pool(&sets, pooling::dersimonian_laird)?);
    println!("reml {:?}", pool(&sets, pooling::reml)?);
    println!("pseudo {:?}", pseudo()?);
    Ok(())
}
