//! Ridge regression with one weight or ten, chosen by held-out error.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-ridge",
    config: include_str!("../configs/maid/bilevel-ridge.toml"),
    path: "configs/maid/bilevel-ridge.toml",
    family: &BILEVEL,
};
