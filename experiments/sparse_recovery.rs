//! How well and how reliably a sparse signal is recovered from noisy observations.

use remeasure::harness::experiment::Experiment;
use remeasure::sparse::SPARSE;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "sparse-recovery",
    config: include_str!("../configs/sparse-recovery/sparse-recovery.toml"),
    path: "configs/sparse-recovery/sparse-recovery.toml",
    family: &SPARSE,
};
