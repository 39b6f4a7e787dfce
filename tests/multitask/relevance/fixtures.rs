//! Norms, supports and asymptotic variances compared with those of an independent program.

use std::collections::BTreeMap;

use approx::assert_relative_eq;
use remeasure_core::numerics::{Design, kernels};
use remeasure_multitask::allocation::{absolute, cost_aware, squared, uniform};
use remeasure_multitask::relevance::{l1, l1_weighted, l2, lasso};

use super::{l1_norm, misfit, solve};

type Row = BTreeMap<String, f64>;

fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/../../tests/data/multitask/{file}", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// `V(n) = wᵀ(W diag(n) Wᵀ)⁻¹ w`.
fn variance(heads: &Design, target: &[f64], sizes: &[f64]) -> f64 {
    let k = heads.rows();
    let entry = |i: usize, j: usize| {
        (0..heads.columns()).map(|t| heads.column(t)[i] * sizes[t] * heads.column(t)[j]).sum()
    };
    let matrix = (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect();
    kernels::dot(target, &solve(matrix, target).unwrap())
}

/// `N·V` for these shares.
fn share_variance(heads: &Design, target: &[f64], shares: &[f64]) -> f64 {
    variance(heads, target, shares) * shares.iter().sum::<f64>()
}

fn unit(mut v: Vec<f64>) -> Vec<f64> {
    let norm = kernels::squared_norm(&v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    v
}

fn smooth(k: usize, tasks: usize) -> (Design, Vec<f64>) {
    let column =
        |t: usize| unit((0..k).map(|i| (0.7 * ((i + 1) * (t + 1)) as f64 + 0.3 * i as f64).cos()).collect());
    let heads = Design::from_columns(k, tasks, (0..tasks).flat_map(column).collect());
    (heads, unit((0..k).map(|i| 1.0 / (i + 1) as f64).collect()))
}

#[test]
fn smooth_heads() {
    for row in rows("multitask_fixtures.csv") {
        let (heads, target) = smooth(row["k"] as usize, row["T"] as usize);
        let tasks = heads.columns();
        let tolerance = 1e-8;
        let close = |ours: f64, key: &str| assert_relative_eq!(ours, row[key], max_relative = tolerance);
        let support = |v: &[f64]| v.iter().filter(|x| **x != 0.0).count() as f64;
        let (nu1, nu2) = (l1(&heads, &target).unwrap(), l2(&heads, &target).unwrap());
        for relevance in [&nu1, &nu2] {
            assert!(relevance.certificate <= 1e-12 && relevance.residual <= 1e-13, "{relevance:?}");
            assert!(misfit(&heads, &target, &relevance.weights) <= 1e-13);
        }
        close(l1_norm(&nu1.weights), "l1norm_nu1");
        assert_eq!(support(&nu1.weights), row["supp_nu1"]);
        close(l1_norm(&nu2.weights), "l1norm_nu2");
        close(kernels::squared_norm(&nu2.weights), "sqnorm_nu2");
        close(share_variance(&heads, &target, &uniform(tasks)), "V_uniform");
        close(share_variance(&heads, &target, &squared(&nu2.weights)), "V_l2(nu2^2)");
        close(share_variance(&heads, &target, &absolute(&nu2.weights)), "V_l2abs(|nu2|)");
        close(l1_norm(&nu1.weights).powi(2), "V_l1");
        if tasks == 50 {
            let used: Vec<usize> = (0..tasks).filter(|&t| nu1.weights[t] != 0.0).collect();
            assert_eq!(used, [3, 4, 8, 17, 45]);
        }

        let costs: Vec<f64> = (0..tasks).map(|t| (1 + (7 * t) % 10) as f64).collect();
        let roots: Vec<f64> = costs.iter().map(|c| c.sqrt()).collect();
        let aware = l1_weighted(&heads, &target, &roots).unwrap();
        assert!(aware.certificate <= 1e-12 && aware.residual <= 1e-13, "{aware:?}");
        let cost_variance = |weights: &[f64], shares: &[f64]| {
            let cost: f64 = shares.iter().zip(&costs).map(|(s, c)| s * c).sum();
            let terms = weights.iter().zip(shares).filter(|(v, _)| **v != 0.0);
            cost * terms.map(|(v, s)| v * v / s).sum::<f64>()
        };
        let shares = cost_aware(&aware.weights, &costs).unwrap();
        close(cost_variance(&aware.weights, &shares), "costV_opt_linear");
        close(cost_variance(&nu1.weights, &absolute(&nu1.weights)), "costV_l1_unaware");

        let estimated = lasso(&heads, &target, 0.05).unwrap();
        let residual = misfit(&heads, &target, &estimated.weights);
        close(0.5 * residual * residual + 0.05 * l1_norm(&estimated.weights), "lasso0.05_obj");
        close(l1_norm(&estimated.weights), "lasso0.05_l1");
        assert_eq!(support(&estimated.weights), row["lasso0.05_supp"]);
    }
}

#[test]
fn hard_instance() {
    for row in rows("multitask_hard_theory.csv") {
        let (k, tasks) = (row["k"] as usize, row["T"] as usize);
        let column = |t: usize| (0..k).map(move |i| f64::from(u8::from(i == t.min(k - 1))));
        let heads = Design::from_columns(k, tasks, (0..tasks).flat_map(column).collect());
        let target = vec![1.0 / (k as f64).sqrt(); k];
        let (nu1, nu2) = (l1(&heads, &target).unwrap(), l2(&heads, &target).unwrap());
        assert!(nu1.certificate <= 1e-14 && nu2.certificate <= 1e-14);
        assert_eq!(nu1.weights.iter().filter(|x| **x != 0.0).count(), k);
        // The file has six digits; the exact values are known in closed form.
        let (k, copies) = (k as f64, (tasks - k + 1) as f64);
        let closed = tasks as f64 * ((k - 1.0) / k + 1.0 / (k * copies));
        let ours = [
            (share_variance(&heads, &target, &uniform(tasks)), "V_uniform", closed),
            (share_variance(&heads, &target, &squared(&nu2.weights)), "V_l2", closed),
            (share_variance(&heads, &target, &absolute(&nu2.weights)), "V_l2abs", k),
            (l1_norm(&nu1.weights).powi(2), "V_l1", k),
            (closed / k, "ratio_l2_l1", closed / k),
        ];
        for (value, key, exact) in ours {
            assert_relative_eq!(value, exact, max_relative = 1e-8);
            assert_relative_eq!(
                value,
                row[key],
                max_relative = if key == "ratio_l2_l1" { 6e-4 } else { 6e-6 }
            );
        }
    }
}
