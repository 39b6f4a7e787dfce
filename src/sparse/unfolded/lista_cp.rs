//! LISTA-CP.

use std::sync::Arc;

use remeasure_core::Invalid;

use super::Real;
use super::kernels::{Block, Operand, Start, combine, compress, cover};
use super::loss::check_lambda;
use super::matrices::Outer;
use super::network::{Group, Kind, Network};
use super::sensing::Sensing;
use super::threshold::{self, Selection};
use super::workspace::Workspace;

/// LISTA with coupled weights (Chen, Liu, Wang and Yin 2018, equation 15): `x⁺ = S_θt(x + W_tᵀ(y − A x))`;
/// with support selection, this is LISTA-CPSS.
///
/// Initialised as ISTA with step `1/L`: `W = A/L`, `θ = λ/L`. The parameters of a layer are `W_t` (`M × N`,
/// column by column), then `θ_t`, which is kept at 0 or above. A tied `W` comes once, before all thresholds.
#[derive(Clone, Debug)]
pub struct ListaCp<R> {
    sensing: Arc<Sensing<R>>,
    layers: usize,
    lambda: f64,
    tied: bool,
    selection: Option<Selection>,
}

impl<R: Real> ListaCp<R> {
    /// A network of `layers` layers, each with its own matrix; `lambda` sets the initial thresholds.
    ///
    /// # Errors
    /// If `layers` is 0, or `lambda` is not a finite number of at least 0.
    pub fn new(sensing: Arc<Sensing<R>>, layers: usize, lambda: f64) -> Result<Self, Invalid> {
        threshold::check_layers(layers)?;
        check_lambda(lambda)?;
        Ok(Self { sensing, layers, lambda, tied: false, selection: None })
    }

    /// Uses one matrix for all layers.
    #[must_use]
    pub fn tied(mut self) -> Self {
        self.tied = true;
        self
    }

    /// Lets the largest entries of every layer pass unshrunk.
    #[must_use]
    pub fn selection(mut self, selection: Selection) -> Self {
        self.selection = Some(selection);
        self
    }

    fn size(&self) -> usize {
        self.sensing.signal_length() * self.sensing.response_length()
    }

    /// Offsets of the matrix and of the threshold of layer `t`.
    fn places(&self, t: usize) -> (usize, usize) {
        let size = self.size();
        if self.tied { (0, size + t) } else { (t * (size + 1), t * (size + 1) + size) }
    }

    /// Index of the pair of operands of layer `t`.
    fn operand(&self, t: usize) -> usize {
        if self.tied { 0 } else { 2 * t }
    }
}

impl<R: Real> Network<R> for ListaCp<R> {
    fn sensing(&self) -> &Sensing<R> {
        &self.sensing
    }

    fn layers(&self) -> usize {
        self.layers
    }

    fn groups(&self) -> Vec<Group> {
        let mut groups = Vec::with_capacity(2 * self.layers);
        for t in 0..self.layers {
            let (matrix, threshold) = self.places(t);
            if t == 0 || !self.tied {
                let layer = (!self.tied).then_some(t);
                groups.push(Group { kind: Kind::Matrix, layer, range: matrix..matrix + self.size() });
            }
            groups.push(Group { kind: Kind::Threshold, layer: Some(t), range: threshold..threshold + 1 });
        }
        groups
    }

    fn prefix(&self, depth: usize) -> usize {
        depth.checked_sub(1).map_or(0, |last| self.places(last).1 + 1)
    }

    fn initial(&self) -> Vec<R> {
        let lipschitz = self.sensing.lipschitz();
        let threshold = R::of(self.lambda / lipschitz);
        let mut layer: Vec<R> =
            self.sensing.design().as_slice().iter().map(|v| R::of(v / lipschitz)).collect();
        if self.tied {
            layer.resize(self.size() + self.layers, threshold);
            return layer;
        }
        layer.push(threshold);
        layer.repeat(self.layers)
    }

    fn project(&self, parameters: &mut [R]) {
        if self.tied {
            threshold::keep_positive(&mut parameters[self.size()..], 1);
        } else {
            threshold::keep_positive(parameters, self.size() + 1);
        }
    }

    fn furnish(&self, workspace: &mut Workspace<R>) {
        let (n, m) = (self.sensing.signal_length(), self.sensing.response_length());
        let distinct = if self.tied { 1 } else { self.layers };
        let keep = workspace.keep;
        workspace.inner = vec![Block::zeros(m, workspace.capacity); if keep { self.layers } else { 1 }];
        // For each layer, Wᵀ, and W for the backward pass.
        let width = if keep { m } else { 0 };
        workspace.matrices.operands =
            (0..distinct).flat_map(|_| [Operand::zeros(n, m), Operand::zeros(width, n)]).collect();
        if keep {
            workspace.matrices.outer = vec![Outer::new(m, n, workspace.capacity)];
        }
    }

    fn begin(&self, parameters: &[R], depth: usize, workspace: &mut Workspace<R>) {
        let m = self.sensing.response_length();
        for t in 0..if self.tied { 1 } else { depth } {
            let matrix = &parameters[self.places(t).0..][..self.size()];
            let operands = &mut workspace.matrices.operands[self.operand(t)..];
            operands[0].set_transposed(matrix);
            if workspace.keep {
                operands[1].set(matrix, m);
            }
        }
    }

    fn advance(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>) {
        let rule = (threshold::positive(parameters[self.places(t).1]), false);
        let selected = self.selection.map_or(0, |s| s.count(t, self.sensing.signal_length()));
        let (slot, next) = (workspace.slot(t), workspace.slot(t + 1));
        let kept = if workspace.keep { t } else { 0 };
        let Workspace {
            count,
            states,
            inner,
            cutoffs,
            responses,
            narrow_lists,
            lists,
            magnitudes,
            matrices,
            ..
        } = workspace;
        let residuals = &mut inner[kept];
        combine(&self.sensing.forth, lists, Start::From(responses), residuals, *count);
        for b in 0..*count {
            compress(residuals, R::ONE, narrow_lists, b);
        }
        let Ok([x, out]) = states.get_disjoint_mut([slot, next]) else { return };
        combine(&matrices.operands[self.operand(t)], narrow_lists, Start::From(x), out, *count);
        let cutoffs = &mut cutoffs[slot * x.count()..];
        for (b, cutoff) in cutoffs.iter_mut().enumerate().take(*count) {
            *cutoff = threshold::apply(out, b, rule, selected, magnitudes);
            compress(out, -R::ONE, lists, b);
        }
    }

    fn retreat(&self, _: &[R], t: usize, workspace: &mut Workspace<R>, gradient: &mut [R]) {
        let Workspace {
            count,
            states,
            inner,
            cutoffs,
            gradient: gx,
            narrow,
            narrow_lists,
            lists,
            matrices,
            ..
        } = workspace;
        let mut pulled = 0.0;
        for b in 0..*count {
            let (x, cutoff) = (states[t + 1].whole(b), cutoffs[t * gx.count() + b]);
            pulled += cover(gx.whole_mut(b), x, x, cutoff).pulled;
            compress(gx, -R::ONE, lists, b);
        }
        let (matrix, threshold) = self.places(t);
        gradient[threshold] += R::of(-pulled);
        for outer in &mut matrices.outer {
            outer.add(&inner[t], gx, *count, &mut gradient[matrix..matrix + self.size()]);
        }
        if t > 0 {
            combine(&matrices.operands[self.operand(t) + 1], lists, Start::Zero, narrow, *count);
            for b in 0..*count {
                compress(narrow, R::ONE, narrow_lists, b);
            }
            combine(&self.sensing.back, narrow_lists, Start::Here, gx, *count);
        }
    }
}
