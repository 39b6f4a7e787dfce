//! A claim: the keys common to all claims, read and checked, and the test of its form.

use std::sync::Arc;

use remeasure_core::params::{self, Check};
use remeasure_core::{Invalid, hint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::forms::{self, Form, Kind, Test, common_keys, keys};
use super::limits::Limits;
use super::origin::{Evidence, Origin};
use super::values::{self, Given, Published, Selected, Values};
use crate::select::Statistic;

/// How a claim combines its groups of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The claim must hold in every group: it is reproduced only if every group supports it
    /// (intersection–union), and contradicted if any group contradicts it after a Bonferroni correction.
    #[default]
    Each,
    /// The claim must hold on average over the groups.
    Pooled,
}

/// The key of [`Common::stated_for`].
pub(crate) const STATED_FOR: &str = "stated_for";

/// A statement that is tested on the records. All claims share these keys; each form adds its own.
///
/// ```toml
/// [[claim]]
/// id = "half-the-error"
/// statement = "The Lasso halves the error of ISTA"
/// source = "Section 5.1"
/// published = 0.5
/// form = "within"
/// metric = "nmse"
/// estimator = "lasso"
/// relative_to = "ista"
/// relative_tolerance = 0.1
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Unique name, in kebab-case.
    pub id: String,
    /// The claim in words.
    pub statement: String,
    /// Where the paper makes the claim, such as `Figure 2`.
    pub source: String,
    /// Who makes the claim: the paper, its authors' code, or we.
    #[serde(default)]
    pub origin: Origin,
    /// How the published number was got.
    pub evidence: Option<Evidence>,
    /// Largest error of a number that was read off a figure, in the unit of the number.
    pub read_off: Option<f64>,
    /// The value that the paper reports: a number, a string, or a list of tables, each with the `value` of one cell.
    #[schemars(with = "Option<Published>")]
    published: Option<Value>,
    /// The value that we or a theory expect where the paper reports none. It takes the same forms as `published`, and
    /// only one of the two can be given.
    #[schemars(with = "Option<Published>")]
    expected: Option<Value>,
    /// Confidence 1 − α of the one-sided tests that decide the verdict.
    #[serde(default = "Common::confidence")]
    pub confidence: f64,
    /// The cells that the claim covers: axis = value or list of values. An axis that is not listed is not
    /// restricted.
    #[serde(rename = "where")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Values>>")]
    cells: Option<Value>,
    /// Problem settings that the claim presumes; in a run with other settings it is not testable.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    given: Option<Value>,
    /// Settings on which the published or expected number does not depend, such as `noise` for `problem.noise` or
    /// `estimator.lasso.tolerance`, with `*` for any text. With another value of any other setting than in the config,
    /// the claim is not testable. Replicates and seed are always free, and so are estimators that the claim does not
    /// name.
    #[serde(default)]
    pub free: Vec<String>,
    /// Why the number does not apply: the settings it is stated for, and those of the run. The program writes this into
    /// the config of a run with `--set`.
    pub stated_for: Option<String>,
    /// Coordinate, such as an iteration, of the values compared; the final fit if absent.
    pub coordinate: Option<f64>,
    /// Largest share of a cell's planned values that may be missing.
    #[serde(default = "Common::max_missing")]
    pub max_missing: f64,
    /// The claim is about the one data set that the problem has: numbers that are the same in every replicate are
    /// compared as they are. Without it, such a claim is not testable, as copies are no evidence.
    #[serde(default)]
    pub exact: bool,
    /// How several groups of cells are combined.
    #[serde(default)]
    pub over: Over,
    /// Axis: the claim gets a separate verdict for each of its values.
    pub verdict_per: Option<String>,
}

impl Common {
    fn confidence() -> f64 {
        0.95
    }

    fn max_missing() -> f64 {
        0.05
    }
}

impl Check for Common {
    fn check(&self) -> Result<(), Invalid> {
        let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let kebab = self.id.split('-').all(word);
        require(kebab, "id", "must be words of a-z and 0-9 joined by single hyphens")?;
        require(!self.statement.trim().is_empty(), "statement", "must say what is claimed")?;
        require(!self.source.trim().is_empty(), "source", "must say where it is claimed")?;
        let level = self.confidence > 0.5 && self.confidence < 1.0;
        require(level, "confidence", "must lie between 0.5 and 1, exclusive")?;
        require((0.0..1.0).contains(&self.max_missing), "max_missing", "must be at least 0 and below 1")?;
        require(self.coordinate.is_none_or(f64::is_finite), "coordinate", "must be finite")
    }
}

/// One claim, with the test that decides it.
#[derive(Clone, Debug)]
pub struct ClaimSpec {
    /// The keys common to all claims.
    pub common: Common,
    /// The value that the paper reports.
    pub published: Option<Published>,
    /// The value that we expect where the paper reports none; never given together with `published`.
    pub expected: Option<Published>,
    /// The cells that the claim covers; axes that are not listed are not restricted.
    pub selection: Vec<Selected>,
    /// Problem settings that it presumes.
    pub given: Vec<Given>,
    form: &'static Form,
    pub(super) test: Arc<dyn Test>,
}

pub(super) fn require(holds: bool, key: &str, message: impl Into<String>) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, message)) }
}

impl ClaimSpec {
    /// Reads one `[[claim]]` table.
    ///
    /// # Errors
    /// The key that is unknown, missing, of the wrong type or out of range.
    /// The names of metrics, estimators, axes and curves are not checked here,
    /// but by [`check_names`](Self::check_names).
    pub fn parse(mut table: Table) -> Result<Self, Invalid> {
        let form = Form::named(table.remove("form"))?;
        let (shared, own) = (keys(&common_keys()), form.keys());
        if let Some(key) = table.keys().find(|key| !shared.contains(key) && !own.contains(key)) {
            let known = own.iter().chain(&shared).map(String::as_str);
            let what = format!("key of a `{}` claim", form.name);
            return Err(Invalid::new(key, hint::unknown(&what, key, known)));
        }
        let (shared, own): (Table, Table) = table.into_iter().partition(|(key, _)| shared.contains(key));
        let mut common: Common = params::read(shared)?;
        let number = |key, value: Option<Value>| value.map(|v| values::reference(key, v)).transpose();
        let claim = Self {
            published: number("published", common.published.take())?,
            expected: number("expected", common.expected.take())?,
            selection: values::selection(common.cells.take())?,
            given: values::given(common.given.take())?,
            common,
            form,
            test: (form.read)(own)?,
        };
        claim.check()?;
        Ok(claim)
    }

    /// Checks the keys that depend on each other.
    fn check(&self) -> Result<(), Invalid> {
        let one = self.published.is_none() || self.expected.is_none();
        require(one, "expected", "give `published` or `expected`, not both")?;
        let (evidence, read_off) = (self.common.evidence, self.common.read_off);
        require(evidence.is_none() || self.published.is_some(), "evidence", "needs a `published` value")?;
        let read = matches!(evidence, Some(Evidence::Figure | Evidence::SecondHand));
        require(read_off.is_none() || read, "read_off", "needs the evidence \"figure\" or \"second-hand\"")?;
        require(
            self.common.free.is_empty() || self.has_number(),
            "free",
            "needs a published or expected number",
        )?;
        require(
            read_off.is_none_or(|x| x > 0.0 && x.is_finite()),
            "read_off",
            "must be a finite number above 0",
        )?;
        let (pooled, limits) = (self.common.over == Over::Pooled, self.test.limits(self)?);
        for (key, value) in [("published", &self.published), ("expected", &self.expected)] {
            if matches!(value, Some(Published::PerCell(_))) {
                let forms = forms::listed(|form| form.keys().iter().any(|key| key == "relative_tolerance"));
                let message = format!("a list of values per cell needs a {forms} claim with a tolerance");
                require(matches!(limits, Some(Limits::PerCell(_))), key, message)?;
                let message = format!("\"pooled\" averages the cells, but `{key}` gives each its own value");
                require(!pooled, "over", message)?;
            }
        }
        let needs = format!("\"pooled\" needs a {} claim", forms::listed(|form| form.pools));
        require(!pooled || self.form.pools, "over", needs)?;
        self.test.check(self)
    }

    /// Whether it has a published or expected number.
    pub(crate) fn has_number(&self) -> bool {
        let number = |value: &Option<Published>| !matches!(value, None | Some(Published::Text(_)));
        number(&self.published) || number(&self.expected)
    }

    /// The estimators that its test uses.
    pub(crate) fn estimators(&self) -> impl Iterator<Item = &str> {
        self.named(Kind::Estimator)
    }

    /// The metric that the claim is about, if there is one.
    #[must_use]
    pub fn metric(&self) -> Option<&str> {
        self.named(Kind::Metric).next()
    }

    /// The metric, estimator and statistic whose value in a cell is `published`.
    pub(crate) fn reported(&self) -> Option<(&str, &str, Statistic)> {
        self.test.reported()
    }

    /// The metrics, estimators or axes that its test uses, by `kind`.
    pub(super) fn named(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.test.names().into_iter().filter(move |(k, ..)| *k == kind).filter_map(|(_, _, name)| name)
    }

    /// Level of the two-sided intervals, 1 − 2α: two one-sided tests of confidence 1 − α make an interval.
    pub(super) fn level(&self) -> f64 {
        2.0 * self.common.confidence - 1.0
    }

    /// Whether its test uses several values of an axis at once.
    pub(super) fn runs_along(&self, axis: &str) -> bool {
        self.named(Kind::Axis).any(|name| name == axis)
    }
}
