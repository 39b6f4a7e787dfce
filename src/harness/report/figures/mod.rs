//! `[[figure]]`: from records to a chart.

mod alt;
mod estimate;
mod groups;
mod layers;
mod notes;
mod pictures;
mod published;
mod ratios;
mod references;
#[cfg(test)]
mod tests;

use groups::{Group, split};
use notes::Notes;
use remeasure_chart::{Chart, Layer, Look, Panel, Paper, Scale};
use remeasure_core::curve::Curve;
use remeasure_core::format::count;

use super::select;
use crate::config::{Band, FigureKind, FigureSpec, PaletteSpec, ScaleSpec, Statistic, StyleSpec};
use crate::records::{AxisValue, Store};
use crate::summary::is_event;

pub(super) use estimate::ones;

/// An axis of at most so many values is ticked at each of them.
const FEW: usize = 10;

struct Figure<'a> {
    store: &'a Store,
    spec: &'a FigureSpec,
    curves: &'a [Curve],
    metric: usize,
    /// The estimator that is divided by each of those shown.
    numerator: Option<usize>,
    /// Whether the metric is 0 or 1, so that its means are rates.
    event: bool,
}

impl Figure<'_> {
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

    /// Where an estimator stands on an axis of estimators.
    fn estimator_place(&self, estimator: usize) -> f64 {
        let shown = shown(self.store, self.spec);
        shown.iter().position(|&e| e == estimator).unwrap_or(0) as f64
    }

    fn panel(&self, facet: &Group, notes: &mut Notes) -> Panel {
        let series = match (self.spec.kind, self.spec.series.as_deref()) {
            (FigureKind::HeatMap | FigureKind::Image, _) => None,
            (_, Some(series)) => Some(series),
            (FigureKind::Box, None) if self.spec.x == "estimator" => None,
            (_, None) => Some("estimator"),
        };
        let groups = split(self.store, series, &facet.cells, &facet.estimators);
        let layer = |group: &Group| match self.spec.kind {
            FigureKind::Line => Some(self.line(group, notes)),
            FigureKind::Box => Some(self.boxes(group, notes)),
            FigureKind::Scatter => Some(self.scatter(group, notes)),
            FigureKind::HeatMap => self.heat_map(group, notes),
            FigureKind::Image => self.picture(self.metric, group),
        };
        let mut layers: Vec<_> = groups.iter().filter_map(layer).collect();
        if self.spec.kind == FigureKind::Line && self.store.axis(&self.spec.x).is_none() {
            self.levels(&groups, &mut layers, notes);
        }
        layers.extend(groups.iter().filter_map(|group| self.published(group)));
        layers.extend(self.references(facet));
        layers.extend(self.equality(&layers));
        Panel { title: facet.label.clone(), layers }
    }

    /// Ticks at the values of a sweep axis that are names or few; else none of our own.
    fn ticks(&self, name: &str, cells: &[usize]) -> Option<Vec<(f64, String)>> {
        let Some(axis) = self.store.axis(name) else {
            let shown = || shown(self.store, self.spec).into_iter();
            let names =
                || shown().map(|e| (self.estimator_place(e), self.store.estimators[e].clone())).collect();
            return (name == "estimator").then(names);
        };
        let places = self.places(axis, cells);
        let named = self.store.axes[axis].values.iter().any(|v| v.as_f64().is_none());
        let text = |v: AxisValue| match v.as_f64() {
            // The minus sign of the chart's own numbers.
            Some(_) => v.to_string().replace('-', "−"),
            None => v.to_string(),
        };
        (named || places.len() <= FEW || self.spec.kind == FigureKind::Box)
            .then(|| places.into_iter().map(|(x, v)| (x, text(v))).collect())
    }

    /// "ratios of each replicate: ", where the figure shows some.
    fn ratio_words(&self) -> &'static str {
        if self.numerator.is_some() { "ratios within a replicate: " } else { "" }
    }

    /// What the marks of the figure are.
    fn reads(&self) -> String {
        let over = count(self.store.replicates as usize, "replicate");
        let mean = if self.event { "rate" } else { "mean" };
        match self.spec.kind {
            FigureKind::Scatter => format!("one point per trial; {over}"),
            FigureKind::Box => {
                let of = self.ratio_words();
                format!("{of}median, quartiles and whiskers within 1.5 interquartile ranges over {over}")
            }
            FigureKind::HeatMap => format!("{mean} over {over} per cell"),
            FigureKind::Image => "first replicate; black 0, white 1".to_owned(),
            FigureKind::Line => {
                let median = self.spec.statistic() == Statistic::Median;
                let center = format!("{}{}", self.ratio_words(), if median { "median" } else { mean });
                match self.spec.band() {
                    Band::Se => format!("{center} ± 1 Monte Carlo standard error over {over}"),
                    Band::Ci95 if median || self.event => {
                        format!("{center} with exact 95 % interval over {over}")
                    }
                    Band::Ci95 => format!("{center} with 95 % Monte Carlo interval over {over}"),
                    Band::Quartiles => format!("{center} with quartiles of {over}"),
                    Band::None => format!("{center} over {over}"),
                }
            }
        }
    }
}

/// The estimators shown: those named, else all but one that divides by the others.
fn shown(store: &Store, spec: &FigureSpec) -> Vec<usize> {
    let all = select::estimators(store, &spec.estimators).into_iter();
    all.filter(|&e| spec.numerator.as_ref() != Some(&store.estimators[e])).collect()
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

fn look(style: &StyleSpec) -> Look {
    let paper = style.width.map(|width| Paper {
        width: width.value,
        unit: width.unit,
        points: width.points() / width.value,
        font_size: style.label_points(),
    });
    Look { paper, grey: style.palette == Some(PaletteSpec::Grey), dpi: style.dpi }
}

/// The chart of a `[[figure]]`.
pub(super) fn chart(store: &Store, spec: &FigureSpec, curves: &[Curve], trace: &str) -> Chart {
    let axis_label =
        |name: &str| store.axis(name).map_or_else(|| name.to_owned(), |a| store.axes[a].label.clone());
    let mut chart = Chart {
        title: spec.title.clone(),
        subtitle: count(store.replicates as usize, "replicate"),
        footer: trace.to_owned(),
        look: look(&spec.style),
        ..Chart::default()
    };
    let upward = spec.y.as_deref().unwrap_or(&spec.metric);
    let upward = match &spec.numerator {
        Some(numerator) => format!("{upward} of {numerator}, divided by that of each"),
        None => axis_label(upward),
    };
    chart.x.label = or(&spec.x_label, &axis_label(&spec.x));
    chart.y.label = or(&spec.y_label, &upward);
    chart.x.scale = scale(spec.x_scale);
    chart.y.scale = scale(spec.y_scale);
    let Some(metric) = store.metric(&spec.metric) else {
        // Nothing was recorded: an empty panel says so.
        chart.panels.push(Panel::default());
        chart.alt = alt::text(&chart, spec.caption.trim());
        return chart;
    };
    let numerator = spec.numerator.as_ref().and_then(|name| store.estimator(name));
    let event = numerator.is_none() && is_event(store, metric);
    let figure = Figure { store, spec, curves, metric, numerator, event };
    let cells = select::cells(store, &spec.filter);
    let estimators = shown(store, spec);
    if cells.is_empty() || estimators.is_empty() || numerator.is_some() != spec.numerator.is_some() {
        // A run filtered by `--only`.
        chart.subtitle = "this run has none of the cells or estimators shown here".to_owned();
        chart.panels.push(Panel::default());
        chart.alt = alt::text(&chart, spec.caption.trim());
        return chart;
    }
    chart.x.ticks = figure.ticks(&spec.x, &cells);
    chart.y.ticks = spec.y.as_deref().and_then(|y| figure.ticks(y, &cells));
    let by = if spec.kind == FigureKind::Image { Some("estimator") } else { spec.facet.as_deref() };
    let facets = split(store, by, &cells, &estimators);
    let mut notes = Notes::default();
    chart.panels = figure.also(&facets);
    chart.panels.extend(facets.iter().map(|facet| figure.panel(facet, &mut notes)));
    chart.subtitle = figure.reads() + &notes.text();
    let marks = |l: &Layer| matches!(l, Layer::PublishedMarks { .. });
    if chart.panels.iter().any(|panel| panel.layers.iter().any(marks)) {
        chart.subtitle.push_str("; diamonds: published");
    }
    chart.alt = alt::text(&chart, spec.caption.trim());
    chart
}
