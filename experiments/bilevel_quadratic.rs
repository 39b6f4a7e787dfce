//! Inexact hypergradients on a quadratic of which everything is known.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-quadratic",
    config: include_str!("../configs/maid/bilevel-quadratic.toml"),
    path: "configs/maid/bilevel-quadratic.toml",
    family: &BILEVEL,
};
