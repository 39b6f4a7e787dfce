//! A frozen random network with active dropout, which turns outcomes into features.

use rand::{Rng, RngCore};
use rand_distr::StandardNormal;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

/// Widths of the layers.
const WIDTHS: [usize; 5] = [1, 50, 50, 50, 100];

/// Number of features that the network puts out.
pub const FEATURES: usize = WIDTHS[4];

/// Share of the hidden units that are dropped.
const DROPOUT: f64 = 0.2;

/// Standard deviation of the noise added to each feature.
const NOISE: f64 = 0.3;

/// One affine layer.
#[derive(Clone, Debug)]
struct Layer {
    inputs: usize,
    /// `outputs × inputs`, row by row.
    weights: Vec<f64>,
    /// One for each output.
    biases: Vec<f64>,
}

/// The network `g: 1 → 50 → 50 → 50 → 100` with ReLU after each hidden layer.
#[derive(Clone, Debug)]
pub struct Map {
    layers: Vec<Layer>,
}

impl Map {
    /// Weights and biases uniform on `±1/√inputs`.
    #[must_use]
    pub fn draw(stream: &mut Stream) -> Self {
        let layer = |widths: &[usize]| {
            let (inputs, outputs) = (widths[0], widths[1]);
            let bound = 1.0 / (inputs as f64).sqrt();
            let mut uniform = |count: usize| (0..count).map(|_| stream.gen_range(-bound..bound)).collect();
            Layer { inputs, weights: uniform(inputs * outputs), biases: uniform(outputs) }
        };
        Self { layers: WIDTHS.windows(2).map(layer).collect() }
    }

    /// Features of the outcomes, `n × 100`. Each hidden unit is dropped with probability .2 for each outcome anew, as
    /// the authors never put their network in evaluation mode, and scaled by 1/.8 otherwise; then noise is added.
    #[must_use]
    pub fn features(&self, outcomes: &[f64], stream: &mut Stream) -> Design {
        let n = outcomes.len();
        let mut features = Design::from_columns(n, FEATURES, vec![0.0; n * FEATURES]);
        let threshold = (DROPOUT * 2f64.powi(32)) as u32;
        let (mut input, mut output) = (Vec::new(), Vec::new());
        for (row, outcome) in outcomes.iter().enumerate() {
            input.clear();
            input.push(*outcome);
            for (at, layer) in self.layers.iter().enumerate() {
                output.clear();
                let rows = layer.weights.chunks_exact(layer.inputs).zip(&layer.biases);
                output.extend(rows.map(|(weights, bias)| bias + kernels::dot(weights, &input)));
                if at + 1 < self.layers.len() {
                    for value in &mut output {
                        let kept = stream.next_u32() >= threshold;
                        *value = if kept { value.max(0.0) / (1.0 - DROPOUT) } else { 0.0 };
                    }
                }
                std::mem::swap(&mut input, &mut output);
            }
            for (j, value) in input.iter().enumerate() {
                let noise: f64 = stream.sample(StandardNormal);
                features.column_mut(j)[row] = value + NOISE * noise;
            }
        }
        features
    }
}
