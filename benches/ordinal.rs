//! Micro-benchmarks of the ordinal family: `cargo bench --bench ordinal`.
//!
//! The data are d1 of tests/data/presto: n = 2500, p = 10, K = 4.

use divan::Bencher;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure::core::numerics::Design;
use remeasure::core::stream::Streams;
use remeasure::ordinal::estimators::ENTRIES;
use remeasure::ordinal::path::{Method, Settings, lambda_grid, lambda_max, path};
use remeasure::ordinal::{Sample, Task};

fn main() {
    divan::main();
}

fn d1() -> Sample {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/presto/d1_sparse_n2500_p10_K4.csv");
    let rows: Vec<Vec<f64>> = csv::Reader::from_path(file)
        .expect("the data is in the repository")
        .deserialize()
        .map(|row| row.expect("rows of numbers"))
        .collect();
    let p = rows[0].len() - 1;
    let columns = (0..p).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let labels = rows.iter().map(|row| row[p] as usize - 1).collect();
    Sample { design: Design::from_columns(rows.len(), p, columns), labels, classes: 4 }
}

fn settings() -> Settings {
    Settings::new(Method::Presto, 1.0)
}

/// λ as a fraction of λ_max, from the fit of the intercepts alone.
#[divan::bench(args = [0.5, 0.2, 0.05, 0.01])]
fn one_lambda(bencher: Bencher<'_, '_>, fraction: f64) {
    let sample = d1();
    let lambda = fraction * lambda_max(&sample, &settings()).expect("a usable sample");
    bencher.bench_local(|| {
        let steps = path(&sample, &settings(), &[lambda]).expect("a usable sample");
        assert!(steps[0].0.kkt.residual() <= 1e-8);
        steps
    });
}

/// Down to a hundredth of λ_max.
#[divan::bench]
fn path_of_twenty(bencher: Bencher<'_, '_>) {
    let sample = d1();
    bencher.bench_local(|| {
        let largest = lambda_max(&sample, &settings()).expect("a usable sample");
        let grid = lambda_grid(largest, 0.01, 20).expect("a grid");
        let steps = path(&sample, &settings(), &grid).expect("a usable sample");
        assert!(steps.iter().all(|s| s.0.kkt.residual() <= 1e-8));
        steps
    });
}

/// Whole estimators with the names used in configs; PRESTO with 5 folds of 20 penalties.
#[divan::bench(args = ["presto", "presto-l2", "proportional-odds", "cumulative-logit", "logistic",
    "logistic-linfa", "multinomial", "multinomial-l1"])]
fn estimator(bencher: Bencher<'_, '_>, name: &str) {
    let sample = d1();
    let streams = Streams { seed: 1, cell: 2, replicate: 3 };
    let entry = ENTRIES.iter().find(|e| e.name == name).expect("a registered name");
    let estimator = (entry.read)(toml::Table::new()).expect("defaults");
    bencher.bench_local(|| {
        let fit = estimator.fit(&Task::new(&sample, &streams)).expect("a usable sample");
        assert!(fit.certificate.residual() <= 1e-6, "{name}: {fit:?}");
        fit
    });
}

/// n = 100,000, p = 50, K = 5 from a proportional-odds model, at a twentieth of λ_max.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn large(bencher: Bencher<'_, '_>) {
    let (n, p) = (100_000, 50);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let x: Vec<f64> = (0..n * p).map(|_| rng.gen_range(-1.0..1.0)).collect();
    let labels = (0..n)
        .map(|i| {
            let eta: f64 = (0..10).map(|j| 0.4 * x[j * n + i]).sum();
            let u: f64 = rng.gen_range(0.0..1.0);
            let threshold = (u / (1.0 - u)).ln() - eta;
            [0.0, 1.5, 3.0, 4.5].iter().filter(|alpha| threshold > **alpha).count()
        })
        .collect();
    let sample = Sample { design: Design::from_columns(n, p, x), labels, classes: 5 };
    let lambda = 0.05 * lambda_max(&sample, &settings()).expect("a usable sample");
    bencher.bench_local(|| {
        let steps = path(&sample, &settings(), &[lambda]).expect("a usable sample");
        assert!(steps[0].0.kkt.residual() <= 1e-8);
        steps
    });
}
