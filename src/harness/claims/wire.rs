//! Claims as they stand in TOML: keys and their types, nothing checked yet.

use serde::Deserialize;

use crate::records::AxisValue;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WireValues {
    One(AxisValue),
    Many(Vec<AxisValue>),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireOver {
    Each,
    Pooled,
}

pub(super) const COMMON: &[&str] = &[
    "id",
    "statement",
    "source",
    "published",
    "expected",
    "confidence",
    "where",
    "given",
    "coordinate",
    "max_missing",
    "over",
    "verdict_per",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireCommon {
    pub(super) id: String,
    pub(super) statement: String,
    pub(super) source: String,
    pub(super) confidence: Option<f64>,
    pub(super) coordinate: Option<f64>,
    pub(super) max_missing: Option<f64>,
    pub(super) over: Option<WireOver>,
    pub(super) verdict_per: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireScale {
    Difference,
    Ratio,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireBelow {
    pub(super) metric: String,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) margin: Option<f64>,
    pub(super) factor: Option<f64>,
    pub(super) scale: Option<WireScale>,
    pub(super) resolution: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireLocation {
    Mean,
    Median,
}

/// `within` and `rate`: a statistic and its bounds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireBounded {
    pub(super) metric: String,
    pub(super) estimator: String,
    pub(super) relative_to: Option<String>,
    pub(super) statistic: Option<WireLocation>,
    pub(super) axis: Option<String>,
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
    pub(super) tolerance: Option<f64>,
    pub(super) relative_tolerance: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireDirection {
    Increasing,
    Decreasing,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireStatistic {
    Mean,
    Midpoint,
    Width,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireMonotone {
    pub(super) metric: String,
    pub(super) estimator: String,
    pub(super) relative_to: Option<String>,
    pub(super) axis: String,
    pub(super) direction: WireDirection,
    pub(super) statistic: Option<WireStatistic>,
    pub(super) along: Option<String>,
    pub(super) per: Option<String>,
    pub(super) resolution: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireEvent {
    NotOk,
    Failed,
    TimedOut,
    NotConverged,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireAtMost {
    pub(super) estimator: String,
    pub(super) limit: f64,
    pub(super) event: Option<WireEvent>,
    pub(super) metric: Option<String>,
    pub(super) above: Option<f64>,
    pub(super) below: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireMidpoint {
    pub(super) metric: String,
    pub(super) estimator: String,
    pub(super) along: String,
    pub(super) per: Option<String>,
    pub(super) curve: String,
    pub(super) tolerance: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireUntestable {
    pub(super) reason: String,
}

/// Each form with the keys of its own.
pub(super) const FORMS: &[(&str, &[&str])] = &[
    ("below", &["metric", "a", "b", "margin", "factor", "scale", "resolution"]),
    (
        "within",
        &[
            "metric",
            "estimator",
            "relative_to",
            "statistic",
            "lower",
            "upper",
            "tolerance",
            "relative_tolerance",
        ],
    ),
    ("rate", &["metric", "estimator", "axis", "lower", "upper", "tolerance", "relative_tolerance"]),
    (
        "monotone",
        &[
            "metric",
            "estimator",
            "relative_to",
            "axis",
            "direction",
            "statistic",
            "along",
            "per",
            "resolution",
        ],
    ),
    ("at-most", &["estimator", "limit", "event", "metric", "above", "below"]),
    ("midpoint", &["metric", "estimator", "along", "per", "curve", "tolerance"]),
    ("untestable", &["reason"]),
];
