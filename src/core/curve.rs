//! Named reference curves that an experiment offers to its figures and claims.

/// A known function of cell values, such as an asymptotic phase transition.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    /// Name by which configs refer to it.
    pub name: &'static str,
    /// Legend text.
    pub label: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Short names of the axes it takes, in order.
    pub arguments: &'static [&'static str],
    /// The function; one number per argument.
    pub evaluate: fn(&[f64]) -> f64,
}
