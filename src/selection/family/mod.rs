//! The selection family, as the harness sees it.

mod metrics;

use remeasure_core::curve::Curve;
use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics;
use remeasure_core::stream::Streams;

use crate::bh::at_most;
use crate::estimators::ENTRIES;
use crate::problem::Source;
use crate::{Data, Estimator, Problem, Selection};

use metrics::*;

/// Conformal selection with a choice among models.
pub static SELECTION: Family<Problem, Data, dyn Estimator> = Family {
    name: "selection",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
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

const CURVES: &[Curve] = &[Curve {
    name: "level",
    label: "q",
    source: "the level itself: the bound on the false discovery rate",
    arguments: &["coordinate"],
    evaluate: |q| q[0],
}];

fn never(problem: &Problem) -> Vec<Metric> {
    let models = vec![GAP, CONSTANT, NONPOSITIVE];
    match &problem.source {
        Source::Drawn { .. } => vec![CHOSEN],
        Source::Full { .. } | Source::Null { .. } => [models, vec![CHOSEN]].concat(),
        Source::Given { sample, .. } if sample.truth.is_none() => {
            [models, vec![FDP, EXCESS, POWER, NULLS, NULL_E]].concat()
        }
        Source::Given { .. } => models,
    }
}

/// Numbers of one level.
struct Counted {
    fdp: f64,
    power: f64,
}

/// False discovery proportion and power of a set.
fn counted(rows: &[usize], truth: &[bool]) -> Counted {
    let hits = rows.iter().filter(|&&j| truth[j]).count();
    let all = truth.iter().filter(|t| **t).count();
    Counted {
        fdp: if rows.is_empty() { 0.0 } else { (rows.len() - hits) as f64 / rows.len() as f64 },
        power: if all == 0 { 0.0 } else { hits as f64 / all as f64 },
    }
}

fn measure(
    problem: &Problem,
    data: &Data,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let levels = &problem.levels;
    let found = out.timed(|| estimator.select(data, levels, streams))?;
    record_sizes(problem, data, &found, out);
    if let Some(truth) = data.truth() {
        let mut means = [0.0; 2];
        for (q, selection) in levels.iter().zip(&found) {
            let counted = counted(&selection.rows, truth);
            out.record_at(FDP, *q, counted.fdp);
            out.record_at(EXCESS, *q, counted.fdp - q);
            out.record_at(POWER, *q, counted.power);
            means[0] += (counted.fdp - q) / levels.len() as f64;
            means[1] += counted.power / levels.len() as f64;
            if !selection.e.is_empty() {
                let null: f64 = selection.e.iter().zip(truth).map(|(e, t)| if *t { 0.0 } else { *e }).sum();
                out.record_at(NULL_E, *q, null / truth.len() as f64);
            }
        }
        out.record(EXCESS, means[0]);
        out.record(POWER, means[1]);
        out.record(NULLS, truth.iter().filter(|t| !**t).count() as f64 / truth.len() as f64);
    }
    if let Data::Split(sample) = data
        && let Some(audit) = sample.audit
    {
        out.record(GAP, audit.gap);
        out.record(CONSTANT, audit.constant as f64);
        out.record(NONPOSITIVE, audit.nonpositive);
    }
    Ok(None)
}

/// Records what is known without test labels.
fn record_sizes(problem: &Problem, data: &Data, found: &[Selection], out: &mut Recorder) {
    let (mut empty, mut selected) = (0.0, 0.0);
    for (q, selection) in problem.levels.iter().zip(found) {
        let is_empty = f64::from(u8::from(selection.rows.is_empty()));
        out.record_at(EMPTY, *q, is_empty);
        out.record_at(SELECTED, *q, selection.rows.len() as f64);
        empty += is_empty / found.len() as f64;
        selected += selection.rows.len() as f64 / found.len() as f64;
        if matches!(problem.source, Source::Given { .. }) {
            let mut rows = selection.rows.iter().peekable();
            for j in 0..data.tests() {
                let is_chosen = rows.next_if(|&&row| row == j).is_some();
                out.record_at(CHOSEN, (j + 1) as f64 + q, f64::from(u8::from(is_chosen)));
            }
        }
    }
    out.record(EMPTY, empty);
    out.record(SELECTED, selected);
    if let Some(first) = found.first().filter(|first| !first.p.is_empty()) {
        let tenth = first.p.iter().filter(|p| at_most(**p, 0.1)).count();
        out.record(P_MEAN, statistics::mean(&first.p));
        out.record(P_TENTH, tenth as f64 / first.p.len() as f64);
    }
}
