//! Source tasks sampled by a relevance to the target that is estimated as one goes.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::Multitask;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-active",
    config: include_str!("../configs/amtrl-active.toml"),
    path: "configs/amtrl-active.toml",
    family: &Multitask,
    curves: &[],
};
