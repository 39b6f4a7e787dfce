//! `kind = "line"`.

use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::Invalid;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::estimate::Reading;
use super::groups::Group;
use super::notes::Notes;
use super::published::{Mark, Published};
use super::{Common, Frame, Kind, KindEntry, Known, ScaleSpec, alt, claimed};
use crate::claims::ClaimSpec;
use crate::records::{Axis, Store};
use crate::select;
use crate::select::Statistic;
use crate::summary::{planned, skipped};

pub(super) const ENTRY: KindEntry = KindEntry::of::<Line>("line", "a line figure");

/// The band drawn around a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Band {
    /// ± one Monte Carlo standard error of the mean.
    Se,
    /// 95 % Monte Carlo interval: Student's t for a mean, exact for the rate of a 0/1 metric and for a median.
    #[default]
    Ci95,
    /// First to third quartile across replicates.
    Quartiles,
    /// No band.
    None,
}

/// A statistic of `metric` along an axis of the sweep, or along `coordinate`, with an error band: one line for each
/// estimator.
///
/// ```toml
/// [[figure]]
/// id = "error-by-n"
/// title = "Estimation error"
/// kind = "line"
/// metric = "nmse"
/// x = "n"
/// facet = "snr_db"
/// y_scale = "log"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Horizontal axis: the short name of an axis of the sweep; or `coordinate`, the position along the path of a fit.
    x: String,
    /// A panel for each value of this axis; or `estimator`.
    facet: Option<String>,
    /// A line for each value of this axis instead of one for each estimator.
    series: Option<String>,
    /// The statistic that the line shows.
    #[serde(default)]
    statistic: Statistic,
    /// The band around the line.
    #[serde(default)]
    band: Band,
    /// The estimator whose `metric` is divided, replicate by replicate, by that of each estimator shown (all others
    /// when `estimators` is empty); a line marks the ratio 1. Replicates in which either value is missing or not
    /// positive have no ratio.
    numerator: Option<String>,
    /// Values that the paper shows along an axis of the sweep, drawn as hollow diamonds. Values of cells that only
    /// other profiles have are left out. Example of an entry: `{ estimator = "lasso", x = 100, k = 5, value = 3 }`.
    #[serde(default)]
    pub(super) published: Vec<Published<Mark>>,
    /// Whether the published values of `within` claims of the same metric, estimator and statistic are drawn as well.
    #[serde(default = "yes")]
    claimed: bool,
    /// Whether lines join the points. Without, those of an axis of names stand side by side.
    #[serde(default = "yes")]
    joined: bool,
    /// Names of reference curves of the family, drawn over the data.
    #[serde(default)]
    curves: Vec<String>,
    /// Label of the horizontal axis, with its unit; the label of the axis when empty.
    #[serde(default)]
    x_label: String,
    /// Label of the vertical axis, with its unit; the metric when empty.
    #[serde(default)]
    y_label: String,
    /// Scale of the horizontal axis; logarithmic only where its values are positive numbers.
    #[serde(default)]
    x_scale: ScaleSpec,
    /// Scale of the vertical axis.
    #[serde(default)]
    y_scale: ScaleSpec,
}

/// Share of the distance between two names that the points at one of them take up.
const BESIDE: f64 = 0.7;

/// Takes lines apart into points, with those of different lines side by side over a width.
fn separate(layers: &mut [Layer], groups: &[Group], width: f64) {
    let middle = (groups.len() as f64 - 1.0) / 2.0;
    let shift = |style: usize| {
        let place = groups.iter().position(|group| group.style == style).map_or(middle, |at| at as f64);
        (place - middle) * width / groups.len().max(1) as f64
    };
    let gap = (f64::NAN, f64::NAN);
    for layer in layers {
        match layer {
            Layer::Line { style, points, band, .. } => {
                points.iter_mut().for_each(|point| point.0 += shift(*style));
                for list in [points, band] {
                    *list = list.iter().flat_map(|&point| [point, gap]).collect();
                    list.pop();
                }
            }
            Layer::PublishedMarks { style, points, .. } => {
                points.iter_mut().for_each(|point| point.0 += shift(*style));
            }
            _ => {}
        }
    }
}

fn yes() -> bool {
    true
}

impl Kind for Line {
    fn frame(&self) -> Frame<'_> {
        Frame {
            x: &self.x,
            facet: self.facet.as_deref(),
            series: Some(self.series.as_deref().unwrap_or("estimator")),
            numerator: self.numerator.as_deref(),
            x_label: &self.x_label,
            y_label: &self.y_label,
            x_scale: self.x_scale,
            y_scale: self.y_scale,
            curves: &self.curves,
            ..Frame::default()
        }
    }

    fn check(&self, common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.axis_or("x", &self.x, &["coordinate"])?;
        if self.statistic == Statistic::Median && self.band == Band::Se {
            let message =
                "a standard error belongs to a mean; with a median, use \"ci95\", \"quartiles\" or \"none\"";
            return Err(Invalid::new("band", message));
        }
        if !self.published.is_empty() && !known.axes.contains(&self.x.as_str()) {
            return Err(Invalid::new("published", "needs an axis of the sweep as `x`"));
        }
        known.published(common, &self.frame(), &self.published)
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, notes: &mut Notes) -> Vec<Layer> {
        let groups = drawing.groups(facet);
        let mut layers: Vec<Layer> = groups.iter().map(|group| self.line(drawing, group, notes)).collect();
        if drawing.store.axis(&self.x).is_none() {
            self.levels(drawing, &groups, &mut layers, notes);
        }
        layers.extend(groups.iter().filter_map(|group| self.marks(drawing, group)));
        if !self.joined {
            let axis = drawing.store.axis(&self.x).map(|axis| &drawing.store.axes[axis].values);
            let named = axis.is_some_and(|values| values.iter().any(|v| v.as_f64().is_none()));
            separate(&mut layers, &groups, if named { BESIDE } else { 0.0 });
        }
        layers
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        let over = drawing.replicates();
        let median = self.statistic == Statistic::Median;
        let center = if median { "median" } else { drawing.mean_word() };
        let center = format!("{}{center}", drawing.ratio_words());
        match self.band {
            Band::Se => format!("{center} ± 1 Monte Carlo standard error over {over}"),
            Band::Ci95 if median || drawing.event => {
                format!("{center} with exact 95 % interval over {over}")
            }
            Band::Ci95 => format!("{center} with 95 % Monte Carlo interval over {over}"),
            Band::Quartiles => format!("{center} with quartiles of {over}"),
            Band::None => format!("{center} over {over}"),
        }
    }

    fn words(&self) -> &'static str {
        "Line chart"
    }

    fn sentences(&self, chart: &Chart, panel: &Panel) -> Vec<String> {
        let mut parts = Vec::new();
        let mut ends: Vec<(&str, f64, f64)> = Vec::new();
        for layer in &panel.layers {
            let Layer::Line { name, points, .. } = layer else { continue };
            let mut shown = points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
            let Some(first) = shown.next() else { continue };
            let last = shown.next_back().unwrap_or(first);
            let at = |p: &(f64, f64)| format!("{} at {}", alt::number(p.1), alt::place(chart, p.0));
            parts.push(format!("{name}: {}, {}.", at(first), at(last)));
            ends.push((name, last.0, last.1));
        }
        let right = ends.iter().map(|e| e.1).fold(f64::NEG_INFINITY, f64::max);
        let at_right = || ends.iter().filter(|e| e.1 == right);
        if at_right().count() > 1
            && let Some(lowest) = at_right().min_by(|a, b| a.2.total_cmp(&b.2))
        {
            parts.push(format!("Lowest at the right end: {}.", lowest.0));
        }
        parts
    }

    fn along_paths(&self, store: &Store) -> bool {
        store.axis(&self.x).is_none()
    }

    fn of_claims(&self, common: &Common, claims: &[ClaimSpec], axes: &[Axis]) -> Vec<Published<Mark>> {
        if !self.claimed || self.numerator.is_some() {
            return Vec::new();
        }
        claimed::marks(&common.metric, self.statistic, Some(&self.x), claims, axes)
    }
}

impl Line {
    fn line(&self, drawing: &Drawing<'_>, group: &Group, notes: &mut Notes) -> Layer {
        let places = match drawing.store.axis(&self.x) {
            Some(axis) => along_axis(drawing, axis, group, notes),
            None => trajectory(drawing, group, notes),
        };
        self.drawn(drawing, places, group, notes)
    }

    /// The line through the samples at some places.
    fn drawn(
        &self,
        drawing: &Drawing<'_>,
        places: Vec<(f64, Vec<f64>)>,
        group: &Group,
        notes: &mut Notes,
    ) -> Layer {
        let [x_log, y_log] = [drawing.frame.x_scale, drawing.frame.y_scale].map(|s| s == ScaleSpec::Log);
        let reading =
            Reading { statistic: self.statistic, band: self.band, event: drawing.event, log: y_log };
        let mut points = Vec::new();
        let mut band = Vec::new();
        for (x, mut values) in places.into_iter().filter(|p| !p.1.is_empty()) {
            let (center, limits) = reading.of(&mut values);
            notes.off_scale(usize::from((x_log && x <= 0.0) || (y_log && center <= 0.0)));
            points.push((x, center));
            band.push(limits);
        }
        if self.band == Band::None {
            band.clear();
        }
        Layer::Line { name: group.label.clone(), style: group.style, points, band }
    }

    /// If other estimators have paths, draws those without one as a level line at the value of their final fit.
    fn levels(&self, drawing: &Drawing<'_>, groups: &[Group], layers: &mut [Layer], notes: &mut Notes) {
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
                let sample = drawing.sample(&group.cells, &group.estimators, None);
                notes.sample(&sample);
                let ends = vec![(from, sample.values.clone()), (to, sample.values)];
                *layer = self.drawn(drawing, ends, group, notes);
            }
        }
    }

    /// The published numbers that belong to the points of a line; those of the figure take precedence over those of
    /// claims.
    fn marks(&self, drawing: &Drawing<'_>, group: &Group) -> Option<Layer> {
        let axis = drawing.store.axis(&self.x)?;
        let mark = |(place, value)| {
            let cells = select::at(drawing.store, &group.cells, axis, &value);
            let found = [self.published.as_slice(), drawing.of_claims]
                .into_iter()
                .find_map(|all| drawing.published_at(all, Some(&value), &cells, &group.estimators));
            found.map(|mark| (place, mark.value))
        };
        let points: Vec<(f64, f64)> =
            drawing.places(axis, &group.cells).into_iter().filter_map(mark).collect();
        let layer = |points| Layer::PublishedMarks { name: "published".into(), style: group.style, points };
        (!points.is_empty()).then(|| layer(points))
    }
}

fn along_axis(drawing: &Drawing<'_>, axis: usize, group: &Group, notes: &mut Notes) -> Vec<(f64, Vec<f64>)> {
    let place = |(x, value)| {
        let cells = select::at(drawing.store, &group.cells, axis, &value);
        let sample = drawing.sample(&cells, &group.estimators, None);
        notes.sample(&sample);
        (x, sample.values)
    };
    drawing.places(axis, &group.cells).into_iter().map(place).collect()
}

fn trajectory(drawing: &Drawing<'_>, group: &Group, notes: &mut Notes) -> Vec<(f64, Vec<f64>)> {
    let store = drawing.store;
    let traced = |c: usize, e: usize| store.coordinates(c, e, drawing.metric);
    let pairs = || group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
    let mut coordinates: Vec<f64> = pairs().flat_map(|(c, e)| traced(c, e)).collect();
    coordinates.sort_by(f64::total_cmp);
    coordinates.dedup();
    let values = |x: f64| drawing.sample(&group.cells, &group.estimators, Some(x)).values;
    let mut places: Vec<(f64, Vec<f64>)> = coordinates.into_iter().map(|x| (x, values(x))).collect();
    // Beyond the point where the first replicate stops, a curve would follow the survivors.
    let most = places.iter().map(|p| p.1.len()).max().unwrap_or(0);
    let all = places.len();
    places.retain(|p| p.1.len() == most);
    if places.len() < all {
        notes.cut();
    }
    // A replicate that has stopped is not missing; one without any value on the path is.
    let due = |e: &usize| (0..store.cells.len()).any(|c| !traced(c, *e).is_empty());
    let due: Vec<usize> = group.estimators.iter().copied().filter(due).collect();
    let of = |(c, e)| planned(store, c, e).saturating_sub(skipped(store, c, e));
    let expected: u64 = pairs().filter(|(_, e)| due.contains(e)).map(of).sum();
    notes.missing(expected.saturating_sub(most as u64), expected);
    places
}
