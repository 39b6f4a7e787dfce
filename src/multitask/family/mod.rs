//! The multitask family, as the harness sees it.

mod curves;
mod metrics;

use remeasure_core::family::{Family, Recorder};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::theory;
use crate::theory::Asymptotic;
use crate::{Estimator, Fit, Instance, Problem, Task, Truth, relevance};

use curves::CURVES;
use metrics::*;

/// Source tasks that share a representation with a target.
pub static MULTITASK: Family<Problem, Instance, dyn Estimator> = Family {
    name: "multitask",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: Problem::inputs,
    never: |problem| match problem {
        Problem::Model(_) => vec![TEST_ERROR],
        Problem::Digits(_) => {
            vec![EXCESS_RISK, REPRESENTATION_ERROR, ASYMPTOTIC, ASYMPTOTIC_RISK, OVER_ASYMPTOTIC, EFFICIENCY]
        }
    },
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

/// Records the errors of a fit, given the truth.
fn record_errors(data: &Instance, truth: &Truth, fit: &Fit, out: &mut Recorder) -> anyhow::Result<()> {
    let basis = &fit.representation.basis;
    let target = truth.coefficients(&truth.target);
    let distance = |head: &[f64]| {
        let mut difference = target.clone();
        basis.add_mul(-1.0, head.iter().copied().enumerate(), &mut difference);
        0.5 * kernels::squared_norm(&difference)
    };
    let mut projected = vec![0.0; basis.columns()];
    basis.tmul(&target, &mut projected);
    let (risk, missed) = (distance(&fit.head), distance(&projected));
    anyhow::ensure!(risk.is_finite() && missed.is_finite(), "the estimate is not finite");
    out.record(EXCESS_RISK, risk);
    out.record(REPRESENTATION_ERROR, missed);
    let (dimension, samples) = (basis.rows(), data.target.count());
    let counts: Vec<f64> = fit.sizes.iter().map(|n| *n as f64).collect();
    let expected = Asymptotic::new(dimension, truth.sigma, &truth.heads, &truth.target, &counts, samples)?;
    if expected.representation.is_finite() {
        out.record(ASYMPTOTIC, expected.representation);
        out.record(ASYMPTOTIC_RISK, expected.excess_risk());
        if expected.representation > 0.0 {
            out.record(OVER_ASYMPTOTIC, missed / expected.representation);
        }
        let variance = theory::design_variance(&truth.heads, &truth.target, &counts)?;
        let least = relevance::l1(&truth.heads, &truth.target)?.weights.iter().map(|v| v.abs()).sum::<f64>();
        out.record(EFFICIENCY, least * least / (counts.iter().sum::<f64>() * variance));
    }
    Ok(())
}

/// Share of rows whose label, ±1, does not have the sign of the prediction.
fn sign_errors(design: &Design, labels: &[f64], fit: &Fit) -> f64 {
    let mut coefficients = vec![0.0; design.columns()];
    fit.representation.basis.mul(&fit.head, &mut coefficients);
    let mut predicted = vec![0.0; design.rows()];
    design.mul(&coefficients, &mut predicted);
    let wrong = predicted.iter().zip(labels).filter(|(p, y)| **p * **y <= 0.0).count();
    wrong as f64 / labels.len() as f64
}

fn measure(
    _: &Problem,
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { instance: data, streams }))?;
    let numbers = fit.head.iter().chain(fit.representation.basis.as_slice());
    anyhow::ensure!(numbers.into_iter().all(|v| v.is_finite()), "the estimate is not finite");
    if let Some(truth) = &data.truth {
        record_errors(data, truth, &fit, out)?;
    }
    if let Some((design, labels)) = &data.held_out {
        out.record(TEST_ERROR, sign_errors(design, labels, &fit));
    }
    out.record(TASKS_USED, fit.sizes.iter().filter(|n| **n > 0).count() as f64);
    out.record(SAMPLES, fit.sizes.iter().sum::<u64>() as f64);
    out.record(COST, data.budget.spent(&fit.sizes));
    out.record(EPOCHS, fit.epochs as f64);
    out.record(STATIONARITY, fit.representation.stationarity);
    out.record(ITERATIONS, fit.representation.iterations as f64);
    if let Some(relevance) = &fit.relevance {
        out.record(RELEVANCE_RESIDUAL, relevance.residual);
        out.record(RELEVANCE_GAP, relevance.certificate);
    }
    Ok(fit.shortfall)
}
