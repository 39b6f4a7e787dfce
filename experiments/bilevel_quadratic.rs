//! Inexact hypergradients on a quadratic of which everything is known.

use remeasure::harness::experiment::Experiment;
use remeasure::studies::Bilevel;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-quadratic",
    config: include_str!("../configs/maid/bilevel-quadratic.toml"),
    path: "configs/maid/bilevel-quadratic.toml",
    family: &Bilevel,
    curves: &[],
};
