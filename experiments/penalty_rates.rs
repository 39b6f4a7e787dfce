//! How close does the penalty function come, and how fast do penalty methods converge?

use remeasure::bilevel::Bilevel;
use remeasure::core::curve::Curve;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "penalty-rates",
    config: include_str!("../configs/penalty-bilevel/penalty-rates.toml"),
    path: "configs/penalty-bilevel/penalty-rates.toml",
    family: &Bilevel,
    curves: &[
        Curve {
            name: "value-order",
            label: "O(σ), as on the documented data",
            source: "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.08 at σ = .001",
            arguments: &["sigma"],
            evaluate: |a| 5.0785e3 * a[0],
        },
        Curve {
            name: "gradient-order",
            label: "O(σ), as on the documented data",
            source: "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.00 at σ = .001",
            arguments: &["sigma"],
            evaluate: |a| 5.0025e3 * a[0],
        },
        Curve {
            name: "jump",
            label: "|g(−1) − g(½)| = 2.25",
            source: "closed form of the bilinear problem",
            arguments: &[],
            evaluate: |_| 2.25,
        },
    ],
};
