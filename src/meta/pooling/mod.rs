//! Pooling: one estimate from many studies, with its heterogeneity.
//!
//! Definitions and defaults are those of metafor 3.8-1 (`rma`, `rma.mh`, `rma.peto`, `confint`), which the tests compare
//! with.

mod heterogeneity;
mod tables;
mod variance;

pub use heterogeneity::{Profile, profile};
pub use tables::{mantel_haenszel, peto};
pub use variance::{Between, dersimonian_laird, hedges, paule_mandel, reml};

use anyhow::{Context, ensure};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::studies::{Effect, Studies};

/// The 97.5 % point of the standard normal distribution.
pub const Z: f64 = 1.959_963_984_540_054;

/// A pooled estimate. Effects, standard errors and the square root of τ² have the unit of the studies' effects.
#[derive(Clone, Debug)]
pub struct Pooled {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Cochran's `Q = Σ (y − θ)²/v`, with θ the estimate of the method under a common effect.
    pub q: f64,
    /// Studies that were used.
    pub studies: usize,
    /// Share of each study in the estimate, in percent; 0 for studies left out. Same length as the studies.
    pub weights: Vec<f64>,
    /// I² in percent; `None` for a single study.
    pub i2: Option<f64>,
    /// The variance between studies, for methods that estimate it.
    pub between: Option<Between>,
    /// Intervals of τ² and I² (level 95 %), for methods that estimate τ².
    pub profile: Option<Profile>,
    /// Relative size of `Σ w (y − θ)`, which is 0 where `Q` is least; for estimates that minimise it.
    pub gradient: Option<f64>,
    /// Why the estimate is not what the method promises.
    pub shortfall: Option<String>,
}

impl Pooled {
    /// The 95 % interval of the estimate.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        (self.estimate - Z * self.se, self.estimate + Z * self.se)
    }

    /// The p-value of `Q` against a χ² distribution with one degree of freedom less than there are studies; `None` for a
    /// single study.
    #[must_use]
    pub fn q_p_value(&self) -> Option<f64> {
        let law = ChiSquared::new(self.studies.checked_sub(1).filter(|k| *k > 0)? as f64).ok()?;
        Some(law.sf(self.q.max(0.0)))
    }
}

/// Sums over studies weighted by `w = 1/(v + τ²)`.
#[derive(Clone, Copy, Debug)]
pub struct Weighted {
    /// `Σ w`.
    pub sum: f64,
    /// `tr P = Σ w − Σ w²/Σ w`, where `P` is the residual projection `W − w wᵀ/Σ w`.
    pub trace: f64,
    /// `tr P² = Σ w² − 2 Σ w³/Σ w + (Σ w²/Σ w)²`.
    pub trace_squares: f64,
    /// `θ = Σ w y / Σ w`.
    pub mean: f64,
    /// `Σ w (y − θ)²`.
    pub q: f64,
    /// `Σ w² (y − θ)²`.
    pub q_squares: f64,
    /// `|Σ w (y − θ)| / Σ w |y − θ|`, or 0 if all effects are equal.
    pub gradient: f64,
}

impl Weighted {
    /// The sums of at least one effect, for a variance between studies `tau2 ≥ 0`.
    #[must_use]
    pub fn new(effects: &[Effect], tau2: f64) -> Self {
        let weights: Vec<f64> = effects.iter().map(|e| 1.0 / (e.variance + tau2)).collect();
        let total = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
            weights.iter().zip(effects).map(|(&w, e)| term(w, e.value)).sum()
        };
        let sum = total(&|w, _| w);
        // A mean around the first effect loses no digits where all effects are large and alike.
        let origin = effects.first().map_or(0.0, |e| e.value);
        let mean = origin + total(&|w, y| w * (y - origin)) / sum;
        let size = total(&|w, y| w * (y - mean).abs());
        let left = total(&|w, y| w * (y - mean)).abs();
        // Sums over the other studies, without subtracting: one study may have nearly all of the weight.
        let (mut trace, mut trace_squares) = (0.0, 0.0);
        for (w, rest, rest_squares) in others(&weights) {
            trace += w * (rest / sum);
            trace_squares += (w / sum).powi(2) * (rest * rest + rest_squares);
        }
        Self {
            sum,
            trace,
            trace_squares,
            mean,
            q: total(&|w, y| w * (y - mean).powi(2)),
            q_squares: total(&|w, y| (w * (y - mean)).powi(2)),
            // Rounding of the mean itself is no departure.
            gradient: if size > sum * mean.abs() * f64::EPSILON { left / size } else { 0.0 },
        }
    }

    /// Standard error of the mean.
    #[must_use]
    pub fn se(&self) -> f64 {
        self.sum.sqrt().recip()
    }
}

/// Each number with the sum and the sum of squares of all others.
fn others(numbers: &[f64]) -> Vec<(f64, f64, f64)> {
    let mut all: Vec<(f64, f64, f64)> = Vec::with_capacity(numbers.len());
    let mut before = (0.0, 0.0);
    for &v in numbers {
        all.push((v, before.0, before.1));
        before = (before.0 + v, before.1 + v * v);
    }
    let mut after = (0.0, 0.0);
    for entry in all.iter_mut().rev() {
        entry.1 += after.0;
        entry.2 += after.1;
        after = (after.0 + entry.0, after.1 + entry.0 * entry.0);
    }
    all
}

/// The effects that can be pooled, of at least one study.
fn usable(studies: &Studies) -> anyhow::Result<(Vec<Option<Effect>>, Vec<Effect>)> {
    let all = studies.effects();
    let used: Vec<Effect> = all.iter().flatten().copied().collect();
    ensure!(
        !used.is_empty(),
        "no study can be pooled: in each, either nobody or everybody had an event in both arms, which says nothing \
         about a ratio"
    );
    Ok((all, used))
}

/// `Q` as a share in excess of its degrees of freedom, in percent; `None` for a single study.
fn excess(q: f64, studies: usize) -> Option<f64> {
    let free = studies.checked_sub(1).filter(|k| *k > 0)? as f64;
    Some(if q > free { 100.0 * (q - free) / q } else { 0.0 })
}

/// Weights in percent, 0 where a study is left out.
fn percent<T>(all: &[Option<T>], weight: impl Fn(&T) -> f64) -> Vec<f64> {
    let raw: Vec<f64> = all.iter().map(|e| e.as_ref().map_or(0.0, &weight)).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|w| if sum > 0.0 { 100.0 * w / sum } else { 0.0 }).collect()
}

/// The fixed-effect estimate: weights `1/v`.
///
/// # Errors
/// No study can be pooled.
pub fn fixed_effect(studies: &Studies) -> anyhow::Result<Pooled> {
    let (all, used) = usable(studies)?;
    let sums = Weighted::new(&used, 0.0);
    Ok(Pooled {
        estimate: sums.mean,
        se: sums.se(),
        q: sums.q,
        studies: used.len(),
        weights: percent(&all, |e| 1.0 / e.variance),
        i2: excess(sums.q, used.len()),
        between: None,
        profile: None,
        gradient: Some(sums.gradient),
        shortfall: None,
    })
}

/// A random-effects estimate: weights `1/(v + τ²)`, with τ² by one of the methods of this module. Of a single study the
/// fixed-effect estimate is returned, with a shortfall and neither τ² nor I².
///
/// # Errors
/// No study can be pooled.
pub fn random_effects(studies: &Studies, method: fn(&[Effect]) -> Between) -> anyhow::Result<Pooled> {
    let fixed = fixed_effect(studies)?;
    let (all, used) = usable(studies)?;
    if used.len() < 2 {
        let message = "a single study says nothing of the variance between studies: its own effect is shown";
        return Ok(Pooled { shortfall: Some(message.to_owned()), gradient: None, ..fixed });
    }
    let between = method(&used);
    let sums = Weighted::new(&used, between.tau2);
    let typical = heterogeneity::typical_variance(&used);
    Ok(Pooled {
        estimate: sums.mean,
        se: sums.se(),
        weights: percent(&all, |e| 1.0 / (e.variance + between.tau2)),
        i2: Some(100.0 * between.tau2 / (between.tau2 + typical)),
        profile: profile(&used, 0.95),
        gradient: Some(sums.gradient),
        shortfall: (!between.converged)
            .then(|| format!("τ² did not converge within {} steps", variance::STEPS)),
        between: Some(between),
        ..fixed
    })
}

/// The yardstick: the effect of the most precise study alone. `Q`, I² and weights are those of all studies around it.
///
/// # Errors
/// No study can be pooled.
pub fn largest_study(studies: &Studies) -> anyhow::Result<Pooled> {
    let (all, used) = usable(studies)?;
    let most = used.iter().min_by(|a, b| a.variance.total_cmp(&b.variance)).context("no study")?;
    let place = all.iter().position(|e| e.as_ref() == Some(most));
    let q = used.iter().map(|e| (e.value - most.value).powi(2) / e.variance).sum();
    Ok(Pooled {
        estimate: most.value,
        se: most.variance.sqrt(),
        q,
        studies: used.len(),
        weights: (0..all.len()).map(|i| if Some(i) == place { 100.0 } else { 0.0 }).collect(),
        i2: excess(q, used.len()),
        between: None,
        profile: None,
        gradient: None,
        shortfall: None,
    })
}
