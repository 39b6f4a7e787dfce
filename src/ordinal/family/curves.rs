//! Reference curves for figures and claims.

use remeasure_core::curve::Curve;

/// Age cutoffs at which Faletto and Bien (2023) report means for their diabetes data.
const CUTOFFS: [f64; 8] = [30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0];

/// Published means over 49 splits, read from the vector figure.
const PRESTO: [f64; 8] = [0.00094, 0.00502, 0.0173, 0.0609, 0.124, 0.2349, 0.35362, 0.34554];
const LOGISTIC: [f64; 8] = [0.00962, 0.02365, 0.04683, 0.11519, 0.21109, 0.33601, 0.41353, 0.44802];
const PROPORTIONAL_ODDS: [f64; 8] = [0.00923, 0.02175, 0.04813, 0.11752, 0.21306, 0.34014, 0.41818, 0.44729];

/// The reference curves of the family.
pub(super) const CURVES: &[Curve] = &[
    published("published-presto", "published PRESTO", |x| between(&PRESTO, x[0])),
    published("published-proportional-odds", "published PO", |x| between(&PROPORTIONAL_ODDS, x[0])),
    published("published-logistic", "published logistic", |x| between(&LOGISTIC, x[0])),
];

const fn published(name: &'static str, label: &'static str, evaluate: fn(&[f64]) -> f64) -> Curve {
    Curve { name, label, source: "Faletto and Bien 2023, Figure 4", arguments: &["cutoff"], evaluate }
}

/// Interpolates the published means linearly on a logarithmic scale; NaN outside their range.
fn between(means: &[f64; 8], cutoff: f64) -> f64 {
    let above = CUTOFFS.partition_point(|c| *c < cutoff);
    match (above.checked_sub(1), CUTOFFS.get(above)) {
        (_, Some(c)) if *c == cutoff => means[above],
        (Some(below), Some(c)) => {
            let share = (cutoff - CUTOFFS[below]) / (c - CUTOFFS[below]);
            means[below] * (means[above] / means[below]).powf(share)
        }
        _ => f64::NAN,
    }
}
