//! Alt texts: figures in words, for readers who cannot see them.

use remeasure_chart::{AxisSpec, Chart, Layer, Panel, Scale};
use remeasure_core::format::count;

pub(super) use remeasure_core::format::number;

use super::Kind;

/// Maximum length of an alt text, in characters.
const LONGEST: usize = 600;
/// A caption longer than this is printed below the figure only, not repeated in the alt text.
const CAPTION: usize = 200;

/// Kind, axes, and the ends of every series, until the text reaches its maximum length.
pub(super) fn text(kind: &dyn Kind, chart: &Chart, caption: &str) -> String {
    let of_data = |layer: &Layer| {
        !matches!(
            layer,
            Layer::PublishedBoxes { .. }
                | Layer::PublishedMarks { .. }
                | Layer::Strokes { .. }
                | Layer::Reference { .. }
        )
    };
    let drawn = chart.panels.iter().any(|panel| panel.layers.iter().any(of_data));
    let mut text = if caption.is_empty() || caption.chars().count() > CAPTION {
        String::new()
    } else {
        format!("{caption} ")
    };
    text.push_str(if drawn { kind.words() } else { "Empty chart" });
    if drawn && !kind.frame().x.is_empty() {
        text.push_str(&format!(" of {} against {}", axis(&chart.y), axis(&chart.x)));
    }
    if chart.panels.len() > 1 {
        text.push_str(&format!(", {}", count(chart.panels.len(), "panel")));
    }
    text.push('.');
    let parts: Vec<String> =
        chart.panels.iter().flat_map(|panel| titled(panel, kind.sentences(chart, panel))).collect();
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

/// A place on the horizontal axis, as its tick labels it, or the tick of a name that it is beside.
pub(super) fn place(chart: &Chart, x: f64) -> String {
    let ticks = chart.x.ticks.as_deref().unwrap_or_default();
    let tick = ticks.iter().find(|t| t.0 == x).or_else(|| ticks.iter().find(|t| (t.0 - x).abs() < 0.5));
    tick.map_or_else(|| number(x), |t| t.1.clone())
}

/// Sentences about a panel; the first one names it.
fn titled(panel: &Panel, mut sentences: Vec<String>) -> Vec<String> {
    if let Some(first) = sentences.first_mut()
        && !panel.title.is_empty()
    {
        *first = format!("Panel {}: {first}", panel.title);
    }
    sentences
}
