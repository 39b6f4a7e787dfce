//! Paths of the Lasso to a certified gap.

use remeasure_core::numerics::Design;
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::Path;

/// Solutions along a path.
pub(crate) struct Solved {
    /// Coefficients at each `λ`.
    pub(crate) coefficients: Vec<Vec<f64>>,
    /// Largest duality gap, relative to the objective at 0.
    pub(crate) gap: f64,
    /// Why a gap is larger than was asked for.
    pub(crate) shortfall: Option<String>,
}

/// Solves `‖y − Xb‖²/(2n) + λ‖b‖₁` at each level, in descending order, to a relative gap.
pub(crate) fn solve(
    design: &Design,
    response: &[f64],
    levels: &[f64],
    tolerance: f64,
) -> anyhow::Result<Solved> {
    let problem = LassoProblem::new(design, response)?;
    let null = problem.null_objective();
    let mut solved = Solved { coefficients: Vec::with_capacity(levels.len()), gap: 0.0, shortfall: None };
    Path::new(levels, tolerance)?.visit(&problem, |at, _, solution| {
        let gap = if null > 0.0 { solution.certificate.gap / null } else { 0.0 };
        solved.gap = solved.gap.max(gap);
        if !solution.converged() && solved.shortfall.is_none() {
            let lambda = levels[at];
            solved.shortfall = Some(format!(
                "at λ = {lambda:.3e} the relative gap is {gap:.1e}, and {tolerance:e} was asked for"
            ));
        }
        solved.coefficients.push(solution.coefficients);
    });
    // After a deadline the rest is discarded, so only the shape matters.
    solved.coefficients.resize(levels.len(), vec![0.0; design.columns()]);
    Ok(solved)
}

/// `points` values from `‖Xᵀy‖∞/n` down to `ratio` times that; 1 alone if `y` is orthogonal to all columns.
pub(crate) fn levels(
    design: &Design,
    response: &[f64],
    ratio: f64,
    points: usize,
) -> anyhow::Result<Vec<f64>> {
    let largest = LassoProblem::new(design, response)?.lambda_max();
    if largest == 0.0 {
        return Ok(vec![1.0]);
    }
    Ok(remeasure_optim::lasso::lambda_grid(largest, ratio, points)?)
}
