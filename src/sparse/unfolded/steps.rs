//! Networks that learn steps and thresholds: unfolded ISTA and IHT, and ALISTA.

use std::sync::Arc;

use remeasure_core::Invalid;

use super::Real;
use super::correlation::{Correlation, analytic_weights};
use super::kernels::{Block, Shrink, ascend, ascend_and_shrink, compress, cover};
use super::loss::{Penalty, check_lambda};
use super::network::{Group, Kind, Network};
use super::sensing::Sensing;
use super::threshold::{self, Selection};
use super::workspace::Workspace;

/// How a layer's parameters map to step and threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// `α_t = exp(w)·step`; with free thresholds `θ_t = exp(v)·threshold`.
    Logarithm { step: f64, threshold: f64 },
    /// `γ_t = w` and `θ_t = max(v, 0)`, initially 1 and `threshold`.
    Plain { threshold: f64 },
}

/// `x⁺ = T(x + α_t Wᵀ(y − A x))` with a learned `α_t` in every layer.
///
/// - [`StepNetwork::ista`]: `W = A`, `T` the soft threshold at `λα_t`;
/// - [`StepNetwork::iht`]: `W = A`, `T` the hard threshold at `√(2λα_t)`;
/// - [`StepNetwork::alista`]: `W` analytic, `T` the soft threshold at a learned `θ_t`.
///
/// Unfolded ISTA and IHT learn `w_t = log(L α_t)`, initially 0; with [`StepNetwork::free_thresholds`] also
/// `v_t = log(θ_t / θ)`, where `θ` is the threshold at `α = 1/L`. ALISTA learns `γ_t` (initially 1) and `θ_t`
/// (initially `λ/L`, kept at 0 or above) directly. The parameters of a layer are its step, then its
/// threshold. Gradients treat the hard threshold as constant where it does not jump, so training never
/// changes a free one.
#[derive(Clone, Debug)]
pub struct StepNetwork<R> {
    sensing: Arc<Sensing<R>>,
    correlation: Correlation<R>,
    layers: usize,
    penalty: Penalty,
    lambda: f64,
    free: bool,
    scale: Scale,
    selection: Option<Selection>,
}

impl<R: Real> StepNetwork<R> {
    /// Unfolded ISTA: soft thresholds at `λα_t`.
    ///
    /// # Errors
    /// If `layers` is 0, or `lambda` is not a finite number of at least 0.
    pub fn ista(sensing: Arc<Sensing<R>>, layers: usize, lambda: f64) -> Result<Self, Invalid> {
        Self::steps(sensing, layers, Penalty::L1, lambda)
    }

    /// Unfolded IHT: hard thresholds at `√(2λα_t)`.
    ///
    /// # Errors
    /// If `layers` is 0, or `lambda` is not a finite number of at least 0.
    pub fn iht(sensing: Arc<Sensing<R>>, layers: usize, lambda: f64) -> Result<Self, Invalid> {
        Self::steps(sensing, layers, Penalty::L0, lambda)
    }

    fn steps(
        sensing: Arc<Sensing<R>>,
        layers: usize,
        penalty: Penalty,
        lambda: f64,
    ) -> Result<Self, Invalid> {
        check(layers, lambda)?;
        let correlation = Correlation::new(&sensing, None);
        let step = 1.0 / sensing.lipschitz();
        let scale = Scale::Logarithm { step, threshold: tied(penalty, lambda, step) };
        Ok(Self { sensing, correlation, layers, penalty, lambda, free: false, scale, selection: None })
    }

    /// ALISTA: analytic weights `w_j ∝ (AAᵀ)⁻¹a_j` with `w_jᵀa_j = 1`, learned `γ_t` and `θ_t`; `lambda` sets
    /// the initial thresholds.
    ///
    /// # Errors
    /// As for [`StepNetwork::ista`], or if `A` does not have full row rank or has a zero column.
    pub fn alista(sensing: Arc<Sensing<R>>, layers: usize, lambda: f64) -> Result<Self, Invalid> {
        check(layers, lambda)?;
        let Some(weights) = analytic_weights(sensing.design()) else {
            let message = "analytic weights need a matrix with full row rank and no zero columns";
            return Err(Invalid::new("design", message));
        };
        let correlation = Correlation::new(&sensing, Some(&weights));
        let scale = Scale::Plain { threshold: lambda / sensing.lipschitz() };
        let penalty = Penalty::L1;
        Ok(Self { sensing, correlation, layers, penalty, lambda, free: true, scale, selection: None })
    }

    /// Learns thresholds separately instead of tying them to the steps.
    ///
    /// # Errors
    /// If `λ = 0`: a zero threshold has no logarithm.
    pub fn free_thresholds(mut self) -> Result<Self, Invalid> {
        if !(self.lambda > 0.0) {
            return Err(Invalid::new("lambda", "must be above 0 to learn thresholds"));
        }
        self.free = true;
        Ok(self)
    }

    /// Lets the largest entries of every layer pass unshrunk.
    ///
    /// # Errors
    /// If thresholds are hard, because these shrink nothing.
    pub fn selection(mut self, selection: Selection) -> Result<Self, Invalid> {
        if self.penalty == Penalty::L0 {
            return Err(Invalid::new("selection", "hard thresholds shrink nothing: use soft ones"));
        }
        self.selection = Some(selection);
        Ok(self)
    }

    /// Parameters with these steps, in units of `1/L` (ALISTA: `γ_t` themselves), and thresholds that are
    /// tied to them or initial.
    ///
    /// # Errors
    /// If there is not one step per layer, or one is not a finite number above 0.
    pub fn with_steps(&self, steps: &[f64]) -> Result<Vec<R>, Invalid> {
        if steps.len() != self.layers {
            let message =
                format!("expected one step for each of {} layers, found {}", self.layers, steps.len());
            return Err(Invalid::new("steps", message));
        }
        if let Some(step) = steps.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
            return Err(Invalid::new("steps", format!("expected a finite number above 0, found {step}")));
        }
        let mut parameters = self.initial();
        for (layer, step) in parameters.chunks_exact_mut(self.width()).zip(steps) {
            layer[0] = R::of(match self.scale {
                Scale::Logarithm { .. } => step.ln(),
                Scale::Plain { .. } => *step,
            });
        }
        Ok(parameters)
    }

    /// The steps `α_t` that the parameters encode, in units of `1/L` (ALISTA: `γ_t` themselves).
    #[must_use]
    pub fn steps_of(&self, parameters: &[R]) -> Vec<f64> {
        let log = matches!(self.scale, Scale::Logarithm { .. });
        let step = |layer: &[R]| if log { layer[0].widen().exp() } else { layer[0].widen() };
        parameters.chunks_exact(self.width()).map(step).collect()
    }

    /// The thresholds that the parameters encode.
    #[must_use]
    pub fn thresholds_of(&self, parameters: &[R]) -> Vec<f64> {
        (0..parameters.len() / self.width()).map(|t| self.layer(parameters, t).1).collect()
    }

    /// Number of parameters per layer.
    fn width(&self) -> usize {
        if self.free { 2 } else { 1 }
    }

    /// Step and threshold of layer `t`.
    fn layer(&self, parameters: &[R], t: usize) -> (f64, f64) {
        let own = &parameters[t * self.width()..(t + 1) * self.width()];
        match self.scale {
            Scale::Logarithm { step, threshold } => {
                let step = own[0].widen().exp() * step;
                let free = || own[1].widen().exp() * threshold;
                (step, if self.free { free() } else { tied(self.penalty, self.lambda, step) })
            }
            Scale::Plain { .. } => (own[0].widen(), threshold::positive(own[1]).widen()),
        }
    }
}

fn check(layers: usize, lambda: f64) -> Result<(), Invalid> {
    threshold::check_layers(layers)?;
    check_lambda(lambda)
}

/// The threshold of the proximal operator of `step·λ·penalty`.
fn tied(penalty: Penalty, lambda: f64, step: f64) -> f64 {
    match penalty {
        Penalty::L1 => lambda * step,
        Penalty::L0 => (2.0 * lambda * step).sqrt(),
    }
}

impl<R: Real> Network<R> for StepNetwork<R> {
    fn sensing(&self) -> &Sensing<R> {
        &self.sensing
    }

    fn layers(&self) -> usize {
        self.layers
    }

    fn groups(&self) -> Vec<Group> {
        let width = self.width();
        let kinds = &[Kind::Step, Kind::Threshold][..width];
        let of = |t: usize| {
            let group = move |(i, &kind): (usize, &Kind)| {
                let at = t * width + i;
                Group { kind, layer: Some(t), range: at..at + 1 }
            };
            kinds.iter().enumerate().map(group)
        };
        (0..self.layers).flat_map(of).collect()
    }

    fn prefix(&self, depth: usize) -> usize {
        depth * self.width()
    }

    fn initial(&self) -> Vec<R> {
        let layer = match self.scale {
            Scale::Logarithm { .. } => [R::ZERO, R::ZERO],
            Scale::Plain { threshold } => [R::ONE, R::of(threshold)],
        };
        layer[..self.width()].repeat(self.layers)
    }

    fn project(&self, parameters: &mut [R]) {
        if let Scale::Plain { .. } = self.scale {
            threshold::keep_positive(parameters, self.width());
        }
    }

    fn furnish(&self, workspace: &mut Workspace<R>) {
        let slots = if workspace.keep { self.layers } else { 1 };
        workspace.inner = vec![Block::zeros(self.sensing.signal_length(), workspace.capacity()); slots];
    }

    fn begin(&self, _: &[R], _: usize, workspace: &mut Workspace<R>) {
        let Workspace { count, responses, narrow_lists, fixed, .. } = workspace;
        self.correlation.begin(&self.sensing, responses, (narrow_lists, fixed), *count);
    }

    fn advance(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>) {
        let (step, threshold) = self.layer(parameters, t);
        let (step, rule) = (R::of(step), (R::of(threshold), self.penalty == Penalty::L0));
        let selected = self.selection.map_or(0, |s| s.count(t, self.sensing.signal_length()));
        let (slot, next) = (workspace.slot(t), workspace.slot(t + 1));
        let kept = if workspace.keep { t } else { 0 };
        let Workspace {
            count,
            states,
            inner,
            cutoffs,
            fixed,
            responses,
            narrow,
            narrow_lists,
            lists,
            magnitudes,
            ..
        } = workspace;
        let along = &mut inner[kept];
        let narrows = (narrow, narrow_lists);
        self.correlation.forth(&self.sensing, lists, (responses, fixed), narrows, along, *count);
        let Ok([x, out]) = states.get_disjoint_mut([slot, next]) else { return };
        let cutoffs = &mut cutoffs[slot * x.count()..];
        for (b, cutoff) in cutoffs.iter_mut().enumerate().take(*count) {
            if selected == 0 {
                let (threshold, hard) = rule;
                let rule = Shrink { threshold, hard, cutoff: R::INFINITY };
                ascend_and_shrink(x.whole(b), along.whole(b), step, rule, out.whole_mut(b));
            } else {
                ascend(x.whole(b), along.whole(b), step, out.whole_mut(b));
                *cutoff = threshold::apply(out, b, rule, selected, magnitudes);
            }
            compress(out, -R::ONE, lists, b);
        }
    }

    fn retreat(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>, gradient: &mut [R]) {
        let (step, threshold) = self.layer(parameters, t);
        let Workspace { count, states, inner, cutoffs, gradient: gx, narrow, narrow_lists, lists, .. } =
            workspace;
        let (mut along, mut pulled) = (0.0, 0.0);
        for b in 0..*count {
            let cutoff = cutoffs[t * gx.count() + b];
            let sums = cover(gx.whole_mut(b), states[t + 1].whole(b), inner[t].whole(b), cutoff);
            along += sums.along;
            pulled += sums.pulled;
            if t > 0 {
                compress(gx, R::of(-step), lists, b);
            }
        }
        if t > 0 {
            self.correlation.back(&self.sensing, lists, (narrow, narrow_lists), gx, *count);
        }
        let soft = self.penalty == Penalty::L1;
        let own = &mut gradient[t * self.width()..(t + 1) * self.width()];
        let threshold_slope = if soft { -pulled } else { 0.0 };
        let step_slope = along + if soft && !self.free { self.lambda * threshold_slope } else { 0.0 };
        let log = matches!(self.scale, Scale::Logarithm { .. });
        own[0] += R::of(if log { step * step_slope } else { step_slope });
        if self.free {
            own[1] += R::of(if log { threshold * threshold_slope } else { threshold_slope });
        }
    }
}
