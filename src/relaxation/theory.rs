//! Theory of SOR for consistently ordered matrices (Young 1971; Khodak et al., arXiv 2310.02246).

/// `ω* = 1 + (β/(1 + √(1 − β²)))²`, the relaxation with the smallest spectral radius, where `β` in [0, 1) is
/// the spectral radius of Jacobi's iteration.
#[must_use]
pub fn optimal_omega(jacobi_radius: f64) -> f64 {
    let root = (1.0 - jacobi_radius * jacobi_radius).sqrt();
    1.0 + (jacobi_radius / (1.0 + root)).powi(2)
}

/// Spectral radius of SOR: the largest |λ| with `(λ + ω − 1)² = λ ω² β²`. Below ω* this is
/// `(ωβ + √(ω²β² − 4(ω − 1)))²/4`, otherwise `ω − 1`. For `ω` in (0, 2) and `β` in [0, 1).
#[must_use]
pub fn sor_radius(omega: f64, jacobi_radius: f64) -> f64 {
    let scaled = omega * jacobi_radius;
    let discriminant = scaled * scaled - 4.0 * (omega - 1.0);
    if discriminant <= 0.0 { omega - 1.0 } else { 0.25 * (scaled + discriminant.sqrt()).powi(2) }
}

/// The near-asymptotic bound `U = 1 + ln ε / ln(ρ + τ(1 − ρ))` on the iterations to a relative residual `ε`
/// (Khodak et al.); without the 1 and with `τ = 0` it is the asymptotic estimate. NaN if `ρ ≥ 1`.
#[must_use]
pub fn iterations(tolerance: f64, radius: f64, tau: f64) -> f64 {
    let rate = radius + tau * (1.0 - radius);
    if rate < 1.0 { 1.0 + tolerance.ln() / rate.ln() } else { f64::NAN }
}
