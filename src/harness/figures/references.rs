//! Reference curves over a panel.

use remeasure_chart::Layer;

use super::ScaleSpec;
use super::drawing::Drawing;
use super::groups::Group;
use crate::arguments::{self, Argument};
use crate::select;

/// Number of steps in which a curve is drawn from end to end of the axis.
const POINTS: usize = 200;

impl Drawing<'_> {
    /// The curves along the horizontal axis; the panel fixes their other arguments.
    pub(super) fn references(&self, facet: &Group) -> Vec<Layer> {
        let axis = self.store.axis(self.frame.x);
        let log = self.frame.x_scale == ScaleSpec::Log;
        let warp = |x: f64| if log { x.ln() } else { x };
        let places: Vec<f64> = match axis {
            Some(axis) => self.places(axis, &facet.cells).iter().map(|p| warp(p.0)).collect(),
            None => self.path(facet).into_iter().map(warp).collect(),
        };
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else { return Vec::new() };
        // Extend to the edges of a heat map's outer cells.
        let (head, tail) = match places.len() {
            count @ 2.. if self.frame.y.is_some() => {
                ((places[1] - first) / 2.0, (last - places[count - 2]) / 2.0)
            }
            _ => (0.0, 0.0),
        };
        let (from, to) = (first - head, last + tail);
        let at = |i: usize| {
            let x = from + (to - from) * i as f64 / POINTS as f64;
            if log { x.exp() } else { x }
        };
        self.curves
            .iter()
            .filter(|c| self.frame.curves.iter().any(|name| name == c.name))
            .filter_map(|curve| {
                // None is the position along the path.
                let find = |name: &&str| match axis {
                    None if *name == arguments::COORDINATE => Some(None),
                    _ => arguments::find(name, &self.store.axes, &self.store.settings).ok().map(Some),
                };
                let arguments: Vec<Option<Argument>> =
                    curve.arguments.iter().map(find).collect::<Option<_>>()?;
                let points: Option<Vec<(f64, f64)>> = (0..=POINTS)
                    .map(|i| {
                        let x = at(i);
                        let value = |argument: &Option<Argument>| match *argument {
                            None => Some(x),
                            Some(Argument::Axis(a)) if Some(a) == axis => Some(x),
                            Some(Argument::Axis(a)) => self.fixed(a, facet),
                            Some(Argument::Setting(value)) => Some(value),
                        };
                        let values: Option<Vec<f64>> = arguments.iter().map(value).collect();
                        Some((x, (curve.evaluate)(&values?)))
                    })
                    .collect();
                Some(Layer::Reference { name: curve.label.to_owned(), points: points? })
            })
            .collect()
    }

    /// The coordinates of the metric in a panel, ascending; none where the horizontal axis shows something else.
    fn path(&self, facet: &Group) -> Vec<f64> {
        if self.frame.x != arguments::COORDINATE {
            return Vec::new();
        }
        let pairs = facet.cells.iter().flat_map(|&c| facet.estimators.iter().map(move |&e| (c, e)));
        let mut all: Vec<f64> = pairs.flat_map(|(c, e)| self.store.coordinates(c, e, self.metric)).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// The one value that an axis takes in a panel.
    fn fixed(&self, axis: usize, facet: &Group) -> Option<f64> {
        match select::axis_values(self.store, axis, &facet.cells).as_slice() {
            [value] => value.as_f64(),
            _ => None,
        }
    }
}
