//! The heat equation and its solver compared with dense matrices.

use rand::Rng;
use remeasure_relaxation::heat::{Heat, Simulation, coefficient};
use remeasure_relaxation::ssor;
use remeasure_relaxation::ssor::Job;

use crate::{STOPPING, apply, dense, dense_solve, norm, streams};

fn random(n: usize, role: &str) -> Vec<f64> {
    let mut stream = streams(0).stream(role);
    (0..n).map(|_| stream.gen_range(-1.0..1.0)).collect()
}

#[test]
fn the_preconditioner_is_its_matrix() {
    let (side, a) = (5, 1.7);
    let d = 1.0 + 4.0 * a;
    for omega in [0.6, 1.0, 1.5, 1.95] {
        let r = random(side * side, "r");
        let mut z = vec![0.0; r.len()];
        ssor::precondition(side, a, omega, &r, &mut z);
        // M z = (D + ωL) D⁻¹ (D + ωLᵀ) z / (ω(2 − ω)); z is that of D M, without the factor ω(2 − ω).
        let upper = apply(&dense(side, d, omega * a, 0.0, 1.0), &z);
        let scaled: Vec<f64> = upper.iter().map(|v| v / d).collect();
        let back = apply(&dense(side, d, omega * a, 1.0, 0.0), &scaled);
        for (b, r) in back.iter().zip(&r) {
            assert!((b / d - r).abs() < 1e-12, "ω = {omega}: {} for {r}", b / d);
        }
    }
}

/// Conjugate gradients with the dense preconditioner: iterations and solution.
fn reference(side: usize, a: f64, omega: f64, b: &[f64], start: &[f64]) -> (u32, Vec<f64>) {
    let d = 1.0 + 4.0 * a;
    let matrix = dense(side, d, a, 1.0, 1.0);
    let (lower, upper) = (dense(side, d, omega * a, 1.0, 0.0), dense(side, d, omega * a, 0.0, 1.0));
    let precondition = |r: &[f64]| {
        let y: Vec<f64> = dense_solve(&lower, r).iter().map(|v| v * d).collect();
        dense_solve(&upper, &y)
    };
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let mut x = start.to_vec();
    let mut r: Vec<f64> = b.iter().zip(apply(&matrix, &x)).map(|(b, p)| b - p).collect();
    let mut p = precondition(&r);
    let mut rho = dot(&r, &p);
    let mut k = 0;
    while norm(&r) > STOPPING.tolerance * norm(b) {
        let q = apply(&matrix, &p);
        let alpha = rho / dot(&p, &q);
        for i in 0..x.len() {
            x[i] += alpha * p[i];
            r[i] -= alpha * q[i];
        }
        let z = precondition(&r);
        let next = dot(&r, &z);
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + next / rho * *p);
        rho = next;
        k += 1;
    }
    (k, x)
}

#[test]
fn counts_are_those_of_dense_matrices() {
    let side = 6;
    let (b, start) = (random(36, "b"), random(36, "start"));
    let couplings = [0.0, 0.05, 0.8, 12.0];
    let omegas = [0.0, 0.5, 1.0, 1.3, 1.7, 1.95];
    let residuals: Vec<Vec<f64>> = couplings
        .iter()
        .map(|a| {
            let product = apply(&dense(side, 1.0 + 4.0 * a, *a, 1.0, 1.0), &start);
            b.iter().zip(product).map(|(b, p)| b - p).collect()
        })
        .collect();
    let mut jobs = Vec::new();
    for (coupling, residual) in couplings.iter().zip(&residuals) {
        for omega in omegas {
            jobs.push(Job { coupling: *coupling, residual, scale: norm(&b), omega });
        }
    }
    let together = ssor::count(side, &jobs, STOPPING);
    for (job, count) in jobs.iter().zip(&together) {
        let (expected, solution) = reference(side, job.coupling, job.omega, &b, &start);
        assert_eq!(*count, expected, "a = {}, ω = {}", job.coupling, job.omega);
        assert_eq!(ssor::count(side, &[*job], STOPPING)[0], *count, "alone");
        let direct = dense_solve(&dense(side, 1.0 + 4.0 * job.coupling, job.coupling, 1.0, 1.0), &b);
        let error: Vec<f64> = solution.iter().zip(&direct).map(|(a, b)| a - b).collect();
        assert!(norm(&error) < 1e-6 * norm(&direct), "the reference solves the system");
    }
    // Nothing left to do.
    let done = Job { coupling: 1.0, residual: &[0.0; 36], scale: 1.0, omega: 1.2 };
    assert_eq!(ssor::count(side, &[done, jobs[9]], STOPPING), [0, together[9]]);
}

#[test]
fn steps_are_those_of_crank_and_nicolson() {
    let heat = Heat { nx: 8, dt: 0.05 };
    let side = 7;
    let mut simulation = Simulation::new(heat);
    for t in 0..12 {
        let before = simulation.state().to_vec();
        let step = simulation.advance();
        let after = simulation.state().to_vec();
        let middle = (f64::from(t) + 0.5) * heat.dt;
        let a = 0.5 * coefficient(middle) * heat.dt * 64.0;
        assert!((step.coupling - a).abs() <= 1e-12 * a);
        // b = (I + κ dt/2 Δ) u + dt f, from the definitions.
        let explicit = apply(&dense(side, 1.0 - 4.0 * a, -a, 1.0, 1.0), &before);
        let turn = 16.0 * std::f64::consts::PI * middle;
        let centre = [0.5 + turn.cos() / 4.0, 0.5 + turn.sin() / 4.0];
        let force = |k: usize| {
            let x = [(k / side + 1) as f64 / 8.0, (k % side + 1) as f64 / 8.0];
            let s = ((x[0] - centre[0]).powi(2) + (x[1] - centre[1]).powi(2)) * 64.0;
            if s < 1.0 { 32.0 * heat.dt * (1.0 - 1.0 / (1.0 - s)).exp() } else { 0.0 }
        };
        let b: Vec<f64> = explicit.iter().enumerate().map(|(k, v)| v + force(k)).collect();
        let matrix = dense(side, 1.0 + 4.0 * a, a, 1.0, 1.0);
        let solution = dense_solve(&matrix, &b);
        for k in 0..49 {
            assert!((after[k] - solution[k]).abs() < 1e-11, "step {t}: {} for {}", after[k], solution[k]);
        }
        let product = apply(&matrix, &before);
        for k in 0..49 {
            assert!((step.residual[k] - (b[k] - product[k])).abs() < 1e-11, "residual of step {t}");
        }
        assert!((step.scale - norm(&b)).abs() < 1e-11);
    }
}

#[test]
fn the_coefficient_is_small_in_the_first_half_and_large_in_the_second() {
    assert!((coefficient(0.25) - 0.1).abs() < 1e-12 && (coefficient(0.75) - 10.0).abs() < 1e-12);
    assert!((0..1000).all(|k| coefficient(f64::from(k) / 500.0) >= 0.0));
}

#[test]
fn counts_do_not_depend_on_the_length_of_the_simulation() {
    let heat = Heat { nx: 12, dt: 1e-3 };
    let long = heat.counts(150, &[1.0, 1.4, 0.0], STOPPING);
    assert_eq!(long.len(), 450);
    assert_eq!(heat.counts(70, &[1.0, 1.4, 0.0], STOPPING), long[..210]);
}
