//! Studies with two arms, and their effects.

use std::fmt::{Display, Formatter, Result as Written};

use schemars::JsonSchema;
use serde::Deserialize;

/// The scale on which two arms with events are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Log of the odds ratio.
    #[default]
    OddsRatio,
    /// Log of the risk ratio.
    RiskRatio,
    /// Difference of the risks.
    RiskDifference,
}

impl Measure {
    /// Whether effects are logarithms of ratios.
    #[must_use]
    pub fn is_ratio(self) -> bool {
        self != Self::RiskDifference
    }
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str(match self {
            Self::OddsRatio => "odds-ratio",
            Self::RiskRatio => "risk-ratio",
            Self::RiskDifference => "risk-difference",
        })
    }
}

/// An effect of one study with its sampling variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The estimate: a log ratio, a difference, or whatever the studies report.
    pub value: f64,
    /// Its variance, above 0.
    pub variance: f64,
}

/// A 2 × 2 table: events and sizes of the two arms, the treated one first. Counts are whole numbers, kept as `f64`, with
/// `0 ≤ events ≤ size` and `size ≥ 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Events in each arm.
    pub events: [f64; 2],
    /// Participants in each arm.
    pub sizes: [f64; 2],
}

impl Counts {
    /// A table of whole numbers; `None` if an arm is empty or has more events than participants.
    #[must_use]
    pub fn new(events: [f64; 2], sizes: [f64; 2]) -> Option<Self> {
        let whole = |v: f64| v.is_finite() && v >= 0.0 && v.fract() == 0.0;
        let sound =
            (0..2).all(|i| whole(events[i]) && whole(sizes[i]) && sizes[i] >= 1.0 && events[i] <= sizes[i]);
        sound.then_some(Self { events, sizes })
    }

    /// Events and non-events of both arms: `[a, b, c, d]`.
    #[must_use]
    pub fn cells(&self) -> [f64; 4] {
        let ([a, c], [n1, n2]) = (self.events, self.sizes);
        [a, n1 - a, c, n2 - c]
    }

    /// Whether no arm has an event, or all participants of both arms have one: such a table says nothing about a ratio.
    #[must_use]
    pub fn is_double_zero(&self) -> bool {
        let [a, b, c, d] = self.cells();
        (a == 0.0 && c == 0.0) || (b == 0.0 && d == 0.0)
    }

    /// The cells, with ½ added to each if one of them is 0.
    fn corrected(&self) -> [f64; 4] {
        let cells = self.cells();
        if cells.contains(&0.0) { cells.map(|v| v + 0.5) } else { cells }
    }

    /// The effect with its large-sample variance; ½ is added to all cells of a table in which one is 0. `None` for a
    /// ratio of a double-zero table. These are the conventions of metafor's `escalc` with `drop00 = TRUE` for ratios.
    #[must_use]
    pub fn effect(&self, measure: Measure) -> Option<Effect> {
        if measure.is_ratio() && self.is_double_zero() {
            return None;
        }
        let [a, b, c, d] = self.corrected();
        let (n1, n2) = (a + b, c + d);
        Some(match measure {
            Measure::OddsRatio => {
                Effect { value: (a / b).ln() - (c / d).ln(), variance: 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d }
            }
            Measure::RiskRatio => Effect {
                value: (a / n1).ln() - (c / n2).ln(),
                // 1/a − 1/n, without the cancellation.
                variance: b / (a * n1) + d / (c * n2),
            },
            Measure::RiskDifference => {
                Effect { value: a / n1 - c / n2, variance: a * b / n1.powi(3) + c * d / n2.powi(3) }
            }
        })
    }

    /// Peto's one-step log odds ratio `(O − E)/V` with variance `1/V`; `O` are the events of the first arm, `E` and `V`
    /// their hypergeometric mean and variance. No correction is made for zeros. `None` if `V` is 0, as for a double-zero
    /// table.
    #[must_use]
    pub fn peto(&self) -> Option<Effect> {
        let [a, b, c, d] = self.cells();
        let [n1, n2] = self.sizes;
        let (events, rest, all) = (a + c, b + d, n1 + n2);
        let v = events * rest * (n1 / all) * (n2 / all) / (all - 1.0);
        (v > 0.0).then(|| Effect { value: (a - events * n1 / all) / v, variance: 1.0 / v })
    }
}

/// What is known of each study.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Events and sizes of both arms, compared on a scale.
    Counts(Vec<Counts>, Measure),
    /// Effects with their variances.
    Effects(Vec<Effect>),
}

/// Studies to be pooled, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Studies {
    /// Names of the studies.
    pub names: Vec<String>,
    /// Their data, in the same order.
    pub known: Known,
}

impl Studies {
    /// Number of studies.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The effect of each study; `None` for those that say nothing about a ratio.
    #[must_use]
    pub fn effects(&self) -> Vec<Option<Effect>> {
        match &self.known {
            Known::Counts(tables, measure) => tables.iter().map(|t| t.effect(*measure)).collect(),
            Known::Effects(effects) => effects.iter().copied().map(Some).collect(),
        }
    }

    /// Whether effects are known to be logarithms of ratios.
    #[must_use]
    pub fn is_ratio(&self) -> bool {
        matches!(&self.known, Known::Counts(_, measure) if measure.is_ratio())
    }
}
