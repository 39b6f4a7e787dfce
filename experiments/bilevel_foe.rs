//! A learned field of experts on synthetic images.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-foe",
    config: include_str!("../configs/maid/bilevel-foe.toml"),
    path: "configs/maid/bilevel-foe.toml",
    family: &BILEVEL,
};
