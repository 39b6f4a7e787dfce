//! Multinomial logistic regression with learned ridge penalties (Salehi et al., their third experiment).
//!
//! `h(W, θ) = CE(W) + ½ Σ e^{θ} W_kj²` on training rows, `g(W) = CE(W)` on validation rows. There is one
//! hyperparameter per weight (`K·p` in total, as in the paper), per feature, per class, or one for all. The
//! strong convexity is that of the least penalty: cross-entropy itself has none in the direction that shifts
//! all classes equally.

mod data;
pub mod loss;
pub mod model;

use std::path::PathBuf;

use remeasure_core::Invalid;
use remeasure_core::family::{Input, Metric};
use remeasure_core::params::{self, Check};
use remeasure_core::stream::Streams;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::data::Rows;
use self::loss::CrossEntropy;
use self::model::Logistic;
use super::{check_budget, check_thresholds};
use crate::bounds::Bounds;
use crate::family::metrics::{TEST_ERROR, TEST_LOSS};
use crate::problem::{Entry, Instance, Model, Spec, Threshold};

/// Registers the problem.
pub(super) const ENTRY: Entry = Entry {
    name: "logistic",
    about: "multinomial logistic regression with a learned ridge penalty per weight, feature or class, or one for all",
    schema: params::schema::<Wire>,
    read: |table| Ok(Box::new(Loaded::new(params::read(table)?)?)),
};

/// Source of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Source {
    /// Drawn from the model.
    Synthetic,
    /// The bundled handwritten digits.
    Digits,
    /// A CSV file.
    Csv,
}

/// Which weights share a penalty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// Each weight has its own: `K·p` hyperparameters, class by class.
    #[default]
    Parameter,
    /// Those of the same feature: `p` hyperparameters.
    Feature,
    /// Those of the same class: `K` hyperparameters.
    Class,
    /// All weights: one hyperparameter.
    One,
}

impl Weights {
    /// The hyperparameter of weight `a` (class by class, `features` each).
    #[must_use]
    pub fn group(self, a: usize, features: usize) -> usize {
        match self {
            Self::Parameter => a,
            Self::Feature => a % features,
            Self::Class => a / features,
            Self::One => 0,
        }
    }

    fn parameters(self, features: usize, classes: usize) -> usize {
        match self {
            Self::Parameter => features * classes,
            Self::Feature => features,
            Self::Class => classes,
            Self::One => 1,
        }
    }
}

/// Whether cross-entropies are means or sums over the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Reduction {
    /// Means over the rows.
    #[default]
    Mean,
    /// Sums over the rows.
    Sum,
}

/// Multinomial logistic regression with learned ridge penalties. Features from a file are standardised by the
/// training rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Source of the rows.
    source: Source,
    /// File (`source = "csv"` only): CSV or `.npy`, plain or `.gz`; relative to the config's folder.
    data: Option<PathBuf>,
    /// Name of the column with the classes (`source = "csv"` only).
    label: Option<ColumnName>,
    /// Whether the first line of a CSV file names the columns; otherwise they are called 1, 2, …. Default: true.
    header: Option<bool>,
    /// What separates cells: `","`, `";"`, `"\t"`, `"|"` or `" "`. Default: `","`.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction: `"."` or `","`. Default: `"."`.
    decimal: Option<Decimal>,
    /// Which weights share a penalty.
    #[serde(default)]
    weights: Weights,
    /// Whether cross-entropies are means or sums over the rows.
    #[serde(default)]
    reduction: Reduction,
    /// Number of training rows, drawn or split anew in each replicate. Default: 600 digits, 200 synthetic
    /// rows, or half of a file.
    train: Option<usize>,
    /// Number of validation rows. Default: 600 digits, 200 synthetic rows, or a quarter of a file.
    validation: Option<usize>,
    /// Number of test rows. Default: 1000 synthetic rows, otherwise the remaining rows.
    test: Option<usize>,
    /// Number of features of synthetic data. Default: 20.
    features: Option<usize>,
    /// Number of classes of synthetic data. Default: 3.
    classes: Option<usize>,
    /// Number of features of synthetic data with non-zero coefficients. Default: a quarter of the features.
    informative: Option<usize>,
    /// Standard deviation of the coefficients of synthetic data, at least 0. Default: 1.
    signal: Option<f64>,
    /// Whether to add a feature that is 1, penalised like the others. Default: only for files.
    intercept: Option<bool>,
    /// Initial value of every hyperparameter, the logarithm of a penalty.
    #[serde(default = "default_start")]
    start: f64,
    /// Interval of every hyperparameter. Default: none.
    bounds: Option<[f64; 2]>,
    /// Budget of a method: number of gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
    /// Shares of `f(θ₀)`; the cost to reach each is measured.
    #[serde(default)]
    threshold_shares: Vec<f64>,
}

fn default_start() -> f64 {
    -3.0
}

/// Penalties are powers of e; with larger exponents they cannot be computed with.
const STEEPEST: f64 = 300.0;

impl Wire {
    fn drawn_features(&self) -> usize {
        self.features.unwrap_or(20)
    }

    fn drawn_classes(&self) -> usize {
        self.classes.unwrap_or(3)
    }

    fn informative(&self) -> usize {
        self.informative.unwrap_or(self.drawn_features().div_ceil(4))
    }

    fn check_source(&self) -> Result<(), Invalid> {
        let drawn = [
            ("features", self.features.is_some()),
            ("classes", self.classes.is_some()),
            ("informative", self.informative.is_some()),
            ("signal", self.signal.is_some()),
        ];
        if let Some((key, _)) = drawn.iter().find(|(_, given)| *given && self.source != Source::Synthetic) {
            return Err(Invalid::new(*key, "only `source = \"synthetic\"` has this key: remove it"));
        }
        let layout = [
            ("header", self.header.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("decimal", self.decimal.is_some()),
        ];
        if let Some((key, _)) = layout.iter().find(|(_, given)| *given && self.source != Source::Csv) {
            return Err(Invalid::new(*key, "only `source = \"csv\"` has this key: remove it"));
        }
        let read = [("data", self.data.is_some()), ("label", self.label.is_some())];
        for (key, given) in read {
            if given != (self.source == Source::Csv) {
                let message = if given {
                    "only `source = \"csv\"` has this key: remove it"
                } else {
                    "missing: `source = \"csv\"` needs the file (`data`) and its column of classes (`label`)"
                };
                return Err(Invalid::new(key, message));
            }
        }
        Ok(())
    }

    fn check_drawn(&self) -> Result<(), Invalid> {
        if self.drawn_features() == 0 {
            return Err(Invalid::new("features", "expected at least 1, found 0"));
        }
        if self.drawn_classes() < 2 {
            let message = format!("expected at least 2, found {}", self.drawn_classes());
            return Err(Invalid::new("classes", message));
        }
        if self.informative() > self.drawn_features() {
            let message = format!(
                "expected at most features = {}, found {}",
                self.drawn_features(),
                self.informative()
            );
            return Err(Invalid::new("informative", message));
        }
        match self.signal {
            Some(signal) if !(signal.is_finite() && signal >= 0.0) => {
                Err(Invalid::new("signal", format!("expected a number of at least 0, found {signal}")))
            }
            _ => Ok(()),
        }
    }
}

impl Check for Wire {
    fn check(&self) -> Result<(), Invalid> {
        self.check_source()?;
        self.check_drawn()?;
        for (key, rows) in [("train", self.train), ("validation", self.validation), ("test", self.test)] {
            if rows == Some(0) {
                return Err(Invalid::new(key, "expected at least 1, found 0"));
            }
        }
        if let Some(ends) = self.bounds {
            Bounds::cube(1, ends)?;
            if ends.iter().any(|e| e.is_finite() && e.abs() > STEEPEST) {
                let message =
                    format!("expected ends between −{STEEPEST} and {STEEPEST}, as e^θ is the penalty");
                return Err(Invalid::new("bounds", message));
            }
        }
        if !(self.start.abs() <= STEEPEST) {
            let message =
                format!("expected a number between −{STEEPEST} and {STEEPEST}, found {}", self.start);
            return Err(Invalid::new("start", message));
        }
        if let Some([lower, upper]) = self.bounds
            && !(lower <= self.start && self.start <= upper)
        {
            let message = format!("{} lies outside `bounds` = [{lower}, {upper}]", self.start);
            return Err(Invalid::new("start", message));
        }
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)?;
        check_thresholds("threshold_shares", &self.threshold_shares)
    }
}

/// The settings, and the rows if they are read rather than drawn.
#[derive(Debug)]
struct Loaded {
    wire: Wire,
    rows: Option<Rows>,
    inputs: Vec<Input>,
    /// Numbers of training, validation and test rows.
    sizes: [usize; 3],
    intercept: bool,
}

/// Sizes of the three samples from `rows`.
fn sizes(wire: &Wire, rows: usize) -> Result<[usize; 3], Invalid> {
    let (train, validation) = match wire.source {
        Source::Digits => (600, 600),
        _ => (rows / 2, rows / 4),
    };
    let (train, validation) = (wire.train.unwrap_or(train), wire.validation.unwrap_or(validation));
    let taken = train.saturating_add(validation);
    let test = wire.test.unwrap_or(rows.saturating_sub(taken));
    let all = taken.saturating_add(test);
    if train == 0 || validation == 0 || test == 0 || all > rows {
        let key = if wire.test.is_some() && taken < rows { "test" } else { "train" };
        let message = format!(
            "{train} training, {validation} validation and {test} test rows do not fit into the {rows} rows there \
             are: set `train`, `validation` and `test` so that each has at least 1"
        );
        return Err(Invalid::new(key, message));
    }
    Ok([train, validation, test])
}

impl Loaded {
    fn new(wire: Wire) -> Result<Self, Invalid> {
        let rows = match (wire.source, &wire.data, &wire.label) {
            (Source::Digits, _, _) => Some(data::digits()?),
            (Source::Csv, Some(path), Some(label)) => {
                let layout = Layout { header: wire.header, delimiter: wire.delimiter, decimal: wire.decimal };
                Some(data::file(path, label, layout)?)
            }
            _ => None,
        };
        let sizes = match &rows {
            Some(rows) => sizes(&wire, rows.sample.labels.len())?,
            None => [wire.train.unwrap_or(200), wire.validation.unwrap_or(200), wire.test.unwrap_or(1000)],
        };
        let inputs = rows.iter().map(|r| r.input.clone()).collect();
        let intercept = wire.intercept.unwrap_or(wire.source == Source::Csv);
        Ok(Self { wire, rows, inputs, sizes, intercept })
    }

    /// Numbers of features, including the intercept, and of classes.
    fn shape(&self) -> (usize, usize) {
        let (features, classes) = match &self.rows {
            Some(rows) => (rows.sample.design.columns(), rows.classes),
            None => (self.wire.drawn_features(), self.wire.drawn_classes()),
        };
        (features + usize::from(self.intercept), classes)
    }
}

impl Spec for Loaded {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let wire = &self.wire;
        let mut parts = match &self.rows {
            Some(rows) => data::split(&rows.sample, self.sizes, &mut streams.stream("split")),
            None => {
                let drawn = data::synthetic(
                    self.sizes.iter().sum(),
                    wire.drawn_features(),
                    wire.drawn_classes(),
                    wire.informative(),
                    wire.signal.unwrap_or(1.0),
                    &mut streams.stream("logistic"),
                );
                data::split(&drawn, self.sizes, &mut streams.stream("split"))
            }
        };
        if wire.source == Source::Csv {
            data::standardise(&mut parts);
        }
        if self.intercept {
            parts = parts.map(data::add_intercept);
        }
        let (features, classes) = self.shape();
        let mean = wire.reduction == Reduction::Mean;
        let [training, validation, test] = parts.map(|part| CrossEntropy::new(part, classes, mean));
        let parameters = wire.weights.parameters(features, classes);
        let model = Logistic::new(training?, validation?, test?, wire.weights);
        let start = vec![wire.start; parameters];
        let mut thresholds = Threshold::at(&wire.thresholds);
        if !wire.threshold_shares.is_empty() {
            let first = model.truth().exact(&start, false)?.value;
            let shares = wire.threshold_shares.iter().map(|s| Threshold { name: *s, value: s * first });
            thresholds.extend(shares);
        }
        Ok(Instance {
            model: Box::new(model),
            start,
            bounds: match wire.bounds {
                Some(ends) => Bounds::cube(parameters, ends)?,
                None => Bounds::free(parameters),
            },
            budget: wire.budget,
            thresholds,
            minimum: None,
        })
    }

    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn measures(&self) -> &'static [Metric] {
        &[TEST_LOSS, TEST_ERROR]
    }

    fn parameters(&self) -> usize {
        let (features, classes) = self.shape();
        self.wire.weights.parameters(features, classes)
    }

    fn is_smooth(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        self.wire.bounds.is_some_and(|ends| ends.iter().all(|e| e.is_finite()))
    }
}
