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
use crate::onemap::methods::{Debias, Effect, Line};
use crate::theory::ncer;
use crate::{Data, Estimator, Method, Problem, Task};

use curves::CURVES;
use metrics::*;

/// Metrics of linear models with augmentation alone.
const AUGMENTATION: [Metric; 7] = [NCER, NCER_ADJUSTED, OFF_LIMIT, LIMIT, WEIGHT, LARGEST, BETA];

/// Metrics of trials whose outcomes are predicted alone.
const ONE_MAP: [Metric; 8] = [EFFECT, MAE, SLOPE, SLOPE_ERROR, INTERCEPT, CALIBRATION, SCORE_ERROR, R2];

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
        _ => &[],
    },
    never: |problem| match problem {
        Problem::Augmentation(p) => {
            let fresh = (!p.has_published_models()).then_some(NCER_ADJUSTED);
            fresh.into_iter().chain(ONE_MAP).chain(average::OWN).collect()
        }
        Problem::OneMap(_) => AUGMENTATION.into_iter().chain([RESIDUAL]).chain(average::OWN).collect(),
        _ => AUGMENTATION.into_iter().chain(ONE_MAP).chain(average::never(problem)).collect(),
    },
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

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
        if let Some(mean) = problem.mean_limit(limit)? {
            out.record(NCER_ADJUSTED, error - here + mean);
        }
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
    for (tau, effect) in truth.iter().zip(&estimates) {
        out.record_at(EFFECT, *tau, *effect);
    }
    let line = Line::through(&truth, &estimates)?;
    out.record(MAE, line.error);
    out.record(SLOPE, line.slope);
    out.record(SLOPE_ERROR, (line.slope - 1.0).abs());
    out.record(INTERCEPT, line.intercept);
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
