//! Draws one panel: grid, layers, frame, ticks.

use super::axis::{Axis, Frame};
use super::ends;
use super::forest;
use super::heatmap;
use super::layout::{Cell, Page, Shared};
use super::model::{Layer, Panel};
use super::palette;
use super::scene::{Anchor, Label, Rect, Scene, Weight};
use super::series;
use super::sizes::{HALF_CAP, LABEL, LEADING, PANEL_TITLE, TICK_GAP, TICK_LENGTH};
use super::spots;

/// Draws a panel in its cell of the page.
pub(super) fn draw(scene: &mut Scene, page: &Page, cell: &Cell, panel: &Panel, shared: &Shared<'_>) {
    let frame = Frame { area: cell.area, x: shared.x, y: cell.y };
    grid(scene, page, cell, &frame);
    layers(scene, &frame, panel, shared);
    scene.outline(cell.area.corners(), 1.0, palette::FRAME);
    ticks(scene, page, cell, &frame);
    ends::draw(scene, &frame, &cell.names);
    for (i, line) in cell.title.iter().rev().enumerate() {
        let at = ((cell.area.x0 + cell.area.x1) / 2.0, cell.area.y0 - 8.0 - i as f64 * PANEL_TITLE * LEADING);
        scene.text(Label::new(line, at, PANEL_TITLE, Weight::Bold, Anchor::Middle, palette::BLACK));
    }
}

fn grid(scene: &mut Scene, page: &Page, cell: &Cell, frame: &Frame) {
    for tick in &page.x_ticks.major {
        if let Some(x) = inside(&frame.x, tick.value).map(|f| frame.x_at(f)) {
            scene.segment((x, frame.area.y0), (x, frame.area.y1), 1.0, palette::GRID);
        }
    }
    for tick in &cell.y_ticks.major {
        if let Some(y) = inside(&frame.y, tick.value).map(|f| frame.y_at(f)) {
            scene.segment((frame.area.x0, y), (frame.area.x1, y), 1.0, palette::GRID);
        }
    }
}

fn inside(axis: &Axis, value: f64) -> Option<f64> {
    axis.fraction(value).filter(|f| (-1e-6..=1.0 + 1e-6).contains(f)).map(|f| f.clamp(0.0, 1.0))
}

fn layers(scene: &mut Scene, frame: &Frame, panel: &Panel, shared: &Shared<'_>) {
    let over_heat = panel.layers.iter().any(|layer| matches!(layer, Layer::HeatMap { .. }));
    // Heat-map cells first, then all bands, so that no line is hidden by another line's band.
    for layer in &panel.layers {
        if let (Layer::HeatMap { x, y, values, .. }, Some(colours)) = (layer, &shared.colours) {
            heatmap::draw(scene, frame, colours, x, y, values);
        }
    }
    for layer in &panel.layers {
        if let Layer::Line { name, style, points, band } = layer
            && !(shared.bare && shared.faded.contains(name))
        {
            scene.belongs_to(name);
            series::band(scene, frame, *style, points, band);
        }
    }
    // Where lines coincide, draw dashes over an unbroken line, which shows through the gaps, and earlier
    // lines over later ones of the same kind. Likewise, the markers of the first line are on top. Faded lines are
    // under all others.
    let lines = panel.layers.iter().rev().filter_map(|layer| match layer {
        Layer::Line { name, style, points, .. } => Some((*style, points, name)),
        _ => None,
    });
    let mut lines: Vec<_> = lines.collect();
    let is_faded = |name: &String| shared.faded.contains(name);
    lines.sort_by_key(|l| (!is_faded(l.2), !palette::dash(l.0).is_empty()));
    for (style, points, name) in lines {
        scene.belongs_to(name);
        series::line(scene, frame, style, points, is_faded(name));
    }
    for layer in &panel.layers {
        match (layer, &shared.dodge) {
            (Layer::Boxes { name, style, boxes }, Some(dodge)) => {
                scene.belongs_to(name);
                series::boxes(scene, frame, dodge, name, Some(*style), boxes);
            }
            (Layer::PublishedBoxes { name, beside, boxes }, Some(dodge)) => {
                scene.belongs_to(name);
                series::boxes(scene, frame, dodge, beside, None, boxes);
            }
            _ => {}
        }
    }
    for layer in &panel.layers {
        if let Layer::Strokes { style, strokes } = layer {
            scene.belongs_to(panel.series_of(*style));
            series::strokes(scene, frame, *style, strokes);
        }
    }
    for layer in &panel.layers {
        if let Layer::Line { name, style, points, .. } = layer
            && is_faded(name)
            && !name.is_empty()
        {
            scene.belongs_to(name);
            series::markers(scene, frame, *style, points, true);
        }
    }
    for layer in panel.layers.iter().rev() {
        match layer {
            Layer::Line { name, .. } if is_faded(name) => {}
            Layer::Line { name, style, points, .. } => {
                scene.belongs_to(name);
                series::markers(scene, frame, *style, points, false);
            }
            Layer::Scatter { name, style, points } => {
                scene.belongs_to(name);
                series::scatter(scene, frame, *style, points);
            }
            Layer::Forest { name, style, rows } => {
                scene.belongs_to("");
                forest::draw(scene, frame, name, *style, rows);
            }
            Layer::Boxes { .. }
            | Layer::PublishedBoxes { .. }
            | Layer::PublishedMarks { .. }
            | Layer::HeatMap { .. }
            | Layer::Image { .. }
            | Layer::Graph { .. }
            | Layer::Strokes { .. }
            | Layer::Reference { .. } => {}
        }
    }
    for layer in &panel.layers {
        if let Layer::PublishedMarks { name, style, points } = layer {
            scene.belongs_to(name);
            for point in points.iter().filter_map(|&p| frame.place(p)).filter(|&p| frame.area.holds(p)) {
                series::published_mark(scene, point, palette::colour(*style));
            }
        }
    }
    for layer in &panel.layers {
        if let Layer::Reference { name, points } = layer {
            let index = shared.references.iter().position(|n| n == name).unwrap_or(0);
            scene.belongs_to(name);
            series::reference(scene, frame, index, points, over_heat);
        }
    }
    spots::mark(scene, frame, panel, shared);
    scene.belongs_to("");
    if !panel.layers.iter().any(|layer| shows_something(layer, frame)) {
        no_data(scene, frame);
    }
}

fn no_data(scene: &mut Scene, frame: &Frame) {
    let area = frame.area;
    let (x, y) = ((area.x0 + area.x1) / 2.0, (area.y0 + area.y1) / 2.0);
    // Otherwise the grid would run through the letters.
    let behind = Rect { x0: x - 36.0, y0: y - LABEL * 0.8, x1: x + 36.0, y1: y + LABEL * 0.8 };
    scene.fill(behind.corners(), palette::WHITE);
    let at = (x, y + HALF_CAP * LABEL);
    scene.text(Label::new("no data", at, LABEL, Weight::Regular, Anchor::Middle, palette::GREY));
}

/// Whether a layer has anything to show on the axes. A panel with only a reference curve has no data.
fn shows_something(layer: &Layer, frame: &Frame) -> bool {
    match layer {
        Layer::Line { points, .. } | Layer::Scatter { points, .. } => {
            points.iter().any(|&point| frame.place(point).is_some())
        }
        Layer::Boxes { boxes, .. } | Layer::PublishedBoxes { boxes, .. } => boxes.iter().any(|b| {
            [b.q1, b.median, b.q3]
                .into_iter()
                .chain(b.outliers.iter().copied())
                .any(|y| frame.place((b.at, y)).is_some())
        }),
        Layer::HeatMap { values, .. } => values.iter().flatten().any(|value| value.is_finite()),
        Layer::Forest { rows, .. } => forest::shows(rows, frame),
        Layer::Reference { .. }
        | Layer::Image { .. }
        | Layer::Graph { .. }
        | Layer::Strokes { .. }
        | Layer::PublishedMarks { .. } => false,
    }
}

fn ticks(scene: &mut Scene, page: &Page, cell: &Cell, frame: &Frame) {
    let area = frame.area;
    for &value in &page.x_ticks.minor {
        if let Some(x) = inside(&frame.x, value).map(|f| frame.x_at(f)) {
            scene.segment((x, area.y1), (x, area.y1 + TICK_LENGTH * 0.6), 0.8, palette::FRAME);
        }
    }
    for &value in &cell.y_ticks.minor {
        if let Some(y) = inside(&frame.y, value).map(|f| frame.y_at(f)) {
            scene.segment((area.x0 - TICK_LENGTH * 0.6, y), (area.x0, y), 0.8, palette::FRAME);
        }
    }
    for (tick, lines) in page.x_ticks.major.iter().zip(&page.x_texts.lines) {
        let Some(x) = inside(&frame.x, tick.value).map(|f| frame.x_at(f)) else { continue };
        scene.segment((x, area.y1), (x, area.y1 + TICK_LENGTH), 1.0, palette::FRAME);
        if cell.texts_below {
            x_text(scene, page, lines, (x, area.y1 + TICK_LENGTH + TICK_GAP));
        }
    }
    for (tick, lines) in cell.y_ticks.major.iter().zip(&cell.y_texts.lines) {
        let Some(y) = inside(&frame.y, tick.value).map(|f| frame.y_at(f)) else { continue };
        scene.segment((area.x0 - TICK_LENGTH, y), (area.x0, y), 1.0, palette::FRAME);
        if cell.texts_left {
            let size = cell.y_texts.size;
            let first = y + HALF_CAP * size - (lines.len() as f64 - 1.0) / 2.0 * size * LEADING;
            for (i, line) in lines.iter().enumerate() {
                let at = (area.x0 - TICK_LENGTH - TICK_GAP, first + i as f64 * size * LEADING);
                scene.text(tick_label(line, at, size, Anchor::End, false));
            }
        }
    }
}

fn x_text(scene: &mut Scene, page: &Page, lines: &[String], (x, y): (f64, f64)) {
    let size = page.x_texts.size;
    for (i, line) in lines.iter().enumerate() {
        let label = if page.x_texts.upward {
            let first = x + HALF_CAP * size - (lines.len() as f64 - 1.0) / 2.0 * size * LEADING;
            tick_label(line, (first + i as f64 * size * LEADING, y), size, Anchor::End, true)
        } else {
            tick_label(line, (x, y + (i as f64 + 0.78) * size * LEADING), size, Anchor::Middle, false)
        };
        scene.text(label);
    }
}

fn tick_label(text: &str, at: (f64, f64), size: f64, anchor: Anchor, upward: bool) -> Label {
    Label { upward, ..Label::new(text, at, size, Weight::Regular, anchor, palette::BLACK) }
}
