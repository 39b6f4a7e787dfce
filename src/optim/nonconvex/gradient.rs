//! Accelerated gradient methods and the proximal gradient for SCAD and MCP.
//!
//! The concave part of the penalty counts as part of the smooth function, and `λ‖·‖₁` as the one with a proximal operator.

use remeasure_core::numerics::kernels;
use remeasure_core::{Invalid, deadline};

use super::penalties::{Folded, Unpenalised};
use super::{Observations, Stationary};
use crate::penalty::{Penalty, soft_threshold};
use crate::{Termination, checked_tolerance};

/// Which iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Yang, Asgharian and Bhatnagar (arXiv 2009.10629): Ghadimi and Lan's iteration with the weights
    /// `α ← 2/(1 + √(1 + 4/α²))` from `α = 1`, and the steps `s = .99/L` and `s/α`.
    Proposed,
    /// Ghadimi and Lan (2016): `α = 2/(k + 1)`, `s = 1/(2L)` and `ks/2`.
    Original,
    /// The proximal gradient with step `1/L`.
    ProximalGradient,
}

/// What an observer is told after each iteration; iteration 0 is the start.
#[derive(Clone, Copy, Debug)]
pub struct Iterates<'a> {
    /// Number of iterations so far.
    pub iteration: usize,
    /// The objective at `coefficients`.
    pub objective: f64,
    /// Of the accelerated methods, the point at which the gradient is taken, which they also return.
    pub coefficients: &'a [f64],
}

/// A gradient method with its stopping rule.
///
/// | Name | Purpose | Range |
/// |---|---|---|
/// | `method` | the iteration | |
/// | `tolerance` | accelerated: largest move of a coefficient ÷ step; else: largest move | ≥ 0 |
/// | `max_iterations` | number of iterations | |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accelerated {
    method: Method,
    tolerance: f64,
    max_iterations: usize,
}

/// The vectors of an iteration.
///
/// A coefficient rests if it is 0 in all sequences of the iteration. It stays 0 whatever its derivative is, as long as that
/// does not exceed λ. By Cauchy and Schwarz, the derivative `x_jᵀr ÷ n` is at most `‖x_j‖‖r − r₀‖ ÷ n` away from that at an
/// earlier residual `r₀`, so most columns of resting coefficients are not read. No iterate changes by this.
struct State<'a> {
    data: &'a Observations<'a>,
    features: &'a [usize],
    norms: Vec<f64>,
    image: Vec<f64>,
    change: Vec<f64>,
    gradient: Vec<f64>,
    /// `r₀`, and the sizes of all derivatives there.
    earlier: Option<(Vec<f64>, Vec<f64>)>,
    /// Columns of resting coefficients that were read since `r₀`.
    spent: usize,
    /// Positions of the derivatives that are computed, and their features.
    read: (Vec<usize>, Vec<usize>),
    products: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(data: &'a Observations<'a>, features: &'a [usize]) -> Self {
        let norm = |&j: &usize| kernels::squared_norm(data.design().column(j)).sqrt();
        Self {
            data,
            features,
            norms: features.iter().map(norm).collect(),
            image: vec![0.0; data.rows()],
            change: vec![0.0; data.rows()],
            gradient: vec![0.0; features.len()],
            earlier: None,
            spent: 0,
            read: (Vec::with_capacity(features.len()), Vec::with_capacity(features.len())),
            products: Vec::with_capacity(features.len()),
        }
    }

    /// The objective at `w`; `gradient` becomes that of the smooth part, or 0 where `rests` and it is at most λ.
    fn evaluate(&mut self, penalty: &impl Folded, w: &[f64], rests: impl Fn(usize) -> bool) -> f64 {
        let (design, free) = (self.data.design(), self.data.free());
        let n = self.image.len() as f64;
        self.image.fill(0.0);
        design.add_mul(1.0, self.features.iter().copied().zip(w.iter().copied()), &mut self.image);
        let mut value = self.data.residual(&mut self.image);
        self.differentiate(penalty.lambda(), rests);
        for ((&j, g), &w) in self.features.iter().zip(&mut self.gradient).zip(w) {
            *g /= -n;
            if j >= free {
                *g += penalty.concave_slope(w);
                value += penalty.value_at(j, w);
            }
        }
        value
    }

    /// `gradient ← Xᵀr`, or 0 where `rests` and it is at most nλ, with `r` in `image`.
    fn differentiate(&mut self, lambda: f64, rests: impl Fn(usize) -> bool) {
        let (design, free, n) = (self.data.design(), self.data.free(), self.image.len() as f64);
        if let Some((residual, sizes)) = self.earlier.as_ref().filter(|_| self.spent < self.features.len()) {
            // The last term covers rounding.
            self.change.iter_mut().zip(&self.image).zip(residual).for_each(|((c, r), old)| *c = r - old);
            let norm = |v: &[f64]| kernels::squared_norm(v).sqrt();
            let reach = norm(&self.change) + 1e-12 * (norm(&self.image) + norm(residual));
            let (positions, columns) = &mut self.read;
            positions.clear();
            columns.clear();
            for (k, (&j, (size, norm))) in self.features.iter().zip(sizes.iter().zip(&self.norms)).enumerate()
            {
                let resting = j >= free && rests(k);
                if resting && size + norm * reach <= n * lambda {
                    continue;
                }
                self.spent += usize::from(resting);
                positions.push(k);
                columns.push(j);
            }
            self.products.resize(columns.len(), 0.0);
            design.tmul_of(columns, &self.image, &mut self.products);
            self.gradient.fill(0.0);
            positions.iter().zip(&self.products).for_each(|(&k, g)| self.gradient[k] = *g);
            return;
        }
        if self.features.len() == design.columns() {
            design.tmul(&self.image, &mut self.gradient);
        } else {
            design.tmul_of(self.features, &self.image, &mut self.gradient);
        }
        let (residual, sizes) =
            self.earlier.get_or_insert_with(|| (self.image.clone(), vec![0.0; self.gradient.len()]));
        residual.copy_from_slice(&self.image);
        sizes.iter_mut().zip(&self.gradient).for_each(|(size, g)| *size = g.abs());
        self.spent = 0;
    }
}

impl Accelerated {
    /// The iteration `method`.
    ///
    /// # Errors
    /// If the tolerance is negative or not finite.
    pub fn new(method: Method, tolerance: f64, max_iterations: usize) -> Result<Self, Invalid> {
        Ok(Self { method, tolerance: checked_tolerance(tolerance)?, max_iterations })
    }

    /// Minimises loss plus penalty from `start`, over the coefficients of the ascending `features` (all others stay 0; the
    /// free ones must be among them). `lipschitz` is that of the loss, [`Observations::lipschitz`]. As in the paper, the
    /// larger of it and that of the concave part is L.
    ///
    /// # Errors
    /// If `start` does not have the length of `features`, or is not finite.
    pub fn solve(
        &self,
        data: &Observations<'_>,
        penalty: &impl Folded,
        lipschitz: f64,
        features: &[usize],
        start: &[f64],
        observe: &mut dyn FnMut(Iterates<'_>),
    ) -> Result<Stationary, Invalid> {
        let size = features.len();
        if start.len() != size || start.iter().any(|w| !w.is_finite()) {
            let message = format!("expected {size} finite coefficients, found {}", start.len());
            return Err(Invalid::new("start", message));
        }
        let mut state = State::new(data, features);
        let smoothness = lipschitz.max(penalty.concavity());
        let objective = state.evaluate(penalty, start, |_| false);
        observe(Iterates { iteration: 0, objective, coefficients: start });
        let (point, iterations, termination) = match self.method {
            Method::ProximalGradient => {
                self.proximal(&mut state, penalty, smoothness, start.to_vec(), observe)
            }
            Method::Proposed | Method::Original => {
                self.accelerated(&mut state, penalty, smoothness, start.to_vec(), observe)
            }
        };
        let mut coefficients = vec![0.0; data.columns()];
        features.iter().zip(&point).for_each(|(&j, w)| coefficients[j] = *w);
        let mut gradient = vec![0.0; data.columns()];
        let loss = data.value_and_gradient(&coefficients, &mut gradient)?;
        let whole = Unpenalised { free: data.free(), penalty };
        Ok(Stationary {
            objective: loss + whole.value(&coefficients),
            stationarity: whole.subdifferential_distance(&coefficients, &gradient),
            coefficients,
            iterations,
            termination,
        })
    }

    fn accelerated(
        &self,
        state: &mut State<'_>,
        penalty: &impl Folded,
        smoothness: f64,
        start: Vec<f64>,
        observe: &mut dyn FnMut(Iterates<'_>),
    ) -> (Vec<f64>, usize, Termination) {
        let (free, lambda) = (state.data.free(), penalty.lambda());
        let mut alpha = 1.0_f64;
        let (mut averaged, mut leading, mut middle) = (start.clone(), start.clone(), start);
        for k in 1..=self.max_iterations {
            if deadline::passed() {
                return (middle, k - 1, Termination::Deadline);
            }
            let (short, long) = if self.method == Method::Proposed {
                alpha = 2.0 / (1.0 + (1.0 + 4.0 / (alpha * alpha)).sqrt());
                let step = 0.99 / smoothness;
                (step, step / alpha)
            } else {
                alpha = 2.0 / (k as f64 + 1.0);
                let step = 0.5 / smoothness;
                (step, 0.5 * k as f64 * step)
            };
            for ((m, a), x) in middle.iter_mut().zip(&averaged).zip(&leading) {
                *m = (1.0 - alpha) * a + alpha * x;
            }
            let rests = |k: usize| middle[k] == 0.0 && leading[k] == 0.0;
            let objective = state.evaluate(penalty, &middle, rests);
            observe(Iterates { iteration: k, objective, coefficients: &middle });
            let mut moved = 0.0_f64;
            for (at, (&j, g)) in state.features.iter().zip(&state.gradient).enumerate() {
                let weight = if j < free { 0.0 } else { lambda };
                leading[at] = soft_threshold(leading[at] - long * g, long * weight);
                averaged[at] = soft_threshold(middle[at] - short * g, short * weight);
                moved = moved.max((middle[at] - averaged[at]).abs());
            }
            if moved < self.tolerance * short {
                return (middle, k, Termination::Converged);
            }
        }
        (middle, self.max_iterations, Termination::MaxIterations)
    }

    fn proximal(
        &self,
        state: &mut State<'_>,
        penalty: &impl Folded,
        smoothness: f64,
        mut point: Vec<f64>,
        observe: &mut dyn FnMut(Iterates<'_>),
    ) -> (Vec<f64>, usize, Termination) {
        let (free, lambda, step) = (state.data.free(), penalty.lambda(), 1.0 / smoothness);
        for k in 1..=self.max_iterations {
            if deadline::passed() {
                return (point, k - 1, Termination::Deadline);
            }
            let mut moved = 0.0_f64;
            for ((&j, g), w) in state.features.iter().zip(&state.gradient).zip(&mut point) {
                let weight = if j < free { 0.0 } else { lambda };
                let next = soft_threshold(*w - step * g, step * weight);
                moved = moved.max((next - *w).abs());
                *w = next;
            }
            let objective = state.evaluate(penalty, &point, |k| point[k] == 0.0);
            observe(Iterates { iteration: k, objective, coefficients: &point });
            if moved < self.tolerance {
                return (point, k, Termination::Converged);
            }
        }
        (point, self.max_iterations, Termination::MaxIterations)
    }
}
