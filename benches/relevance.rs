//! Relevance of tasks: `cargo bench --bench relevance`. Target: exact ν¹ at T = 1000, k = 20 in 20 ms.

use divan::Bencher;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure::core::numerics::{Design, kernels};
use remeasure::multitask::relevance::{Relevance, l1, l2, lasso};

fn main() {
    divan::main();
}

const SIZES: [(usize, usize); 4] = [(50, 5), (500, 10), (1000, 20), (1000, 50)];

/// Random heads of norm 1 and a random target of norm 1.
fn draw((tasks, k): (usize, usize)) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut unit = || {
        let v: Vec<f64> = (0..k).map(|_| StandardNormal.sample(&mut rng)).collect();
        let norm = kernels::squared_norm(&v).sqrt();
        v.into_iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    let heads = Design::from_columns(k, tasks, (0..tasks).flat_map(|_| unit()).collect());
    (heads, unit())
}

fn certified(relevance: anyhow::Result<Relevance>) -> Relevance {
    let relevance = relevance.expect("random heads");
    assert!(relevance.certificate <= 1e-10);
    relevance
}

#[divan::bench(args = SIZES)]
fn exact_l1(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let (heads, target) = draw(size);
    bencher.bench_local(|| certified(l1(&heads, &target)));
}

/// Ten copies of every tenth task: there are many optima, and vertices coincide.
#[divan::bench(args = [(1000, 20)])]
fn exact_l1_duplicates(bencher: Bencher<'_, '_>, (tasks, k): (usize, usize)) {
    let (heads, target) = draw((tasks / 10, k));
    let heads = Design::from_columns(k, tasks, heads.as_slice().repeat(10));
    bencher.bench_local(|| certified(l1(&heads, &target)));
}

#[divan::bench(args = SIZES)]
fn minimum_norm(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let (heads, target) = draw(size);
    bencher.bench_local(|| certified(l2(&heads, &target)));
}

#[divan::bench(args = SIZES)]
fn by_lasso(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let (heads, target) = draw(size);
    bencher.bench_local(|| certified(lasso(&heads, &target, 0.01)));
}
