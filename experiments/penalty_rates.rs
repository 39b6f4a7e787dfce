//! How close does the penalty function come, and how fast do penalty methods converge?

use remeasure::harness::curve::Curve;
use remeasure::harness::experiment::Experiment;
use remeasure::studies::Bilevel;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "penalty-rates",
    config: include_str!("../configs/penalty-rates.toml"),
    path: "configs/penalty-rates.toml",
    family: &Bilevel,
    curves: &[
        Curve {
            name: "value-order",
            label: "O(σ) through 1.67 at .001",
            source: "slope: Kwon et al., arXiv 2309.01753; height: remeasure's reference run, data seed 29",
            arguments: &["sigma"],
            evaluate: |a| 1.67e3 * a[0],
        },
        Curve {
            name: "gradient-order",
            label: "O(σ) through 2.87 at .001",
            source: "slope: Kwon et al., arXiv 2309.01753; height: remeasure's reference run, data seed 29",
            arguments: &["sigma"],
            evaluate: |a| 2.87e3 * a[0],
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
