//! The meta family, as the harness sees it.

mod metrics;

use anyhow::ensure;
use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::extraction::{Comparison, Scores};
use crate::pooling::{Pooled, Z};
use crate::studies::Studies;
use crate::{Data, Estimator, Fit, Problem, Shift};

use metrics::*;

/// Meta-analysis and the extraction of its numbers.
pub static META: Family<Problem, Data, dyn Estimator> = Family {
    name: "meta",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: Problem::inputs,
    never,
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

/// Metrics of graded answers end here in [`METRICS`], those of pseudo meta-analyses at the next.
const PARTS: [Metric; 3] = [ERROR_NOT_LESS, POOLED, PROFILE_RESIDUAL];

/// Metrics that a problem does not have: those of the other kinds, and ratios where effects are none.
fn never(problem: &Problem) -> Vec<Metric> {
    let own = match problem {
        Problem::Extraction { .. } => 0,
        Problem::Pseudo { .. } => 1,
        Problem::Pooling { .. } => 2,
    };
    let mut part = 0;
    let mut others = Vec::new();
    for metric in METRICS {
        if part != own {
            others.push(*metric);
        }
        if *metric == PARTS[part.min(2)] {
            part += 1;
        }
    }
    if let Problem::Pooling { studies, .. } = problem
        && !studies.is_ratio()
    {
        others.extend([RATIO, RATIO_LOWER, RATIO_UPPER]);
    }
    others
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Records numbers, all of which must be finite.
fn record(out: &mut Recorder, numbers: &[(Metric, Option<f64>)]) -> anyhow::Result<()> {
    for (metric, value) in numbers {
        let Some(value) = value else { continue };
        ensure!(value.is_finite(), "`{}` is not a finite number", metric.name);
        out.record(*metric, *value);
    }
    Ok(())
}

fn record_scores(scores: &Scores, comparison: Option<&Comparison>, out: &mut Recorder) -> anyhow::Result<()> {
    let errors = scores.errors;
    record(
        out,
        &[
            (EXACT_MATCH, Some(scores.exact)),
            (EXACT_MATCH_COMPLETE, scores.exact_complete),
            (UNKNOWN, Some(scores.unknown as f64)),
            (COMPUTABLE, scores.computable),
            (COMPUTED, Some(scores.computed as f64)),
            (MAE, errors.map(|e| e.mean)),
            (MAE_SE, errors.and_then(|e| e.se)),
            (MAE_SE_SIGNED, errors.map(|e| e.se_signed)),
            (MEDIAN_ERROR, errors.map(|e| e.median)),
            (LARGEST_ERROR, errors.map(|e| e.largest)),
        ],
    )?;
    for (j, share) in scores.partial.iter().enumerate() {
        out.record_at(PARTIAL_MATCH, (j + 1) as f64, *share);
    }
    let Some(comparison) = comparison else { return Ok(()) };
    let error = comparison.error;
    record(
        out,
        &[
            (ADVANTAGE, Some(comparison.exact.mean)),
            (ADVANTAGE_SE, comparison.exact.se),
            (NOT_AHEAD, Some(flag(comparison.exact.mean <= 0.0))),
            (COMMON, Some(error.map_or(0.0, |e| e.rows as f64))),
            (MAE_CHANGE, error.map(|e| e.mean)),
            (MAE_CHANGE_SE, error.and_then(|e| e.se)),
            (MAE_CHANGE_RAW, comparison.error_raw),
            (ERROR_NOT_LESS, error.map(|e| flag(e.mean >= 0.0))),
        ],
    )
}

/// Returns the reason if there is no estimate.
fn record_shift(shift: &Shift, out: &mut Recorder) -> anyhow::Result<Option<String>> {
    record(
        out,
        &[
            (SHIFT, shift.shift),
            (FLIPPED, shift.flipped.map(flag)),
            (REVERSED, shift.reversed.map(flag)),
            (DROPPED, shift.dropped.map(|d| d as f64)),
            (POOLED, Some(flag(shift.shift.is_some()))),
        ],
    )?;
    Ok(shift.shift.is_none().then(|| "none of the trials can be pooled from these answers".to_owned()))
}

fn record_pooled(studies: &Studies, pooled: &Pooled, out: &mut Recorder) -> anyhow::Result<()> {
    let (low, high) = pooled.interval();
    let ratio = |value: f64| studies.is_ratio().then(|| value.exp());
    let (between, profile) = (pooled.between, pooled.profile);
    record(
        out,
        &[
            (ESTIMATE, Some(pooled.estimate)),
            (SE, Some(pooled.se)),
            (LOWER, Some(low)),
            (UPPER, Some(high)),
            (RATIO, ratio(pooled.estimate)),
            (RATIO_LOWER, ratio(low)),
            (RATIO_UPPER, ratio(high)),
            (SIGNIFICANT, Some(flag(low > 0.0 || high < 0.0))),
            (Q, Some(pooled.q)),
            (Q_P, pooled.q_p_value()),
            (I2, pooled.i2),
            (I2_LOWER, profile.map(|p| p.i2.0)),
            (I2_UPPER, profile.map(|p| p.i2.1)),
            (TAU2, between.map(|b| b.tau2)),
            (TAU2_LOWER, profile.map(|p| p.tau2.0)),
            (TAU2_UPPER, profile.map(|p| p.tau2.1)),
            (STUDIES, Some(pooled.studies as f64)),
            (LEFT_OUT, Some((studies.count() - pooled.studies) as f64)),
            (GRADIENT, pooled.gradient),
            (RESIDUAL, between.and_then(|b| b.residual)),
            (PROFILE_RESIDUAL, profile.map(|p| p.residual)),
        ],
    )?;
    for (i, (effect, weight)) in studies.effects().iter().zip(&pooled.weights).enumerate() {
        let place = (i + 1) as f64;
        out.record_at(WEIGHT, place, *weight);
        if let Some(effect) = effect {
            let half = Z * effect.variance.sqrt();
            out.record_at(STUDY_EFFECT, place, effect.value);
            out.record_at(STUDY_LOWER, place, effect.value - half);
            out.record_at(STUDY_UPPER, place, effect.value + half);
        }
    }
    Ok(())
}

fn measure(
    _: &Problem,
    data: &Data,
    estimator: &dyn Estimator,
    _: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    match (out.timed(|| estimator.fit(data))?, data) {
        (Fit::Scores(scores, comparison), _) => {
            record_scores(&scores, comparison.as_ref(), out)?;
            Ok(None)
        }
        (Fit::Shift(shift), _) => record_shift(&shift, out),
        (Fit::Pooled(pooled), Data::Studies(studies)) => {
            record_pooled(studies, &pooled, out)?;
            Ok(pooled.shortfall.clone())
        }
        (Fit::Pooled(_), _) => anyhow::bail!("an estimate was pooled where there are no studies"),
    }
}
