//! Converts heads of the tasks to shares of the budget.

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::allocation;
use crate::allocation::Costs;
use crate::relevance;
use crate::relevance::Relevance;

/// How to compute the shares from heads `W` and target `w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum Rule {
    /// `n ∝ |ν¹|`, `ν¹ = argmin ‖ν‖₁ s.t. Wν = w`.
    #[serde(rename = "nu1")]
    Nu1,
    /// `n ∝ |ν¹|`, `ν¹ = argmin ½‖Ŵν − ŵ‖² + λ‖ν‖₁`.
    #[serde(rename = "nu1-lasso")]
    Nu1Lasso,
    /// `n ∝ ν²(t)²`, `ν² = argmin ‖ν‖₂ s.t. Wν = w`.
    #[serde(rename = "nu2")]
    Nu2,
    /// `n ∝ |ν²|`.
    #[serde(rename = "abs-nu2")]
    AbsNu2,
    /// `n_t ∝ |ν_t|/√c_t`, `ν = argmin Σ √c_t |ν_t| s.t. Wν = w`, where an observation of task `t` costs `c_t`.
    #[serde(rename = "nu1-cost-aware")]
    Nu1CostAware,
}

impl Rule {
    /// Relevance of the tasks, and the shares of the budget that follow from it; only the `top` largest, if
    /// given.
    ///
    /// If no task is relevant (the penalty is too large, or the target is 0), the shares are equal.
    pub(super) fn shares(
        self,
        heads: &Design,
        target: &[f64],
        costs: Option<&Costs>,
        lambda: f64,
        top: Option<usize>,
    ) -> anyhow::Result<(Relevance, Vec<f64>)> {
        let relevance = match self {
            Self::Nu1 => relevance::l1(heads, target)?,
            Self::Nu1Lasso => relevance::lasso(heads, target, lambda)?,
            Self::Nu2 | Self::AbsNu2 => relevance::l2(heads, target)?,
            Self::Nu1CostAware => {
                let roots: Vec<f64> = sample_costs(costs)?.iter().map(|c| c.sqrt()).collect();
                relevance::l1_weighted(heads, target, &roots)?
            }
        };
        let weights = &relevance.weights;
        if weights.iter().all(|v| *v == 0.0) {
            let shares = allocation::uniform(weights.len());
            return Ok((relevance, shares));
        }
        let shares = match self {
            Self::Nu2 => allocation::squared(weights),
            Self::Nu1CostAware => allocation::cost_aware(weights, sample_costs(costs)?)?,
            Self::Nu1 | Self::Nu1Lasso | Self::AbsNu2 => allocation::absolute(weights),
        };
        let shares = top.map_or(Ok(shares.clone()), |s| allocation::top(&shares, s))?;
        Ok((relevance, shares))
    }

    /// Rejects a problem without costs if the rule needs them.
    pub(super) fn admit(self, has_costs: bool) -> Result<(), Invalid> {
        if self == Self::Nu1CostAware && !has_costs {
            let message = "\"nu1-cost-aware\" needs a problem with `cost_spread` or `access_cost`";
            return Err(Invalid::new("relevance", message));
        }
        Ok(())
    }
}

fn sample_costs(costs: Option<&Costs>) -> Result<&[f64], Invalid> {
    costs
        .map(|c| c.sample.as_slice())
        .ok_or_else(|| Invalid::new("relevance", "\"nu1-cost-aware\" needs a problem with costs"))
}
