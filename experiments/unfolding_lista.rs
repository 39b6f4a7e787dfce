//! Learned matrices against learned steps.

use remeasure::harness::experiment::Experiment;
use remeasure::sparse::SPARSE;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "unfolding-lista",
    config: include_str!("../configs/unfolding/unfolding-lista.toml"),
    path: "configs/unfolding/unfolding-lista.toml",
    family: &SPARSE,
};
