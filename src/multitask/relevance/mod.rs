//! How much each source task tells of the target: weights `ν` with `Wν = w`.
//!
//! `W ∈ R^{k×T}` holds the heads of the source tasks as columns, `w` is the head of the target.
//! Of all `ν` with `Wν = w`, Wang, Chen, Jamieson and Du (2023) take the one of least ℓ1 norm
//! ([`l1`]), Chen, Jamieson and Du (2022) the one of least ℓ2 norm ([`l2`]). Where the heads are only
//! estimated, the Lasso ([`lasso`]) takes the place of the equation.
//!
//! None of them depends on the gauge: `W` and `w` may be replaced by `RW` and `Rw`, `R` orthogonal.
//!
//! **Outside the span.** Where `w` is no combination of the heads, its projection onto their span
//! takes its place, and [`Relevance::residual`] says how much was lost: about 1e-16 where nothing was.
//! Heads count as dependent where a singular value, or the part outside the span of the heads
//! before, is at most 1e-12 of the largest.

mod simplex;
mod span;

use faer::Mat;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_optim::{Lasso, LassoProblem};
use span::Span;

/// Share of the largest head below which what is left of a head counts as nothing.
const DEPENDENT: f64 = 1e-12;

/// Relative gap that the Lasso is asked for, and that it must reach.
const LASSO_GAPS: (f64, f64) = (1e-12, 1e-9);

/// Weights of the source tasks, with the proof of how good they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Relevance {
    /// `ν`, length `T`.
    pub weights: Vec<f64>,
    /// `‖Wν − w‖ / ‖w‖`; 0 where `w = 0`.
    pub residual: f64,
    /// Duality gap relative to the objective at `ν`, for [`lasso`] relative to that at 0; at least 0.
    pub certificate: f64,
}

/// `ν¹ = argmin ‖ν‖₁` subject to `Wν = w`, for `W` of shape `k × T` and `w` of length `k`.
///
/// Exact: an optimal vertex of the linear program, so at most `k` weights are not 0. Where optima are
/// many (duplicate tasks), the same one for the same bits of input.
///
/// # Errors
/// Lengths that do not agree, a value that is not finite, or no optimum within the pivots allowed.
pub fn l1(w: &Design, target: &[f64]) -> anyhow::Result<Relevance> {
    l1_weighted(w, target, &vec![1.0; w.columns()])
}

/// `argmin Σ_t c_t |ν_t|` subject to `Wν = w`, as [`l1`].
///
/// # Errors
/// As [`l1`]; also a cost that is not positive and finite. A task without cost is refused rather than
/// used first: the sample sizes `|ν_t|/√c_t` that costs are for have no limit there.
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

/// `ν² = argmin ‖ν‖₂` subject to `Wν = w`, for `W` of shape `k × T` and `w` of length `k`, by the
/// singular values of `W`. The gap is that of `½‖ν‖²`.
///
/// # Errors
/// Lengths that do not agree or a value that is not finite.
pub fn l2(w: &Design, target: &[f64]) -> anyhow::Result<Relevance> {
    check(w, target)?;
    let scaled = Scaled::new(w, target);
    let (k, tasks) = (w.rows(), w.columns());
    let matrix = Mat::from_fn(k, tasks, |i, t| scaled.heads.column(t)[i]);
    let svd = matrix.thin_svd().map_err(|e| anyhow::anyhow!("no singular values of the heads: {e:?}"))?;
    let (left, values) = (svd.U(), svd.S().column_vector());
    let rank = (0..k.min(tasks)).take_while(|&i| values[i] > DEPENDENT * values[0]).count();
    // ν = Wᵀy with the multipliers y of Wν = w, and Pw, the target's part within the span.
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

/// `argmin ½‖Wν − w‖² + λ‖ν‖₁` for `W` of shape `k × T` and `w` of length `k`; at `λ = 0` its limit,
/// [`l1`].
///
/// # Errors
/// Lengths that do not agree, a value that is not finite, a negative `lambda`, or a gap above 1e-9.
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
    // In scaled units λ is divided by both scales; the solver has 1/(2k) before the square.
    let lambda = lambda / (scaled.heads_scale * scaled.target_scale * w.rows() as f64);
    if problem.lambda_max() <= lambda {
        return Ok(nothing(w, target));
    }
    let solution = Lasso::new(lambda)?.tolerance(LASSO_GAPS.0)?.solve(&problem, None)?;
    let certificate = solution.certificate.gap / problem.null_objective();
    anyhow::ensure!(
        certificate <= LASSO_GAPS.1,
        "relevance by the Lasso: relative gap {certificate:.1e} above {:.0e} after {} sweeps",
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
        // Powers of two leave the digits as they are.
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

    /// `weights` of the scaled problem in the units of the unscaled, with their residual.
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

/// No task is relevant.
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
        let message = format!("has length {}, the heads of the tasks have length {k}", target.len());
        return Err(Invalid::new("target", message));
    }
    if let Some(i) = target.iter().position(|v| !v.is_finite()) {
        return Err(Invalid::new("target", format!("entry {i} is {}, expected a finite number", target[i])));
    }
    if let Some(t) = (0..tasks).find(|&t| w.column(t).iter().any(|v| !v.is_finite())) {
        return Err(Invalid::new("w", format!("the head of task {t} is not finite")));
    }
    Ok(())
}

/// One positive, finite cost for each of `tasks`.
pub(super) fn check_costs(costs: &[f64], tasks: usize) -> Result<(), Invalid> {
    if costs.len() != tasks {
        let message = format!("expected one cost for each of {tasks} tasks, found {}", costs.len());
        return Err(Invalid::new("costs", message));
    }
    match costs.iter().position(|c| !(c.is_finite() && *c > 0.0)) {
        Some(t) => {
            let message = format!("task {t} costs {}; a cost must be positive and finite", costs[t]);
            Err(Invalid::new(format!("costs[{t}]"), message))
        }
        None => Ok(()),
    }
}
