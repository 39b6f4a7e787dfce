//! Where the parameters of a network are.

use std::ops::Range;

use remeasure_core::Invalid;

use crate::Activation;

/// One affine layer, followed by its activation.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    inputs: usize,
    outputs: usize,
    activation: Activation,
    at: usize,
    biased: bool,
}

impl Layer {
    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// What is applied to its outputs.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Positions of the weights among the parameters, `outputs × inputs`, row by row.
    #[must_use]
    pub fn weights(&self) -> Range<usize> {
        self.at..self.at + self.outputs * self.inputs
    }

    /// Positions of the biases among the parameters, one for each output; empty without biases.
    #[must_use]
    pub fn biases(&self) -> Range<usize> {
        let at = self.weights().end;
        at..at + if self.biased { self.outputs } else { 0 }
    }
}

/// The layers of a network and the order of its parameters: for each layer its weights, then its biases.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    layers: Vec<Layer>,
}

impl Shape {
    /// Layers of the given widths, that of the input first; all but the last are followed by `hidden`.
    ///
    /// # Errors
    /// Fewer than two widths, a width of 0, or an activation with an unusable slope.
    pub fn new(widths: &[usize], hidden: Activation) -> Result<Self, Invalid> {
        let mut activations = vec![hidden; widths.len().saturating_sub(1)];
        if let Some(last) = activations.last_mut() {
            *last = Activation::Identity;
        }
        Self::with_activations(widths, &activations)
    }

    /// Layers of the given widths, that of the input first, each with its own activation.
    ///
    /// # Errors
    /// Fewer than two widths, a width of 0, a wrong number of activations, or one with an unusable slope.
    pub fn with_activations(widths: &[usize], activations: &[Activation]) -> Result<Self, Invalid> {
        if widths.len() < 2 || widths.contains(&0) {
            let message = format!(
                "expected the widths of the input and of each layer, all at least 1, found {widths:?}"
            );
            return Err(Invalid::new("widths", message));
        }
        if activations.len() + 1 != widths.len() {
            let message =
                format!("expected one for each of {} layers, found {}", widths.len() - 1, activations.len());
            return Err(Invalid::new("activations", message));
        }
        activations.iter().try_for_each(|a| a.check())?;
        let pairs = widths.windows(2).zip(activations);
        let layers =
            pairs.map(|(w, a)| Layer { inputs: w[0], outputs: w[1], activation: *a, at: 0, biased: true });
        Ok(Self { layers: layers.collect() }.placed())
    }

    /// The same network without biases.
    #[must_use]
    pub fn without_biases(mut self) -> Self {
        self.layers.iter_mut().for_each(|layer| layer.biased = false);
        self.placed()
    }

    fn placed(mut self) -> Self {
        let mut at = 0;
        for layer in &mut self.layers {
            layer.at = at;
            at = layer.biases().end;
        }
        self
    }

    /// The layers, that of the input first.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Number of parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layers[self.layers.len() - 1].biases().end
    }

    /// Positions of the weights of each layer, for a decay that spares the biases.
    #[must_use]
    pub fn matrices(&self) -> Vec<Range<usize>> {
        self.layers.iter().map(Layer::weights).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_weights_then_biases_of_each_layer() {
        let shape = Shape::new(&[3, 4, 2], Activation::Tanh).unwrap();
        let [first, last] = shape.layers() else { panic!() };
        assert_eq!((first.weights(), first.biases()), (0..12, 12..16));
        assert_eq!((last.weights(), last.biases()), (16..24, 24..26));
        assert_eq!((first.activation(), last.activation()), (Activation::Tanh, Activation::Identity));
        assert_eq!((shape.inputs(), shape.outputs(), shape.parameters()), (3, 2, 26));
        let bare = shape.without_biases();
        assert_eq!((bare.parameters(), bare.matrices()), (20, vec![0..12, 12..20]));
    }

    #[test]
    fn unusable_shapes_are_refused() {
        let key = |result: Result<Shape, Invalid>| result.unwrap_err().key;
        assert_eq!(key(Shape::new(&[3], Activation::Relu)), "widths");
        assert_eq!(key(Shape::new(&[3, 0, 1], Activation::Relu)), "widths");
        assert_eq!(key(Shape::with_activations(&[3, 1], &[])), "activations");
        assert_eq!(key(Shape::new(&[3, 2, 1], Activation::LeakyRelu { slope: -0.1 })), "slope");
    }
}
