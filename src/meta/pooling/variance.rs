//! Estimators of the variance between studies, τ².

use super::Weighted;
use crate::studies::Effect;

/// Largest number of steps of an iteration.
pub(super) const STEPS: usize = 1000;

/// An estimate of the variance between studies, with the departure from the equation that defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// τ², at least 0, in the squared unit of the effects.
    pub tau2: f64,
    /// Relative departure from the defining equation: of REML its score, of Paule and Mandel `Q − (k − 1)`. Where τ² is 0,
    /// what counts is how far the equation asks for more. `None` for formulas.
    pub residual: Option<f64>,
    /// Whether the iteration ended by its own rule.
    pub converged: bool,
}

impl Between {
    fn formula(tau2: f64) -> Self {
        Self { tau2: tau2.max(0.0), residual: None, converged: true }
    }
}

/// DerSimonian and Laird (1986): `τ² = max(0, (Q − (k − 1))/(Σw − Σw²/Σw))`, `w = 1/v`. At least two effects.
#[must_use]
pub fn dersimonian_laird(effects: &[Effect]) -> Between {
    let sums = Weighted::new(effects, 0.0);
    let free = effects.len() as f64 - 1.0;
    Between::formula((sums.q - free) / sums.trace)
}

/// Hedges (1983): the variance of the effects minus the mean of their sampling variances. At least two effects.
#[must_use]
pub fn hedges(effects: &[Effect]) -> Between {
    let k = effects.len() as f64;
    let mean = effects.iter().map(|e| e.value).sum::<f64>() / k;
    let spread = effects.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (k - 1.0);
    Between::formula(spread - effects.iter().map(|e| e.variance).sum::<f64>() / k)
}

/// The REML score `Σw²(y − θ)² − (Σw − Σw²/Σw)` at τ², and its expected slope (both without the factor ½).
fn score(effects: &[Effect], tau2: f64) -> (f64, f64, f64) {
    let sums = Weighted::new(effects, tau2);
    (sums.q_squares - sums.trace, sums.trace_squares, sums.trace)
}

/// Steps of Fisher scoring before REML halves the interval in which the score changes its sign.
const SCORING: usize = 50;

/// REML by Fisher scoring from the Hedges estimate. Where the likelihood is much more curved than expected, scoring jumps
/// across the maximum for ever; then the interval between the last score above 0 and the last one below is halved. Its
/// residual is the score relative to its trace term `Σw − Σw²/Σw`; at `τ² = 0` only a score above 0 counts. At least two
/// effects.
#[must_use]
pub fn reml(effects: &[Effect]) -> Between {
    let mut tau2 = hedges(effects).tau2;
    let typical = super::heterogeneity::typical_variance(effects);
    let mut converged = false;
    let (mut rises, mut falls) = (0.0, 0.0);
    for count in 0..STEPS {
        let (value, slope, _) = score(effects, tau2);
        *(if value > 0.0 { &mut rises } else { &mut falls }) = tau2;
        let mut step = value / slope;
        if count >= SCORING && rises < falls {
            step = 0.5 * (rises + falls) - tau2;
        }
        while tau2 + step < 0.0 && tau2 > 0.0 && step.abs() > 1e-16 * (tau2 + typical) {
            // Steps that leave the range are halved, as in metafor.
            step *= 0.5;
        }
        let next = (tau2 + step).max(0.0);
        converged = (next - tau2).abs() <= 1e-13 * (tau2 + typical);
        tau2 = next;
        if converged {
            break;
        }
    }
    // Halved steps approach 0 without reaching it.
    if tau2 <= 1e-12 * typical && score(effects, 0.0).0 <= 0.0 {
        tau2 = 0.0;
    }
    let (value, _, trace) = score(effects, tau2);
    let departure = if tau2 > 0.0 { value.abs() } else { value.max(0.0) };
    Between { tau2, residual: Some(departure / trace), converged }
}

/// `Q(τ²) = Σ (y − θ)²/(v + τ²)` and `−dQ/dτ² = Σ (y − θ)²/(v + τ²)²`, without an allocation.
fn falling(effects: &[Effect], tau2: f64) -> (f64, f64) {
    let weight = |e: &Effect| 1.0 / (e.variance + tau2);
    let origin = effects.first().map_or(0.0, |e| e.value);
    let (mut sum, mut product) = (0.0, 0.0);
    for e in effects {
        sum += weight(e);
        product += weight(e) * (e.value - origin);
    }
    let mean = origin + product / sum;
    let (mut q, mut slope) = (0.0, 0.0);
    for e in effects {
        let part = weight(e) * (e.value - mean).powi(2);
        q += part;
        slope += weight(e) * part;
    }
    (q, slope)
}

/// Solves `Q(τ²) = goal > 0` on τ² ≥ 0, where `Q` falls; 0 if it is below from the start.
///
/// Newton's method on `1/Q`, which rises and is concave: with the residual projection `P`, `Q = yᵀPy`, `Q′ = −yᵀP²y`,
/// `Q″ = 2yᵀP³y`, and `QQ″ ≥ 2Q′²` by Cauchy and Schwarz. So its steps from 0 never pass the root, and they end where
/// rounding stops them.
pub(super) fn solve(effects: &[Effect], goal: f64) -> f64 {
    let mut tau2 = 0.0;
    for _ in 0..STEPS {
        let (q, slope) = falling(effects, tau2);
        let next = tau2 + (q / goal) * ((q - goal) / slope);
        if !(q > goal && next > tau2 && next.is_finite()) {
            break;
        }
        tau2 = next;
    }
    tau2
}

/// Relative departure of `Q(τ²)` from a goal; at τ² = 0 only `Q` above it counts.
pub(super) fn departure(effects: &[Effect], tau2: f64, goal: f64) -> f64 {
    let left = Weighted::new(effects, tau2).q - goal;
    (if tau2 > 0.0 { left.abs() } else { left.max(0.0) }) / goal
}

/// Paule and Mandel (1982): the τ² at which `Σ (y − θ)²/(v + τ²) = k − 1`, or 0 if there is none. Exact up to rounding;
/// metafor's root has an error of up to 3e-5 at its default tolerance. At least two effects.
#[must_use]
pub fn paule_mandel(effects: &[Effect]) -> Between {
    let free = effects.len() as f64 - 1.0;
    let tau2 = solve(effects, free);
    Between { tau2, residual: Some(departure(effects, tau2, free)), converged: true }
}
