//! Micro-benchmarks of the Lasso and its kernels: `cargo bench --bench lasso`.

use divan::{Bencher, black_box};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure::core::numerics::{Design, kernels};
use remeasure::optim::lasso::{Path, lambda_grid};
use remeasure::optim::{ElasticNet, Lasso, LassoProblem, ProximalGradient, Quadratic};

fn main() {
    divan::main();
}

/// Standard normal features; n/10 non-zero coefficients; SNR about 3.
fn draw(n: usize, p: usize) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut normal = || StandardNormal.sample(&mut rng);
    let design = Design::from_columns(n, p, (0..n * p).map(|_| normal()).collect());
    let k = (n / 10).clamp(1, p);
    let mut y: Vec<f64> = (0..n).map(|_| (k as f64 / 3.0).sqrt() * normal()).collect();
    design.add_mul(1.0, (0..k).map(|i| (i * (p / k), normal())), &mut y);
    (design, y)
}

#[divan::bench(args = [100, 1000, 10_000])]
fn dot(bencher: Bencher<'_, '_>, n: usize) {
    let (x, y) = (vec![1.5; n], vec![-0.5; n]);
    bencher.counter(divan::counter::ItemsCount::new(n)).bench(|| kernels::dot(black_box(&x), black_box(&y)));
}

#[divan::bench(args = [(100, 200), (1000, 2000)])]
fn tmul(bencher: Bencher<'_, '_>, (n, p): (usize, usize)) {
    let (design, y) = draw(n, p);
    let mut out = vec![0.0; p];
    bencher
        .counter(divan::counter::ItemsCount::new(n * p))
        .bench_local(|| design.tmul(black_box(&y), black_box(&mut out)));
}

#[divan::bench(args = [(100, 200), (1000, 2000)])]
fn spectral_norm(bencher: Bencher<'_, '_>, (n, p): (usize, usize)) {
    let (design, _) = draw(n, p);
    bencher.bench(|| design.spectral_norm());
}

#[divan::bench(args = [(100, 200), (1000, 2000), (1000, 10_000)])]
fn one_lambda(bencher: Bencher<'_, '_>, (n, p): (usize, usize)) {
    let (design, y) = draw(n, p);
    bencher.bench(|| -> Result<usize, remeasure::core::Invalid> {
        let problem = LassoProblem::new(&design, &y)?;
        let solution = Lasso::new(0.1 * problem.lambda_max())?.solve(&problem, None)?;
        assert!(solution.converged());
        Ok(solution.iterations)
    });
}

#[divan::bench(args = [(100, 200), (200, 1000)])]
fn path_of_fifty(bencher: Bencher<'_, '_>, (n, p): (usize, usize)) {
    let (design, y) = draw(n, p);
    bencher.bench(|| -> Result<(), remeasure::core::Invalid> {
        let problem = LassoProblem::new(&design, &y)?;
        let lambdas = lambda_grid(problem.lambda_max(), 1e-3, 50)?;
        let path = Path::new(&lambdas, 1e-6)?.solve(&problem);
        assert!(path.iter().all(|step| step.converged()));
        Ok(())
    });
}

/// The problem of each trial of a phase transition: no noise, λ close to 0.
#[divan::bench(args = [10, 25, 50])]
fn basis_pursuit(bencher: Bencher<'_, '_>, k: usize) {
    let (design, _) = draw(100, 200);
    let truth: Vec<f64> = (0..200).map(|j| if j < k { 1.0 } else { 0.0 }).collect();
    let mut y = vec![0.0; 100];
    design.mul(&truth, &mut y);
    bencher.bench(|| -> Result<(), remeasure::core::Invalid> {
        let problem = LassoProblem::new(&design, &y)?;
        let lasso = Lasso::new(1e-5 * problem.lambda_max())?.tolerance(1e-9)?;
        assert!(lasso.solve(&problem, None)?.converged());
        Ok(())
    });
}

#[divan::bench(args = [(100, 200)])]
fn fista(bencher: Bencher<'_, '_>, (n, p): (usize, usize)) {
    let (design, y) = draw(n, p);
    bencher.bench(|| -> Result<(), remeasure::core::Invalid> {
        let problem = LassoProblem::new(&design, &y)?;
        let penalty = ElasticNet::l1(0.1 * problem.lambda_max())?;
        let mut datafit = Quadratic::new(&design, &y)?;
        let solution = ProximalGradient::fista().solve(&mut datafit, &penalty, None, &mut |_| {})?;
        assert!(solution.converged());
        Ok(())
    });
}
