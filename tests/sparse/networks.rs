//! Networks that are trained within a trial.

use remeasure_core::family::Outcome;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, TrialEvent};
use remeasure_sparse::SPARSE;
use remeasure_sparse::{Ensemble, Recovery, metrics};

use crate::{estimator, problem, streams, table};

const PROBLEM: &str = "kind = 'ensemble'\np = 40\nn = 20\nk_over_p = 0.1\nsnr_db = 20\ncolumns = 'unit-power'\n\
                       signal = 'bernoulli-gaussian'\nsignals = 50\npenalty = 0.1";

/// Every kind of network, with its required keys.
const NETWORKS: [(&str, &str); 7] = [
    ("unfolded-ista", "loss = 'supervised'"),
    ("unfolded-ista", "loss = 'unsupervised'\nthresholds = 'free'"),
    ("unfolded-iht", "loss = 'supervised'"),
    ("unfolded-iht", "loss = 'unsupervised'"),
    ("lista", ""),
    ("lista-cp", "tied = true"),
    ("alista", "selection = { per_layer = 2.0, most = 10.0 }"),
];

const BRIEF: &str = "training = { batches = 60, batch = 20, record_every = 5 }";

fn ensemble(text: &str) -> Ensemble {
    problem(text).draw(&streams(5)).unwrap().ensemble().unwrap()
}

fn recover(kind: &str, parameters: &str, ensemble: &Ensemble) -> Recovery {
    estimator(kind, parameters).recover(ensemble, &streams(5)).unwrap()
}

fn nmse(ensemble: &Ensemble, recovery: &Recovery) -> f64 {
    metrics::ensemble_nmse(ensemble, &recovery.coefficients).unwrap()
}

fn row(problem: &str, kind: &'static str, parameters: &str) -> FitRecord {
    let runner = SPARSE.prepare(table(problem), vec![(kind, table(parameters))], &[]);
    let mut last = None;
    runner.map_err(|(_, e)| e).unwrap().trial(
        &streams(5),
        &[Attempt { estimator: 0, limit: None }],
        &mut |event| {
            if let TrialEvent::Finished(_, row) = event {
                last = Some(row);
            }
        },
    );
    last.unwrap()
}

#[test]
fn a_network_that_is_not_trained_is_ista() {
    let ensemble = ensemble(PROBLEM);
    let ista = recover("unrolled-ista", "iterations = 6\ntrace = true", &ensemble);
    let iht = recover("unrolled-iht", "iterations = 6\ntrace = true", &ensemble);
    let still =
        "layers = 6\nprecision = 'double'\nloss = 'unsupervised'\ntraining = { rate = 0.0, batches = 1 }";
    for (kind, reference) in [("unfolded-ista", ista), ("unfolded-iht", iht)] {
        let network = recover(kind, still, &ensemble);
        assert_eq!(network.layers.len(), 6);
        for (ours, theirs) in network.layers.iter().zip(&reference.layers) {
            assert_eq!(ours.index, theirs.index);
            let apart = ours.coefficients.iter().zip(&theirs.coefficients).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f64::max) < 1e-12, "{kind}");
        }
        let learning = network.learning.unwrap();
        assert_eq!(learning.steps, [1.0; 6]);
    }
}

#[test]
fn training_pays_and_each_loss_gets_what_it_asks_for() {
    let ensemble = ensemble(PROBLEM);
    let plain = recover("unrolled-ista", "iterations = 8", &ensemble);
    let train = |loss: &str| {
        let text = format!("layers = 8\nloss = '{loss}'\ntraining = {{ batches = 60, batch = 50 }}");
        recover("unfolded-ista", &text, &ensemble)
    };
    let (supervised, unsupervised) = (train("supervised"), train("unsupervised"));
    let l1 = |r: &Recovery| metrics::objectives(&ensemble, &r.coefficients, 0.1).l1;
    for trained in [&supervised, &unsupervised] {
        assert!(nmse(&ensemble, trained) < 0.9 * nmse(&ensemble, &plain));
    }
    assert!(l1(&unsupervised) < l1(&supervised) && l1(&unsupervised) < l1(&plain));
    let learning = supervised.learning.as_ref().unwrap();
    let (first, last) = (learning.loss[0], *learning.loss.last().unwrap());
    assert_eq!((first.0, last.0), (1, 480));
    assert!(last.1 < first.1);
    assert_eq!(learning.skipped, 0);
    // Thresholds are tied: θ = λα.
    let lipschitz = ensemble.design.spectral_norm().powi(2);
    for (step, threshold) in learning.steps.iter().zip(&learning.thresholds) {
        assert!((threshold - 0.1 * step / lipschitz).abs() < 1e-9 * threshold);
    }
}

#[test]
fn every_network_repeats_bit_for_bit_and_leaves_no_gap() {
    let ensemble = ensemble(PROBLEM);
    for (kind, own) in NETWORKS {
        let text = format!("layers = 5\n{BRIEF}\n{own}");
        let (a, b) = (recover(kind, &text, &ensemble), recover(kind, &text, &ensemble));
        assert_eq!(a.coefficients, b.coefficients, "{kind}");
        assert_eq!(a.shortfall, None, "{kind}");
        assert_eq!(a.layers.len(), 5);
        assert_eq!(a.layers[4].coefficients, a.coefficients);
        let learning = a.learning.unwrap();
        assert_eq!(learning.thresholds.len(), 5, "{kind}");
        let untrained =
            format!("layers = 5\ntraining = {{ batches = 1, rate = 0.0, matrix_rate = 0.0 }}\n{own}");
        let untrained = recover(kind, &untrained, &ensemble);
        assert!(nmse(&ensemble, &b) < nmse(&ensemble, &untrained), "{kind}");
    }
}

#[test]
fn what_training_sees_is_the_training_population() {
    let mismatched =
        format!("{PROBLEM}\nmismatch = 'other'\n[mismatches.other]\ndesign_change = 1.0\nk = 12");
    let ensemble = ensemble(&mismatched);
    // A matrix learned for another design is useless; with `matched` it shows that learning works.
    let text = format!("layers = 5\n{BRIEF}");
    let (blind, matched) =
        (recover("lista", &text, &ensemble), recover("lista", &format!("{text}\nmatched = true"), &ensemble));
    assert!(nmse(&ensemble, &matched) < 0.9 * nmse(&ensemble, &blind));
    // Without a mismatch there is nothing to match.
    let plain = self::ensemble(PROBLEM);
    let (a, b) =
        (recover("lista", &text, &plain), recover("lista", &format!("{text}\nmatched = true"), &plain));
    assert_eq!(a.coefficients, b.coefficients);
}

#[test]
fn a_diverging_learning_rate_is_not_converged_and_leaves_no_nan() {
    for (kind, own) in NETWORKS {
        let wild = format!(
            "layers = 5\n{own}\ntraining = {{ batches = 20, batch = 16, rate = 500.0, matrix_rate = 500.0 }}"
        );
        let row = row(PROBLEM, kind, &wild);
        // The remaining matrix networks may always output zero, which is better than an untrained network.
        let wrong = matches!(&row.outcome, Outcome::NotConverged(why) if why.contains("diverged"));
        assert!(wrong || (row.outcome == Outcome::Ok && !kind.starts_with("unfolded")), "{kind}: {row:?}");
        assert!(row.measured.iter().all(|m| m.value.is_finite()), "{kind}");
    }
}

#[test]
fn degenerate_problems_have_an_answer() {
    for (text, layers) in [
        (PROBLEM.to_owned(), 1),
        (PROBLEM.replace("penalty = 0.1", "penalty = 0.0"), 3),
        (PROBLEM.replace("n = 20", "n = 50"), 3),
        (PROBLEM.replace("signals = 50", "signals = 1"), 3),
        // Most signals are zero.
        (PROBLEM.replace("k_over_p = 0.1", "k = 1").replace("signals = 50", "signals = 2"), 3),
        (PROBLEM.replace("snr_db = 20", "sigma = 0.0"), 3),
    ] {
        for (kind, own) in NETWORKS {
            let free = own.contains("free") && text.contains("penalty = 0.0");
            // A matrix with more rows than columns does not have full row rank, which analytic weights need.
            let tall = kind == "alista" && text.contains("n = 50");
            if free || tall {
                continue;
            }
            let row = row(&text, kind, &format!("layers = {layers}\n{BRIEF}\n{own}"));
            assert!(row.outcome.has_fit(), "{text} {kind}: {:?}", row.outcome);
            assert!(row.measured.iter().all(|m| m.value.is_finite()), "{text} {kind}");
        }
    }
}

#[test]
fn what_cannot_be_trained_is_named_with_its_mend() {
    let read = |kind: &str, text: &str| {
        let entry = remeasure_sparse::estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
        (entry.read)(table(text)).err().unwrap()
    };
    for (kind, text, key) in [
        ("unfolded-ista", "layers = 5", ""),
        ("unfolded-ista", "layers = 0\nloss = 'supervised'", "layers"),
        ("unfolded-ista", "layers = 5\nloss = 'supervised'\ntraining = { rate = -1.0 }", "training.rate"),
        ("unfolded-ista", "layers = 5\nloss = 'supervised'\ntraining = { batch = 0 }", "training.batch"),
        ("unfolded-iht", "layers = 5\nloss = 'supervised'\nthresholds = 'free'", "thresholds"),
        ("lista", "layers = 5\ntied = true", "tied"),
        ("lista", "layers = 5\nselection = { per_layer = 1.0, most = 10.0 }", "selection"),
        ("alista", "layers = 5\ntied = true", "tied"),
        ("alista", "layers = 5\nselection = { per_layer = 1.0, most = 110.0 }", "selection.most"),
    ] {
        assert_eq!(read(kind, text).key, key, "{kind} {text}");
    }
    let single = problem("p = 40\nn = 20\nk = 4\nsnr_db = 20");
    let network = estimator("unfolded-ista", "layers = 5\nloss = 'supervised'\npenalty = 0.1");
    assert!(network.admit(&single).unwrap_err().message.contains("kind = \"ensemble\""));
    let bare = problem(&PROBLEM.replace("penalty = 0.1", ""));
    assert!(network.admit(&bare).is_ok());
    assert_eq!(estimator("alista", "layers = 5").admit(&bare).unwrap_err().key, "penalty");
    let zero = problem(&PROBLEM.replace("penalty = 0.1", "penalty = 0.0"));
    let free = estimator("unfolded-ista", "layers = 5\nloss = 'supervised'\nthresholds = 'free'");
    assert_eq!(free.admit(&zero).unwrap_err().key, "penalty");
}
