//! Forward and backward passes.

use remeasure_core::numerics::kernels::matmul::{Left, PANEL, Right, Size, Start, matmul, pack_transposed};

use crate::vectors::add_rows;
use crate::{Layer, Loss, Real, Rows, RowsMut, Shape};

/// Memory for the passes of batches through a network, made once.
#[derive(Clone, Debug)]
pub struct Workspace<R> {
    shape: Shape,
    batch: usize,
    /// Rows of the last forward pass.
    count: usize,
    /// Of each layer, `batch × padded outputs`: the outputs after the activation.
    outputs: Vec<Vec<R>>,
    /// Their derivatives.
    slopes: Vec<Vec<R>>,
    /// Transposed weights of one layer.
    packed: Vec<R>,
}

/// Width of a layer's rows in memory.
fn padded(layer: &Layer) -> usize {
    layer.outputs().next_multiple_of(PANEL)
}

impl<R: Real> Workspace<R> {
    /// Memory for at most `batch` rows at once.
    #[must_use]
    pub fn new(shape: &Shape, batch: usize) -> Self {
        let room = || shape.layers().iter().map(|l| vec![R::ZERO; batch * padded(l)]).collect::<Vec<_>>();
        let largest = shape.layers().iter().map(|l| padded(l) * l.inputs()).max().unwrap_or(0);
        Self {
            shape: shape.clone(),
            batch,
            count: 0,
            outputs: room(),
            slopes: room(),
            packed: vec![R::ZERO; largest],
        }
    }

    /// The shape of the network.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Largest number of rows.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    fn check(&self, weights: &[R], x: &[R]) -> usize {
        assert_eq!(weights.len(), self.shape.parameters(), "one number for each parameter");
        let count = x.len() / self.shape.inputs();
        assert_eq!(x.len(), count * self.shape.inputs(), "whole rows");
        assert!(count <= self.batch, "{count} rows in a workspace for {}", self.batch);
        count
    }

    /// The outputs of the rows `x`, `count × inputs`, row by row, with at most `batch` rows.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn forward(&mut self, weights: &[R], x: &[R]) -> Rows<'_, R> {
        self.count = self.check(weights, x);
        let mut input = x;
        let mut stride = self.shape.inputs();
        for (layer, output) in self.shape.layers().iter().zip(&mut self.outputs) {
            let columns = padded(layer);
            pack_transposed(&weights[layer.weights()], layer.outputs(), layer.inputs(), &mut self.packed);
            let biases = &weights[layer.biases()];
            let start = if biases.is_empty() { Start::Zero } else { Start::Row(biases) };
            let size = Size { rows: self.count, columns: layer.outputs(), depth: layer.inputs() };
            let right = Right::packed(&self.packed, layer.inputs());
            matmul(
                Left { values: input, row: stride, depth: 1 },
                right,
                start,
                (&mut output[..], columns),
                size,
            );
            layer.activation().apply(&mut output[..self.count * columns]);
            (input, stride) = (&output[..], columns);
        }
        self.output()
    }

    /// The outputs of the last forward pass.
    #[must_use]
    pub fn output(&self) -> Rows<'_, R> {
        self.activations(self.shape.layers().len() - 1)
    }

    /// The outputs of layer `l`, after its activation, of the last forward pass.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn activations(&self, l: usize) -> Rows<'_, R> {
        let layer = &self.shape.layers()[l];
        Rows::new(&self.outputs[l], layer.outputs(), padded(layer), self.count)
    }

    /// The loss of the rows `x`.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn loss(&mut self, weights: &[R], x: &[R], loss: &mut (impl Loss<R> + ?Sized)) -> f64 {
        self.forward(weights, x);
        self.evaluate(loss)
    }

    /// The loss of the last outputs; its derivatives by them are left in the last slopes.
    fn evaluate(&mut self, loss: &mut (impl Loss<R> + ?Sized)) -> f64 {
        let last = self.shape.layers().len() - 1;
        let layer = &self.shape.layers()[last];
        let (columns, stride) = (layer.outputs(), padded(layer));
        let outputs = Rows::new(&self.outputs[last], columns, stride, self.count);
        loss.evaluate(outputs, &mut RowsMut::new(&mut self.slopes[last], columns, stride, self.count))
    }

    /// The loss of the rows `x` at `weights`; writes its gradient there, in the order of the parameters.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn gradient(
        &mut self,
        weights: &[R],
        x: &[R],
        loss: &mut (impl Loss<R> + ?Sized),
        gradient: &mut [R],
    ) -> f64 {
        let value = self.loss(weights, x, loss);
        self.backward(weights, x, Some(gradient), None);
        value
    }

    /// The loss of the rows `x`; writes its derivatives by the entries of `x`.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn input_gradient(
        &mut self,
        weights: &[R],
        x: &[R],
        loss: &mut (impl Loss<R> + ?Sized),
        gradient: &mut [R],
    ) -> f64 {
        let value = self.loss(weights, x, loss);
        self.backward(weights, x, None, Some(gradient));
        value
    }

    /// Both of [`Workspace::gradient`] and [`Workspace::input_gradient`].
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn both_gradients(
        &mut self,
        weights: &[R],
        x: &[R],
        loss: &mut (impl Loss<R> + ?Sized),
        (gradient, input_gradient): (&mut [R], &mut [R]),
    ) -> f64 {
        let value = self.loss(weights, x, loss);
        self.backward(weights, x, Some(gradient), Some(input_gradient));
        value
    }

    /// From the slopes of the last layer's outputs to those of all parameters and inputs that are wanted.
    fn backward(
        &mut self,
        weights: &[R],
        x: &[R],
        mut gradient: Option<&mut [R]>,
        mut input_gradient: Option<&mut [R]>,
    ) {
        let count = self.count;
        if let Some(gradient) = &gradient {
            assert_eq!(gradient.len(), weights.len(), "one derivative for each parameter");
        }
        if let Some(gradient) = &input_gradient {
            assert_eq!(gradient.len(), x.len(), "one derivative for each entry of the rows");
        }
        for l in (0..self.shape.layers().len()).rev() {
            let layer = &self.shape.layers()[l];
            let columns = padded(layer);
            let (before, from) = self.slopes.split_at_mut(l);
            let slopes = &mut from[0][..count * columns];
            layer.activation().pull(&self.outputs[l][..count * columns], slopes);
            let slopes = &*slopes;
            if let Some(gradient) = gradient.as_deref_mut() {
                let right = match l.checked_sub(1) {
                    None => Right::rows(x, layer.inputs()),
                    Some(b) => Right::rows(&self.outputs[b], padded(&self.shape.layers()[b])),
                };
                let size = Size { rows: layer.outputs(), columns: layer.inputs(), depth: count };
                let left = Left { values: slopes, row: 1, depth: columns };
                matmul(left, right, Start::Zero, (&mut gradient[layer.weights()], layer.inputs()), size);
                add_rows(Rows::new(slopes, layer.outputs(), columns, count), &mut gradient[layer.biases()]);
            }
            let (to, stride) = match l.checked_sub(1) {
                Some(b) => (&mut before[b][..], padded(&self.shape.layers()[b])),
                None => match input_gradient.as_deref_mut() {
                    Some(gradient) => (gradient, layer.inputs()),
                    None => return,
                },
            };
            let size = Size { rows: count, columns: layer.inputs(), depth: layer.outputs() };
            let left = Left { values: slopes, row: columns, depth: 1 };
            let right = Right::rows(&weights[layer.weights()], layer.inputs());
            matmul(left, right, Start::Zero, (to, stride), size);
        }
    }

    /// Outputs of any number of rows, `rows × outputs`, row by row without padding.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn predict(&mut self, weights: &[R], x: &[R], out: &mut [R]) {
        let (inputs, outputs) = (self.shape.inputs(), self.shape.outputs());
        assert_eq!(x.len() / inputs * outputs, out.len(), "one row of outputs for each row");
        for (x, out) in x.chunks(self.batch * inputs).zip(out.chunks_mut(self.batch * outputs)) {
            let rows = self.forward(weights, x);
            rows.iter().zip(out.chunks_exact_mut(outputs)).for_each(|(row, out)| out.copy_from_slice(row));
        }
    }
}
