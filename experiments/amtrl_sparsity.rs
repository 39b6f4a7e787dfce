//! How few tasks need to be sampled, and what a limit on them costs each way of sampling.

use remeasure::harness::experiment::Experiment;
use remeasure::multitask::MULTITASK;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-sparsity",
    config: include_str!("../configs/active-multitask/amtrl-sparsity.toml"),
    path: "configs/active-multitask/amtrl-sparsity.toml",
    family: &MULTITASK,
};
