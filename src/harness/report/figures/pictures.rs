//! Pictures out of pixels that are records.

use remeasure_chart::{Layer, Panel};

use super::Figure;
use super::groups::Group;
use crate::summary::usable;

/// Columns that a coordinate can tell apart.
const COLUMNS: f64 = 1000.0;

impl Figure<'_> {
    /// The pixels of a metric in the first replicate that has some; `None` if there is none.
    pub(super) fn picture(&self, metric: usize, group: &Group) -> Option<Layer> {
        let pairs = group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
        let pixels = |(cell, estimator)| {
            let value = |at| {
                let group = self.store.values(cell, estimator, metric, Some(at));
                let found = group.first().and_then(|record| usable(self.store, record));
                (at.floor() as usize, ((at - at.floor()) * COLUMNS).round() as usize, found)
            };
            self.store.coordinates(cell, estimator, metric).into_iter().map(value).collect::<Vec<_>>()
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

    /// The panels of the metrics that are the same for every estimator.
    pub(super) fn also(&self, facets: &[Group]) -> Vec<Panel> {
        let panel = |name: &String| Panel {
            title: name.clone(),
            layers: self
                .store
                .metric(name)
                .and_then(|metric| facets.iter().find_map(|facet| self.picture(metric, facet)))
                .into_iter()
                .collect(),
        };
        self.spec.also.iter().map(panel).collect()
    }
}
