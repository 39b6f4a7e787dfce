//! `[[table]]`, and what it shares with `[[figure]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::select::{Filter, OneOrSeveral, Statistic};

/// A table of estimators (rows) by metrics, or by the values of one axis (columns).
///
/// ```toml
/// [[table]]
/// id = "errors"
/// title = "Estimation error"
/// metrics = ["nmse_db"]
/// columns = "n"
/// where = { snr_db = 20 }
/// yardsticks = ["oracle"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// File name without its ending: letters, digits, hyphens and underscores.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Metrics, one column each; exactly one when `columns` names an axis.
    pub metrics: Vec<String>,
    /// Axis whose values become columns.
    pub columns: Option<String>,
    /// Cells shown: short name of an axis = value, or = list of values. All cells when absent.
    #[serde(default, rename = "where")]
    #[schemars(with = "std::collections::BTreeMap<String, OneOrSeveral>")]
    pub filter: Filter,
    /// Estimators shown; all when empty.
    #[serde(default)]
    pub estimators: Vec<String>,
    /// `mean`: mean ± Monte Carlo standard error; `median`: median and quartiles.
    #[serde(default)]
    pub statistic: Statistic,
    /// Text below the heading.
    #[serde(default)]
    pub caption: String,
    /// Whether the best estimator of each cell is set in bold, and those that are not significantly worse are marked.
    #[serde(default = "yes")]
    pub best: bool,
    /// Estimators that are shown but not compared, such as oracles.
    #[serde(default)]
    pub yardsticks: Vec<String>,
}

fn yes() -> bool {
    true
}
