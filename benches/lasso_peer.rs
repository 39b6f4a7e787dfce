//! The Rust side of `scripts/peers/compare.py` and `lasso_path.py`: solves exported Lasso problems on command.
//!
//! Tasks: `remeasure` and `linfa` solve at the λ of the case, `path` along its λs (one solution after the
//! other), `cv` chooses λ by 5-fold cross-validation over 100 λs down to λ_max/100 (the coefficients, then λ).
//! Without `--serve FOLDER` it does nothing, so that `cargo bench` skips it.

mod clock;
mod exchange;

use anyhow::Context;
use linfa::prelude::*;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2, ShapeBuilder};
use remeasure::core::stream::Streams;
use remeasure::optim::lasso::Path as LambdaPath;
use remeasure::optim::{Lasso, LassoProblem};
use remeasure::sparse::Task;
use remeasure::sparse::estimators::ENTRIES;

use exchange::{Answer, Case, serve, timed};

fn one(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let (solution, times) = timed(|| {
        let problem = LassoProblem::new(&case.design, &case.response)?;
        Ok(Lasso::new(case.extra)?.tolerance(tolerance)?.solve(&problem, None)?)
    })?;
    let (rounds, sweeps) = (solution.history.len(), solution.iterations);
    let note = format!("rounds {rounds} sweeps {sweeps} {:?}", solution.termination);
    Ok(Answer { coefficients: solution.coefficients, times, note })
}

fn linfa(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let shape = (case.design.rows(), case.design.columns()).f();
    let x = Array2::from_shape_vec(shape, case.design.as_slice().to_vec())?;
    let data = DatasetBase::new(x, Array1::from(case.response.clone()));
    let (model, times) = timed(|| {
        let parameters = ElasticNet::params()
            .penalty(case.extra)
            .l1_ratio(1.0)
            .with_intercept(false)
            .tolerance(tolerance)
            .max_iterations(100_000);
        Ok(parameters.fit(&data)?)
    })?;
    Ok(Answer { coefficients: model.hyperplane().to_vec(), times, note: String::new() })
}

fn path(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let (solutions, times) = timed(|| {
        let problem = LassoProblem::new(&case.design, &case.response)?;
        Ok(LambdaPath::new(&case.lambdas, tolerance)?.solve(&problem))
    })?;
    let coefficients = solutions.iter().flat_map(|s| s.coefficients.iter().copied()).collect();
    Ok(Answer { coefficients, times, note: String::new() })
}

fn cross_validation(case: &Case, tolerance: f64) -> anyhow::Result<Answer> {
    let entry = ENTRIES.iter().find(|e| e.name == "lasso").context("a registered name")?;
    let keys =
        format!("tolerance = {tolerance:e}\nlambda = {{ cv = {{ folds = 5, points = 100, ratio = 0.01 }} }}");
    let estimator = (entry.read)(keys.parse()?)?;
    let streams = Streams { seed: 1, cell: 2, replicate: 3 };
    let task = Task {
        design: &case.design,
        response: &case.response,
        truth: None,
        penalty: None,
        streams: &streams,
    };
    let (fit, times) = timed(|| estimator.fit(&task))?;
    let mut coefficients = fit.coefficients;
    coefficients.push(fit.lambda.context("a chosen λ")?);
    Ok(Answer { coefficients, times, note: fit.shortfall.unwrap_or_default() })
}

fn main() -> anyhow::Result<()> {
    let Some(folder) = exchange::folder() else { return Ok(()) };
    serve(&folder, |case, task, tolerance| match task {
        "remeasure" => one(case, tolerance),
        "linfa" => linfa(case, tolerance),
        "path" => path(case, tolerance),
        "cv" => cross_validation(case, tolerance),
        other => anyhow::bail!("unknown task {other}"),
    })
}
