//! A figure in words, for those who hear it instead of seeing it.

use remeasure_chart::{AxisSpec, Chart, Layer, Panel, Scale};
use remeasure_core::format::{count, number};

/// Characters that can be listened to.
const LONGEST: usize = 600;
/// A caption longer than this stands under the figure only.
const CAPTION: usize = 200;

/// Kind, axes, and the ends of every series, as far as there is room.
pub(super) fn text(chart: &Chart, caption: &str) -> String {
    let layers = || chart.panels.iter().flat_map(|panel| &panel.layers);
    let kind = layers().find_map(|layer| match layer {
        Layer::Line { .. } => Some("Line chart"),
        Layer::Boxes { .. } => Some("Box plots"),
        Layer::Scatter { .. } => Some("Scatter plot"),
        Layer::HeatMap { .. } => Some("Heat map"),
        Layer::Image { .. } => Some("Pictures"),
        Layer::PublishedBoxes { .. }
        | Layer::PublishedMarks { .. }
        | Layer::Strokes { .. }
        | Layer::Reference { .. } => None,
    });
    let mut text = if caption.is_empty() || caption.chars().count() > CAPTION {
        String::new()
    } else {
        format!("{caption} ")
    };
    text.push_str(kind.unwrap_or("Empty chart"));
    if kind.is_some_and(|kind| kind != "Pictures") {
        text.push_str(&format!(" of {} against {}", axis(&chart.y), axis(&chart.x)));
    }
    if chart.panels.len() > 1 {
        text.push_str(&format!(", {}", count(chart.panels.len(), "panel")));
    }
    text.push('.');
    let parts: Vec<String> = chart.panels.iter().flat_map(|panel| parts(chart, panel)).collect();
    for (i, part) in parts.iter().enumerate() {
        let rest = format!(" And {} more.", parts.len() - i);
        let last = if i + 1 == parts.len() { 0 } else { rest.len() };
        if text.chars().count() + part.chars().count() + 1 + last > LONGEST {
            text.push_str(&rest);
            break;
        }
        text.push_str(&format!(" {part}"));
    }
    text
}

fn axis(spec: &AxisSpec) -> String {
    let scale = if spec.scale == Scale::Log10 { " (log scale)" } else { "" };
    format!("{}{scale}", spec.label.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A sentence for each series of a panel, and for lines one that compares their right ends.
fn parts(chart: &Chart, panel: &Panel) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut ends: Vec<(&str, f64, f64)> = Vec::new();
    let x_text = |x: f64| {
        let ticks = chart.x.ticks.as_deref().unwrap_or_default();
        ticks.iter().find(|t| t.0 == x).map_or_else(|| number(x), |t| t.1.clone())
    };
    for layer in &panel.layers {
        match layer {
            Layer::Line { name, points, .. } => {
                let mut shown = points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
                let Some(first) = shown.next() else { continue };
                let last = shown.next_back().unwrap_or(first);
                let (from, to) = (number(first.1), number(last.1));
                parts.push(format!("{name}: {from} at {}, {to} at {}.", x_text(first.0), x_text(last.0)));
                ends.push((name, last.0, last.1));
            }
            Layer::Boxes { name, boxes, .. } => {
                let median = |b: &&remeasure_chart::BoxStats| b.median;
                let low = boxes.iter().min_by(|a, b| median(a).total_cmp(&median(b)));
                let high = boxes.iter().max_by(|a, b| median(a).total_cmp(&median(b)));
                let (Some(low), Some(high)) = (low, high) else { continue };
                let name = if name.is_empty() { "Medians" } else { name };
                parts.push(match boxes.len() {
                    1 => format!("{name}: median {} at {}.", number(low.median), x_text(low.at)),
                    _ => format!(
                        "{name}: medians from {} at {} to {} at {}.",
                        number(low.median),
                        x_text(low.at),
                        number(high.median),
                        x_text(high.at)
                    ),
                });
            }
            Layer::Scatter { name, points, .. } => {
                parts.push(format!("{name}: {}.", count(points.len(), "point")));
            }
            Layer::HeatMap { values, label, .. } => {
                let known = || values.iter().flatten().copied().filter(|v| v.is_finite());
                let (low, high) = (known().reduce(f64::min), known().reduce(f64::max));
                let (Some(low), Some(high)) = (low, high) else { continue };
                parts.push(format!("{label} from {} to {}.", number(low), number(high)));
            }
            Layer::PublishedBoxes { .. }
            | Layer::PublishedMarks { .. }
            | Layer::Image { .. }
            | Layer::Strokes { .. }
            | Layer::Reference { .. } => {}
        }
    }
    let right = ends.iter().map(|e| e.1).fold(f64::NEG_INFINITY, f64::max);
    let at_right = || ends.iter().filter(|e| e.1 == right);
    if at_right().count() > 1
        && let Some(lowest) = at_right().min_by(|a, b| a.2.total_cmp(&b.2))
    {
        parts.push(format!("Lowest at the right end: {}.", lowest.0));
    }
    if let Some(first) = parts.first_mut()
        && !panel.title.is_empty()
    {
        *first = format!("Panel {}: {first}", panel.title);
    }
    parts
}
