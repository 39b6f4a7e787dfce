//! Gradients of every variant compared with central differences, in double precision.
//!
//! Differences are meaningless across a kink, so the data keep every pre-activation away from its threshold:
//! the supports of all states must be the same at both ends of every difference, which is checked.

use remeasure_sparse::unfolded::{Batch, Kind, Loss, Network, Penalty, Workspace, loss, loss_and_gradient};

use super::problem::{Named, batch, design, moved, networks};

const LAYERS: usize = 4;

fn supports(workspace: &Workspace<f64>, depth: usize, count: usize) -> Vec<bool> {
    (1..=depth)
        .flat_map(|t| (0..count).flat_map(move |b| workspace.state(t, b).iter().map(|x| *x != 0.0)))
        .collect()
}

/// `thresholded`: thresholds must make some entries zero in the end.
fn check((name, network): &Named<f64>, at: Loss, depth: usize, batch: &Batch<f64>, thresholded: bool) {
    let network: &dyn Network<f64> = &**network;
    let mut workspace = Workspace::new(network, batch.count()).unwrap();
    let mut parameters = moved(network);
    let mut gradient = vec![f64::NAN; parameters.len()];
    loss_and_gradient(network, at, &parameters, depth, batch, &mut workspace, &mut gradient).unwrap();
    let base = supports(&workspace, depth, batch.count());
    assert!(base.contains(&true), "{name}: all is zero");
    assert!(!thresholded || base.contains(&false), "{name}: nothing is thresholded");
    for group in network.groups() {
        if group.range.end > network.prefix(depth) {
            assert!(gradient[group.range].iter().all(|g| *g == 0.0), "{name}: a later layer");
            continue;
        }
        let log = name.ends_with("free");
        let largest = gradient[group.range.clone()].iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for i in group.range.clone() {
            // A threshold clamped at 0 is itself a kink.
            if group.kind == Kind::Threshold && parameters[i] == 0.0 && !log {
                continue;
            }
            let h = 1e-5 * parameters[i].abs().max(0.1);
            let start = parameters[i];
            let mut ends = [0.0; 2];
            for (value, sign) in ends.iter_mut().zip([-1.0, 1.0]) {
                parameters[i] = start + sign * h;
                *value = loss(network, at, &parameters, depth, batch, &mut workspace).unwrap();
                assert_eq!(supports(&workspace, depth, batch.count()), base, "{name}: a kink at {i}");
            }
            parameters[i] = start;
            let difference = (ends[1] - ends[0]) / (2.0 * h);
            let error = (difference - gradient[i]).abs();
            // Rounding of the loss, over the width of the difference.
            let rounding = 4.0 * f64::EPSILON * ends[0].abs() / h;
            assert!(
                error <= 1e-6 * gradient[i].abs().max(0.01 * largest) + rounding,
                "{name} {at:?} depth {depth}: parameter {i} of {group:?}: {} but differences say {difference}",
                gradient[i]
            );
        }
    }
}

fn check_all(m: usize, n: usize, lambda: f64) {
    let design = design(m, n);
    let batch = batch(&design, 5);
    for named in &networks::<f64>(&design, LAYERS, lambda) {
        let penalty = if named.0.starts_with("iht") { Penalty::L0 } else { Penalty::L1 };
        for at in [Loss::Supervised, Loss::Unsupervised { penalty, lambda }] {
            for depth in [1, LAYERS - 1, LAYERS] {
                check(named, at, depth, &batch, lambda > 0.0);
            }
        }
    }
}

/// With the product `AᵀA` formed.
#[test]
fn gradients_are_those_of_central_differences() {
    check_all(7, 12, 0.1);
}

/// Through the residual: `M < N/2`.
#[test]
fn gradients_of_very_wide_matrices_too() {
    check_all(7, 20, 0.1);
}

#[test]
fn gradients_of_tall_matrices_too() {
    check_all(9, 6, 0.1);
}

#[test]
fn gradients_without_a_penalty_too() {
    check_all(7, 12, 0.0);
}
