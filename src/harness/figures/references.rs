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
        let Some(axis) = self.store.axis(self.frame.x) else { return Vec::new() };
        let log = self.frame.x_scale == ScaleSpec::Log;
        let warp = |x: f64| if log { x.ln() } else { x };
        let places: Vec<f64> = self.places(axis, &facet.cells).iter().map(|p| warp(p.0)).collect();
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
                let find = |name: &&str| arguments::find(name, &self.store.axes, &self.store.settings).ok();
                let arguments: Vec<Argument> = curve.arguments.iter().map(find).collect::<Option<_>>()?;
                let points: Option<Vec<(f64, f64)>> = (0..=POINTS)
                    .map(|i| {
                        let x = at(i);
                        let value = |argument: &Argument| match *argument {
                            Argument::Axis(a) if a == axis => Some(x),
                            Argument::Axis(a) => self.fixed(a, facet),
                            Argument::Setting(value) => Some(value),
                        };
                        let values: Option<Vec<f64>> = arguments.iter().map(value).collect();
                        Some((x, (curve.evaluate)(&values?)))
                    })
                    .collect();
                Some(Layer::Reference { name: curve.label.to_owned(), points: points? })
            })
            .collect()
    }

    /// The one value that an axis takes in a panel.
    fn fixed(&self, axis: usize, facet: &Group) -> Option<f64> {
        match select::axis_values(self.store, axis, &facet.cells).as_slice() {
            [value] => value.as_f64(),
            _ => None,
        }
    }
}
