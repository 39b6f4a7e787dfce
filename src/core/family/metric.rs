//! What a family measures, and which way it is better.

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// An error, say.
    Lower,
    /// A rate of success, say.
    Higher,
    /// Neither: a size, or a step.
    Neither,
    /// A proof of how far from optimal a fit can be, such as a duality gap. Lower is better, but no
    /// estimator is ranked by it: a smaller gap below the tolerance asked for is no merit.
    Certificate,
}

impl Sense {
    /// Whether estimators are ranked by it.
    #[must_use]
    pub fn ranks(self) -> bool {
        matches!(self, Self::Lower | Self::Higher)
    }
}

/// A number that a family measures of every fit. Families declare theirs with
/// [`metrics!`](crate::metrics!), which makes each a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name in configs and records.
    pub name: &'static str,
    /// Which way it is better.
    pub sense: Sense,
    /// What it is, with its unit.
    pub about: &'static str,
}

/// Declares the metrics of a family: a constant for each, which [`Recorder::record`] takes, and the
/// slice of all of them, in this order. Records refer to metrics by their place in the slice, so
/// new ones go to its end.
///
/// ```
/// remeasure_core::metrics! {
///     /// What is measured of an estimate of a mean.
///     pub METRICS:
///     ERROR = Lower, "error", "(x̂ − μ)²";
///     COVERED = Higher, "covered", "1 if the interval contains μ, else 0";
/// }
/// assert_eq!(METRICS[1], COVERED);
/// ```
///
/// [`Recorder::record`]: crate::family::Recorder::record
#[macro_export]
macro_rules! metrics {
    (
        $(#[$meta:meta])*
        $vis:vis $all:ident: $($id:ident = $sense:ident, $name:literal, $about:literal;)*
    ) => {
        $(
            #[doc = $about]
            $vis const $id: $crate::family::Metric = $crate::family::Metric {
                name: $name,
                sense: $crate::family::Sense::$sense,
                about: $about,
            };
        )*
        $(#[$meta])*
        $vis const $all: &[$crate::family::Metric] = &[$($id),*];
    };
}
