//! Reference curves for figures and claims.

use remeasure_core::curve::Curve;

const fn order(name: &'static str, source: &'static str, evaluate: fn(&[f64]) -> f64) -> Curve {
    Curve { name, label: "O(σ), as on the documented data", source, arguments: &["sigma"], evaluate }
}

/// All of them.
pub(super) const CURVES: &[Curve] = &[
    order(
        "value-order",
        "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.08 at σ = .001",
        |x| 5.0785e3 * x[0],
    ),
    order(
        "gradient-order",
        "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.00 at σ = .001",
        |x| 5.0025e3 * x[0],
    ),
    Curve {
        name: "jump",
        label: "|g(−1) − g(½)| = 2.25",
        source: "closed form of the bilinear problem",
        arguments: &[],
        evaluate: |_| 2.25,
    },
];
