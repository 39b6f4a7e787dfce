//! A penalty for each weight of a multinomial logistic regression.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-logistic",
    config: include_str!("../configs/maid/bilevel-logistic.toml"),
    path: "configs/maid/bilevel-logistic.toml",
    family: &BILEVEL,
};
