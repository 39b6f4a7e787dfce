//! Measures a fit to one response.

use remeasure_core::deadline;
use remeasure_core::family::Recorder;
use remeasure_core::stream::Streams;
use remeasure_optim::{self, ElasticNet};

use super::metrics::*;
use super::record_certificate;
use crate::metrics;
use crate::metrics::SupportCounts;
use crate::{Estimator, Fit, Instance, Task};

/// Records the error and, if there is a penalty, the duality gap relative to `P(0)` along the trajectory.
fn record_trajectory(data: &Instance, fit: &Fit, out: &mut Recorder) -> anyhow::Result<()> {
    let penalty = fit.lambda.map(ElasticNet::l1).transpose()?;
    let n = data.response.len() as f64;
    let null = data.response.iter().map(|y| y * y).sum::<f64>() / (2.0 * n);
    for snapshot in fit.trajectory.iter().take_while(|_| !deadline::passed()) {
        let (at, x) = (snapshot.iteration as f64, &snapshot.coefficients);
        if let Some(truth) = &data.truth {
            out.record_at(NMSE, at, metrics::nmse(x, &truth.coefficients));
        }
        if let Some(penalty) = &penalty {
            let certificate =
                remeasure_optim::Certificate::least_squares(&data.design, &data.response, penalty, x);
            out.record_at(GAP, at, certificate.gap / null);
        }
    }
    Ok(())
}

/// Fits and records; returns why the fit stopped before meeting its stopping rule, if it did.
pub(super) fn measure(
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    success: Option<f64>,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let task = Task {
        design: &data.design,
        response: &data.response,
        truth: data.truth.as_ref(),
        penalty: None,
        streams,
    };
    // Whatever the method would make of it.
    let square: f64 = data.response.iter().map(|y| y * y).sum();
    anyhow::ensure!(square.is_finite(), "response: holds a value that is not finite or is too large");
    let fit = out.timed(|| estimator.fit(&task))?;
    anyhow::ensure!(fit.coefficients.iter().all(|v| v.is_finite()), "the estimate is not finite");
    if let Some(truth) = &data.truth {
        let nmse = metrics::nmse(&fit.coefficients, &truth.coefficients);
        out.record(NMSE, nmse);
        if let Some(limit) = success {
            out.record(SUCCESS, f64::from(u8::from(nmse <= limit)));
        }
        let error = metrics::prediction_error(&data.design, &fit.coefficients, &truth.coefficients);
        out.record(PREDICTION_ERROR, error);
        let counts = SupportCounts::of(&fit.coefficients, truth);
        out.record(SUPPORT_PRECISION, counts.precision());
        out.record(SUPPORT_RECALL, counts.recall());
        out.record(SUPPORT_F1, counts.f1());
    }
    if let Some((design, response)) = &data.held_out {
        out.record(TEST_MSE, metrics::mean_squared_error(design, response, &fit.coefficients));
    }
    out.record(NONZEROS, fit.coefficients.iter().filter(|v| **v != 0.0).count() as f64);
    if let Some(lambda) = fit.lambda {
        out.record(LAMBDA, lambda);
    }
    if let Some(objective) = estimator.objective(&task, &fit) {
        out.record(OBJECTIVE, objective);
    }
    record_certificate(fit.certificate, out);
    if !fit.reported.no_iterations {
        out.record(ITERATIONS, fit.iterations as f64);
    }
    fit.reported.record(REPORTED, OWN, out);
    record_trajectory(data, &fit, out)?;
    // Figures show the first replicate.
    if streams.replicate == 0 {
        for (k, step) in estimator.path(&task, &fit)?.into_iter().enumerate() {
            out.record_step([PATH, PATH_LAMBDA], k + 1, step.lambda, [step.coefficients.as_slice()]);
        }
    }
    Ok(fit.shortfall)
}
