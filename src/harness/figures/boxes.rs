//! `kind = "box"`.

use remeasure_chart::{BoxStats, Chart, Layer, Panel};
use remeasure_core::Invalid;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::estimate::box_stats;
use super::groups::Group;
use super::notes::Notes;
use super::published::{Five, Published};
use super::{Common, Frame, Kind, KindEntry, Known, ScaleSpec, alt};
use crate::records::AxisValue;
use crate::select;

pub(super) const ENTRY: KindEntry = KindEntry::of::<Boxes>("box", "a box plot");

/// The distribution of `metric` across replicates: one box for each value of an axis and each estimator.
///
/// ```toml
/// [[figure]]
/// id = "errors"
/// title = "Estimation error"
/// kind = "box"
/// metric = "nmse"
/// x = "estimator"
/// where = { n = 100 }
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Boxes {
    /// Horizontal axis: the short name of an axis of the sweep, or `estimator`.
    x: String,
    /// A panel for each value of this axis; or `estimator`.
    facet: Option<String>,
    /// A box for each value of this axis instead of one for each estimator.
    series: Option<String>,
    /// The estimator whose `metric` is divided, replicate by replicate, by that of each estimator shown (all others
    /// when `estimators` is empty); a line marks the ratio 1. Replicates in which either value is missing or not
    /// positive have no ratio.
    numerator: Option<String>,
    /// Boxes that the paper shows, drawn narrow and grey next to ours. Boxes of cells that only other profiles have are
    /// left out. Example of an entry: `{ estimator = "lasso", x = 100, k = 5, box = [1, 2, 3, 4, 5] }`.
    #[serde(default)]
    published: Vec<Published<Five>>,
    /// Label of the horizontal axis, with its unit; the label of the axis when empty.
    #[serde(default)]
    x_label: String,
    /// Label of the vertical axis, with its unit; the metric when empty.
    #[serde(default)]
    y_label: String,
    /// Scale of the vertical axis.
    #[serde(default)]
    y_scale: ScaleSpec,
}

impl Kind for Boxes {
    fn frame(&self) -> Frame<'_> {
        let across = (self.x != "estimator").then_some("estimator");
        Frame {
            x: &self.x,
            facet: self.facet.as_deref(),
            series: self.series.as_deref().or(across),
            numerator: self.numerator.as_deref(),
            x_label: &self.x_label,
            y_label: &self.y_label,
            y_scale: self.y_scale,
            categorical: true,
            ..Frame::default()
        }
    }

    fn check(&self, common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.axis_or("x", &self.x, &["estimator"])?;
        known.published(common, &self.frame(), &self.published)
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Layer> {
        let groups = drawing.groups(facet);
        let mut layers: Vec<Layer> = groups.iter().map(|group| self.boxes(drawing, group, notes)).collect();
        layers.extend(groups.iter().filter_map(|group| self.published(drawing, group)));
        layers
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        let (of, over) = (drawing.ratio_words(), drawing.replicates());
        format!("{of}median, quartiles and whiskers within 1.5 interquartile ranges over {over}")
    }

    fn words(&self) -> &'static str {
        "Box plots"
    }

    fn sentences(&self, chart: &Chart, panel: &Panel) -> Vec<String> {
        let sentence = |layer: &Layer| {
            let Layer::Boxes { name, boxes, .. } = layer else { return None };
            let low = boxes.iter().min_by(|a, b| a.median.total_cmp(&b.median))?;
            let high = boxes.iter().max_by(|a, b| a.median.total_cmp(&b.median))?;
            let name = if name.is_empty() { "Medians" } else { name };
            let at = |b: &BoxStats| format!("{} at {}", alt::number(b.median), alt::place(chart, b.at));
            Some(match boxes.len() {
                1 => format!("{name}: median {}.", at(low)),
                _ => format!("{name}: medians from {} to {}.", at(low), at(high)),
            })
        };
        panel.layers.iter().filter_map(sentence).collect()
    }
}

/// A place on the horizontal axis, with the data that belong there.
struct Place {
    at: f64,
    /// The value of the axis, if `x` is an axis of the sweep.
    x: Option<AxisValue>,
    cells: Vec<usize>,
    estimators: Vec<usize>,
}

impl Boxes {
    fn places(&self, drawing: &Drawing<'_>, group: &Group) -> Vec<Place> {
        let estimators = &group.estimators;
        match drawing.store.axis(&self.x) {
            Some(axis) => {
                let place = |(at, value)| {
                    let cells = select::at(drawing.store, &group.cells, axis, &value);
                    Place { at, x: Some(value), cells, estimators: estimators.clone() }
                };
                drawing.places(axis, &group.cells).into_iter().map(place).collect()
            }
            None => {
                let place = |&e: &usize| Place {
                    at: drawing.estimator_place(e),
                    x: None,
                    cells: group.cells.clone(),
                    estimators: vec![e],
                };
                estimators.iter().map(place).collect()
            }
        }
    }

    fn boxes(&self, drawing: &Drawing<'_>, group: &Group, notes: &mut Notes) -> Layer {
        let log = drawing.frame.y_scale == ScaleSpec::Log;
        let mut boxes = Vec::new();
        for place in self.places(drawing, group) {
            let sample = drawing.sample(&place.cells, &place.estimators, None);
            notes.sample(&sample);
            notes.off_scale(if log { sample.values.iter().filter(|v| **v <= 0.0).count() } else { 0 });
            boxes.extend(box_stats(place.at, sample.values, log));
        }
        Layer::Boxes { name: group.label.clone(), style: group.style, boxes }
    }

    /// The published boxes that belong next to those of a group.
    fn published(&self, drawing: &Drawing<'_>, group: &Group) -> Option<Layer> {
        let stats = |Place { at, x, cells, estimators }| {
            let found = drawing.published_at(&self.published, x.as_ref(), &cells, &estimators)?;
            let [low, q1, median, q3, high] = found.numbers;
            Some(BoxStats { at, low, q1, median, q3, high, outliers: Vec::new() })
        };
        let boxes: Vec<BoxStats> = self.places(drawing, group).into_iter().filter_map(stats).collect();
        let layer =
            |boxes| Layer::PublishedBoxes { name: "published".into(), beside: group.label.clone(), boxes };
        (!boxes.is_empty()).then(|| layer(boxes))
    }
}
