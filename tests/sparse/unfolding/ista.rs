//! Networks before training.

use std::sync::Arc;

use remeasure_optim::{ElasticNet, ProximalGradient, Quadratic};
use remeasure_sparse::unfolded::{Batch, Network, Sensing, StepNetwork, run};

use super::problem::{batch, design, gaussian, networks, source};

/// States by signal, then by layer.
fn states(network: &dyn Network<f64>, batch: &Batch<f64>) -> Vec<Vec<Vec<f64>>> {
    let mut states = vec![vec![Vec::new(); network.layers() + 1]; batch.count()];
    run(network, &network.initial(), network.layers(), batch, &mut |layer| {
        for b in 0..layer.count {
            states[layer.first + b][layer.index] = layer.state(b).to_vec();
        }
    })
    .unwrap();
    states
}

/// A step of 1/L is that of ISTA, bit for bit as written with fused multiply–adds in the order of the columns.
#[test]
fn untrained_steps_are_ista_bit_for_bit() {
    let (m, n, lambda, layers) = (30, 50, 0.1, 25);
    let a = gaussian(m, n, 3);
    let sensing = Arc::new(Sensing::<f64>::new(&a).unwrap());
    let step = 1.0 / sensing.lipschitz();
    let network = StepNetwork::ista(sensing, layers, lambda).unwrap();
    let mut data = Batch::zeros(150, n, m);
    source(&a, 4)(&mut data);
    let found = states(&network, &data);
    let gram: Vec<Vec<f64>> = (0..n)
        .map(|k| {
            let mut column = vec![0.0; n];
            a.tmul(a.column(k), &mut column);
            column
        })
        .collect();
    for (b, states) in found.iter().enumerate() {
        let y = data.response(b);
        let correlation: Vec<f64> =
            (0..n).map(|j| (0..m).fold(0.0, |sum, i| y[i].mul_add(a.column(j)[i], sum))).collect();
        let mut x = vec![0.0_f64; n];
        for state in states {
            assert!(x.iter().zip(state).all(|(a, b)| a.to_bits() == b.to_bits()), "signal {b}");
            let along: Vec<f64> =
                (0..n).map(|i| (0..n).fold(correlation[i], |g, k| (-x[k]).mul_add(gram[k][i], g))).collect();
            x = x
                .iter()
                .zip(&along)
                .map(|(x, g)| {
                    let u = step.mul_add(*g, *x);
                    if u.abs() <= lambda * step { 0.0 } else { u - (lambda * step).copysign(u) }
                })
                .collect();
        }
    }
}

/// The family's ISTA minimises the squared residual with factor 1/(2M), with λ/M.
#[test]
fn untrained_networks_are_the_proximal_gradient_method() {
    for (m, n) in [(30, 50), (10, 50), (60, 20)] {
        let (lambda, layers) = (0.1, 25);
        let a = gaussian(m, n, 5);
        let mut data = Batch::zeros(3, n, m);
        source(&a, 6)(&mut data);
        let all = networks::<f64>(&a, layers, lambda);
        for (name, network) in &all {
            if !["ista", "ista-free", "lista", "lista-cp", "lista-cp-tied"].contains(name) {
                continue;
            }
            let found = states(&**network, &data);
            for (b, states) in found.iter().enumerate() {
                let mut datafit = Quadratic::new(&a, data.response(b)).unwrap();
                let step = m as f64 / network.sensing().lipschitz();
                let method = ProximalGradient::ista().step(step).unwrap().tolerance(0.0).unwrap();
                let mut at = 0;
                method
                    .max_iterations(layers)
                    .solve(&mut datafit, &ElasticNet::l1(lambda / m as f64).unwrap(), None, &mut |iterate| {
                        let state = &states[iterate.iteration];
                        for (x, expected) in state.iter().zip(iterate.coefficients) {
                            assert!((x - expected).abs() <= 1e-12, "{name} {m} × {n} at {at}");
                        }
                        at += 1;
                    })
                    .unwrap();
                assert_eq!(at, layers + 1);
            }
        }
    }
}

/// A step of IHT keeps the entries that exceed √(2λ/L).
#[test]
fn untrained_iht_thresholds_hard() {
    let (lambda, a) = (0.05, design(7, 12));
    let data = batch::<f64>(&a, 4);
    let sensing = Arc::new(Sensing::new(&a).unwrap());
    let lipschitz = sensing.lipschitz();
    let found = states(&StepNetwork::iht(sensing, 6, lambda).unwrap(), &data);
    let threshold = (2.0 * lambda / lipschitz).sqrt();
    for (b, states) in found.iter().enumerate() {
        let mut x = vec![0.0; 12];
        for state in states {
            assert!(x.iter().zip(state).all(|(a, b)| f64::abs(a - b) <= 1e-13));
            let mut residual = vec![0.0; 7];
            a.mul(&x, &mut residual);
            residual.iter_mut().zip(data.response(b)).for_each(|(r, y)| *r = y - *r);
            let mut along = vec![0.0; 12];
            a.tmul(&residual, &mut along);
            for (x, g) in x.iter_mut().zip(&along) {
                let u = *x + g / lipschitz;
                *x = if u.abs() > threshold { u } else { 0.0 };
            }
        }
        assert!(x.iter().any(|v| *v != 0.0) && x.contains(&0.0));
    }
}

/// Analytic weights: every `w_jᵀa_j` is 1, and they are orthogonal to the null space of `A`.
#[test]
fn untrained_alista_is_written_out() {
    let a = design(3, 4);
    let sensing = Arc::new(Sensing::<f64>::new(&a).unwrap());
    let (lambda, lipschitz) = (0.1, sensing.lipschitz());
    let network = StepNetwork::alista(sensing, 1, lambda).unwrap();
    let data = batch::<f64>(&a, 2);
    let found = states(&network, &data);
    // (AAᵀ)⁻¹ of a 3 × 3 matrix by cofactors.
    let s = |i: usize, k: usize| (0..4).map(|j| a.column(j)[i] * a.column(j)[k]).sum::<f64>();
    let cofactor = |i: usize, k: usize| {
        let (p, q, r, t) = ((i + 1) % 3, (i + 2) % 3, (k + 1) % 3, (k + 2) % 3);
        s(p, r) * s(q, t) - s(p, t) * s(q, r)
    };
    for (b, states) in found.iter().enumerate() {
        for (j, found) in states[1].iter().enumerate() {
            let w: Vec<f64> = (0..3).map(|i| (0..3).map(|k| cofactor(i, k) * a.column(j)[k]).sum()).collect();
            let along: f64 = w.iter().zip(a.column(j)).map(|(w, a)| w * a).sum();
            let u: f64 = w.iter().zip(data.response(b)).map(|(w, y)| w * y / along).sum();
            let expected = u.signum() * (u.abs() - lambda / lipschitz).max(0.0);
            assert!((found - expected).abs() <= 1e-12, "{expected} {found}");
        }
    }
}
