//! The causal family, as the harness sees it.

mod curves;
mod metrics;

use remeasure_core::family::{Family, Recorder};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::theory::ncer;
use crate::{Estimator, Instance, Problem, Task};

use curves::CURVES;
use metrics::*;

/// Effects of confounded features on an outcome.
pub static CAUSAL: Family<Problem, Instance, dyn Estimator> = Family {
    name: "causal",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |_| &[],
    never: |problem| if problem.has_published_models() { Vec::new() } else { vec![NCER_ADJUSTED] },
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

fn measure(
    problem: &Problem,
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { instance: data, streams }))?;
    anyhow::ensure!(fit.h.iter().all(|v| v.is_finite()), "the estimate is not finite");
    let error = ncer(&fit.h, &data.model.effect);
    out.record(NCER, error);
    if let Some(limit) = fit.limit {
        if let Some(here) = problem.limit(&data.model, limit)? {
            out.record(OFF_LIMIT, error - here);
            out.record(LIMIT, here);
            if let Some(mean) = problem.mean_limit(limit)? {
                out.record(NCER_ADJUSTED, error - here + mean);
            }
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
    Ok(None)
}
