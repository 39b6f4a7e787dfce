//! From a `[[figure]]` and the records to a chart: what all kinds share.

use remeasure_chart::{Chart, Layer, Look, Panel, Paper, Scale};
use remeasure_core::curve::Curve;

use super::groups::{Group, split};
use super::notes::Notes;
use super::published::{Mark, Published};
use super::style::{PaletteSpec, StyleSpec};
use super::{Common, FigureSpec, Frame, ScaleSpec, alt, fading};
use crate::records::{AxisValue, Store};
use crate::select;
use crate::summary::{Sample, is_event, sample};

/// An axis with at most this many values has a tick at each of them.
const FEW: usize = 10;

/// The data from which the layers of a figure are made.
pub(crate) struct Drawing<'a> {
    pub(super) store: &'a Store,
    pub(super) common: &'a Common,
    pub(super) frame: Frame<'a>,
    /// Published values of claims.
    pub(super) of_claims: &'a [Published<Mark>],
    pub(super) curves: &'a [Curve],
    pub(super) metric: usize,
    /// The estimator whose values are divided by those of each estimator shown.
    pub(super) numerator: Option<usize>,
    /// Whether the metric is 0 or 1, so that its means are rates.
    pub(super) event: bool,
}

impl Drawing<'_> {
    /// The places of an axis' values: the numbers themselves, or 0, 1, … for names.
    pub(super) fn places(&self, axis: usize, cells: &[usize]) -> Vec<(f64, AxisValue)> {
        let values = select::axis_values(self.store, axis, cells);
        let categorical = self.frame.categorical || values.iter().any(|v| v.as_f64().is_none());
        let all = &self.store.axes[axis].values;
        let place = |v: &AxisValue| match v.as_f64() {
            Some(x) if !categorical => x,
            _ => all.iter().position(|a| a.same(v)).unwrap_or(0) as f64,
        };
        let mut places: Vec<(f64, AxisValue)> = values.into_iter().map(|v| (place(&v), v)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places
    }

    /// The place of an estimator on an axis of estimators.
    pub(super) fn estimator_place(&self, estimator: usize) -> f64 {
        self.shown().iter().position(|&e| e == estimator).unwrap_or(0) as f64
    }

    /// The estimators shown: those that the figure names, or else all, without the numerator of ratios.
    pub(super) fn shown(&self) -> Vec<usize> {
        let all = select::estimators(self.store, &self.common.estimators).into_iter();
        all.filter(|&e| self.frame.numerator != Some(self.store.estimators[e].as_str())).collect()
    }

    /// The lines, boxes or colours of a panel.
    pub(super) fn groups(&self, facet: &Group) -> Vec<Group> {
        split(self.store, self.frame.series, &facet.cells, &facet.estimators)
    }

    /// The values of the metric, or its ratios, in the given cells for the given estimators.
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

    /// Ticks at the values of a sweep axis if they are names or few; `None` for the chart's own ticks.
    fn ticks(&self, name: &str, cells: &[usize]) -> Option<Vec<(f64, String)>> {
        let Some(axis) = self.store.axis(name) else {
            let shown = || self.shown().into_iter();
            let names =
                || shown().map(|e| (self.estimator_place(e), self.store.estimators[e].clone())).collect();
            return (name == "estimator").then(names);
        };
        let places = self.places(axis, cells);
        let named = self.store.axes[axis].values.iter().any(|v| v.as_f64().is_none());
        let text = |v: AxisValue| match v.as_f64() {
            // Use the minus sign of the chart's own numbers, and powers where zeros would fill the tick.
            Some(x) if x != 0.0 && x.abs() < 1e-5 => format!("{x:e}").replace('-', "−"),
            Some(_) => v.to_string().replace('-', "−"),
            None => v.to_string(),
        };
        (named || places.len() <= FEW || self.frame.categorical)
            .then(|| places.into_iter().map(|(x, v)| (x, text(v))).collect())
    }

    /// "10 replicates".
    pub(super) fn replicates(&self) -> String {
        self.store.replicates_text()
    }

    /// The word for the mean of the metric.
    pub(super) fn mean_word(&self) -> &'static str {
        if self.event { "rate" } else { "mean" }
    }

    /// "ratios within a replicate: " if the figure shows ratios.
    pub(super) fn ratio_words(&self) -> &'static str {
        if self.numerator.is_some() { "ratios within a replicate: " } else { "" }
    }
}

/// The label, or the name if the label is empty.
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
pub(crate) fn chart(store: &Store, spec: &FigureSpec, curves: &[Curve], trace: &str) -> Chart {
    chart_on(store, spec, spec.y_scale(), curves, trace)
}

/// The same with the vertical axis on the given scale.
pub(crate) fn chart_on(
    store: &Store,
    spec: &FigureSpec,
    y_scale: ScaleSpec,
    curves: &[Curve],
    trace: &str,
) -> Chart {
    let kind = spec.kind.as_ref();
    let frame = Frame { y_scale, ..kind.frame() };
    let axis_label =
        |name: &str| store.axis(name).map_or_else(|| name.to_owned(), |a| store.axes[a].label.clone());
    let mut chart = Chart {
        title: spec.title.clone(),
        subtitle: store.replicates_text(),
        footer: trace.to_owned(),
        look: look(&spec.style),
        ..Chart::default()
    };
    let upward = frame.y.unwrap_or(&spec.metric);
    let upward = match frame.numerator {
        Some(numerator) => format!("{upward} of {numerator}, divided by that of each"),
        None => axis_label(upward),
    };
    chart.x.label = or(frame.x_label, &axis_label(frame.x));
    chart.y.label = or(frame.y_label, &upward);
    chart.x.scale = scale(frame.x_scale);
    chart.y.scale = scale(frame.y_scale);
    let metric = store.metric(&spec.metric);
    if let Some(metric) = metric {
        let numerator = frame.numerator.and_then(|name| store.estimator(name));
        let event = numerator.is_none() && is_event(store, metric);
        let (common, of_claims) = (&spec.common, spec.of_claims.as_slice());
        let drawing = Drawing { store, common, frame, of_claims, curves, metric, numerator, event };
        fill(&mut chart, spec, &drawing);
    } else {
        // Nothing was recorded: an empty panel says so.
        chart.panels.push(Panel::default());
    }
    chart.alt = alt::text(kind, &chart, spec.caption.trim());
    chart
}

/// Adds ticks, panels and the subtitle.
fn fill(chart: &mut Chart, spec: &FigureSpec, drawing: &Drawing<'_>) {
    let (store, frame) = (drawing.store, &drawing.frame);
    let cells = select::cells(store, &spec.filter);
    let estimators = drawing.shown();
    if cells.is_empty() || estimators.is_empty() || drawing.numerator.is_some() != frame.numerator.is_some() {
        // A run filtered by `--only`.
        chart.subtitle = "this run has none of the cells or estimators shown here".to_owned();
        chart.panels.push(Panel::default());
        return;
    }
    chart.x.ticks = spec.kind.columns(drawing).or_else(|| drawing.ticks(frame.x, &cells));
    let named = spec.kind.rows(drawing, &cells);
    chart.y.ticks = named.or_else(|| frame.y.and_then(|y| drawing.ticks(y, &cells)));
    let facets = split(store, frame.facet, &cells, &estimators);
    let mut notes = Notes::default();
    chart.panels = spec.kind.panels_before(drawing, &facets);
    for facet in &facets {
        for mut panel in spec.kind.panels(drawing, facet, &mut notes) {
            panel.layers.extend(drawing.references(facet));
            panel.layers.extend(drawing.equality(&panel.layers));
            chart.panels.push(panel);
        }
    }
    remeasure_chart::set_apart(&mut chart.panels);
    let faded = fading::faded(&chart.panels, &spec.caption, &spec.claimed);
    chart.subtitle = spec.kind.reads(drawing) + &notes.text();
    let marks = |l: &Layer| matches!(l, Layer::PublishedMarks { .. });
    if chart.panels.iter().any(|panel| panel.layers.iter().any(marks)) {
        chart.subtitle.push_str(spec.kind.marked());
    }
    if !faded.names.is_empty() {
        chart.subtitle.push_str(&format!("; pale: {}", faded.what));
        chart.faded = faded.names;
    }
    // Lines without a name stand back.
    if chart
        .panels
        .iter()
        .flat_map(|panel| &panel.layers)
        .any(|l| matches!(l, Layer::Line { name, .. } if name.is_empty()))
    {
        chart.faded.push(String::new());
    }
}
