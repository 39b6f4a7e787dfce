//! The standard deviation that makes a message with Gaussian noise private.

use statrs::function::erf::erfc;

/// The standard deviation of normal noise that makes a vector `(ε, δ)`-private if one row changes it by at most
/// `sensitivity` in norm: `Δ √(2 ln(1.25/δ))/ε`, a bound for `ε ≤ 1` (Dwork and Roth 2014, theorem A.1), and for larger `ε`
/// the least one (Balle and Wang 2018, theorem 8).
#[must_use]
pub fn deviation(sensitivity: f64, epsilon: f64, delta: f64) -> f64 {
    if epsilon <= 1.0 {
        return sensitivity * (2.0 * (1.25 / delta).ln()).sqrt() / epsilon;
    }
    // The loss falls with the deviation: bisection on its logarithm, to the last digits.
    let (mut low, mut high) = (-20.0_f64, 20.0_f64);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if loss(middle.exp(), epsilon) > delta { low = middle } else { high = middle }
    }
    sensitivity * high.exp()
}

/// The least `δ` for a sensitivity of 1: `Φ(1/2σ − εσ) − e^ε Φ(−1/2σ − εσ)`.
fn loss(sd: f64, epsilon: f64) -> f64 {
    let cdf = |x: f64| 0.5 * erfc(-x / std::f64::consts::SQRT_2);
    let (half, shift) = (0.5 / sd, epsilon * sd);
    cdf(half - shift) - epsilon.exp() * cdf(-half - shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_meets_delta_and_the_classical_bound_is_no_smaller() {
        for epsilon in [1.5, 2.0, 4.0, 10.0] {
            for delta in [1e-6, 1e-3, 0.1] {
                let sd = deviation(1.0, epsilon, delta);
                assert!((loss(sd, epsilon) / delta - 1.0).abs() < 1e-6, "{epsilon} {delta}");
                assert!((deviation(7.0, epsilon, delta) / sd - 7.0).abs() < 1e-12);
            }
        }
        // Where the bound holds, it is not below the least deviation.
        for epsilon in [0.1, 0.5, 1.0] {
            assert!(loss(deviation(1.0, epsilon, 1e-3), epsilon) < 1e-3);
        }
    }

    #[test]
    fn the_loss_is_an_integral_of_densities() {
        // ∫ max(0, p(x) − e^ε p(x − 1)) dx for N(½, σ²), N(−½, σ²).
        let (sd, epsilon) = (0.8, 2.0_f64);
        let density = |x: f64| (-0.5 * (x / sd).powi(2)).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
        let step = 1e-4;
        let excess = |i: i32| {
            let x = f64::from(i) * step;
            (density(x - 0.5) - epsilon.exp() * density(x + 0.5)).max(0.0)
        };
        let integral: f64 = (-100_000..100_000).map(|i| excess(i) * step).sum();
        assert!((loss(sd, epsilon) - integral).abs() < 1e-7, "{integral}");
    }
}
