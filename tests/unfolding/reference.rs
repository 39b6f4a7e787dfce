//! States, losses and gradients against PyTorch's, layer by layer: `tests/data/unfolding/ORIGIN.md`.

use std::collections::HashMap;
use std::sync::Arc;

use remeasure::numerics::Design;
use remeasure::sparse::unfolded::{
    Batch, Lista, ListaCp, Loss, Network, Penalty, Selection, Sensing, StepNetwork, Workspace,
    loss_and_gradient,
};

const LAYERS: usize = 4;
const COUNT: usize = 5;

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/data/unfolding/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|e| panic!("{cell}: {e}"))
}

fn place(cell: &str) -> usize {
    if cell.is_empty() { 0 } else { cell.parse().unwrap() }
}

struct Problem {
    lambda: f64,
    lipschitz: f64,
    design: Design,
    batch: Batch<f64>,
}

fn problem(name: &str, m: usize, n: usize) -> Problem {
    let (mut a, mut batch) = (vec![0.0; m * n], Batch::zeros(COUNT, n, m));
    let (mut lambda, mut lipschitz) = (0.0, 0.0);
    for row in rows(&format!("{name}.problem")) {
        let (i, k, value) = (place(&row[1]), place(&row[2]), number(&row[3]));
        match row[0].as_str() {
            "penalty" => lambda = value,
            "smoothness" => lipschitz = value,
            "a" => a[k * m + i] = value,
            "signal" => batch.pair_mut(i).0[k] = value,
            "response" => batch.pair_mut(i).1[k] = value,
            _ => {}
        }
    }
    Problem { lambda, lipschitz, design: Design::from_columns(m, n, a), batch }
}

fn network(name: &str, problem: &Problem) -> Box<dyn Network<f64>> {
    let lambda = problem.lambda;
    let sensing = || Arc::new(Sensing::with_lipschitz(&problem.design, problem.lipschitz).unwrap());
    let selection = || Selection::new(10.0, 30.0).unwrap();
    let ista = || StepNetwork::ista(sensing(), LAYERS, lambda).unwrap();
    let iht = || StepNetwork::iht(sensing(), LAYERS, lambda).unwrap();
    let cp = || ListaCp::new(sensing(), LAYERS, lambda).unwrap();
    let alista = || StepNetwork::alista(sensing(), LAYERS, lambda).unwrap();
    match name {
        "ista" => Box::new(ista()),
        "ista-free" => Box::new(ista().free_thresholds().unwrap()),
        "iht" => Box::new(iht()),
        "iht-free" => Box::new(iht().free_thresholds().unwrap()),
        "lista" => Box::new(Lista::new(sensing(), LAYERS, lambda).unwrap()),
        "lista-cp" => Box::new(cp()),
        "lista-cp-tied" => Box::new(cp().tied()),
        "lista-cp-ss" => Box::new(cp().selection(selection())),
        "alista" => Box::new(alista()),
        "alista-ss" => Box::new(alista().selection(selection()).unwrap()),
        other => panic!("unknown network {other}"),
    }
}

/// Where a reference parameter lies in our flat vector, and what is added to it there.
fn locate(name: &str, row: &[String], problem: &Problem) -> (usize, f64) {
    let (m, n) = (problem.design.rows(), problem.design.columns());
    let (t, i, k) = (place(&row[2]).saturating_sub(1), place(&row[3]), place(&row[4]));
    let cp = n * m + 1;
    let lista = n * m + n * n + 1;
    let free = name.ends_with("free") || name.starts_with("alista");
    let step = if free { 2 * t } else { t };
    let log_lipschitz = problem.lipschitz.ln();
    let threshold = if name == "iht-free" { 0.5 * (2.0 * problem.lambda).ln() } else { problem.lambda.ln() };
    match row[1].as_str() {
        // Ours are in units of 1/L and of the threshold there.
        "log_step" => (step, log_lipschitz),
        "log_threshold" if name == "iht-free" => (2 * t + 1, 0.5 * log_lipschitz - threshold),
        "log_threshold" => (2 * t + 1, log_lipschitz - threshold),
        "step" => (2 * t, 0.0),
        "w1" => (t * lista + k * n + i, 0.0),
        "w2" => (t * lista + n * m + k * n + i, 0.0),
        "w" if name == "lista-cp-tied" => (k * m + i, 0.0),
        "w" => (t * cp + k * m + i, 0.0),
        "threshold" if name == "lista" => ((t + 1) * lista - 1, 0.0),
        "threshold" if name == "lista-cp-tied" => (n * m + t, 0.0),
        "threshold" if name.starts_with("lista-cp") => ((t + 1) * cp - 1, 0.0),
        "threshold" => (2 * t + 1, 0.0),
        other => panic!("unknown parameter {other}"),
    }
}

fn check(case: &str, m: usize, n: usize) {
    let problem = problem(case, m, n);
    let (gradients, states) = (rows(&format!("{case}.gradients")), rows(&format!("{case}.states")));
    let losses: HashMap<(String, String), f64> = rows(&format!("{case}.losses"))
        .into_iter()
        .map(|r| ((r[0].clone(), r[1].clone()), number(&r[2])))
        .collect();
    let mut names: Vec<&str> = gradients.iter().map(|r| r[0].as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 10);
    for name in names {
        // Analytic weights are made for M ≤ N.
        if name.starts_with("alista") && m > n {
            continue;
        }
        let network = network(name, &problem);
        let own: Vec<&Vec<String>> = gradients.iter().filter(|r| r[0] == name).collect();
        assert_eq!(own.len(), network.parameters(), "{name}");
        let mut parameters = vec![f64::NAN; network.parameters()];
        for row in &own {
            let (at, added) = locate(name, row, &problem);
            parameters[at] = number(&row[5]) + added;
        }
        let penalty = if name.starts_with("iht") { Penalty::L0 } else { Penalty::L1 };
        let unsupervised = Loss::Unsupervised { penalty, lambda: problem.lambda };
        for (column, label, loss) in [(6, "supervised", Loss::Supervised), (7, "unsupervised", unsupervised)]
        {
            let mut workspace = Workspace::new(&*network, COUNT).unwrap();
            let mut gradient = vec![f64::NAN; parameters.len()];
            let batch = &problem.batch;
            let value =
                loss_and_gradient(&*network, loss, &parameters, LAYERS, batch, &mut workspace, &mut gradient)
                    .unwrap();
            let expected = losses[&(name.to_owned(), label.to_owned())];
            assert!((value / expected - 1.0).abs() <= 1e-13, "{case} {name} {label}: {value} {expected}");
            for row in states.iter().filter(|r| r[0] == name) {
                let (t, b, j) = (place(&row[1]), place(&row[2]), place(&row[3]));
                let (found, expected) = (workspace.state(t, b)[j], number(&row[4]));
                assert!((found - expected).abs() <= 1e-13, "{case} {name} x_{t} of {b}, entry {j}");
                assert_eq!(found == 0.0, expected == 0.0, "{case} {name} x_{t} of {b}, entry {j}");
            }
            let largest = own.iter().fold(0.0_f64, |most, r| most.max(number(&r[column]).abs()));
            for row in &own {
                let (found, expected) = (gradient[locate(name, row, &problem).0], number(&row[column]));
                assert!((found - expected).abs() <= 1e-13 * largest, "{case} {label} {row:?}: {found}");
            }
        }
    }
}

#[test]
fn a_wide_problem_agrees_with_automatic_differentiation() {
    check("wide", 7, 12);
}

#[test]
fn a_tall_problem_agrees_with_automatic_differentiation() {
    check("tall", 9, 6);
}
