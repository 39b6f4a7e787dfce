//! Rare-event ordinal regression on real data that nobody tuned for.

use remeasure::harness::experiment::Experiment;
use remeasure::ordinal::ORDINAL;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "presto-wine",
    config: include_str!("../configs/presto/presto-wine.toml"),
    path: "configs/presto/presto-wine.toml",
    family: &ORDINAL,
};
