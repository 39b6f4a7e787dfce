//! What happens to unfolded networks when the test is not what was trained for.

use remeasure::harness::experiment::Experiment;
use remeasure::sparse::SPARSE;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "unfolding-mismatch",
    config: include_str!("../configs/unfolding/unfolding-mismatch.toml"),
    path: "configs/unfolding/unfolding-mismatch.toml",
    family: &SPARSE,
};
