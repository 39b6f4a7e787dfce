//! `kind = "heat-map"`.

use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::Invalid;
use remeasure_core::numerics::statistics::mean;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::{Common, Frame, Kind, KindEntry, Known, ScaleSpec, alt};
use crate::select;

pub(super) const ENTRY: KindEntry = KindEntry::of::<HeatMap>("heat-map", "a heat map");

/// The mean of `metric` over two axes, `x` and `y`, as a colour.
///
/// ```toml
/// [[figure]]
/// id = "phase"
/// title = "Rate of exact recovery"
/// kind = "heat-map"
/// metric = "success"
/// x = "undersampling"
/// y = "sparsity"
/// facet = "estimator"
/// curves = ["donoho-tanner"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeatMap {
    /// The axis of the sweep on the horizontal axis.
    x: String,
    /// The axis of the sweep on the vertical axis.
    y: String,
    /// A panel for each value of this axis; or `estimator`.
    facet: Option<String>,
    /// Names of reference curves of the family, drawn over the data.
    #[serde(default)]
    curves: Vec<String>,
    /// Label of the horizontal axis, with its unit; the label of the axis when empty.
    #[serde(default)]
    x_label: String,
    /// Label of the vertical axis, with its unit; the label of the axis when empty.
    #[serde(default)]
    y_label: String,
    /// Label of the colours; the metric when absent.
    z_label: Option<String>,
    /// Scale of the horizontal axis; logarithmic only where its values are positive numbers.
    #[serde(default)]
    x_scale: ScaleSpec,
    /// Scale of the vertical axis; logarithmic only where its values are positive numbers.
    #[serde(default)]
    y_scale: ScaleSpec,
}

impl Kind for HeatMap {
    fn frame(&self) -> Frame<'_> {
        Frame {
            x: &self.x,
            y: Some(&self.y),
            facet: self.facet.as_deref(),
            x_label: &self.x_label,
            y_label: &self.y_label,
            x_scale: self.x_scale,
            y_scale: self.y_scale,
            curves: &self.curves,
            ..Frame::default()
        }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.axis_or("x", &self.x, &[])?;
        known.axis_or("y", &self.y, &[])
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Layer> {
        drawing.groups(facet).iter().filter_map(|group| self.map(drawing, group, notes)).collect()
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        format!("{} over {} per cell", drawing.mean_word(), drawing.replicates())
    }

    fn words(&self) -> &'static str {
        "Heat map"
    }

    fn sentences(&self, _chart: &Chart, panel: &Panel) -> Vec<String> {
        let sentence = |layer: &Layer| {
            let Layer::HeatMap { values, label, .. } = layer else { return None };
            let known = || values.iter().flatten().copied().filter(|v| v.is_finite());
            let (low, high) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
            Some(format!("{label} from {} to {}.", alt::number(low), alt::number(high)))
        };
        panel.layers.iter().filter_map(sentence).collect()
    }
}

impl HeatMap {
    fn map(&self, drawing: &Drawing<'_>, group: &Group, notes: &mut Notes) -> Option<Layer> {
        let store = drawing.store;
        let (across, up) = (store.axis(&self.x)?, store.axis(&self.y)?);
        let columns = drawing.places(across, &group.cells);
        let rows = drawing.places(up, &group.cells);
        let mut values = Vec::with_capacity(columns.len() * rows.len());
        for (_, row) in &rows {
            let cells = select::at(store, &group.cells, up, row);
            for (_, column) in &columns {
                let cells = select::at(store, &cells, across, column);
                let found = drawing.sample(&cells, &group.estimators, None);
                notes.sample(&found);
                values.push((!found.values.is_empty()).then(|| mean(&found.values)));
            }
        }
        Some(Layer::HeatMap {
            x: columns.iter().map(|c| c.0).collect(),
            y: rows.iter().map(|r| r.0).collect(),
            values,
            // Rates use the full scale, so that runs are comparable; other metrics use the range over all panels.
            range: drawing.event.then_some((0.0, 1.0)),
            label: self.z_label.clone().unwrap_or_else(|| drawing.common.metric.clone()),
        })
    }
}
