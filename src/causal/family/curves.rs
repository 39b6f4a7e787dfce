//! Reference curves for figures and claims: closed forms for infinitely many rows, on average over the published
//! models, and logged effects.

use remeasure_core::curve::Curve;

use crate::models;
use crate::onemap::log::{Logged, logged};
use crate::theory::{Limit, mean_ncer};

const SOURCE: &str = "derived by remeasure: see causal::theory; mean over the 32 published models";

const LOG: &str =
    "log of the authors' simulation notebook (Pettersson et al.), interpolated between its trials";

/// The reference curves of the family.
pub(super) const CURVES: &[Curve] = &[
    Curve {
        name: "limit-erm",
        label: "n → ∞, ERM",
        source: SOURCE,
        arguments: &["kappa", "sigma"],
        evaluate: |x| mean(x[0], x[1], Limit::ERM),
    },
    Curve {
        name: "limit-da-erm",
        label: "n → ∞, DA+ERM",
        source: SOURCE,
        arguments: &["kappa", "sigma", "gamma"],
        evaluate: |x| mean(x[0], x[1], Limit::augmented(x[2])),
    },
    Curve {
        name: "limit-da-ivl",
        label: "n → ∞, IVL-α",
        source: SOURCE,
        arguments: &["kappa", "sigma", "gamma", "alpha"],
        evaluate: |x| mean(x[0], x[1], Limit::ivl(x[2], x[3])),
    },
    Curve {
        name: "logged-naive",
        label: "logged, naive",
        source: LOG,
        arguments: &["coordinate"],
        evaluate: |x| logged(Logged::Naive, x[0]),
    },
    Curve {
        name: "logged-ratledge",
        label: "logged, ratledge",
        source: LOG,
        arguments: &["coordinate"],
        evaluate: |x| logged(Logged::Ratledge, x[0]),
    },
    Curve {
        name: "logged-ppi",
        label: "logged, ppi",
        source: LOG,
        arguments: &["coordinate"],
        evaluate: |x| logged(Logged::Ppi, x[0]),
    },
];

/// NaN where there is no closed form.
fn mean(kappa: f64, sigma: f64, limit: Limit) -> f64 {
    mean_ncer(models::published(), kappa, sigma, limit).unwrap_or(f64::NAN)
}
