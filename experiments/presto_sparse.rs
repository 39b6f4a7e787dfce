//! Rare events where few slopes differ between neighbouring boundaries.

use remeasure::harness::experiment::Experiment;
use remeasure::ordinal::ORDINAL;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "presto-sparse",
    config: include_str!("../configs/presto/presto-sparse.toml"),
    path: "configs/presto/presto-sparse.toml",
    family: &ORDINAL,
};
