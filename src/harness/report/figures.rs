//! `[[figure]]`: from records to a chart.

use super::chart::{BoxStats, Chart, Layer, Panel, Scale};
use super::select;
use crate::harness::config::{Band, FigureKind, FigureSpec, ScaleSpec, Statistic};
use crate::harness::curve::Curve;
use crate::harness::records::{AxisValue, Store};
use crate::numerics::statistics::{clopper_pearson, mean, quantile, standard_error};

/// What is drawn apart from what: estimators or the values of an axis.
#[derive(Clone, Debug)]
struct Group {
    label: String,
    style: usize,
    cells: Vec<usize>,
    estimators: Vec<usize>,
    /// The axis value it stands for.
    value: Option<(usize, AxisValue)>,
}

struct Figure<'a> {
    store: &'a Store,
    spec: &'a FigureSpec,
    curves: &'a [Curve],
    metric: usize,
}

/// Splits cells and estimators by `dimension`: `estimator` or the name of an axis.
fn split(store: &Store, dimension: Option<&str>, cells: &[usize], estimators: &[usize]) -> Vec<Group> {
    let whole = || Group {
        label: String::new(),
        style: 0,
        cells: cells.to_vec(),
        estimators: estimators.to_vec(),
        value: None,
    };
    match dimension {
        None => vec![whole()],
        Some("estimator") => estimators
            .iter()
            .map(|&e| Group { label: store.estimators[e].clone(), style: e, estimators: vec![e], ..whole() })
            .collect(),
        Some(name) => match store.axis(name) {
            None => vec![whole()],
            Some(axis) => select::axis_values(store, axis, cells)
                .into_iter()
                .enumerate()
                .map(|(style, value)| Group {
                    label: format!("{} = {value}", store.axes[axis].label),
                    style,
                    cells: select::at(store, cells, axis, &value),
                    value: Some((axis, value)),
                    ..whole()
                })
                .collect(),
        },
    }
}

impl Figure<'_> {
    fn statistic(&self, values: &mut [f64]) -> (f64, (f64, f64)) {
        values.sort_by(f64::total_cmp);
        let center = match self.spec.statistic {
            Statistic::Mean => mean(values),
            Statistic::Median => quantile(values, 0.5),
        };
        // On a log scale the interval is that of the logarithm (delta method), so that it stays positive.
        let log = self.spec.y_scale == ScaleSpec::Log && center > 0.0;
        let around = |half: f64| match log {
            true => (center * (-half / center).exp(), center * (half / center).exp()),
            false => (center - half, center + half),
        };
        let rate = hits(values).filter(|_| self.spec.statistic == Statistic::Mean);
        let band = match self.spec.band {
            // Exact for rates, which a normal interval would take beyond 0 and 1.
            Band::Ci95 if let Some(hits) = rate => clopper_pearson(hits, values.len() as u64, 0.95),
            Band::Se => around(standard_error(values)),
            Band::Ci95 => around(1.96 * standard_error(values)),
            Band::Quartiles => (quantile(values, 0.25), quantile(values, 0.75)),
            Band::None => around(0.0),
        };
        (center, band)
    }

    fn values(&self, cells: &[usize], estimators: &[usize], coordinate: Option<f64>) -> Vec<f64> {
        let pairs = cells.iter().flat_map(|&c| estimators.iter().map(move |&e| (c, e)));
        pairs.flat_map(|(c, e)| select::finite(self.store, c, e, self.metric, coordinate)).collect()
    }

    fn line(&self, group: &Group) -> Layer {
        let mut groups: Vec<(f64, Vec<f64>)> = Vec::new();
        match self.store.axis(&self.spec.x) {
            Some(axis) => {
                for (place, value) in self.places(axis, &group.cells) {
                    let cells = select::at(self.store, &group.cells, axis, &value);
                    groups.push((place, self.values(&cells, &group.estimators, None)));
                }
            }
            None => {
                let of = |&(c, e): &(usize, usize)| self.store.coordinates(c, e, self.metric);
                let pairs: Vec<(usize, usize)> =
                    group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e))).collect();
                let mut coordinates: Vec<f64> = pairs.iter().flat_map(of).collect();
                coordinates.sort_by(f64::total_cmp);
                coordinates.dedup();
                for x in coordinates {
                    groups.push((x, self.values(&group.cells, &group.estimators, Some(x))));
                }
                // Where only some replicates are still running, a curve would follow the survivors.
                let most = groups.iter().map(|g| g.1.len()).max().unwrap_or(0);
                groups.retain(|g| g.1.len() == most);
            }
        }
        let mut points = Vec::new();
        let mut band = Vec::new();
        for (x, mut values) in groups {
            if !values.is_empty() {
                let (center, limits) = self.statistic(&mut values);
                points.push((x, center));
                band.push(limits);
            }
        }
        if self.spec.band == Band::None {
            band.clear();
        }
        Layer::Line { name: group.label.clone(), style: group.style, points, band }
    }

    /// The places of an axis' values: the numbers themselves, or 0, 1, … for names.
    fn places(&self, axis: usize, cells: &[usize]) -> Vec<(f64, AxisValue)> {
        let values = select::axis_values(self.store, axis, cells);
        let categorical = self.spec.kind == FigureKind::Box || values.iter().any(|v| v.as_f64().is_none());
        let all = &self.store.axes[axis].values;
        let place = |v: &AxisValue| match v.as_f64() {
            Some(x) if !categorical => x,
            _ => all.iter().position(|a| a.same(v)).unwrap_or(0) as f64,
        };
        let mut places: Vec<(f64, AxisValue)> = values.into_iter().map(|v| (place(&v), v)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places
    }

    fn boxes(&self, group: &Group) -> Layer {
        let mut boxes = Vec::new();
        let mut push = |at: f64, values: Vec<f64>| boxes.extend(box_stats(at, values, self.spec.y_scale));
        match self.store.axis(&self.spec.x) {
            Some(axis) => {
                for (place, value) in self.places(axis, &group.cells) {
                    let cells = select::at(self.store, &group.cells, axis, &value);
                    push(place, self.values(&cells, &group.estimators, None));
                }
            }
            None => {
                for &e in &group.estimators {
                    push(e as f64, self.values(&group.cells, &[e], None));
                }
            }
        }
        Layer::Boxes { name: group.label.clone(), style: group.style, boxes }
    }

    fn scatter(&self, group: &Group) -> Layer {
        let mut points = Vec::new();
        if let Some(x_metric) = self.store.metric(&self.spec.x) {
            for (&c, &e) in group.cells.iter().flat_map(|c| group.estimators.iter().map(move |e| (c, e))) {
                let ys = self.store.values(c, e, self.metric, None);
                for x in self.store.values(c, e, x_metric, None) {
                    if let Ok(i) = ys.binary_search_by_key(&x.replicate, |y| y.replicate) {
                        points.push((x.value, ys[i].value));
                    }
                }
            }
        }
        Layer::Scatter { name: group.label.clone(), style: group.style, points }
    }

    fn heat_map(&self, group: &Group) -> Option<Layer> {
        let axis = |name: &str| self.store.axis(name);
        let (across, up) = (axis(&self.spec.x)?, axis(self.spec.y.as_deref()?)?);
        let columns = self.places(across, &group.cells);
        let rows = self.places(up, &group.cells);
        let mut values = Vec::with_capacity(columns.len() * rows.len());
        for (_, row) in &rows {
            let cells = select::at(self.store, &group.cells, up, row);
            for (_, column) in &columns {
                let cells = select::at(self.store, &cells, across, column);
                let found = self.values(&cells, &group.estimators, None);
                values.push((!found.is_empty()).then(|| mean(&found)));
            }
        }
        let unit = values.iter().flatten().all(|v| (0.0..=1.0).contains(v));
        Some(Layer::HeatMap {
            x: columns.iter().map(|c| c.0).collect(),
            y: rows.iter().map(|r| r.0).collect(),
            values,
            // Rates and probabilities share the full scale, so that panels and runs compare.
            range: unit.then_some((0.0, 1.0)),
            label: or(&self.spec.z_label, &self.spec.metric),
        })
    }

    /// Reference curves over the horizontal axis, other arguments taken from the facet.
    fn references(&self, facet: &Group) -> Vec<Layer> {
        let Some(axis) = self.store.axis(&self.spec.x) else { return Vec::new() };
        let places: Vec<f64> = self.places(axis, &facet.cells).iter().map(|p| p.0).collect();
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else { return Vec::new() };
        // Out to the edges of a heat map's outer cells.
        let margin = match (self.spec.kind, places.len()) {
            (FigureKind::HeatMap, 2..) => 0.5 * (last - first) / (places.len() - 1) as f64,
            _ => 0.0,
        };
        const POINTS: usize = 200;
        let step = (last - first + 2.0 * margin) / POINTS as f64;
        self.curves
            .iter()
            .filter(|c| self.spec.curves.iter().any(|name| name == c.name))
            .filter_map(|curve| {
                let points = (0..=POINTS).map(|i| {
                    let x = first - margin + step * i as f64;
                    let argument = |name: &&str| match &facet.value {
                        _ if *name == self.spec.x => Some(x),
                        Some((axis, value)) if self.store.axes[*axis].name == *name => value.as_f64(),
                        _ => None,
                    };
                    let arguments: Option<Vec<f64>> = curve.arguments.iter().map(argument).collect();
                    Some((x, (curve.evaluate)(&arguments?)))
                });
                let points: Option<Vec<(f64, f64)>> = points.collect();
                Some(Layer::Reference { name: curve.label.to_owned(), points: points? })
            })
            .collect()
    }

    fn panel(&self, facet: &Group) -> Panel {
        let series = match (self.spec.kind, self.spec.series.as_deref()) {
            (FigureKind::HeatMap, _) => None,
            (_, Some(series)) => Some(series),
            (FigureKind::Box, None) if self.spec.x == "estimator" => None,
            (_, None) => Some("estimator"),
        };
        let groups = split(self.store, series, &facet.cells, &facet.estimators);
        let mut layers: Vec<Layer> = groups
            .iter()
            .filter_map(|group| match self.spec.kind {
                FigureKind::Line => Some(self.line(group)),
                FigureKind::Box => Some(self.boxes(group)),
                FigureKind::Scatter => Some(self.scatter(group)),
                FigureKind::HeatMap => self.heat_map(group),
            })
            .collect();
        layers.extend(self.references(facet));
        Panel { title: facet.label.clone(), layers }
    }

    /// Ticks at the values of a sweep axis that are names, or few on a log scale; else none of our own.
    fn ticks(&self, name: &str, scale: ScaleSpec, cells: &[usize]) -> Option<Vec<(f64, String)>> {
        let Some(axis) = self.store.axis(name) else {
            let shown = || select::estimators(self.store, &self.spec.estimators).into_iter();
            let names = || shown().map(|e| (e as f64, self.store.estimators[e].clone())).collect();
            return (name == "estimator").then(names);
        };
        let places = self.places(axis, cells);
        let named = self.store.axes[axis].values.iter().any(|v| v.as_f64().is_none());
        let few = scale == ScaleSpec::Log && places.len() <= 8;
        (named || few || self.spec.kind == FigureKind::Box)
            .then(|| places.into_iter().map(|(x, v)| (x, v.to_string())).collect())
    }
}

/// How many values are 1, where all are 0 or 1.
fn hits(values: &[f64]) -> Option<u64> {
    let binary = values.iter().all(|v| *v == 0.0 || *v == 1.0);
    binary.then(|| values.iter().filter(|v| **v == 1.0).count() as u64)
}

/// Tukey's box, its whiskers found on the scale that is drawn.
fn box_stats(at: f64, values: Vec<f64>, scale: ScaleSpec) -> Option<BoxStats> {
    let log = scale == ScaleSpec::Log;
    let shown: Box<dyn Fn(f64) -> f64> = if log { Box::new(f64::log10) } else { Box::new(|v| v) };
    let back: Box<dyn Fn(f64) -> f64> = if log { Box::new(|v| 10f64.powf(v)) } else { Box::new(|v| v) };
    let mut values: Vec<f64> = values.into_iter().filter(|v| !log || *v > 0.0).map(shown).collect();
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let [q1, median, q3] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
    let reach = 1.5 * (q3 - q1);
    let inside = |v: &&f64| (q1 - reach..=q3 + reach).contains(*v);
    let low = values.iter().find(inside).copied().unwrap_or(q1);
    let high = values.iter().rev().find(inside).copied().unwrap_or(q3);
    let outliers = values.iter().filter(|v| !inside(v)).map(|v| back(*v)).collect();
    let [low, q1, median, q3, high] = [low, q1, median, q3, high].map(back);
    Some(BoxStats { at, low, q1, median, q3, high, outliers })
}

/// A label, or the name it stands for.
fn or(label: &str, name: &str) -> String {
    if label.is_empty() { name.to_owned() } else { label.to_owned() }
}

fn scale(spec: ScaleSpec) -> Scale {
    match spec {
        ScaleSpec::Linear => Scale::Linear,
        ScaleSpec::Log => Scale::Log10,
    }
}

/// The chart of a `[[figure]]`.
pub(super) fn chart(store: &Store, spec: &FigureSpec, curves: &[Curve], trace: &str) -> Chart {
    let axis_label =
        |name: &str| store.axis(name).map_or_else(|| name.to_owned(), |a| store.axes[a].label.clone());
    let mut chart = Chart {
        title: spec.title.clone(),
        subtitle: format!("{} replicates", store.replicates),
        footer: trace.to_owned(),
        alt: spec.caption.trim().to_owned(),
        ..Chart::default()
    };
    let upward = spec.y.as_deref().unwrap_or(&spec.metric);
    chart.x.label = or(&spec.x_label, &axis_label(&spec.x));
    chart.y.label = or(&spec.y_label, &axis_label(upward));
    chart.x.scale = scale(spec.x_scale);
    chart.y.scale = scale(spec.y_scale);
    let Some(metric) = store.metric(&spec.metric) else {
        // Nothing was recorded: an empty panel says so.
        chart.panels.push(Panel::default());
        return chart;
    };
    if spec.kind == FigureKind::HeatMap {
        chart.subtitle = format!("mean over {} replicates per cell", store.replicates);
    }
    if spec.kind == FigureKind::Line {
        let center = if spec.statistic == Statistic::Mean { "mean" } else { "median" };
        chart.subtitle = match spec.band {
            Band::Se => {
                format!("{center} ± 1 Monte Carlo standard error over {} replicates", store.replicates)
            }
            Band::Ci95 => {
                format!("{center} with 95 % Monte Carlo interval over {} replicates", store.replicates)
            }
            Band::Quartiles => format!("{center} with quartiles of {} replicates", store.replicates),
            Band::None => format!("{center} over {} replicates", store.replicates),
        };
    }
    let figure = Figure { store, spec, curves, metric };
    let cells = select::cells(store, &spec.filter);
    let estimators = select::estimators(store, &spec.estimators);
    chart.x.ticks = figure.ticks(&spec.x, spec.x_scale, &cells);
    chart.y.ticks = spec.y.as_deref().and_then(|y| figure.ticks(y, spec.y_scale, &cells));
    let facets = split(store, spec.facet.as_deref(), &cells, &estimators);
    chart.panels = facets.iter().map(|facet| figure.panel(facet)).collect();
    chart
}
