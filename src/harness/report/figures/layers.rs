//! The layers of a panel: lines, boxes, points and heat maps.

use remeasure_chart::Layer;
use remeasure_core::numerics::statistics::mean;

use super::Figure;
use super::estimate::{Reading, box_stats};
use super::groups::Group;
use super::notes::Notes;
use crate::config::{Band, ScaleSpec};
use crate::report::select;
use crate::summary::{Sample, planned, sample, skipped, usable};

impl Figure<'_> {
    pub(super) fn sample(&self, cells: &[usize], estimators: &[usize], coordinate: Option<f64>) -> Sample {
        let mut all = Sample::default();
        for &cell in cells {
            for &estimator in estimators {
                all.add(match self.numerator {
                    Some(numerator) => self.ratios(cell, numerator, estimator, coordinate),
                    None => sample(self.store, cell, estimator, self.metric, coordinate),
                });
            }
        }
        all
    }

    pub(super) fn line(&self, group: &Group, notes: &mut Notes) -> Layer {
        let places = match self.store.axis(&self.spec.x) {
            Some(axis) => self.along_axis(axis, group, notes),
            None => self.trajectory(group, notes),
        };
        self.drawn(places, group, notes)
    }

    /// The line through the samples at some places.
    fn drawn(&self, places: Vec<(f64, Vec<f64>)>, group: &Group, notes: &mut Notes) -> Layer {
        let (x_log, y_log) = (self.spec.x_scale == ScaleSpec::Log, self.spec.y_scale == ScaleSpec::Log);
        let reading = Reading {
            statistic: self.spec.statistic(),
            band: self.spec.band(),
            event: self.event,
            log: y_log,
        };
        let mut points = Vec::new();
        let mut band = Vec::new();
        for (x, mut values) in places.into_iter().filter(|p| !p.1.is_empty()) {
            let (center, limits) = reading.of(&mut values);
            notes.off_scale(usize::from((x_log && x <= 0.0) || (y_log && center <= 0.0)));
            points.push((x, center));
            band.push(limits);
        }
        if self.spec.band() == Band::None {
            band.clear();
        }
        Layer::Line { name: group.label.clone(), style: group.style, points, band }
    }

    /// Among paths, estimators that have none stand at the value of their fit, from end to end.
    pub(super) fn levels(&self, groups: &[Group], layers: &mut [Layer], notes: &mut Notes) {
        let places = layers.iter().flat_map(|layer| match layer {
            Layer::Line { points, .. } => points.as_slice(),
            _ => &[],
        });
        let (from, to) =
            places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), p| (a.min(p.0), b.max(p.0)));
        if from > to {
            return;
        }
        for (group, layer) in groups.iter().zip(layers) {
            if matches!(layer, Layer::Line { points, .. } if points.is_empty()) {
                let sample = self.sample(&group.cells, &group.estimators, None);
                notes.sample(&sample);
                *layer = self.drawn(vec![(from, sample.values.clone()), (to, sample.values)], group, notes);
            }
        }
    }

    fn along_axis(&self, axis: usize, group: &Group, notes: &mut Notes) -> Vec<(f64, Vec<f64>)> {
        let place = |(x, value)| {
            let cells = select::at(self.store, &group.cells, axis, &value);
            let sample = self.sample(&cells, &group.estimators, None);
            notes.sample(&sample);
            (x, sample.values)
        };
        self.places(axis, &group.cells).into_iter().map(place).collect()
    }

    fn trajectory(&self, group: &Group, notes: &mut Notes) -> Vec<(f64, Vec<f64>)> {
        let traced = |c: usize, e: usize| self.store.coordinates(c, e, self.metric);
        let pairs = || group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
        let mut coordinates: Vec<f64> = pairs().flat_map(|(c, e)| traced(c, e)).collect();
        coordinates.sort_by(f64::total_cmp);
        coordinates.dedup();
        let values = |x: f64| self.sample(&group.cells, &group.estimators, Some(x)).values;
        let mut places: Vec<(f64, Vec<f64>)> = coordinates.into_iter().map(|x| (x, values(x))).collect();
        // Where only some replicates are still running, a curve would follow the survivors.
        let most = places.iter().map(|p| p.1.len()).max().unwrap_or(0);
        let all = places.len();
        places.retain(|p| p.1.len() == most);
        if places.len() < all {
            notes.cut();
        }
        // A replicate that has stopped is not missing; one that is nowhere on the path is.
        let due = |e: &usize| (0..self.store.cells.len()).any(|c| !traced(c, *e).is_empty());
        let due: Vec<usize> = group.estimators.iter().copied().filter(due).collect();
        let of = |(c, e)| planned(self.store, c).saturating_sub(skipped(self.store, c, e));
        let expected: u64 = pairs().filter(|(_, e)| due.contains(e)).map(of).sum();
        notes.missing(expected.saturating_sub(most as u64), expected);
        places
    }

    pub(super) fn boxes(&self, group: &Group, notes: &mut Notes) -> Layer {
        let log = self.spec.y_scale == ScaleSpec::Log;
        let mut boxes = Vec::new();
        let mut push = |at: f64, sample: Sample| {
            notes.sample(&sample);
            notes.off_scale(if log { sample.values.iter().filter(|v| **v <= 0.0).count() } else { 0 });
            boxes.extend(box_stats(at, sample.values, log));
        };
        match self.store.axis(&self.spec.x) {
            Some(axis) => {
                for (place, value) in self.places(axis, &group.cells) {
                    let cells = select::at(self.store, &group.cells, axis, &value);
                    push(place, self.sample(&cells, &group.estimators, None));
                }
            }
            None => {
                for &e in &group.estimators {
                    push(self.estimator_place(e), self.sample(&group.cells, &[e], None));
                }
            }
        }
        Layer::Boxes { name: group.label.clone(), style: group.style, boxes }
    }

    pub(super) fn scatter(&self, group: &Group, notes: &mut Notes) -> Layer {
        let log = [self.spec.x_scale, self.spec.y_scale].map(|s| s == ScaleSpec::Log);
        let mut points = Vec::new();
        let mut due = 0;
        if let Some(x_metric) = self.store.metric(&self.spec.x) {
            for (&c, &e) in group.cells.iter().flat_map(|c| group.estimators.iter().map(move |e| (c, e))) {
                let planned = [x_metric, self.metric].map(|m| sample(self.store, c, e, m, None).planned);
                due += planned[0].min(planned[1]);
                let ys = self.store.values(c, e, self.metric, None);
                for x in self.store.values(c, e, x_metric, None) {
                    let Ok(i) = ys.binary_search_by_key(&x.replicate, |y| y.replicate) else { continue };
                    points.extend(usable(self.store, x).zip(usable(self.store, &ys[i])));
                }
            }
        }
        notes.missing(due.saturating_sub(points.len() as u64), due);
        let off = |&&(x, y): &&(f64, f64)| (log[0] && x <= 0.0) || (log[1] && y <= 0.0);
        notes.off_scale(points.iter().filter(off).count());
        Layer::Scatter { name: group.label.clone(), style: group.style, points }
    }

    pub(super) fn heat_map(&self, group: &Group, notes: &mut Notes) -> Option<Layer> {
        let axis = |name: &str| self.store.axis(name);
        let (across, up) = (axis(&self.spec.x)?, axis(self.spec.y.as_deref()?)?);
        let columns = self.places(across, &group.cells);
        let rows = self.places(up, &group.cells);
        let mut values = Vec::with_capacity(columns.len() * rows.len());
        for (_, row) in &rows {
            let cells = select::at(self.store, &group.cells, up, row);
            for (_, column) in &columns {
                let cells = select::at(self.store, &cells, across, column);
                let found = self.sample(&cells, &group.estimators, None);
                notes.sample(&found);
                values.push((!found.values.is_empty()).then(|| mean(&found.values)));
            }
        }
        Some(Layer::HeatMap {
            x: columns.iter().map(|c| c.0).collect(),
            y: rows.iter().map(|r| r.0).collect(),
            values,
            // Rates have the full scale, so that runs compare; other metrics that of all panels.
            range: self.event.then_some((0.0, 1.0)),
            label: self.spec.z_label.clone().unwrap_or_else(|| self.spec.metric.clone()),
        })
    }
}
