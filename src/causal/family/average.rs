//! Average effects: what is recorded of an estimate.

use anyhow::ensure;
use remeasure_core::family::{Metric, Recorder};
use remeasure_core::numerics::statistics;
use remeasure_core::stream::Streams;

use super::metrics::*;
use crate::Problem;
use crate::instrument::{AverageEffect, Observed};

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Metrics of average effects alone.
pub(super) const OWN: [Metric; 16] = [
    ESTIMATE,
    SE,
    LOWER,
    UPPER,
    ERROR,
    ABSOLUTE_ERROR,
    SQUARED_ERROR,
    COVERS,
    LIMIT_ESTIMATE,
    OFF_LIMIT_ESTIMATE,
    CLIPPED_PROPENSITIES,
    CLIPPED_EXPOSURES,
    CLIPPED_DIFFERENCES,
    STRENGTH,
    COMBINATION_ERROR,
    COMBINATION_ESTIMATE,
];

/// Metrics that a problem with an instrument does not have.
pub(super) fn never(problem: &Problem) -> Vec<Metric> {
    let mut out = Vec::new();
    if !matches!(problem, Problem::Direct(_)) {
        out.extend([LIMIT_ESTIMATE, OFF_LIMIT_ESTIMATE]);
    }
    if matches!(problem, Problem::Many(_)) {
        out.extend([CLIPPED_PROPENSITIES, CLIPPED_EXPOSURES, CLIPPED_DIFFERENCES, COMBINATION_ERROR]);
    }
    if problem.effect().is_some() || problem.resamples() {
        out.push(COMBINATION_ESTIMATE);
    } else {
        out.extend([ERROR, ABSOLUTE_ERROR, SQUARED_ERROR, COVERS, COMBINATION_ERROR]);
    }
    out
}

/// Estimates and records an average effect.
pub(super) fn measure(
    problem: &Problem,
    data: &Observed,
    method: &dyn AverageEffect,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let found = out.timed(|| method.estimate(data, streams))?;
    ensure!(found.value.is_finite(), "the estimate is not finite");
    ensure!(found.se.is_none_or(f64::is_finite), "the standard error is not finite");
    // In a bootstrap, the truth is the estimate from all rows.
    let truth = match (problem.effect(), problem) {
        (None, Problem::Rows(rows)) if rows.resample => Some(method.estimate(&rows.whole, streams)?.value),
        (truth, _) => truth,
    };
    out.record(ESTIMATE, found.value);
    if let Some(se) = found.se {
        let (low, high) = (found.value - Z * se, found.value + Z * se);
        out.record(SE, se);
        out.record(LOWER, low);
        out.record(UPPER, high);
        if let Some(truth) = truth {
            out.record(COVERS, f64::from(u8::from((low..=high).contains(&truth))));
        }
    }
    if let Some(truth) = truth {
        let error = found.value - truth;
        let sizes = || {
            let mut sizes: Vec<f64> = found.combinations.iter().map(|v| (v - truth).abs()).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            statistics::quantile(&sizes, 0.5)
        };
        out.record(ERROR, error);
        out.record(ABSOLUTE_ERROR, if found.typical { sizes() } else { error.abs() });
        out.record(SQUARED_ERROR, error * error);
    }
    // Once, not by each method that uses them.
    if found.typical {
        for (at, value) in found.combinations.iter().enumerate() {
            match truth {
                Some(truth) => out.record_at(COMBINATION_ERROR, at as f64, value - truth),
                None => out.record_at(COMBINATION_ESTIMATE, at as f64, *value),
            }
        }
    }
    if let Problem::Direct(direct) = problem
        && let Some(limit) = method.limit(direct)
    {
        out.record(LIMIT_ESTIMATE, limit);
        out.record(OFF_LIMIT_ESTIMATE, found.value - limit);
    }
    if let Some(clipped) = found.clipped {
        out.record(CLIPPED_PROPENSITIES, clipped.propensities as f64);
        out.record(CLIPPED_EXPOSURES, clipped.exposures as f64);
        out.record(CLIPPED_DIFFERENCES, clipped.differences as f64);
    }
    for (metric, value) in [(RESIDUAL, found.residual), (STRENGTH, found.strength)] {
        if let Some(value) = value.filter(|v| v.is_finite()) {
            out.record(metric, value);
        }
    }
    Ok(found.shortfall)
}
