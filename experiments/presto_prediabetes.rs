//! The paper's application to diabetes by a cutoff of age, as published and as it should be.

use remeasure::harness::experiment::Experiment;
use remeasure::studies::Ordinal;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "presto-prediabetes",
    config: include_str!("../configs/presto-prediabetes.toml"),
    path: "configs/presto-prediabetes.toml",
    family: &Ordinal,
    curves: &[],
};
