//! Regions in which claims expect measured values to lie.

use remeasure_core::format::exact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds of a region; a missing bound is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Bounds {
    pub(super) fn below(upper: f64) -> Self {
        Self { lower: f64::NEG_INFINITY, upper }
    }

    pub(super) fn above(lower: f64) -> Self {
        Self { lower, upper: f64::INFINITY }
    }

    /// The bounds in words: `within [1, 2]`, `above 1` or `below 2`.
    pub(super) fn words(self) -> String {
        match (self.lower.is_finite(), self.upper.is_finite()) {
            (true, true) => format!("within [{}, {}]", exact(self.lower), exact(self.upper)),
            (true, false) => format!("above {}", exact(self.lower)),
            _ => format!("below {}", exact(self.upper)),
        }
    }
}

/// Which way a statistic must move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Direction {
    /// It increases along the axis.
    Increasing,
    /// It decreases along the axis.
    Decreasing,
}

impl Direction {
    /// The region of a change in this direction.
    pub(super) fn bounds(self) -> Bounds {
        match self {
            Self::Increasing => Bounds::above(0.0),
            Self::Decreasing => Bounds::below(0.0),
        }
    }

    /// The claimed change in words.
    pub(super) fn course(self, axis: &str) -> String {
        match self {
            Self::Increasing => format!("rises at every step of {axis}"),
            Self::Decreasing => format!("falls at every step of {axis}"),
        }
    }
}
