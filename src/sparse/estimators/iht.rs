//! Iterative hard thresholding.

use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use schemars::JsonSchema;
use serde::Deserialize;

use super::sparsity::{Sparsity, SparsityKey};
use crate::estimator::{Certificate, Entry, Estimator, Fit, Snapshot, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Iht, "iht", "iterative hard thresholding at a given sparsity, step 1/L");

/// Iterative hard thresholding (Blumensath and Davies 2009): `x ← H_k(x + step/L · Aᵀ(y − A x))` from zero,
/// with `L = σ_max(A)²`, where `H_k` keeps the `k` entries of largest magnitude. Converges to a local
/// minimum.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Iht {
    /// Number `k` of entries to keep, at least 1. Default: the true sparsity.
    sparsity: Option<usize>,
    /// Step size in units of 1/L, above 0 and below 2.
    #[serde(default = "one")]
    step: f64,
    /// Relative change of the estimate at which to stop, above 0.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "default_iterations")]
    max_iterations: usize,
    /// Record the estimate every this many iterations. Default: record no trajectory.
    trace_every: Option<usize>,
}

fn one() -> f64 {
    1.0
}

fn default_tolerance() -> f64 {
    1e-8
}

fn default_iterations() -> usize {
    10_000
}

impl Check for Iht {
    fn check(&self) -> Result<(), Invalid> {
        SparsityKey(self.sparsity).check()?;
        if !(self.step > 0.0 && self.step < 2.0) {
            return Err(Invalid::new(
                "step",
                format!("expected a step between 0 and 2, found {}", self.step),
            ));
        }
        super::check_stopping(self.tolerance, self.max_iterations, self.trace_every)
    }
}

/// Keeps the `k` entries of largest magnitude; among ties, those with lower indices.
fn hard_threshold(x: &mut [f64], k: usize, order: &mut [usize]) {
    if k >= x.len() {
        return;
    }
    for (i, o) in order.iter_mut().enumerate() {
        *o = i;
    }
    order.select_nth_unstable_by(k, |&a, &b| x[b].abs().total_cmp(&x[a].abs()).then(a.cmp(&b)));
    for &i in &order[k..] {
        x[i] = 0.0;
    }
}

impl Estimator for Iht {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        SparsityKey(self.sparsity).admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (design, n, p) = (task.design, task.design.rows(), task.design.columns());
        let k = Sparsity::of(self.sparsity, task)?.0.min(p);
        let lipschitz = design.spectral_norm().powi(2);
        let step = if lipschitz > 0.0 { self.step / lipschitz } else { 0.0 };
        let mut x = vec![0.0; p];
        let mut next = vec![0.0; p];
        let mut residual = vec![0.0; n];
        let mut order = vec![0; p];
        let mut trajectory = Vec::new();
        let mut change = f64::INFINITY;
        let mut iterations = 0;
        while iterations < self.max_iterations && change > self.tolerance && !deadline::passed() {
            design.mul(&x, &mut residual);
            for (r, y) in residual.iter_mut().zip(task.response) {
                *r = y - *r;
            }
            design.tmul(&residual, &mut next);
            for (v, x) in next.iter_mut().zip(&x) {
                *v = x + step * *v;
            }
            hard_threshold(&mut next, k, &mut order);
            let moved: f64 = next.iter().zip(&x).map(|(a, b)| (a - b) * (a - b)).sum();
            let size = kernels::squared_norm(&next);
            change = if moved == 0.0 { 0.0 } else { (moved / size).sqrt() };
            std::mem::swap(&mut x, &mut next);
            iterations += 1;
            if self.trace_every.is_some_and(|every| iterations % every == 0) {
                trajectory.push(Snapshot { iteration: iterations, coefficients: x.clone() });
            }
        }
        let shortfall = (change > self.tolerance).then(|| {
            format!(
                "relative change {change:.1e} is above {:.1e} after {iterations} iterations",
                self.tolerance
            )
        });
        Ok(Fit {
            reported: Reported::default(),
            coefficients: x,
            lambda: None,
            certificate: Certificate::FixedPoint(change),
            iterations,
            shortfall,
            trajectory,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_entries_are_kept_and_ties_go_to_the_lower_index() {
        let mut x = vec![1.0, -3.0, 2.0, -2.0, 0.5];
        hard_threshold(&mut x, 2, &mut [0; 5]);
        assert_eq!(x, [0.0, -3.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn an_easy_noiseless_signal_is_found() -> anyhow::Result<()> {
        let instance = crate::testing::instance(100, 120, 3, 0.0);
        let iht =
            Iht { sparsity: None, step: 1.0, tolerance: 1e-12, max_iterations: 20_000, trace_every: None };
        let fit = iht.fit(&crate::testing::task(&instance))?;
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        assert_eq!(fit.shortfall, None);
        assert!(crate::metrics::nmse(&fit.coefficients, truth) < 1e-18);
        Ok(())
    }
}
