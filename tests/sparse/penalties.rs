//! Elastic net, group, square-root and adaptive Lasso: against other packages, and on known cases.

use std::path::Path;

use remeasure_core::numerics::Design;
use remeasure_sparse::metrics::lasso_objective;
use remeasure_sparse::{Certificate, Fit, Instance, Task};

use crate::{estimator, fit, problem, streams};

fn rows(file: &str) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|r| r.unwrap().iter().map(|v| v.parse().unwrap()).collect()).collect()
}

fn instance(design: Design, response: Vec<f64>) -> Instance {
    Instance { design, response, truth: None, held_out: None }
}

fn stored(name: &str) -> Instance {
    let data = rows(&format!("lasso/{name}.csv"));
    let (n, p) = (data.len(), data[0].len() - 1);
    let values = (0..p).flat_map(|j| data.iter().map(move |row| row[j])).collect();
    instance(Design::from_columns(n, p, values), data.iter().map(|row| row[p]).collect())
}

fn task<'a>(instance: &'a Instance, streams: &'a remeasure_core::stream::Streams) -> Task<'a> {
    let truth = instance.truth.as_ref();
    Task { design: &instance.design, response: &instance.response, truth, penalty: None, streams }
}

fn drawn(text: &str) -> Instance {
    problem(text).draw(&streams(1)).unwrap().instance().unwrap()
}

/// A design with `AᵀA = n I`, and the response with `Aᵀy/n = z`.
fn orthogonal(z: &[f64]) -> Instance {
    let n = z.len();
    let root = (n as f64).sqrt();
    let values = (0..n * n).map(|i| if i % (n + 1) == 0 { root } else { 0.0 }).collect();
    instance(Design::from_columns(n, n, values), z.iter().map(|v| root * v).collect())
}

fn gap(fit: &Fit) -> f64 {
    let Certificate::RelativeGap(gap) = fit.certificate else { panic!("a duality gap") };
    gap
}

/// Compares an estimator with the stored solutions at fractions of λ_max.
fn check(kind: &str, keys: &str, name: &str, file: &str, fractions: [f64; 3]) {
    let data = stored(name);
    let streams = streams(0);
    for (reference, fraction) in rows(&format!("penalties/{name}.{file}.csv")).iter().zip(fractions) {
        // The gap of the square-root Lasso has a floor of about 1e-7.
        let tolerance: f64 = if kind == "sqrt-lasso" { 1e-6 } else { 1e-12 };
        let keys = format!("lambda = {{ fraction = {fraction:?} }}\ntolerance = {tolerance:e}\n{keys}");
        let ours = estimator(kind, &keys);
        let found = ours.fit(&task(&data, &streams)).unwrap();
        let context = format!("{kind} {name} {fraction}");
        assert_eq!(found.shortfall, None, "{context}");
        assert!((found.lambda.unwrap() / reference[0] - 1.0).abs() < 1e-10, "{context}: {:?}", found.lambda);
        if let Some(objective) = ours.objective(&task(&data, &streams), &found) {
            assert!(
                (objective / reference[1] - 1.0).abs() < tolerance.max(1e-9),
                "{context}: {objective} {}",
                reference[1]
            );
        }
        for (ours, theirs) in found.coefficients.iter().zip(&reference[2..]) {
            assert!((ours - theirs).abs() < 1e-5, "{context}: {ours} {theirs}");
        }
    }
}

#[test]
fn the_group_lasso_is_that_of_skglm() {
    check("group-lasso", "groups = [[1, 2, 3], [4, 5], [6], [7, 8]]", "tall", "group", [0.5, 0.1, 0.02]);
    check("group-lasso", "groups = { size = 5 }", "wide", "group", [0.5, 0.1, 0.02]);
    let listed = "groups = [[1, 7], [2, 3, 4], [5, 6, 8, 9], [10], [11, 12]]";
    check("group-lasso", listed, "correlated", "group", [0.5, 0.1, 0.02]);
}

#[test]
fn the_square_root_lasso_is_that_of_skglm() {
    for name in ["tall", "wide", "correlated"] {
        check("sqrt-lasso", "", name, "sqrt", [0.7, 0.5, 0.3]);
    }
}

#[test]
fn the_adaptive_lasso_is_scikit_learns_on_scaled_columns() {
    for name in ["tall", "correlated"] {
        check("adaptive-lasso", "pilot = \"least-squares\"", name, "adaptive", [0.5, 0.1, 0.02]);
    }
}

#[test]
fn adaptive_thresholds_of_an_orthogonal_design_have_a_closed_form() {
    let z = [3.0_f64, -1.0, 0.5, 0.0];
    let data = orthogonal(&z);
    let keys = "lambda = { fraction = 0.1 }\ngamma = 2.0\ntolerance = 1e-13";
    let found = fit(estimator("adaptive-lasso", keys).as_ref(), &data, &streams(0));
    // λ_max = max |z|^(1 + γ).
    let lambda = found.lambda.unwrap();
    assert!((lambda - 2.7).abs() < 1e-12);
    for (x, z) in found.coefficients.iter().zip(z) {
        let size = if z == 0.0 { 0.0 } else { (z.abs() - lambda / (z * z)).max(0.0) };
        assert!((x - z.signum() * size).abs() < 1e-9, "{x} {z}");
    }
}

#[test]
fn the_pivotal_penalty_does_not_know_the_scale_of_the_noise() {
    let data = drawn("n = 200\np = 100\nk = 4\nsnr_db = 10");
    let sqrt = estimator("sqrt-lasso", "");
    let found = fit(sqrt.as_ref(), &data, &streams(1));
    let large = instance(data.design.clone(), data.response.iter().map(|y| 1024.0 * y).collect());
    let again = fit(sqrt.as_ref(), &large, &streams(1));
    assert_eq!(found.lambda, again.lambda);
    // Φ⁻¹(1 − 0.05/200) = 3.4808; columns of norm near √n.
    let usual = 1.1 * 3.4808 / 200.0_f64.sqrt();
    assert!((0.9..1.6).contains(&(found.lambda.unwrap() / usual)), "{:?}", found.lambda);
    assert!(found.coefficients.iter().any(|x| *x != 0.0) && gap(&found) <= 1e-6);
    for (a, b) in found.coefficients.iter().zip(&again.coefficients) {
        assert!((1024.0 * a - b).abs() <= 1e-6 * b.abs().max(1.0), "{a} {b}");
    }
    // It is the Lasso at λσ̂: the correlations of its support are nλσ̂.
    let mut residual = data.response.clone();
    data.design.add_mul(-1.0, found.coefficients.iter().copied().enumerate(), &mut residual);
    let sigma = (residual.iter().map(|r| r * r).sum::<f64>() / 200.0).sqrt();
    for (j, x) in found.coefficients.iter().enumerate().filter(|(_, x)| x.abs() > 1e-3) {
        let product: f64 = data.design.column(j).iter().zip(&residual).map(|(a, r)| a * r).sum();
        assert!((product / (200.0 * found.lambda.unwrap() * sigma) - x.signum()).abs() < 1e-3);
    }
}

#[test]
fn the_elastic_net_agrees_with_linfas_and_contains_the_lasso() {
    let data = drawn("n = 40\np = 60\nk = 5\nsnr_db = 10\ndesign = \"toeplitz\"\ncorrelation = 0.7");
    let streams = streams(1);
    for mixing in [1.0, 0.5, 0.1] {
        let keys = format!("lambda = {{ fraction = 0.1 }}\nmixing = {mixing:?}\ntolerance = 1e-9");
        let [ours, linfas] = ["elastic-net", "linfa-elastic-net"].map(|kind| {
            let net = estimator(kind, &keys);
            let found = net.fit(&task(&data, &streams)).unwrap();
            assert!(gap(&found) <= 1e-9 && found.shortfall.is_none());
            (net.objective(&task(&data, &streams), &found).unwrap(), found)
        });
        assert_eq!(ours.1.lambda, linfas.1.lambda);
        assert!((ours.0 / linfas.0 - 1.0).abs() < 1e-7, "{} {}", ours.0, linfas.0);
        if mixing == 1.0 {
            let lambda = ours.1.lambda.unwrap();
            let objective = lasso_objective(&data.design, &data.response, &ours.1.coefficients, lambda);
            assert!((objective - ours.0).abs() < 1e-14);
        } else {
            // Correlated features share their weight: the net keeps more of them.
            let count = |f: &Fit| f.coefficients.iter().filter(|x| **x != 0.0).count();
            let lasso = fit(estimator("lasso", "lambda = { fraction = 0.1 }").as_ref(), &data, &streams);
            assert!(count(&ours.1) > count(&lasso));
        }
    }
}

#[test]
fn cross_validation_chooses_the_share_of_the_l1_norm() {
    let data = drawn("n = 40\np = 30\nk = 2\nsnr_db = 20");
    let of = |mixing: &str| {
        let keys = format!("lambda = {{ cv = {{ folds = 4, points = 15 }} }}\nmixing = {mixing}");
        fit(estimator("elastic-net", &keys).as_ref(), &data, &streams(1))
    };
    // A sparse signal wants much of it.
    let (list, ridge, lasso) = (of("[0.01, 1.0]"), of("0.01"), of("1.0"));
    assert_eq!((list.lambda, &list.coefficients), (lasso.lambda, &lasso.coefficients));
    assert_ne!(list.lambda, ridge.lambda);
}

#[test]
fn groups_are_selected_as_a_whole_and_help_where_the_signal_has_them() {
    let text = "n = 60\np = 100\nk = 10\ngroup_size = 5\nsnr_db = 5";
    let mut errors = [0.0; 2];
    for replicate in 0..10 {
        let data = problem(text).draw(&streams(replicate)).unwrap().instance().unwrap();
        let truth = data.truth.as_ref().unwrap();
        let in_groups = truth.support.chunks(5).all(|g| g[0] % 5 == 0 && g[4] == g[0] + 4);
        assert!(truth.support.len() == 10 && in_groups, "{:?}", truth.support);
        let cv = "lambda = { cv = { folds = 5, points = 20 } }";
        let group = estimator("group-lasso", &format!("{cv}\ngroups = {{ size = 5 }}"));
        let group = fit(group.as_ref(), &data, &streams(replicate));
        let lasso = fit(estimator("lasso", cv).as_ref(), &data, &streams(replicate));
        for block in group.coefficients.chunks(5) {
            let some = block.iter().filter(|x| **x != 0.0).count();
            assert!(some == 0 || some == 5, "{block:?}");
        }
        let error = |f: &Fit| remeasure_sparse::metrics::nmse(&f.coefficients, &truth.coefficients);
        errors[0] += error(&group);
        errors[1] += error(&lasso);
    }
    assert!(errors[0] < errors[1], "{errors:?}");
}

#[test]
fn paths_are_recorded_where_they_are_asked_for() {
    let data = drawn("n = 40\np = 20\nk = 4\nsnr_db = 10");
    let streams = streams(1);
    for (kind, keys) in [
        ("lasso", ""),
        ("elastic-net", "mixing = 0.5"),
        ("adaptive-lasso", "pilot = { lasso = { fraction = 0.05 } }"),
        ("sqrt-lasso", ""),
        ("group-lasso", "groups = { size = 4 }"),
    ] {
        let keys = format!("lambda = {{ cv = {{ folds = 4, points = 12 }} }}\n{keys}");
        let silent = estimator(kind, &keys);
        let found = silent.fit(&task(&data, &streams)).unwrap();
        assert!(silent.path(&task(&data, &streams), &found).unwrap().is_empty());
        let asked = estimator(kind, &format!("{keys}\nrecord_path = true"));
        let steps = asked.path(&task(&data, &streams), &found).unwrap();
        assert_eq!(steps.len(), 12, "{kind}");
        assert!(steps.windows(2).all(|s| s[0].lambda > s[1].lambda));
        assert!(steps[0].coefficients.iter().all(|x| x.abs() < 1e-9), "{kind}");
        // The fit is on the path.
        let at = steps.iter().find(|s| Some(s.lambda) == found.lambda).unwrap();
        for (a, b) in at.coefficients.iter().zip(&found.coefficients) {
            assert!((a - b).abs() < 0.05, "{kind}: {a} {b}");
        }
    }
}

#[test]
fn keys_that_do_not_fit_are_named() {
    let read = |kind: &str, text: &str| {
        let entry = remeasure_sparse::estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
        (entry.read)(toml::from_str(text).unwrap()).err().map(|e| e.key)
    };
    let key = |name: &str| Some(name.to_owned());
    let cv = "lambda = { cv = { folds = 3 } }";
    assert_eq!(read("elastic-net", "lambda = { fraction = 0.1 }\nmixing = [0.5, 1.0]"), key("mixing"));
    assert_eq!(read("elastic-net", &format!("{cv}\nmixing = []")), key("mixing"));
    assert_eq!(read("elastic-net", &format!("{cv}\nmixing = [0.5, 1.5]")), key("mixing"));
    assert_eq!(read("elastic-net", &format!("{cv}\nmixing = [0.5]\nrecord_path = true")), key("mixing"));
    assert_eq!(read("linfa-elastic-net", &format!("{cv}\nmixing = 0.0")), key("mixing"));
    let pivotal = |inside: &str| read("sqrt-lasso", &format!("lambda = {{ pivotal = {{ {inside} }} }}"));
    assert_eq!(pivotal("level = 1.0"), key("lambda.pivotal.level"));
    assert_eq!(pivotal("factor = 1.0"), key("lambda.pivotal.factor"));
    assert_eq!(read("adaptive-lasso", &format!("{cv}\ngamma = 0.0")), key("gamma"));
    let pilot = "pilot = { lasso = { fraction = 2.0 } }";
    assert_eq!(read("adaptive-lasso", &format!("{cv}\n{pilot}")), key("pilot.lasso.fraction"));
    assert_eq!(read("adaptive-lasso", "lambda = { cv = { folds = 1 } }"), key("lambda.cv.folds"));

    let wide = problem("n = 10\np = 12\nk = 2\nsnr_db = 5");
    let refused = |kind: &str, text: &str| estimator(kind, text).admit(&wide).unwrap_err();
    let pilot = refused("adaptive-lasso", &format!("{cv}\npilot = \"least-squares\""));
    assert_eq!(pilot.key, "pilot");
    let groups = |text: &str| refused("group-lasso", &format!("{cv}\ngroups = {text}")).to_string();
    assert_eq!(
        groups("{ size = 5 }"),
        "groups.size: 12 columns cannot be parted into groups of 5: list the groups"
    );
    assert!(groups("[[1, 2], [2, 3]]").starts_with("groups: column 2 is in groups 1 and 2"));
    assert!(groups("[[1, 2]]").starts_with("groups: column 3 is in no group"));
    assert_eq!(groups("[[0, 2]]"), "groups: columns count from 1, found 0");
    let bad = |text: &str| remeasure_sparse::Problem::read(toml::from_str(text).unwrap()).unwrap_err().key;
    assert_eq!(bad("n = 10\np = 12\nk = 3\nsnr_db = 5\ngroup_size = 2"), "group_size");
    assert_eq!(bad("n = 10\np = 9\nk = 2\nsnr_db = 5\ngroup_size = 2"), "group_size");
}
