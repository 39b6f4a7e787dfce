//! `[[figure]]`: how records are drawn. Each kind of figure is one file, with its keys, checks, layers and texts, and
//! one line of `KINDS`.

mod alt;
mod boxes;
mod check;
#[cfg(test)]
mod check_tests;
mod claimed;
mod drawing;
mod estimate;
mod fading;
mod forest;
mod graph;
#[cfg(test)]
mod graph_tests;
mod groups;
mod heat_map;
mod image;
mod line;
#[cfg(test)]
mod line_tests;
mod notes;
mod path;
#[cfg(test)]
mod path_tests;
mod published;
mod ratios;
mod references;
mod scatter;
mod style;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use groups::Group;
use notes::Notes;
use published::{Mark, Published};
use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::{Invalid, hint};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

pub(crate) use check::{Known, must};
use drawing::Drawing;
pub(crate) use drawing::{chart, chart_on};
pub(crate) use estimate::ones;
pub use style::{Length, PaletteSpec, StyleSpec};

use crate::claims::ClaimSpec;
use crate::keys;
use crate::records::{Axis, Store};
use crate::select::{Filter, OneOrSeveral};

/// The kinds of figures.
pub(crate) static KINDS: &[KindEntry] = &[
    line::ENTRY,
    boxes::ENTRY,
    heat_map::ENTRY,
    scatter::ENTRY,
    image::ENTRY,
    forest::ENTRY,
    graph::ENTRY,
    path::ENTRY,
];

/// An axis scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleSpec {
    /// Linear.
    #[default]
    Linear,
    /// Decimal logarithm.
    Log,
}

/// A chart of the records. All kinds share these keys; each kind adds its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// File name without extension: letters, digits, hyphens and underscores.
    pub id: String,
    /// Title above the panels.
    pub title: String,
    /// The metric that is shown: along the vertical axis, along the horizontal one of a forest plot, as the colour of a
    /// heat map, as the pixels of an image, as the edges of a graph, or as the coefficients of a path.
    pub metric: String,
    /// Cells shown: short name of an axis = value, or = list of values. All cells when absent.
    #[serde(default, rename = "where")]
    #[schemars(with = "std::collections::BTreeMap<String, OneOrSeveral>")]
    pub filter: Filter,
    /// Estimators shown; all when empty.
    #[serde(default)]
    pub estimators: Vec<String>,
    /// What the reader should see; printed below the figure.
    #[serde(default)]
    pub caption: String,
    /// Printed size and style of this figure; these keys take precedence over `[style]`.
    #[serde(default)]
    pub style: StyleSpec,
}

/// A `[[figure]]`.
#[derive(Clone, Debug)]
pub struct FigureSpec {
    common: Common,
    kind: Arc<dyn Kind>,
    /// The published values of claims that it shows.
    of_claims: Vec<Published<Mark>>,
    /// The estimators that claims are about.
    claimed: Vec<String>,
}

impl Deref for FigureSpec {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

/// The layout of a figure: names of axes and metrics, with their labels and scales.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Frame<'a> {
    /// What the horizontal axis shows: an axis of the sweep, `coordinate`, `estimator` or a metric; empty for none.
    x: &'a str,
    /// The axis of the sweep that the vertical axis shows instead of the metric.
    y: Option<&'a str>,
    /// `estimator` or the axis with a panel for each value.
    facet: Option<&'a str>,
    /// `estimator` or the axis with a line, box or colour for each value.
    series: Option<&'a str>,
    /// The estimator whose values are divided by those of each estimator shown.
    numerator: Option<&'a str>,
    x_label: &'a str,
    y_label: &'a str,
    x_scale: ScaleSpec,
    y_scale: ScaleSpec,
    /// Names of reference curves.
    curves: &'a [String],
    /// Whether the values of `x` are evenly spaced, even if they are numbers.
    categorical: bool,
    /// Whether several cells may share a place, as the points of trials do.
    shared: bool,
}

/// A kind of figure: its own keys and what they mean.
pub(crate) trait Kind: Debug + Send + Sync {
    /// The layout of the figure.
    fn frame(&self) -> Frame<'_>;

    /// Checks what is specific to the kind; names in the frame other than `x` and `y` are checked for all kinds.
    ///
    /// # Errors
    /// The first key that cannot be drawn.
    fn check(&self, common: &Common, known: &Known<'_>) -> Result<(), Invalid>;

    /// The layers of a panel, without reference curves.
    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Layer>;

    /// The chart's subtitle, which says what the marks are.
    fn reads(&self, drawing: &Drawing<'_>) -> String;

    /// What is added to the subtitle where published values are marked.
    fn marked(&self) -> &'static str {
        "; diamonds: published"
    }

    /// The kind in words, such as "Line chart".
    fn words(&self) -> &'static str;

    /// What a panel shows, with a sentence for each series.
    fn sentences(&self, chart: &Chart, panel: &Panel) -> Vec<String>;

    /// Panels before those of the facets.
    fn panels_before(&self, _drawing: &Drawing<'_>, _facets: &[Group]) -> Vec<Panel> {
        Vec::new()
    }

    /// The panels of a facet: by default one, with its [`layers`](Kind::layers).
    fn panels(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Panel> {
        vec![Panel { title: facet.label.clone(), layers: self.layers(drawing, facet, notes) }]
    }

    /// Ticks of the horizontal axis, if the kind makes them itself.
    fn columns(&self, _drawing: &Drawing<'_>) -> Option<Vec<(f64, String)>> {
        None
    }

    /// Ticks of the vertical axis, if the kind names its rows itself.
    fn rows(&self, _drawing: &Drawing<'_>, _cells: &[usize]) -> Option<Vec<(f64, String)>> {
        None
    }

    /// Metrics shown in addition to `metric`.
    fn further_metrics(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Whether it consists of pixels: `metric` and the further metrics are pictures.
    fn pixels(&self) -> bool {
        false
    }

    /// Whether the numbers of its metrics are parts of one picture, so that summaries of each say nothing.
    fn one_picture(&self) -> bool {
        self.pixels()
    }

    /// Whether it needs values along the paths of replicates.
    fn along_paths(&self, _store: &Store) -> bool {
        false
    }

    /// Published values of claims that belong in the figure.
    fn of_claims(&self, _common: &Common, _claims: &[ClaimSpec], _axes: &[Axis]) -> Vec<Published<Mark>> {
        Vec::new()
    }
}

/// A kind of figure that configs can name.
pub(crate) struct KindEntry {
    /// `kind = "…"`.
    pub(crate) name: &'static str,
    /// Its noun with an article.
    noun: &'static str,
    /// Its own keys.
    pub(crate) schema: fn() -> Schema,
    read: fn(Table) -> Result<Arc<dyn Kind>, Invalid>,
}

impl KindEntry {
    const fn of<K: Kind + DeserializeOwned + JsonSchema + 'static>(
        name: &'static str,
        noun: &'static str,
    ) -> Self {
        Self { name, noun, schema: keys::schema::<K>, read: |table| Ok(Arc::new(keys::read::<K>(table)?)) }
    }

    fn takes(&self, key: &str) -> bool {
        keys::names(&(self.schema)()).contains(&key)
    }
}

/// Why a kind of figure does not take a key.
fn not_taken(key: &str, valid: &[&str]) -> String {
    let nouns: Vec<&str> = KINDS.iter().filter(|k| k.takes(key)).map(|k| k.noun).collect();
    match nouns.as_slice() {
        [] => hint::unknown("key", key, valid.iter().copied()),
        [one] => format!("only {one} takes `{key}`"),
        [several @ .., last] => format!("only {} and {last} take `{key}`", several.join(", ")),
    }
}

impl FigureSpec {
    /// Reads a `[[figure]]`; the names of axes, metrics and the like are left to [`Known::figure`].
    ///
    /// # Errors
    /// The key that is unknown, missing, of the wrong type or not taken by the kind.
    pub(crate) fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = match table.remove("kind") {
            None => return Err(Invalid::new("", "the key `kind` is missing")),
            Some(Value::String(kind)) => kind,
            Some(other) => {
                let message = format!("expected a text in quotes, found {}", other.type_str());
                return Err(Invalid::new("kind", message));
            }
        };
        let Some(entry) = KINDS.iter().find(|entry| entry.name == kind) else {
            let names = KINDS.iter().map(|entry| entry.name);
            return Err(Invalid::new("kind", hint::unknown("value", &kind, names)));
        };
        let (common, own) = (keys::schema::<Common>(), (entry.schema)());
        let (common, own) = (keys::names(&common), keys::names(&own));
        if let Some(key) = table.keys().map(String::as_str).find(|k| !common.contains(k) && !own.contains(k))
        {
            let valid = [common, own, vec!["kind"]].concat();
            return Err(Invalid::new(key, not_taken(key, &valid)));
        }
        let (common, own): (Table, Table) =
            table.into_iter().partition(|(key, _)| common.contains(&key.as_str()));
        Ok(Self {
            common: keys::read(common)?,
            kind: (entry.read)(own)?,
            of_claims: Vec::new(),
            claimed: Vec::new(),
        })
    }

    /// Fills in the keys of `[style]` that it does not set itself, the values that claims publish for it, and the
    /// estimators that claims are about.
    pub(crate) fn complete(&mut self, style: &StyleSpec, claims: &[ClaimSpec], axes: &[Axis]) {
        self.common.style = self.common.style.over(style);
        self.of_claims = self.kind.of_claims(&self.common, claims, axes);
        self.claimed = claims.iter().flat_map(ClaimSpec::estimators).map(str::to_owned).collect();
    }

    /// Names of its reference curves.
    pub(crate) fn curves(&self) -> &[String] {
        self.kind.frame().curves
    }

    /// The scale of the vertical axis, if that axis shows the metric.
    pub(crate) fn metric_scale(&self) -> Option<ScaleSpec> {
        let frame = self.kind.frame();
        (frame.y.is_none() && !self.kind.one_picture()).then_some(frame.y_scale)
    }

    /// The scale of the vertical axis.
    pub(crate) fn y_scale(&self) -> ScaleSpec {
        self.kind.frame().y_scale
    }

    /// The metrics that it shows.
    pub(crate) fn metrics(&self) -> Vec<&str> {
        std::iter::once(self.metric.as_str()).chain(self.kind.further_metrics()).collect()
    }

    /// Whether it consists of pictures, whose pixels are the records of its metrics.
    pub(crate) fn has_pixels(&self) -> bool {
        self.kind.pixels()
    }

    /// Whether the records of its metrics are parts of one picture.
    pub(crate) fn is_one_picture(&self) -> bool {
        self.kind.one_picture()
    }

    /// Whether it needs values along the paths of replicates.
    pub(crate) fn along_paths(&self, store: &Store) -> bool {
        self.kind.along_paths(store)
    }

    /// The published values of claims as text; empty if it shows none. Stored stamps depend on its spelling.
    pub(crate) fn claimed_text(&self) -> String {
        match self.of_claims.as_slice() {
            [] => String::new(),
            values => claimed::text(values),
        }
    }
}
