//! Source tasks sampled by their true relevance to the target: what each way of doing it could reach.

use remeasure::harness::experiment::Experiment;
use remeasure::studies::Multitask;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-known",
    config: include_str!("../configs/amtrl-known.toml"),
    path: "configs/amtrl-known.toml",
    family: &Multitask,
    curves: &[],
};
