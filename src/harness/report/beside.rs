//! Charts that show two measurements of one experiment together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use remeasure_chart::{self, AxisSpec, Chart, Layer, Panel, Scale, Stroke};
use remeasure_core::curve::Curve;
use remeasure_core::format::{count, number};

use crate::baseline::{Fit, Judgement, Series, Snapshot, State};
use crate::config::Resolved;
use crate::drawing;
use crate::figures;
use crate::files::make_folder;
use crate::records::Store;

/// One of the two sides.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// The values by replicate, for the cells that both sides have.
    pub store: &'a Store,
    /// Its means.
    pub snapshot: &'a Snapshot,
    /// Its config, with the figures.
    pub resolved: &'a Resolved,
    /// Whether it is a baseline, which keeps final values only.
    pub baseline: bool,
    /// One line that says where its numbers came from.
    pub trace: &'a str,
}

/// What was drawn and what was left out.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Names of the charts that were left out, with the reasons.
    pub skipped: Vec<String>,
}

/// Whether a panel shows anything other than reference curves and published values.
fn shows(panel: &Panel) -> bool {
    panel.layers.iter().any(|layer| match layer {
        Layer::Line { points, .. } | Layer::Scatter { points, .. } => {
            points.iter().any(|p| p.0.is_finite() && p.1.is_finite())
        }
        Layer::Boxes { boxes, .. } => !boxes.is_empty(),
        Layer::Forest { rows, .. } => !rows.is_empty(),
        Layer::Graph { edges, .. } => !edges.is_empty(),
        Layer::HeatMap { values, .. } | Layer::Image { values, .. } => values.iter().any(Option::is_some),
        Layer::PublishedBoxes { .. }
        | Layer::PublishedMarks { .. }
        | Layer::Reference { .. }
        | Layer::Strokes { .. } => false,
    })
}

/// The styles of the series by name, so that a series looks the same on both sides.
#[derive(Default)]
struct Looks(HashMap<String, usize>);

impl Looks {
    fn settle(&mut self, panels: &mut [Panel]) {
        for layer in panels.iter_mut().flat_map(|p| &mut p.layers) {
            let (Layer::Line { name, style, .. }
            | Layer::Boxes { name, style, .. }
            | Layer::Scatter { name, style, .. }) = layer
            else {
                continue;
            };
            let free = |taken: &HashMap<String, usize>| (0..).find(|s| !taken.values().any(|t| t == s));
            *style = match self.0.get(name) {
                Some(known) => *known,
                None if self.0.values().any(|taken| taken == style) => free(&self.0).unwrap_or(*style),
                None => *style,
            };
            self.0.insert(name.clone(), *style);
        }
    }
}

/// One text if both are the same, otherwise both with their sides.
fn both(a: &str, b: &str) -> String {
    if a == b { a.to_owned() } else { format!("A: {a}. B: {b}") }
}

/// The panels of both charts in pairs, A's and B's of the same facet; the error says why there are none.
fn joined(mut a: Chart, mut b: Chart) -> std::result::Result<Chart, String> {
    for (side, chart) in [("A", &a), ("B", &b)] {
        if !chart.panels.iter().any(shows) {
            return Err(format!("{side} has no data for it"));
        }
    }
    if (&a.x.ticks, &a.y.ticks, a.x.scale, a.y.scale) != (&b.x.ticks, &b.y.ticks, b.x.scale, b.y.scale) {
        return Err("its axes differ between A and B".to_owned());
    }
    let mut looks = Looks::default();
    looks.settle(&mut a.panels);
    looks.settle(&mut b.panels);
    let titled = |side: &str, panel: Panel| {
        let title = if panel.title.is_empty() { side.to_owned() } else { format!("{side}: {}", panel.title) };
        Panel { title, ..panel }
    };
    let mut panels = Vec::new();
    for panel in a.panels {
        if let Some(at) = b.panels.iter().position(|p| p.title == panel.title) {
            panels.push(titled("A", panel));
            panels.push(titled("B", b.panels.remove(at)));
        }
    }
    if panels.is_empty() {
        return Err("A and B have no panel in common".to_owned());
    }
    let pictures = panels.iter().any(|p| p.layers.iter().any(|l| matches!(l, Layer::Image { .. })));
    // Pictures are small: two pairs side by side.
    let columns = if pictures && panels.len() > 4 { 4 } else { 2 };
    Ok(Chart {
        subtitle: both(&a.subtitle, &b.subtitle),
        footer: both(&a.footer, &b.footer),
        panels,
        columns: Some(columns),
        ..b
    })
}

/// The final values of a metric.
fn last<'a>(fit: &'a Fit, metric: &str) -> Option<&'a Series> {
    fit.series.iter().find(|s| s.coordinate.is_none() && s.metric == metric && s.mean.is_finite())
}

/// Limits that include all numbers, with a margin, and the scale that shows them best: if they span more
/// than a decade, small numbers and their changes would vanish on a linear scale.
fn limits(numbers: &[f64], ends: &[f64]) -> (Scale, (f64, f64)) {
    let low = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    let high = |of: &[f64]| of.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (least, most) = (low(numbers), high(numbers));
    if least > 0.0 && most / least > 10.0 {
        // Include the upper ends of error bars only: a lower end near 0 would dwarf everything else.
        let most = most.max(high(ends));
        let air = (most / least).powf(0.05);
        return (Scale::Log10, (least / air, most * air));
    }
    let (least, most) = (low(ends).min(least), high(ends).max(most));
    let air = match most - least {
        0.0 if most == 0.0 => 1.0,
        0.0 => 0.1 * most.abs(),
        span => 0.05 * span,
    };
    (Scale::Linear, (least - air, most + air))
}

/// The means of a metric, A's on the horizontal axis and B's on the vertical, with a point for each cell
/// and estimator; `None` if no cell has it on both sides.
fn scatter(metric: &str, a: &Beside<'_>, b: &Beside<'_>, verdict: &Judgement) -> Option<Chart> {
    let key = |s: &Snapshot, f: &Fit| (f.label(&s.axes), f.estimator.clone());
    let others: HashMap<_, &Fit> = b.snapshot.fits.iter().map(|f| (key(b.snapshot, f), f)).collect();
    let (mut numbers, mut ends) = (Vec::new(), Vec::new());
    let (mut points_of, mut bars) = (Vec::new(), Vec::new());
    for (style, name) in a.store.estimators.iter().enumerate() {
        let (mut points, mut strokes): (Vec<(f64, f64)>, Vec<Stroke>) = (Vec::new(), Vec::new());
        for fit in a.snapshot.fits.iter().filter(|f| f.estimator == *name) {
            let other = others.get(&key(a.snapshot, fit)).and_then(|other| last(other, metric));
            let (Some(x), Some(y)) = (last(fit, metric), other) else { continue };
            points.push((x.mean, y.mean));
            numbers.extend([x.mean, y.mean]);
            if x.se.is_finite() {
                strokes.push(((x.mean - x.se, y.mean), (x.mean + x.se, y.mean)));
                ends.extend([x.mean - x.se, x.mean + x.se]);
            }
            if y.se.is_finite() {
                strokes.push(((x.mean, y.mean - y.se), (x.mean, y.mean + y.se)));
                ends.extend([y.mean - y.se, y.mean + y.se]);
            }
        }
        if !points.is_empty() {
            points_of.push(Layer::Scatter { name: name.clone(), style, points });
            bars.push(Layer::Strokes { style, strokes });
        }
    }
    if numbers.is_empty() {
        return None;
    }
    let (scale, range) = limits(&numbers, &ends);
    let axis = |side| AxisSpec { label: format!("{metric}, {side}"), scale, range: Some(range), ticks: None };
    let of_metric = verdict.comparisons.iter().filter(|c| c.metric == metric && c.coordinate.is_none());
    let moved = of_metric.clone().filter(|c| c.state == State::Moved).count();
    let share = |before: f64, now: f64| (now - before) / before.abs();
    let most = of_metric
        .filter(|c| c.before != 0.0 && share(c.before, c.now).is_finite())
        .max_by(|x, y| share(x.before, x.now).abs().total_cmp(&share(y.before, y.now).abs()));
    let most = most.map_or_else(String::new, |c| {
        let percent = 100.0 * share(c.before, c.now);
        let sign = if percent < 0.0 { "−" } else { "+" };
        format!("; largest change: {}, {}, {sign}{} %", c.cell, c.estimator, number(percent.abs()))
    });
    let points = numbers.len() / 2;
    let mut layers = points_of;
    layers.extend(bars);
    layers.push(Layer::Reference {
        name: "A = B".to_owned(),
        points: vec![(range.0, range.0), (range.1, range.1)],
    });
    Some(Chart {
        title: format!("{metric}: A and B"),
        subtitle: format!(
            "means over replicates ± 1 Monte Carlo standard error, one point per cell and estimator; {moved} of {} moved{most}",
            count(points, "point")
        ),
        x: axis("A"),
        y: axis("B"),
        panels: vec![Panel { title: String::new(), layers }],
        footer: both(a.trace, b.trace),
        alt: format!("{metric} in B against {metric} in A; points off the line A = B have changed."),
        columns: None,
        own_y: false,
        faded: Vec::new(),
        look: remeasure_chart::Look::default(),
    })
}

/// Draws into `folder`, which is created if needed: `compare-METRIC` for each of the `headline`
/// metrics, and every figure of the config with the panels of both sides on the same axes.
///
/// # Errors
/// A folder that cannot be written.
pub fn draw(
    folder: &Path,
    (a, b): (&Beside<'_>, &Beside<'_>),
    headline: &[String],
    curves: &[Curve],
    verdict: &Judgement,
) -> Result<Drawn> {
    make_folder(folder)?;
    let mut drawn = Drawn::default();
    let mut save = |name: String, chart: &Chart| -> Result<()> {
        drawn.files.extend(drawing::save(folder, &name, chart)?);
        Ok(())
    };
    let mut skipped = Vec::new();
    for metric in headline {
        match scatter(metric, a, b, verdict) {
            Some(chart) => save(format!("compare-{metric}"), &chart)?,
            None => skipped.push(format!("compare-{metric}: no cell has a final value on both sides")),
        }
    }
    for spec in &b.resolved.figures {
        let Some(of_a) = a.resolved.figures.iter().find(|f| f.id == spec.id) else {
            skipped.push(format!("{}: A does not have this figure", spec.id));
            continue;
        };
        if (a.baseline || b.baseline) && spec.along_paths(b.store) {
            skipped.push(format!("{}: a baseline does not keep the paths of replicates", spec.id));
            continue;
        }
        let charts =
            (figures::chart(a.store, of_a, curves, a.trace), figures::chart(b.store, spec, curves, b.trace));
        match joined(charts.0, charts.1) {
            Ok(chart) => save(spec.id.clone(), &chart)?,
            Err(reason) => skipped.push(format!("{}: {reason}", spec.id)),
        }
    }
    drawn.skipped = skipped;
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, style: usize) -> Layer {
        Layer::Line { name: name.into(), style, points: vec![(1.0, 2.0), (2.0, 3.0)], band: Vec::new() }
    }

    fn chart(title: &str, layers: Vec<Layer>) -> Chart {
        Chart { panels: vec![Panel { title: title.into(), layers }], ..Chart::default() }
    }

    #[test]
    fn panels_stand_in_pairs_and_a_series_has_the_same_looks_on_both_sides() {
        let (mut a, mut b) =
            (chart("n = 1", vec![line("x", 0), line("y", 1)]), chart("n = 2", vec![line("y", 1)]));
        a.panels.push(chart("n = 2", vec![line("y", 1)]).panels.remove(0));
        b.panels.push(chart("n = 1", vec![line("z", 0), line("y", 3)]).panels.remove(0));
        (a.subtitle, b.subtitle) = ("mean of 3".into(), "mean of 4".into());
        let both = joined(a, b).unwrap();
        let titles: Vec<&str> = both.panels.iter().map(|p| p.title.as_str()).collect();
        assert_eq!(titles, ["A: n = 1", "B: n = 1", "A: n = 2", "B: n = 2"]);
        assert_eq!((both.columns, both.subtitle.as_str()), (Some(2), "A: mean of 3. B: mean of 4"));
        let of = |layer: &Layer| match layer {
            Layer::Line { name, style, .. } => (name.clone(), *style),
            other => panic!("{other:?}"),
        };
        let looks: Vec<_> = both.panels[1].layers.iter().map(of).collect();
        // z does not take the style of a series of A.
        assert_eq!(looks, [("z".to_owned(), 2), ("y".to_owned(), 1)]);
        let reason = joined(chart("n = 1", vec![line("x", 0)]), chart("n = 1", Vec::new())).unwrap_err();
        assert_eq!(reason, "B has no data for it");
        let other = chart("n = 3", vec![line("x", 0)]);
        assert!(
            joined(chart("n = 1", vec![line("x", 0)]), other).unwrap_err().contains("no panel in common")
        );
    }

    #[test]
    fn axes_are_logarithmic_beyond_a_decade_of_positive_numbers() {
        let (scale, (low, high)) = limits(&[0.01, 2.0], &[-1.0, 3.0]);
        assert!(scale == Scale::Log10 && low > 0.0 && low < 0.01 && high > 3.0, "{low} {high}");
        for numbers in [[0.5, 2.0], [-0.01, 20.0], [0.0, 20.0]] {
            assert_eq!(limits(&numbers, &numbers).0, Scale::Linear);
        }
        assert_eq!(limits(&[2.0, 2.0], &[]), (Scale::Linear, (1.8, 2.2)));
        assert_eq!(limits(&[0.0, 0.0], &[]).1, (-1.0, 1.0));
    }
}
