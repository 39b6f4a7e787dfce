//! Intervals of τ² and I².

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{Weighted, variance};
use crate::studies::Effect;

/// Higgins and Thompson's typical variance within studies: `(k − 1)/(Σw − Σw²/Σw)`, `w = 1/v`. At least two effects.
#[must_use]
pub(super) fn typical_variance(effects: &[Effect]) -> f64 {
    (effects.len() as f64 - 1.0) / Weighted::new(effects, 0.0).trace
}

/// Intervals of the variance between studies and of its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Interval of τ².
    pub tau2: (f64, f64),
    /// Interval of I², in percent.
    pub i2: (f64, f64),
    /// Certificate: the larger relative departure of `Q` at an end of τ² from its quantile; at an end that is 0, only
    /// `Q` above the quantile counts.
    pub residual: f64,
}

/// The Q-profile interval of τ² (Viechtbauer 2007): all τ² at which `Σ (y − θ)²/(v + τ²)` lies between the quantiles of
/// χ² with `k − 1` degrees of freedom. An end at which `Q` is below its quantile already at τ² = 0 is 0. The ends of I² are
/// those of τ², divided by themselves plus the typical variance within studies. `None` for fewer than two effects.
#[must_use]
pub fn profile(effects: &[Effect], level: f64) -> Option<Profile> {
    if effects.len() < 2 {
        return None;
    }
    let law = ChiSquared::new(effects.len() as f64 - 1.0).ok()?;
    let tail = 0.5 * (1.0 - level);
    let goals = (law.inverse_cdf(1.0 - tail), law.inverse_cdf(tail));
    let tau2 = (variance::solve(effects, goals.0), variance::solve(effects, goals.1));
    let departure = |tau2, goal| variance::departure(effects, tau2, goal);
    let residual = departure(tau2.0, goals.0).max(departure(tau2.1, goals.1));
    let typical = typical_variance(effects);
    let share = |tau2: f64| 100.0 * tau2 / (tau2 + typical);
    Some(Profile { tau2, i2: (share(tau2.0), share(tau2.1)), residual })
}
