//! Estimators with a time limit.

use std::time::{Duration, Instant};

use remeasure_core::family::Outcome;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, Runner, TrialEvent};
use remeasure_sparse::SPARSE;
use remeasure_sparse::estimators::ENTRIES;

use crate::{streams, table};

/// How late a fit may return after its limit, on a busy machine.
const LATE: Duration = Duration::from_secs(2);

fn runner(problem: &str, estimators: &[(&'static str, &str)]) -> Box<dyn Runner> {
    let estimators = estimators.iter().map(|(kind, keys)| (*kind, table(keys))).collect();
    SPARSE.prepare(table(problem), estimators, &[]).map_err(|(_, e)| e).unwrap()
}

/// The rows of a trial, and the time that each took.
fn rows(runner: &dyn Runner, attempts: &[Attempt]) -> Vec<(FitRecord, Duration)> {
    let mut rows = Vec::new();
    let mut began = Instant::now();
    runner.trial(&streams(0), attempts, &mut |event| match event {
        TrialEvent::Started(_) => began = Instant::now(),
        TrialEvent::Finished(_, row) => rows.push((row, began.elapsed())),
    });
    rows
}

/// Fits that take seconds to hours without a limit; closed-form fits take as long as they need.
const SLOW: &[(&str, &str)] = &[
    ("oracle", ""),
    ("lasso", "lambda = { fraction = 1e-6 }\ntolerance = 1e-15\nmax_iterations = 1000000000"),
    ("lasso", "lambda = { fraction = 0.01 }\ntolerance = 1e-14\npath = 100000"),
    ("lasso", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("relaxed-lasso", "cv = { folds = 100, points = 1000, ratio = 1e-5 }"),
    ("linfa-lasso", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("linfa-elastic-net", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }\nmixing = 0.5"),
    ("elastic-net", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }\nmixing = [0.5, 0.9]"),
    ("adaptive-lasso", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("sqrt-lasso", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("group-lasso", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }\ngroups = { size = 5 }"),
    ("group-lasso", "lambda = { fraction = 1e-4 }\ntolerance = 1e-14\ngroups = { size = 5 }"),
    ("scad", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("mcp", "lambda = { cv = { folds = 100, points = 1000, ratio = 1e-5 } }"),
    ("ista", "lambda = { fraction = 1e-4 }\ntolerance = 1e-14\nmax_iterations = 1000000000"),
    ("fista", "lambda = { fraction = 1e-4 }\ntolerance = 1e-14\ntrace_every = 1\ncheck_every = 1"),
    ("iht", "sparsity = 300\ntolerance = 1e-300\nstep = 0.01\nmax_iterations = 1000000000"),
    ("omp", "sparsity = 800"),
    ("omp", "cv = { folds = 100, largest = 700 }"),
];

/// The same for estimators that run on many signals at once.
const SLOW_ENSEMBLES: &[(&str, &str)] = &[
    ("oracle", ""),
    ("lasso", "lambda = { problem = 0.01 }"),
    ("unrolled-ista", "iterations = 1000000000\nsteps = 'momentum'"),
    ("unrolled-iht", "iterations = 1000000000"),
    ("unfolded-ista", "layers = 40\nloss = 'supervised'\ntraining = { batches = 100000000 }"),
    ("unfolded-iht", "layers = 40\nloss = 'unsupervised'\ntraining = { batches = 100000000 }"),
    ("lista", "layers = 40\ntraining = { batches = 100000000 }"),
    ("lista-cp", "layers = 40\ntraining = { batches = 100000000 }"),
    ("alista", "layers = 40\ntraining = { batches = 100000000 }"),
];

#[test]
fn every_kind_comes_back_soon_after_its_limit() {
    // A program is ended from outside, which tests/cli/external.rs tests.
    for entry in ENTRIES.iter().filter(|entry| entry.name != "command") {
        let mut cases = SLOW.iter().chain(SLOW_ENSEMBLES);
        assert!(cases.any(|(kind, _)| *kind == entry.name), "no slow case for {}", entry.name);
    }
    let problem = "n = 800\np = 3000\nk = 200\nsigma = 0.5\ndesign = \"toeplitz\"\ncorrelation = 0.95";
    come_back(problem, SLOW);
    let problem = "kind = 'ensemble'\nn = 200\np = 400\nk = 40\nsnr_db = 20\nsignals = 2000\npenalty = 0.1\n\
                   columns = 'unit-power'";
    come_back(problem, SLOW_ENSEMBLES);
}

fn come_back(problem: &str, slow: &[(&'static str, &str)]) {
    let runner = runner(problem, slow);
    for limit in [Duration::from_millis(50), Duration::from_nanos(1)] {
        // The first row, which includes drawing the data, belongs to an additional oracle.
        let mut attempts = vec![Attempt { estimator: 0, limit: None }];
        attempts.extend((0..slow.len()).map(|estimator| Attempt { estimator, limit: Some(limit) }));
        let rows = rows(runner.as_ref(), &attempts);
        assert_eq!(rows[0].0.outcome, Outcome::Ok);
        for ((kind, keys), (row, took)) in slow.iter().zip(&rows[1..]) {
            let case = format!("{kind} {keys:?} in {took:?}: {:?}", row.outcome);
            assert!(*took < limit + LATE, "{case}");
            if *kind == "oracle" && row.outcome == Outcome::Ok {
                continue;
            }
            assert_eq!(row.outcome, Outcome::TimedOut(limit), "{case}");
            assert!(row.measured.is_empty() && row.seconds.is_none(), "{case}");
        }
    }
}

#[test]
fn a_limit_that_is_kept_changes_no_bit() {
    let cases = [
        ("oracle", ""),
        ("lasso", "lambda = { fraction = 1e-3 }"),
        ("lasso", "lambda = { cv = { folds = 4, points = 10 } }\npath = 5"),
        ("relaxed-lasso", "cv = { folds = 4, points = 10 }"),
        ("linfa-lasso", "lambda = { fraction = 0.1 }"),
        ("elastic-net", "lambda = { fraction = 0.1 }\nmixing = 0.5\nrecord_path = true"),
        ("adaptive-lasso", "lambda = { cv = { folds = 4, points = 10 } }"),
        ("sqrt-lasso", ""),
        ("group-lasso", "lambda = { cv = { folds = 4, points = 10 } }\ngroups = { size = 5 }"),
        ("ista", "lambda = { fraction = 0.1 }"),
        ("fista", "lambda = { fraction = 0.1 }\ntrace_every = 10"),
        ("iht", ""),
        ("omp", ""),
        ("omp", "cv = { folds = 4, largest = 8 }"),
    ];
    let runner = runner("n = 40\np = 60\nk = 4\nsnr_db = 10", &cases);
    let numbers = |limit: Option<Duration>| -> Vec<(Outcome, Vec<[u64; 3]>)> {
        let attempts: Vec<Attempt> = (0..cases.len()).map(|estimator| Attempt { estimator, limit }).collect();
        let bits = |row: &FitRecord| {
            let measured = row.measured.iter();
            let at = |coordinate: Option<f64>| coordinate.map_or(u64::MAX, f64::to_bits);
            measured.map(|m| [u64::from(m.metric), at(m.coordinate), m.value.to_bits()]).collect()
        };
        rows(runner.as_ref(), &attempts).iter().map(|(row, _)| (row.outcome.clone(), bits(row))).collect()
    };
    let free = numbers(None);
    assert!(free.iter().all(|(outcome, numbers)| outcome.has_fit() && numbers.len() > 5));
    assert_eq!(numbers(Some(Duration::from_secs(3600))), free);
}
