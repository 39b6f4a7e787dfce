//! Known asymptotics of sparse recovery.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// The asymptotic ℓ1 phase transition: the undersampling `δ = n/p` above which
/// noiseless ℓ1 minimisation recovers a signal of sparsity `s = k/p` from a
/// Gaussian design.
///
/// `δ(s) = inf_{τ ≥ 0} s(1 + τ²) + (1 − s) · 2∫_τ^∞ (u − τ)² φ(u) du`, the
/// normalised statistical dimension of the ℓ1 descent cone (Amelunxen, Lotz,
/// McCoy and Tropp 2014, "Living on the edge", proposition 4.5; the same curve
/// as Donoho and Tanner 2009). `s` is clamped to `[0, 1]`.
#[must_use]
pub fn l1_transition(sparsity: f64) -> f64 {
    let s = sparsity.clamp(0.0, 1.0);
    if s == 0.0 || s == 1.0 {
        return s;
    }
    let normal = Normal::standard();
    // 2∫_τ^∞ (u − τ)² φ(u) du = 2[(1 + τ²)Φ(−τ) − τφ(τ)]
    let tail = |tau: f64| 2.0 * ((1.0 + tau * tau) * normal.cdf(-tau) - tau * normal.pdf(tau));
    let dimension = |tau: f64| s * (1.0 + tau * tau) + (1.0 - s) * tail(tau);
    // Half the derivative, sτ − (1 − s)·2[φ(τ) − τΦ(−τ)], increases in τ: bisection finds its root.
    let slope = |tau: f64| s * tau - (1.0 - s) * 2.0 * (normal.pdf(tau) - tau * normal.cdf(-tau));
    let (mut low, mut high) = (0.0, 1.0);
    while slope(high) < 0.0 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    dimension(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference by the trapezoidal rule and grid search, independent of the implementation.
    fn by_brute_force(s: f64) -> f64 {
        let phi = |u: f64| (-0.5 * u * u).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let tail = |tau: f64| {
            let step = 1e-3;
            (0..12_000)
                .map(|i| tau + (f64::from(i) + 0.5) * step)
                .map(|u| (u - tau).powi(2) * phi(u))
                .sum::<f64>()
                * 2.0
                * step
        };
        (0..800)
            .map(|i| f64::from(i) * 5e-3)
            .map(|tau| s * (1.0 + tau * tau) + (1.0 - s) * tail(tau))
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn transition_agrees_with_brute_force() {
        for s in [0.01, 0.05, 0.1, 0.25, 0.5, 0.8] {
            assert!((l1_transition(s) - by_brute_force(s)).abs() < 1e-5, "s = {s}");
        }
    }

    #[test]
    fn transition_is_increasing_and_above_the_sparsity() {
        let mut previous = 0.0;
        for i in 1..100 {
            let s = f64::from(i) / 100.0;
            let delta = l1_transition(s);
            assert!(delta > previous && delta > s && delta < 1.0);
            previous = delta;
        }
        assert_eq!(l1_transition(0.0), 0.0);
        assert_eq!(l1_transition(1.0), 1.0);
    }
}
