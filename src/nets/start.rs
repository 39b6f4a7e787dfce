//! Random weights to start from.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::stream::Stream;

use crate::{Real, Shape};

/// The law of the first weights, independent of each other. Biases are 0, but for [`Start::Uniform`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Normal with standard deviation `√(2 / inputs)` (He et al. 2015).
    #[default]
    HeNormal,
    /// Uniform on `±√(6 / (inputs + outputs))` (Glorot and Bengio 2010).
    Glorot,
    /// Uniform on `±1/√inputs`, biases too, as PyTorch starts its linear layers.
    Uniform,
}

impl Shape {
    /// Draws the parameters in their order, in double precision, so that `f32` starts at the rounded values of `f64`.
    #[must_use]
    pub fn draw<R: Real>(&self, start: Start, stream: &mut Stream) -> Vec<R> {
        let mut parameters = vec![R::ZERO; self.parameters()];
        for layer in self.layers() {
            let (inputs, outputs) = (layer.inputs() as f64, layer.outputs() as f64);
            let weights = &mut parameters[layer.weights()];
            match start {
                Start::HeNormal => {
                    let deviation = (2.0 / inputs).sqrt();
                    let mut normal = || -> f64 { StandardNormal.sample(stream) };
                    weights.iter_mut().for_each(|w| *w = R::of(deviation * normal()));
                }
                Start::Glorot => uniform(weights, (6.0 / (inputs + outputs)).sqrt(), stream),
                Start::Uniform => {
                    uniform(weights, inputs.sqrt().recip(), stream);
                    uniform(&mut parameters[layer.biases()], inputs.sqrt().recip(), stream);
                }
            }
        }
        parameters
    }
}

fn uniform<R: Real>(out: &mut [R], bound: f64, stream: &mut Stream) {
    out.iter_mut().for_each(|w| *w = R::of(stream.gen_range(-bound..bound)));
}
