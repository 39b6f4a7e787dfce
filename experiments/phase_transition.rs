//! Where noiseless ℓ1 recovery begins to succeed, against the known transition.

use remeasure::core::curve::Curve;
use remeasure::harness::experiment::Experiment;
use remeasure::sparse::Sparse;
use remeasure::sparse::theory::l1_transition;

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "phase-transition",
    config: include_str!("../configs/phase-transition/phase-transition.toml"),
    path: "configs/phase-transition/phase-transition.toml",
    family: &Sparse,
    curves: &[Curve {
        name: "l1-transition",
        label: "asymptotic ℓ1 transition",
        source: "Amelunxen, Lotz, McCoy and Tropp (2014); Donoho and Tanner (2009)",
        arguments: &["k_over_p"],
        evaluate: |arguments| l1_transition(arguments[0]),
    }],
};
