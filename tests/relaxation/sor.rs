//! SOR: counts compared with the definition and with theory.

use rand::Rng;
use remeasure_relaxation::laplacian::Laplacian;
use remeasure_relaxation::problem::{Offsets, draw_systems};
use remeasure_relaxation::sor::{Job, Stopping, Systems};
use remeasure_relaxation::theory;

use crate::{STOPPING, dense, dense_solve, streams};

/// The definition: `x ← x + (D/ω + L)⁻¹(b − A x)`, residuals from `x`.
fn plain(laplacian: Laplacian, offset: f64, b: &[f64], omega: f64, stopping: Stopping) -> u32 {
    let (m, n) = (laplacian.side(), b.len());
    let (mut x, mut r, mut product) = (vec![0.0; n], b.to_vec(), vec![0.0; n]);
    let start = crate::norm(b);
    for k in 1..=stopping.cap {
        let mut step = vec![0.0; n];
        for at in 0..n {
            let left = if at % m > 0 { step[at - 1] } else { 0.0 };
            let up = if at >= m { step[at - m] } else { 0.0 };
            step[at] = (r[at] + left + up) / ((4.0 + offset) / omega);
        }
        x.iter_mut().zip(&step).for_each(|(x, s)| *x += s);
        laplacian.apply(offset, &x, &mut product);
        r.iter_mut().zip(b.iter().zip(&product)).for_each(|(r, (b, p))| *r = b - p);
        if crate::norm(&r) / start < stopping.tolerance {
            return k;
        }
    }
    stopping.cap
}

#[test]
fn ones_take_223_iterations_at_one_and_41_at_the_optimum() {
    let laplacian = Laplacian::new(10);
    let best = theory::optimal_omega(laplacian.jacobi_radius(0.0));
    assert!((best - 1.560_387_921_3).abs() < 5e-11, "{best}");
    let systems = Systems::new(laplacian, vec![0.0], vec![1.0; 100]);
    let count = |omega| systems.count(&[Job { system: 0, omega }], STOPPING)[0];
    assert_eq!((count(1.0), count(best)), (223, 41));
}

#[test]
fn counts_are_those_of_the_definition() {
    let offsets = Offsets::Beta { shape: [0.5, 1.5], shift: -0.15, scale: 0.6 };
    for side in [2, 3, 7, 10] {
        let laplacian = Laplacian::new(side);
        let systems = draw_systems(30, laplacian, offsets, &mut streams(0).stream("systems")).unwrap();
        let mut stream = streams(0).stream("omega");
        let mut jobs: Vec<Job> = (0..150)
            .map(|k| Job { system: k % 30, omega: [1.0, 0.7, stream.gen_range(0.5..1.97)][k % 3] })
            .collect();
        // More of the same, so that lanes are refilled at many different times.
        jobs.extend(jobs.clone().into_iter().rev());
        let together = systems.count(&jobs, STOPPING);
        for (job, count) in jobs.iter().zip(&together) {
            let right = systems.right_side(job.system);
            assert!(crate::norm(right) <= side as f64 + 1e-12);
            let expected = plain(laplacian, systems.offsets()[job.system], right, job.omega, STOPPING);
            assert_eq!(*count, expected, "side {side}, {job:?}");
            assert_eq!(systems.count(&[*job], STOPPING)[0], *count, "alone: side {side}, {job:?}");
        }
    }
}

#[test]
fn a_solve_stops_at_the_cap() {
    let systems = Systems::new(Laplacian::new(10), vec![0.0; 2], vec![1.0; 200]);
    let job = |system, omega| Job { system, omega };
    let short = Stopping { cap: 40, ..STOPPING };
    assert_eq!(systems.count(&[job(0, 1.0), job(1, 1.5603879213)], short), [40, 40]);
    assert_eq!(systems.count(&[], STOPPING), Vec::<u32>::new());
}

/// Spectral radius of `I − (D/ω + L)⁻¹ A`: `‖Tᵏ‖` grows like its `k`-th power, up to a factor that disappears
/// when taking roots.
fn radius_by_powers(side: usize, offset: f64, omega: f64) -> f64 {
    let n = side * side;
    let matrix = dense(side, 4.0 + offset, 1.0, 1.0, 1.0);
    let splitting = dense(side, (4.0 + offset) / omega, 1.0, 1.0, 0.0);
    // T by columns, as rows of its transpose.
    let mut power: Vec<Vec<f64>> = (0..n)
        .map(|k| {
            let column: Vec<f64> = matrix.iter().map(|row| row[k]).collect();
            let mut column = dense_solve(&splitting, &column);
            column.iter_mut().for_each(|v| *v = -*v);
            column[k] += 1.0;
            column
        })
        .collect();
    let mut log = 0.0;
    let (squarings, mut exponent) = (14, 1.0);
    for _ in 0..squarings {
        let square: Vec<Vec<f64>> = power
            .iter()
            .map(|row| {
                let mut out = vec![0.0; n];
                for (value, other) in row.iter().zip(&power) {
                    out.iter_mut().zip(other).for_each(|(o, v)| *o += value * v);
                }
                out
            })
            .collect();
        let size = square.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
        log = 2.0 * log + size.ln();
        exponent *= 2.0;
        power = square.into_iter().map(|row| row.into_iter().map(|v| v / size).collect()).collect();
    }
    (log / exponent).exp()
}

#[test]
fn the_radius_is_that_of_the_dense_matrix() {
    for (side, offset) in [(4, 0.0), (5, -0.15), (3, 0.45)] {
        let beta = Laplacian::new(side).jacobi_radius(offset);
        for omega in [0.8, 1.0, 1.15, 1.3, 1.6, 1.9] {
            let (formula, powers) = (theory::sor_radius(omega, beta), radius_by_powers(side, offset, omega));
            assert!((formula - powers).abs() < 2e-3 * formula, "{side} {offset} {omega}: {formula} {powers}");
        }
    }
}

#[test]
fn the_optimum_has_the_least_radius_and_about_the_fewest_iterations() {
    for (side, offset) in [(10, 0.0), (10, -0.15), (10, 0.45), (20, 0.0)] {
        let laplacian = Laplacian::new(side);
        let beta = laplacian.jacobi_radius(offset);
        let best = theory::optimal_omega(beta);
        let scan: Vec<f64> = (1..2000).map(|k| f64::from(k) * 1e-3).collect();
        let least = scan
            .iter()
            .copied()
            .min_by(|a, b| theory::sor_radius(*a, beta).total_cmp(&theory::sor_radius(*b, beta)))
            .unwrap();
        assert!((least - best).abs() <= 1e-3, "{side} {offset}: scan {least}, formula {best}");
        let drawn =
            draw_systems(20, laplacian, Offsets::Constant(offset), &mut streams(1).stream("b")).unwrap();
        let mean = |omega: f64| {
            let jobs: Vec<Job> = (0..20).map(|system| Job { system, omega }).collect();
            drawn.count(&jobs, STOPPING).iter().sum::<u32>() as f64 / 20.0
        };
        let fewest = (0..96).map(|k| mean(1.0 + 0.01 * f64::from(k))).fold(f64::INFINITY, f64::min);
        assert!(mean(best) <= 1.06 * fewest, "{side} {offset}: {} at ω*, {fewest} by scan", mean(best));
    }
}

#[test]
fn the_bound_knows_its_limits() {
    // ρ = ε takes one iteration in addition to the 1; a radius of one takes forever.
    assert!((theory::iterations(1e-8, 1e-8, 0.0) - 2.0).abs() < 1e-12);
    assert!(theory::iterations(1e-8, 1.0, 0.0).is_nan());
    assert!(theory::iterations(1e-8, 0.9, 0.1) > theory::iterations(1e-8, 0.9, 0.0));
}
