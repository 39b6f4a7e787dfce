//! Error and objective layer by layer, compared with networks trained in PyTorch:
//! `tests/data/unfolding/ORIGIN.md`.
//!
//! Matrices, signals and batches are new draws, so they share only their distribution with the reference. The
//! differences between draws were measured beforehand: standard deviations over ten matrices with 300 signals
//! (untrained) and six with 400 (trained), of which the first ones are used here; the reference's three
//! matrices with 1000 signals differ less. No seed was selected.
//!
//! Sensitivity: without training all tests fail, with one-shot training all but unsupervised IHT. Half the
//! batches, a quarter of the rate or a tenth of the batch size are detected only for supervised ISTA, by 2.4
//! dB or more at layer 10: even then, the others end where the reference does.

use std::collections::BTreeMap;

use remeasure_core::stream::Streams;
use remeasure_sparse::{Ensemble, Problem, Recovery, estimators, metrics};

fn streams(replicate: u32) -> Streams {
    Streams { seed: 1, cell: 0, replicate }
}

/// The distribution of the reference. Its noise has one variance for all signals, `0.1 N/M` at 20 dB;
/// `snr_db = 20` applies to each signal and makes the Lasso 0.1 dB worse.
fn ensemble(penalty: f64, signals: usize, replicate: u32) -> Ensemble {
    let text = format!(
        "kind = 'ensemble'\np = 200\nn = 100\nk_over_p = 0.1\nsigma = {}\ncolumns = 'unit-power'\n\
         signal = 'bernoulli-gaussian'\nsignals = {signals}\npenalty = {penalty}",
        0.002_f64.sqrt()
    );
    Problem::read(toml::from_str(&text).unwrap())
        .unwrap()
        .draw(&streams(replicate))
        .unwrap()
        .ensemble()
        .unwrap()
}

fn recover(kind: &str, text: &str, ensemble: &Ensemble, replicate: u32) -> Recovery {
    let entry = estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
    let estimator = (entry.read)(toml::from_str(text).unwrap()).unwrap();
    let recovery = estimator.recover(ensemble, &streams(replicate)).unwrap();
    assert_eq!(recovery.shortfall, None, "{kind} {text}");
    recovery
}

const LASSO: (&str, &str) = ("lasso", "lambda = { problem = 1.0 }\ntolerance = 1e-10");

/// NMSE in dB and objective.
type Point = [f64; 2];

fn point(ensemble: &Ensemble, estimates: &[f64], hard: bool) -> Point {
    let objectives = metrics::objectives(ensemble, estimates, ensemble.penalty.unwrap());
    let nmse = metrics::ensemble_nmse(ensemble, estimates).unwrap();
    [10.0 * nmse.log10(), if hard { objectives.l0 } else { objectives.l1 }]
}

/// The points of a recovery by layer.
fn curve(ensemble: &Ensemble, recovery: &Recovery, hard: bool) -> BTreeMap<usize, Point> {
    recovery.layers.iter().map(|l| (l.index, point(ensemble, &l.coefficients, hard))).collect()
}

/// The reference's points at a layer, one for each matrix; the Lasso is layer 0.
fn reference(method: &str, penalty: f64, layer: usize) -> Vec<Point> {
    let path = format!("{}/../../tests/data/unfolding/curves.csv", env!("CARGO_MANIFEST_DIR"));
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let points: Vec<Point> = csv::Reader::from_path(path)
        .unwrap()
        .records()
        .map(Result::unwrap)
        .filter(|r| &r[0] == method && number(&r[1]) == penalty)
        .filter(|r| r[3].parse().unwrap_or(0) == layer)
        .map(|r| [number(&r[4]), number(&r[5])])
        .collect();
    assert_eq!(points.len(), 3, "{method} {penalty} {layer}");
    points
}

/// Neither ours nor those of the reference may be further from the reference's mean than allowed.
fn near(what: &str, ours: f64, reference: &[f64], allowed: f64) {
    let mean = reference.iter().sum::<f64>() / reference.len() as f64;
    assert!(reference.iter().all(|r| (r - mean).abs() <= allowed), "{what}: allows less than there is");
    let off = ours - mean;
    assert!(off.abs() <= allowed, "{what}: {ours:.4}, the reference has {mean:.4} ± {allowed}");
}

fn each(points: &[Point], of: impl Fn(&Point) -> f64) -> Vec<f64> {
    points.iter().map(of).collect()
}

/// Means over three matrices on both sides. With standard deviations `σ` of one matrix, 3σ is 3.7 standard
/// errors of the difference.
#[test]
fn what_is_not_trained_follows_the_reference() {
    /// Layer, σ in dB, σ of the logarithm of the objective.
    type Spread = (usize, f64, f64);
    let ista: &[Spread] =
        &[(1, 0.040, 0.024), (5, 0.061, 0.013), (10, 0.084, 0.012), (20, 0.128, 0.012), (200, 0.256, 0.011)];
    let fista: &[Spread] =
        &[(2, 0.048, 0.019), (5, 0.069, 0.012), (10, 0.129, 0.012), (20, 0.259, 0.011), (200, 0.240, 0.011)];
    let iht: &[Spread] =
        &[(1, 0.047, 0.023), (5, 0.066, 0.017), (10, 0.082, 0.015), (20, 0.125, 0.014), (200, 0.237, 0.020)];
    let longer: &[Spread] =
        &[(1, 0.036, 0.018), (5, 0.085, 0.018), (10, 0.113, 0.018), (20, 0.137, 0.017), (200, 0.137, 0.017)];
    let lasso: &[Spread] = &[(0, 0.239, 0.011)];
    let given = |more: &str| format!("iterations = 200\ntrace = true\n{more}");
    for (method, penalty, spreads, kind, text) in [
        ("ista", 0.1, ista, "unrolled-ista", given("")),
        ("fista", 0.1, fista, "unrolled-ista", given("steps = 'momentum'")),
        ("iht", 0.05, iht, "unrolled-iht", given("")),
        ("iht-1.9", 0.05, longer, "unrolled-iht", given("step = 1.9")),
        ("lasso", 0.1, lasso, LASSO.0, LASSO.1.to_owned()),
    ] {
        let hard = method.starts_with("iht");
        let curves: Vec<BTreeMap<usize, Point>> = (0..3)
            .map(|replicate| {
                let ensemble = ensemble(penalty, 300, replicate);
                let recovery = recover(kind, &text, &ensemble, replicate);
                let mut curve = curve(&ensemble, &recovery, hard);
                curve.insert(0, point(&ensemble, &recovery.coefficients, hard));
                curve
            })
            .collect();
        for (layer, decibels, logarithm) in spreads {
            let theirs = reference(method, penalty, *layer);
            let mean = |of: &dyn Fn(&Point) -> f64| curves.iter().map(|c| of(&c[layer])).sum::<f64>() / 3.0;
            let what = format!("{method} at {layer}");
            near(&format!("{what}, dB"), mean(&|p| p[0]), &each(&theirs, |p| p[0]), 3.0 * decibels);
            let log = |p: &Point| p[1].ln();
            near(&format!("{what}, ln of objective"), mean(&log), &each(&theirs, log), 3.0 * logarithm);
        }
    }
}

/// Trains on one matrix by the recipe of the reference, which is the default, and compares the NMSE at some
/// layers (layer, dB allowed). For further checks, returns the last point and those of the yardstick.
fn train(name: &str, loss: &str, layers: &[(usize, f64)]) -> (Point, Point, Vec<Point>) {
    let hard = name == "iht";
    let penalty = if hard { 0.05 } else { 0.1 };
    let ensemble = ensemble(penalty, 400, 0);
    let text = format!("layers = 20\nloss = '{loss}'");
    let trained = recover(&format!("unfolded-{name}"), &text, &ensemble, 0);
    let curve = curve(&ensemble, &trained, hard);
    let method = format!("{loss}-{name}");
    for (layer, allowed) in layers {
        let theirs = each(&reference(&method, penalty, *layer), |p| p[0]);
        near(&format!("{method} at {layer}, dB"), curve[layer][0], &theirs, *allowed);
    }
    let (kind, text) = if hard { ("unrolled-iht", "iterations = 20\nstep = 1.9") } else { LASSO };
    let yardstick = point(&ensemble, &recover(kind, text, &ensemble, 0).coefficients, hard);
    (curve[&20], yardstick, reference(&method, penalty, 20))
}

/// Differences from the converged Lasso of the same signals, in dB and relative in the objective.
fn beyond_the_lasso(of: &Point, lasso: &Point) -> Point {
    [of[0] - lasso[0], of[1] / lasso[1] - 1.0]
}

fn beyond_the_lassos(of: &[Point]) -> Vec<Point> {
    of.iter().zip(reference("lasso", 0.1, 0)).map(|(p, lasso)| beyond_the_lasso(p, &lasso)).collect()
}

/// Untrained ISTA has −4.1 dB after 10 iterations and −5.8 after 20. The tolerance is four times the larger
/// standard deviation: reference (0.04, 0.25, 0.09) or ours (0.15, 0.11, 0.13). Compared with the Lasso,
/// −1.80 dB (0.09) and 2.6 % (0.3 %) are expected.
#[test]
fn ista_trained_on_the_error_follows_the_reference() {
    let (last, lasso, theirs) = train("ista", "supervised", &[(5, 0.6), (10, 0.6), (15, 1.0), (20, 0.55)]);
    let (ours, theirs) = (beyond_the_lasso(&last, &lasso), beyond_the_lassos(&theirs));
    near("NMSE over the Lasso's, dB", ours[0], &each(&theirs, |p| p[0]), 0.36);
    near("excess over the Lasso", ours[1], &each(&theirs, |p| p[1]), 0.012);
}

/// At layers 5 and 10 the reference itself varies by 0.3 and 1.2 dB. At 15 and 20 the tolerance is four
/// standard deviations: 0.20 and 0.24 (reference), 0.15 and 0.14 (ours). Compared with the Lasso, 0.34 dB
/// (0.20) and an excess of 0.01 to 0.09 % are expected (untrained 19 %, FISTA 1.4 %).
#[test]
fn ista_trained_on_the_objective_follows_the_reference() {
    let (last, lasso, theirs) = train("ista", "unsupervised", &[(5, 2.0), (15, 0.8), (20, 0.95)]);
    let (ours, theirs) = (beyond_the_lasso(&last, &lasso), beyond_the_lassos(&theirs));
    near("NMSE over the Lasso's, dB", ours[0], &each(&theirs, |p| p[0]), 0.8);
    // The logarithm of the excess has a standard deviation of 1.1 in the reference and of 0.2 in ours: only
    // an upper limit makes sense.
    let largest = theirs.iter().fold(0.0_f64, |most, p| most.max(p[1]));
    assert!(
        ours[1] > 0.0 && ours[1] <= 2.0 * largest,
        "excess {:e}, the reference up to {largest:e}",
        ours[1]
    );
}

/// IHT at 1/L has −4.6 and −5.8 dB after 10 and 20 iterations, at 1.9/L −5.6 and −7.1. After training, its
/// steps depend on the batches: the standard deviations at layers 5, 10 and 20 are 0.12, 0.51 and 0.69 in the
/// reference, 0.17, 0.40 and 0.55 in ours; the tolerance is three of them, four at layer 5. The objective
/// varies less: relative to that of 1.9/L on the same signals it is 0.608 (0.015); the tolerance is four of
/// these.
#[test]
fn iht_trained_on_the_error_follows_the_reference() {
    let (last, plain, theirs) = train("iht", "supervised", &[(5, 0.7), (10, 1.5), (20, 2.1)]);
    over_longer_steps(&last, &plain, &theirs, 0.06);
}

/// The same with 0.11, 0.35, 0.71 dB in the reference and 0.36, 0.92, 0.78 in ours; 0.604 (0.019).
#[test]
fn iht_trained_on_the_objective_follows_the_reference() {
    let (last, plain, theirs) = train("iht", "unsupervised", &[(5, 1.4), (10, 2.8), (20, 2.3)]);
    over_longer_steps(&last, &plain, &theirs, 0.076);
}

fn over_longer_steps(last: &Point, plain: &Point, theirs: &[Point], allowed: f64) {
    let ratios: Vec<f64> =
        theirs.iter().zip(reference("iht-1.9", 0.05, 20)).map(|(p, plain)| p[1] / plain[1]).collect();
    near("objective over that of IHT at 1.9/L", last[1] / plain[1], &ratios, allowed);
}
