//! A fully connected network with ReLU, its gradient, and its training by mini-batches.
//!
//! All numbers lie in flat buffers that are made once; a step allocates nothing. Rows of layers are padded with units
//! whose weights are zero and stay so.

mod loss;
mod product;
mod real;
mod training;

pub use loss::{GROUPS, Loss, quintiles};
pub use real::Real;
pub use training::{Fit, Recipe, Rows, predict, train};

use product::{Left, PAD, Size, product};
use rand::Rng;
use remeasure_core::stream::Stream;

/// One affine layer: where its parameters are.
#[derive(Clone, Copy, Debug)]
struct Layer {
    inputs: usize,
    outputs: usize,
    /// Outputs with padding.
    columns: usize,
    /// Position of the weights, `inputs × columns`; the biases, `columns`, follow.
    at: usize,
}

impl Layer {
    fn biases(&self) -> usize {
        self.at + self.inputs * self.columns
    }

    fn end(&self) -> usize {
        self.biases() + self.columns
    }
}

/// The shape of a network with one output.
#[derive(Clone, Debug)]
pub struct Shape {
    layers: Vec<Layer>,
}

impl Shape {
    /// Layers of the given widths, of the inputs first; the output is one number.
    #[must_use]
    pub fn new(widths: &[usize]) -> Self {
        let mut at = 0;
        let outputs = widths.iter().skip(1).copied().chain([1]);
        let layer = |(&inputs, outputs): (&usize, usize)| {
            let layer = Layer { inputs, outputs, columns: outputs.next_multiple_of(PAD), at };
            at = layer.end();
            layer
        };
        Self { layers: widths.iter().zip(outputs).map(layer).collect() }
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.inputs)
    }

    /// Length of the parameters, padding included.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layers.last().map_or(0, Layer::end)
    }

    /// Weights and biases uniform on `±1/√inputs`.
    #[must_use]
    pub fn draw<R: Real>(&self, stream: &mut Stream) -> Vec<R> {
        let mut parameters = vec![R::ZERO; self.parameters()];
        for layer in &self.layers {
            let bound = 1.0 / (layer.inputs as f64).sqrt();
            let rows = parameters[layer.at..layer.end()].chunks_exact_mut(layer.columns);
            for entry in rows.flat_map(|row| &mut row[..layer.outputs]) {
                *entry = R::of(stream.gen_range(-bound..bound));
            }
        }
        parameters
    }
}

/// Buffers for the activations and gradients of a batch.
#[derive(Clone, Debug)]
pub struct Workspace<R> {
    shape: Shape,
    batch: usize,
    /// Of each layer, `batch × columns`: the outputs, after ReLU but for the last.
    outputs: Vec<Vec<R>>,
    /// Their derivatives.
    slopes: Vec<Vec<R>>,
    /// Transposed weights of the largest layer but the first.
    transposed: Vec<R>,
}

impl<R: Real> Workspace<R> {
    /// Buffers for at most `batch` rows.
    #[must_use]
    pub fn new(shape: &Shape, batch: usize) -> Self {
        let room = || shape.layers.iter().map(|l| vec![R::ZERO; batch * l.columns]).collect::<Vec<_>>();
        let largest = shape.layers.iter().skip(1).map(|l| l.outputs * l.inputs.next_multiple_of(PAD)).max();
        Self {
            shape: shape.clone(),
            batch,
            outputs: room(),
            slopes: room(),
            transposed: vec![R::ZERO; largest.unwrap_or(0)],
        }
    }

    /// The outputs of rows, `count × inputs`, row by row, with at most `batch` rows.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn forward(&mut self, parameters: &[R], rows: &[R], out: &mut [f64]) {
        let count = out.len();
        assert!(count <= self.batch && rows.len() == count * self.shape.inputs(), "a batch of rows");
        let last = self.shape.layers.len().saturating_sub(1);
        for (l, layer) in self.shape.layers.iter().enumerate() {
            let (before, from) = self.outputs.split_at_mut(l);
            let output = &mut from[0][..count * layer.columns];
            let left = match l.checked_sub(1) {
                None => Left { values: rows, row: layer.inputs, depth: 1 },
                Some(b) => Left { values: &before[b], row: self.shape.layers[b].columns, depth: 1 },
            };
            let (weights, biases) = parameters[layer.at..layer.end()].split_at(layer.inputs * layer.columns);
            let size = Size { rows: count, columns: layer.columns, depth: layer.inputs };
            product(left, weights, Some(biases), output, size);
            if l < last {
                output.iter_mut().filter(|v| !(**v > R::ZERO)).for_each(|v| *v = R::ZERO);
            }
        }
        let (Some(outputs), Some(layer)) = (self.outputs.last(), self.shape.layers.last()) else { return };
        for (out, row) in out.iter_mut().zip(outputs.chunks_exact(layer.columns)) {
            *out = row[0].widen();
        }
    }

    /// The gradient by the parameters after [`Workspace::forward`] of the same rows, from the derivatives by the outputs.
    /// That of padding is 0.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn backward(&mut self, parameters: &[R], rows: &[R], derivatives: &[f64], gradient: &mut [R]) {
        let count = derivatives.len();
        assert!(count <= self.batch && rows.len() == count * self.shape.inputs(), "a batch of rows");
        assert_eq!(gradient.len(), self.shape.parameters(), "one derivative for each parameter");
        if let (Some(slopes), Some(layer)) = (self.slopes.last_mut(), self.shape.layers.last()) {
            for (slope, d) in slopes.chunks_exact_mut(layer.columns).zip(derivatives) {
                slope[0] = R::of(*d);
            }
        }
        for l in (0..self.shape.layers.len()).rev() {
            let layer = self.shape.layers[l];
            let (before, from) = self.slopes.split_at_mut(l);
            let slopes = &from[0][..count * layer.columns];
            let left = match l.checked_sub(1) {
                None => Left { values: rows, row: 1, depth: layer.inputs },
                Some(b) => Left { values: &self.outputs[b], row: 1, depth: self.shape.layers[b].columns },
            };
            let own = &mut gradient[layer.at..layer.end()];
            let (weights, biases) = own.split_at_mut(layer.inputs * layer.columns);
            let size = Size { rows: layer.inputs, columns: layer.columns, depth: count };
            product(left, slopes, None, weights, size);
            biases.fill(R::ZERO);
            for row in slopes.chunks_exact(layer.columns) {
                biases.iter_mut().zip(row).for_each(|(sum, v)| *sum = *sum + *v);
            }
            let Some(b) = l.checked_sub(1) else { continue };
            // Derivatives by the outputs of the layer before, through the transposed weights and ReLU.
            let columns = self.shape.layers[b].columns;
            let transposed = &mut self.transposed[..layer.outputs * columns];
            for (i, row) in parameters[layer.at..layer.biases()].chunks_exact(layer.columns).enumerate() {
                for (o, v) in row[..layer.outputs].iter().enumerate() {
                    transposed[o * columns + i] = *v;
                }
            }
            for row in transposed.chunks_exact_mut(columns) {
                row[layer.inputs..].fill(R::ZERO);
            }
            let left = Left { values: slopes, row: layer.columns, depth: 1 };
            let size = Size { rows: count, columns, depth: layer.outputs };
            let slopes = &mut before[b][..count * columns];
            product(left, transposed, None, slopes, size);
            let outputs = self.outputs[b].iter();
            slopes.iter_mut().zip(outputs).filter(|(_, v)| !(**v > R::ZERO)).for_each(|(s, _)| *s = R::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use remeasure_core::stream::Streams;

    use super::*;

    const STREAMS: Streams = Streams { seed: 1, cell: 2, replicate: 3 };

    /// Rows, outcomes and parameters of a small network with padding in each layer.
    fn small() -> (Shape, Vec<f64>, Vec<f64>, Vec<f64>) {
        let shape = Shape::new(&[5, 9, 18, 4]);
        let rows: Vec<f64> = (0..13 * 5).map(|i| (f64::from(i) * 1.3).sin()).collect();
        let outcomes: Vec<f64> = (0..13).map(|i| (f64::from(i) * 0.7).cos()).collect();
        let parameters = shape.draw(&mut STREAMS.stream("network"));
        (shape, rows, outcomes, parameters)
    }

    fn value(shape: &Shape, parameters: &[f64], rows: &[f64], outcomes: &[f64], loss: &Loss) -> f64 {
        let mut out = vec![0.0; outcomes.len()];
        Workspace::new(shape, 20).forward(parameters, rows, &mut out);
        loss.value(outcomes, &out)
    }

    #[test]
    fn a_network_computes_what_its_formula_says() {
        let (shape, rows, _, parameters) = small();
        let mut out = vec![0.0; 13];
        Workspace::new(&shape, 13).forward(&parameters, &rows, &mut out);
        for (row, out) in rows.chunks_exact(5).zip(out) {
            let mut units = row.to_vec();
            for (l, layer) in shape.layers.iter().enumerate() {
                let unit = |o: usize| {
                    let weight = |i: usize| parameters[layer.at + i * layer.columns + o];
                    let sum: f64 = units.iter().enumerate().map(|(i, v)| v * weight(i)).sum();
                    let sum = sum + parameters[layer.biases() + o];
                    if l + 1 < shape.layers.len() { sum.max(0.0) } else { sum }
                };
                units = (0..layer.outputs).map(unit).collect();
            }
            assert!(units.len() == 1 && (units[0] - out).abs() < 1e-14, "{units:?} {out}");
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (shape, rows, outcomes, parameters) = small();
        for loss in [Loss::Squares, Loss::Ratledge { weight: 4.0, limits: quintiles(&outcomes[..9]) }] {
            let mut work = Workspace::new(&shape, 20);
            let (mut out, mut derivatives) = (vec![0.0; 13], vec![0.0; 13]);
            work.forward(&parameters, &rows, &mut out);
            loss.gradient(&outcomes, &out, &mut derivatives);
            let mut gradient = vec![f64::NAN; shape.parameters()];
            work.backward(&parameters, &rows, &derivatives, &mut gradient);
            let mut seen = 0;
            for layer in &shape.layers {
                for (at, found) in gradient[layer.at..layer.end()].iter().enumerate() {
                    if at % layer.columns >= layer.outputs {
                        assert_eq!(*found, 0.0, "padding");
                        continue;
                    }
                    let moved = |by: f64| {
                        let mut moved = parameters.clone();
                        moved[layer.at + at] += by;
                        value(&shape, &moved, &rows, &outcomes, &loss)
                    };
                    let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    assert!((found - expected).abs() < 1e-8, "{loss:?} {at}: {found} {expected}");
                    seen += usize::from(found.abs() > 1e-6);
                }
            }
            assert!(seen > 100, "{seen} derivatives are not zero");
        }
    }
}
