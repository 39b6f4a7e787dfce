//! Weighted rejections: `cargo bench --bench sampling`. Target: 10⁶ tokens a minute, that is 60 µs a token, at 5,000 tokens with
//! peaked probabilities, of which a tenth is allowed.

use divan::Bencher;
use divan::counter::ItemsCount;
use remeasure::core::stream::Streams;
use remeasure::sampling::token::{Method, Scratch, Variant, draw};
use remeasure::sampling::{Data, Problem};

fn main() {
    divan::main();
}

/// Draws at a time.
const DRAWS: usize = 1000;

/// Draws from a Dirichlet law of the given concentration; .01 is peaked.
fn tokens(bencher: Bencher<'_, '_>, method: Method, alpha: &str) {
    let table = format!("kind = \"one-step\"\ntokens = 5000\nalpha = {alpha}\nallowed = 0.1");
    let problem = Problem::read(table.parse().expect("TOML")).expect("a problem");
    let streams = Streams { seed: 1, cell: 0, replicate: 0 };
    let Data::Step(step) = problem.draw(&streams).expect("a law") else { return };
    let (mut urns, mut scratch) = (step.urns.clone(), Scratch::default());
    let mut stream = streams.stream("draws");
    bencher.counter(ItemsCount::new(DRAWS)).bench_local(|| {
        let mut urn = urns.urn(0);
        let mut weights = 0.0;
        for _ in 0..DRAWS {
            let mut accept = |token: usize| step.accepted[token];
            let variant = Variant::Corrected;
            weights += draw(method, variant, &mut urn, &mut stream, &mut accept, &mut scratch).weight;
        }
        weights
    });
}

#[divan::bench]
fn two_loop_peaked(bencher: Bencher<'_, '_>) {
    tokens(bencher, Method::TwoLoop, "0.01");
}

#[divan::bench]
fn recursive_peaked(bencher: Bencher<'_, '_>) {
    tokens(bencher, Method::Recursive, "0.01");
}

#[divan::bench]
fn two_loop_flat(bencher: Bencher<'_, '_>) {
    tokens(bencher, Method::TwoLoop, "1.0");
}
