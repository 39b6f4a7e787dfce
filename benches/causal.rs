//! Causal effects: `cargo bench --bench causal`. Target: a multiply robust estimate from 5,000 rows in 20 ms.

use divan::Bencher;
use remeasure::causal::estimators::ENTRIES;
use remeasure::causal::{Data, Method, Problem, Task};
use remeasure::core::stream::Streams;

fn main() {
    divan::main();
}

const STREAMS: Streams = Streams { seed: 1, cell: 1, replicate: 0 };

fn draw(problem: &str) -> Data {
    let problem = Problem::read(problem.parse().expect("TOML")).expect("a problem");
    problem.draw(&STREAMS).expect("a draw")
}

fn method(text: &str) -> Method {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    *(entry.read)(table).expect("a method")
}

/// An average effect with an invalid instrument.
fn average(bencher: Bencher<'_, '_>, n: usize, text: &str) {
    let data = draw(&format!("kind = \"invalid-instrument\"\nn = {n}"));
    let (Data::Observed(data), Method::Average(method)) = (data, method(text)) else { unreachable!() };
    bencher.bench_local(|| method.estimate(&data, &STREAMS).expect("an estimate").value);
}

#[divan::bench(args = [1000, 5000, 20_000])]
fn multiply_robust(bencher: Bencher<'_, '_>, n: usize) {
    average(bencher, n, "kind = \"multiply-robust\"");
}

#[divan::bench(args = [5000])]
fn genius(bencher: Bencher<'_, '_>, n: usize) {
    average(bencher, n, "kind = \"genius\"");
}

#[divan::bench(args = ["lasso", "ridge", "polynomial", "neighbours", "tree"], sample_count = 5)]
fn cross_fitted_5000(bencher: Bencher<'_, '_>, learner: &str) {
    average(bencher, 5000, &format!("kind = \"cross-fitted\"\nlearner = \"{learner}\""));
}

/// IVL on 2,048 rows of 32 features.
#[divan::bench]
fn ivl_2048_by_32(bencher: Bencher<'_, '_>) {
    let problem = "kind = \"augmentation\"\nmodels = \"published\"\nn = 2048\nm = 32\nsigma = 0.1\nkappa = 1.0\ngamma = 1.0";
    let (Data::Augmentation(data), Method::Regression(method)) =
        (draw(problem), method("kind = \"da-ivl\"\nalpha = 0.01"))
    else {
        unreachable!()
    };
    bencher.bench_local(|| method.fit(Task { instance: &data, streams: &STREAMS }).expect("a fit").h);
}
