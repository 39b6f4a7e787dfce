//! Whole trials of the multitask family: draw, plan, joint representation, target head.

use divan::Bencher;
use remeasure::core::stream::Streams;
use remeasure::multitask::{Problem, Statistics, Task, estimators::ENTRIES};

fn main() {
    divan::main();
}

const STREAMS: Streams = Streams { seed: 1, cell: 1, replicate: 0 };

/// Name of a plan, and the rest of its table.
const PLANS: [(&str, &str); 4] = [
    ("uniform", ""),
    ("known", "relevance = \"nu2\""),
    ("known", "relevance = \"nu1\""),
    ("active", "relevance = \"nu1-lasso\"\nstart = 40"),
];

fn trial(bencher: Bencher<'_, '_>, sizes: &str, plan: (&str, &str)) {
    let text = format!("kind = \"random\"\nsigma = 1.0\ntarget_samples = 2000\nfloor = 10\n{sizes}");
    let problem = Problem::read(text.parse().expect("TOML")).expect("a problem");
    let entry = ENTRIES.iter().find(|e| e.name == plan.0).expect("an estimator");
    let estimator = (entry.read)(plan.1.parse().expect("TOML")).expect("parameters");
    bencher.bench(|| {
        let instance = problem.draw(&STREAMS).expect("a draw");
        estimator.fit(Task { instance: &instance, streams: &STREAMS }).expect("a fit")
    });
}

/// Target: 20 ms.
#[divan::bench(args = PLANS, sample_count = 50)]
fn tasks_50_dimension_30(bencher: Bencher<'_, '_>, plan: (&str, &str)) {
    trial(bencher, "tasks = 50\nd = 30\nk = 5\nbudget = 80000", plan);
}

/// Target: 5 s and 500 MiB.
#[divan::bench(args = [PLANS[0], PLANS[2]], sample_count = 1, sample_size = 1)]
fn tasks_500_dimension_200(bencher: Bencher<'_, '_>, plan: (&str, &str)) {
    trial(bencher, "tasks = 500\nd = 200\nk = 10\nbudget = 800000", plan);
}

#[divan::bench(args = [30, 200])]
fn statistics(bencher: Bencher<'_, '_>, dimension: usize) {
    let beta = vec![1.0; dimension];
    bencher.bench(|| {
        let mut statistics = Statistics::empty(dimension);
        statistics.add_gaussian(&beta, 1.0, 1_000_000, &mut STREAMS.stream("bench"));
        statistics
    });
}
