//! The relaxation parameter of a solver, learned over a sequence of linear systems.

use remeasure::core::curve::Curve;
use remeasure::harness::experiment::Experiment;
use remeasure::relaxation::Relaxation;
use remeasure::relaxation::{laplacian::Laplacian, theory};

/// Settings of `learning-to-relax-omega` that no axis tells.
const SIDE: usize = 10;
const TOLERANCE: f64 = 1e-8;

/// Registration: SOR on sequences of shifted Laplacians.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "learning-to-relax",
    config: include_str!("../configs/learning-to-relax/learning-to-relax.toml"),
    path: "configs/learning-to-relax/learning-to-relax.toml",
    family: &Relaxation,
    curves: &[],
};

/// Iterations by `U` at ω and offset; see `theory::iterations`.
fn bound(x: &[f64], tau: f64) -> f64 {
    let radius = theory::sor_radius(x[0], Laplacian::new(SIDE).jacobi_radius(x[1]));
    theory::iterations(TOLERANCE, radius, tau)
}

/// Registration: iterations against ω for one matrix.
pub(crate) const OMEGA: Experiment = Experiment {
    name: "learning-to-relax-omega",
    config: include_str!("../configs/learning-to-relax/learning-to-relax-omega.toml"),
    path: "configs/learning-to-relax/learning-to-relax-omega.toml",
    family: &Relaxation,
    curves: &[Curve {
        name: "asymptotic",
        label: "1 + ln ε / ln ρ(ω)",
        source: "Young 1971; Khodak et al. 2023, near-asymptotic bound with τ = 0",
        arguments: &["omega", "offset"],
        evaluate: |x| bound(x, 0.0),
    }],
};

/// Registration: the heat equation.
pub(crate) const HEAT: Experiment = Experiment {
    name: "learning-to-relax-heat",
    config: include_str!("../configs/learning-to-relax/learning-to-relax-heat.toml"),
    path: "configs/learning-to-relax/learning-to-relax-heat.toml",
    family: &Relaxation,
    curves: &[],
};
