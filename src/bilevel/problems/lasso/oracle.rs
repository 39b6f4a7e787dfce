//! Inexact values and hypergradients of Lasso and elastic net.

use remeasure_core::numerics::kernels;
use remeasure_optim::{Lasso, LassoSolver, Termination};

use super::LassoModel;
use crate::cost::{Cost, Currency};
use crate::oracle::{Evaluation, Halt, Hypergradient, Oracle};

/// Smallest relative gap requested: double precision may not reach a smaller one.
const FLOOR: f64 = 1e-13;

/// Smallest factor by which to tighten a solve that was not accurate enough.
const TIGHTEN: f64 = 0.1;

/// The oracle: a warm-started working-set solver with a certified gap, and direct solves on the support.
///
/// What is certified: the duality gap certifies the objective, and with it `‖X(w̃ − w*)‖² ≤ 2n·gap`. The
/// error of the coefficients, `‖w̃ − w*‖² ≤ 2·gap/μ_S`, and the hypergradient's bound `ω` depend on the least
/// eigenvalue `μ_S` of the Hessian on the support found (bounded below by `1/tr H_SS⁻¹`): they hold if the
/// signs of `w̃` are those of the solution, and are not certified otherwise. Near a kink they may be
/// exceeded.
///
/// Cost: multiplications by the solver, the validation products and the support's linear systems, divided by
/// `n·p`. Its gradients are the rounds in which the solver recomputes all correlations; each support's system
/// counts as one Hessian product.
pub(super) struct LassoOracle<'a> {
    model: &'a LassoModel,
    solver: LassoSolver<'a>,
    budget: f64,
    cost: Cost,
    /// Multiplications other than the solver's.
    multiplications: f64,
    null_objective: f64,
    theta: Vec<f64>,
    accuracy: f64,
    /// The last `μ_S`.
    strong_convexity: f64,
    kept: (Vec<f64>, Vec<f64>, f64, f64),
    residual: Vec<f64>,
}

impl<'a> LassoOracle<'a> {
    pub(super) fn new(model: &'a LassoModel, budget: f64) -> Self {
        let problem = model.problem();
        let (n, p) = (problem.design().rows(), problem.design().columns());
        let theta = vec![0.0; model.parameters];
        let mean_curvature = problem.squared_norms().iter().sum::<f64>() / (n * p) as f64;
        let mut oracle = Self {
            model,
            solver: LassoSolver::new(&problem),
            budget,
            cost: Cost::default(),
            // Xᵀy and the lengths of the columns.
            multiplications: 2.0 * (n * p) as f64,
            null_objective: problem.null_objective(),
            kept: (vec![0.0; p], theta.clone(), f64::INFINITY, mean_curvature),
            theta,
            accuracy: f64::INFINITY,
            strong_convexity: mean_curvature,
            residual: vec![0.0; model.data.validation.response.len()],
        };
        oracle.charge(0.0);
        oracle
    }

    fn charge(&mut self, multiplications: f64) {
        self.multiplications += multiplications;
        let design = &self.model.data.train.design;
        let whole = (design.rows() * design.columns()) as f64;
        self.cost.products = (self.multiplications + self.solver.multiplications()) / whole;
    }

    /// Fails if the last evaluation exceeded the budget.
    fn within_budget(&self) -> Result<(), Halt> {
        if self.spent() > self.budget { Err(Halt::Budget) } else { Ok(()) }
    }

    /// Solves at the current `θ` to the gap `target`; returns the gap reached, and whether a smaller one is
    /// possible.
    fn solve(&mut self, target: f64) -> Result<(f64, bool), Halt> {
        let failed = |e: remeasure_core::Invalid| Halt::Failed(format!("the lower level: {e}"));
        let penalty = self.model.penalty(&self.theta).map_err(failed)?;
        let tolerance = (target / self.null_objective).max(FLOOR);
        let lasso = Lasso::with_penalty(penalty).tolerance(tolerance).map_err(failed)?;
        let solution = self.solver.solve(&lasso);
        self.cost.gradients += solution.history.len() as u64;
        self.charge(0.0);
        self.within_budget()?;
        let gap = solution.certificate.gap;
        match solution.termination {
            Termination::Deadline => Err(Halt::Deadline),
            Termination::MaxIterations => {
                Err(Halt::Failed(format!("the lower level has not converged: its gap stays at {gap:.1e}")))
            }
            Termination::Stalled => Ok((gap, false)),
            Termination::Converged => Ok((gap, tolerance > FLOOR)),
        }
    }

    /// `1/tr H_SS⁻¹` on the current support; `None` if that is singular. For an empty support, the previous value.
    fn restricted_convexity(&mut self) -> Option<f64> {
        let (_, ridge) = self.model.weights(&self.theta);
        let known = self.strong_convexity;
        let mut support = self.solver.support(ridge)?;
        let mu = support.strong_convexity();
        Some(if mu.is_finite() { mu } else { known })
    }

    /// Tightens the solve at the current `θ` until its error is at most `accuracy` or cannot decrease further.
    fn refine(&mut self, accuracy: f64) -> Result<(), Halt> {
        let mut target = 0.5 * self.strong_convexity * accuracy * accuracy;
        loop {
            let (gap, more) = self.solve(target)?;
            let mu = self.restricted_convexity();
            self.charge(0.0);
            let wanted = match mu {
                Some(mu) => {
                    self.strong_convexity = mu;
                    self.accuracy = (2.0 * gap / mu).sqrt();
                    if self.accuracy <= accuracy || !more {
                        return Ok(());
                    }
                    0.5 * mu * accuracy * accuracy
                }
                // A solution almost surely has no such support: the solve is too loose.
                None if more => 0.0,
                None => {
                    self.accuracy = f64::INFINITY;
                    return Ok(());
                }
            };
            target = wanted.max(TIGHTEN * TIGHTEN * target).min(TIGHTEN * target);
        }
    }

    fn terms(&self) -> Vec<(usize, f64)> {
        self.solver.coefficients().into_iter().enumerate().filter(|(_, w)| *w != 0.0).collect()
    }
}

impl Oracle for LassoOracle<'_> {
    fn parameters(&self) -> usize {
        self.model.parameters
    }

    fn evaluate(&mut self, theta: &[f64], accuracy: f64) -> Result<Evaluation, Halt> {
        self.within_budget()?;
        self.theta.copy_from_slice(theta);
        self.cost.solves += 1;
        self.refine(accuracy)?;
        let terms = self.terms();
        let value = self.model.upper(&terms, &mut self.residual);
        let gradient = self.model.upper_gradient(&terms, &self.residual);
        self.charge((2 * terms.len() * self.residual.len()) as f64);
        self.within_budget()?;
        // If the support is settled, the error is confined to it, and only that part of ∇g matters.
        let slope = kernels::squared_norm(&gradient).sqrt();
        if !(value.is_finite() && slope.is_finite()) {
            return Err(Halt::Failed("the upper level is not finite".to_owned()));
        }
        let lipschitz = self.model.upper_lipschitz;
        Ok(Evaluation { value, slope, accuracy: self.accuracy, lipschitz, convex: true })
    }

    fn hypergradient(&mut self, _: f64) -> Result<Hypergradient, Halt> {
        self.within_budget()?;
        let (l1, ridge) = self.model.weights(&self.theta);
        let rows = self.model.data.train.design.rows();
        let Some(mut support) = self.solver.support(ridge) else {
            let size = self.terms().len();
            return Err(Halt::Failed(format!(
                "the Gram matrix of the support is singular ({size} features, {rows} rows): the hypergradient does not \
                 exist at θ = {:?}",
                self.theta
            )));
        };
        let terms = support.terms();
        self.model.upper(&terms, &mut self.residual);
        let mut adjoint = self.model.upper_gradient(&terms, &self.residual);
        let slope = kernels::squared_norm(&adjoint).sqrt();
        let residual = support.solve(&mut adjoint);
        self.cost.hessian_products += 1;
        self.charge((2 * terms.len() * self.residual.len()) as f64);
        let vector = self.model.hypergradient(&self.theta, &terms, &adjoint);
        if vector.iter().any(|z| !z.is_finite()) {
            return Err(Halt::Failed("the hypergradient is not finite".to_owned()));
        }
        // The bound of Salehi et al. with L_H = 0 and J = (λ₁ sign w, λ₂ w).
        let squared: f64 = terms.iter().map(|(_, w)| w * w).sum();
        let cross_norm = (l1 * l1 * terms.len() as f64 + ridge * ridge * squared).sqrt();
        let (mu, lipschitz) = (self.strong_convexity, self.model.upper_lipschitz);
        let bound = if terms.is_empty() {
            0.0
        } else {
            let c = (lipschitz * cross_norm + ridge * slope) / mu;
            c * self.accuracy
                + cross_norm / mu * residual
                + ridge * lipschitz / mu * self.accuracy * self.accuracy
        };
        Ok(Hypergradient { vector, bound, residual })
    }

    fn keep(&mut self) {
        self.kept.0 = self.solver.coefficients();
        self.kept.1.copy_from_slice(&self.theta);
        (self.kept.2, self.kept.3) = (self.accuracy, self.strong_convexity);
    }

    fn restore(&mut self) {
        // A saved solution is finite and has the right length.
        let _ = self.solver.start_from(&self.kept.0);
        self.theta.copy_from_slice(&self.kept.1);
        (self.accuracy, self.strong_convexity) = (self.kept.2, self.kept.3);
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn currency(&self) -> Currency {
        Currency::Products
    }
}
