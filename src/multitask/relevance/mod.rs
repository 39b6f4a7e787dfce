//! Relevance of the source tasks for the target: weights `ν` with `Wν = w`.
//!
//! `W ∈ R^{k×T}` holds the heads of the source tasks as columns, `w` is the head of the target. Among all `ν`
//! with `Wν = w`, Wang, Chen, Jamieson and Du (2023) take the one with least ℓ1 norm ([`l1`]), Chen, Jamieson
//! and Du (2022) the one with least ℓ2 norm ([`l2`]). If the heads are only estimated, the Lasso ([`lasso`])
//! replaces the equation.
//!
//! None of them depends on the gauge: `W` and `w` may be replaced by `RW` and `Rw` for an orthogonal `R`.
//!
//! **Outside the span.** If `w` is not a combination of the heads, it is replaced by its projection onto
//! their span, and [`Relevance::residual`] is the relative size of the rest (about 1e-16 if `w` is in the
//! span). Heads count as dependent if a singular value, or the part of a head outside the span of those
//! before it, is at most 1e-12 of the largest.

mod simplex;
mod span;

use faer::Mat;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_optim::{Lasso, LassoProblem};
use span::Span;

/// A remainder of a head counts as zero below this share of the largest head.
const DEPENDENT: f64 = 1e-12;

/// Relative gap requested from the Lasso, and relative gap that it must reach.
const LASSO_GAPS: (f64, f64) = (1e-12, 1e-9);

/// Weights of the source tasks, with a certificate of optimality.
#[derive(Clone, Debug, PartialEq)]
pub struct Relevance {
    /// `ν`, length `T`.
    pub weights: Vec<f64>,
    /// `‖Wν − w‖ / ‖w‖`; 0 where `w = 0`.
    pub residual: f64,
    /// Duality gap relative to the objective at `ν` (for [`lasso`], to that at 0); at least 0.
    pub certificate: f64,
}

/// `ν¹ = argmin ‖ν‖₁` subject to `Wν = w`, for `W` of shape `k × T` and `w` of length `k`.
///
/// Exact: an optimal vertex of the linear program, so at most `k` weights are non-zero. If there are many
/// optima (duplicate tasks), the result depends only on the bits of the input.
///
/// # Errors
/// Lengths do not match, a value is not finite, or there is no optimum within the pivot limit.
pub fn l1(w: &Design, target: &[f64]) -> anyhow::Result<Relevance> {
    l1_weighted(w, target, &vec![1.0; w.columns()])
}

/// `argmin Σ_t c_t |ν_t|` subject to `Wν = w`, as [`l1`].
///
/// # Errors
/// As [`l1`]; also if a cost is not positive and finite. A cost of 0 is rejected rather than preferred,
/// because the sample sizes `|ν_t|/√c_t` would be infinite.
pub fn l1_weighted(w: &Design, target: &[f64], costs: &[f64]) -> anyhow::Result<Relevance> {
    check(w, target)?;
    check_costs(costs, w.columns())?;
    let scaled = Scaled::new(w, target);
    let Some(span) = Span::of(&scaled.heads, &scaled.target, DEPENDENT) else {
        return Ok(nothing(w, target));
    };
    let optimum = simplex::minimise(&span, costs)?;
    Ok(Relevance { certificate: optimum.gap, ..scaled.relevance(w, target, optimum.weights) })
}

/// `ν² = argmin ‖ν‖₂` subject to `Wν = w`, for `W` of shape `k × T` and `w` of length `k`, from the singular
/// value decomposition of `W`. The gap is that of `½‖ν‖²`.
///
/// # Errors
/// Lengths do not match or a value is not finite.
pub fn l2(w: &Design, target: &[f64]) -> anyhow::Result<Relevance> {
    check(w, target)?;
    let scaled = Scaled::new(w, target);
    let (k, tasks) = (w.rows(), w.columns());
    let matrix = Mat::from_fn(k, tasks, |i, t| scaled.heads.column(t)[i]);
    let svd = matrix
        .thin_svd()
        .map_err(|e| anyhow::anyhow!("cannot compute the singular values of the heads: {e:?}"))?;
    let (left, values) = (svd.U(), svd.S().column_vector());
    let rank = (0..k.min(tasks)).take_while(|&i| values[i] > DEPENDENT * values[0]).count();
    // ν = Wᵀy with the multipliers y of Wν = w; and Pw, the part of the target within the span.
    let (mut multipliers, mut within) = (vec![0.0; k], vec![0.0; k]);
    for i in 0..rank {
        let part: f64 = (0..k).map(|j| left[(j, i)] * scaled.target[j]).sum();
        for j in 0..k {
            multipliers[j] += left[(j, i)] * part / (values[i] * values[i]);
            within[j] += left[(j, i)] * part;
        }
    }
    if kernels::max_abs(&multipliers) == 0.0 {
        return Ok(nothing(w, target));
    }
    let mut weights = vec![0.0; tasks];
    scaled.heads.tmul(&multipliers, &mut weights);
    let primal = 0.5 * kernels::squared_norm(&weights);
    let dual = kernels::dot(&within, &multipliers) - primal;
    let certificate = ((primal - dual) / primal).abs();
    Ok(Relevance { certificate, ..scaled.relevance(w, target, weights) })
}

/// `argmin ½‖Wν − w‖² + λ‖ν‖₁` for `W` of shape `k × T` and `w` of length `k`; for `λ = 0` its limit, [`l1`].
///
/// # Errors
/// Lengths do not match, a value is not finite, `lambda` is negative, or the gap exceeds 1e-9.
pub fn lasso(w: &Design, target: &[f64], lambda: f64) -> anyhow::Result<Relevance> {
    check(w, target)?;
    if !(lambda.is_finite() && lambda >= 0.0) {
        return Err(Invalid::new("lambda", format!("expected a number of at least 0, found {lambda}")).into());
    }
    if lambda == 0.0 {
        return l1(w, target);
    }
    let scaled = Scaled::new(w, target);
    let problem = LassoProblem::new(&scaled.heads, &scaled.target)?;
    // In scaled units λ is divided by both scales; the solver's objective has 1/(2k) before the square.
    let lambda = lambda / (scaled.heads_scale * scaled.target_scale * w.rows() as f64);
    if problem.lambda_max() <= lambda {
        return Ok(nothing(w, target));
    }
    let solution = Lasso::new(lambda)?.tolerance(LASSO_GAPS.0)?.solve(&problem, None)?;
    let certificate = solution.certificate.gap / problem.null_objective();
    anyhow::ensure!(
        certificate <= LASSO_GAPS.1,
        "relevance by the Lasso: relative gap {certificate:.1e} is above {:.0e} after {} sweeps",
        LASSO_GAPS.1,
        solution.iterations
    );
    Ok(Relevance { certificate, ..scaled.relevance(w, target, solution.coefficients) })
}

/// Heads and target divided by their scales, so that neither over- nor underflows.
struct Scaled {
    heads: Design,
    target: Vec<f64>,
    heads_scale: f64,
    target_scale: f64,
}

impl Scaled {
    fn new(w: &Design, target: &[f64]) -> Self {
        // Powers of two do not change the digits.
        let scale = |values: &[f64]| match kernels::max_abs(values) {
            0.0 => 1.0,
            largest => largest.log2().floor().clamp(-1000.0, 1000.0).exp2(),
        };
        let divided = |values: &[f64], by: f64| values.iter().map(|v| v / by).collect();
        let (heads_scale, target_scale) = (scale(w.as_slice()), scale(target));
        Self {
            heads: Design::from_columns(w.rows(), w.columns(), divided(w.as_slice(), heads_scale)),
            target: divided(target, target_scale),
            heads_scale,
            target_scale,
        }
    }

    /// Converts `weights` of the scaled problem to the original units, and adds their residual.
    fn relevance(&self, w: &Design, target: &[f64], weights: Vec<f64>) -> Relevance {
        let mut fitted = vec![0.0; self.target.len()];
        self.heads.mul(&weights, &mut fitted);
        fitted.iter_mut().zip(&self.target).for_each(|(f, t)| *f -= t);
        let norm = kernels::squared_norm(&self.target).sqrt();
        if norm == 0.0 {
            return nothing(w, target);
        }
        let back = self.target_scale / self.heads_scale;
        Relevance {
            weights: weights.iter().map(|v| v * back).collect(),
            residual: kernels::squared_norm(&fitted).sqrt() / norm,
            certificate: 0.0,
        }
    }
}

/// The relevance if no task is relevant.
fn nothing(w: &Design, target: &[f64]) -> Relevance {
    let residual = if kernels::max_abs(target) == 0.0 { 0.0 } else { 1.0 };
    Relevance { weights: vec![0.0; w.columns()], residual, certificate: 0.0 }
}

fn check(w: &Design, target: &[f64]) -> Result<(), Invalid> {
    let (k, tasks) = (w.rows(), w.columns());
    if k == 0 || tasks == 0 {
        return Err(Invalid::new(
            "w",
            format!("expected at least one row and one task, found {k} × {tasks}"),
        ));
    }
    if target.len() != k {
        let message = format!("expected length {k}, that of the tasks' heads, found {}", target.len());
        return Err(Invalid::new("target", message));
    }
    if let Some(i) = target.iter().position(|v| !v.is_finite()) {
        return Err(Invalid::new(
            "target",
            format!("expected a finite number, found {} in entry {i}", target[i]),
        ));
    }
    if let Some(t) = (0..tasks).find(|&t| w.column(t).iter().any(|v| !v.is_finite())) {
        return Err(Invalid::new("w", format!("the head of task {t} is not finite")));
    }
    Ok(())
}

/// Checks that there is one positive, finite cost for each of `tasks`.
pub(super) fn check_costs(costs: &[f64], tasks: usize) -> Result<(), Invalid> {
    if costs.len() != tasks {
        let message = format!("expected one cost for each of {tasks} tasks, found {}", costs.len());
        return Err(Invalid::new("costs", message));
    }
    match costs.iter().position(|c| !(c.is_finite() && *c > 0.0)) {
        Some(t) => {
            let message = format!("expected a finite cost above 0, found {} for task {t}", costs[t]);
            Err(Invalid::new(format!("costs[{t}]"), message))
        }
        None => Ok(()),
    }
}
