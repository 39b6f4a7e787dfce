//! Source tasks sampled by a relevance to the target that is estimated as one goes.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::MULTITASK;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-active",
    config: include_str!("../configs/active-multitask/amtrl-active.toml"),
    path: "configs/active-multitask/amtrl-active.toml",
    family: &MULTITASK,
};
