//! Observations that cost differently, and access to a task that costs once.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::MULTITASK;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-cost",
    config: include_str!("../configs/active-multitask/amtrl-cost.toml"),
    path: "configs/active-multitask/amtrl-cost.toml",
    family: &MULTITASK,
};
