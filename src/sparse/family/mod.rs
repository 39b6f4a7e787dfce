//! The sparse family, as the harness sees it.

mod curves;
mod ensemble;
mod instance;
mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::{Certificate, Draw, Estimator, Problem};

use curves::CURVES;
use metrics::*;

/// `y = A x + w` with a sparse `x`.
pub static SPARSE: Family<Problem, Draw, dyn Estimator> = Family {
    name: "sparse",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |problem| match problem {
        Problem::Csv(observations) => &observations.inputs,
        Problem::Synthetic(_) | Problem::Ensemble(_) | Problem::Command(_) => &[],
    },
    never: |problem| match problem {
        Problem::Command(_) => [&[SUCCESS], OF_AN_ENSEMBLE].concat(),
        Problem::Csv(_) => [OF_THE_TRUTH, OF_AN_ENSEMBLE].concat(),
        Problem::Synthetic(_) => [&[TEST_MSE], OF_AN_ENSEMBLE].concat(),
        Problem::Ensemble(_) => vec![TEST_MSE, PREDICTION_ERROR, LAMBDA, OBJECTIVE, PATH, PATH_LAMBDA],
    },
    ready: |estimator| estimator.ready(),
    draw: |problem, streams| problem.draw(streams),
    measure,
};

/// Metrics that need the true coefficients.
const OF_THE_TRUTH: &[Metric] =
    &[NMSE, SUCCESS, PREDICTION_ERROR, SUPPORT_PRECISION, SUPPORT_RECALL, SUPPORT_F1];
/// Metrics of many signals that share a design.
const OF_AN_ENSEMBLE: &[Metric] =
    &[NMSE_DB, OBJECTIVE_L1, OBJECTIVE_L0, ISTA_ITERATIONS, STEP, THRESHOLD, TRAINING_LOSS, SKIPPED_BATCHES];

fn measure(
    problem: &Problem,
    data: &Draw,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let success = problem.model().map(|model| model.success_nmse);
    let shortfall = match data {
        Draw::Instance(data) => instance::measure(data, estimator, streams, success, out)?,
        Draw::Ensemble(data) => ensemble::measure(data, estimator, streams, success, out)?,
    };
    Ok(shortfall)
}

/// Records the certificate of a fit.
fn record_certificate(certificate: Certificate, out: &mut Recorder) {
    match certificate {
        Certificate::None => {}
        Certificate::RelativeGap(value) => out.record(GAP, value),
        Certificate::FixedPoint(value) => out.record(FIXED_POINT, value),
        Certificate::Orthogonality(value) => out.record(ORTHOGONALITY, value),
    }
}
