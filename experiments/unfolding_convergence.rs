//! What training the steps of ISTA and IHT gains, with the truth and without.

use remeasure::harness::experiment::Experiment;
use remeasure::sparse::SPARSE;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "unfolding-convergence",
    config: include_str!("../configs/unfolding/unfolding-convergence.toml"),
    path: "configs/unfolding/unfolding-convergence.toml",
    family: &SPARSE,
};
