//! Gaussian processes and test functions compared with scikit-learn's, see tests/data/search/ORIGIN.md.

use remeasure_core::stream::Streams;
use remeasure_optim::gp::{Fit, Hyper, Kernel, Process, expected_improvement};
use remeasure_search::Function;
use remeasure_search::functions::Placed;
use serde_json::Value;

pub(crate) fn read(name: &str) -> Value {
    let path = format!("{}/../../tests/data/search/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All numbers of a value, in order.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

fn close(ours: &[f64], theirs: &Value, what: &str) {
    let theirs = numbers(theirs);
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() <= 1e-8 * (1.0 + b.abs()), "{what}: {a} {b}");
    }
}

#[test]
fn a_process_and_its_expected_improvement_are_those_of_the_reference() {
    let file = read("gp.json");
    let (points, y, at) = (numbers(&file["X"]), numbers(&file["y_standardised"]), numbers(&file["Xt"]));
    let hyper = Hyper { lengths: vec![0.4, 0.7], signal: 1.3, noise: 1e-3 };
    let mut process = Process::new(Kernel::Matern, hyper, &points, &y).unwrap();
    let (mut means, mut sds) = (vec![0.0; 6], vec![0.0; 6]);
    process.predict_all(&at, &mut means, &mut sds);
    close(&means, &file["mean"], "means");
    close(&sds, &file["sd_latent"], "standard deviations");
    let noisy: Vec<f64> = sds.iter().map(|s| s.hypot(1e-3f64.sqrt())).collect();
    close(&noisy, &file["sd_with_noise"], "with the noise");
    close(
        &[process.likelihood()],
        &Value::Array(vec![file["log_marginal_likelihood"].clone()]),
        "likelihood",
    );
    let gains = |best: f64, sds: &[f64]| -> Vec<f64> {
        means.iter().zip(sds).map(|(m, s)| expected_improvement(best, *m, *s)).collect()
    };
    let best = file["incumbent"].as_f64().unwrap();
    close(&gains(best, &sds), &file["ei_minimise_latent_sd"], "expected improvement");
    close(&gains(best, &noisy), &file["ei_minimise_with_noise_sd"], "with the noise");
    let raw = numbers(&file["y"]).into_iter().fold(f64::INFINITY, f64::min);
    let published = numbers(&file["ei_as_published_raw_incumbent"]);
    for (ours, theirs) in gains(raw, &sds).iter().zip(&published) {
        assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
    }
    // One at a time gives the same bits as in a block.
    for (k, point) in at.chunks(2).enumerate() {
        assert_eq!(process.predict(point), (means[k], sds[k]));
    }
}

#[test]
fn the_largest_likelihood_is_that_of_the_reference() {
    let file = read("gp.json");
    let (points, y) = (numbers(&file["X"]), numbers(&file["y_standardised"]));
    let starts = [0.1, 0.3, 1.0].map(|l| Hyper { lengths: vec![l; 2], signal: 1.0, noise: 1e-3 });
    let fitted = Fit { tolerance: 1e-6, ..Fit::default() }.run(2, &points, &y, &starts).unwrap();
    let theirs = file["fitted"]["log_marginal_likelihood"].as_f64().unwrap();
    assert!((fitted.likelihood() - theirs).abs() < 1e-6, "{} {theirs}", fitted.likelihood());
}

#[test]
fn without_noise_a_process_goes_through_its_points_and_doubles_need_jitter() {
    let (points, y) = ([0.1, 0.9, 0.4, 0.3, 0.8, 0.5], [1.0, -2.0, 0.5]);
    let hyper = Hyper { lengths: vec![0.4, 0.7], signal: 1.3, noise: 0.0 };
    let mut process = Process::new(Kernel::Matern, hyper.clone(), &points, &y).unwrap();
    assert_eq!(process.jitter(), 0.0);
    for (point, y) in points.chunks(2).zip(y) {
        let (mean, sd) = process.predict(point);
        assert!((mean - y).abs() < 1e-10 && sd < 1e-6, "{mean} {y} {sd}");
    }
    let twice = [points, points].concat();
    let mut process = Process::new(Kernel::Matern, hyper.clone(), &twice, &[y, y].concat()).unwrap();
    assert!(process.jitter() > 0.0);
    let (mean, sd) = process.predict(&points[..2]);
    assert!((mean - 1.0).abs() < 1e-3 && sd < 1e-2);
    assert!(Process::new(Kernel::Matern, hyper.clone(), &[], &[]).is_none());
    assert!(Process::new(Kernel::Matern, hyper, &points, &[1.0, f64::NAN, 0.0]).is_none());
}

#[test]
fn expected_improvement_ends_as_the_gain_of_the_mean() {
    for (best, mean) in [(1.0, 0.25), (0.25, 1.0), (0.0, 0.0)] {
        assert_eq!(expected_improvement(best, mean, 0.0), f64::max(best - mean, 0.0));
        let small = expected_improvement(best, mean, 1e-9);
        assert!(small >= 0.0 && (small - f64::max(best - mean, 0.0)).abs() < 1e-9);
    }
}

#[test]
fn functions_have_the_values_of_the_reference() {
    let file = read("gp.json");
    let streams = Streams { seed: 1, cell: 1, replicate: 1 };
    for (entry, function) in file["functions"].as_array().unwrap().iter().zip([
        Function::Branin,
        Function::Hartmann,
        Function::Rosenbrock,
    ]) {
        let u = numbers(&entry["u"]);
        let placed = Placed::draw(function, u.len(), (false, false), &streams).unwrap();
        close(&[placed.value(&u)], &Value::Array(vec![entry["value"].clone()]), "value");
    }
    // The values of the standardised set, too.
    let branin = Placed::draw(Function::Branin, 2, (false, false), &streams).unwrap();
    let ours: Vec<f64> = numbers(&file["X"]).chunks(2).map(|u| branin.value(u)).collect();
    close(&ours, &file["y"], "Branin");
}
