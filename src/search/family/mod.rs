//! The search family, as the harness sees it.

mod metrics;

use remeasure_core::Invalid;
use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics::{mean, normal_quantile, quantile};
use remeasure_core::stream::Streams;
use remeasure_optim::gp::expected_improvement;

use crate::black_box::{BlackBox, Instance, Objective};
use crate::estimator::{Found, Search};
use crate::estimators::ENTRIES;
use crate::offline::{Designs, sharpness};
use crate::problem::{Sample, Searched, Source};
use crate::{Data, Method, Problem};

use metrics::*;

/// Black-box optimisation.
pub static SEARCH: Family<Problem, Data, Method> = Family {
    name: "search",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: &[],
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit,
    inputs: Problem::inputs,
    never,
    ready: |_| (),
    draw: Problem::draw,
    measure,
};

const SEARCHES: &[Metric] = &[REGRET, LOG_REGRET, BEST, TRIALS, NOT_FINITE, JITTERED];
const MODELS: &[Metric] =
    &[COVERAGE, COVERAGE_ERROR, CALIBRATION, NRMSE, R2, SHARPNESS, NLPD, NLPD_CUT, HIDDEN, CHOICE_REGRET];

const DESIGNS: &[Metric] = &[
    DESIGN_BEST,
    DESIGN_80,
    DESIGN_MEDIAN,
    GAP,
    RMSE,
    NORM_TRAIN,
    NORM_HELD_OUT,
    SHARP_TRAIN,
    SHARP_HELD_OUT,
    FIRST_ORDER,
    LAMBDA,
];

fn admit(problem: &Problem, method: &Method) -> Result<(), Invalid> {
    let (needs, fits) = match (&problem.source, method) {
        (Source::Search(..), method) => ("a method that searches", matches!(method, Method::Search(_))),
        (Source::Sample(_), method) => ("a model", matches!(method, Method::Model(_))),
        (Source::Offline(_), method) => ("a method for given designs", matches!(method, Method::Offline(_))),
    };
    if fits {
        return Ok(());
    }
    Err(Invalid::new(
        "kind",
        format!("this kind of problem needs {needs}: see `remeasure help config estimator`"),
    ))
}

fn never(problem: &Problem) -> Vec<Metric> {
    match &problem.source {
        Source::Search(Searched::Function(_) | Searched::Command(_, _, _, Some(_)), ..) => {
            [MODELS, DESIGNS].concat()
        }
        Source::Search(..) => [MODELS, DESIGNS, &[REGRET, LOG_REGRET]].concat(),
        Source::Sample(_) => [SEARCHES, DESIGNS].concat(),
        Source::Offline(_) => [SEARCHES, MODELS].concat(),
    }
}

fn measure(
    _: &Problem,
    data: &Data,
    method: &Method,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    match (data, method) {
        (Data::Search(instance), Method::Search(search)) => run(instance, search.as_ref(), streams, out),
        (Data::Sample(sample), Method::Model(model)) => {
            let predicted = out.timed(|| model.predict(sample, streams))?;
            record_model(sample, &predicted, out);
            Ok(None)
        }
        (Data::Offline(designs), Method::Offline(method)) => {
            let found = out.timed(|| method.find(designs, streams))?;
            record_designs(designs, &found, out);
            Ok(None)
        }
        _ => anyhow::bail!("the method does not suit the problem"),
    }
}

/// Least regret that has a logarithm.
const LEAST: f64 = 1e-12;

fn run(
    instance: &Instance,
    search: &dyn Search,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let function = out.timed(|| {
        let mut function = BlackBox::new(instance, streams)?;
        search.search(&mut function, streams)?;
        anyhow::Ok(function)
    })?;
    let values = function.values();
    let broken = values.iter().filter(|v| !v.is_finite()).count();
    anyhow::ensure!(broken < values.len(), "none of {broken} values is finite");
    let mut record = |coordinate: Option<f64>, best: f64| {
        let mut put = |metric, value| match coordinate {
            Some(at) => out.record_at(metric, at, value),
            None => out.record(metric, value),
        };
        put(BEST, best);
        if let Some(minimum) = instance.minimum {
            put(REGRET, best - minimum);
            put(LOG_REGRET, (best - minimum).max(LEAST).log10());
        }
    };
    let mut best = f64::INFINITY;
    // A search that stops early keeps what it has.
    let last = values.len().max(instance.trials);
    for trial in 0..last {
        if let Some(value) = values.get(trial).filter(|v| v.is_finite()) {
            best = best.min(*value);
        }
        if best.is_finite() {
            record(Some((trial + 1) as f64), best);
        }
    }
    record(None, best);
    out.record(TRIALS, values.len() as f64);
    out.record(NOT_FINITE, broken as f64);
    out.record(JITTERED, function.jittered() as f64);
    let command = matches!(instance.objective, Objective::Command(..));
    Ok((command && broken > 0).then(|| format!("{broken} of {} values were not finite", values.len())))
}

/// Half the width of the 68 % interval in standard deviations, as in the authors' code.
const HALF: f64 = 0.994;

fn record_model(sample: &Sample, predicted: &[(f64, f64)], out: &mut Recorder) {
    let truths = &sample.truths;
    let pairs = || predicted.iter().zip(truths);
    let count = truths.len() as f64;
    let covered = |half: f64| pairs().filter(|((m, s), y)| (*y - m).abs() <= half * s).count() as f64 / count;
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = most(truths) - least(truths);

    let coverage = covered(HALF);
    out.record(COVERAGE, coverage);
    out.record(COVERAGE_ERROR, (coverage - 0.68).abs());
    let levels = (1..10).map(|k| 0.1 * f64::from(k));
    let off: Vec<f64> = levels.map(|p| (covered(normal_quantile(0.5 + 0.5 * p)) - p).abs()).collect();
    out.record(CALIBRATION, mean(&off));

    let squares: f64 = pairs().map(|((m, _), y)| (y - m).powi(2)).sum();
    let centre = mean(truths);
    let spread: f64 = truths.iter().map(|y| (y - centre).powi(2)).sum();
    if range > 0.0 {
        out.record(NRMSE, (squares / count).sqrt() / range);
        out.record(R2, 1.0 - squares / spread);
        let variance: f64 = predicted.iter().map(|(_, s)| s * s).sum();
        out.record(SHARPNESS, (variance / count).sqrt() / range);
    }
    let density = |((m, s), y): (&(f64, f64), &f64)| {
        let z = (y - m) / s;
        // A standard deviation of 0 beside the mean.
        if *s > 0.0 { 0.5 * z * z + s.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln() } else { f64::INFINITY }
    };
    let losses: Vec<f64> = pairs().map(density).collect();
    if losses.iter().all(|v| v.is_finite()) {
        out.record(NLPD, mean(&losses));
    }
    let kept: Vec<f64> = losses.iter().copied().filter(|v| *v < 100.0).collect();
    out.record(HIDDEN, 1.0 - kept.len() as f64 / count);
    if !kept.is_empty() {
        out.record(NLPD_CUT, mean(&kept));
    }

    let best = least(&sample.values);
    let gains = predicted.iter().map(|(m, s)| expected_improvement(best, *m, *s));
    let chosen =
        gains.enumerate().fold((0, f64::NEG_INFINITY), |b, (k, g)| if g > b.1 { (k, g) } else { b }).0;
    let whole = most(truths).max(most(&sample.values)) - least(truths).min(best);
    if whole > 0.0 {
        out.record(CHOICE_REGRET, (truths[chosen] - least(truths)) / whole);
    }
}

fn record_designs(designs: &Designs, found: &Found, out: &mut Recorder) {
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    let truths = sorted(designs.truths(&found.points));
    let median = quantile(&truths, 0.5);
    out.record(DESIGN_BEST, quantile(&truths, 1.0));
    out.record(DESIGN_80, quantile(&truths, 0.8));
    out.record(DESIGN_MEDIAN, median);
    if let Some(predicted) = &found.predicted {
        let natural = predicted.iter().map(|v| designs.natural(f64::from(*v))).collect();
        out.record(GAP, quantile(&sorted(natural), 0.5) - median);
    }
    if let Some(predicted) = &found.held_out {
        let error = |(p, y): (&f32, &f32)| f64::from(p - y).powi(2);
        let squares: Vec<f64> = predicted.iter().zip(&designs.held_out_values).map(error).collect();
        out.record(RMSE, mean(&squares).sqrt());
    }
    // Of an ensemble, its first network.
    let Some(surrogate) = found.ensemble.first() else { return };
    let of = |x: &[f32]| sharpness(&surrogate.shape, &surrogate.weights, x, designs.radius);
    let (train, held_out) = (of(&designs.train), of(&designs.held_out));
    out.record(NORM_TRAIN, train.norm);
    out.record(NORM_HELD_OUT, held_out.norm);
    out.record(SHARP_TRAIN, train.sharpness);
    out.record(SHARP_HELD_OUT, held_out.sharpness);
    out.record(FIRST_ORDER, held_out.sharpness / (designs.radius * held_out.norm));
    for (epoch, lambda) in surrogate.lambdas.iter().enumerate() {
        out.record_at(LAMBDA, epoch as f64, *lambda);
    }
    if let Some(last) = surrogate.lambdas.last() {
        out.record(LAMBDA, *last);
    }
}
