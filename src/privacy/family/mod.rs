//! The privacy family, as the harness sees it.

mod metrics;

use remeasure_core::family::{Family, Recorder};
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::{Estimator, Problem, Task, Users};

use metrics::*;

/// Sparse regression under local differential privacy.
pub static PRIVACY: Family<Problem, Users, dyn Estimator> = Family {
    name: "privacy",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: || vec![Kind::of::<Problem>("", "users with one row each")],
    problem: params::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |problem, streams| Ok(problem.draw(streams)),
    measure,
};

fn error(estimate: &[f64], truth: &[f64]) -> f64 {
    estimate.iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Share of the support among the largest coefficients.
fn recall(estimate: &[f64], truth: &[f64], k: usize) -> f64 {
    let mut order: Vec<usize> = (0..truth.len()).filter(|&j| estimate[j] != 0.0).collect();
    order.sort_by(|&a, &b| estimate[b].abs().total_cmp(&estimate[a].abs()).then(a.cmp(&b)));
    order.iter().take(k).filter(|&&j| truth[j] != 0.0).count() as f64 / k as f64
}

fn measure(
    problem: &Problem,
    users: &Users,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { problem, users, streams }))?;
    if let Some(theta) = &fit.coefficients {
        let value = error(theta, &users.truth);
        anyhow::ensure!(value.is_finite(), "the estimate is not finite");
        out.record(ERROR, value);
        out.record(RECALL, recall(theta, &users.truth, problem.k));
    }
    for (t, theta) in fit.rounds.iter().enumerate() {
        out.record_at(ERROR, (t + 1) as f64, error(theta, &users.truth));
    }
    for (metric, value) in [
        (LAMBDA, fit.lambda),
        (CLIPPED_X, fit.clipped_x),
        (CLIPPED_Y, fit.clipped_y),
        (REACH, fit.reach),
        (USED, fit.used),
    ] {
        if let Some(value) = value {
            out.record(metric, value);
        }
    }
    if let Some(audit) = fit.audit {
        out.record(UP, audit.up);
        // Nothing can be said of the ratio if nothing was counted.
        if audit.up > 0.0 && audit.down > 0.0 {
            out.record(LOSS, (audit.up / audit.down).ln() / problem.epsilon);
        }
        out.record(BIAS, audit.bias);
        out.record(NORM_ERROR, audit.norm_error);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::recall;

    #[test]
    fn the_support_is_looked_for_among_the_largest() {
        let truth = [0.5, 0.0, -0.5, 0.0];
        assert_eq!(recall(&[0.4, 0.1, 0.05, 0.0], &truth, 2), 0.5);
        assert_eq!(recall(&[0.4, 0.0, 0.05, 0.0], &truth, 2), 1.0);
        assert_eq!(recall(&[0.0; 4], &truth, 2), 0.0);
    }
}
