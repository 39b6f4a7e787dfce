//! Measures the estimates of an ensemble.

use remeasure_core::deadline;
use remeasure_core::family::Recorder;
use remeasure_core::stream::Streams;

use super::metrics::*;
use super::record_certificate;
use crate::metrics;
use crate::metrics::SupportCounts;
use crate::{Ensemble, Estimator, Learning, Recovery};

/// Estimates and records; returns why the method stopped before meeting its stopping rule, if it did.
pub(super) fn measure(
    data: &Ensemble,
    estimator: &dyn Estimator,
    streams: &Streams,
    success: Option<f64>,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let recovery = out.timed(|| estimator.recover(data, streams))?;
    if !finite(&recovery.coefficients) {
        // If training diverged, only what was learned is recorded.
        record_learning(&recovery, out);
        let why = recovery.shortfall;
        return Ok(Some(why.unwrap_or_else(|| "the estimates are not finite".to_owned())));
    }
    record_errors(data, &recovery.coefficients, success, out);
    if let Some(lambda) = data.penalty {
        let objectives = metrics::objectives(data, &recovery.coefficients, lambda);
        out.record(OBJECTIVE_L1, objectives.l1);
        out.record(OBJECTIVE_L0, objectives.l0);
        if recovery.against_ista
            && let Some(iterations) = data.ista_iterations(lambda, objectives.l1)
        {
            out.record(ISTA_ITERATIONS, iterations as f64);
        }
    }
    if let Some(certificate) = recovery.certificate {
        record_certificate(certificate, out);
    }
    out.record(ITERATIONS, recovery.iterations);
    record_layers(data, &recovery, out);
    record_learning(&recovery, out);
    Ok(recovery.shortfall)
}

fn record_errors(data: &Ensemble, estimates: &[f64], success: Option<f64>, out: &mut Recorder) {
    let p = data.design.columns();
    let size = data.len() as f64;
    // If all signals are zero, there is no relative error.
    if let Some(nmse) = metrics::ensemble_nmse(data, estimates) {
        out.record(NMSE, nmse);
        if nmse > 0.0 {
            out.record(NMSE_DB, decibels(nmse));
        }
    }
    let (mut precision, mut recall, mut f1, mut nonzeros, mut successes) = (0.0, 0.0, 0.0, 0, 0);
    for (s, estimate) in estimates.chunks_exact(p).enumerate() {
        let truth = data.truth(s);
        let counts = SupportCounts::of(estimate, &truth);
        precision += counts.precision();
        recall += counts.recall();
        f1 += counts.f1();
        nonzeros += counts.selected;
        let limit = success.unwrap_or(0.0);
        successes += usize::from(metrics::nmse(estimate, &truth.coefficients) <= limit);
    }
    out.record(SUCCESS, successes as f64 / size);
    out.record(SUPPORT_PRECISION, precision / size);
    out.record(SUPPORT_RECALL, recall / size);
    out.record(SUPPORT_F1, f1 / size);
    out.record(NONZEROS, nonzeros as f64 / size);
}

fn finite(x: &[f64]) -> bool {
    x.iter().all(|v| v.is_finite())
}

fn decibels(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

fn record_layers(data: &Ensemble, recovery: &Recovery, out: &mut Recorder) {
    for layer in recovery.layers.iter().take_while(|_| !deadline::passed()) {
        if !finite(&layer.coefficients) {
            continue;
        }
        let at = layer.index as f64;
        if let Some(nmse) = metrics::ensemble_nmse(data, &layer.coefficients).filter(|e| *e > 0.0) {
            out.record_at(NMSE_DB, at, decibels(nmse));
        }
        if let Some(lambda) = data.penalty {
            let objectives = metrics::objectives(data, &layer.coefficients, lambda);
            out.record_at(OBJECTIVE_L1, at, objectives.l1);
            out.record_at(OBJECTIVE_L0, at, objectives.l0);
        }
    }
}

fn record_learning(recovery: &Recovery, out: &mut Recorder) {
    let Some(Learning { loss, steps, thresholds, skipped }) = &recovery.learning else { return };
    out.record(SKIPPED_BATCHES, *skipped as f64);
    for (metric, values) in [(STEP, steps), (THRESHOLD, thresholds)] {
        for (t, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            out.record_at(metric, (t + 1) as f64, *value);
        }
    }
    for (batches, value) in loss.iter().filter(|(_, v)| v.is_finite()) {
        out.record_at(TRAINING_LOSS, *batches as f64, *value);
    }
}
