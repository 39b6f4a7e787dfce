//! Ratios of one estimator's values to those of each of the others, replicate by replicate.

use remeasure_chart::Layer;

use super::ScaleSpec;
use super::drawing::Drawing;

use crate::records::Record;
use crate::summary::{Sample, sample, usable};

impl Drawing<'_> {
    /// The ratios of `numerator` to `estimator` in one cell, over the replicates in which both values
    /// are positive.
    pub(super) fn ratios(
        &self,
        cell: usize,
        numerator: usize,
        estimator: usize,
        coordinate: Option<f64>,
    ) -> Sample {
        let of = |e: usize| sample(self.store, cell, e, self.metric, coordinate);
        let (above, below) = (of(numerator), of(estimator));
        let divisors = self.store.values(cell, estimator, self.metric, coordinate);
        let ratio = |x: &Record| {
            let at = divisors.binary_search_by_key(&x.replicate, |y| y.replicate).ok()?;
            let (x, y) = (usable(self.store, x)?, usable(self.store, &divisors[at])?);
            (x > 0.0 && y > 0.0).then(|| x / y)
        };
        let dividends = self.store.values(cell, numerator, self.metric, coordinate);
        Sample {
            values: dividends.iter().filter_map(ratio).collect(),
            planned: above.planned.min(below.planned),
            skipped: above.skipped.max(below.skipped),
        }
    }

    /// The line at ratio 1, where both estimators are equal, across a panel with these layers.
    pub(super) fn equality(&self, layers: &[Layer]) -> Option<Layer> {
        self.numerator?;
        let log = self.frame.x_scale == ScaleSpec::Log;
        let places = layers.iter().flat_map(|layer| match layer {
            Layer::Line { points, .. } => points.iter().map(|p| p.0).collect(),
            Layer::Boxes { boxes, .. } => boxes.iter().map(|b| b.at).collect(),
            _ => Vec::new(),
        });
        let places: Vec<f64> = places.filter(|x| !log || *x > 0.0).collect();
        let first = places.iter().copied().reduce(f64::min)?;
        let last = places.iter().copied().reduce(f64::max)?;
        // It extends beyond both ends, and the panel cuts it off.
        let (from, to) = if log {
            (first / 100.0, last * 100.0)
        } else {
            let air = (last - first).max(last.abs()).max(1.0);
            (first - air, last + air)
        };
        Some(Layer::Reference { name: "ratio 1".into(), points: vec![(from, 1.0), (to, 1.0)] })
    }
}
