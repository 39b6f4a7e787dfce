//! The randomizer of vectors of a bounded norm.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::kernels;
use remeasure_core::stream::Stream;

/// The ℓ2-ball mechanism of Duchi, Jordan and Wainwright, equation (6) of arXiv 2310.07367 as others report it.
///
/// A vector `v` with `‖v‖ ≤ r` becomes a unit vector `e = s·v/‖v‖`, where the sign `s` is + with probability
/// `½ + ‖v‖/(2r)`; a random unit vector `u` is turned into the half-space `⟨u, e⟩ > 0` with probability `e^ε/(1 + e^ε)`, else
/// into the other; the message is `B·u`. It is unbiased and ε-differentially private: its density takes two values, and
/// their ratio is at most `e^ε`.
#[derive(Clone, Copy, Debug)]
pub struct Ball {
    radius: f64,
    toward: f64,
    norm: f64,
}

/// `E|u₁|` of a random unit vector in `d` dimensions, `Γ(d/2) / (√π Γ((d + 1)/2))`.
#[must_use]
pub fn mean_abs_coordinate(d: usize) -> f64 {
    // Γ(x + 1) = x Γ(x) for both, from d = 1 or d = 2.
    let first = if d % 2 == 1 { 1.0 } else { std::f64::consts::FRAC_2_PI };
    (2 - d % 2..d).step_by(2).fold(first, |c, m| c * m as f64 / (m + 1) as f64)
}

impl Ball {
    /// The randomizer of vectors of length `d` and norm at most `radius`.
    #[must_use]
    pub fn new(d: usize, radius: f64, epsilon: f64) -> Self {
        let toward = 1.0 / (1.0 + (-epsilon).exp());
        // (e^ε + 1)/(e^ε − 1) = 1/tanh(ε/2).
        let norm = radius / ((0.5 * epsilon).tanh() * mean_abs_coordinate(d));
        Self { radius, toward, norm }
    }

    /// `B`, the norm of every message.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// Draws the message of `v`: fills `z` and returns the factor by which it must be multiplied to be the message.
    pub fn draw(&self, v: &[f64], stream: &mut Stream, z: &mut [f64]) -> f64 {
        z.iter_mut().for_each(|z| *z = stream.sample(StandardNormal));
        let [[square, along], [_, length]] = kernels::dots([&*z, v], [&*z, v]);
        let up = stream.r#gen::<f64>() < 0.5 + 0.5 * length.sqrt() / self.radius;
        let toward = stream.r#gen::<f64>() < self.toward;
        // Without a direction any will do.
        let along = if length > 0.0 { along } else { z[0] };
        let turn = if (along > 0.0) == (up == toward) { 1.0 } else { -1.0 };
        turn * self.norm / square.sqrt()
    }
}
