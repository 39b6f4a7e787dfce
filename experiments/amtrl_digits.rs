//! Corrupted handwritten digits: what is left of the advantage on real data.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::MULTITASK;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-digits",
    config: include_str!("../configs/active-multitask/amtrl-digits.toml"),
    path: "configs/active-multitask/amtrl-digits.toml",
    family: &MULTITASK,
};
