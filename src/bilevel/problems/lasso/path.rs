//! The exact held-out error along the Lasso path.
//!
//! Between two kinks, support and signs are constant, the solution is linear in `λ` (Osborne, Presnell and
//! Turlach 2000; Efron, Hastie, Johnstone and Tibshirani 2004) and its squared error is quadratic. Each piece
//! starts from its own solution, so that errors do not accumulate along the path.
//! that no error is carried along the path.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;
use remeasure_optim::{Lasso, LassoProblem, LassoSolver};

use super::exact::{ENTERING, polish};
use crate::data::Part;

/// One piece of the path, from `end` to `start`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// The largest `λ`.
    pub start: f64,
    /// The smallest `λ`, at the next kink.
    pub end: f64,
    /// Number of non-zero coefficients.
    pub support: usize,
    /// The mean squared error at `start − d`, for `0 ≤ d ≤ start − end`, is `error[0] − 2·error[1]·d + error[2]·d²`.
    pub error: [f64; 3],
}

impl Segment {
    /// Held-out mean squared error at `lambda`.
    #[must_use]
    pub fn at(&self, lambda: f64) -> f64 {
        let d = self.start - lambda;
        self.error[0] + d * (d * self.error[2] - 2.0 * self.error[1])
    }

    /// The `λ` with the least error in the piece, and that error.
    #[must_use]
    pub fn minimum(&self) -> (f64, f64) {
        let free = if self.error[2] > 0.0 { self.error[1] / self.error[2] } else { 0.0 };
        let inside = self.start - free.clamp(0.0, self.start - self.end);
        [inside, self.start, self.end]
            .map(|lambda| (lambda, self.at(lambda)))
            .into_iter()
            .fold((self.start, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
    }
}

/// Maximum number of pieces of a path.
const LIMIT: usize = 100_000;

/// Width of the interval skipped after each kink, relative to `λ`.
const BEYOND: f64 = 1e-8;

/// Relative duality gap of a solution if the support does not follow from the piece before.
const GAP: f64 = 1e-12;

/// All pieces for `λ` within `[least, greatest]`, in descending order; `None` if the path cannot be followed
/// because a support is dependent.
///
/// # Errors
/// The data do not define a problem, or a bound is not a positive number.
pub fn segments(
    train: &Part,
    validation: &Part,
    [least, greatest]: [f64; 2],
) -> anyhow::Result<Option<Vec<Segment>>> {
    let problem = LassoProblem::new(&train.design, &train.response)?;
    let mut solver = LassoSolver::new(&problem);
    let mut lambda = greatest.min(problem.lambda_max());
    let mut found = Vec::new();
    if greatest > lambda {
        let error = kernels::squared_norm(&validation.response) / validation.response.len() as f64;
        let end = lambda.max(least);
        found.push(Segment { start: greatest, end, support: 0, error: [error, 0.0, 0.0] });
        lambda *= 1.0 - BEYOND;
    }
    while lambda > least {
        if found.len() >= LIMIT || deadline::passed() {
            return Ok(None);
        }
        if polish(&problem, &mut solver, (lambda, 0.0)).is_none() {
            solver.solve(&Lasso::new(lambda)?.tolerance(GAP)?);
            if polish(&problem, &mut solver, (lambda, 0.0)).is_none() {
                return Ok(None);
            }
        }
        let Some((segment, next)) = piece(&problem, &mut solver, validation, lambda, least) else {
            return Ok(None);
        };
        found.push(segment);
        lambda = segment.end * (1.0 - BEYOND);
        solver.start_from(&next)?;
    }
    Ok(Some(found))
}

/// The piece that contains the solver's current solution at `lambda`, and coefficients with the support beyond its
/// lower end.
fn piece(
    problem: &LassoProblem<'_>,
    solver: &mut LassoSolver<'_>,
    validation: &Part,
    lambda: f64,
    least: f64,
) -> Option<(Segment, Vec<f64>)> {
    let design = problem.design();
    let (n, p) = (design.rows(), design.columns());
    let mut support = solver.support(0.0)?;
    let terms = support.terms();
    // w(λ − d) = w + d·rate with rate = (X_SᵀX_S/n)⁻¹ sign w.
    let mut rate: Vec<f64> = terms.iter().map(|t| t.1.signum()).collect();
    support.solve(&mut rate);
    let rates: Vec<(usize, f64)> = terms.iter().zip(&rate).map(|(t, r)| (t.0, *r)).collect();

    // The next kink: its distance, the feature, and the coefficient with which to continue.
    let mut kink = (lambda - least, None);
    for (&(j, w), r) in terms.iter().zip(&rate) {
        let leaves = -w / r;
        if leaves > 0.0 && leaves < kink.0 {
            kink = (leaves, Some((j, 0.0)));
        }
    }
    let (mut residual, mut image) = (problem.response().to_vec(), vec![0.0; n]);
    design.add_mul(-1.0, terms.iter().copied(), &mut residual);
    design.add_mul(1.0, rates.iter().copied(), &mut image);
    let (mut correlations, mut changes) = (vec![0.0; p], vec![0.0; p]);
    design.tmul(&residual, &mut correlations);
    design.tmul(&image, &mut changes);
    let mut inside = vec![false; p];
    terms.iter().for_each(|t| inside[t.0] = true);
    let n = n as f64;
    for j in (0..p).filter(|&j| !inside[j]) {
        // |c − d·a| meets λ − d.
        let (c, a) = (correlations[j] / n, changes[j] / n);
        for (enters, with) in [((lambda - c) / (1.0 - a), ENTERING), ((lambda + c) / (1.0 + a), -ENTERING)] {
            if enters > 0.0 && enters < kink.0 {
                kink = (enters, Some((j, with)));
            }
        }
    }

    let m = validation.response.len();
    let (mut held_out, mut change) = (validation.response.clone(), vec![0.0; m]);
    validation.design.add_mul(-1.0, terms.iter().copied(), &mut held_out);
    validation.design.add_mul(1.0, rates.iter().copied(), &mut change);
    let m = m as f64;
    let error = [
        kernels::squared_norm(&held_out) / m,
        kernels::dot(&held_out, &change) / m,
        kernels::squared_norm(&change) / m,
    ];
    let mut next = vec![0.0; p];
    terms.iter().zip(&rate).for_each(|(&(j, w), r)| next[j] = w + kink.0 * r);
    if let Some((j, with)) = kink.1 {
        next[j] = with;
    }
    Some((Segment { start: lambda, end: lambda - kink.0, support: terms.len(), error }, next))
}
