//! The causal family, as the harness sees it.

mod average;
mod curves;
mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics;
use remeasure_core::stream::Streams;

use crate::augmentation::{Augmentation, Instance};
use crate::estimators::ENTRIES;
use crate::onemap::Series;
use crate::onemap::log::{Log, Replay};
use crate::onemap::methods::{Debias, Effect, Line};
use crate::theory::ncer;
use crate::{Data, Estimator, Method, Problem, Task};

use curves::CURVES;
use metrics::*;

/// Metrics of linear models with augmentation alone.
const AUGMENTATION: [Metric; 7] = [NCER, NCER_ADJUSTED, OFF_LIMIT, LIMIT, WEIGHT, LARGEST, BETA];

/// Metrics of a series of effects alone.
const SERIES: [Metric; 9] = [EFFECT, MAE, SLOPE, SLOPE_ERROR, INTERCEPT, F, F_P, SLOPE_SE, MAE_SE];

/// Metrics of trials whose outcomes are predicted alone.
const PREDICTED: [Metric; 3] = [CALIBRATION, SCORE_ERROR, R2];

/// Metrics of logged series alone.
const LOGGED: [Metric; 3] = [MAE_CHANGE, MAE_CHANGE_SE, MAE_CHANGE_T];

/// Causal effects from confounded data.
pub static CAUSAL: Family<Problem, Data, Method> = Family {
    name: "causal",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, method| method.admit(problem),
    inputs: |problem| match problem {
        Problem::Rows(rows) => &rows.inputs,
        Problem::Log(log) => &log.inputs,
        _ => &[],
    },
    never,
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

/// Metrics that a problem does not have.
fn never(problem: &Problem) -> Vec<Metric> {
    let mut out = Vec::new();
    match problem {
        Problem::Augmentation(p) if p.has_published_models() => {}
        Problem::Augmentation(_) => out.push(NCER_ADJUSTED),
        _ => out.extend(AUGMENTATION),
    }
    match problem {
        Problem::OneMap(_) => out.extend(LOGGED.into_iter().chain([RESIDUAL])),
        Problem::Log(_) => out.extend(PREDICTED.into_iter().chain([RESIDUAL])),
        _ => out.extend(SERIES.into_iter().chain(PREDICTED).chain(LOGGED)),
    }
    match problem {
        Problem::Augmentation(_) | Problem::OneMap(_) | Problem::Log(_) => out.extend(average::OWN),
        _ => out.extend(average::never(problem)),
    }
    out
}

fn measure(
    problem: &Problem,
    data: &Data,
    method: &Method,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    match (problem, data, method) {
        (Problem::Augmentation(problem), Data::Augmentation(data), Method::Regression(estimator)) => {
            regress(problem, data, &**estimator, streams, out)?;
        }
        (_, Data::OneMap(series), Method::Effect(method)) => estimate(series, &**method, out)?,
        (_, Data::Log(log), Method::Replay(method)) => replay(log, method, out)?,
        (_, Data::Observed(data), Method::Average(method)) => {
            return average::measure(problem, data, &**method, streams, out);
        }
        _ => anyhow::bail!("the estimator is for another kind of problem"),
    }
    Ok(None)
}

/// Fits and records a regression.
fn regress(
    problem: &Augmentation,
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<()> {
    let fit = out.timed(|| estimator.fit(Task { instance: data, streams }))?;
    anyhow::ensure!(fit.h.iter().all(|v| v.is_finite()), "the estimate is not finite");
    let error = ncer(&fit.h, &data.model.effect);
    out.record(NCER, error);
    if let Some(limit) = fit.limit
        && let Some(here) = problem.limit(&data.model, limit)?
    {
        out.record(OFF_LIMIT, error - here);
        out.record(LIMIT, here);
    }
    if let Some(limit) = fit.limit.or(fit.control)
        && let (Some(here), Some(mean)) = (problem.limit(&data.model, limit)?, problem.mean_limit(limit)?)
    {
        out.record(NCER_ADJUSTED, error - here + mean);
    }
    let event = |happened: bool| if happened { 1.0 } else { 0.0 };
    let others =
        [(WEIGHT, fit.weight), (LARGEST, fit.largest.map(event)), (BETA, fit.beta), (RESIDUAL, fit.residual)];
    for (metric, value) in others {
        if let Some(value) = value {
            out.record(metric, value);
        }
    }
    Ok(())
}

/// Estimates and records the effects of a series of trials.
fn estimate(series: &Series, method: &dyn Debias, out: &mut Recorder) -> anyhow::Result<()> {
    let effects = out.timed(|| {
        series.trials.iter().map(|trial| method.effect(trial, series)).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let truth: Vec<f64> = series.trials.iter().map(|trial| trial.tau).collect();
    let estimates: Vec<f64> = effects.iter().map(|found| found.effect).collect();
    anyhow::ensure!(estimates.iter().all(|v| v.is_finite()), "an estimated effect is not finite");
    record_line(&truth, &estimates, out)?;
    let mut mean = |metric, of: fn(&Effect) -> Option<f64>| {
        let values: Vec<f64> = effects.iter().filter_map(of).collect();
        if !values.is_empty() {
            out.record(metric, statistics::mean(&values));
        }
    };
    mean(CALIBRATION, |found| found.calibration);
    mean(R2, |found| found.r2);
    if let Some(error) = effects.iter().filter_map(|found| found.score_error).reduce(f64::max) {
        out.record(SCORE_ERROR, error);
    }
    Ok(())
}

/// Records logged effects, and the comparison of their errors.
fn replay(log: &Log, method: &Replay, out: &mut Recorder) -> anyhow::Result<()> {
    let (estimates, change) = out.timed(|| method.of(log))?;
    record_line(&log.truth, &estimates, out)?;
    if let Some(change) = change {
        out.record(MAE_CHANGE, change.mean);
        out.record(MAE_CHANGE_SE, change.se);
        if change.se > 0.0 {
            out.record(MAE_CHANGE_T, change.mean / change.se);
        }
    }
    Ok(())
}

/// Records the effects of a series, and the line through them.
fn record_line(truth: &[f64], estimates: &[f64], out: &mut Recorder) -> anyhow::Result<()> {
    for (tau, effect) in truth.iter().zip(estimates) {
        out.record_at(EFFECT, *tau, *effect);
    }
    let line = Line::through(truth, estimates)?;
    out.record(MAE, line.error);
    out.record(MAE_SE, line.error_se);
    out.record(SLOPE, line.slope);
    out.record(SLOPE_ERROR, (line.slope - 1.0).abs());
    out.record(INTERCEPT, line.intercept);
    let others = [
        (SLOPE_SE, line.slope_se),
        (F, line.identity.map(|test| test.f)),
        (F_P, line.identity.map(|test| test.p)),
    ];
    for (metric, value) in others {
        if let Some(value) = value {
            out.record(metric, value);
        }
    }
    Ok(())
}
