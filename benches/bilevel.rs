//! Regression problems of the bilevel family: `cargo bench --bench bilevel`. Target: a Lasso path of 100 λ at
//! n = 200, p = 400 in 30 ms.

use divan::Bencher;
use remeasure::bilevel::data::{Regression, Synthetic};
use remeasure::bilevel::problem::Model;
use remeasure::bilevel::problems::lasso::{LassoModel, segments};
use remeasure::bilevel::{LowerSolver, Oracle};
use remeasure::optim::LassoProblem;
use remeasure::optim::lasso::{Path, lambda_grid};

fn main() {
    divan::main();
}

fn data() -> Regression {
    Synthetic { rows: [200; 3], p: 400, k: 20, snr: 5.0, correlation: 0.0, seed: None }.draw(29, 1)
}

/// 100 λ from λ_max to e⁻⁵ λ_max, each solved to the relative gap 1e-6.
#[divan::bench]
fn lasso_path(bencher: Bencher<'_, '_>) {
    let data = data();
    bencher.bench_local(|| {
        let problem = LassoProblem::new(&data.train.design, &data.train.response).expect("finite data");
        let lambdas = lambda_grid(problem.lambda_max(), (-5_f64).exp(), 100).expect("a positive λ");
        let path = Path::new(&lambdas, 1e-6).expect("a positive λ").solve(&problem);
        assert!(path.iter().all(remeasure::optim::Solution::converged));
        path
    });
}

/// The same path through the oracle, with ε = 1e-3.
#[divan::bench]
fn oracle_path(bencher: Bencher<'_, '_>) {
    let model = LassoModel::new(data(), 1).expect("finite data");
    bencher.bench_local(|| {
        let mut oracle = model.oracle(LowerSolver::Fista, f64::INFINITY);
        for i in 0..100 {
            oracle.evaluate(&[-5.0 * f64::from(i) / 99.0], 1e-3).expect("a solution");
        }
        Oracle::cost(oracle.as_ref())
    });
}

/// All kinks of the held-out error between λ_max and e⁻⁵ λ_max.
#[divan::bench]
fn exact_path(bencher: Bencher<'_, '_>) {
    let Regression { train, validation, .. } = data();
    let greatest = LassoProblem::new(&train.design, &train.response).expect("finite data").lambda_max();
    let range = [greatest * (-5_f64).exp(), greatest];
    bencher.bench_local(|| segments(&train, &validation, range).expect("finite data").expect("a path").len());
}
