//! The penalty function of a smooth bilevel problem (Kwon, Kwon, Wright and Nowak, arXiv 2309.01753).
//!
//! With `x_σ = argmin_x σg + h` and `x* = argmin_x h`, the function
//! `ψ_σ(θ) = (min(σg + h) − min h)/σ = g(x_σ) + (h(x_σ) − h(x*))/σ` is within `O(σ)` of `f(θ) = g(x*)`, and
//! its gradient needs no second derivatives: `∇ψ_σ = ∇_θg(x_σ) + (∇_θh(x_σ) − ∇_θh(x*))/σ`.
//!
//! Each gradient of `h` or of `g` costs one, in `x` as well as in `θ`. `∇_θg` is free, because in nearly
//! every problem `g` depends on `θ` only through `x`.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::cost::{Cost, Currency};
use super::oracle::{Halt, Hypergradient};
use super::smooth::{Constants, Smooth};
use super::vectors::squared_distance;

/// Maximum number of iterations of one solve.
const LIMIT: usize = 2_000_000;

/// Number of iterations between checks of the clock.
const PATIENCE: usize = 64;

/// A smooth problem that counts the cost of its gradients.
pub(super) struct Charged<'a> {
    pub(super) problem: Box<dyn Smooth + 'a>,
    pub(super) cost: Cost,
    budget: f64,
    currency: Currency,
    scratch: Vec<f64>,
}

impl<'a> Charged<'a> {
    pub(super) fn new(problem: Box<dyn Smooth + 'a>, budget: f64, currency: Currency) -> Self {
        let scratch = vec![0.0; problem.dimension()];
        Self { problem, cost: Cost::default(), budget, currency, scratch }
    }

    /// Charges `count` gradients.
    pub(super) fn charge(&mut self, count: u32) {
        self.cost.gradients += u64::from(count);
        self.cost.products += f64::from(count) * self.problem.products();
    }

    /// Whether time and budget allow iteration `k`.
    pub(super) fn proceed(&self, k: usize) -> Result<(), Halt> {
        if self.cost.total(self.currency) >= self.budget {
            return Err(Halt::Budget);
        }
        if k.is_multiple_of(PATIENCE) && deadline::passed() {
            return Err(Halt::Deadline);
        }
        Ok(())
    }

    /// `∇ₓ(σg + h)`: two gradients, or one if `σ = 0`.
    fn raised_gradient(&mut self, sigma: f64, x: &[f64], theta: &[f64], out: &mut [f64]) {
        self.problem.gradient(x, theta, out);
        self.charge(1);
        if sigma > 0.0 {
            self.problem.upper_gradient(x, theta, &mut self.scratch);
            kernels::axpy(sigma, &self.scratch, out);
            self.charge(1);
        }
    }

    /// `∇_θh`: one gradient.
    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        self.problem.direct(x, theta, out);
        self.charge(1);
    }
}

/// Strong convexity and smoothness of `σg + h`.
fn raised_constants(problem: &dyn Smooth, lower: &Constants, sigma: f64) -> Result<(f64, f64), Halt> {
    let raise = sigma * problem.upper_lipschitz();
    let mu = lower.strong_convexity - if problem.upper_convex() { 0.0 } else { raise };
    let lipschitz = lower.lipschitz + raise;
    if !(mu > 0.0 && lipschitz.is_finite()) {
        return Err(Halt::Failed(format!(
            "σg + h has no usable constants here: σ = {sigma:.1e}, μ = {mu:.1e}, L = {lipschitz:.1e}"
        )));
    }
    Ok((mu, lipschitz))
}

/// `ψ_σ` of one problem; its two lower levels are warm-started from one query to the next.
pub struct Penalised<'a> {
    charged: Charged<'a>,
    theta: Vec<f64>,
    constants: Constants,
    sigma: f64,
    accuracy: f64,
    /// `x̃*` and `x̃_σ`.
    solutions: [Vec<f64>; 2],
    kept: [Vec<f64>; 2],
    extrapolated: Vec<f64>,
    gradient: Vec<f64>,
}

impl std::fmt::Debug for Penalised<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Penalised")
            .field("sigma", &self.sigma)
            .field("cost", &self.charged.cost)
            .finish_non_exhaustive()
    }
}

impl<'a> Penalised<'a> {
    /// Both lower levels start at `x = 0`; the function stops when `budget` is spent.
    #[must_use]
    pub fn new(problem: Box<dyn Smooth + 'a>, budget: f64, currency: Currency) -> Self {
        let (d, p) = (problem.dimension(), problem.parameters());
        let mut charged = Charged::new(problem, budget, currency);
        let theta = vec![0.0; p];
        let constants = charged.problem.constants(&theta);
        let zeros = || vec![0.0; d];
        Self {
            charged,
            theta,
            constants,
            sigma: f64::NAN,
            accuracy: f64::INFINITY,
            solutions: [zeros(), zeros()],
            kept: [zeros(), zeros()],
            extrapolated: zeros(),
            gradient: zeros(),
        }
    }

    /// The total cost so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.charged.cost
    }

    /// Accelerated gradients from the current solution until `‖∇ₓ(σg + h)‖ ≤ μ·accuracy`.
    fn solve(&mut self, which: usize, sigma: f64, accuracy: f64) -> Result<(), Halt> {
        let (mu, lipschitz) = raised_constants(self.charged.problem.as_ref(), &self.constants, sigma)?;
        let root = (lipschitz / mu).sqrt();
        let (momentum, step) = ((root - 1.0) / (root + 1.0), 1.0 / lipschitz);
        self.charged.cost.solves += 1;
        let x = &mut self.solutions[which];
        self.extrapolated.copy_from_slice(x);
        for k in 0..LIMIT {
            self.charged.proceed(k)?;
            self.charged.raised_gradient(sigma, &self.extrapolated, &self.theta, &mut self.gradient);
            let norm = kernels::squared_norm(&self.gradient).sqrt();
            if !norm.is_finite() {
                return Err(Halt::Failed("the lower level diverges".to_owned()));
            }
            if norm <= mu * accuracy {
                x.copy_from_slice(&self.extrapolated);
                return Ok(());
            }
            for ((x, y), g) in x.iter_mut().zip(&mut self.extrapolated).zip(&self.gradient) {
                let next = *y - step * g;
                *y = next + momentum * (next - *x);
                *x = next;
            }
        }
        Err(Halt::Failed(format!("the lower level has not converged after {LIMIT} iterations")))
    }

    /// `ψ_σ(θ)` from `x̃*` and `x̃_σ`, each within `accuracy` of the exact solution.
    ///
    /// # Errors
    /// Why there is no value.
    pub fn value(&mut self, theta: &[f64], sigma: f64, accuracy: f64) -> Result<f64, Halt> {
        self.theta.copy_from_slice(theta);
        self.constants = self.charged.problem.constants(theta);
        (self.sigma, self.accuracy) = (sigma, accuracy);
        self.solve(0, 0.0, accuracy)?;
        self.solve(1, sigma, accuracy)?;
        let [lower, raised] = &self.solutions;
        let problem = &mut self.charged.problem;
        let difference = problem.value(raised, theta) - problem.value(lower, theta);
        let value = problem.upper(raised, theta) + difference / sigma;
        if !value.is_finite() {
            return Err(Halt::Failed("the penalty function is not finite".to_owned()));
        }
        Ok(value)
    }

    /// `∇ψ_σ` at the last evaluated point. The bound is for its distance to `∇f`: with
    /// `x_σ − x* = −σH̄⁻¹∇g(x_σ)`, `H̄` and `J̄` averages along the segment, `∇ψ_σ − ∇_θg = −J̄ᵀH̄⁻¹∇g(x_σ)`,
    /// which differs from `−JᵀH⁻¹∇g(x*)` by at most `(L_g‖J‖/μ + ½L_H‖∇g‖‖J‖/μ² + ½L_J‖∇g‖/μ)·‖x_σ − x*‖`
    /// (derived by remeasure); the inner errors `ε` add `2ε‖J‖/σ`. Like the bound of the implicit
    /// hypergradient, it ignores the change of `∇_θg`.
    ///
    /// # Errors
    /// Why there is no gradient.
    pub fn gradient(&mut self) -> Result<Hypergradient, Halt> {
        let [lower, raised] = &self.solutions;
        let mut vector = vec![0.0; self.theta.len()];
        let mut other = vec![0.0; self.theta.len()];
        self.charged.direct(raised, &self.theta, &mut vector);
        self.charged.direct(lower, &self.theta, &mut other);
        vector.iter_mut().zip(&other).for_each(|(z, o)| *z = (*z - o) / self.sigma);
        self.charged.problem.upper_direct(raised, &self.theta, &mut other);
        kernels::axpy(1.0, &other, &mut vector);
        if vector.iter().any(|z| !z.is_finite()) {
            return Err(Halt::Failed("the gradient of the penalty function is not finite".to_owned()));
        }
        self.charged.problem.upper_gradient(raised, &self.theta, &mut self.gradient);
        let lipschitz = self.charged.problem.upper_lipschitz();
        let slope = kernels::squared_norm(&self.gradient).sqrt() + lipschitz * self.accuracy;
        let apart = squared_distance(lower, raised).sqrt() + 2.0 * self.accuracy;
        let Constants { strong_convexity: mu, hessian_lipschitz, cross_norm, cross_lipschitz, .. } =
            self.constants;
        let c = lipschitz * cross_norm / mu
            + 0.5 * slope * (hessian_lipschitz * cross_norm / (mu * mu) + cross_lipschitz / mu);
        let bound = c * apart + 2.0 * self.accuracy * cross_norm / self.sigma;
        Ok(Hypergradient { vector, bound, residual: 0.0 })
    }

    /// Saves both solutions for [`Penalised::restore`].
    pub fn keep(&mut self) {
        for (kept, x) in self.kept.iter_mut().zip(&self.solutions) {
            kept.copy_from_slice(x);
        }
    }

    /// Restores the saved solutions: the next value is warm-started from them.
    pub fn restore(&mut self) {
        for (kept, x) in self.kept.iter().zip(&mut self.solutions) {
            x.copy_from_slice(kept);
        }
    }
}
