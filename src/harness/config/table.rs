//! `[[table]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::select::{Filter, OneOrSeveral, Statistic};

/// A table with one row for each estimator, and one column for each metric or for each value of an axis.
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
    /// File name without extension: letters, digits, hyphens and underscores.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Metrics, one column each; exactly one if `columns` names an axis.
    pub metrics: Vec<String>,
    /// Short name of the axis whose values become columns.
    pub columns: Option<String>,
    /// Cells to show: short name of an axis = value or list of values. Default: all cells.
    #[serde(default, rename = "where")]
    #[schemars(with = "std::collections::BTreeMap<String, OneOrSeveral>")]
    pub filter: Filter,
    /// Estimators to show. Default: all.
    #[serde(default)]
    pub estimators: Vec<String>,
    /// What to show: `mean`, with its Monte Carlo standard error; or `median`, with the quartiles.
    #[serde(default)]
    pub statistic: Statistic,
    /// Text below the heading.
    #[serde(default)]
    pub caption: String,
    /// Whether to set the best estimator of each cell in bold and mark those that are not significantly worse.
    #[serde(default = "yes")]
    pub best: bool,
    /// Estimators to show but not compare, such as oracles.
    #[serde(default)]
    pub yardsticks: Vec<String>,
}

fn yes() -> bool {
    true
}
