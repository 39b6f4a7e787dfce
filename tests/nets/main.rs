//! Networks and optimisers: against finite differences, reference data, known answers, and each other.

mod allocations;
mod gradients;
mod known;
mod levels;
mod masks;
mod optimisers;
mod perturbed;
mod reductions;

use remeasure_core::stream::{Stream, Streams};
use remeasure_nets::{Activation, Real, Shape, Start};

/// A random stream for one purpose.
fn stream(role: &str) -> Stream {
    Streams { seed: 3, cell: 1, replicate: 0 }.stream(role)
}

/// Numbers of both signs up to 1.
fn wave<R: Real>(count: usize, phase: f64) -> Vec<R> {
    (0..count).map(|i| R::of((i as f64 * 1.7 + phase).sin())).collect()
}

/// Weights of a network with biases that are not 0.
fn weights<R: Real>(shape: &Shape) -> Vec<R> {
    shape.draw(Start::Uniform, &mut stream("weights"))
}

const ACTIVATIONS: [Activation; 5] = [
    Activation::Identity,
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.3 },
    Activation::Tanh,
    Activation::Softplus,
];

fn bits<R: Real>(values: &[R]) -> Vec<u64> {
    values.iter().map(|v| v.widen().to_bits()).collect()
}
