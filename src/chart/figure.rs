//! Composes the whole figure: axes from the data, page layout, panels and texts.

use super::axis::{self, Axis, Extent};
use super::ends;
use super::forest;
use super::graphs;
use super::heatmap::{self, ColourScale};
use super::images;
use super::layout::{self, Page, Shared};
use super::legend::{self, Entry};
use super::model::{Chart, ChartError, Layer, Panel, Scale};
use super::palette;
use super::panel;
use super::scene::{Anchor, Label, Rect, Scene, Weight};
use super::series::Dodge;
use super::sizes::{EDGE, FOOTER, LABEL, LEADING, SUBTITLE, TITLE, lines_height};

/// Draws a chart as a scene.
pub(super) fn compose(chart: &Chart) -> Result<Scene, ChartError> {
    Ok(composed(chart, true)?.0)
}

/// The scene without a legend, and the entries of the legend.
pub(super) fn compose_apart(chart: &Chart) -> Result<(Scene, Vec<Entry>), ChartError> {
    composed(chart, false)
}

fn composed(chart: &Chart, with_legend: bool) -> Result<(Scene, Vec<Entry>), ChartError> {
    check_bands(chart)?;
    if images::shown(chart) {
        return Ok((images::compose(chart)?, Vec::new()));
    }
    if graphs::shown(chart) {
        let entries = legend::entries(chart, None);
        let drawn = if with_legend { entries.as_slice() } else { &[] };
        return Ok((graphs::compose(chart, drawn), entries));
    }
    let colours = ColourScale::of(chart)?;
    let dodge = Dodge::of(chart);
    let (x, y) = axes(chart, colours.is_some(), dodge.as_ref())?;
    let shared = Shared {
        x,
        colours,
        dodge,
        references: legend::references(chart),
        places: chart.x.ticks.as_deref().unwrap_or_default(),
        faded: &chart.faded,
        bare: with_legend,
    };
    let entries = legend::entries(chart, shared.colours.as_ref());
    let drawn = if with_legend { entries.as_slice() } else { &[] };
    let page = divided(chart, &shared, &y, drawn);

    let mut scene = Scene { width: page.width, height: page.height, ..Scene::default() };
    scene.fill(Rect { x0: 0.0, y0: 0.0, x1: page.width, y1: page.height }.corners(), palette::WHITE);
    texts(&mut scene, &page);
    let none = Panel::default();
    for (i, cell) in page.cells.iter().enumerate() {
        panel::draw(&mut scene, &page, cell, chart.panels.get(i).unwrap_or(&none), &shared);
    }
    if let Some((bar, at)) = &page.bar {
        bar.draw(&mut scene, *at);
    }
    if let Some((plan, at)) = &page.legend {
        plan.draw(&mut scene, *at);
    }
    Ok((scene, entries))
}

/// The page, with names at the ends of lines where they fit.
fn divided(chart: &Chart, shared: &Shared<'_>, y: &[Axis], entries: &[Entry]) -> Page {
    let divide = |entries: &[Entry], margin| {
        layout::divide(chart, &shared.x, y, entries, shared.colours.as_ref(), margin)
    };
    let plan = ends::Plan::of(chart, layout::measures(chart), &shared.x, y);
    if let Some(plan) = plan.filter(|_| shared.colours.is_none()) {
        let mut page = divide(&plan.others(entries), plan.margin);
        let names = plan.placed(&page);
        let fit = names.iter().any(|names| !names.is_empty());
        for (cell, names) in page.cells.iter_mut().zip(names) {
            cell.names = names;
        }
        if fit {
            return page;
        }
    }
    divide(entries, 0.0)
}

fn check_bands(chart: &Chart) -> Result<(), ChartError> {
    for layer in chart.panels.iter().flat_map(|panel| &panel.layers) {
        if let Layer::Line { name, points, band, .. } = layer
            && !band.is_empty()
            && band.len() != points.len()
        {
            let what = format!("limits of the band of {name:?}");
            return Err(ChartError::Length { what, found: band.len(), expected: points.len() });
        }
    }
    Ok(())
}

/// The horizontal axis, and one vertical axis for all panels or one for each: with the requested limits,
/// otherwise around all data of these panels.
fn axes(chart: &Chart, heat: bool, dodge: Option<&Dodge>) -> Result<(Axis, Vec<Axis>), ChartError> {
    let mut x = Extent::new(chart.x.scale);
    let each = if chart.own_y { 1 } else { chart.panels.len().max(1) };
    let mut ys = Vec::new();
    for panels in chart.panels.chunks(each) {
        let mut y = Extent::new(chart.y.scale);
        for layer in panels.iter().flat_map(|panel| &panel.layers) {
            include(layer, chart, dodge, &mut x, &mut y);
        }
        ys.push(y);
    }
    ys.resize(ys.len().max(1), Extent::new(chart.y.scale));
    include_categories(chart.x.ticks.as_deref(), chart.x.scale, dodge.is_some(), &mut x);
    // A reference curve must be visible, but only where there are data; a heat map fills its axes.
    let anywhere = x.is_empty();
    for (i, panel) in chart.panels.iter().enumerate() {
        let y = &mut ys[i / each];
        for layer in &panel.layers {
            let Layer::Reference { points, .. } = layer else { continue };
            let upright = points.iter().all(|p| p.0 == points[0].0);
            for &(px, py) in points {
                if anywhere || (upright && !heat) {
                    x.add(px);
                }
                let level = points.iter().all(|p| p.1 == py);
                if !heat && (y.is_empty() || !upright) && (anywhere || level || x.holds(px)) {
                    y.add(py);
                }
            }
        }
    }
    let fitted = ys.into_iter().map(|y| axis::fit("vertical", &chart.y, y, heat));
    Ok((axis::fit("horizontal", &chart.x, x, heat)?, fitted.collect::<Result<_, _>>()?))
}

/// Extends the axes to hold a layer.
fn include(layer: &Layer, chart: &Chart, dodge: Option<&Dodge>, x: &mut Extent, y: &mut Extent) {
    let placed = |v: f64, scale| axis::warp(scale, v).is_some();
    let both = |px, py| placed(px, chart.x.scale) && placed(py, chart.y.scale);
    match layer {
        Layer::Line { points, band, .. } => {
            for (i, &(px, py)) in points.iter().enumerate().filter(|(_, p)| both(p.0, p.1)) {
                x.add(px);
                y.add(py);
                for limit in band.get(i).map(|&(lower, upper)| [lower, upper]).into_iter().flatten() {
                    // On a logarithmic axis, a lower limit near zero would squeeze everything else.
                    let near = if chart.y.scale == Scale::Log10 { limit.max(py / 5.0) } else { limit };
                    if limit > 0.0 || chart.y.scale == Scale::Linear {
                        y.add(near);
                    }
                }
            }
        }
        Layer::Scatter { points, .. } | Layer::PublishedMarks { points, .. } => {
            for &(px, py) in points.iter().filter(|p| both(p.0, p.1)) {
                x.add(px);
                y.add(py);
            }
        }
        Layer::Boxes { boxes, .. } | Layer::PublishedBoxes { boxes, .. } => {
            for stats in boxes {
                if let Some(dodge) = dodge {
                    dodge.widen(x, stats.at, chart.x.scale);
                }
                for v in [stats.low, stats.q1, stats.median, stats.q3, stats.high] {
                    y.add(v);
                }
                stats.outliers.iter().for_each(|&v| y.add(v));
            }
        }
        Layer::HeatMap { x: columns, y: rows, .. } => {
            for border in heatmap::borders(chart.x.scale, columns).into_iter().filter(|b| !b.is_nan()) {
                x.add_warped(border);
            }
            for border in heatmap::borders(chart.y.scale, rows).into_iter().filter(|b| !b.is_nan()) {
                y.add_warped(border);
            }
        }
        Layer::Forest { rows, .. } => forest::include(rows, x, y),
        // These span the axes as they are: a long one must not squeeze the rest.
        Layer::Reference { .. } | Layer::Image { .. } | Layer::Graph { .. } | Layer::Strokes { .. } => {}
    }
}

/// Categories without data keep their places; box plots have already made room for theirs.
fn include_categories(ticks: Option<&[(f64, String)]>, scale: Scale, boxes: bool, extent: &mut Extent) {
    for (value, _) in ticks.unwrap_or_default() {
        match axis::warp(scale, *value) {
            Some(at) if boxes && scale == Scale::Linear => {
                extent.add_warped(at - 0.5);
                extent.add_warped(at + 0.5);
            }
            Some(at) => extent.add_warped(at),
            None => {}
        }
    }
}

fn texts(scene: &mut Scene, page: &Page) {
    let mut y = EDGE;
    for (lines, size, weight, ink) in [
        (&page.title, TITLE, Weight::Bold, palette::BLACK),
        (&page.subtitle, SUBTITLE, Weight::Regular, palette::GREY),
    ] {
        for line in lines {
            scene.text(Label::new(line, (EDGE, y + 0.8 * size * LEADING), size, weight, Anchor::Start, ink));
            y += size * LEADING;
        }
    }
    let middle = (page.grid.x0 + page.grid.x1) / 2.0;
    let first = page.below - lines_height(&page.x_label, LABEL);
    for (i, line) in page.x_label.iter().enumerate() {
        let at = (middle, first + (i as f64 + 0.8) * LABEL * LEADING);
        scene.text(Label::new(line, at, LABEL, Weight::Regular, Anchor::Middle, palette::BLACK));
    }
    for (i, line) in page.y_label.iter().enumerate() {
        let at = (EDGE + (i as f64 + 0.8) * LABEL * LEADING, (page.grid.y0 + page.grid.y1) / 2.0);
        let label = Label::new(line, at, LABEL, Weight::Regular, Anchor::Middle, palette::BLACK);
        scene.text(Label { upward: true, ..label });
    }
    let first = page.height - EDGE + 4.0 - lines_height(&page.footer, FOOTER);
    for (i, line) in page.footer.iter().enumerate() {
        let at = (EDGE, first + (i as f64 + 0.8) * FOOTER * LEADING);
        scene.text(Label::new(line, at, FOOTER, Weight::Regular, Anchor::Start, palette::GREY));
    }
}
