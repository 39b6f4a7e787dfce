//! The keys of a config's sections, as written in the file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Table;

use super::Fewer;
use super::limits::{LimitsWire, TextOrSeconds};
use super::speed::SpeedWire;
use super::table::TableSpec;
use crate::figures::StyleSpec;

/// A config defines one experiment. It needs at least one `[profile.NAME]`, `[problem]` and `[[estimator]]`.
///
/// ```toml
/// experiment = "lasso-n"
/// title = "The lasso as n grows"
/// family = "sparse"
/// seed = 1
/// ```
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wire {
    /// Name of the experiment: letters, digits, hyphens and underscores.
    pub(super) experiment: String,
    /// Title of the experiment, in one line.
    pub(super) title: String,
    /// Description: the question and the method, in a paragraph.
    #[serde(default)]
    pub(super) about: String,
    /// The paper and its year.
    #[serde(default)]
    pub(super) paper: String,
    /// Name of the family of problems and estimators.
    pub(super) family: String,
    /// Seed of every random stream; below 2^63.
    pub(super) seed: u64,
    /// Time and memory limits.
    #[serde(default)]
    pub(super) limits: LimitsWire,
    /// Profiles (sizes of the experiment), by name.
    pub(super) profile: BTreeMap<String, ProfileWire>,
    /// Settings of the problem; the family defines the keys.
    #[schemars(with = "Map<String, Value>")]
    pub(super) problem: Table,
    /// Axes of the sweep.
    #[serde(default)]
    #[schemars(with = "SweepKeys")]
    pub(super) sweep: Table,
    /// The estimators that are compared; at least one.
    #[schemars(with = "Vec<EstimatorKeys>")]
    pub(super) estimator: Vec<Table>,
    /// Printed size and appearance of all figures.
    #[serde(default)]
    pub(super) style: StyleSpec,
    /// Tables to write.
    #[serde(default)]
    pub(super) table: Vec<TableSpec>,
    /// Figures to draw.
    #[serde(default)]
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub(super) figure: Vec<Table>,
    /// Claims to judge.
    #[serde(default)]
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub(super) claim: Vec<Table>,
    /// Pairs of estimators whose times `remeasure speed` compares.
    #[serde(default)]
    pub(super) speed: Vec<SpeedWire>,
}

/// When a run with growing replicates ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Until {
    /// When every claim has a verdict other than undecided.
    Decided,
}

/// A profile is a size of the experiment: the number of replicates, and changes to the sections of the same names. A
/// list replaces the values of an axis. A table is merged key by key, but it replaces the old table if it has a `kind`,
/// or if both have a single key and the keys differ.
///
/// ```toml
/// [profile.quick]
/// replicates = 5
/// sweep.problem.n = [50, 100]
/// estimator.lasso.lambda = { cv = { folds = 3 } }
/// ```
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read to be checked; overlay merges the untyped tables")]
pub(crate) struct ProfileWire {
    /// Replicates in each cell; at least 1.
    #[schemars(range(min = 1))]
    pub(super) replicates: u32,
    /// `"decided"`: double the replicates until every claim is decided, see `max_replicates`.
    pub(super) until: Option<Until>,
    /// With `until`: no look has more replicates. Default: 64 times `replicates`.
    #[schemars(range(min = 1))]
    pub(super) max_replicates: Option<u32>,
    /// Replicates of the first look. The program writes this into the config of a run with `until`, whose `replicates`
    /// are those it ended with.
    pub(super) first_look: Option<u32>,
    /// By estimator and cell: its replicates, where no undecided claim needed as many as `replicates`. The program
    /// writes this, too.
    #[serde(default)]
    pub(super) fewer: Fewer,
    /// Changed keys of `[limits]`.
    #[serde(default)]
    pub(super) limits: LimitsWire,
    /// Changed keys of `[problem]`.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub(super) problem: Table,
    /// Changed axes of `[sweep]`.
    #[serde(default)]
    #[schemars(with = "SweepKeys")]
    pub(super) sweep: Table,
    /// Changed keys of estimators, by name: `estimator.NAME.KEY = …`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Map<String, Value>>")]
    pub(super) estimator: Table,
}

/// Axes over any key of the problem or of an estimator. The cells are all combinations of their values. An axis is a
/// list of numbers, texts or truth values, or a table with such a list as `values`, a `name` (its short name; default:
/// the last part of its path) and a `label` for charts and tables (default: the short name).
///
/// ```toml
/// [sweep]
/// problem.n = [50, 100, 200]
/// problem.k = { values = [5, 10], name = "k", label = "nonzeros k" }
/// estimator.lasso.lambda.fraction = [0.1, 0.2]
/// ```
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "stands for TOML tables in schemas")]
pub(crate) struct SweepKeys {
    /// Keys of `[problem]`, each with a list of values or a table in the long form.
    problem: Option<Map<String, Value>>,
    /// Keys of estimators, by name, in the same forms: `estimator.NAME.KEY`.
    estimator: Option<BTreeMap<String, Map<String, Value>>>,
}

/// One of the compared estimators. Its `kind` defines its other keys.
///
/// ```toml
/// [[estimator]]
/// name = "lasso-theory"
/// kind = "lasso"
/// lambda = { universal = 1.0 }
/// where = ["n=100", "snr_db=1*"]
/// time_limit = "30s"
/// ```
#[derive(JsonSchema)]
#[allow(dead_code, reason = "stands for TOML tables in schemas")]
pub(crate) struct EstimatorKeys {
    /// Type of estimator; the family lists the kinds.
    kind: String,
    /// Name in tables and figures, unique in the config: letters, digits, hyphens and underscores. Default: the `kind`.
    name: Option<String>,
    /// Cells in which it runs: a pattern `AXIS=PATTERN` with `*` and `?`, or a list of them. Patterns on the same axis
    /// are alternatives; patterns on different axes must all match. Default: all cells.
    #[schemars(rename = "where")]
    confined: Option<Patterns>,
    /// Time limit of one fit, such as `"30s"`, `"1m 30s"` or a number of seconds. Default: the `time` of `[limits]`.
    time_limit: Option<TextOrSeconds>,
}

/// `AXIS=PATTERN`, or a list of such texts.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "stands for TOML values in schemas")]
pub(crate) enum Patterns {
    One(String),
    Several(Vec<String>),
}
