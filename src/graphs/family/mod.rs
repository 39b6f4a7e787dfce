//! The family, as the harness sees it.

mod classes;
mod metrics;

use anyhow::ensure;
use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::kernels;
use remeasure_core::stream::Streams;

use crate::dag::{Counts, Dag, cpdag, shd, sid, skeleton_f1};
use crate::estimators::ENTRIES;
use crate::sem::{Sample, Truth, WeightFit};
use crate::{Data, Method, Problem};

use metrics::*;

/// Directed acyclic graphs from data.
pub static GRAPHS: Family<Problem, Data, Method> = Family {
    name: "graphs",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, method| method.admit(problem),
    inputs: Problem::inputs,
    never,
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

/// Metrics that a problem never has.
fn never(problem: &Problem) -> Vec<Metric> {
    match problem {
        Problem::LinearSem(sem) if sem.has_variances() => [&[WEIGHT], classes::OWN].concat(),
        Problem::LinearSem(_) => [&[WEIGHT, NOISE_ERROR, LEVEL_ERROR], classes::OWN].concat(),
        Problem::FileSem(file) if file.sample.truth.is_some() => {
            [&[NOISE_ERROR, LEVEL_ERROR], classes::OWN].concat()
        }
        Problem::FileSem(_) => {
            let distances = [
                SHD,
                EXTRA,
                MISSING,
                REVERSED,
                TPR,
                FDR,
                SKELETON_F1,
                SHD_CPDAG,
                SID,
                NOISE_ERROR,
                LEVEL_ERROR,
            ];
            [&distances, classes::OWN].concat()
        }
        Problem::Expression(problem) => classes::never(problem),
    }
}

fn measure(
    problem: &Problem,
    data: &Data,
    method: &Method,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    match (data, method) {
        (Data::Sample(sample), Method::Weights(estimator)) => {
            let fit = out.timed(|| estimator.fit(sample))?;
            record_weights(problem, sample, fit, out)
        }
        (Data::Views(views), Method::Class(estimator)) => {
            let fit = out.timed(|| estimator.fit(views))?;
            Ok(classes::record(views, fit, streams.replicate == 0, out))
        }
        (Data::Views(views), Method::Test(test)) => {
            let result = out.timed(|| test.test(views))?;
            classes::record_test(result, out);
            Ok(None)
        }
        _ => anyhow::bail!("the estimator is for another kind of problem"),
    }
}

/// Records estimated weights; returns why the fit fell short, if it did.
fn record_weights(
    problem: &Problem,
    sample: &Sample,
    fit: WeightFit,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    ensure!(fit.weights.iter().all(|w| w.is_finite()), "an estimated weight is not finite");
    let dag = Dag::from_weights(sample.nodes, &fit.weights)?;
    out.record(EDGES, dag.edges().count() as f64);
    let numbers = [
        (OBJECTIVE, fit.objective),
        (NORM, fit.norm),
        (GRADIENT, fit.gradient),
        (ACYCLICITY, fit.acyclicity),
        (DROPPED, fit.dropped.map(|v| v as f64)),
        (STEPS, fit.steps.map(|v| v as f64)),
    ];
    for (metric, value) in numbers {
        let Some(value) = value else { continue };
        ensure!(value.is_finite(), "`{}` is not a finite number", metric.name);
        out.record(metric, value);
    }
    if let Some(truth) = &sample.truth {
        record_distances(&truth.dag, &dag, out);
        record_noise(truth, &fit, out)?;
    }
    if matches!(problem, Problem::FileSem(_)) {
        for (i, j) in dag.edges() {
            let place = 1000 * (i + 1) + j + 1;
            out.record_at(WEIGHT, place as f64, fit.weights[i * sample.nodes + j]);
        }
    }
    Ok(fit.shortfall)
}

/// Records the distances of an estimated DAG.
fn record_distances(truth: &Dag, estimate: &Dag, out: &mut Recorder) {
    let counts = Counts::new(truth, estimate);
    out.record(SHD, counts.shd() as f64);
    out.record(EXTRA, counts.extra as f64);
    out.record(MISSING, counts.missing as f64);
    out.record(REVERSED, counts.reversed as f64);
    out.record(TPR, counts.tpr());
    out.record(FDR, counts.fdr());
    out.record(SKELETON_F1, skeleton_f1(truth.graph(), estimate.graph()));
    out.record(SHD_CPDAG, shd(&cpdag(truth), &cpdag(estimate)) as f64);
    out.record(SID, sid(truth, estimate) as f64);
}

/// Records the error of the variances of the noise.
fn record_noise(truth: &Truth, fit: &WeightFit, out: &mut Recorder) -> anyhow::Result<()> {
    let (Some(known), Some(found)) = (&truth.variances, &fit.variances) else { return Ok(()) };
    let difference: Vec<f64> = known.iter().zip(found).map(|(k, f)| f - k).collect();
    let error = (kernels::squared_norm(&difference) / kernels::squared_norm(known)).sqrt();
    ensure!(error.is_finite(), "an estimated variance is not finite");
    out.record(NOISE_ERROR, error);
    let [known, found] = [known, found].map(|v| v.iter().sum::<f64>());
    out.record(LEVEL_ERROR, (found - known).abs() / known);
    Ok(())
}
