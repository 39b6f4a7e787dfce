//! The nonconvex family, as the harness sees it.

mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::stream::Streams;

use crate::estimator::Fit;
use crate::estimators::ENTRIES;
use crate::screening::auroc;
use crate::{Data, Estimator, Outcome, Problem};

use metrics::*;

/// SCAD and MCP in high dimensions, and screening.
pub static NONCONVEX: Family<Problem, Data, dyn Estimator> = Family {
    name: "nonconvex",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |_| &[],
    never,
    ready: |_| (),
    draw: |problem, streams| Ok(problem.draw(streams)),
    measure,
};

fn never(problem: &Problem) -> Vec<Metric> {
    match problem {
        Problem::Regression(_) => vec![AUROC],
        Problem::Screening(_) => METRICS.iter().copied().filter(|metric| *metric != AUROC).collect(),
    }
}

fn record_fit(fit: &Fit, beta: &[f64], out: &mut Recorder) {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let miss = square(&mut fit.coefficients.iter().zip(beta).map(|(a, b)| a - b));
    out.record(ERROR, miss / square(&mut beta.iter().copied()));
    let mut counts = [[0.0_f64; 2]; 2];
    for (b, truth) in fit.coefficients.iter().zip(beta) {
        counts[usize::from(*b != 0.0)][usize::from(*truth != 0.0)] += 1.0;
    }
    let share = |part: f64, row: [f64; 2]| if row[0] + row[1] > 0.0 { part / (row[0] + row[1]) } else { 0.0 };
    out.record(PPV, share(counts[1][1], counts[1]));
    out.record(NPV, share(counts[0][0], counts[0]));
    out.record(ACTIVE, counts[1][0] + counts[1][1] + f64::from(u8::from(fit.intercept != 0.0)));
    let optional = [
        (FRACTION, fit.fraction),
        (STATIONARITY, fit.stationarity),
        (VIOLATIONS, fit.violations.map(|v| v as f64)),
        (ITERATIONS, fit.iterations.map(|v| v as f64)),
    ];
    for (metric, value) in optional {
        if let Some(value) = value {
            out.record(metric, value);
        }
    }
}

fn measure(
    problem: &Problem,
    data: &Data,
    estimator: &dyn Estimator,
    _: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    match (out.timed(|| estimator.run(problem, data))?, data) {
        (Outcome::Run(run), _) => {
            out.record(TO_TARGET, run.to_target as f64);
            out.record(REACHED, f64::from(u8::from(run.reached)));
            out.record(OBJECTIVE, run.objective);
            out.record(ABOVE_BEST, run.above_best);
            out.record(ITERATIONS, run.iterations as f64);
            out.record(STATIONARITY, run.stationarity);
            out.record(RISE, run.rise);
            Ok(None)
        }
        (Outcome::Fit(fit), Data::Regression(sample)) => {
            record_fit(&fit, &sample.beta, out);
            Ok(fit.shortfall)
        }
        (Outcome::Scores(scores), Data::Screening(features)) => {
            anyhow::ensure!(scores.iter().all(|s| s.is_finite()), "a score is not finite");
            out.record(AUROC, auroc(&scores, &features.relevant));
            Ok(None)
        }
        _ => anyhow::bail!("an estimator of another kind of problem"),
    }
}
