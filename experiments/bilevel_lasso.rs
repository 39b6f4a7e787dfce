//! Lasso and elastic net, their weights chosen by held-out error.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-lasso",
    config: include_str!("../configs/maid/bilevel-lasso.toml"),
    path: "configs/maid/bilevel-lasso.toml",
    family: &BILEVEL,
};
