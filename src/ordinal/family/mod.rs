//! The ordinal family, as the harness sees it.

mod curves;
mod metrics;
mod selection;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics::mean;
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::metrics as scores;
use crate::metrics::{BINS, Pairing};
use crate::{Certificate, Estimator, Fit, Instance, Problem, Sample, Task};

use curves::CURVES;
use metrics::*;

/// Classes, ordered with a rare last one or not ordered.
pub static ORDINAL: Family<Problem, Instance, dyn Estimator> = Family {
    name: "ordinal",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: Problem::inputs,
    never,
    ready: |estimator| estimator.ready(),
    draw: Problem::draw,
    measure,
};

fn never(problem: &Problem) -> Vec<Metric> {
    if !problem.has_rare_class() {
        let mut none = vec![BINNED_MSE, BINNED_MSE_AS_PUBLISHED, RARE_MSE, REDRAWS_CROSSING, REDRAWS_UNSEEN];
        none.extend(OF_THE_RARE_CLASS);
        return none;
    }
    let mut none = match problem {
        Problem::Simulation(_) => vec![BINNED_MSE, BINNED_MSE_AS_PUBLISHED],
        Problem::Drawn(_) => vec![REDRAWS_CROSSING, REDRAWS_UNSEEN],
        Problem::Data(_) | Problem::Plans(_) => vec![RARE_MSE, REDRAWS_CROSSING, REDRAWS_UNSEEN],
    };
    none.extend(selection::METRICS);
    none
}

/// What is recorded of the rare class alone.
const OF_THE_RARE_CLASS: [Metric; 9] = [
    RARE_BRIER,
    RARE_LOG_SCORE,
    CALIBRATION_ERROR,
    MEAN_PREDICTION,
    EVENT_RATE,
    PREDICTED,
    OBSERVED,
    OVERPREDICTION,
    RARE_ROWS,
];

/// Records scores of predictions for rows with known labels.
fn record_scores(problem: &Problem, fit: &Fit, rows: &Sample, out: &mut Recorder) {
    if let Some(probabilities) = fit.model.probabilities(&rows.design) {
        out.record(BRIER, scores::brier_score(&probabilities, &rows.labels));
        out.record(LOG_SCORE, scores::log_score(&probabilities, &rows.labels));
        out.record(CROSSED, probabilities.crossed as f64);
        if !problem.has_rare_class() {
            out.record(ACCURACY, scores::accuracy(&probabilities, &rows.labels));
        }
    }
    if !problem.has_rare_class() {
        return;
    }
    let events = scores::events(rows);
    let rare = fit.model.rare(&rows.design);
    out.record(RARE_BRIER, scores::rare_brier_score(&rare, &events));
    out.record(RARE_LOG_SCORE, scores::rare_log_score(&rare, &events));
    out.record(MEAN_PREDICTION, mean(&rare));
    let happened: Vec<f64> = events.iter().map(|e| f64::from(u8::from(*e))).collect();
    out.record(EVENT_RATE, mean(&happened));
    let curve = scores::calibration_curve(&rare, &events, BINS);
    out.record(CALIBRATION_ERROR, scores::expected_calibration_error(&curve));
    for (bin, at) in curve.iter().zip(1..) {
        out.record_at(PREDICTED, f64::from(at), bin.predicted);
        out.record_at(OBSERVED, f64::from(at), bin.observed);
        out.record_at(OVERPREDICTION, f64::from(at), bin.predicted - bin.observed);
    }
}

fn measure(
    problem: &Problem,
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let train = &data.train;
    let task = Task {
        sample: train,
        test: data.test.as_ref().map(|t| &t.design),
        streams,
        groups: data.groups.as_deref(),
        model: data.model.as_ref(),
    };
    let fit = out.timed(|| estimator.fit(&task))?;
    anyhow::ensure!(fit.model.is_finite(), "the estimate is not finite");
    if let Some(truth) = &data.truth {
        let truth = scores::rare(truth, train.classes);
        out.record(RARE_MSE, scores::rare_probability_mse(&fit.model.rare(&train.design), &truth));
    }
    if let Some(test) = data.test.as_ref().filter(|_| problem.has_rare_class()) {
        let (rare, events) = (fit.model.rare(&test.design), scores::events(test));
        out.record(BINNED_MSE, scores::binned_rare_mse(&rare, &events, Pairing::Matched));
        let published = scores::binned_rare_mse(&rare, &events, Pairing::AsPublished);
        out.record(BINNED_MSE_AS_PUBLISHED, published);
    }
    record_scores(problem, &fit, data.test.as_ref().unwrap_or(train), out);
    out.record(CROSSED_TRAINING, fit.crossed_training as f64);
    if let Some(lambda) = fit.lambda {
        out.record(LAMBDA, lambda);
    }
    fit.reported.record(REPORTED, OWN, out);
    match fit.certificate {
        Certificate::None => {}
        Certificate::Kkt(value) => out.record(KKT, value),
        Certificate::Gradient(value) => out.record(GRADIENT, value),
    }
    if !fit.reported.no_iterations {
        out.record(ITERATIONS, fit.iterations as f64);
    }
    if problem.has_rare_class() {
        let rare_rows = scores::events(train).into_iter().filter(|e| *e).count();
        out.record(RARE_ROWS, rare_rows as f64);
    } else {
        selection::record(problem, data, &fit, out);
    }
    if data.truth.is_some() && !matches!(problem, Problem::Drawn(_)) {
        out.record(REDRAWS_CROSSING, data.redraws.crossing as f64);
        out.record(REDRAWS_UNSEEN, data.redraws.unseen as f64);
    }
    // Figures show the first replicate.
    if streams.replicate == 0 {
        for (k, step) in estimator.path(&task, &fit)?.into_iter().enumerate() {
            out.record_step([PATH, PATH_LAMBDA], k + 1, step.lambda, step.slopes.iter().map(Vec::as_slice));
        }
    }
    Ok(fit.shortfall)
}
