//! Optimisers.

use std::ops::Range;

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::level;

use crate::Real;

/// Changes parameters step by step along gradients.
///
/// With a mask, only entries where it is `true` change, those of the optimiser's memory too; all others keep their bits.
pub trait Optimiser<R> {
    /// One step with learning rate `rate`.
    ///
    /// # Panics
    /// If the lengths of parameters, gradient and mask differ from that of the optimiser's memory.
    fn step(&mut self, parameters: &mut [R], gradient: &[R], rate: f64, mask: Option<&[bool]>);

    /// Forgets all gradients.
    fn reset(&mut self);

    /// Forgets the gradients of entries outside the mask, and keeps the number of steps.
    fn keep(&mut self, mask: &[bool]);
}

/// Decoupled weight decay: `θ ← θ − rate · λ θ` beside the step, for all entries or some of them.
#[derive(Clone, Debug)]
struct Decay {
    /// Ranges of all entries, in order, each with its `λ`.
    parts: Vec<(Range<usize>, f64)>,
}

impl Decay {
    fn none(length: usize) -> Self {
        Self { parts: vec![(0..length, 0.0)] }
    }

    fn on(length: usize, weight: f64, ranges: &[Range<usize>]) -> Self {
        let (mut parts, mut at) = (Vec::new(), 0);
        for range in ranges {
            assert!(at <= range.start && range.start <= range.end && range.end <= length, "ranges in order");
            parts.extend([(at..range.start, 0.0), (range.clone(), weight)]);
            at = range.end;
        }
        parts.push((at..length, 0.0));
        parts.retain(|(range, _)| !range.is_empty());
        Self { parts }
    }
}

/// One range of the parameters in a step.
struct Part<'a, R> {
    parameters: &'a mut [R],
    gradient: &'a [R],
    mask: Option<&'a [bool]>,
    rates: Rates<R>,
}

/// The learning rate, and its product with the weight decay.
#[derive(Clone, Copy)]
struct Rates<R> {
    step: R,
    decay: R,
}

/// Calls `step(part, range)` for each range of `decay`.
fn in_parts<R: Real>(
    decay: &Decay,
    parameters: &mut [R],
    gradient: &[R],
    rate: f64,
    mask: Option<&[bool]>,
    mut step: impl FnMut(Part<'_, R>, Range<usize>),
) {
    let length = decay.parts.last().map_or(0, |(range, _)| range.end);
    assert!(parameters.len() == length && gradient.len() == length, "one number for each parameter");
    assert!(mask.is_none_or(|m| m.len() == length), "one entry of the mask for each parameter");
    for (range, weight) in &decay.parts {
        let part = Part {
            parameters: &mut parameters[range.clone()],
            gradient: &gradient[range.clone()],
            mask: mask.map(|m| &m[range.clone()]),
            rates: Rates { step: R::of(rate), decay: R::of(rate * weight) },
        };
        step(part, range.clone());
    }
}

fn keep_only<R: Real>(memory: &mut [R], mask: &[bool]) {
    assert_eq!(memory.len(), mask.len(), "one entry of the mask for each parameter");
    memory.iter_mut().zip(mask).filter(|(_, keep)| !**keep).for_each(|(m, _)| *m = R::ZERO);
}

/// Gradient descent, `m ← μ m + g`, `θ ← θ − rate (m + λθ)`.
#[derive(Clone, Debug)]
pub struct Sgd<R> {
    momentum: f64,
    decay: Decay,
    memory: Vec<R>,
}

impl<R: Real> Sgd<R> {
    /// For this number of parameters; `momentum` 0 is plain gradient descent.
    #[must_use]
    pub fn new(parameters: usize, momentum: f64) -> Self {
        Self { momentum, decay: Decay::none(parameters), memory: vec![R::ZERO; parameters] }
    }

    /// With decoupled decay `λ` on these ranges, which ascend.
    ///
    /// # Panics
    /// If the ranges overlap, do not ascend, or exceed the parameters.
    #[must_use]
    pub fn decay(mut self, weight: f64, ranges: &[Range<usize>]) -> Self {
        self.decay = Decay::on(self.memory.len(), weight, ranges);
        self
    }
}

impl<R: Real> Optimiser<R> for Sgd<R> {
    fn step(&mut self, parameters: &mut [R], gradient: &[R], rate: f64, mask: Option<&[bool]>) {
        let momentum = R::of(self.momentum);
        let memory = &mut self.memory;
        in_parts(&self.decay, parameters, gradient, rate, mask, |part, range| {
            let (memory, Part { parameters: w, gradient: g, mask, rates }) = (&mut memory[range], part);
            multiversion!(
                level(),
                [R: Real] (
                    w: &mut [R], g: &[R], memory: &mut [R], mask: Option<&[bool]>, rates: Rates<R>, momentum: R
                ) -> (),
                sgd(w, g, memory, mask, (rates, momentum))
            );
        });
    }

    fn reset(&mut self) {
        self.memory.fill(R::ZERO);
    }

    fn keep(&mut self, mask: &[bool]) {
        keep_only(&mut self.memory, mask);
    }
}

#[inline(always)]
fn sgd<R: Real>(
    w: &mut [R],
    g: &[R],
    memory: &mut [R],
    mask: Option<&[bool]>,
    (rates, momentum): (Rates<R>, R),
) {
    let update = |w: &mut R, g: R, m: &mut R, keep: bool| {
        let mean = momentum.fused(*m, g);
        let new = *w - (rates.step * mean + rates.decay * *w);
        *m = if keep { mean } else { *m };
        *w = if keep { new } else { *w };
    };
    let entries = w.iter_mut().zip(g).zip(memory);
    match mask {
        None => entries.for_each(|((w, g), m)| update(w, *g, m, true)),
        Some(mask) => entries.zip(mask).for_each(|(((w, g), m), keep)| update(w, *g, m, *keep)),
    }
}

/// Adam (Kingma and Ba 2015, algorithm 1) with bias correction; with decoupled decay AdamW (Loshchilov and Hutter 2019).
///
/// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − rate (m̂ / (√v̂ + ε) + λθ)`.
#[derive(Clone, Debug)]
pub struct Adam<R> {
    decays: (f64, f64),
    epsilon: f64,
    decay: Decay,
    mean: Vec<R>,
    square: Vec<R>,
    steps: i32,
}

impl<R: Real> Adam<R> {
    /// For this number of parameters, with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 1e-8`.
    #[must_use]
    pub fn new(parameters: usize) -> Self {
        let zeros = vec![R::ZERO; parameters];
        Self {
            decays: (0.9, 0.999),
            epsilon: 1e-8,
            decay: Decay::none(parameters),
            mean: zeros.clone(),
            square: zeros,
            steps: 0,
        }
    }

    /// With these `β₁` and `β₂`.
    #[must_use]
    pub fn betas(mut self, first: f64, second: f64) -> Self {
        self.decays = (first, second);
        self
    }

    /// With this `ε`.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// With decoupled decay `λ` on these ranges, which ascend: AdamW.
    ///
    /// # Panics
    /// If the ranges overlap, do not ascend, or exceed the parameters.
    #[must_use]
    pub fn decay(mut self, weight: f64, ranges: &[Range<usize>]) -> Self {
        self.decay = Decay::on(self.mean.len(), weight, ranges);
        self
    }

    /// The running means of gradients and of their squares, without bias correction.
    #[must_use]
    pub fn means(&self) -> (&[R], &[R]) {
        (&self.mean, &self.square)
    }
}

/// The numbers of a step of Adam.
struct AdamStep<R> {
    first: [R; 2],
    second: [R; 2],
    /// Reciprocals of the bias corrections, that of the squares as a root.
    corrections: [R; 2],
    epsilon: R,
}

impl<R: Real> Optimiser<R> for Adam<R> {
    fn step(&mut self, parameters: &mut [R], gradient: &[R], rate: f64, mask: Option<&[bool]>) {
        self.steps = self.steps.saturating_add(1);
        let (first, second) = self.decays;
        let root = (1.0 - second.powi(self.steps)).sqrt();
        let numbers = &AdamStep {
            first: [R::of(first), R::of(1.0 - first)],
            second: [R::of(second), R::of(1.0 - second)],
            corrections: [R::of(1.0 / (1.0 - first.powi(self.steps))), R::of(1.0 / root)],
            epsilon: R::of(self.epsilon),
        };
        let (mean, square) = (&mut self.mean, &mut self.square);
        in_parts(&self.decay, parameters, gradient, rate, mask, |part, range| {
            let (m, v) = (&mut mean[range.clone()], &mut square[range]);
            let Part { parameters: w, gradient: g, mask, rates } = part;
            multiversion!(
                level(),
                [R: Real] (
                    w: &mut [R], g: &[R], m: &mut [R], v: &mut [R],
                    mask: Option<&[bool]>, rates: Rates<R>, numbers: &AdamStep<R>
                ) -> (),
                adam((w, g), (m, v), mask, (rates, numbers))
            );
        });
    }

    fn reset(&mut self) {
        self.mean.fill(R::ZERO);
        self.square.fill(R::ZERO);
        self.steps = 0;
    }

    fn keep(&mut self, mask: &[bool]) {
        keep_only(&mut self.mean, mask);
        keep_only(&mut self.square, mask);
    }
}

#[inline(always)]
fn adam<R: Real>(
    (w, g): (&mut [R], &[R]),
    (m, v): (&mut [R], &mut [R]),
    mask: Option<&[bool]>,
    (rates, numbers): (Rates<R>, &AdamStep<R>),
) {
    let AdamStep { first, second, corrections, epsilon } = *numbers;
    let rate = rates.step * corrections[0];
    let update = |w: &mut R, g: R, m: &mut R, v: &mut R, keep: bool| {
        let new_m = first[0].fused(*m, first[1] * g);
        let new_v = second[0].fused(*v, second[1] * g * g);
        let step = rate * new_m / (new_v.sqrt() * corrections[1] + epsilon);
        let new = *w - (step + rates.decay * *w);
        *m = if keep { new_m } else { *m };
        *v = if keep { new_v } else { *v };
        *w = if keep { new } else { *w };
    };
    let entries = w.iter_mut().zip(g).zip(m).zip(v);
    match mask {
        None => entries.for_each(|(((w, g), m), v)| update(w, *g, m, v, true)),
        Some(mask) => entries.zip(mask).for_each(|((((w, g), m), v), keep)| update(w, *g, m, v, *keep)),
    }
}

/// Lion (Chen et al. 2023): `c = β₁ m + (1 − β₁) g`, `θ ← θ − rate (sign c + λθ)`, `m ← β₂ m + (1 − β₂) g`; `sign 0 = 0`.
#[derive(Clone, Debug)]
pub struct Lion<R> {
    decays: (f64, f64),
    decay: Decay,
    mean: Vec<R>,
}

impl<R: Real> Lion<R> {
    /// For this number of parameters, with `β₁ = 0.9`, `β₂ = 0.99`.
    #[must_use]
    pub fn new(parameters: usize) -> Self {
        Self { decays: (0.9, 0.99), decay: Decay::none(parameters), mean: vec![R::ZERO; parameters] }
    }

    /// Signum, the sign of a running mean with `β₁ = β₂ = momentum`; 0 is signSGD.
    #[must_use]
    pub fn signum(parameters: usize, momentum: f64) -> Self {
        Self::new(parameters).betas(momentum, momentum)
    }

    /// With these `β₁` and `β₂`.
    #[must_use]
    pub fn betas(mut self, first: f64, second: f64) -> Self {
        self.decays = (first, second);
        self
    }

    /// With decoupled decay `λ` on these ranges, which ascend.
    ///
    /// # Panics
    /// If the ranges overlap, do not ascend, or exceed the parameters.
    #[must_use]
    pub fn decay(mut self, weight: f64, ranges: &[Range<usize>]) -> Self {
        self.decay = Decay::on(self.mean.len(), weight, ranges);
        self
    }
}

impl<R: Real> Optimiser<R> for Lion<R> {
    fn step(&mut self, parameters: &mut [R], gradient: &[R], rate: f64, mask: Option<&[bool]>) {
        let pair = |beta: f64| [R::of(beta), R::of(1.0 - beta)];
        let betas = [pair(self.decays.0), pair(self.decays.1)];
        let mean = &mut self.mean;
        in_parts(&self.decay, parameters, gradient, rate, mask, |part, range| {
            let (mean, Part { parameters: w, gradient: g, mask, rates }) = (&mut mean[range], part);
            multiversion!(
                level(),
                [R: Real] (
                    w: &mut [R], g: &[R], mean: &mut [R],
                    mask: Option<&[bool]>, rates: Rates<R>, betas: [[R; 2]; 2]
                ) -> (),
                lion(w, g, mean, mask, (rates, betas))
            );
        });
    }

    fn reset(&mut self) {
        self.mean.fill(R::ZERO);
    }

    fn keep(&mut self, mask: &[bool]) {
        keep_only(&mut self.mean, mask);
    }
}

#[inline(always)]
fn lion<R: Real>(
    w: &mut [R],
    g: &[R],
    mean: &mut [R],
    mask: Option<&[bool]>,
    (rates, [first, second]): (Rates<R>, [[R; 2]; 2]),
) {
    let update = |w: &mut R, g: R, m: &mut R, keep: bool| {
        let c = first[0].fused(*m, first[1] * g);
        let sign = if c > R::ZERO { R::ONE } else { R::ZERO } - if c < R::ZERO { R::ONE } else { R::ZERO };
        let new = *w - (rates.step * sign + rates.decay * *w);
        *m = if keep { second[0].fused(*m, second[1] * g) } else { *m };
        *w = if keep { new } else { *w };
    };
    let entries = w.iter_mut().zip(g).zip(mean);
    match mask {
        None => entries.for_each(|((w, g), m)| update(w, *g, m, true)),
        Some(mask) => entries.zip(mask).for_each(|(((w, g), m), keep)| update(w, *g, m, *keep)),
    }
}
