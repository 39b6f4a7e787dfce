//! The sampling family, as the harness sees it.

mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics::{mean, sd};
use remeasure_core::stream::Streams;

use crate::estimator::{Task, Tokens};
use crate::estimators::ENTRIES;
use crate::laws::{Laws, total_variation};
use crate::problem::{Source, Step};
use crate::smc::Runs;
use crate::{Data, Estimator, Figures, Problem};

use metrics::*;

/// Constrained generation.
pub static SAMPLING: Family<Problem, Data, dyn Estimator> = Family {
    name: "sampling",
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

fn never(problem: &Problem) -> Vec<Metric> {
    let few = match &problem.source {
        Source::Step(law) => law.tokens <= 7,
        Source::Given(step) => step.accepted.len() <= 7,
        Source::Markov(_) | Source::Text(_) => {
            let steps = [EXPECTED_CALLS, CALLS_RATIO, CALLS_BOUND, WEIGHTED, VARIANCE_RATIO];
            return [&steps[..], &[EXACT_ERROR, EXACT_CALLS, EXACT_VARIANCE]].concat();
        }
    };
    let mut never = vec![TV_LENGTH, TV_FIRST, DIVERGENCE, STEPS, LENGTH];
    if !few {
        never.extend([EXACT_ERROR, EXACT_CALLS, EXACT_VARIANCE]);
    }
    never
}

fn measure(
    problem: &Problem,
    data: &Data,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let task = Task { data, draws: problem.draws, particles: problem.particles, streams };
    let figures = out.timed(|| estimator.generate(task))?;
    match (data, &figures) {
        (Data::Step(step), Figures::Tokens(tokens)) => record_tokens(step, tokens, out),
        (Data::Strings(strings), Figures::Strings(runs)) => {
            record_runs(strings.chain.tokens(), &strings.laws, runs, out);
        }
        (Data::Strings(strings), Figures::Laws { length, first }) => {
            record_laws(&strings.laws, length, first, out);
        }
        _ => anyhow::bail!("the estimator made other figures than the problem has"),
    }
    Ok(None)
}

/// Records what the weights say of `Z`.
fn record_weights(weights: &[f64], z: f64, out: &mut Recorder) {
    let scaled: Vec<f64> = weights.iter().map(|w| w / z).collect();
    let (mean, sd) = (mean(&scaled), sd(&scaled));
    out.record(EVIDENCE, mean);
    out.record(VARIANCE, sd * sd);
    if sd > 0.0 {
        out.record(BIAS, (mean - 1.0) / (sd / (scaled.len() as f64).sqrt()));
    }
}

fn record_tokens(step: &Step, tokens: &Tokens, out: &mut Recorder) {
    let (forms, z) = (&step.forms, step.forms.z);
    out.record(CALLS, tokens.calls);
    out.record(CALLS_SHARE, tokens.calls / step.accepted.len() as f64);
    out.record(CALLS_BOUND, tokens.calls * z / 2.0);
    if let Some(expected) = tokens.expected_calls {
        out.record(EXPECTED_CALLS, expected);
        out.record(CALLS_RATIO, tokens.calls / expected);
    }
    out.record(FAILED, tokens.failed as f64 / tokens.draws as f64);
    out.record(SURPRISE, -z.ln());
    if !tokens.weights.is_empty() {
        record_weights(&tokens.weights, z, out);
        let ratio = sd(&tokens.weights).powi(2) / (z * z) / forms.geometric_variance();
        if z < 1.0 {
            out.record(VARIANCE_RATIO, ratio);
        }
    }
    if !tokens.tested.is_empty() {
        let mass = |(x, (p, ok)): (usize, (&f64, &bool))| if *ok { p * (x + 1) as f64 } else { 0.0 };
        let exact: f64 = step.urns.law(0).iter().zip(&step.accepted).enumerate().map(mass).sum();
        out.record(WEIGHTED, mean(&tokens.tested) / exact);
    }
    if let Some(moments) = &tokens.exact {
        let targets = step.urns.law(0).iter().zip(&step.accepted).map(|(p, ok)| if *ok { *p } else { 0.0 });
        let error = moments.weight.iter().zip(targets).map(|(w, p)| (w - p).abs()).fold(0.0, f64::max);
        out.record(EXACT_ERROR, error);
        if let Some(calls) = tokens.expected_calls
            && !tokens.bound_only
        {
            out.record(EXACT_CALLS, (moments.calls - calls).abs());
        }
        if z < 1.0 && moments.variance.is_finite() {
            out.record(EXACT_VARIANCE, moments.variance / (z * z) / forms.geometric_variance());
        }
    }
}

fn record_laws(laws: &Laws, length: &[f64], first: &[f64], out: &mut Recorder) {
    out.record(SURPRISE, -laws.z.ln());
    out.record(DIVERGENCE, laws.divergence);
    out.record(STEPS, laws.steps);
    // Without a run that has a weight there is no law.
    if length.iter().any(|p| *p > 0.0) {
        out.record(TV_LENGTH, total_variation(length, &laws.length));
        out.record(TV_FIRST, total_variation(first, &laws.first));
        for (t, p) in length.iter().enumerate() {
            out.record_at(LENGTH, t as f64, *p);
        }
    }
}

fn record_runs(tokens: usize, laws: &Laws, runs: &Runs, out: &mut Recorder) {
    record_laws(laws, &runs.length, &runs.first, out);
    let calls = runs.calls as f64 / runs.steps as f64;
    out.record(CALLS, calls);
    out.record(CALLS_SHARE, calls / (tokens + 1) as f64);
    out.record(FAILED, runs.dead as f64 / runs.runs as f64);
    if !runs.evidence.is_empty() {
        record_weights(&runs.evidence, laws.z, out);
    }
}
