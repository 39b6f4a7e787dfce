//! LISTA.

use std::sync::Arc;

use remeasure_core::Invalid;

use super::Real;
use super::kernels::{Operand, Start, combine, compress, cover};
use super::loss::check_lambda;
use super::matrices::Outer;
use super::network::{Group, Kind, Network};
use super::sensing::Sensing;
use super::threshold;
use super::workspace::Workspace;

/// LISTA with separate matrices in every layer (Gregor and LeCun 2010): `x⁺ = S_θt(W1_t y + W2_t x)`.
///
/// Initialised as ISTA with step `1/L`: `W1 = Aᵀ/L`, `W2 = I − AᵀA/L`, `θ = λ/L`. The parameters of a layer
/// are `W1_t` (`N × M`) and `W2_t` (`N × N`), both column by column, then `θ_t`, which is kept at 0 or above.
#[derive(Clone, Debug)]
pub struct Lista<R> {
    sensing: Arc<Sensing<R>>,
    layers: usize,
    lambda: f64,
}

impl<R: Real> Lista<R> {
    /// A network of `layers` layers; `lambda` sets the initial thresholds.
    ///
    /// # Errors
    /// If `layers` is 0, or `lambda` is not a finite number of at least 0.
    pub fn new(sensing: Arc<Sensing<R>>, layers: usize, lambda: f64) -> Result<Self, Invalid> {
        threshold::check_layers(layers)?;
        check_lambda(lambda)?;
        Ok(Self { sensing, layers, lambda })
    }

    /// `N`, the size of `W1`, and the number of parameters per layer.
    fn sizes(&self) -> (usize, usize, usize) {
        let (n, m) = (self.sensing.signal_length(), self.sensing.response_length());
        (n, n * m, n * m + n * n + 1)
    }
}

impl<R: Real> Network<R> for Lista<R> {
    fn sensing(&self) -> &Sensing<R> {
        &self.sensing
    }

    fn layers(&self) -> usize {
        self.layers
    }

    fn groups(&self) -> Vec<Group> {
        let (_, first, width) = self.sizes();
        let of = |t: usize| {
            let at = t * width;
            [
                Group { kind: Kind::Matrix, layer: Some(t), range: at..at + first },
                Group { kind: Kind::Matrix, layer: Some(t), range: at + first..at + width - 1 },
                Group { kind: Kind::Threshold, layer: Some(t), range: at + width - 1..at + width },
            ]
        };
        (0..self.layers).flat_map(of).collect()
    }

    fn prefix(&self, depth: usize) -> usize {
        depth * self.sizes().2
    }

    fn initial(&self) -> Vec<R> {
        let (n, _, width) = self.sizes();
        let (a, lipschitz) = (self.sensing.design(), self.sensing.lipschitz());
        let mut layer = Vec::with_capacity(width);
        for i in 0..a.rows() {
            layer.extend((0..n).map(|j| R::of(a.column(j)[i] / lipschitz)));
        }
        let mut products = vec![0.0; n];
        for k in 0..n {
            a.tmul(a.column(k), &mut products);
            let identity = |i: usize| if i == k { 1.0 } else { 0.0 };
            layer.extend(products.iter().enumerate().map(|(i, p)| R::of(identity(i) - p / lipschitz)));
        }
        layer.push(R::of(self.lambda / lipschitz));
        layer.repeat(self.layers)
    }

    fn project(&self, parameters: &mut [R]) {
        threshold::keep_positive(parameters, self.sizes().2);
    }

    fn furnish(&self, workspace: &mut Workspace<R>) {
        let (n, m) = (self.sensing.signal_length(), self.sensing.response_length());
        let matrices = &mut workspace.matrices;
        matrices.operands = Vec::with_capacity(3 * self.layers);
        for _ in 0..self.layers {
            matrices.operands.extend([Operand::zeros(n, m), Operand::zeros(n, n)]);
        }
        if workspace.keep {
            // One transpose serves all layers: it is computed when the backward pass reaches a layer.
            matrices.operands.push(Operand::zeros(n, n));
            matrices.outer = vec![Outer::new(n, m, workspace.capacity), Outer::new(n, n, workspace.capacity)];
        }
    }

    fn begin(&self, parameters: &[R], depth: usize, workspace: &mut Workspace<R>) {
        let (n, first, width) = self.sizes();
        let Workspace { count, responses, response_lists, matrices, .. } = workspace;
        for (layer, operands) in
            parameters.chunks_exact(width).zip(matrices.operands.chunks_exact_mut(2)).take(depth)
        {
            operands[0].set(&layer[..first], n);
            operands[1].set(&layer[first..width - 1], n);
        }
        for b in 0..*count {
            compress(responses, R::ONE, response_lists, b);
        }
    }

    fn advance(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>) {
        let width = self.sizes().2;
        let rule = (threshold::positive(parameters[(t + 1) * width - 1]), false);
        let next = workspace.slot(t + 1);
        let Workspace { count, states, response_lists, lists, magnitudes, matrices, .. } = workspace;
        let out = &mut states[next];
        combine(&matrices.operands[2 * t], response_lists, Start::Zero, out, *count);
        combine(&matrices.operands[2 * t + 1], lists, Start::Here, out, *count);
        for b in 0..*count {
            threshold::apply(out, b, rule, 0, magnitudes);
            compress(out, R::ONE, lists, b);
        }
    }

    fn retreat(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>, gradient: &mut [R]) {
        let (_, first, width) = self.sizes();
        let layer = t * width..(t + 1) * width;
        let Workspace { count, states, responses, gradient: gx, lists, matrices, .. } = workspace;
        let mut pulled = 0.0;
        for b in 0..*count {
            let x = states[t + 1].whole(b);
            pulled += cover(gx.whole_mut(b), x, x, R::INFINITY).pulled;
            compress(gx, R::ONE, lists, b);
        }
        let own = &mut gradient[layer.clone()];
        own[width - 1] += R::of(-pulled);
        let [outer_response, outer_state] = &mut matrices.outer[..] else { return };
        outer_response.add(gx, responses, *count, &mut own[..first]);
        if t > 0 {
            outer_state.add(gx, &states[t], *count, &mut own[first..width - 1]);
            let back = &mut matrices.operands[2 * self.layers];
            back.set_transposed(&parameters[layer][first..width - 1]);
            combine(back, lists, Start::Zero, gx, *count);
        }
    }
}
