//! `[[table]]` and `[[figure]]`: how records are shown.

use serde::Deserialize;

use super::style::StyleSpec;
use crate::records::AxisValue;

/// Which records to take: axis short name → one value or a list of values.
pub type Filter = toml::Table;

/// What a number stands for in a table or figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Mean across replicates.
    #[default]
    Mean,
    /// Median across replicates.
    Median,
}

/// The band drawn around a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// ± one Monte Carlo standard error of the mean.
    Se,
    /// 95 % Monte Carlo interval: Student's t for a mean, exact for the rate of a 0/1 metric
    /// and for a median.
    #[default]
    Ci95,
    /// First to third quartile across replicates.
    Quartiles,
    /// No band.
    None,
}

/// An axis scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleSpec {
    /// Linear.
    #[default]
    Linear,
    /// Decimal logarithm.
    Log,
}

/// The form of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureKind {
    /// A statistic of `metric` against an axis or `coordinate`, with an error band.
    Line,
    /// The distribution of `metric` across replicates, one box per axis value.
    Box,
    /// The mean of `metric` over two axes, `x` and `y`.
    HeatMap,
    /// One point per trial: metric `x` against metric `metric`.
    Scatter,
    /// Greyscale pictures, black 0 and white 1: one panel for each estimator with the pixels that `metric` has in the
    /// first replicate, at coordinates row + column/1000 (rows and columns from 0). Such metrics are left out of
    /// `summary.csv`.
    Image,
}

/// A `[[table]]`: estimators down, one metric per column or one axis value per column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// File name, kebab-case.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Metrics, one column each, or exactly one when `columns` names an axis.
    pub metrics: Vec<String>,
    /// Axis whose values become columns.
    pub columns: Option<String>,
    /// Cells shown.
    #[serde(default, rename = "where")]
    pub filter: Filter,
    /// Estimators shown; all when empty.
    #[serde(default)]
    pub estimators: Vec<String>,
    /// Mean ± Monte Carlo standard error, or median and quartiles.
    #[serde(default)]
    pub statistic: Statistic,
    /// Text below the heading.
    #[serde(default)]
    pub caption: String,
    /// Whether the best estimator of each cell is shown in bold, and marked what is not significantly worse.
    #[serde(default = "yes")]
    pub best: bool,
    /// Estimators that are shown and not compared: oracles and the like.
    #[serde(default)]
    pub yardsticks: Vec<String>,
}

fn yes() -> bool {
    true
}

/// What a paper shows, a box or a point of a line: `{ estimator = "lasso", x = 100, k = 5, box = [1, 2, 3, 4, 5] }`,
/// `{ estimator = "lasso", x = 100, k = 5, value = 3 }`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PublishedBox {
    /// The estimator beside whose box it is drawn.
    pub estimator: String,
    /// Value of the figure's `x`; absent where that is `estimator`.
    pub x: Option<AxisValue>,
    /// Box plots: end of the lower whisker, lower quartile, median, upper quartile, end of the upper whisker.
    #[serde(rename = "box")]
    pub numbers: Option<[f64; 5]>,
    /// Lines: the number.
    pub value: Option<f64>,
    /// Axis = value: where among the facets, series and cells of the figure it belongs.
    #[serde(flatten)]
    pub cell: Filter,
}

/// A `[[figure]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureSpec {
    /// File name, kebab-case.
    pub id: String,
    /// Title above the panels.
    pub title: String,
    /// Its form.
    pub kind: FigureKind,
    /// What is measured: the vertical axis, or the colour of a heat map.
    pub metric: String,
    /// Horizontal axis: an axis' short name, `coordinate`, or (scatter) a metric; an image has none.
    #[serde(default)]
    pub x: String,
    /// Heat map only: the axis that runs upwards.
    pub y: Option<String>,
    /// One panel per value of this axis.
    pub facet: Option<String>,
    /// One line or box per value of this axis instead of per estimator; not for a heat map.
    pub series: Option<String>,
    /// Image only: metrics that have the same pixels for every estimator, a panel for each before the others.
    #[serde(default)]
    pub also: Vec<String>,
    /// Cells shown.
    #[serde(default, rename = "where")]
    pub filter: Filter,
    /// Estimators shown; all when empty.
    #[serde(default)]
    pub estimators: Vec<String>,
    /// Line and box only: the estimator whose `metric` is divided, replicate by replicate, by that of
    /// each estimator shown (all others when `estimators` is empty); a line marks the ratio 1.
    /// Replicates in which either value is missing or not positive have no ratio.
    pub numerator: Option<String>,
    /// Box: boxes that the paper shows, drawn grey and narrow beside ours. Line along an axis: its values, drawn as
    /// hollow diamonds. Those of cells that only another profile sweeps are left out.
    #[serde(default)]
    pub published: Vec<PublishedBox>,
    /// Line only: whether the published values of `within` claims of the same metric, estimator and statistic are
    /// drawn likewise; they are unless it is `false`.
    pub claimed: Option<bool>,
    /// Those values, once the config is resolved.
    #[serde(skip)]
    pub of_claims: Vec<PublishedBox>,
    /// Line only: what the line follows; see [`FigureSpec::statistic()`].
    pub statistic: Option<Statistic>,
    /// Line only: the band around it; see [`FigureSpec::band()`].
    pub band: Option<Band>,
    /// Line and heat map only: named reference curves, drawn over the data.
    #[serde(default)]
    pub curves: Vec<String>,
    /// Label of the horizontal axis, with its unit.
    #[serde(default)]
    pub x_label: String,
    /// Label of the vertical axis, with its unit.
    #[serde(default)]
    pub y_label: String,
    /// Heat map only: label of the colours.
    pub z_label: Option<String>,
    /// Scale of the horizontal axis; logarithmic only where its values are positive numbers.
    #[serde(default)]
    pub x_scale: ScaleSpec,
    /// Scale of the vertical axis, likewise.
    #[serde(default)]
    pub y_scale: ScaleSpec,
    /// What the reader should see, below the figure.
    #[serde(default)]
    pub caption: String,
    /// Printed size and looks; once resolved, with the keys of `[style]` where it has none of its own.
    #[serde(default)]
    pub style: StyleSpec,
}

impl FigureSpec {
    /// What a line follows: the mean unless the config says otherwise.
    #[must_use]
    pub fn statistic(&self) -> Statistic {
        self.statistic.unwrap_or_default()
    }

    /// The band around a line: a 95 % interval unless the config says otherwise.
    #[must_use]
    pub fn band(&self) -> Band {
        self.band.unwrap_or_default()
    }
}
