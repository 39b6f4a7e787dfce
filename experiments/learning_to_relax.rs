//! The relaxation parameter of a solver, learned over a sequence of linear systems.

use remeasure::harness::experiment::Experiment;
use remeasure::relaxation::RELAXATION;

/// Registration: SOR on sequences of shifted Laplacians.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "learning-to-relax",
    config: include_str!("../configs/learning-to-relax/learning-to-relax.toml"),
    path: "configs/learning-to-relax/learning-to-relax.toml",
    family: &RELAXATION,
};

/// Registration: iterations against ω for one matrix.
pub(crate) const OMEGA: Experiment = Experiment {
    name: "learning-to-relax-omega",
    config: include_str!("../configs/learning-to-relax/learning-to-relax-omega.toml"),
    path: "configs/learning-to-relax/learning-to-relax-omega.toml",
    family: &RELAXATION,
};

/// Registration: the heat equation.
pub(crate) const HEAT: Experiment = Experiment {
    name: "learning-to-relax-heat",
    config: include_str!("../configs/learning-to-relax/learning-to-relax-heat.toml"),
    path: "configs/learning-to-relax/learning-to-relax-heat.toml",
    family: &RELAXATION,
};
