//! Source tasks sampled by their true relevance to the target: what each way of doing it could reach.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::MULTITASK;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-known",
    config: include_str!("../configs/active-multitask/amtrl-known.toml"),
    path: "configs/active-multitask/amtrl-known.toml",
    family: &MULTITASK,
};
