//! Limited-memory BFGS with box constraints.
//!
//! Two-metric projection (Bertsekas, SIAM J. Control Optim. 1982): variables held at a bound take a gradient
//! step. The others take the quasi-Newton step of the pairs so far (Nocedal, Math. Comp. 1980), restricted to
//! them. The step is shortened along the projected path until the objective has decreased enough (Armijo).

use remeasure_core::numerics::kernels;

/// A differentiable function of `n` variables whose evaluation may fail.
pub trait Objective {
    /// Why there is no value.
    type Error;

    /// The value at `x`. A value that is not finite means that the line search went too far.
    ///
    /// # Errors
    /// An error that ends the minimisation.
    fn value(&mut self, x: &[f64]) -> Result<f64, Self::Error>;

    /// The gradient at the last evaluated point; called once at every iterate, including the start.
    ///
    /// # Errors
    /// An error that ends the minimisation.
    fn gradient(&mut self, out: &mut [f64]) -> Result<(), Self::Error>;
}

/// Settings of the minimisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// Number of pairs to keep, at least 1.
    pub memory: usize,
    /// Stop when the largest entry of `x − P(x − ∇f)` is at most this.
    pub tolerance: f64,
    /// Maximum number of iterations.
    pub iterations: usize,
}

/// Why a minimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The projected gradient is within the tolerance.
    Converged,
    /// The iteration limit was reached first.
    MaxIterations,
    /// No step decreases the objective, not even along the gradient: its values are not precise enough.
    Stalled,
    /// The value at the start, or a gradient, is not finite.
    NotFinite,
}

/// The last iterate.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// Length `n`.
    pub point: Vec<f64>,
    /// The objective there.
    pub value: f64,
    /// Largest entry of `x − P(x − ∇f)` there.
    pub residual: f64,
    /// Number of steps.
    pub iterations: usize,
    /// Why the minimisation ended.
    pub end: End,
}

/// Share of the linear decrease that a step must achieve.
const ARMIJO: f64 = 1e-4;

/// Maximum number of halvings of one step before its direction is rejected.
const BACKTRACKS: usize = 50;

/// Least cosine of the angle between the vectors of a pair: smaller ones would make the metric blow up.
const CURVATURE: f64 = 1e-10;

/// Distance from a bound within which a variable counts as held, while the projected gradient is larger.
const NEAR: f64 = 1e-8;

/// Relative change of a value that counts as rounding.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Number of consecutive steps without a change beyond rounding after which the iteration counts as stalled.
const FLAT: usize = 10;

/// A step `s = x₊ − x` and the change of the gradient `y` along it.
struct Pair {
    s: Vec<f64>,
    y: Vec<f64>,
    /// `1/sᵀy` over the free variables; 0 if it cannot be used.
    inverse: f64,
    /// Coefficient of the two-loop recursion.
    alpha: f64,
}

/// The pairs so far, oldest first.
struct Memory {
    pairs: Vec<Pair>,
    size: usize,
}

/// `Σ aᵢbᵢ` over the free variables.
fn free_dot(a: &[f64], b: &[f64], free: &[bool]) -> f64 {
    a.iter().zip(b).zip(free).map(|((a, b), f)| if *f { a * b } else { 0.0 }).sum()
}

impl Memory {
    fn new(size: usize, n: usize) -> Self {
        let pair = || Pair { s: vec![0.0; n], y: vec![0.0; n], inverse: 0.0, alpha: 0.0 };
        Self { pairs: (0..=size).map(|_| pair()).collect(), size: 0 }
    }

    /// The slot of the next pair.
    fn next(&mut self) -> &mut Pair {
        &mut self.pairs[self.size]
    }

    /// Keeps the pair in the next slot, unless its curvature is unusable.
    fn take(&mut self) {
        let Pair { s, y, .. } = &self.pairs[self.size];
        let scale = (kernels::squared_norm(s) * kernels::squared_norm(y)).sqrt();
        if !(kernels::dot(s, y) > CURVATURE * scale) {
            return;
        }
        if self.size + 1 < self.pairs.len() {
            self.size += 1;
        } else {
            self.pairs.rotate_left(1);
        }
    }

    /// Overwrites `direction` (the negative gradient) with the quasi-Newton step on the free variables;
    /// returns false, without a change, if no pair has curvature there.
    fn apply(&mut self, direction: &mut [f64], free: &[bool]) -> bool {
        let mut scale = None;
        for pair in self.pairs[..self.size].iter_mut().rev() {
            let (curvature, length) = (free_dot(&pair.s, &pair.y, free), free_dot(&pair.y, &pair.y, free));
            let usable = curvature > CURVATURE * (free_dot(&pair.s, &pair.s, free) * length).sqrt();
            pair.inverse = if usable { 1.0 / curvature } else { 0.0 };
            if !usable {
                continue;
            }
            scale.get_or_insert(curvature / length);
            pair.alpha = pair.inverse * free_dot(&pair.s, direction, free);
            kernels::axpy(-pair.alpha, &pair.y, direction);
        }
        let Some(scale) = scale else { return false };
        direction.iter_mut().for_each(|d| *d *= scale);
        for pair in self.pairs[..self.size].iter().filter(|p| p.inverse > 0.0) {
            let beta = pair.inverse * free_dot(&pair.y, direction, free);
            kernels::axpy(pair.alpha - beta, &pair.s, direction);
        }
        true
    }
}

/// A box; open ends are infinite.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    lower: &'a [f64],
    upper: &'a [f64],
}

impl Bounds<'_> {
    fn project(&self, x: &mut [f64]) {
        for ((x, l), u) in x.iter_mut().zip(self.lower).zip(self.upper) {
            *x = x.max(*l).min(*u);
        }
    }

    /// Largest entry of `x − P(x − gradient)`; NaN if an entry of the gradient is not finite.
    fn residual(&self, x: &[f64], gradient: &[f64]) -> f64 {
        let mut largest = 0.0_f64;
        for (((x, g), l), u) in x.iter().zip(gradient).zip(self.lower).zip(self.upper) {
            if !g.is_finite() {
                return f64::NAN;
            }
            largest = largest.max((x - (x - g).max(*l).min(*u)).abs());
        }
        largest
    }

    /// Whether `x` is held at a bound of the `i`-th interval, or nearly so.
    fn holds(&self, i: usize, x: f64, gradient: f64, near: f64) -> bool {
        (x <= self.lower[i] + near && gradient > 0.0) || (x >= self.upper[i] - near && gradient < 0.0)
    }
}

/// The state of a minimisation.
struct Walk<'a> {
    bounds: Bounds<'a>,
    memory: Memory,
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    free: Vec<bool>,
    next: Vec<f64>,
}

impl Walk<'_> {
    /// Sets the direction; returns the first step to try along it.
    fn aim(&mut self, residual: f64) -> f64 {
        let near = residual.min(NEAR);
        for (i, (x, g)) in self.x.iter().zip(&self.gradient).enumerate() {
            self.free[i] = !self.bounds.holds(i, *x, *g, near);
            self.direction[i] = -g;
        }
        let quasi_newton = self.memory.apply(&mut self.direction, &self.free);
        // Held variables move to their bound.
        for ((d, g), free) in self.direction.iter_mut().zip(&self.gradient).zip(&self.free) {
            *d = if *free { *d } else { -g };
        }
        if quasi_newton { 1.0 } else { 1.0 / kernels::squared_norm(&self.gradient).sqrt().max(1.0) }
    }

    /// Shortens the step until the objective decreases enough; returns its value at `next`, or `None`.
    fn search<O: Objective>(&mut self, objective: &mut O, mut step: f64) -> Result<Option<f64>, O::Error> {
        for _ in 0..BACKTRACKS {
            for ((next, x), d) in self.next.iter_mut().zip(&self.x).zip(&self.direction) {
                *next = x + step * d;
            }
            self.bounds.project(&mut self.next);
            if self.next == self.x {
                return Ok(None);
            }
            let moved = self.next.iter().zip(&self.x).zip(&self.gradient);
            let slope: f64 = moved.map(|((next, x), g)| (next - x) * g).sum();
            if !(slope < 0.0) {
                // After projection, the rest of the step leads upwards.
                step *= 0.5;
                continue;
            }
            let trial = objective.value(&self.next)?;
            if trial <= self.value + ARMIJO * slope || self.same(trial) {
                return Ok(Some(trial));
            }
            // The minimiser of the parabola through both values, limited to between a tenth and a half.
            let ratio = -0.5 * slope / (trial - self.value - slope);
            step *= if ratio.is_finite() { ratio.clamp(0.1, 0.5) } else { 0.1 };
        }
        Ok(None)
    }

    /// Whether a value differs from the current one by no more than rounding.
    fn same(&self, value: f64) -> bool {
        (value - self.value).abs() <= ROUNDING * self.value.abs()
    }

    /// Moves to `next`, which has this value, and stores the pair.
    fn advance<O: Objective>(&mut self, objective: &mut O, value: f64) -> Result<(), O::Error> {
        let pair = self.memory.next();
        for (i, (next, x)) in self.next.iter().zip(&self.x).enumerate() {
            pair.s[i] = next - x;
            pair.y[i] = -self.gradient[i];
        }
        std::mem::swap(&mut self.x, &mut self.next);
        self.value = value;
        objective.gradient(&mut self.gradient)?;
        kernels::axpy(1.0, &self.gradient, &mut pair.y);
        self.memory.take();
        Ok(())
    }
}

impl Lbfgs {
    /// Minimises from the point of the box nearest to `start`; open ends of the box are infinite.
    ///
    /// # Errors
    /// Errors of the objective.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn minimise<O: Objective>(
        &self,
        objective: &mut O,
        start: &[f64],
        lower: &[f64],
        upper: &[f64],
    ) -> Result<Minimum, O::Error> {
        let n = start.len();
        assert!(lower.len() == n && upper.len() == n, "start and box differ in length");
        let bounds = Bounds { lower, upper };
        let mut x = start.to_vec();
        bounds.project(&mut x);
        let value = objective.value(&x)?;
        if !value.is_finite() {
            return Ok(Minimum { point: x, value, residual: f64::NAN, iterations: 0, end: End::NotFinite });
        }
        let mut gradient = vec![0.0; n];
        objective.gradient(&mut gradient)?;
        let memory = Memory::new(self.memory.max(1), n);
        let (direction, next, free) = (vec![0.0; n], vec![0.0; n], vec![true; n]);
        let mut walk = Walk { bounds, memory, x, value, gradient, direction, free, next };
        let (mut iterations, mut flat) = (0, 0);
        let end = loop {
            let residual = bounds.residual(&walk.x, &walk.gradient);
            if !residual.is_finite() {
                break End::NotFinite;
            }
            if residual <= self.tolerance {
                break End::Converged;
            }
            if flat >= FLAT {
                break End::Stalled;
            }
            if iterations >= self.iterations {
                break End::MaxIterations;
            }
            let step = walk.aim(residual);
            match walk.search(objective, step)? {
                Some(value) => {
                    flat = if walk.same(value) { flat + 1 } else { 0 };
                    walk.advance(objective, value)?;
                    iterations += 1;
                }
                None if walk.memory.size == 0 => break End::Stalled,
                None => walk.memory.size = 0,
            }
        };
        let residual = bounds.residual(&walk.x, &walk.gradient);
        Ok(Minimum { point: walk.x, value: walk.value, residual, iterations, end })
    }
}

#[cfg(test)]
mod tests;
