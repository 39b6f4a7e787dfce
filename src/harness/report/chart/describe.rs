//! A chart in words, from its data, for those who cannot see it.

use super::model::{AxisSpec, BoxStats, Chart, Layer, Panel, Scale};
use crate::harness::format::{count, number};

/// What is longer is no help to a listener.
const LONGEST: usize = 700;

/// The kind of chart, its axes, and how its series run.
#[must_use]
pub fn describe(chart: &Chart) -> String {
    let layers = || chart.panels.iter().flat_map(|panel| &panel.layers);
    if layers().any(|layer| matches!(layer, Layer::Image { .. })) {
        let titles: Vec<&str> = chart.panels.iter().map(|panel| panel.title.as_str()).collect();
        return format!("{} in greyscale: {}.", count(titles.len(), "picture"), titles.join("; "));
    }
    let mut text = format!(
        "{}. Horizontal: {}. Vertical: {}.",
        layers().find_map(kind).unwrap_or("Chart without data"),
        axis(&chart.x),
        axis(&chart.y)
    );
    let panels: Vec<&Panel> = chart.panels.iter().filter(|panel| !panel.layers.is_empty()).collect();
    for (i, panel) in panels.iter().enumerate() {
        let sentence = sentence(chart, panel);
        if text.len() + sentence.len() > LONGEST && i > 0 {
            text.push_str(&format!(" And {} more.", count(panels.len() - i, "panel")));
            break;
        }
        text.push_str(&sentence);
    }
    text
}

fn kind(layer: &Layer) -> Option<&'static str> {
    match layer {
        Layer::Line { .. } => Some("Line chart"),
        Layer::Boxes { .. } => Some("Box plots"),
        Layer::Scatter { .. } => Some("Scatter plot"),
        Layer::HeatMap { .. } => Some("Heat map"),
        _ => None,
    }
}

fn axis(spec: &AxisSpec) -> String {
    let scale = if spec.scale == Scale::Log10 { ", logarithmic" } else { "" };
    format!("{}{scale}", spec.label.replace('\n', " "))
}

/// How the series of a panel run, as far as there is room.
fn sentence(chart: &Chart, panel: &Panel) -> String {
    let place = |x: f64| {
        let named = chart.x.ticks.iter().flatten().find(|tick| tick.0 == x);
        named.map_or_else(|| number(x), |tick| tick.1.clone())
    };
    let mut parts: Vec<String> = Vec::new();
    for layer in &panel.layers {
        let part = match layer {
            Layer::Line { name, points, .. } => run(name, points, &place),
            Layer::Boxes { name, boxes, .. } => {
                let medians: Vec<(f64, f64)> = boxes.iter().map(|b: &BoxStats| (b.at, b.median)).collect();
                run(&format!("median of {name}"), &medians, &place)
            }
            Layer::Scatter { name, points, .. } => cloud(name, points),
            Layer::HeatMap { values, label, .. } => {
                let (low, high) = range(values.iter().flatten().copied());
                Some(format!("{label} from {} to {}", number(low), number(high)))
            }
            _ => None,
        };
        parts.extend(part);
    }
    let mut text = if panel.title.is_empty() { String::new() } else { format!("{}: ", panel.title) };
    let all = parts.len();
    for (i, part) in parts.into_iter().enumerate() {
        if text.len() + part.len() > LONGEST / 2 && i > 0 {
            text.push_str(&format!("; and {} more", all - i));
            break;
        }
        text.push_str(if i > 0 { "; " } else { "" });
        text.push_str(part.trim());
    }
    if all == 0 { String::new() } else { format!(" {text}.") }
}

/// Where a series begins and ends.
fn run(name: &str, points: &[(f64, f64)], place: &dyn Fn(f64) -> String) -> Option<String> {
    let mut finite: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.1.is_finite()).collect();
    finite.sort_by(|a, b| a.0.total_cmp(&b.0));
    let name = name.trim_end_matches("of ").trim();
    let (first, last) = (finite.first()?, finite.last()?);
    if first.0 == last.0 {
        return Some(format!("{name} {} at {}", number(first.1), place(first.0)));
    }
    Some(format!(
        "{name} from {} at {} to {} at {}",
        number(first.1),
        place(first.0),
        number(last.1),
        place(last.0)
    ))
}

fn cloud(name: &str, points: &[(f64, f64)]) -> Option<String> {
    let finite = || points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
    finite().next()?;
    let ((left, right), (low, high)) = (range(finite().map(|p| p.0)), range(finite().map(|p| p.1)));
    let points = count(finite().count(), "point");
    Some(format!(
        "{name} {points}, across from {} to {}, upwards from {} to {}",
        number(left),
        number(right),
        number(low),
        number(high)
    ))
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(panels: Vec<Panel>) -> Chart {
        let x = AxisSpec {
            label: "n/p".into(),
            ticks: Some(vec![(0.0, "few".into()), (1.0, "many".into())]),
            ..AxisSpec::default()
        };
        let y = AxisSpec { label: "error".into(), scale: Scale::Log10, ..AxisSpec::default() };
        Chart { x, y, panels, ..Chart::default() }
    }

    fn line(name: &str, points: &[(f64, f64)]) -> Layer {
        Layer::Line { name: name.into(), style: 0, points: points.to_vec(), band: Vec::new() }
    }

    #[test]
    fn a_line_is_told_by_its_ends() {
        let layers = vec![line("lasso", &[(1.0, 0.25), (0.0, 0.5), (2.0, f64::NAN)]), line("never", &[])];
        let text = describe(&chart(vec![Panel { title: "q = 1".into(), layers }]));
        assert_eq!(
            text,
            "Line chart. Horizontal: n/p. Vertical: error, logarithmic. q = 1: lasso from 0.5 at few to 0.25 at many."
        );
    }

    #[test]
    fn boxes_heat_maps_and_points_are_told_by_medians_and_ranges() {
        let boxes = vec![BoxStats { at: 1.0, median: 3.0, ..BoxStats::default() }];
        let layers = vec![Layer::Boxes { name: "iht".into(), style: 0, boxes }];
        let text = describe(&chart(vec![Panel { title: String::new(), layers }]));
        assert!(text.starts_with("Box plots.") && text.ends_with(" median of iht 3 at many."), "{text}");
        let heat = Layer::HeatMap {
            x: vec![0.0],
            y: vec![0.0, 1.0],
            values: vec![Some(0.5), None],
            range: None,
            label: "rate".into(),
        };
        let text = describe(&chart(vec![Panel { title: String::new(), layers: vec![heat] }]));
        assert!(text.ends_with(" rate from 0.5 to 0.5."), "{text}");
        let points = Layer::Scatter { name: "iht".into(), style: 0, points: vec![(1.0, 2.0), (3.0, 1.0)] };
        let text = describe(&chart(vec![Panel { title: String::new(), layers: vec![points] }]));
        assert!(text.ends_with(" iht 2 points, across from 1 to 3, upwards from 1 to 2."), "{text}");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let panel = |i: usize| {
            let many = (0..20).map(|k| line(&format!("estimator {k}"), &[(0.0, 1.0), (1.0, 2.0)])).collect();
            Panel { title: format!("panel {i}"), layers: many }
        };
        let text = describe(&chart((0..5).map(panel).collect()));
        assert!(text.len() < LONGEST + 100, "{}", text.len());
        assert!(text.contains("; and ") && text.ends_with(" more."), "{text}");
    }
}
