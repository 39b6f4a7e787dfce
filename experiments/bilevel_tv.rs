//! Learned total variation on synthetic signals and images.

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "bilevel-tv",
    config: include_str!("../configs/maid/bilevel-tv.toml"),
    path: "configs/maid/bilevel-tv.toml",
    family: &BILEVEL,
};
