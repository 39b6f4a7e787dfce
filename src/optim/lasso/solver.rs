//! Rounds that certify the gap and extend the working set.

use remeasure_core::numerics::kernels;
use remeasure_core::{Invalid, deadline};

use super::gram::Gram;
use super::lazy::LazyCorrelations;
use super::problem::LassoProblem;
use super::support::Support;
use super::working_set::{Weights, WorkingSet};
use crate::certificate::{Certificate, GapParts};
use crate::penalty::ElasticNet;
use crate::{Checkpoint, Solution, Termination, checked_tolerance};

/// Minimum number of features that a round may add.
const LEAST_GROWTH: usize = 100;

/// Number of features that a round may add, relative to the support.
const GROWTH: f64 = 0.7;

/// Gap to leave in the problem of the working set, relative to that of the full problem.
const LOOSENESS: f64 = 0.2;

/// A problem to solve, and the accuracy.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `penalty` | none | `λ` and mixing | see [`ElasticNet`] |
/// | `tolerance` | 1e-6 | gap to reach, relative to `P(0) = ‖y‖²/(2n)` | ≥ 0 |
/// | `max_iterations` | 100 000 | total sweeps of coordinate descent | ≥ 1 |
///
/// ```
/// use remeasure_core::numerics::Design;
/// use remeasure_optim::{Lasso, LassoProblem};
///
/// // Four rows of two orthogonal features; the response depends only on the first.
/// let design = Design::from_columns(4, 2, vec![1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);
/// let response = [2.0, 2.0, -2.0, -2.0];
/// let problem = LassoProblem::new(&design, &response)?;
///
/// let solution = Lasso::new(0.5)?.tolerance(1e-12)?.solve(&problem, None)?;
/// assert!(solution.converged());
/// // Least squares gives 2 and 0; the penalty subtracts λ = 0.5.
/// assert!((solution.coefficients[0] - 1.5).abs() < 1e-6);
/// assert_eq!(solution.coefficients[1], 0.0);
/// # Ok::<(), remeasure_core::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasso {
    penalty: ElasticNet,
    tolerance: f64,
    max_iterations: usize,
}

impl Lasso {
    /// The Lasso at `lambda`, with default accuracy.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0: at 0, the gap is not finite in general.
    pub fn new(lambda: f64) -> Result<Self, Invalid> {
        Ok(Self::with_penalty(ElasticNet::l1(lambda)?))
    }

    /// The elastic net with this penalty, with default accuracy.
    #[must_use]
    pub fn with_penalty(penalty: ElasticNet) -> Self {
        Self { penalty, tolerance: 1e-6, max_iterations: 100_000 }
    }

    /// Sets the gap to reach, relative to `P(0)`.
    ///
    /// # Errors
    /// If `tolerance` is negative or not finite.
    pub fn tolerance(mut self, tolerance: f64) -> Result<Self, Invalid> {
        self.tolerance = checked_tolerance(tolerance)?;
        Ok(self)
    }

    /// Sets the total number of sweeps of coordinate descent allowed.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.max_iterations = max_iterations;
        self
    }

    /// The penalty.
    #[must_use]
    pub fn penalty(&self) -> &ElasticNet {
        &self.penalty
    }

    /// Solves from `warm`, length `p`, or from 0.
    ///
    /// # Errors
    /// If `warm` does not have length `p` or is not finite.
    pub fn solve(&self, problem: &LassoProblem<'_>, warm: Option<&[f64]>) -> Result<Solution, Invalid> {
        let mut solver = LassoSolver::new(problem);
        if let Some(start) = warm {
            solver.start_from(start)?;
        }
        Ok(solver.solve(self))
    }
}

/// Below this share of `λ_max`, a solve from 0 goes through intermediate values of `λ`.
const DIRECT: f64 = 5e-3;

/// Ratio of consecutive intermediate values.
const STEP: f64 = 0.2;

/// Gap to reach at intermediate values, relative to the objective.
const ROUGH: f64 = 1e-3;

/// The certificate before a solve begins.
const NOTHING: Certificate = Certificate { primal: 0.0, dual: 0.0, gap: 0.0 };

/// What a solve records, across all intermediate values of `λ`.
#[derive(Debug)]
struct Run {
    history: Vec<Checkpoint>,
    iterations: usize,
    limit: usize,
}

/// A solver that reuses its computations from one `λ` to the next: the Gram matrix, the correlations, and the
/// coefficients as a warm start.
#[derive(Clone, Debug)]
pub struct LassoSolver<'p> {
    problem: LassoProblem<'p>,
    gram: Gram,
    set: WorkingSet,
    lazy: LazyCorrelations,
    residual: Vec<f64>,
    /// The ridge weight for which `residual` and the slopes are those of the coefficients, if they are.
    current: Option<f64>,
    multiplications: f64,
}

impl<'p> LassoSolver<'p> {
    /// A solver at `w = 0`.
    #[must_use]
    pub fn new(problem: &LassoProblem<'p>) -> Self {
        Self {
            gram: Gram::new(problem.design().columns()),
            set: WorkingSet::default(),
            lazy: LazyCorrelations::new(problem),
            residual: problem.response().to_vec(),
            current: None,
            multiplications: 0.0,
            problem: problem.clone(),
        }
    }

    /// Moves to `coefficients`, length `p`.
    ///
    /// # Errors
    /// If the length is not `p` or a value is not finite.
    pub fn start_from(&mut self, coefficients: &[f64]) -> Result<(), Invalid> {
        let p = self.problem.design().columns();
        if coefficients.len() != p {
            let message = format!("expected {p} coefficients, found {}", coefficients.len());
            return Err(Invalid::new("warm", message));
        }
        if let Some(j) = coefficients.iter().position(|w| !w.is_finite()) {
            return Err(Invalid::new("warm", format!("coefficient {j} is not finite")));
        }
        let new: Vec<usize> = (0..p).filter(|&j| coefficients[j] != 0.0 && !self.gram.contains(j)).collect();
        self.admit(&new);
        for (u, &j) in self.set.coefficients.iter_mut().zip(self.gram.features()) {
            *u = coefficients[j];
        }
        Ok(())
    }

    /// The current coefficients, length `p`.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        let mut coefficients = vec![0.0; self.problem.design().columns()];
        for (&j, &u) in self.gram.features().iter().zip(&self.set.coefficients) {
            coefficients[j] = u;
        }
        coefficients
    }

    /// Number of multiplications so far, except those of [`LassoProblem::new`]: inner products of features,
    /// correlations, sweeps and factors.
    #[must_use]
    pub fn multiplications(&self) -> f64 {
        self.multiplications
            + self.gram.multiplications()
            + self.lazy.multiplications()
            + self.set.multiplications
    }

    /// Factors `X_SᵀX_S/n + ridge·I` on the support `S` of the current coefficients; `None` if its columns
    /// are linearly dependent to working precision.
    pub fn support(&mut self, ridge: f64) -> Option<Support<'_>> {
        let scale = self.problem.design().rows() as f64;
        self.set.independent_support(&self.gram, scale * ridge)?;
        Some(Support { gram: &self.gram, set: &mut self.set, ridge: scale * ridge, scale })
    }

    /// Solves, starting from the end of the last solve.
    ///
    /// From 0 to a `λ` far below `λ_max`, it goes through intermediate values, so that the support does not
    /// grow unnecessarily.
    pub fn solve(&mut self, lasso: &Lasso) -> Solution {
        let mut run = Run { history: Vec::new(), iterations: 0, limit: lasso.max_iterations };
        let target = lasso.tolerance * self.problem.null_objective();
        let (penalty, mixing) = (&lasso.penalty, lasso.penalty.mixing());
        let ratio = penalty.lambda() / self.problem.lambda_max_mixed(mixing);
        if ratio < DIRECT && self.set.support() == 0 {
            let steps = (ratio.ln() / STEP.ln()).ceil().clamp(1.0, 1e3);
            for k in 1..steps as i32 {
                if deadline::passed() {
                    break;
                }
                let lambda = penalty.lambda() / ratio.powf(1.0 - f64::from(k) / steps);
                // An invalid intermediate value, after an overflow, only skips this shortcut.
                if let Ok(between) = ElasticNet::new(lambda, mixing) {
                    self.descend(&mut run, &between, |at| target.max(ROUGH * at.primal));
                }
            }
        }
        // The certificates of intermediate values belong to other problems.
        run.history.clear();
        let termination = self.descend(&mut run, penalty, |_| target);
        let certificate = run.history.last().map_or(NOTHING, |last| last.certificate);
        let Run { history, iterations, .. } = run;
        Solution { coefficients: self.coefficients(), certificate, iterations, termination, history }
    }

    /// Makes rounds until the gap is at most what `target` requires at the current point.
    fn descend(
        &mut self,
        run: &mut Run,
        penalty: &ElasticNet,
        target: impl Fn(&Certificate) -> f64,
    ) -> Termination {
        let n = self.problem.design().rows();
        let weights = Weights {
            rows: n,
            l1: n as f64 * penalty.l1_weight(),
            ridge: n as f64 * penalty.ridge_weight(),
            response: self.problem.response_squared_norm(),
        };
        let mut best = f64::INFINITY;
        let mut idle = 0;
        loop {
            let (certificate, violators) = self.round(&weights);
            run.history.push(Checkpoint { iteration: run.iterations, certificate });
            let target = target(&certificate);
            if certificate.gap <= target {
                return Termination::Converged;
            }
            if run.iterations >= run.limit {
                return Termination::MaxIterations;
            }
            if deadline::passed() {
                return Termination::Deadline;
            }
            // Without a new feature, only a smaller gap is progress.
            idle = if violators.is_empty() && certificate.gap >= 0.9 * best { idle + 1 } else { 0 };
            best = best.min(certificate.gap);
            if idle > 3 {
                return Termination::Stalled;
            }
            self.admit(&violators);
            // Accuracy that the next violators will undo is wasted.
            let loose = if violators.is_empty() { 0.0 } else { LOOSENESS * certificate.gap };
            self.current = None;
            let left = run.limit - run.iterations;
            run.iterations += self.set.solve(&self.gram, &weights, loose.max(0.3 * target), left).max(1);
        }
    }

    /// Recomputes residual and correlations if coefficients have changed; returns the gap on the full problem and the worst violators of
    /// optimality outside the working set.
    fn round(&mut self, weights: &Weights) -> (Certificate, Vec<usize>) {
        if self.current.replace(weights.ridge) != Some(weights.ridge) {
            self.recompute(weights);
        }

        let inside = kernels::max_abs(&self.set.slopes);
        let gram = &self.gram;
        let relevant = self
            .lazy
            .update(&self.problem, &self.residual, inside.min(weights.l1), |j| gram.contains(j))
            .to_vec();
        let correlation = relevant.iter().fold(inside, |m, &j| m.max(self.lazy.value(j).abs()));
        let certificate = GapParts {
            rows: weights.rows,
            l1_weight: weights.l1 / weights.rows as f64,
            norm: self.set.coefficients.iter().map(|u| u.abs()).sum(),
            residual: kernels::squared_norm(&self.residual)
                + weights.ridge * kernels::squared_norm(&self.set.coefficients),
            response_residual: kernels::dot(self.problem.response(), &self.residual),
            correlation,
        }
        .certificate();

        let excess = |j: usize| (self.lazy.value(j).abs() - weights.l1) / self.lazy.norm(j);
        let mut violators: Vec<usize> = relevant.into_iter().filter(|&j| excess(j) > 0.0).collect();
        violators.sort_by(|&a, &b| excess(b).total_cmp(&excess(a)).then(a.cmp(&b)));
        let support = self.set.support();
        violators.truncate(LEAST_GROWTH.max((GROWTH * support as f64) as usize));
        (certificate, violators)
    }

    /// Residual and slopes of the coefficients.
    fn recompute(&mut self, weights: &Weights) {
        let design = self.problem.design();
        let features = self.gram.features();
        self.residual.copy_from_slice(self.problem.response());
        let terms = features.iter().copied().zip(self.set.coefficients.iter().copied());
        design.add_mul(-1.0, terms, &mut self.residual);
        design.tmul_of(features, &self.residual, &mut self.set.slopes);
        self.multiplications += ((features.len() + self.set.support() + 3) * design.rows()) as f64;
        for (slope, u) in self.set.slopes.iter_mut().zip(&self.set.coefficients) {
            *slope -= weights.ridge * u;
        }
    }

    /// Adds features to the working set, with coefficient 0; adds none if a [`deadline`] passes meanwhile.
    fn admit(&mut self, new: &[usize]) {
        self.current = None;
        if !self.gram.extend(self.problem.design(), new) {
            return;
        }
        for &j in new {
            self.set.correlations.push(self.problem.correlations()[j]);
        }
        self.set.grow(self.gram.len());
        let known = self.gram.len() - new.len();
        for (slope, &j) in self.set.slopes[known..].iter_mut().zip(new) {
            *slope = self.lazy.value(j);
        }
    }
}
