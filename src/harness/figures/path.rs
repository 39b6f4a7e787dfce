//! `kind = "path"`.

use std::collections::BTreeMap;

use remeasure_chart::{Chart, Layer, Panel};
use remeasure_core::Invalid;
use remeasure_core::family::path::parts;
use remeasure_core::format::number;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::{Common, Frame, Kind, KindEntry, Known};
use crate::records::Store;
use crate::summary::usable;

pub(super) const ENTRY: KindEntry = KindEntry::of::<Paths>("path", "a path of coefficients");

/// Styles of the lines with a name, and of all others: a grey.
const STYLES: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 8, 9];
const OTHERS: usize = 7;

/// Beyond the end of any vertical axis.
const BEYOND: f64 = 1e30;

/// Coefficients against λ, which falls to the right on a logarithmic axis: a line for each feature that is ever not 0, and a
/// panel for each estimator that recorded a path in the first replicate. The features with the largest coefficients at the
/// chosen λ (without one, at the smallest) have colours and names. In the sparse family, estimators record a path with
/// `record_path = true`, as `path` and `path_lambda`. Such metrics are left out of the summary.
///
/// ```toml
/// [[figure]]
/// id = "paths"
/// title = "Coefficients of the first replicate"
/// kind = "path"
/// metric = "path"
/// lambda = "path_lambda"
/// chosen = "lambda"
/// estimators = ["lasso-cv"]
/// names = ["age", "sex", "bmi"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Paths {
    /// Metric of λ at each step.
    lambda: String,
    /// Metric of the λ that the estimator chose, which a dashed line marks. Default: none is marked.
    chosen: Option<String>,
    /// Names of the features, in order. Default: x1, x2, ….
    #[serde(default)]
    names: Vec<String>,
    /// Names of the blocks of coefficients, such as classes, in order; each has a panel. Default: their numbers, if there
    /// are several.
    #[serde(default)]
    blocks: Vec<String>,
    /// Number of features with a colour and a name, at most 9.
    #[serde(default = "eight")]
    named: usize,
    /// Whether λ is divided by that of the first step, so that estimators with other penalties can be compared.
    #[serde(default)]
    relative: bool,
    /// Label of the horizontal axis; λ, or λ / λ_max if `relative`, when empty.
    #[serde(default)]
    x_label: String,
    /// Label of the vertical axis; `coefficient` when empty.
    #[serde(default = "coefficient")]
    y_label: String,
}

fn eight() -> usize {
    8
}

fn coefficient() -> String {
    "coefficient".to_owned()
}

impl Kind for Paths {
    fn frame(&self) -> Frame<'_> {
        let x = if self.relative { "λ / λ_max" } else { "λ" };
        Frame {
            x,
            facet: Some("estimator"),
            x_label: &self.x_label,
            y_label: &self.y_label,
            ..Frame::default()
        }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        known.metrics.must("lambda", &self.lambda)?;
        if let Some(chosen) = &self.chosen {
            known.metrics.must("chosen", chosen)?;
        }
        if self.named > STYLES.len() {
            let message = format!("expected at most {}, found {}", STYLES.len(), self.named);
            return Err(Invalid::new("named", message));
        }
        for (key, what, names) in [("names", "features", &self.names), ("blocks", "blocks", &self.blocks)] {
            if let Some(i) = (0..names.len()).find(|&i| names[..i].contains(&names[i])) {
                let message = format!("two {what} are called `{}`: rename one", names[i]);
                return Err(Invalid::new(format!("{key}[{i}]"), message));
            }
        }
        Ok(())
    }

    /// Not called: [`Kind::panels`] makes them.
    fn layers(&self, _drawing: &Drawing<'_>, _facet: &Group, _notes: &mut Notes) -> Vec<Layer> {
        Vec::new()
    }

    fn panels(&self, drawing: &Drawing<'_>, facet: &Group, _notes: &mut Notes) -> Vec<Panel> {
        let Some(found) = self.found(drawing, facet) else {
            return vec![Panel { title: facet.label.clone(), layers: Vec::new() }];
        };
        let strongest = self.strongest(&self.all(drawing));
        let one = |block: usize| {
            let title = match (found.blocks(), self.blocks.get(block)) {
                (1, None) => facet.label.clone(),
                (_, Some(name)) => format!("{}: {name}", facet.label),
                (_, None) => format!("{}: block {}", facet.label, block + 1),
            };
            Panel { title, layers: self.lines(&found, block, &strongest) }
        };
        (0..found.blocks()).map(one).collect()
    }

    fn columns(&self, drawing: &Drawing<'_>) -> Option<Vec<(f64, String)>> {
        let all = self.all(drawing);
        let places = || all.iter().flat_map(|found| found.places.iter().copied());
        let low = places().fold(f64::INFINITY, f64::min);
        let high = places().fold(f64::NEG_INFINITY, f64::max);
        (low <= high).then(|| ticks(low, high))
    }

    fn reads(&self, drawing: &Drawing<'_>) -> String {
        let all = self.all(drawing);
        let what = match self.strongest(&all).len() {
            0 => return "first replicate".to_owned(),
            1 => "the largest coefficient".to_owned(),
            some => format!("the {some} largest coefficients"),
        };
        let at = if all.iter().any(|found| found.chosen.is_some()) { "chosen" } else { "smallest" };
        format!("first replicate; with a name: {what} at the {at} λ")
    }

    fn words(&self) -> &'static str {
        "Paths"
    }

    fn sentences(&self, chart: &Chart, panel: &Panel) -> Vec<String> {
        let others = |l: &&Layer| matches!(l, Layer::Line { name, .. } if name.is_empty());
        let others = panel.layers.iter().filter(others).count();
        let mut parts: Vec<String> = Vec::new();
        for layer in &panel.layers {
            match layer {
                Layer::Line { name, points, .. } if !name.is_empty() => {
                    let Some(end) = points.last() else { continue };
                    parts.push(format!("{name} ends at {}.", number(end.1)));
                }
                Layer::Reference { name, points } => {
                    let at = points.first().map_or(0.0, |p| 10.0_f64.powf(-p.0));
                    parts.push(format!("{name}: {} = {}.", chart.x.label, number(at)));
                }
                _ => {}
            }
        }
        if others > 0 {
            parts.push(format!("{others} more without a name."));
        }
        parts
    }

    fn further_metrics(&self) -> Vec<&str> {
        vec![&self.lambda]
    }

    fn one_picture(&self) -> bool {
        true
    }

    fn along_paths(&self, _store: &Store) -> bool {
        true
    }
}

/// The path of an estimator.
struct Found {
    /// Places on the horizontal axis, by step.
    places: Vec<f64>,
    /// By block and feature, from 0: coefficients by step.
    values: BTreeMap<(usize, usize), Vec<f64>>,
    /// The place of the chosen λ.
    chosen: Option<f64>,
}

impl Found {
    fn blocks(&self) -> usize {
        self.values.keys().map(|key| key.0 + 1).max().unwrap_or(1)
    }

    /// The step next to the chosen λ, else the last.
    fn step(&self) -> usize {
        let last = self.places.len() - 1;
        let Some(chosen) = self.chosen else { return last };
        let away = |k: &usize| (self.places[*k] - chosen).abs();
        (0..=last).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(last)
    }
}

impl Paths {
    fn name(&self, feature: usize) -> String {
        self.names.get(feature).cloned().unwrap_or_else(|| format!("x{}", feature + 1))
    }

    /// The path that a panel's estimator recorded in its first replicate, in the first cell with one.
    fn found(&self, drawing: &Drawing<'_>, group: &Group) -> Option<Found> {
        let store = drawing.store;
        let lambda = store.metric(&self.lambda)?;
        let pairs = group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
        pairs.into_iter().find_map(|(cell, estimator)| {
            let replicate = store
                .coordinates(cell, estimator, lambda)
                .into_iter()
                .filter_map(|at| store.values(cell, estimator, lambda, Some(at)).first())
                .map(|record| record.replicate)
                .min()?;
            let value = |metric, at| {
                let records = store.values(cell, estimator, metric, at);
                records.iter().find(|r| r.replicate == replicate).and_then(|r| usable(store, r))
            };
            let steps: Vec<(usize, f64)> = store
                .coordinates(cell, estimator, lambda)
                .into_iter()
                .filter_map(|at| Some((at as usize, value(lambda, Some(at)).filter(|l| *l > 0.0)?)))
                .collect();
            let unit = if self.relative { steps.first()?.1 } else { 1.0 };
            let place = |lambda: f64| -(lambda / unit).log10();
            let mut values: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
            for at in store.coordinates(cell, estimator, drawing.metric) {
                let Some((step, block, feature)) = parts(at) else { continue };
                let Ok(k) = steps.binary_search_by_key(&step, |s| s.0) else { continue };
                let Some(value) = value(drawing.metric, Some(at)) else { continue };
                let path = values.entry((block, feature - 1)).or_insert_with(|| vec![0.0; steps.len()]);
                path[k] = value;
            }
            let chosen = self.chosen.as_ref().and_then(|name| store.metric(name));
            let chosen = chosen.and_then(|metric| value(metric, None)).filter(|l| *l > 0.0).map(place);
            let places: Vec<f64> = steps.iter().map(|s| place(s.1)).collect();
            (!places.is_empty()).then_some(Found { places, values, chosen })
        })
    }

    /// The paths of all panels.
    fn all(&self, drawing: &Drawing<'_>) -> Vec<Found> {
        let cells = crate::select::cells(drawing.store, &drawing.common.filter);
        let group = |e| Group { label: String::new(), style: 0, cells: cells.clone(), estimators: vec![e] };
        drawing.shown().into_iter().filter_map(|e| self.found(drawing, &group(e))).collect()
    }

    /// The features with a name, the one with the largest coefficient in any panel first.
    fn strongest(&self, all: &[Found]) -> Vec<usize> {
        let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
        for found in all {
            let step = found.step();
            for (key, path) in &found.values {
                let size = sizes.entry(key.1).or_default();
                *size = size.max(path[step].abs());
            }
        }
        let mut order: Vec<(usize, f64)> = sizes.into_iter().filter(|f| f.1 > 0.0).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        order.into_iter().take(self.named).map(|f| f.0).collect()
    }

    /// The lines of a block, each from the step before its first coefficient that is not 0, and the chosen λ.
    fn lines(&self, found: &Found, block: usize, strongest: &[usize]) -> Vec<Layer> {
        let line = |feature: usize, name: String, style: usize| {
            let path = found.values.get(&(block, feature))?;
            let first = path.iter().position(|v| *v != 0.0)?.saturating_sub(1);
            let points = found.places.iter().copied().zip(path.iter().copied()).skip(first).collect();
            Some(Layer::Line { name, style, points, band: Vec::new() })
        };
        let named = strongest.iter().enumerate();
        let named = named.filter_map(|(rank, &j)| line(j, self.name(j), STYLES[rank]));
        let others = found.values.keys().filter(|key| key.0 == block && !strongest.contains(&key.1));
        let mut layers: Vec<Layer> = named.collect();
        layers.extend(others.filter_map(|key| line(key.1, String::new(), OTHERS)));
        if let Some(at) = found.chosen {
            let points = vec![(at, -BEYOND), (at, BEYOND)];
            layers.push(Layer::Reference { name: "chosen λ".to_owned(), points });
        }
        layers
    }
}

/// Ticks of λ between two places: at powers of ten, and between them if there are few.
fn ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let digits: &[f64] = if high - low > 2.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = (-high).floor() as i32..=(-low).ceil() as i32;
    let all = decades.flat_map(|power| digits.iter().map(move |d| d * 10.0_f64.powi(power)));
    let tick = |lambda: f64| (-lambda.log10(), number(lambda).replace('-', "−"));
    all.map(tick).filter(|t| (low - 1e-9..=high + 1e-9).contains(&t.0)).collect()
}
