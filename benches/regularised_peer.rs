//! The Rust side of `scripts/peers/regularised.py`: penalised fits of exported cases on command.
//!
//! Tasks: `lasso` solves at the λ of the case; `elastic-net` (half ℓ1) and `group-lasso` (neighbours in groups of as many
//! as the third number of the header says) solve along its λs, one solution after the other; `multinomial` does so for the
//! multinomial Lasso, and `multinomial-cv` chooses among as many λs by 5-fold cross-validation and fits; `scad` and `mcp`
//! (a = 3.7, γ = 3) solve along the λs. Without `--serve FOLDER` it does nothing, so that `cargo bench` skips it.

mod clock;
mod exchange;

use anyhow::Context;
use remeasure::core::Invalid;
use remeasure::core::stream::Streams;
use remeasure::optim::group::{GroupProblem, GroupSolver, Groups};
use remeasure::optim::lasso::Path as LambdaPath;
use remeasure::optim::nonconvex::{Loss, Mcp, Observations, Scad, Separable, Working};
use remeasure::optim::{Lasso, LassoProblem, Solution};
use remeasure::ordinal::estimators::ENTRIES;
use remeasure::ordinal::path::{self, Method, Settings};
use remeasure::ordinal::{Model, Sample, Task};

use exchange::{Answer, Case, Times, serve, timed};

fn joined((solutions, times): (Vec<Solution>, Times)) -> Answer {
    let coefficients = solutions.into_iter().flat_map(|s| s.coefficients).collect();
    Answer { coefficients, times, note: String::new() }
}

fn lasso(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let found = timed(|| {
        let problem = LassoProblem::new(&case.design, &case.response)?;
        Ok(vec![Lasso::new(case.extra)?.tolerance(tolerance)?.solve(&problem, None)?])
    })?;
    Ok(joined(found))
}

fn elastic_net(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let found = timed(|| {
        let problem = LassoProblem::new(&case.design, &case.response)?;
        Ok(LambdaPath::elastic_net(&case.lambdas, 0.5, tolerance)?.solve(&problem))
    })?;
    Ok(joined(found))
}

fn group_lasso(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let groups = Groups::blocks(case.extra as usize, case.design.columns())?;
    let found = timed(|| {
        let problem = GroupProblem::new(&case.design, &case.response, groups.clone())?;
        let mut solver = GroupSolver::new(&problem);
        Ok(case
            .lambdas
            .iter()
            .map(|&l| solver.solve(l, tolerance, 100_000))
            .collect::<Result<Vec<_>, _>>()?)
    })?;
    Ok(joined(found))
}

/// SCAD or MCP along the λs of the case.
fn concave<P: Separable>(
    case: &Case,
    tolerance: f64,
    penalty: impl Fn(f64) -> Result<P, Invalid>,
) -> anyhow::Result<Answer> {
    let (solutions, times) = timed(|| {
        let data = Observations::new(Loss::Gaussian, &case.design, &case.response, None, 0)?;
        let mut solver = Working::new(&data)?;
        let solve = |&lambda| Ok(solver.solve(&penalty(lambda)?, tolerance, 100_000));
        case.lambdas.iter().map(solve).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let coefficients = solutions.into_iter().flat_map(|s| s.coefficients).collect();
    Ok(Answer { coefficients, times, note: String::new() })
}

fn sample(case: &Case) -> Sample {
    let labels = case.response.iter().map(|y| *y as usize - 1).collect();
    Sample { design: case.design.clone(), labels, classes: case.extra as usize }
}

/// For each class the intercept, then the slopes.
fn flat(model: &Model) -> anyhow::Result<Vec<f64>> {
    let Model::Multinomial(model) = model else { anyhow::bail!("a multinomial model") };
    let block = |(alpha, beta): (&f64, &Vec<f64>)| [&[*alpha], beta.as_slice()].concat();
    Ok(model.intercepts.iter().zip(&model.slopes).flat_map(block).collect())
}

fn multinomial(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let sample = sample(case);
    let settings = Settings { tolerance, ..Settings::new(Method::Multinomial, 1.0) };
    let (steps, times) = timed(|| path::path(&sample, &settings, &case.lambdas))?;
    let models = steps.iter().map(|(_, model)| flat(model)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Answer { coefficients: models.concat(), times, note: String::new() })
}

fn multinomial_cv(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let sample = sample(case);
    let (first, last) = (case.lambdas.first().context("λs")?, case.lambdas.last().context("λs")?);
    let keys = format!(
        "tolerance = {tolerance:e}\nlambda = {{ cv = {{ folds = 5, points = {}, ratio = {:e}, score = \"log\" }} }}",
        case.lambdas.len(),
        last / first
    );
    let entry = ENTRIES.iter().find(|e| e.name == "multinomial-l1").context("a registered name")?;
    let estimator = (entry.read)(keys.parse()?)?;
    let streams = Streams { seed: 1, cell: 2, replicate: 3 };
    let (fit, times) = timed(|| estimator.fit(&Task::new(&sample, &streams)))?;
    Ok(Answer { coefficients: flat(&fit.model)?, times, note: fit.shortfall.unwrap_or_default() })
}

fn main() -> anyhow::Result<()> {
    let Some(folder) = exchange::folder() else { return Ok(()) };
    serve(&folder, |case, task, tolerance| match task {
        "lasso" => lasso(case, tolerance),
        "elastic-net" => elastic_net(case, tolerance),
        "group-lasso" => group_lasso(case, tolerance),
        "multinomial" => multinomial(case, tolerance),
        "multinomial-cv" => multinomial_cv(case, tolerance),
        "scad" => concave(case, tolerance, |lambda| Scad::new(lambda, 3.7)),
        "mcp" => concave(case, tolerance, |lambda| Mcp::new(lambda, 3.0)),
        other => anyhow::bail!("no task {other}"),
    })
}
