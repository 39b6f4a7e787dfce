//! `kind = "scatter"`.

use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::Invalid;
use remeasure_core::format::count;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::{Common, Frame, Kind, KindEntry, Known, ScaleSpec};
use crate::summary::{sample, usable};

pub(super) const ENTRY: KindEntry = KindEntry::of::<Scatter>("scatter", "a scatter plot");

/// One point for each trial: the metric `x` on the horizontal axis, `metric` on the vertical axis.
///
/// ```toml
/// [[figure]]
/// id = "precision-recall"
/// title = "Support recovery"
/// kind = "scatter"
/// metric = "support_precision"
/// x = "support_recall"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scatter {
    /// The metric on the horizontal axis.
    x: String,
    /// A panel for each value of this axis; or `estimator`.
    facet: Option<String>,
    /// A colour for each value of this axis instead of one for each estimator.
    series: Option<String>,
    /// Label of the horizontal axis, with its unit; the metric when empty.
    #[serde(default)]
    x_label: String,
    /// Label of the vertical axis, with its unit; the metric when empty.
    #[serde(default)]
    y_label: String,
    /// Scale of the horizontal axis.
    #[serde(default)]
    x_scale: ScaleSpec,
    /// Scale of the vertical axis.
    #[serde(default)]
    y_scale: ScaleSpec,
}

impl Kind for Scatter {
    fn frame(&self) -> Frame<'_> {
        Frame {
            x: &self.x,
            facet: self.facet.as_deref(),
            series: Some(self.series.as_deref().unwrap_or("estimator")),
            x_label: &self.x_label,
            y_label: &self.y_label,
            x_scale: self.x_scale,
            y_scale: self.y_scale,
            shared: true,
            ..Frame::default()
        }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.metrics.must("x", &self.x)
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Layer> {
        drawing.groups(facet).iter().map(|group| self.points(drawing, group, notes)).collect()
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        format!("one point per trial; {}", drawing.replicates())
    }

    fn words(&self) -> &'static str {
        "Scatter plot"
    }

    fn sentences(&self, _chart: &Chart, panel: &Panel) -> Vec<String> {
        let sentence = |layer: &Layer| {
            let Layer::Scatter { name, points, .. } = layer else { return None };
            Some(format!("{name}: {}.", count(points.len(), "point")))
        };
        panel.layers.iter().filter_map(sentence).collect()
    }

    fn further_metrics(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Scatter {
    fn points(&self, drawing: &Drawing<'_>, group: &Group, notes: &mut Notes) -> Layer {
        let (store, metric) = (drawing.store, drawing.metric);
        let [x_log, y_log] = [drawing.frame.x_scale, drawing.frame.y_scale].map(|s| s == ScaleSpec::Log);
        let mut points = Vec::new();
        let mut due = 0;
        if let Some(x_metric) = store.metric(&self.x) {
            for (&c, &e) in group.cells.iter().flat_map(|c| group.estimators.iter().map(move |e| (c, e))) {
                let planned = [x_metric, metric].map(|m| sample(store, c, e, m, None).planned);
                due += planned[0].min(planned[1]);
                let ys = store.values(c, e, metric, None);
                for x in store.values(c, e, x_metric, None) {
                    let Ok(i) = ys.binary_search_by_key(&x.replicate, |y| y.replicate) else { continue };
                    points.extend(usable(store, x).zip(usable(store, &ys[i])));
                }
            }
        }
        notes.missing(due.saturating_sub(points.len() as u64), due);
        let off = |&&(x, y): &&(f64, f64)| (x_log && x <= 0.0) || (y_log && y <= 0.0);
        notes.off_scale(points.iter().filter(off).count());
        Layer::Scatter { name: group.label.clone(), style: group.style, points }
    }
}
