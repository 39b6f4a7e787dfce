//! Charts without axes: panels with titles, side by side, above a legend.

use super::font;
use super::layout;
use super::legend::Arrangement;
use super::model::{Chart, Panel};
use super::palette;
use super::scene::{Anchor, Label, Rect, Scene, Weight};
use super::sizes::{EDGE, FOOTER, HALF_CAP, LABEL, LEADING, PANEL_TITLE, SUBTITLE, TITLE, lines_height};

const WIDTH: f64 = 1040.0;
const GAP: f64 = 14.0;

/// Widths of panels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    /// Most panels in a row.
    pub(super) columns: usize,
    /// Least width on paper.
    pub(super) least: f64,
    /// Largest width.
    pub(super) most: f64,
}

/// Lays the panels out, `tallness` times as high as wide, and fills each with `draw`.
pub(super) fn compose(
    chart: &Chart,
    widths: Widths,
    tallness: f64,
    legend: Option<impl Fn(f64) -> Arrangement>,
    draw: impl Fn(&mut Scene, Rect, &Panel),
) -> Scene {
    let count = chart.panels.len().max(1);
    let width = layout::paper_units(chart).unwrap_or(WIDTH);
    let most = if width < WIDTH {
        ((width / widths.least) as usize).clamp(1, widths.columns)
    } else {
        widths.columns
    };
    let rows = count.div_ceil(most);
    // Make the rows as even as possible.
    let columns = chart.columns.map_or(count.div_ceil(rows), |c| c.clamp(1, count));
    let across = width - 2.0 * EDGE;
    let wide = ((across - GAP * (columns - 1) as f64) / columns as f64).min(widths.most);
    let high = wide * tallness;
    let titles: Vec<Vec<String>> =
        chart.panels.iter().map(|p| font::wrap_evenly(&p.title, PANEL_TITLE, Weight::Bold, wide)).collect();

    let mut scene = Scene { width, ..Scene::default() };
    // The page is filled first, when its height is known.
    scene.fill(vec![(0.0, 0.0); 4], palette::WHITE);
    let mut y = EDGE;
    for (words, size, weight, ink) in [
        (&chart.title, TITLE, Weight::Bold, palette::BLACK),
        (&chart.subtitle, SUBTITLE, Weight::Regular, palette::GREY),
    ] {
        for line in font::wrap(words, size, weight, across) {
            scene.text(Label::new(&line, (EDGE, y + 0.8 * size * LEADING), size, weight, Anchor::Start, ink));
            y += size * LEADING;
        }
    }
    for (panels, titles) in chart.panels.chunks(columns).zip(titles.chunks(columns)) {
        let lines = titles.iter().map(Vec::len).max().unwrap_or(0) as f64;
        y += 12.0 + lines * PANEL_TITLE * LEADING;
        for (i, (panel, title)) in panels.iter().zip(titles).enumerate() {
            let x0 = EDGE + i as f64 * (wide + GAP);
            let area = Rect { x0, y0: y, x1: x0 + wide, y1: y + high };
            for (k, line) in title.iter().rev().enumerate() {
                let at = ((area.x0 + area.x1) / 2.0, y - 6.0 - k as f64 * PANEL_TITLE * LEADING);
                scene.text(Label::new(line, at, PANEL_TITLE, Weight::Bold, Anchor::Middle, palette::BLACK));
            }
            draw(&mut scene, area, panel);
            scene.belongs_to("");
        }
        y += high;
    }
    if let Some(legend) = legend.map(|arranged| arranged(across)).filter(|legend| legend.height() > 0.0) {
        y += 12.0;
        legend.draw(&mut scene, (EDGE, y));
        y += legend.height();
    }
    let footer = font::wrap(&chart.footer, FOOTER, Weight::Regular, across);
    y += 12.0;
    for line in &footer {
        let at = (EDGE, y + 0.8 * FOOTER * LEADING);
        scene.text(Label::new(line, at, FOOTER, Weight::Regular, Anchor::Start, palette::GREY));
        y += lines_height(std::slice::from_ref(line), FOOTER);
    }
    scene.height = (y + EDGE - 4.0).ceil();
    let page = Rect { x0: 0.0, y0: 0.0, x1: scene.width, y1: scene.height };
    let mut whole = Scene::default();
    whole.fill(page.corners(), palette::WHITE);
    if let (Some(first), Some(page)) = (scene.marks.first_mut(), whole.marks.pop()) {
        *first = page;
    }
    scene
}

/// Says that a panel is empty.
pub(super) fn no_data(scene: &mut Scene, area: Rect) {
    let at = ((area.x0 + area.x1) / 2.0, (area.y0 + area.y1) / 2.0 + HALF_CAP * LABEL);
    scene.text(Label::new("no data", at, LABEL, Weight::Regular, Anchor::Middle, palette::GREY));
    scene.outline(area.corners(), 1.0, palette::FRAME);
}
