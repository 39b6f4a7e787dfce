//! Boxes that a paper shows, beside ours.

use remeasure_chart::{BoxStats, Layer};

use super::Figure;
use super::groups::Group;
use crate::config::{FigureKind, PublishedBox};
use crate::records::AxisValue;
use crate::report::select;

impl Figure<'_> {
    /// The published boxes that belong beside those of a group.
    pub(super) fn published(&self, group: &Group) -> Option<Layer> {
        if self.spec.kind == FigureKind::Line {
            return self.published_marks(group);
        }
        let mut boxes = Vec::new();
        match self.store.axis(&self.spec.x) {
            Some(axis) => {
                for (place, value) in self.places(axis, &group.cells) {
                    let cells = select::at(self.store, &group.cells, axis, &value);
                    boxes.extend(self.published_at(place, Some(&value), &cells, &group.estimators));
                }
            }
            None => {
                for &e in &group.estimators {
                    boxes.extend(self.published_at(self.estimator_place(e), None, &group.cells, &[e]));
                }
            }
        }
        let layer =
            |boxes| Layer::PublishedBoxes { name: "published".into(), beside: group.label.clone(), boxes };
        (!boxes.is_empty()).then(|| layer(boxes))
    }

    /// The published numbers that belong beside the points of a line; those of the figure go before those of claims.
    fn published_marks(&self, group: &Group) -> Option<Layer> {
        let axis = self.store.axis(&self.spec.x)?;
        let mark = |(place, value)| {
            let cells = select::at(self.store, &group.cells, axis, &value);
            let found = [&self.spec.published, &self.spec.of_claims]
                .into_iter()
                .find_map(|all| self.entry_at(all, Some(&value), &cells, &group.estimators)?.value);
            found.map(|y| (place, y))
        };
        let points: Vec<(f64, f64)> = self.places(axis, &group.cells).into_iter().filter_map(mark).collect();
        let layer = |points| Layer::PublishedMarks { name: "published".into(), style: group.style, points };
        (!points.is_empty()).then(|| layer(points))
    }

    fn published_at(
        &self,
        at: f64,
        x: Option<&AxisValue>,
        cells: &[usize],
        estimators: &[usize],
    ) -> Option<BoxStats> {
        let entry = self.entry_at(&self.spec.published, x, cells, estimators)?;
        let [low, q1, median, q3, high] = entry.numbers?;
        Some(BoxStats { at, low, q1, median, q3, high, outliers: Vec::new() })
    }

    fn entry_at<'b>(
        &self,
        all: &'b [PublishedBox],
        x: Option<&AxisValue>,
        cells: &[usize],
        estimators: &[usize],
    ) -> Option<&'b PublishedBox> {
        let same_x = |p: &&PublishedBox| match (&p.x, x) {
            (Some(theirs), Some(ours)) => theirs.same(ours),
            (None, None) => true,
            _ => false,
        };
        let own = |p: &&PublishedBox| {
            let estimator = self.store.estimator(&p.estimator);
            let here = select::cells(self.store, &p.cell);
            estimator.is_some_and(|e| estimators.contains(&e)) && here.iter().any(|c| cells.contains(c))
        };
        all.iter().filter(same_x).find(own)
    }
}
