//! Lasso and elastic-net solutions that are exact up to rounding.

use remeasure_optim::{LassoProblem, LassoSolver};

/// Maximum number of changes of the support.
const CHANGES: usize = 30;

/// Relative excess of a correlation over `λ₁` attributed to rounding.
const SLACK: f64 = 1e-10;

/// Placeholder for a coefficient that enters with this sign.
pub(super) const ENTERING: f64 = 1e-12;

/// Solves the optimality conditions on the current support and signs; drops coefficients that change sign and
/// adds the feature that violates optimality most, until nothing changes. Leaves the solver at the solution.
/// A gap bounds the error of a solution only by its square root; this finds it up to rounding.
///
/// `None` if the support is dependent or does not settle.
pub(super) fn polish(
    problem: &LassoProblem<'_>,
    solver: &mut LassoSolver<'_>,
    (l1, ridge): (f64, f64),
) -> Option<Vec<(usize, f64)>> {
    let design = problem.design();
    let (n, p) = (design.rows() as f64, design.columns());
    let mut correlations = vec![0.0; p];
    let mut residual = vec![0.0; design.rows()];
    for _ in 0..CHANGES {
        let mut support = solver.support(ridge)?;
        let before = support.terms();
        let mut solved: Vec<f64> =
            before.iter().map(|(j, w)| problem.correlations()[*j] / n - l1 * w.signum()).collect();
        support.solve(&mut solved);
        let mut coefficients = vec![0.0; p];
        let mut turned = false;
        for ((j, w), next) in before.iter().zip(&solved) {
            if next * w > 0.0 {
                coefficients[*j] = *next;
            } else {
                turned = true;
            }
        }
        if turned {
            solver.start_from(&coefficients).ok()?;
            continue;
        }
        residual.copy_from_slice(problem.response());
        design.add_mul(-1.0, coefficients.iter().copied().enumerate(), &mut residual);
        design.tmul(&residual, &mut correlations);
        let excess = |j: &usize| correlations[*j].abs() / n;
        let worst = (0..p)
            .filter(|j| coefficients[*j] == 0.0)
            .max_by(|a, b| excess(a).total_cmp(&excess(b)))
            .filter(|j| excess(j) > l1 * (1.0 + SLACK));
        if let Some(j) = worst {
            coefficients[j] = ENTERING * correlations[j].signum();
        }
        solver.start_from(&coefficients).ok()?;
        if worst.is_none() {
            return Some(before.iter().zip(solved).map(|((j, _), w)| (*j, w)).collect());
        }
    }
    None
}
