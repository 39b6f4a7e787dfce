//! Ridge regression with one weight or ten, chosen by held-out error.

use remeasure::bilevel::Bilevel;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-ridge",
    config: include_str!("../configs/bilevel-ridge.toml"),
    path: "configs/bilevel-ridge.toml",
    family: &Bilevel,
    curves: &[],
};
