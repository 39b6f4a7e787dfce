//! Charts made of greyscale pictures: panels with titles, without axes.

use super::font;
use super::layout;
use super::model::{Chart, ChartError, Layer, Panel};
use super::palette;
use super::scene::{Anchor, Ink, Label, Rect, Scene, Weight};
use super::series;
use super::sizes::{EDGE, FOOTER, HALF_CAP, LABEL, LEADING, PANEL_TITLE, SUBTITLE, TITLE, lines_height};

/// Number of grey levels: more than the eye can distinguish, few enough that neighbours often match.
const SHADES: f64 = 63.0;
/// Most pictures in a row.
const COLUMNS: usize = 5;
/// Largest width of a picture.
const WIDEST: f64 = 240.0;
const WIDTH: f64 = 1040.0;
const GAP: f64 = 14.0;

/// Whether a chart is made of pictures.
pub(super) fn shown(chart: &Chart) -> bool {
    chart.panels.iter().any(|panel| picture(panel).is_some())
}

fn picture(panel: &Panel) -> Option<(usize, &[Option<f64>])> {
    panel.layers.iter().find_map(|layer| match layer {
        Layer::Image { columns, values } => Some((*columns, values.as_slice())),
        _ => None,
    })
}

/// Height over width of the tallest picture.
fn tallness(chart: &Chart) -> Result<f64, ChartError> {
    let mut tallest = 0.0_f64;
    for (columns, values) in chart.panels.iter().filter_map(picture) {
        if columns == 0 || values.len() % columns != 0 {
            let what = format!("pixels of a picture of {columns} columns");
            let expected = columns * (values.len().div_ceil(columns.max(1)));
            return Err(ChartError::Length { what, found: values.len(), expected });
        }
        tallest = tallest.max((values.len() / columns) as f64 / columns as f64);
    }
    Ok(tallest)
}

/// Draws a chart of pictures.
pub(super) fn compose(chart: &Chart) -> Result<Scene, ChartError> {
    let tallest = tallness(chart)?;
    let count = chart.panels.len();
    let width = layout::paper_units(chart).unwrap_or(WIDTH);
    let most = if width < WIDTH { ((width / 150.0) as usize).clamp(1, COLUMNS) } else { COLUMNS };
    let rows = count.div_ceil(most);
    // Make the rows as even as possible.
    let columns = chart.columns.map_or(count.div_ceil(rows), |c| c.clamp(1, count));
    let across = width - 2.0 * EDGE;
    let wide = ((across - GAP * (columns - 1) as f64) / columns as f64).min(WIDEST);
    let high = wide * tallest;
    let titles: Vec<Vec<String>> =
        chart.panels.iter().map(|p| font::wrap_evenly(&p.title, PANEL_TITLE, Weight::Bold, wide)).collect();

    let mut scene = Scene { width, ..Scene::default() };
    let mut y = EDGE;
    let mut marks = Scene { width, ..Scene::default() };
    for (words, size, weight, ink) in [
        (&chart.title, TITLE, Weight::Bold, palette::BLACK),
        (&chart.subtitle, SUBTITLE, Weight::Regular, palette::GREY),
    ] {
        for line in font::wrap(words, size, weight, across) {
            marks.text(Label::new(&line, (EDGE, y + 0.8 * size * LEADING), size, weight, Anchor::Start, ink));
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
                marks.text(Label::new(line, at, PANEL_TITLE, Weight::Bold, Anchor::Middle, palette::BLACK));
            }
            draw(&mut marks, area, panel);
        }
        y += high;
    }
    let footer = font::wrap(&chart.footer, FOOTER, Weight::Regular, across);
    y += 12.0;
    for line in &footer {
        let at = (EDGE, y + 0.8 * FOOTER * LEADING);
        marks.text(Label::new(line, at, FOOTER, Weight::Regular, Anchor::Start, palette::GREY));
        y += lines_height(std::slice::from_ref(line), FOOTER);
    }
    scene.height = (y + EDGE - 4.0).ceil();
    let page = Rect { x0: 0.0, y0: 0.0, x1: scene.width, y1: scene.height };
    scene.fill(page.corners(), palette::WHITE);
    scene.marks.append(&mut marks.marks);
    Ok(scene)
}

fn shade(value: f64) -> Ink {
    let level = ((value.clamp(0.0, 1.0) * SHADES).round() * 255.0 / SHADES).round() as u8;
    Ink { rgb: (level, level, level), alpha: 1.0 }
}

fn draw(scene: &mut Scene, area: Rect, panel: &Panel) {
    let Some((columns, values)) = picture(panel) else {
        let at = ((area.x0 + area.x1) / 2.0, (area.y0 + area.y1) / 2.0 + HALF_CAP * LABEL);
        scene.text(Label::new("no data", at, LABEL, Weight::Regular, Anchor::Middle, palette::GREY));
        scene.outline(area.corners(), 1.0, palette::FRAME);
        return;
    };
    let rows = values.len() / columns;
    let x_at = |j: usize| area.x0 + area.width() * j as f64 / columns as f64;
    // Pixels are square, however tall the other pictures are.
    let y_at = |i: usize| area.y0 + area.width() * i as f64 / columns as f64;
    let (right, bottom) = (x_at(columns), y_at(rows));
    let mut blank = Vec::new();
    for (i, row) in values.chunks_exact(columns).enumerate() {
        let mut from = 0;
        while from < columns {
            let ink = row[from].map(shade);
            let to = (from + 1..columns).find(|&j| row[j].map(shade) != ink).unwrap_or(columns);
            // Each pixel extends a little under the next ones, which are drawn over it, so that there are no
            // seams.
            let reach = |from: f64, limit: f64| (from + 0.7).min(limit);
            let (x0, y0) = (x_at(from), y_at(i));
            let run = Rect { x0, y0, x1: reach(x_at(to), right), y1: reach(y_at(i + 1), bottom) };
            scene.fill(run.corners(), ink.unwrap_or(palette::MISSING));
            if ink.is_none() {
                blank.push(Rect { x0, y0, x1: x_at(to), y1: y_at(i + 1) });
            }
            from = to;
        }
    }
    for area in blank {
        series::hatch(scene, area, 1, 6.0, 1.0, palette::MISSING_HATCH);
    }
    let frame = Rect { x0: area.x0, y0: area.y0, x1: right, y1: bottom };
    scene.outline(frame.corners(), 1.0, palette::FRAME);
}

#[cfg(test)]
mod tests {
    use super::super::{png, svg};
    use super::*;

    fn chart(columns: usize, values: Vec<Option<f64>>) -> Chart {
        let panel = |title: &str, layers| Panel { title: title.to_owned(), layers };
        let picture = Layer::Image { columns, values };
        Chart { panels: vec![panel("truth", vec![picture]), panel("empty", Vec::new())], ..Chart::default() }
    }

    #[test]
    fn pixels_are_grey_from_black_0_to_white_1() {
        let values = [0.0, 0.5, 1.0, 1.0, -3.0, 7.0].map(Some).to_vec();
        let drawn = svg(&chart(3, values)).unwrap();
        let count = |colour: &str| drawn.matches(&format!("fill=\"{colour}\"")).count();
        // 0 and −3 are black; the page, 1, and the neighbours 1, 7 in different rows are white; .5 is level 32 of 63.
        assert_eq!(count("#000000"), 2, "{drawn}");
        assert_eq!(count("#828282"), 1, "{drawn}");
        assert!(drawn.contains("no data") && drawn.contains("truth"), "{drawn}");
        assert!(!png(&chart(2, vec![Some(0.2), None]), 1).unwrap().is_empty());
    }

    #[test]
    fn a_picture_that_is_no_rectangle_is_refused() {
        let error = svg(&chart(2, vec![Some(0.0); 3])).unwrap_err().to_string();
        assert_eq!(error, "pixels of a picture of 2 columns: expected 4, found 3");
    }
}
