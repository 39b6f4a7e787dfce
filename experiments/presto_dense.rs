//! Rare events where all slopes differ a little between neighbouring boundaries.

use remeasure::harness::experiment::Experiment;
use remeasure::ordinal::ORDINAL;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "presto-dense",
    config: include_str!("../configs/presto/presto-dense.toml"),
    path: "configs/presto/presto-dense.toml",
    family: &ORDINAL,
};
