//! The coding family, as the harness sees it.

mod metrics;
mod pictures;

use anyhow::ensure;
use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;

use crate::codes::{LEVELS, TARGET, Trade};
use crate::estimators::ENTRIES;
use crate::gabor::Fitter;
use crate::matching::{Scale, greedy, recovered};
use crate::problem::EDGE;
use crate::{Data, Estimator, Fit, Problem, Task, Truth};

use metrics::*;
use pictures::{ACROSS, Tiles};

/// Dictionaries whose atoms explain data sparsely.
pub static CODING: Family<Problem, Data, dyn Estimator> = Family {
    name: "coding",
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

/// Metrics that need the bars.
const OF_BARS: [Metric; 6] = [ERROR, FOUND, ALL_FOUND, PRIOR_ERROR, SIGMA_ERROR, TRUE_ATOMS];

/// Metrics that need something that the problem does not have.
fn never(problem: &Problem) -> Vec<Metric> {
    match problem {
        Problem::Bars(_) => vec![ATOM, RECOVERED, GABOR],
        Problem::Planted(_) => [&OF_BARS[..], &[ATOM, ATOMS, GABOR]].concat(),
        Problem::Patches(_) => [&OF_BARS[..], &[ATOM, RECOVERED]].concat(),
        Problem::Csv(_) => [&OF_BARS[..], &[RECOVERED, GABOR]].concat(),
    }
}

fn measure(
    problem: &Problem,
    data: &Data,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { data, streams }))?;
    ensure!(fit.dictionary.as_slice().iter().all(|w| w.is_finite()), "an atom is not finite");
    let draws = streams.replicate == 0;
    match (problem, &data.truth, &data.planted) {
        (_, Some(truth), _) => record_matching(data, truth, &fit, draws, out),
        (_, _, Some(planted)) => out.record(RECOVERED, recovered(planted, &fit.dictionary, 0.95)),
        (Problem::Patches(_), ..) => record_fields(&fit.dictionary, draws, out),
        _ => record_own(data, &fit, draws, out),
    }
    if let Some(trade) = &fit.trade {
        record_trade(trade, out);
    }
    let numbers = [
        (PRIOR, fit.prior),
        (SIGMA, fit.sigma),
        (KEPT, fit.kept),
        (LIKELIHOOD, fit.likelihood),
        (ITERATIONS, fit.iterations.map(|count| count as f64)),
        (RESIDUAL, fit.residual),
    ];
    for (metric, value) in numbers {
        let Some(value) = value else { continue };
        // The evidence of a datum as published may underflow.
        if metric != LIKELIHOOD {
            ensure!(value.is_finite(), "`{}` is not a finite number", metric.name);
        }
        if value.is_finite() {
            out.record(metric, value);
        }
    }
    Ok(fit.shortfall)
}

/// Compares the atoms with the true ones.
fn record_matching(data: &Data, truth: &Truth, fit: &Fit, draws: bool, out: &mut Recorder) {
    let scale = match (fit.free, truth.signless) {
        (true, _) => Scale::Free,
        (false, true) => Scale::Sign,
        (false, false) => Scale::Own,
    };
    let matching = greedy(&truth.dictionary, &fit.dictionary, scale);
    let units = matching.errors.len();
    let found: Vec<bool> = matching.errors.iter().map(|error| *error < truth.tolerance).collect();
    let count = found.iter().filter(|found| **found).count();
    out.record(ERROR, matching.errors.iter().sum::<f64>() / units as f64);
    out.record(FOUND, count as f64);
    out.record(ALL_FOUND, f64::from(u8::from(count == units)));
    if let Some(prior) = fit.prior {
        out.record(PRIOR_ERROR, (prior - truth.prior).abs());
    }
    if let Some(sigma) = fit.sigma {
        out.record(SIGMA_ERROR, (sigma - truth.sigma).abs());
    }
    if draws {
        let tiles = Tiles { width: data.width, across: ACROSS, range: Some((0.0, 10.0 * truth.tolerance)) };
        tiles.each(&truth.dictionary, |_| true, |at, value| out.record_at(TRUE_ATOMS, at, value));
        tiles.each(&matching.dictionary, |h| found[h], |at, value| out.record_at(ATOMS, at, value));
    }
}

/// Records errors against active units.
fn record_trade(trade: &Trade, out: &mut Recorder) {
    for level in LEVELS {
        let Some(error) = trade.error_at(level) else { continue };
        out.record_at(RELATIVE_ERROR, level, error);
        out.record_at(SQUARED_ERROR, level, error * error);
        if level == 4.0 {
            out.record(RELATIVE_ERROR, error);
            out.record(SQUARED_ERROR, error * error);
        }
    }
    if let Some(active) = trade.active_at(TARGET) {
        out.record(ACTIVE, active);
    }
    if let Some(unused) = trade.unused {
        out.record(UNUSED, unused);
    }
    if let Some(certificate) = trade.certificate {
        out.record(RESIDUAL, certificate.residual);
        out.record(RISE, certificate.rise);
    }
}

/// Share of the fit's squared norm that a Gabor function explains, above which an atom counts as one.
const IS_GABOR: f64 = 0.5;

/// Most atoms that are compared with Gabor functions.
const MOST_FIELDS: usize = 64;

/// Compares atoms of patches with Gabor functions, and draws them.
fn record_fields(atoms: &Design, draws: bool, out: &mut Recorder) {
    let fitter = Fitter::of_eight();
    let units = atoms.columns().min(MOST_FIELDS);
    let count = (0..units).filter(|&j| fitter.fit(atoms.column(j)).1 > IS_GABOR).count();
    out.record(GABOR, count as f64 / units as f64);
    if draws {
        let tiles = Tiles { width: EDGE, across: EDGE, range: None };
        tiles.each(atoms, |_| true, |at, value| out.record_at(ATOMS, at, value));
    }
}

/// Coordinates of an atom's numbers are this times the atom plus the number.
pub(crate) const STRIDE: usize = 10_000;

/// Lists the atoms of the user's own data.
fn record_own(data: &Data, fit: &Fit, draws: bool, out: &mut Recorder) {
    for h in 0..fit.dictionary.columns() {
        for (d, value) in fit.dictionary.column(h).iter().enumerate() {
            out.record_at(ATOM, (STRIDE * (h + 1) + d + 1) as f64, *value);
        }
    }
    if draws {
        let tiles = Tiles { width: data.width, across: ACROSS, range: None };
        tiles.each(&fit.dictionary, |_| true, |at, value| out.record_at(ATOMS, at, value));
    }
}
