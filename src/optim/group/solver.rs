//! Rounds that certify the gap and extend the working set of groups.

use remeasure_core::numerics::kernels;
use remeasure_core::{Invalid, deadline};

use super::problem::GroupProblem;
use super::working_set::WorkingSet;
use crate::certificate::{Certificate, GapParts};
use crate::lasso::gram::Gram;
use crate::penalty::ElasticNet;
use crate::{Checkpoint, Solution, Termination, checked_tolerance};

/// Minimum number of features that a round may add, and their number relative to the support.
const LEAST_GROWTH: usize = 100;
const GROWTH: f64 = 0.7;

/// Gap to leave in the problem of the working set, relative to that of the full problem.
const LOOSENESS: f64 = 0.2;

/// A solver that reuses its computations from one `λ` to the next, as [`LassoSolver`](crate::LassoSolver) does.
#[derive(Clone, Debug)]
pub struct GroupSolver<'p> {
    problem: GroupProblem<'p>,
    gram: Gram,
    set: WorkingSet,
    residual: Vec<f64>,
    /// `Xᵀr`; only that of groups which are not excluded is current.
    correlations: Vec<f64>,
    /// `‖X_g‖_F`, at least the largest singular value.
    norms: Vec<f64>,
    inside: Vec<bool>,
    excluded: Vec<bool>,
}

impl<'p> GroupSolver<'p> {
    /// A solver at `w = 0`.
    #[must_use]
    pub fn new(problem: &GroupProblem<'p>) -> Self {
        let members = problem.groups().members();
        let squares = problem.data().squared_norms();
        Self {
            gram: Gram::new(problem.data().design().columns()),
            set: WorkingSet::default(),
            residual: problem.data().response().to_vec(),
            correlations: problem.data().correlations().to_vec(),
            norms: members.iter().map(|g| g.iter().map(|&j| squares[j]).sum::<f64>().sqrt()).collect(),
            inside: vec![false; members.len()],
            excluded: vec![false; members.len()],
            problem: problem.clone(),
        }
    }

    /// The current coefficients, length `p`.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        let mut coefficients = vec![0.0; self.problem.data().design().columns()];
        for (&j, &u) in self.gram.features().iter().zip(&self.set.coefficients) {
            coefficients[j] = u;
        }
        coefficients
    }

    /// Solves at `lambda`, from the end of the last solve, until the gap is at most `tolerance · ‖y‖²/(2n)` or
    /// `max_iterations` sweeps over the working set are made.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0, or `tolerance` is negative or not finite.
    pub fn solve(&mut self, lambda: f64, tolerance: f64, max_iterations: usize) -> Result<Solution, Invalid> {
        ElasticNet::l1(lambda)?;
        let target = checked_tolerance(tolerance)? * self.problem.data().null_objective();
        let n = self.problem.data().design().rows() as f64;
        self.excluded.fill(false);
        let (mut iterations, mut idle, mut best) = (0, 0, f64::INFINITY);
        let mut history: Vec<Checkpoint> = Vec::new();
        let termination = loop {
            let (certificate, violators) = self.round(lambda);
            history.push(Checkpoint { iteration: iterations, certificate });
            if certificate.gap <= target {
                break Termination::Converged;
            }
            if iterations >= max_iterations {
                break Termination::MaxIterations;
            }
            if deadline::passed() {
                break Termination::Deadline;
            }
            // Without a new group, only a smaller gap is progress.
            idle = if violators.is_empty() && certificate.gap >= 0.9 * best { idle + 1 } else { 0 };
            best = best.min(certificate.gap);
            if idle > 3 {
                break Termination::Stalled;
            }
            for &g in &violators {
                self.admit(g);
            }
            let loose = if violators.is_empty() { 0.0 } else { LOOSENESS * certificate.gap };
            let square = self.problem.data().response_squared_norm();
            let left = max_iterations - iterations;
            let goal = loose.max(0.3 * target);
            iterations += self.set.solve(&self.gram, (n, lambda, square), goal, left).max(1);
        };
        let certificate =
            history.last().map_or(Certificate { primal: 0.0, dual: 0.0, gap: 0.0 }, |h| h.certificate);
        Ok(Solution { coefficients: self.coefficients(), certificate, iterations, termination, history })
    }

    /// Recomputes residual and correlations; returns the gap and the worst violators outside the working set.
    fn round(&mut self, lambda: f64) -> (Certificate, Vec<usize>) {
        let (data, groups) = (self.problem.data(), self.problem.groups());
        let (design, n) = (data.design(), data.design().rows());
        let features = self.gram.features();
        self.residual.copy_from_slice(data.response());
        let terms = features.iter().copied().zip(self.set.coefficients.iter().copied());
        design.add_mul(-1.0, terms, &mut self.residual);
        design.tmul_of(features, &self.residual, &mut self.set.slopes);
        for (&j, &slope) in features.iter().zip(&self.set.slopes) {
            self.correlations[j] = slope;
        }
        let read = |g: &usize| !self.inside[*g] && !self.excluded[*g];
        let outside: Vec<usize> = (0..groups.members().len()).filter(read).collect();
        let wanted: Vec<usize> = outside.iter().flat_map(|&g| groups.members()[g].iter().copied()).collect();
        let mut products = vec![0.0; wanted.len()];
        design.tmul_of(&wanted, &self.residual, &mut products);
        for (&j, product) in wanted.iter().zip(products) {
            self.correlations[j] = product;
        }
        let known = (0..groups.members().len()).filter(|&g| !self.excluded[g] || self.inside[g]);
        let ratio = |g: usize| groups.size(g, &self.correlations) / groups.weight(g);
        let parts = GapParts {
            rows: n,
            l1_weight: lambda,
            norm: self.set.norm(),
            residual: kernels::squared_norm(&self.residual),
            response_residual: kernels::dot(data.response(), &self.residual),
            correlation: known.fold(0.0, |m: f64, g| m.max(ratio(g))),
        };
        let certificate = parts.certificate();
        // No dual optimum is further than this from the dual point s·r, in units of the residual.
        let radius = (2.0 * n as f64 * certificate.gap).sqrt();
        let level = n as f64 * lambda;
        let scale = parts.scale().abs();
        let mut violators = Vec::new();
        for &g in &outside {
            let (size, weight) = (ratio(g) * groups.weight(g), groups.weight(g));
            // The margin covers rounding.
            if (scale * size + self.norms[g] * radius) * (1.0 + 1e-12) < level * weight {
                self.excluded[g] = true;
            } else if size > level * weight {
                violators.push(((size - level * weight) / self.norms[g], g));
            }
        }
        violators.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut room = LEAST_GROWTH.max((GROWTH * self.set.support() as f64) as usize);
        let fits = |(_, g): &(f64, usize)| {
            let some = room > 0;
            room = room.saturating_sub(groups.members()[*g].len());
            some
        };
        (certificate, violators.into_iter().take_while(fits).map(|v| v.1).collect())
    }

    /// Adds a group to the working set; does nothing if a [`deadline`] passes meanwhile.
    fn admit(&mut self, group: usize) {
        let members = &self.problem.groups().members()[group];
        if !self.gram.extend(self.problem.data().design(), members) {
            return;
        }
        self.inside[group] = true;
        let pick = |from: &[f64]| members.iter().map(|&j| from[j]).collect::<Vec<f64>>();
        let (response, slopes) = (pick(self.problem.data().correlations()), pick(&self.correlations));
        self.set.admit(&self.gram, self.problem.groups().weight(group), &response, &slopes);
    }
}
