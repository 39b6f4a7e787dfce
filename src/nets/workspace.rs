//! Forward and backward passes.

use remeasure_core::numerics::kernels::lists::{Lists, multiply};
use remeasure_core::numerics::kernels::matmul::{
    Left, PANEL, Right, Size, Start, matmul, pack_rows, pack_transposed,
};

use crate::vectors::add_rows;
use crate::{Activation, Layer, Loss, Real, Rows, RowsMut, Shape};

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
    /// Transposed weights or derivatives of one layer.
    transposed: Vec<R>,
    /// Rows of one layer.
    packed: Vec<R>,
    lists: Lists<R>,
}

/// Width of a layer's rows in memory.
fn padded(layer: &Layer) -> usize {
    layer.outputs().next_multiple_of(PANEL)
}

/// Whether ReLU leaves zeros in what a layer gives back, so that products skip them where they are large enough.
fn has_zeros(layer: &Layer) -> bool {
    layer.activation() == Activation::Relu
}

/// Products of fewer columns are as fast with the zeros.
fn is_wide(columns: usize) -> bool {
    columns.is_multiple_of(PANEL) && columns >= 4 * PANEL
}

impl<R: Real> Workspace<R> {
    /// Memory for at most `batch` rows at once.
    #[must_use]
    pub fn new(shape: &Shape, batch: usize) -> Self {
        let room = || shape.layers().iter().map(|l| vec![R::ZERO; batch * padded(l)]).collect::<Vec<_>>();
        let largest = |size: &dyn Fn(&Layer) -> usize| shape.layers().iter().map(size).max().unwrap_or(0);
        let (most, wide) = (batch.next_multiple_of(PANEL), |l: &Layer| l.inputs().next_multiple_of(PANEL));
        let sizes = shape
            .layers()
            .iter()
            .flat_map(|l| [(batch, l.inputs()), (batch, l.outputs()), (l.outputs(), batch)]);
        Self {
            shape: shape.clone(),
            batch,
            count: 0,
            outputs: room(),
            slopes: room(),
            transposed: vec![R::ZERO; largest(&|l| padded(l) * l.inputs().max(most))],
            packed: vec![R::ZERO; largest(&|l| wide(l) * l.outputs().max(batch))],
            lists: Lists::new(&sizes.collect::<Vec<_>>()),
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
        let mut zeros = false;
        for (layer, output) in self.shape.layers().iter().zip(&mut self.outputs) {
            let (columns, size) = (padded(layer), (layer.outputs(), layer.inputs()));
            pack_transposed(&weights[layer.weights()], size.0, size.1, &mut self.transposed);
            let right = Right::packed(&self.transposed, size.1);
            let biases = &weights[layer.biases()];
            let start = if biases.is_empty() { Start::Zero } else { Start::Row(biases) };
            let out = (&mut output[..], columns);
            if zeros && is_wide(size.0) {
                self.lists.set_rows(input, stride, self.count, size.1);
                multiply(&self.lists, right, start, out, size.0);
            } else {
                let size = Size { rows: self.count, columns: size.0, depth: size.1 };
                matmul(Left { values: input, row: stride, depth: 1 }, right, start, out, size);
            }
            layer.activation().apply(&mut output[..self.count * columns]);
            (input, stride, zeros) = (&output[..], columns, has_zeros(layer));
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
            let skip = has_zeros(layer) && is_wide(layer.inputs());
            if let Some(gradient) = gradient.as_deref_mut() {
                let (input, stride) = match l.checked_sub(1) {
                    None => (x, layer.inputs()),
                    Some(b) => (&self.outputs[b][..], padded(&self.shape.layers()[b])),
                };
                pack_rows(input, stride, (count, layer.inputs()), &mut self.packed);
                let right = Right::packed(&self.packed, count);
                let out = (&mut gradient[layer.weights()], layer.inputs());
                if skip {
                    pack_transposed(slopes, count, columns, &mut self.transposed);
                    self.lists.set_packed(&self.transposed, layer.outputs(), columns, count);
                    multiply(&self.lists, right, Start::Zero, out, layer.inputs());
                } else {
                    let size = Size { rows: layer.outputs(), columns: layer.inputs(), depth: count };
                    matmul(Left { values: slopes, row: 1, depth: columns }, right, Start::Zero, out, size);
                }
                add_rows(Rows::new(slopes, layer.outputs(), columns, count), &mut gradient[layer.biases()]);
            }
            let (to, stride) = match l.checked_sub(1) {
                Some(b) => (&mut before[b][..], padded(&self.shape.layers()[b])),
                None => match input_gradient.as_deref_mut() {
                    Some(gradient) => (gradient, layer.inputs()),
                    None => return,
                },
            };
            let size = (layer.outputs(), layer.inputs());
            pack_rows(&weights[layer.weights()], size.1, size, &mut self.packed);
            let right = Right::packed(&self.packed, size.0);
            if skip {
                self.lists.set_rows(slopes, columns, count, size.0);
                multiply(&self.lists, right, Start::Zero, (to, stride), size.1);
            } else {
                let size = Size { rows: count, columns: size.1, depth: size.0 };
                let left = Left { values: slopes, row: columns, depth: 1 };
                matmul(left, right, Start::Zero, (to, stride), size);
            }
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
