//! Reference curves for figures and claims.

use remeasure_core::curve::Curve;

use crate::laplacian::Laplacian;
use crate::theory;

/// The reference curves of the family.
pub(super) const CURVES: &[Curve] = &[Curve {
    name: "asymptotic",
    label: "1 + ln ε / ln ρ(ω)",
    source: "Young 1971; Khodak et al. 2023, near-asymptotic bound with τ = 0",
    arguments: &["omega", "offset", "grid", "tolerance"],
    evaluate: |x| asymptotic(x[0], x[1], x[2] as usize, x[3]),
}];

/// Iterations of SOR on a shifted Laplacian with side `grid`; see [`theory::iterations`].
fn asymptotic(omega: f64, offset: f64, grid: usize, tolerance: f64) -> f64 {
    let radius = theory::sor_radius(omega, Laplacian::new(grid).jacobi_radius(offset));
    theory::iterations(tolerance, radius, 0.0)
}
