//! Effects computed from the fields of a row.

use super::fields::number;
use super::{Outcome, Scoring};
use crate::studies::{Counts, Measure};

/// The effect of a row, the log odds ratio or the standardised mean difference; `None` if it cannot be computed. The
/// value is not finite where the published scoring divides by a standard deviation of 0.
#[must_use]
pub fn effect<S: AsRef<str>>(fields: &[S], outcome: Outcome, scoring: Scoring) -> Option<f64> {
    let numbers: Vec<f64> = fields.iter().map(|f| number(f.as_ref())).collect::<Option<_>>()?;
    match (outcome, scoring, &numbers[..]) {
        (Outcome::Binary, Scoring::Published, &[a, n1, c, n2]) => published_log_odds_ratio([a, c], [n1, n2]),
        (Outcome::Binary, Scoring::Corrected, &[a, n1, c, n2]) => log_odds_ratio([a, c], [n1, n2]),
        (Outcome::Continuous, _, &[m1, s1, n1, m2, s2, n2]) => {
            let value = standardised_difference([m1, m2], [s1, s2], [n1, n2])?;
            (value.is_finite() || scoring == Scoring::Published).then_some(value)
        }
        _ => None,
    }
}

/// The table of a row of a binary outcome, if it holds sound counts.
#[must_use]
pub fn counts<S: AsRef<str>>(fields: &[S]) -> Option<Counts> {
    let numbers: Vec<f64> = fields.iter().map(|f| number(f.as_ref())).collect::<Option<_>>()?;
    let &[a, n1, c, n2] = &numbers[..] else { return None };
    Counts::new([a, c], [n1, n2])
}

/// The textbook's log odds ratio: ½ is added to all cells of a table with a zero. A table in which nobody, or everybody,
/// has an event counts, as in the published scoring, although it says nothing about the ratio.
fn log_odds_ratio(events: [f64; 2], sizes: [f64; 2]) -> Option<f64> {
    let table = Counts::new(events, sizes)?;
    if let Some(effect) = table.effect(Measure::OddsRatio) {
        return Some(effect.value);
    }
    let [a, b, c, d] = table.cells().map(|v| v + 0.5);
    Some((a / b).ln() - (c / d).ln())
}

/// The log odds ratio of the authors' scoring. Events become `a + ½` in every table, but sizes grow, by 1, only in tables
/// with a zero. Counts need not be whole, and an empty arm without events passes.
fn published_log_odds_ratio(events: [f64; 2], sizes: [f64; 2]) -> Option<f64> {
    if (0..2).any(|i| events[i] < 0.0 || events[i] > sizes[i]) {
        return None;
    }
    let zero = (0..2).any(|i| events[i] == 0.0 || sizes[i] == events[i]);
    let log_odds = |i: usize| {
        let p = (events[i] + 0.5) / (sizes[i] + f64::from(u8::from(zero)));
        (p > 0.0 && p < 1.0).then(|| (p / (1.0 - p)).ln())
    };
    Some(log_odds(0)? - log_odds(1)?)
}

/// Hedges' standardised mean difference `(m₁ − m₂)/s_p · (1 − 3/(4N − 9))`, with `s_p` pooled by `n − 1` and `N = n₁ + n₂`.
fn standardised_difference(means: [f64; 2], sds: [f64; 2], sizes: [f64; 2]) -> Option<f64> {
    let all = sizes[0] + sizes[1];
    if all <= 2.0 {
        return None;
    }
    let pooled = ((sizes[0] - 1.0) * sds[0] * sds[0] + (sizes[1] - 1.0) * sds[1] * sds[1]) / (all - 2.0);
    Some((means[0] - means[1]) / pooled.sqrt() * (1.0 - 3.0 / (4.0 * all - 9.0)))
}
