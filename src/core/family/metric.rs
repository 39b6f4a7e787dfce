//! Metrics, and which direction is better.

/// Which direction of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// Lower is better, as for an error.
    Lower,
    /// Higher is better, as for a success rate.
    Higher,
    /// Neither, as for a size or a step.
    Neither,
    /// A bound on the distance from the optimum, such as a duality gap. Lower is better, but estimators are
    /// not ranked by it: below the requested tolerance, a smaller gap is no merit.
    Certificate,
}

impl Sense {
    /// Whether estimators are ranked by metrics of this sense.
    #[must_use]
    pub fn ranks(self) -> bool {
        matches!(self, Self::Lower | Self::Higher)
    }
}

/// A number measured for every fit. Families declare their metrics with [`metrics!`](crate::metrics!), which
/// makes a constant for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name in configs and records.
    pub name: &'static str,
    /// Which direction is better.
    pub sense: Sense,
    /// Whether each value is 1 or 0, so that means are rates. Never inferred from values.
    pub event: bool,
    /// One-line description, with the unit.
    pub about: &'static str,
}

/// Declares the metrics of a family: one constant per metric, to pass to [`Recorder::record`], and a slice of
/// all of them in this order. Records refer to metrics by their index in the slice, so append new ones at the
/// end. `event` behind the sense marks a metric that is 1 where something happened and 0 where not.
///
/// ```
/// remeasure_core::metrics! {
///     /// What is measured of an estimate of a mean.
///     pub METRICS:
///     ERROR = Lower, "error", "(x̂ − μ)²";
///     COVERED = Higher event, "covered", "1 if the interval contains μ, else 0";
/// }
/// assert_eq!(METRICS[1], COVERED);
/// assert!(COVERED.event && !ERROR.event);
/// ```
///
/// [`Recorder::record`]: crate::family::Recorder::record
#[macro_export]
macro_rules! metrics {
    (@event) => { false };
    (@event event) => { true };
    (
        $(#[$meta:meta])*
        $vis:vis $all:ident: $($id:ident = $sense:ident $($event:ident)?, $name:literal, $about:literal;)*
    ) => {
        $(
            #[doc = $about]
            $vis const $id: $crate::family::Metric = $crate::family::Metric {
                name: $name,
                sense: $crate::family::Sense::$sense,
                event: $crate::metrics!(@event $($event)?),
                about: $about,
            };
        )*
        $(#[$meta])*
        $vis const $all: &[$crate::family::Metric] = &[$($id),*];
    };
}
