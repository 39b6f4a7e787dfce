//! Denoising of synthetic pictures with a learned regulariser (Salehi et al., sections on total variation and
//! on fields of experts).
//!
//! `h(x, θ) = ½‖x − y‖² + R(x, θ)` on a stack of noisy training pictures `y`, and
//! `g(x) = ½ mean over the pictures of ‖x − truth‖²`. Test pictures, which no method sees, give the peak
//! signal-to-noise ratio. The paper uses photographs; ours are drawn (see [`pictures`]), so that only
//! relations can be compared.

mod denoising;
mod experts;
mod field;
mod pictures;
mod spectrum;
mod tv;
mod variation;

pub(super) use experts::ENTRY as EXPERTS;
pub(super) use tv::ENTRY as TV;

/// `sup |ψ‴|` of `ψ(s) = √(1 + s²)`: `3s(1 + s²)^{−5/2}` at `s = ½`, rounded up. By Banach's theorem on symmetric forms it
/// also bounds the third derivative of `p ↦ √(1 + ‖p‖²)`: along any line that is `√(c² + s²)` with `c ≥ 1`.
const THIRD: f64 = 0.858_651;
