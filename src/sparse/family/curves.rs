//! Reference curves for figures and claims.

use remeasure_core::curve::Curve;

use crate::theory::l1_transition;

/// The reference curves of the family.
pub(super) const CURVES: &[Curve] = &[Curve {
    name: "l1-transition",
    label: "asymptotic ℓ1 transition",
    source: "Amelunxen, Lotz, McCoy and Tropp (2014); Donoho and Tanner (2009)",
    arguments: &["k_over_p"],
    evaluate: |x| l1_transition(x[0]),
}];
