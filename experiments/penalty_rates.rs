//! How close does the penalty function come, and how fast do penalty methods converge?

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "penalty-rates",
    config: include_str!("../configs/penalty-bilevel/penalty-rates.toml"),
    path: "configs/penalty-bilevel/penalty-rates.toml",
    family: &BILEVEL,
};
