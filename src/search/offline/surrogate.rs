//! Networks that predict values, and how flat their mean prediction `G` is in their weights.

use remeasure_core::deadline;
use remeasure_core::stream::Stream;
use remeasure_nets::vectors::{axpy, combine, norm};
use remeasure_nets::{
    Activation, Adam, Batches, MeanOutput, Optimiser, Real, Shape, SquaredError, Start, Workspace, gather,
};

use super::Designs;

/// The multiplier of the sharpness as a dual variable: `λ ← λ + rate·(ρ‖∇G‖ − threshold)` after each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// Step size η.
    pub rate: f64,
    /// What `ρ‖∇G‖` should not exceed, ε.
    pub threshold: f64,
    /// Whether λ is kept at least 0. The authors' code does not.
    pub clip: bool,
}

/// The regulariser `λρ‖∇G‖` of IGNITE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flat {
    /// λ, at the start where it is a dual variable.
    pub lambda: f64,
    /// Radius ρ of the sharpness.
    pub rho: f64,
    /// Length r of the step of the finite difference.
    pub step: f64,
    /// How λ changes; fixed if there is none, as in IGNITE-2.
    pub dual: Option<Dual>,
}

impl Flat {
    /// λ after a step at which the norm of `∇G` was `norm`.
    #[must_use]
    pub fn next(&self, lambda: f64, norm: f64) -> f64 {
        let Some(dual) = self.dual else { return lambda };
        let next = lambda + dual.rate * (self.rho * norm - dual.threshold);
        if dual.clip { next.max(0.0) } else { next }
    }
}

/// Memory for the gradient of the regulariser.
#[derive(Clone, Debug)]
pub struct Flattening<R> {
    here: Vec<R>,
    there: Vec<R>,
    moved: Vec<R>,
}

impl<R: Real> Flattening<R> {
    /// For networks with so many parameters.
    #[must_use]
    pub fn new(parameters: usize) -> Self {
        let zeros = vec![R::ZERO; parameters];
        Self { here: zeros.clone(), there: zeros.clone(), moved: zeros }
    }

    /// Adds `λ(ρ/r)(b − a)` to `gradient`, with `a = ∇G(w)` and `b = ∇G(w + r a/‖a‖)` for the mean prediction `G` of the rows
    /// `x`, and returns `‖a‖`. Nothing is added where λ = 0.
    pub fn add(
        &mut self,
        work: &mut Workspace<R>,
        (weights, x): (&[R], &[R]),
        flat: &Flat,
        lambda: f64,
        gradient: &mut [R],
    ) -> f64 {
        let mean = || MeanOutput { column: 0 };
        work.gradient(weights, x, &mut mean(), &mut self.here);
        let length = norm(&self.here);
        if lambda != 0.0 && length > 0.0 {
            combine(weights, flat.step / length, &self.here, &mut self.moved);
            work.gradient(&self.moved, x, &mut mean(), &mut self.there);
            let scale = lambda * flat.rho / flat.step;
            axpy(scale, &self.there, gradient);
            axpy(-scale, &self.here, gradient);
        }
        length
    }
}

/// Sharpness of the mean prediction `G` of some rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpness {
    /// `‖∇G‖` over all weights and biases.
    pub norm: f64,
    /// `max G(w + δ) − G(w)` over `‖δ‖ ≤ ρ`, by steps.
    pub sharpness: f64,
}

/// Steps that look for the largest mean prediction.
const STEPS: usize = 20;

/// The sharpness at radius `rho`, by 20 steps `δ ← ρ ∇G(w + δ)/‖∇G(w + δ)‖` from `δ = ρ ∇G/‖∇G‖`.
#[must_use]
pub fn sharpness<R: Real>(shape: &Shape, weights: &[R], x: &[R], rho: f64) -> Sharpness {
    let mut work = Workspace::new(shape, x.len() / shape.inputs());
    let (mut slope, mut moved) = (vec![R::ZERO; weights.len()], vec![R::ZERO; weights.len()]);
    let mut mean = MeanOutput { column: 0 };
    let start = work.gradient(weights, x, &mut mean, &mut slope);
    let first = norm(&slope);
    let (mut length, mut most) = (first, 0.0_f64);
    for _ in 0..=STEPS {
        if !(length > 0.0) {
            break;
        }
        combine(weights, rho / length, &slope, &mut moved);
        most = most.max(work.gradient(&moved, x, &mut mean, &mut slope) - start);
        length = norm(&slope);
    }
    Sharpness { norm: first, sharpness: most }
}

/// How a network is trained: two hidden layers with leaky ReLU (slope .3), Adam, ½ squared error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Units of each hidden layer.
    pub units: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Adam's learning rate.
    pub rate: f64,
    /// Regulariser, if any.
    pub flat: Option<Flat>,
    /// What is added to the gradient, times all weights and biases.
    pub decay: f64,
}

/// A trained network.
#[derive(Clone, Debug)]
pub struct Surrogate {
    /// Its layers.
    pub shape: Shape,
    /// Its weights and biases.
    pub weights: Vec<f32>,
    /// λ after each epoch, from the start.
    pub lambdas: Vec<f64>,
}

impl Training {
    /// Trains a network on the training rows.
    ///
    /// # Errors
    /// There are no rows, or the weights are not finite in the end.
    pub fn run(&self, designs: &Designs, stream: &mut Stream) -> anyhow::Result<Surrogate> {
        let (d, n) = (designs.dimension(), designs.values.len());
        anyhow::ensure!(n > 0, "no rows to train on");
        let shape = Shape::new(&[d, self.units, self.units, 1], Activation::LeakyRelu { slope: 0.3 })?;
        let mut weights: Vec<f32> = shape.draw(Start::Glorot, stream);
        let size = self.batch.min(n);
        let mut work = Workspace::new(&shape, size);
        let mut flattening = Flattening::new(weights.len());
        let mut adam = Adam::new(weights.len());
        let mut gradient = vec![0.0; weights.len()];
        let (mut x, mut y) = (vec![0.0; size * d], vec![0.0; size]);
        let mut batches = Batches::new(n, size);
        let mut lambda = self.flat.map_or(0.0, |flat| flat.lambda);
        let mut lambdas = vec![lambda];
        for _ in 0..self.epochs {
            if deadline::passed() {
                anyhow::bail!("out of time");
            }
            for rows in batches.epoch(stream) {
                let x = gather(&designs.train, d, rows, &mut x);
                let y = gather(&designs.values, 1, rows, &mut y);
                work.gradient(&weights, x, &mut SquaredError { targets: y }, &mut gradient);
                if self.decay > 0.0 {
                    axpy(self.decay, &weights, &mut gradient);
                }
                if let Some(flat) = &self.flat {
                    let norm = flattening.add(&mut work, (&weights, x), flat, lambda, &mut gradient);
                    lambda = flat.next(lambda, norm);
                }
                adam.step(&mut weights, &gradient, self.rate, None);
            }
            lambdas.push(lambda);
        }
        anyhow::ensure!(weights.iter().all(|w| w.is_finite()), "training diverged");
        Ok(Surrogate { shape, weights, lambdas })
    }
}

impl Surrogate {
    /// Predictions of standardised points.
    #[must_use]
    pub fn predict(&self, points: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; points.len() / self.shape.inputs()];
        Workspace::new(&self.shape, 256).predict(&self.weights, points, &mut out);
        out
    }
}
