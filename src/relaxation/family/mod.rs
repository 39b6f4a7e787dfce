//! The relaxation family, as the harness sees it.

mod curves;
mod metrics;

use remeasure_core::family::{Family, Recorder};
use remeasure_core::stream::Streams;

use crate::estimators::ENTRIES;
use crate::{Estimator, Fit, Problem, Sequence, Task, regret, theory};

use curves::CURVES;
use metrics::*;

/// Sequences of linear systems whose solver has a parameter to choose.
pub static RELAXATION: Family<Problem, Sequence, dyn Estimator> = Family {
    name: "relaxation",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: |_| &[],
    never: |problem| match problem {
        Problem::Sor { .. } => Vec::new(),
        // The best ω of a system is known for SOR alone.
        Problem::Heat { .. } => vec![OVER_OPTIMAL, REGRET_OPTIMAL, EXPONENT_OPTIMAL, ASYMPTOTIC],
    },
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

/// Number of parts of the sequence that `iterations_near` and `omega_near` average over.
const PARTS: usize = 50;

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Records the regret of a fit, given the counts on the whole grid.
fn record_regret(data: &Sequence, fit: &Fit, out: &mut Recorder) {
    let marks = regret::marks(data.steps());
    let sums = regret::sums(&fit.counts, &marks);
    let total = sums[sums.len() - 1];
    out.record(TOTAL_ITERATIONS, total);
    out.record(MEAN_ITERATIONS, total / data.steps() as f64);
    for (t, sum) in marks.iter().zip(&sums) {
        out.record_at(MEAN_ITERATIONS, *t as f64, sum / *t as f64);
    }
    let oracle: u64 =
        (0..data.steps()).map(|t| u64::from(data.table.step(t).iter().copied().min().unwrap_or(0))).sum();
    if oracle > 0 {
        out.record(OVER_ORACLE, total / oracle as f64);
    }
    let optimal = data.optimal.as_ref().map(|o| regret::sums(&o.counts, &marks));
    let best_fixed = Some(regret::best_fixed_sums(&data.table, &marks));
    let references = [
        (best_fixed, [REGRET_BEST_FIXED, OVER_BEST_FIXED, EXPONENT_BEST_FIXED]),
        (optimal, [REGRET_OPTIMAL, OVER_OPTIMAL, EXPONENT_OPTIMAL]),
    ];
    for (reference, [metric, over, slope]) in references {
        let Some(reference) = reference else { continue };
        let regret: Vec<f64> = sums.iter().zip(&reference).map(|(a, b)| a - b).collect();
        for (t, r) in marks.iter().zip(&regret) {
            out.record_at(metric, *t as f64, *r);
        }
        out.record(metric, regret[regret.len() - 1]);
        if reference[reference.len() - 1] > 0.0 {
            out.record(over, total / reference[reference.len() - 1]);
        }
        if let Some(exponent) = regret::exponent(&marks, &regret) {
            out.record(slope, exponent);
        }
    }
}

/// Records the choices along the sequence.
fn record_parts(data: &Sequence, fit: &Fit, out: &mut Recorder) {
    let steps = data.steps();
    let parts = PARTS.min(steps);
    for part in 0..parts {
        let (from, to) = (part * steps / parts, (part + 1) * steps / parts);
        let counts = &fit.counts[from..to];
        out.record_at(ITERATIONS_NEAR, to as f64, mean(counts.iter().map(|c| f64::from(*c))));
        if let Some(omegas) = &fit.omegas {
            out.record_at(OMEGA_NEAR, to as f64, mean(omegas[from..to].iter().copied()));
        }
    }
}

/// The time is that of the decisions: all solves that a policy can choose are made beforehand, for all policies.
fn measure(
    _: &Problem,
    data: &Sequence,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { sequence: data, streams }))?;
    anyhow::ensure!(fit.counts.len() == data.steps(), "the policy stopped before the sequence ended");
    record_regret(data, &fit, out);
    record_parts(data, &fit, out);
    for (omega, mean) in &fit.profile {
        out.record_at(MEAN_AT_OMEGA, *omega, *mean);
    }
    if let Some(omegas) = &fit.omegas {
        out.record(MEAN_OMEGA, mean(omegas.iter().copied()));
        if let Some(systems) = &data.systems {
            let estimate = |(omega, offset): (&f64, &f64)| {
                let radius = theory::sor_radius(*omega, systems.laplacian().jacobi_radius(*offset));
                theory::iterations(data.stopping.tolerance, radius, 0.0)
            };
            let asymptotic = mean(omegas.iter().zip(systems.offsets()).map(estimate));
            if asymptotic.is_finite() {
                out.record(ASYMPTOTIC, asymptotic);
            }
        }
    }
    let capped = fit.counts.iter().filter(|c| **c >= data.stopping.cap).count();
    out.record(CAPPED, capped as f64);
    if let Some(improper) = fit.improper {
        out.record(IMPROPER, improper as f64);
    }
    Ok((capped > 0).then(|| {
        format!(
            "{capped} of {} solves were stopped at the limit of {} iterations",
            data.steps(),
            data.stopping.cap
        )
    }))
}
