//! The supports family, as the harness sees it.

mod metrics;

use remeasure_core::family::{Family, Recorder};
use remeasure_core::numerics::kernels;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::{Estimator, Instance, Problem, Task};

use metrics::*;

/// Sparse regression with random supports.
pub static SUPPORTS: Family<Problem, Instance, dyn Estimator> = Family {
    name: "supports",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: || vec![Kind::of::<Problem>("", "a sparse signal on a badly conditioned design")],
    problem: params::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |problem, streams| problem.draw(streams),
    measure,
};

fn measure(
    problem: &Problem,
    instance: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { problem, instance, streams }))?;
    let n = instance.signal.len() as f64;
    let squares = fit.prediction.iter().zip(&instance.signal).map(|(a, b)| (a - b).powi(2));
    let error = squares.sum::<f64>() / n;
    anyhow::ensure!(error.is_finite(), "the predictions are not finite");
    out.record(ERROR, error);
    let count = |number: usize| Some(number as f64);
    for (metric, value) in [(LEVEL, fit.level), (SIZE, fit.size.and_then(count)), (GAP, fit.gap)] {
        if let Some(value) = value {
            out.record(metric, value);
        }
    }
    if let Some(found) = fit.guarantee {
        // A solution with a gap adds at most twice that to the bound of an exact one.
        let slack = 2.0 * fit.gap.unwrap_or(0.0) * kernels::squared_norm(&instance.response) / (2.0 * n);
        let broken = error > found.bound * (1.0 + 1e-9) + slack;
        let event = |happened: bool| f64::from(u8::from(happened));
        for (metric, value) in [
            (REFERENCE, found.reference as f64),
            (FAILURES, found.failures),
            (EXCESS, found.excess),
            (WEIGHT, found.weight),
            (PLAIN_WEIGHT, found.plain_weight),
            (CONTRADICTIONS, found.contradictions as f64),
            (BOUND, found.bound),
            (STATED, found.stated),
            (APPLIES, event(found.applies)),
            (BROKEN, event(broken)),
            (VIOLATED, event(broken && found.applies)),
            (ORTHOGONALITY, found.orthogonality),
        ] {
            out.record(metric, value);
        }
    }
    Ok(fit.shortfall)
}
