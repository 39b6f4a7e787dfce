//! Named reference curves that a family offers to figures and claims.

/// A known function of a cell, such as an asymptotic phase transition.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    /// Name by which configs refer to it.
    pub name: &'static str,
    /// Legend text.
    pub label: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it is a function of, in order: axes of the sweep, or numbers in `[problem]`. Each is named
    /// by its path (`problem.stopping.tolerance`) or, where that is unambiguous, by its last part.
    pub arguments: &'static [&'static str],
    /// The function; one number per argument.
    pub evaluate: fn(&[f64]) -> f64,
}
