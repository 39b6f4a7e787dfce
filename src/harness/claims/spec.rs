//! A claim as validated data.

use std::fmt;

use remeasure_core::format::exact;

use crate::records::{Axis, AxisValue};

/// The value a claim is measured against: what a paper reports, or what a theory expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// A number.
    Number(f64),
    /// Words, such as "below 5 %".
    Text(String),
    /// A number for each cell, or for each group of cells.
    PerCell(Vec<CellValue>),
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => f.write_str(&exact(*x)),
            Self::Text(text) => f.write_str(text),
            Self::PerCell(values) => {
                let least = values.iter().map(|v| v.value).fold(f64::INFINITY, f64::min);
                let most = values.iter().map(|v| v.value).fold(f64::NEG_INFINITY, f64::max);
                write!(f, "{} to {}, by cell", exact(least), exact(most))
            }
        }
    }
}

/// The value of one cell, or of one group of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct CellValue {
    /// The value.
    pub value: f64,
    /// The cell: short names of axes and their values.
    pub cell: Vec<(String, AxisValue)>,
}

impl CellValue {
    /// Whether it belongs to a cell that has these values on the axes it names.
    pub(super) fn fits<'a>(&self, value: impl Fn(&str) -> Option<&'a AxisValue>) -> bool {
        self.cell.iter().all(|(axis, wanted)| value(axis).is_some_and(|v| v.same(wanted)))
    }
}

/// A setting of the problem that a claim presumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Dotted key below `[problem]`.
    pub key: String,
    /// The value for which the claim is made.
    pub value: AxisValue,
}

impl Given {
    /// Whether an axis sweeps this setting; one of an estimator's parameters does not.
    pub(super) fn swept_by(&self, axis: &Axis) -> bool {
        axis.path.strip_prefix("problem.").is_some_and(|key| key == self.key || axis.name == self.key)
    }
}

/// Differences of means up to this size count as none, unless a claim says
/// otherwise: the rounding of numbers of order 1.
pub const DEFAULT_RESOLUTION: f64 = f64::EPSILON;

/// The cells a claim speaks of, along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// Short name of the axis.
    pub axis: String,
    /// Values of the axis that belong to the claim.
    pub values: Vec<AxisValue>,
}

/// How a claim that speaks of several groups of cells is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// In every group: reproduced only if every group shows it
    /// (intersection–union), contradicted if any does after Bonferroni.
    Each,
    /// On the average over the groups.
    Pooled,
}

/// One claim of a paper: what it says and the test that decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimSpec {
    /// Unique name in kebab-case.
    pub id: String,
    /// The claim in words.
    pub statement: String,
    /// Where the paper makes it.
    pub source: String,
    /// What the paper reports.
    pub published: Option<Published>,
    /// What we expect instead, where the paper reports no number; never given
    /// together with `published`.
    pub expected: Option<Published>,
    /// 1 − α of the one-sided tests behind the verdict.
    pub confidence: f64,
    /// The cells it speaks of; axes not named are free.
    pub selection: Vec<Selected>,
    /// Settings of the problem it presumes; not testable in a run that has others.
    pub given: Vec<Given>,
    /// Coordinate of the values compared; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// Largest share of planned values that may be missing in any group.
    pub max_missing: f64,
    /// How several groups combine.
    pub over: Over,
    /// Short name of the axis for each value of which the claim gets a verdict of its own.
    pub verdict_per: Option<String>,
    /// The test.
    pub form: Form,
}

/// The scale on which two estimators are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Mean of paired differences.
    Difference,
    /// Mean of paired log ratios, shown as a geometric mean ratio.
    Ratio,
}

/// Bounds of a region; an open end is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What bounds a claim sets to its groups.
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    /// The same for all.
    Same(Bounds),
    /// Around a value of each group's own.
    PerCell(Vec<(CellValue, Bounds)>),
}

/// What is taken of the replicates of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Location {
    /// The mean, or the ratio of two estimators' means.
    #[default]
    Mean,
    /// The median, or the median of the replicates' ratios of two estimators.
    Median,
}

/// Which way a statistic must move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Up, along the axis.
    Increasing,
    /// Down, along the axis.
    Decreasing,
}

/// The covariate of a logistic fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Along {
    /// Short name of the axis.
    pub axis: String,
    /// Axis by whose value it is divided: along `n` per `p` fits against n/p.
    pub per: Option<String>,
}

/// The statistic whose course is claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Mean over replicates.
    Mean,
    /// 50 % point of the logistic fit.
    Midpoint(Along),
    /// Distance between the 10 % and 90 % points of the logistic fit.
    Width(Along),
}

/// What an `at-most` claim counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The outcome is anything but ok.
    NotOk,
    /// The fit failed.
    Failed,
    /// The fit ran out of time.
    TimedOut,
    /// The fit stopped early.
    NotConverged,
    /// The metric lies above a threshold.
    Above(String, f64),
    /// The metric lies below a threshold.
    Below(String, f64),
}

/// The test behind a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// `a` lies below `b`: mean(a) < factor · mean(b) − margin, paired by replicate.
    Below {
        /// Metric compared.
        metric: String,
        /// Estimator claimed to be lower.
        a: String,
        /// Estimator claimed to be higher.
        b: String,
        /// How far below, at least.
        margin: f64,
        /// Share of `b` that `a` must stay below.
        factor: f64,
        /// Scale of the comparison.
        scale: Scale,
        /// Largest difference of means that counts as none.
        resolution: f64,
    },
    /// A mean or a median, or one of ratios, lies within bounds.
    Within {
        /// Metric measured.
        metric: String,
        /// Estimator measured.
        estimator: String,
        /// Estimator that divides it.
        relative_to: Option<String>,
        /// Mean or median.
        statistic: Location,
        /// Bounds claimed.
        limits: Limits,
    },
    /// The log-log slope of the mean along an axis lies within bounds.
    Rate {
        /// Metric measured.
        metric: String,
        /// Estimator measured.
        estimator: String,
        /// Axis of the slope.
        axis: String,
        /// Bounds claimed.
        limits: Limits,
    },
    /// A statistic moves one way along an axis.
    Monotone {
        /// Metric measured.
        metric: String,
        /// Estimator measured.
        estimator: String,
        /// Estimator whose mean divides it; of means only.
        relative_to: Option<String>,
        /// Axis along which it moves.
        axis: String,
        /// The way it moves.
        direction: Direction,
        /// The statistic.
        statistic: Statistic,
        /// Largest difference of means that counts as none.
        resolution: f64,
    },
    /// An event is no more frequent than a limit.
    AtMost {
        /// Estimator watched.
        estimator: String,
        /// What is counted.
        event: Event,
        /// Largest rate claimed.
        limit: f64,
    },
    /// The 50 % point of a 0/1 metric lies near a reference curve.
    Midpoint {
        /// 0/1 metric.
        metric: String,
        /// Estimator measured.
        estimator: String,
        /// Covariate of the logistic fit.
        along: Along,
        /// Name of the reference curve.
        curve: String,
        /// Largest distance claimed.
        tolerance: f64,
    },
    /// Cannot be tested here.
    Untestable {
        /// Why not.
        reason: String,
    },
}

impl Form {
    /// The estimators whose fits it needs.
    #[must_use]
    pub fn estimators(&self) -> Vec<&str> {
        match self {
            Self::Below { a, b, .. } => vec![a, b],
            Self::Within { estimator, relative_to, .. } | Self::Monotone { estimator, relative_to, .. } => {
                std::iter::once(estimator).chain(relative_to).map(String::as_str).collect()
            }
            Self::Rate { estimator, .. }
            | Self::AtMost { estimator, .. }
            | Self::Midpoint { estimator, .. } => vec![estimator],
            Self::Untestable { .. } => Vec::new(),
        }
    }
}
