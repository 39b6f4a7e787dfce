//! States, losses and gradients compared with PyTorch's, layer by layer: `tests/data/unfolding/ORIGIN.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use remeasure_core::numerics::Design;
use remeasure_sparse::unfolded::{
    Batch, Kind, Lista, ListaCp, Loss, Network, Penalty, Real, Selection, Sensing, StepNetwork, Workspace,
    loss, loss_and_gradient, run,
};

const LAYERS: usize = 4;
const COUNT: usize = 5;

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/../../tests/data/unfolding/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|e| panic!("{cell}: {e}"))
}

/// An index, from 1 for layers, or 0 if there is none.
fn place(cell: &str) -> usize {
    if cell.is_empty() { 0 } else { cell.parse().unwrap() }
}

struct Problem {
    lambda: f64,
    lipschitz: f64,
    design: Design,
    signals: Vec<Vec<f64>>,
    responses: Vec<Vec<f64>>,
    /// Ratio of the length of signals to that in the reference.
    longer: f64,
}

/// The reference's problem. With `length`, signals are longer, and one additional measurement sees only the
/// further entries of a signal. Signals, responses and hence states are zero there, and all numbers except
/// the mean squared error per entry are the same.
fn problem(name: &str, (m, n): (usize, usize), length: Option<usize>) -> Problem {
    let (rows_, columns) = length.map_or((m, n), |length| (m + 1, length));
    let mut a = vec![0.0; rows_ * columns];
    (n..columns).for_each(|k| a[k * rows_ + m] = 0.5);
    let (mut signals, mut responses) = (vec![vec![0.0; columns]; COUNT], vec![vec![0.0; rows_]; COUNT]);
    let (mut lambda, mut lipschitz) = (0.0, 0.0);
    for row in rows(&format!("{name}.problem")) {
        let (i, k, value) = (place(&row[1]), place(&row[2]), number(&row[3]));
        match row[0].as_str() {
            "penalty" => lambda = value,
            "smoothness" => lipschitz = value,
            "a" => a[k * rows_ + i] = value,
            "signal" => signals[i][k] = value,
            "response" => responses[i][k] = value,
            _ => {}
        }
    }
    let design = Design::from_columns(rows_, columns, a);
    Problem { lambda, lipschitz, design, signals, responses, longer: columns as f64 / n as f64 }
}

impl Problem {
    fn sensing<R: Real>(&self) -> Arc<Sensing<R>> {
        Arc::new(Sensing::with_lipschitz(&self.design, self.lipschitz).unwrap())
    }

    fn batch<R: Real>(&self) -> Batch<R> {
        let mut batch = Batch::zeros(COUNT, self.design.columns(), self.design.rows());
        for b in 0..COUNT {
            let (signal, response) = batch.pair_mut(b);
            signal.iter_mut().zip(&self.signals[b]).for_each(|(to, from)| *to = R::of(*from));
            response.iter_mut().zip(&self.responses[b]).for_each(|(to, from)| *to = R::of(*from));
        }
        batch
    }

    fn unsupervised(&self, name: &str) -> Loss {
        let penalty = if name.starts_with("iht") { Penalty::L0 } else { Penalty::L1 };
        Loss::Unsupervised { penalty, lambda: self.lambda }
    }
}

fn network<R: Real>(name: &str, problem: &Problem) -> Box<dyn Network<R>> {
    let lambda = problem.lambda;
    let sensing = || problem.sensing();
    // Select as many entries as the reference.
    let selection = || Selection::new(10.0 / problem.longer, 30.0 / problem.longer).unwrap();
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

/// A parameter of the reference and its position in our flat vector.
struct Parameter {
    name: String,
    at: usize,
    /// In our units.
    value: f64,
    /// Gradients of the supervised and of the unsupervised loss.
    gradients: [f64; 2],
}

/// Finds the position by kind and layer of the groups; matrices are stored column by column.
fn parameter(row: &[String], network: &dyn Network<f64>, problem: &Problem) -> Parameter {
    let (m, n) = (problem.design.rows(), problem.design.columns());
    let (i, k) = (place(&row[3]), place(&row[4]));
    let layer = (!row[2].is_empty()).then(|| place(&row[2]) - 1);
    let value = number(&row[5]);
    let least = 1.0 / problem.lipschitz;
    let initial =
        if row[0] == "iht-free" { (2.0 * problem.lambda * least).sqrt() } else { problem.lambda * least };
    let (kind, which, offset, value) = match row[1].as_str() {
        // Ours are in units of 1/L and of the threshold there.
        "log_step" => (Kind::Step, 0, 0, value - least.ln()),
        "log_threshold" => (Kind::Threshold, 0, 0, value - initial.ln()),
        "step" => (Kind::Step, 0, 0, value),
        "threshold" => (Kind::Threshold, 0, 0, value),
        "w1" => (Kind::Matrix, 0, k * n + i, value),
        "w2" => (Kind::Matrix, 1, k * n + i, value),
        "w" => (Kind::Matrix, 0, k * m + i, value),
        other => panic!("unknown parameter {other}"),
    };
    let groups = network.groups();
    let group = groups.iter().filter(|g| (g.kind, g.layer) == (kind, layer)).nth(which);
    let range = group.unwrap_or_else(|| panic!("no group for {row:?}")).range.clone();
    assert!(offset < range.len(), "{row:?}");
    let gradients = [number(&row[6]), number(&row[7])];
    Parameter { name: row[1].clone(), at: range.start + offset, value, gradients }
}

/// Largest difference, relative to the largest expected value.
fn apart(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let largest = pairs.clone().fold(0.0_f64, |most, (_, expected)| most.max(expected.abs()));
    let error = |(found, expected): (f64, f64)| {
        // NaN counts as infinitely different.
        let error = (found - expected).abs() / largest;
        if found == expected {
            0.0
        } else if error.is_finite() {
            error
        } else {
            f64::INFINITY
        }
    };
    pairs.map(error).fold(0.0, f64::max)
}

/// Compares states of one network, each layer separately. Zeros are zeros in any precision, because the
/// reference stays away from thresholds.
fn check_states<R: Real>(
    name: &str,
    (network, parameters, batch): (&dyn Network<R>, &[R], &Batch<R>),
    reference: &[Vec<String>],
    tolerance: f64,
) -> Vec<Vec<Vec<R>>> {
    let mut states = vec![vec![Vec::new(); COUNT]; LAYERS + 1];
    run(network, parameters, LAYERS, batch, &mut |layer| {
        (0..layer.count).for_each(|b| states[layer.index][layer.first + b] = layer.state(b).to_vec());
    })
    .unwrap();
    for (t, found) in states.iter().enumerate().skip(1) {
        let of_layer = reference.iter().filter(|r| r[0] == name && place(&r[1]) == t);
        let pairs: Vec<(f64, f64)> =
            of_layer.map(|r| (found[place(&r[2])][place(&r[3])].widen(), number(&r[4]))).collect();
        assert!(pairs.len() >= COUNT, "{name}: no states x_{t}");
        assert!(pairs.iter().all(|(ours, expected)| (*ours == 0.0) == (*expected == 0.0)), "{name} x_{t}");
        let error = apart(pairs.iter().copied());
        assert!(error <= tolerance, "{name} x_{t}: {error:e} apart");
        let seen = pairs.len() / COUNT;
        assert!(found.iter().all(|x| x[seen..].iter().all(|v| *v == R::ZERO)), "{name} x_{t}");
    }
    states
}

/// Largest differences allowed, relative to the largest number of a layer's states, to the loss,
/// and to the largest gradient of the parameters of a name.
struct Tolerance {
    states: f64,
    losses: f64,
    gradients: f64,
}

/// Measured with AVX-512: 6e-16, 6e-16 and 1.2e-14. Sums in another order may differ a little more.
const DOUBLE: Tolerance = Tolerance { states: 1e-14, losses: 1e-14, gradients: 1e-13 };

/// Measured with AVX-512: 4e-7, 3e-7 and 3e-6.
const SINGLE: Tolerance = Tolerance { states: 2e-6, losses: 2e-6, gradients: 2e-5 };

fn check<R: Real>(case: &str, sizes: (usize, usize), length: Option<usize>, tolerance: &Tolerance) {
    let problem = problem(case, sizes, length);
    let (gradients, states) = (rows(&format!("{case}.gradients")), rows(&format!("{case}.states")));
    let losses: BTreeMap<(String, String), f64> = rows(&format!("{case}.losses"))
        .into_iter()
        .map(|r| ((r[0].clone(), r[1].clone()), number(&r[2])))
        .collect();
    let mut names: Vec<&str> = gradients.iter().map(|r| r[0].as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 10);
    for name in names {
        // Analytic weights need a matrix of full row rank.
        if name.starts_with("alista") && sizes.0 > sizes.1 {
            continue;
        }
        let network = network::<R>(name, &problem);
        let groups = self::network::<f64>(name, &problem);
        let own: Vec<Parameter> =
            gradients.iter().filter(|r| r[0] == name).map(|row| parameter(row, &*groups, &problem)).collect();
        let blank = if length.is_some() { 0.0 } else { f64::NAN };
        let mut parameters = vec![R::of(blank); network.parameters()];
        own.iter().for_each(|p| parameters[p.at] = R::of(p.value));
        if length.is_none() {
            assert_eq!(own.len(), parameters.len(), "{name}");
            assert!(parameters.iter().all(|p| p.is_finite()), "{name}: two at one place");
        }
        let batch = problem.batch::<R>();
        let found = check_states(name, (&*network, &parameters, &batch), &states, tolerance.states);
        let kinds = [("supervised", Loss::Supervised), ("unsupervised", problem.unsupervised(name))];
        for (i, (label, at)) in kinds.into_iter().enumerate() {
            let mut workspace = Workspace::new(&*network, COUNT).unwrap();
            let mut gradient = vec![R::of(f64::NAN); parameters.len()];
            let value =
                loss_and_gradient(&*network, at, &parameters, LAYERS, &batch, &mut workspace, &mut gradient);
            let value = value.unwrap();
            for (t, states) in found.iter().enumerate() {
                assert!((0..COUNT).all(|b| workspace.state(t, b) == states[b]), "{name} {label} x_{t}");
            }
            let alone = loss(&*network, at, &parameters, LAYERS, &batch, &mut workspace).unwrap();
            assert_eq!(value, alone, "{name} {label}");
            let scale = if label == "supervised" { problem.longer } else { 1.0 };
            let expected = losses[&(name.to_owned(), label.to_owned())];
            let error = apart([(scale * value, expected)].into_iter());
            assert!(error <= tolerance.losses, "{case} {name} {label}: loss {error:e} apart");
            let mut by_name: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
            for p in &own {
                let pair = (scale * gradient[p.at].widen(), p.gradients[i]);
                by_name.entry(&p.name).or_default().push(pair);
                gradient[p.at] = R::ZERO;
            }
            for (parameter, pairs) in by_name {
                let error = apart(pairs.iter().copied());
                assert!(error <= tolerance.gradients, "{case} {name} {label} {parameter}: {error:e} apart");
            }
            // Parameters that only multiply zeros.
            assert!(gradient.iter().all(|g| *g == R::ZERO), "{case} {name} {label}: further entries");
        }
    }
}

#[test]
fn a_wide_problem_agrees_with_automatic_differentiation() {
    check::<f64>("wide", (7, 12), None, &DOUBLE);
}

#[test]
fn a_tall_problem_agrees_with_automatic_differentiation() {
    check::<f64>("tall", (9, 6), None, &DOUBLE);
}

/// If `M < N/2`, steps of [`StepNetwork`] are computed through the residual instead of `AᵀA`.
#[test]
fn what_goes_by_way_of_the_residual_agrees_too() {
    check::<f64>("wide", (7, 12), Some(24), &DOUBLE);
    check::<f64>("tall", (9, 6), Some(24), &DOUBLE);
}

#[test]
fn single_precision_agrees_to_single_precision() {
    for length in [None, Some(24)] {
        check::<f32>("wide", (7, 12), length, &SINGLE);
        check::<f32>("tall", (9, 6), length, &SINGLE);
    }
}

/// There, the reference's analytic weights are those of a pseudo-inverse, unlike ours.
#[test]
fn analytic_weights_of_a_tall_problem_are_refused() {
    for length in [None, Some(24)] {
        let problem = problem("tall", (9, 6), length);
        let refused = StepNetwork::<f64>::alista(problem.sensing(), LAYERS, problem.lambda).unwrap_err();
        assert_eq!(refused.key, "design");
        assert!(refused.message.contains("full row rank"), "{refused}");
    }
}
