//! The sparse family, as the harness sees it.

mod curves;
mod ensemble;
mod instance;
mod metrics;

use remeasure_core::family::{Family, Recorder};
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
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |problem| match problem {
        Problem::Csv(observations) => &observations.files,
        Problem::Synthetic(_) | Problem::Ensemble(_) => &[],
    },
    draw: |problem, streams| Ok(problem.draw(streams)),
    measure,
};

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
