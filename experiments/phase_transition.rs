//! Where noiseless ℓ1 recovery begins to succeed, against the known transition.

use remeasure::harness::experiment::Experiment;
use remeasure::sparse::SPARSE;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "phase-transition",
    config: include_str!("../configs/phase-transition/phase-transition.toml"),
    path: "configs/phase-transition/phase-transition.toml",
    family: &SPARSE,
};
