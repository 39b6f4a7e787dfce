//! Differences no larger than rounding errors, or than a claim's `resolution`.

use remeasure_core::Invalid;
use remeasure_core::format::number;
use remeasure_core::numerics::statistics::{Estimate, RELATIVE_RESOLUTION, mean};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claim::require;
use super::evidence::{Evidence, tied};

/// Differences of means up to this size count as zero, unless a claim sets `resolution`: the rounding
/// error of numbers of order 1.
pub(super) fn rounding() -> f64 {
    f64::EPSILON
}

/// Checks the key `resolution`.
pub(super) fn check(resolution: f64) -> Result<(), Invalid> {
    require(resolution >= 0.0 && resolution.is_finite(), "resolution", "must be at least 0")
}

/// The scale on which two estimators are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scale {
    /// Mean of paired differences.
    #[default]
    Difference,
    /// Mean of paired log ratios, shown as a geometric mean ratio.
    Ratio,
}

/// The distance of a mean from its bound, and the largest distance that counts as zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distance {
    size: f64,
    room: f64,
}

impl Distance {
    /// Between the means of pairs, given the tested estimate and its bound.
    pub(super) fn paired(
        pairs: &[(f64, f64)],
        (factor, scale): (f64, Scale),
        (estimate, bound): (Estimate, f64),
        resolution: f64,
    ) -> Self {
        let size = estimate.value - bound;
        let larger: Vec<f64> = pairs.iter().map(|(x, y)| x.abs().max((factor * y).abs())).collect();
        if scale == Scale::Difference {
            return Self { size, room: resolution.max(RELATIVE_RESOLUTION * mean(&larger)) };
        }
        // A log ratio is a relative difference already; `resolution` applies to the numbers themselves.
        if size.abs() <= RELATIVE_RESOLUTION {
            return Self { size, room: RELATIVE_RESOLUTION };
        }
        let plain: Vec<f64> = pairs.iter().map(|(x, y)| x - factor * y).collect();
        Self { size: mean(&plain), room: resolution }
    }

    /// Between the means of two samples.
    pub(super) fn between(first: &[f64], second: &[f64], resolution: f64) -> Self {
        let (a, b) = (mean(first), mean(second));
        Self { size: b - a, room: resolution.max(RELATIVE_RESOLUTION * a.abs().max(b.abs())) }
    }

    /// Between two cells' ratios of means, each given as numerator and denominator.
    pub(super) fn of_ratios(one: (f64, f64), two: (f64, f64), resolution: f64) -> Self {
        let (first, second) = (one.0 / one.1, two.0 / two.1);
        let change = (second / first).ln();
        if change.abs() <= RELATIVE_RESOLUTION {
            return Self { size: change, room: RELATIVE_RESOLUTION };
        }
        // `resolution` applies to the numbers themselves: to the distance between the numerator of one cell
        // and the numerator that would give it the ratio of the other cell.
        let (there, back) = (two.0 - first * two.1, one.0 - second * one.1);
        Self { size: if there.abs() < back.abs() { there } else { back }, room: resolution }
    }
}

/// Removes the evidence of the groups whose distance from the bound counts as zero.
pub(super) fn mark(
    groups: &mut [(String, Evidence)],
    distances: &[Distance],
    bound: f64,
    notes: &mut Vec<String>,
) {
    let (mut ties, mut room) = (0, 0.0_f64);
    for ((_, evidence), distance) in groups.iter_mut().zip(distances) {
        if distance.size.abs() > distance.room {
            continue;
        }
        *evidence = tied(evidence.clone(), bound);
        // Equal numbers need no explanation.
        if distance.size != 0.0 {
            ties += 1;
            room = room.max(distance.room);
        }
    }
    if ties > 0 {
        let which = match groups.len() {
            1 => "the difference counts".into(),
            k => format!("{ties} of {k} differences count"),
        };
        notes.push(format!("{which} as zero: at most {}", number(room)));
    }
}
