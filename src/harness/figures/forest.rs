//! `kind = "forest"`.

use remeasure_chart::{Chart, ForestRow, Layer, Panel};
use remeasure_core::Invalid;
use remeasure_core::format::{count, number};
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::published::{Mark, Published};
use super::{Common, Frame, Kind, KindEntry, Known, ScaleSpec, claimed};
use crate::claims::ClaimSpec;
use crate::records::{Axis, Store};
use crate::select::Statistic;
use crate::summary::usable;

pub(super) const ENTRY: KindEntry = KindEntry::of::<Forest>("forest", "a forest plot");

/// A forest plot of the first replicate: a line for each coordinate of `metric`, such as a study, with a square whose area
/// is its weight under the first estimator shown, and below them a diamond for the pooled estimate of each estimator.
///
/// ```toml
/// [[figure]]
/// id = "forest"
/// title = "Four trials and their pooled odds ratio"
/// kind = "forest"
/// metric = "study_effect"
/// interval = ["study_lower", "study_upper"]
/// weight = "weight"
/// pooled = "estimate"
/// pooled_interval = ["lower", "upper"]
/// ratio = true
/// x_label = "odds ratio"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Forest {
    /// Metrics of the two ends of the interval of `metric`, at the same coordinates.
    interval: [String; 2],
    /// Metric of the weight in percent, at the same coordinates.
    weight: String,
    /// Metric of the pooled estimate.
    pooled: String,
    /// Metrics of the two ends of its interval.
    pooled_interval: [String; 2],
    /// Names of the lines, in the order of the coordinates. Default: the coordinates.
    #[serde(default)]
    names: Vec<String>,
    /// Whether the numbers are logarithms of ratios, to be shown as ratios on a logarithmic axis.
    #[serde(default)]
    ratio: bool,
    /// A panel for each value of this axis.
    facet: Option<String>,
    /// Label of the horizontal axis, with its unit.
    x_label: String,
    /// Whether the published values of `within` claims about `pooled` are drawn, as hollow diamonds on those of the
    /// estimators.
    #[serde(default = "yes")]
    claimed: bool,
}

fn yes() -> bool {
    true
}

impl Kind for Forest {
    fn frame(&self) -> Frame<'_> {
        Frame {
            // The rows have names, and the axis no label.
            y: Some(""),
            facet: self.facet.as_deref(),
            series: Some("estimator"),
            x_label: &self.x_label,
            x_scale: if self.ratio { ScaleSpec::Log } else { ScaleSpec::Linear },
            ..Frame::default()
        }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.metrics.must("weight", &self.weight)?;
        known.metrics.must("pooled", &self.pooled)?;
        for (key, names) in [("interval", &self.interval), ("pooled_interval", &self.pooled_interval)] {
            for (i, name) in names.iter().enumerate() {
                known.metrics.must(&format!("{key}[{i}]"), name)?;
            }
        }
        if self.facet.as_deref() == Some("estimator") {
            return Err(Invalid::new("facet", "estimators share a panel: name an axis, or remove it"));
        }
        Ok(())
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, _notes: &mut Notes) -> Vec<Layer> {
        let store = drawing.store;
        let Some(&cell) = facet.cells.first() else { return Vec::new() };
        let shown = drawing.shown();
        let lines = self.coordinates(drawing, &facet.cells);
        let metric = |name: &String| store.metric(name);
        let exp = |v: f64| if self.ratio { v.exp() } else { v };
        let mut layers = Vec::new();
        let row = |e: usize, names: [usize; 3], place: Option<f64>, at: f64, weight: Option<f64>| {
            let [value, low, high] = names.map(|m| first(store, cell, e, m, place).map(exp));
            Some(ForestRow { at, value: value?, low: low?, high: high?, weight })
        };
        if let (Some(low), Some(high), Some(weight)) =
            (metric(&self.interval[0]), metric(&self.interval[1]), metric(&self.weight))
        {
            let names = [drawing.metric, low, high];
            let rows = |&e: &usize| {
                let rows: Vec<ForestRow> = lines
                    .iter()
                    .enumerate()
                    .filter_map(|(i, &place)| {
                        let share = first(store, cell, e, weight, Some(place))?;
                        row(e, names, Some(place), -(i as f64), Some(share))
                    })
                    .collect();
                (!rows.is_empty()).then_some(rows)
            };
            if let Some(rows) = shown.iter().find_map(rows) {
                layers.push(Layer::Forest { name: String::new(), style: 0, rows });
            }
        }
        if let (Some(value), Some(low), Some(high)) =
            (metric(&self.pooled), metric(&self.pooled_interval[0]), metric(&self.pooled_interval[1]))
        {
            for (j, &e) in shown.iter().enumerate() {
                let at = pooled_place(lines.len(), j);
                if let Some(row) = row(e, [value, low, high], None, at, None) {
                    let name = store.estimators[e].clone();
                    layers.push(Layer::Forest { name, style: e, rows: vec![row] });
                }
                if let Some(mark) = drawing.published_at(drawing.of_claims, None, &[cell], &[e]) {
                    let points = vec![(exp(mark.value), at)];
                    layers.push(Layer::PublishedMarks { name: "published".into(), style: e, points });
                }
            }
        }
        if !layers.is_empty() {
            let none = exp(0.0);
            let last = pooled_place(lines.len(), shown.len());
            let points = vec![(none, 0.5), (none, last)];
            layers.push(Layer::Reference { name: "no effect".to_owned(), points });
        }
        layers
    }

    fn rows(&self, drawing: &Drawing<'_>, cells: &[usize]) -> Option<Vec<(f64, String)>> {
        let lines = self.coordinates(drawing, cells);
        let name = |(i, place): (usize, &f64)| {
            (-(i as f64), self.names.get(i).cloned().unwrap_or_else(|| number(*place)))
        };
        let pooled = drawing.shown().into_iter().enumerate();
        let pooled = pooled.map(|(j, e)| (pooled_place(lines.len(), j), drawing.store.estimators[e].clone()));
        Some(lines.iter().enumerate().map(name).chain(pooled).collect())
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        let cells: Vec<usize> = (0..drawing.store.cells.len()).collect();
        if self.coordinates(drawing, &cells).is_empty() {
            return "diamonds: estimates, with their intervals".to_owned();
        }
        let first =
            drawing.shown().first().map_or_else(String::new, |&e| drawing.store.estimators[e].clone());
        format!("squares: weights of {first}; diamonds: pooled, with their intervals")
    }

    fn marked(&self) -> &'static str {
        "; hollow: published"
    }

    fn words(&self) -> &'static str {
        "Forest plot"
    }

    fn sentences(&self, _chart: &Chart, panel: &Panel) -> Vec<String> {
        let sentence = |layer: &Layer| {
            if let Layer::PublishedMarks { points, .. } = layer {
                return Some(format!("Published: {}.", number(points.first()?.0)));
            }
            let Layer::Forest { name, rows, .. } = layer else { return None };
            let row = rows.first()?;
            if name.is_empty() {
                return Some(format!("{}.", count(rows.len(), "line")));
            }
            Some(format!("{name}: {} [{}, {}].", number(row.value), number(row.low), number(row.high)))
        };
        panel.layers.iter().filter_map(sentence).collect()
    }

    fn further_metrics(&self) -> Vec<&str> {
        let ends = self.interval.iter().chain(&self.pooled_interval);
        ends.chain([&self.weight, &self.pooled]).map(String::as_str).collect()
    }

    fn along_paths(&self, _store: &Store) -> bool {
        true
    }

    fn of_claims(&self, _common: &Common, claims: &[ClaimSpec], axes: &[Axis]) -> Vec<Published<Mark>> {
        if !self.claimed {
            return Vec::new();
        }
        claimed::marks(&self.pooled, Statistic::Mean, None, claims, axes)
    }
}

/// Place of the `j`-th pooled estimate below so many lines.
fn pooled_place(lines: usize, j: usize) -> f64 {
    -(lines as f64) - 0.5 - j as f64
}

/// A number of the first replicate that has one.
fn first(store: &Store, cell: usize, estimator: usize, metric: usize, place: Option<f64>) -> Option<f64> {
    store.values(cell, estimator, metric, place).iter().find_map(|record| usable(store, record))
}

impl Forest {
    /// The coordinates of the metric in the cells.
    fn coordinates(&self, drawing: &Drawing<'_>, cells: &[usize]) -> Vec<f64> {
        let shown = drawing.shown();
        let pairs = cells.iter().flat_map(|&c| shown.iter().map(move |&e| (c, e)));
        let mut all: Vec<f64> =
            pairs.flat_map(|(c, e)| drawing.store.coordinates(c, e, drawing.metric)).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }
}
