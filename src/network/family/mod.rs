//! The network family, as the harness sees it.

mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::node::Kind;
use crate::scores::Measures;
use crate::{Estimator, Fit, Instance, Problem, Task};

use metrics::*;

/// Models at the nodes of a graph.
pub static NETWORK: Family<Problem, Instance, dyn Estimator> = Family {
    name: "network",
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

/// Metrics of models that the problem does not have.
fn never(problem: &Problem) -> Vec<Metric> {
    let kind = problem.model().kind();
    let mut never = Vec::new();
    if kind != Kind::Ridge {
        never.push(MSE);
    }
    if kind != Kind::Logistic {
        never.extend([ERROR_RATE, LOG_LOSS]);
    }
    if kind == Kind::Ridge {
        never.push(AUC);
    }
    if kind != Kind::OneClass {
        never.extend([DETECTION, FALSE_ALARMS, BELOW]);
    }
    match problem {
        Problem::Synthetic(_) if kind == Kind::OneClass => never.push(COEFFICIENT_ERROR),
        Problem::Synthetic(_) => (),
        Problem::Csv(table) => {
            never.push(COEFFICIENT_ERROR);
            if kind == Kind::OneClass && !table.has_incidents() {
                never.extend([AUC, DETECTION]);
            }
        }
    }
    never
}

/// Records what was measured, of the final fit or at a coordinate.
fn record(measures: &Measures, at: Option<f64>, out: &mut Recorder) -> anyhow::Result<()> {
    let numbers = [
        (MSE, measures.mse),
        (COEFFICIENT_ERROR, measures.coefficient_error),
        (AUC, measures.auc),
        (DETECTION, measures.detection),
        (FALSE_ALARMS, measures.false_alarms),
        (BELOW, measures.below),
        (ERROR_RATE, measures.error_rate),
        (LOG_LOSS, measures.log_loss),
    ];
    for (metric, value) in numbers {
        let Some(value) = value else { continue };
        anyhow::ensure!(value.is_finite(), "`{}` is not a finite number", metric.name);
        match at {
            Some(at) => out.record_at(metric, at, value),
            None => out.record(metric, value),
        }
    }
    Ok(())
}

fn measure(
    _: &Problem,
    instance: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit: Fit = out.timed(|| estimator.fit(Task { instance, streams }))?;
    let measures = fit.measures(instance);
    record(&measures, None, out)?;
    for point in &fit.path {
        record(&point.measures, Some(point.lambda), out)?;
        out.record_at(GAP, point.lambda, point.gap);
        out.record_at(ITERATIONS, point.lambda, point.iterations as f64);
        out.record_at(CLUSTERS, point.lambda, point.clusters as f64);
    }
    if fit.lambda.is_none()
        && let [first, .., last] = &instance.path[..]
    {
        // A level along the path.
        record(&measures, Some(*first), out)?;
        record(&measures, Some(*last), out)?;
    }
    for (iteration, gap) in &fit.trace {
        out.record_at(GAP_AFTER, *iteration as f64, *gap);
    }
    let count = |number: usize| Some(number as f64);
    let numbers = [
        (LAMBDA, fit.lambda),
        (OBJECTIVE, fit.objective),
        (CLUSTERS, fit.clusters.and_then(count)),
        (ITERATIONS, fit.iterations.and_then(count)),
        (GAP, fit.gap),
        (PRIMAL_RESIDUAL, fit.residuals.map(|r| r.primal)),
        (DUAL_RESIDUAL, fit.residuals.map(|r| r.dual)),
        (NODE_GAP, fit.residuals.map(|r| r.node_gap)),
        (HELD, fit.held.and_then(count)),
        (EDGES, count(instance.graph.edges().len())),
        (PARTS, count(instance.graph.components(|_| true))),
        (ISOLATED, count(instance.graph.isolated())),
    ];
    for (metric, value) in numbers {
        let Some(value) = value else { continue };
        anyhow::ensure!(value.is_finite(), "`{}` is not a finite number", metric.name);
        out.record(metric, value);
    }
    Ok(fit.shortfall)
}
