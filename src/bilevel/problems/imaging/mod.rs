//! Denoising of synthetic pictures whose regulariser is learned (Salehi et al., sections on total variation and on
//! fields of experts).
//!
//! `h(x, θ) = ½‖x − y‖² + R(x, θ)` over a stack of noisy training pictures `y`, one after another, and
//! `g(x) = ½ mean over the pictures of ‖x − truth‖²`. Test pictures that no method sees tell the peak signal-to-noise
//! ratio. The paper's pictures are photographs; ours are drawn (see [`pictures`]), so that only relations compare.

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
