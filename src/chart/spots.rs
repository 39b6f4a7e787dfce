//! Tooltips of marks.

use remeasure_core::format::number;

use super::axis::Frame;
use super::layout::Shared;
use super::model::{BoxStats, Layer, Panel};
use super::scene::Scene;

/// Most tooltips per layer: a path of thousands of iterations needs no more.
const MOST: usize = 240;

/// Which of `count` points get a tooltip: all of them, or evenly spaced ones and the last.
fn chosen(count: usize) -> impl Iterator<Item = usize> {
    let every = count.div_ceil(MOST).max(1);
    (0..count).filter(move |i| i % every == 0 || i + 1 == count)
}

/// Adds tooltips to the data of a panel.
pub(super) fn mark(scene: &mut Scene, frame: &Frame, panel: &Panel, shared: &Shared<'_>) {
    let exactly = |x: f64| shared.places.iter().find(|place| place.0 == x);
    // The points of several series may stand beside their category; those of a curve are anywhere.
    let beside = |x: f64| shared.places.iter().find(|place| (place.0 - x).abs() < 0.5);
    let at = |x: f64| exactly(x).or_else(|| beside(x)).map_or_else(|| number(x), |place| place.1.clone());
    let on_curve = |x: f64| exactly(x).map_or_else(|| number(x), |place| place.1.clone());
    let named = |name: &str, text: String| if name.is_empty() { text } else { format!("{name}: {text}") };
    for layer in &panel.layers {
        match layer {
            Layer::Line { name, points, band, .. } => {
                scene.belongs_to(name);
                for i in chosen(points.len()) {
                    let (x, y) = points[i];
                    let Some(place) = frame.place((x, y)).filter(|&p| frame.area.holds(p)) else { continue };
                    let band = band.get(i).filter(|b| b.0.is_finite() && b.1.is_finite());
                    let band =
                        band.map_or_else(String::new, |b| format!(" [{}, {}]", number(b.0), number(b.1)));
                    scene.spot(place, named(name, format!("{}{band} at {}", number(y), at(x))));
                }
            }
            Layer::Scatter { name, points, .. }
            | Layer::PublishedMarks { name, points, .. }
            | Layer::Reference { name, points } => {
                scene.belongs_to(name);
                let curve = matches!(layer, Layer::Reference { .. });
                for i in chosen(points.len()) {
                    let (x, y) = points[i];
                    if let Some(place) = frame.place((x, y)).filter(|&p| frame.area.holds(p)) {
                        let x = if curve { on_curve(x) } else { at(x) };
                        scene.spot(place, named(name, format!("{} at {x}", number(y))));
                    }
                }
            }
            Layer::Boxes { name, boxes, .. } => {
                let dodge = shared.dodge.as_ref();
                boxes_of(
                    scene,
                    frame,
                    name,
                    boxes,
                    |b| dodge?.middle(frame, name, b.at, true),
                    |b| named(name, format!("{} at {}", five(b), at(b.at))),
                );
            }
            Layer::PublishedBoxes { name, beside, boxes } => {
                let dodge = shared.dodge.as_ref();
                boxes_of(
                    scene,
                    frame,
                    name,
                    boxes,
                    |b| dodge?.middle(frame, beside, b.at, false),
                    |b| format!("{beside}, {name}: {} at {}", five(b), at(b.at)),
                );
            }
            Layer::HeatMap { x, y, values, label, .. } => {
                scene.belongs_to("");
                for (i, value) in values.iter().enumerate().take(MOST * MOST) {
                    let Some(column) = i.checked_rem(x.len()) else { continue };
                    let (x, y) = (x[column], y[i / x.len()]);
                    if let Some(place) = frame.place((x, y)) {
                        let value = value.map_or_else(|| "no value".to_owned(), number);
                        scene.spot(place, format!("{label} {value} at ({}, {})", at(x), number(y)));
                    }
                }
            }
            // A forest and a graph add their own.
            Layer::Strokes { .. } | Layer::Image { .. } | Layer::Graph { .. } | Layer::Forest { .. } => {}
        }
    }
}

fn five(b: &BoxStats) -> String {
    let [q1, median, q3] = [b.q1, b.median, b.q3].map(number);
    format!("median {median}, quartiles {q1} and {q3}, whiskers {} and {}", number(b.low), number(b.high))
}

fn boxes_of(
    scene: &mut Scene,
    frame: &Frame,
    name: &str,
    boxes: &[BoxStats],
    middle: impl Fn(&BoxStats) -> Option<f64>,
    text: impl Fn(&BoxStats) -> String,
) {
    scene.belongs_to(name);
    for stats in boxes {
        if let (Some(x), Some(y)) = (middle(stats), frame.height_within(stats.median)) {
            scene.spot((x, y), text(stats));
        }
    }
}
