//! Codes of data in a given dictionary of unit-norm atoms: `min_a ½‖y − W a‖² + φ_λ(a)` by the proximal gradient, least squares
//! on the support, and orthogonal matching pursuit; and dictionaries learnt with such codes.
//!
//! All work with `WᵀW` and `Wᵀy`: as few units are active, a step costs about as many products as units times active units.

mod gram;
mod learn;
mod proximal;
mod pursuit;
mod trade;

pub use gram::Gram;
pub use learn::{Learning, Update, gaussian};
pub use proximal::{Certificate, Coder, Shrinkage};
pub use pursuit::Pursuit;
pub use trade::{LEVELS, Point, Refit, TARGET, Trade, components, grid, pursuit};
