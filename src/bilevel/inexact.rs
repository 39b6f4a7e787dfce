//! The oracle of smooth problems: first-order iterations for the lower level, conjugate gradients for the adjoint.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost::{Cost, Currency};
use super::oracle::{Evaluation, Halt, Hypergradient, Oracle};
use super::smooth::{Constants, Smooth};

/// The iteration that solves the lower level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LowerSolver {
    /// Accelerated gradients with the constant momentum `(√κ − 1)/(√κ + 1)` for strongly convex functions.
    #[default]
    Fista,
    /// Plain gradient descent with step `1/L`.
    Gradient,
}

/// Maximum number of iterations of one lower-level solve or linear system.
const LIMIT: usize = 2_000_000;

/// Rounding error of a gradient or residual, as a share of its terms.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// Number of iterations between checks of the clock.
const PATIENCE: usize = 64;

/// Restarts of conjugate gradients from a recomputed residual before they count as stagnant.
const RESTARTS: usize = 20;

/// An oracle over a [`Smooth`] problem.
pub struct Inexact<'a> {
    problem: Box<dyn Smooth + 'a>,
    solver: LowerSolver,
    budget: f64,
    currency: Currency,
    cost: Cost,
    theta: Vec<f64>,
    constants: Constants,
    accuracy: f64,
    x: Vec<f64>,
    adjoint: Vec<f64>,
    kept: (Vec<f64>, Vec<f64>, Vec<f64>, f64),
    upper_gradient: Vec<f64>,
    gradient: Vec<f64>,
    extrapolated: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    product: Vec<f64>,
}

impl std::fmt::Debug for Inexact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inexact")
            .field("solver", &self.solver)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl<'a> Inexact<'a> {
    /// An oracle whose lower level starts at `x = 0` and that stops when `budget` is spent.
    #[must_use]
    pub fn new(
        mut problem: Box<dyn Smooth + 'a>,
        solver: LowerSolver,
        budget: f64,
        currency: Currency,
    ) -> Self {
        let (d, p) = (problem.dimension(), problem.parameters());
        let theta = vec![0.0; p];
        let constants = problem.constants(&theta);
        let zeros = || vec![0.0; d];
        Self {
            problem,
            solver,
            budget,
            currency,
            cost: Cost::default(),
            theta,
            constants,
            accuracy: f64::INFINITY,
            x: zeros(),
            adjoint: zeros(),
            kept: (zeros(), zeros(), vec![0.0; p], f64::INFINITY),
            upper_gradient: zeros(),
            gradient: zeros(),
            extrapolated: zeros(),
            residual: zeros(),
            direction: zeros(),
            product: zeros(),
        }
    }

    /// Sets the start of the lower level to `x`, length `dimension`.
    #[must_use]
    pub fn started_at(mut self, x: &[f64]) -> Self {
        self.x.copy_from_slice(x);
        self
    }

    /// The current lower-level solution, length `dimension`.
    #[must_use]
    pub fn solution(&self) -> &[f64] {
        &self.x
    }

    /// The constants at the last evaluated `θ`.
    #[must_use]
    pub fn constants(&self) -> &Constants {
        &self.constants
    }

    fn charge_gradient(&mut self) {
        self.cost.gradients += 1;
        self.cost.products += self.problem.products();
    }

    fn charge_hessian(&mut self) {
        self.cost.hessian_products += 1;
        self.cost.products += self.problem.products();
    }

    /// Whether to continue at iteration `k`.
    fn proceed(&self, k: usize, what: &str) -> Result<(), Halt> {
        if self.spent() >= self.budget {
            return Err(Halt::Budget);
        }
        if k.is_multiple_of(PATIENCE) && deadline::passed() {
            return Err(Halt::Deadline);
        }
        if k >= LIMIT {
            return Err(Halt::Failed(format!("{what} has not converged after {LIMIT} iterations")));
        }
        Ok(())
    }

    /// Iterates until `‖∇ₓh(x)‖ ≤ target`, or as close to that as rounding allows; returns the target that
    /// was used in the end.
    fn solve(&mut self, target: f64) -> Result<f64, Halt> {
        let Constants { strong_convexity: mu, lipschitz, .. } = self.constants;
        let root = (lipschitz / mu).sqrt();
        let momentum = match self.solver {
            LowerSolver::Fista => (root - 1.0) / (root + 1.0),
            LowerSolver::Gradient => 0.0,
        };
        let step = 1.0 / lipschitz;
        self.extrapolated.copy_from_slice(&self.x);
        for k in 0.. {
            self.proceed(k, "the lower level")?;
            self.problem.gradient(&self.extrapolated, &self.theta, &mut self.gradient);
            self.charge_gradient();
            let norm = kernels::squared_norm(&self.gradient).sqrt();
            if !norm.is_finite() {
                return Err(Halt::Failed("the lower level diverges".to_owned()));
            }
            if norm <= target {
                self.x.copy_from_slice(&self.extrapolated);
                return Ok(target);
            }
            // For a target beyond double precision, the norm of x determines the rounding error of the
            // gradient.
            let floor = ROUNDING * lipschitz * kernels::squared_norm(&self.extrapolated).sqrt();
            if norm <= floor {
                self.x.copy_from_slice(&self.extrapolated);
                return Ok(floor);
            }
            for ((x, y), g) in self.x.iter_mut().zip(&mut self.extrapolated).zip(&self.gradient) {
                let next = *y - step * g;
                *y = next + momentum * (next - *x);
                *x = next;
            }
        }
        unreachable!("the loop above ends by returning")
    }

    /// Solves `∇²ₓₓh q = ∇g` by conjugate gradients from the current adjoint; returns the recomputed residual.
    fn solve_adjoint(&mut self, target: f64) -> Result<f64, Halt> {
        let mut count = 0;
        for _ in 0..RESTARTS {
            self.problem.hessian_product(&self.adjoint, &mut self.product);
            self.charge_hessian();
            for ((r, g), p) in self.residual.iter_mut().zip(&self.upper_gradient).zip(&self.product) {
                *r = g - p;
            }
            let mut squared = kernels::squared_norm(&self.residual);
            if !squared.is_finite() {
                return Err(Halt::Failed("the adjoint system diverges".to_owned()));
            }
            let size = kernels::squared_norm(&self.upper_gradient).sqrt()
                + self.constants.lipschitz * kernels::squared_norm(&self.adjoint).sqrt();
            if squared.sqrt() <= target.max(ROUNDING * size) {
                return Ok(squared.sqrt());
            }
            self.direction.copy_from_slice(&self.residual);
            while squared.sqrt() > target {
                self.proceed(count, "the adjoint system")?;
                count += 1;
                self.problem.hessian_product(&self.direction, &mut self.product);
                self.charge_hessian();
                let curvature = kernels::dot(&self.direction, &self.product);
                if !(curvature > 0.0) {
                    return Err(Halt::Failed(format!(
                        "the Hessian of the lower level is not positive definite (curvature {curvature:.1e})"
                    )));
                }
                let step = squared / curvature;
                kernels::axpy(step, &self.direction, &mut self.adjoint);
                kernels::axpy(-step, &self.product, &mut self.residual);
                let next = kernels::squared_norm(&self.residual);
                let ratio = next / squared;
                for (d, r) in self.direction.iter_mut().zip(&self.residual) {
                    *d = r + ratio * *d;
                }
                squared = next;
            }
        }
        Err(Halt::Failed(format!("conjugate gradients stagnate above the residual {target:.1e}")))
    }
}

impl Oracle for Inexact<'_> {
    fn parameters(&self) -> usize {
        self.theta.len()
    }

    fn evaluate(&mut self, theta: &[f64], accuracy: f64) -> Result<Evaluation, Halt> {
        self.theta.copy_from_slice(theta);
        self.constants = self.problem.constants(theta);
        let Constants { strong_convexity: mu, lipschitz, .. } = self.constants;
        if !(mu > 0.0 && lipschitz.is_finite()) {
            return Err(Halt::Failed(format!(
                "the lower level has no usable constants here: μ = {mu:.1e}, L = {lipschitz:.1e}"
            )));
        }
        self.cost.solves += 1;
        let accuracy = self.solve(mu * accuracy)? / mu;
        self.accuracy = accuracy;
        let value = self.problem.upper(&self.x, theta);
        self.problem.upper_gradient(&self.x, theta, &mut self.upper_gradient);
        let slope = kernels::squared_norm(&self.upper_gradient).sqrt();
        if !(value.is_finite() && slope.is_finite()) {
            return Err(Halt::Failed("the upper level is not finite".to_owned()));
        }
        let (lipschitz, convex) = (self.problem.upper_lipschitz(), self.problem.upper_convex());
        Ok(Evaluation { value, slope, accuracy, lipschitz, convex })
    }

    fn hypergradient(&mut self, residual: f64) -> Result<Hypergradient, Halt> {
        self.problem.upper_gradient(&self.x, &self.theta, &mut self.upper_gradient);
        self.problem.linearise(&self.x, &self.theta);
        let reached = self.solve_adjoint(residual)?;
        let residual = residual.max(reached);
        let mut vector = vec![0.0; self.theta.len()];
        let mut direct = vec![0.0; self.theta.len()];
        self.problem.cross_product(&self.adjoint, &mut vector);
        self.problem.upper_direct(&self.x, &self.theta, &mut direct);
        for (z, d) in vector.iter_mut().zip(&direct) {
            *z = d - *z;
        }
        if vector.iter().any(|z| !z.is_finite()) {
            return Err(Halt::Failed("the hypergradient is not finite".to_owned()));
        }
        let Constants { strong_convexity: mu, hessian_lipschitz, cross_norm, cross_lipschitz, .. } =
            self.constants;
        // The bound only needs the norm at the point of the hypergradient.
        let cross_norm = self.problem.cross_norm().unwrap_or(cross_norm);
        let (lipschitz, epsilon) = (self.problem.upper_lipschitz(), self.accuracy);
        let slope = kernels::squared_norm(&self.upper_gradient).sqrt();
        let c = lipschitz * cross_norm / mu
            + hessian_lipschitz / (mu * mu) * slope * cross_norm
            + cross_lipschitz * slope / mu;
        let bound =
            c * epsilon + cross_norm / mu * residual + cross_lipschitz * lipschitz / mu * epsilon * epsilon;
        Ok(Hypergradient { vector, bound, residual: reached })
    }

    fn keep(&mut self) {
        self.kept.0.copy_from_slice(&self.x);
        self.kept.1.copy_from_slice(&self.adjoint);
        self.kept.2.copy_from_slice(&self.theta);
        self.kept.3 = self.accuracy;
    }

    fn restore(&mut self) {
        self.x.copy_from_slice(&self.kept.0);
        self.adjoint.copy_from_slice(&self.kept.1);
        self.theta.copy_from_slice(&self.kept.2);
        self.accuracy = self.kept.3;
        self.constants = self.problem.constants(&self.theta);
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn currency(&self) -> Currency {
        self.currency
    }
}
