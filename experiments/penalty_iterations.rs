//! How fast do penalty methods that run in a single loop converge?

use remeasure::bilevel::BILEVEL;
use remeasure::harness::experiment::Experiment;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "penalty-iterations",
    config: include_str!("../configs/penalty-bilevel/penalty-iterations.toml"),
    path: "configs/penalty-bilevel/penalty-iterations.toml",
    family: &BILEVEL,
};
