//! The paper's application to diabetes by a cutoff of age, as published and as it should be.

use remeasure::harness::experiment::Experiment;
use remeasure::ordinal::ORDINAL;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "presto-prediabetes",
    config: include_str!("../configs/presto/presto-prediabetes.toml"),
    path: "configs/presto/presto-prediabetes.toml",
    family: &ORDINAL,
};
