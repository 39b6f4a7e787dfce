//! Theory of the excess risk for many observations.
//!
//! With isotropic features and `n_t` observations of task `t`, the error of the learned representation in the
//! direction of the target is, to first order in `1/n`, Gaussian in the `d − k` directions outside it. Each
//! has variance `σ² V(n)`, where `V(n) = wᵀ (W diag(n) Wᵀ)⁻¹ w` is the variance of a c-optimal design
//! problem. So the excess risk `½ E(xᵀ(B̂ŵ − B w))²` is about `σ²/2 · [(d − k) V(n) + k / n_target]`. This
//! expansion is remeasure's own derivation; that `ν¹` minimises the bound is theorem 3.4 of Wang, Chen,
//! Jamieson and Du (2023), here in the form of Elfving's theorem: the least `V` subject to `Σ n_t = N` is
//! `‖ν¹‖₁² / N`.

use remeasure_core::numerics::dense;
use remeasure_core::numerics::{Design, kernels};

/// Relative size of the target's part outside the span of the sampled tasks from which its variance is
/// infinite.
const OUTSIDE: f64 = 1e-8;

/// `V(n) = wᵀ (W diag(n) Wᵀ)⁻¹ w` for heads `W`, `k × T`, a target of length `k` and numbers of observations,
/// length `T`; infinite if the target is not in the span of the sampled tasks.
///
/// # Errors
/// A number is not finite.
///
/// # Panics
/// If the lengths do not match.
pub fn design_variance(heads: &Design, target: &[f64], counts: &[f64]) -> anyhow::Result<f64> {
    let k = heads.rows();
    assert_eq!(target.len(), k, "a target of length k");
    assert_eq!(counts.len(), heads.columns(), "one count per task");
    let information = information(heads, counts);
    if let Some(factor) = dense::Cholesky::new(k, &information) {
        let mut solved = target.to_vec();
        factor.solve(&mut solved);
        return Ok(kernels::dot(&solved, target));
    }
    let (solved, outside) = dense::pseudo_solve(k, &information, target)?;
    Ok(if outside > OUTSIDE { f64::INFINITY } else { kernels::dot(&solved, target) })
}

/// `W diag(n) Wᵀ`, `k × k`.
pub(super) fn information(heads: &Design, counts: &[f64]) -> Vec<f64> {
    let k = heads.rows();
    let mut sum = vec![0.0; k * k];
    for (t, &count) in counts.iter().enumerate().filter(|c| *c.1 != 0.0) {
        let head = heads.column(t);
        for (value, out) in head.iter().zip(sum.chunks_exact_mut(k)) {
            kernels::axpy(count * value, head, out);
        }
    }
    sum
}

/// The first-order excess risk in two parts: that of the representation, `σ²/2 · (d − k) V(n)`, and that of
/// the target's head, `σ²/2 · k / n_target`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asymptotic {
    /// `½‖(I − P_B̂) B w‖²`.
    pub representation: f64,
    /// `½‖ŵ − B̂ᵀB w‖²`.
    pub head: f64,
}

impl Asymptotic {
    /// The risk with `counts` observations of the tasks and `target_samples` of the target.
    ///
    /// # Errors
    /// As [`design_variance`].
    pub fn new(
        dimension: usize,
        sigma: f64,
        heads: &Design,
        target: &[f64],
        counts: &[f64],
        target_samples: u64,
    ) -> anyhow::Result<Self> {
        let (k, half) = (heads.rows(), 0.5 * sigma * sigma);
        let outside = dimension.saturating_sub(k) as f64;
        Ok(Self {
            representation: half * outside * design_variance(heads, target, counts)?,
            head: half * k as f64 / target_samples as f64,
        })
    }

    /// The sum of both parts.
    #[must_use]
    pub fn excess_risk(self) -> f64 {
        self.representation + self.head
    }
}

/// Heads `W`, `k × T`, and target of the instance that is hard for `ν²`: tasks `e_1, …, e_{k−1}` once each,
/// then `T − k + 1` copies of `e_k`; target `(1, …, 1)/√k`. This is remeasure's own construction in the
/// spirit of the lower bound of Wang et al. (2023), not theirs.
///
/// # Panics
/// If `T < k` or `k = 0`.
#[must_use]
pub fn hard_instance(tasks: usize, k: usize) -> (Design, Vec<f64>) {
    assert!(k > 0 && tasks >= k, "{tasks} tasks of rank {k}");
    let mut heads = Design::from_columns(k, tasks, vec![0.0; k * tasks]);
    for t in 0..tasks {
        heads.column_mut(t)[t.min(k - 1)] = 1.0;
    }
    (heads, vec![1.0 / (k as f64).sqrt(); k])
}

/// `V_ν²/V_ν¹` on the hard instance at equal budgets: `T ((k − 1)/k + 1/(k m)) / k` with `m = T − k + 1`, which grows
/// like `T (k − 1)/k²`.
#[must_use]
pub fn hard_ratio(tasks: f64, k: f64) -> f64 {
    tasks * ((k - 1.0) / k + 1.0 / (k * (tasks - k + 1.0))) / k
}
