//! Properties for any heads: certificates from scratch, brute force, invariances.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure_core::numerics::{Design, kernels};
use remeasure_multitask::relevance::{l1, l1_weighted, l2, lasso};

use super::{draw, l1_norm, misfit, solve};

/// The least `Σ c|ν|` over all sets of `k` tasks whose heads are independent.
fn brute_force(heads: &Design, target: &[f64], costs: &[f64]) -> Option<f64> {
    let (k, tasks) = (heads.rows(), heads.columns());
    let mut best: Option<f64> = None;
    for set in 0_u32..1 << tasks {
        let chosen: Vec<usize> = (0..tasks).filter(|t| set >> t & 1 == 1).collect();
        if chosen.len() != k {
            continue;
        }
        let matrix = (0..k).map(|i| chosen.iter().map(|&t| heads.column(t)[i]).collect()).collect();
        let Some(weights) = solve(matrix, target) else { continue };
        let value: f64 = weights.iter().zip(&chosen).map(|(v, &t)| v.abs() * costs[t]).sum();
        best = Some(best.map_or(value, |b| b.min(value)));
    }
    best
}

fn objective(weights: &[f64], costs: &[f64]) -> f64 {
    weights.iter().zip(costs).map(|(v, c)| v.abs() * c).sum()
}

/// Heads and a target with entries −1, 0 and 1: duplicates, zero heads, and vertices with many bases.
fn degenerate(k: usize, tasks: usize, seed: u64) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut signs = |n: usize| -> Vec<f64> { (0..n).map(|_| f64::from(rng.gen_range(-1..=1))).collect() };
    let heads = Design::from_columns(k, tasks, signs(k * tasks));
    (heads, signs(k))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_dual_proves_the_optimum(k in 1_usize..12, more in 0_usize..60, spread in 0.0..4.0, seed: u64) {
        let tasks = k + more;
        let (heads, target) = draw(k, tasks, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
        let costs: Vec<f64> = (0..tasks).map(|_| 10_f64.powf(spread * (rng.r#gen::<f64>() - 0.5))).collect();
        let nu = l1_weighted(&heads, &target, &costs).unwrap();
        prop_assert!(nu.certificate <= 1e-10 && nu.residual <= 1e-10, "{} {}", nu.certificate, nu.residual);
        let support: Vec<usize> = (0..tasks).filter(|&t| nu.weights[t] != 0.0).collect();
        // Vertices of random heads are not degenerate, so the support determines the dual.
        prop_assert_eq!(support.len(), k);
        let rows = support.iter().map(|&t| heads.column(t).to_vec()).collect();
        let right: Vec<f64> = support.iter().map(|&t| costs[t] * nu.weights[t].signum()).collect();
        let dual = solve(rows, &right).ok_or_else(|| TestCaseError::reject("dependent"))?;
        for (t, cost) in costs.iter().enumerate() {
            let price = kernels::dot(heads.column(t), &dual).abs();
            prop_assert!(price <= cost * (1.0 + 1e-8), "task {t}: {price} above {cost}");
        }
        let value = objective(&nu.weights, &costs);
        prop_assert!((kernels::dot(&dual, &target) - value).abs() <= 1e-8 * value);
    }

    #[test]
    fn no_other_basis_is_better(k in 1_usize..5, more in 0_usize..6, integers: bool, seed: u64) {
        let (heads, target) = if integers { degenerate(k, k + more, seed) } else { draw(k, k + more, seed) };
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 2);
        let costs: Vec<f64> = (0..k + more).map(|_| f64::from(rng.gen_range(1..=3))).collect();
        for costs in [costs, vec![1.0; k + more]] {
            let nu = l1_weighted(&heads, &target, &costs).unwrap();
            prop_assert!(nu.certificate <= 1e-10);
            prop_assert!(nu.weights.iter().filter(|v| **v != 0.0).count() <= k);
            let Some(best) = brute_force(&heads, &target, &costs) else { continue };
            prop_assert!(nu.residual <= 1e-10);
            let value = objective(&nu.weights, &costs);
            prop_assert!((value - best).abs() <= 1e-8 * (1.0 + best), "{value} against {best}");
        }
    }

    #[test]
    fn duplicates_change_nothing(k in 1_usize..8, more in 0_usize..10, copies in 2_usize..6, seed: u64) {
        let (heads, target) = draw(k, k + more, seed);
        let many = Design::from_columns(k, copies * (k + more), heads.as_slice().repeat(copies));
        let (once, often) = (l1(&heads, &target).unwrap(), l1(&many, &target).unwrap());
        prop_assert!((l1_norm(&once.weights) - l1_norm(&often.weights)).abs() <= 1e-9 * l1_norm(&once.weights));
        prop_assert!(often.weights.iter().filter(|v| **v != 0.0).count() <= k);
        prop_assert!(often.residual <= 1e-10 && often.certificate <= 1e-10);
        prop_assert_eq!(&often, &l1(&many, &target).unwrap());
        // The minimum-norm solution divides a weight among the copies.
        let (once, often) = (l2(&heads, &target).unwrap(), l2(&many, &target).unwrap());
        for (t, weight) in often.weights.iter().enumerate() {
            let share = once.weights[t % (k + more)] / copies as f64;
            prop_assert!((weight - share).abs() <= 1e-7 * l1_norm(&once.weights));
        }
    }

    #[test]
    fn a_vertex_of_many_bases_in_any_gauge(
        k in 2_usize..14, more in 0_usize..90, used in 1_usize..4, integers: bool, seed: u64
    ) {
        let tasks = k + more;
        let (heads, _) = if integers { degenerate(k, tasks, seed) } else { draw(k, tasks, seed) };
        // Combine a few heads, so that most basic weights are 0; use each head twice, so that no optimum is
        // unique.
        let (mut target, mut bound) = (vec![0.0; k], 0.0);
        for t in 0..used.min(tasks) {
            kernels::axpy(1.0 + t as f64, heads.column(t), &mut target);
            bound += 1.0 + t as f64;
        }
        let heads = Design::from_columns(k, 2 * tasks, heads.as_slice().repeat(2));
        let (_, axis) = draw(k, 1, seed ^ 6);
        let reflect = |v: &[f64]| -> Vec<f64> {
            let twice = 2.0 * kernels::dot(v, &axis) / kernels::squared_norm(&axis);
            v.iter().zip(&axis).map(|(v, a)| v - twice * a).collect()
        };
        let turned = Design::from_columns(k, 2 * tasks, (0..2 * tasks).flat_map(|t| reflect(heads.column(t))).collect());
        let (plain, other) = (l1(&heads, &target).unwrap(), l1(&turned, &reflect(&target)).unwrap());
        for nu in [&plain, &other] {
            prop_assert!(nu.certificate <= 1e-9 && nu.residual <= 1e-10, "{} {}", nu.certificate, nu.residual);
            prop_assert!(l1_norm(&nu.weights) <= bound * (1.0 + 1e-9));
            // Weights that are 0 at the vertex are exactly 0, not rounding errors.
            let largest = kernels::max_abs(&nu.weights);
            prop_assert!(nu.weights.iter().all(|v| *v == 0.0 || v.abs() > 1e-13 * largest));
        }
        prop_assert!((l1_norm(&plain.weights) - l1_norm(&other.weights)).abs() <= 1e-9 * bound);
    }

    #[test]
    fn neither_gauge_nor_units_matter(k in 1_usize..8, more in 0_usize..20, power in -150..150, seed: u64) {
        let tasks = k + more;
        let (heads, target) = draw(k, tasks, seed);
        // Reflection along a random direction.
        let (_, axis) = draw(k, 1, seed ^ 3);
        let reflect = |v: &[f64]| -> Vec<f64> {
            let twice = 2.0 * kernels::dot(v, &axis) / kernels::squared_norm(&axis);
            v.iter().zip(&axis).map(|(v, a)| v - twice * a).collect()
        };
        let scale = 10_f64.powi(power);
        let turned: Vec<f64> =
            (0..tasks).flat_map(|t| reflect(heads.column(t))).map(|v| v * scale).collect();
        let turned = Design::from_columns(k, tasks, turned);
        let image: Vec<f64> = reflect(&target).iter().map(|v| v * scale).collect();
        let lambda = 0.01;
        let pairs = [
            (l1(&heads, &target).unwrap(), l1(&turned, &image).unwrap()),
            (l2(&heads, &target).unwrap(), l2(&turned, &image).unwrap()),
            (lasso(&heads, &target, lambda).unwrap(), lasso(&turned, &image, lambda * scale * scale).unwrap()),
        ];
        for (before, after) in pairs {
            let size = l1_norm(&before.weights);
            for (a, b) in before.weights.iter().zip(&after.weights) {
                prop_assert!((a - b).abs() <= 1e-5 * size, "{a} against {b}");
            }
        }
    }

    #[test]
    fn minimum_norm_is_that_of_the_normal_equations(k in 1_usize..8, more in 3_usize..30, seed: u64) {
        let (heads, target) = draw(k, k + more, seed);
        let nu = l2(&heads, &target).unwrap();
        prop_assert!(nu.certificate <= 1e-10 && nu.residual <= 1e-10);
        let inner = |i: usize, j: usize| (0..k + more).map(|t| heads.column(t)[i] * heads.column(t)[j]).sum();
        let gram = (0..k).map(|i| (0..k).map(|j| inner(i, j)).collect()).collect();
        let multipliers = solve(gram, &target).ok_or_else(|| TestCaseError::reject("dependent"))?;
        for (t, weight) in nu.weights.iter().enumerate() {
            let expected = kernels::dot(heads.column(t), &multipliers);
            prop_assert!((weight - expected).abs() <= 1e-7 * l1_norm(&nu.weights));
        }
    }

    #[test]
    fn the_lasso_reaches_its_gap(k in 1_usize..8, tasks in 1_usize..40, power in -6.0..0.0, seed: u64) {
        let (heads, target) = draw(k, tasks, seed);
        let correlation = |v: &[f64]| (0..tasks).map(|t| kernels::dot(heads.column(t), v).abs()).fold(0.0, f64::max);
        let lambda = 10_f64.powf(power) * correlation(&target);
        let nu = lasso(&heads, &target, lambda).unwrap();
        let mut residual = vec![0.0; k];
        heads.mul(&nu.weights, &mut residual);
        residual.iter_mut().zip(&target).for_each(|(f, w)| *f = w - *f);
        let squared = kernels::squared_norm(&residual);
        let primal = 0.5 * squared + lambda * l1_norm(&nu.weights);
        // The dual of ½‖w − Wν‖² + λ‖ν‖₁ is wᵀu − ½‖u‖² over ‖Wᵀu‖∞ ≤ λ.
        let shrink = (lambda / correlation(&residual)).min(1.0);
        let dual = shrink * kernels::dot(&target, &residual) - 0.5 * shrink * shrink * squared;
        let scale = 0.5 * kernels::squared_norm(&target);
        prop_assert!(primal - dual <= 1e-8 * scale, "gap {}", (primal - dual) / scale);
        prop_assert!(nu.certificate <= 1e-9);
        prop_assert!((nu.residual - (squared / (2.0 * scale)).sqrt()).abs() <= 1e-10);
    }

    #[test]
    fn dependent_heads_and_targets_outside_their_span(
        k in 2_usize..7, rank in 1_usize..6, tasks in 1_usize..30, seed: u64
    ) {
        let rank = rank.min(k - 1);
        let (factors, _) = draw(k, rank, seed);
        let (mixing, _) = draw(rank, tasks, seed ^ 4);
        let mut columns = vec![0.0; k * tasks];
        for (t, column) in columns.chunks_exact_mut(k).enumerate() {
            factors.mul(mixing.column(t), column);
        }
        let heads = Design::from_columns(k, tasks, columns);
        let rank = rank.min(tasks);
        let (_, target) = draw(k, 1, seed ^ 5);
        let (nu1, nu2) = (l1(&heads, &target).unwrap(), l2(&heads, &target).unwrap());
        prop_assert!(nu1.weights.iter().filter(|v| **v != 0.0).count() <= rank);
        for nu in [&nu1, &nu2] {
            // The residual is orthogonal to all heads, so the projection is reached.
            let mut missed = vec![0.0; k];
            heads.mul(&nu.weights, &mut missed);
            missed.iter_mut().zip(&target).for_each(|(f, w)| *f -= w);
            let norm = kernels::squared_norm(&target).sqrt();
            for t in 0..tasks {
                let head = heads.column(t);
                let angle = kernels::dot(head, &missed) / (kernels::squared_norm(head).sqrt() * norm);
                prop_assert!(angle.abs() <= 1e-8, "task {t}: {angle}");
            }
            prop_assert!((nu.residual - misfit(&heads, &target, &nu.weights) / norm).abs() <= 1e-9);
            prop_assert!(nu.certificate <= 1e-9, "{}", nu.certificate);
        }
        prop_assert!(l1_norm(&nu1.weights) <= l1_norm(&nu2.weights) * (1.0 + 1e-9));
        prop_assert!(kernels::squared_norm(&nu2.weights) <= kernels::squared_norm(&nu1.weights) * (1.0 + 1e-9));
    }
}
