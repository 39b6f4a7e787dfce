//! Dictionary learning: `cargo bench --bench coding`. Target: a step of binary sparse coding of 1,000 data of 25 pixels, with 10
//! atoms, 8 candidates and 5 causes, in 3 ms.

use std::sync::Arc;

use divan::Bencher;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure::coding::Problem;
use remeasure::coding::em::{
    Anneal, Kind, Learner, Linear, Maximal, Parameters, Ranking, Singletons, Truncation,
};
use remeasure::core::stream::Streams;

fn main() {
    divan::main();
}

const LIBRARY: Truncation = Truncation { candidates: 8, causes: 5 };
const EXACT: Truncation = Truncation { candidates: 10, causes: 10 };

/// Steps from atoms near the truth, so that all have the same cost.
fn step(bencher: Bencher<'_, '_>, model: &str, truncation: Truncation) {
    let table = format!("kind = \"bars\"\nmodel = \"{model}\"\nn = 1000");
    let problem = Problem::read(table.parse().expect("TOML")).expect("a problem");
    let data = problem.draw(&Streams { seed: 1, cell: 0, replicate: 0 }).expect("data");
    let truth = data.truth.expect("bars");
    let mut stream = ChaCha8Rng::seed_from_u64(2);
    let mut start = Parameters {
        dictionary: truth.dictionary,
        prior: truth.prior,
        sigma: truth.sigma,
        shares: vec![1.0],
        means: Vec::new(),
    };
    start.dictionary.as_mut_slice().iter_mut().for_each(|w| *w += stream.r#gen::<f64>());
    let y = Arc::clone(&data.y);
    let mut learner: Box<dyn Learner> = match model {
        "mca" => {
            Box::new(Maximal::new(y, 10, false, truncation, (Singletons::Corrected, Ranking::Corrected)))
        }
        _ => Box::new(Linear::new(y, 10, Kind::Binary, truncation, Ranking::Corrected)),
    };
    bencher.bench_local(|| {
        let mut parameters = start.clone();
        learner.step(&mut parameters, Anneal { temperature: 1.0, cut: 1.0 }).expect("a step")
    });
}

#[divan::bench]
fn binary(bencher: Bencher<'_, '_>) {
    step(bencher, "bsc", LIBRARY);
}

#[divan::bench]
fn binary_exact(bencher: Bencher<'_, '_>) {
    step(bencher, "bsc", EXACT);
}

#[divan::bench]
fn maximal(bencher: Bencher<'_, '_>) {
    step(bencher, "mca", LIBRARY);
}
