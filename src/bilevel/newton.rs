//! Reference solutions of smooth lower levels, to measure the truth; methods are not charged for them.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::smooth::Smooth;
use super::vectors::norm;

/// Target `ε`, a bound on `‖x − x*‖`.
const ACCURACY: f64 = 1e-9;

/// Largest acceptable `ε`, if rounding prevents a smaller one.
const TOLERABLE: f64 = 1e-6;

/// Maximum number of Newton steps of one solve, and of halvings of one step.
const STEPS: usize = 200;
const HALVINGS: usize = 40;

/// Share of the predicted decrease that a step must achieve (Armijo).
const DECREASE: f64 = 1e-4;

/// Relative residual of adjoint systems.
const ADJOINT: f64 = 1e-11;

/// Newton's method with conjugate gradients (Nocedal and Wright 2006, algorithm 7.1), warm-started from one
/// `θ` to the next. Its solutions are certified by the gradient: `‖x − x*‖ ≤ ‖∇ₓh(x)‖/μ`.
pub struct Newton<'a> {
    problem: Box<dyn Smooth + 'a>,
    x: Vec<f64>,
    trial: Vec<f64>,
    gradient: Vec<f64>,
    step: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    product: Vec<f64>,
}

impl std::fmt::Debug for Newton<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Newton").field("x", &self.x).finish_non_exhaustive()
    }
}

impl<'a> Newton<'a> {
    /// Starts at `x = 0`.
    #[must_use]
    pub fn new(problem: Box<dyn Smooth + 'a>) -> Self {
        let zeros = || vec![0.0; problem.dimension()];
        Self {
            x: zeros(),
            trial: zeros(),
            gradient: zeros(),
            step: zeros(),
            residual: zeros(),
            direction: zeros(),
            product: zeros(),
            problem,
        }
    }

    /// The problem's functions.
    pub fn problem(&mut self) -> &mut (dyn Smooth + 'a) {
        self.problem.as_mut()
    }

    /// `x*(θ)`, length `dimension`.
    ///
    /// # Errors
    /// An accuracy of 10⁻⁶ cannot be reached, or the deadline has passed.
    pub fn solve(&mut self, theta: &[f64]) -> anyhow::Result<&[f64]> {
        let mu = self.problem.constants(theta).strong_convexity;
        anyhow::ensure!(mu > 0.0 && mu.is_finite(), "the lower level is not strongly convex here");
        self.problem.gradient(&self.x, theta, &mut self.gradient);
        let mut size = norm(&self.gradient);
        if !size.is_finite() {
            // The warm start is useless.
            self.x.fill(0.0);
            self.problem.gradient(&self.x, theta, &mut self.gradient);
            size = norm(&self.gradient);
        }
        for _ in 0..STEPS {
            anyhow::ensure!(size.is_finite(), "the lower level is not finite");
            if size <= mu * ACCURACY {
                return Ok(&self.x);
            }
            self.problem.linearise(&self.x, theta);
            let right: Vec<f64> = self.gradient.iter().map(|g| -g).collect();
            self.step.fill(0.0);
            self.conjugate_gradients(&right, size * (0.1_f64).min(size.sqrt()))?;
            let Some(next) = self.advance(theta, size)? else { break };
            size = next;
        }
        anyhow::ensure!(
            size <= mu * TOLERABLE,
            "the lower level's reference solution is only accurate to {:.1e}",
            size / mu
        );
        Ok(&self.x)
    }

    /// Takes the longest step that decreases `h` or the gradient; returns the norm of the new gradient, or `None` if
    /// neither decreases.
    fn advance(&mut self, theta: &[f64], size: f64) -> anyhow::Result<Option<f64>> {
        let value = self.problem.value(&self.x, theta);
        let slope = kernels::dot(&self.gradient, &self.step);
        let mut length = 1.0;
        for _ in 0..HALVINGS {
            anyhow::ensure!(!deadline::passed(), "the time limit was reached");
            self.trial.copy_from_slice(&self.x);
            kernels::axpy(length, &self.step, &mut self.trial);
            let falls = self.problem.value(&self.trial, theta) <= value + DECREASE * length * slope;
            self.problem.gradient(&self.trial, theta, &mut self.product);
            let next = norm(&self.product);
            // Close to the solution, rounding hides the decrease of h, but the gradient still shows progress.
            if next < size || (falls && length * norm(&self.step) > 0.0 && next.is_finite() && size > 1e-8) {
                std::mem::swap(&mut self.x, &mut self.trial);
                std::mem::swap(&mut self.gradient, &mut self.product);
                return Ok(Some(next));
            }
            length *= 0.5;
        }
        Ok(None)
    }

    /// Solves `∇²ₓₓh · step = right`, starting from the current step, to an absolute residual or until
    /// rounding stops it; returns the residual of the recursion.
    fn conjugate_gradients(&mut self, right: &[f64], target: f64) -> anyhow::Result<f64> {
        self.problem.hessian_product(&self.step, &mut self.product);
        for ((r, b), p) in self.residual.iter_mut().zip(right).zip(&self.product) {
            *r = b - p;
        }
        self.direction.copy_from_slice(&self.residual);
        let mut squared = kernels::squared_norm(&self.residual);
        let limit = 10 * right.len() + 100;
        for count in 0..limit {
            if squared.sqrt() <= target {
                break;
            }
            anyhow::ensure!(count % 64 != 63 || !deadline::passed(), "the time limit was reached");
            self.problem.hessian_product(&self.direction, &mut self.product);
            let curvature = kernels::dot(&self.direction, &self.product);
            anyhow::ensure!(curvature > 0.0, "the lower level's Hessian is not positive definite");
            let length = squared / curvature;
            kernels::axpy(length, &self.direction, &mut self.step);
            kernels::axpy(-length, &self.product, &mut self.residual);
            let next = kernels::squared_norm(&self.residual);
            let ratio = next / squared;
            for (d, r) in self.direction.iter_mut().zip(&self.residual) {
                *d = r + ratio * *d;
            }
            squared = next;
        }
        Ok(squared.sqrt())
    }

    /// `f(θ)`.
    ///
    /// # Errors
    /// As [`Newton::solve`].
    pub fn value(&mut self, theta: &[f64]) -> anyhow::Result<f64> {
        self.solve(theta)?;
        Ok(self.problem.upper(&self.x, theta))
    }

    /// `∇f(θ)`, length `parameters`.
    ///
    /// # Errors
    /// As [`Newton::solve`].
    pub fn gradient(&mut self, theta: &[f64]) -> anyhow::Result<Vec<f64>> {
        self.solve(theta)?;
        let mut right = vec![0.0; self.x.len()];
        self.problem.upper_gradient(&self.x, theta, &mut right);
        self.problem.linearise(&self.x, theta);
        self.step.fill(0.0);
        let target = ADJOINT * norm(&right);
        // Repeat from the recomputed residual, from which the recursion deviates.
        for _ in 0..2 {
            self.conjugate_gradients(&right, target)?;
        }
        let (mut out, mut direct) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        self.problem.cross_product(&self.step, &mut out);
        self.problem.upper_direct(&self.x, theta, &mut direct);
        out.iter_mut().zip(&direct).for_each(|(o, d)| *o = d - *o);
        Ok(out)
    }
}
