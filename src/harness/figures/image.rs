//! `kind = "image"`.

use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::Invalid;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::{Common, Frame, Kind, KindEntry, Known};
use crate::records::Store;
use crate::summary::usable;

pub(super) const ENTRY: KindEntry = KindEntry::of::<Image>("image", "an image");

/// Number of columns that a coordinate can distinguish.
const COLUMNS: f64 = 1000.0;

/// Greyscale pictures, black 0 and white 1: one panel for each estimator with the pixels that `metric` has in the first
/// replicate, at coordinates row + column/1000 (rows and columns from 0). Such metrics are left out of the summary.
///
/// ```toml
/// [[figure]]
/// id = "pictures"
/// title = "The first test image"
/// kind = "image"
/// metric = "recovered"
/// also = ["original", "noisy"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    /// Metrics that have the same pixels for every estimator; each gets a panel, before the others.
    #[serde(default)]
    also: Vec<String>,
}

impl Kind for Image {
    fn frame(&self) -> Frame<'_> {
        Frame { facet: Some("estimator"), ..Frame::default() }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        let also = self.also.iter().enumerate();
        also.into_iter().try_for_each(|(i, metric)| known.metrics.must(&format!("also[{i}]"), metric))
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, _notes: &mut Notes) -> Vec<Layer> {
        picture(drawing, drawing.metric, facet).into_iter().collect()
    }

    fn reads(&self, _drawing: &Drawing<'_>) -> String {
        "first replicate; black 0, white 1".to_owned()
    }

    fn words(&self) -> &'static str {
        "Pictures"
    }

    fn sentences(&self, _chart: &Chart, _panel: &Panel) -> Vec<String> {
        Vec::new()
    }

    /// The panels of the metrics that are the same for every estimator.
    fn panels_before(&self, drawing: &Drawing<'_>, facets: &[Group]) -> Vec<Panel> {
        let layers = |name: &String| {
            let metric = drawing.store.metric(name)?;
            facets.iter().find_map(|facet| picture(drawing, metric, facet))
        };
        let panel = |name: &String| Panel { title: name.clone(), layers: layers(name).into_iter().collect() };
        self.also.iter().map(panel).collect()
    }

    fn further_metrics(&self) -> Vec<&str> {
        self.also.iter().map(String::as_str).collect()
    }

    fn pixels(&self) -> bool {
        true
    }

    fn along_paths(&self, _store: &Store) -> bool {
        true
    }
}

/// The pixels of a metric in the first replicate that has some; `None` if there is none.
fn picture(drawing: &Drawing<'_>, metric: usize, group: &Group) -> Option<Layer> {
    let store = drawing.store;
    let pairs = group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
    let pixels = |(cell, estimator)| {
        let value = |at| {
            let group = store.values(cell, estimator, metric, Some(at));
            let found = group.first().and_then(|record| usable(store, record));
            (at.floor() as usize, ((at - at.floor()) * COLUMNS).round() as usize, found)
        };
        store.coordinates(cell, estimator, metric).into_iter().map(value).collect::<Vec<_>>()
    };
    let pixels = pairs.map(pixels).find(|pixels| pixels.iter().any(|p| p.2.is_some()))?;
    let rows = pixels.iter().map(|p| p.0 + 1).max()?;
    let columns = pixels.iter().map(|p| p.1 + 1).max()?;
    let mut values = vec![None; rows * columns];
    for (row, column, value) in pixels {
        values[row * columns + column] = value;
    }
    Some(Layer::Image { columns, values })
}
