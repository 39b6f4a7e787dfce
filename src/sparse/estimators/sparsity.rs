//! The key `sparsity` of the ℓ0 methods.

use anyhow::Context;
use remeasure_core::Invalid;

use crate::estimator::Task;
use crate::problem::Problem;

/// The key as given in configs; `None` stands for the true sparsity.
pub(super) struct SparsityKey(pub(super) Option<usize>);

impl SparsityKey {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        match self.0 {
            Some(0) => Err(Invalid::new("sparsity", "expected at least 1, found 0")),
            _ => Ok(()),
        }
    }

    pub(super) fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (_, p) = problem.shape();
        match (self.0, problem.sparsity()) {
            (None, None) if !problem.is_unseen() => {
                Err(Invalid::new("sparsity", "the true sparsity of this problem is unknown: set a number"))
            }
            (Some(k), _) if k > p => {
                Err(Invalid::new("sparsity", format!("sparsity = {k} exceeds the p = {p} features")))
            }
            _ => Ok(()),
        }
    }
}

/// The number of non-zero coefficients of a fit.
pub(super) struct Sparsity(pub(super) usize);

impl Sparsity {
    /// The key's value, or the number of non-zero coefficients of the truth.
    pub(super) fn of(key: Option<usize>, task: &Task<'_>) -> anyhow::Result<Self> {
        let known = key.or(task.truth.map(|t| t.support.len()));
        Ok(Self(known.context("the sparsity is neither set nor known")?))
    }
}
