//! Named reference curves that a family offers to figures and claims.

/// A known function of a cell, such as an asymptotic phase transition.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    /// Name by which configs refer to it.
    pub name: &'static str,
    /// Text in the legend.
    pub label: &'static str,
    /// Source of the formula, such as a paper.
    pub source: &'static str,
    /// Its arguments, in order: axes of the sweep, or numbers in `[problem]`. Each is given by its path
    /// (`problem.stopping.tolerance`) or, where that is unambiguous, by the last part of the path. `coordinate` is the
    /// position along the path of a fit, in figures with `x = "coordinate"`.
    pub arguments: &'static [&'static str],
    /// The function itself; takes one number per argument.
    pub evaluate: fn(&[f64]) -> f64,
}
