//! Charts made of greyscale pictures: panels with titles, without axes.

use super::bare::{self, Widths};
use super::legend::Arrangement;
use super::model::{Chart, ChartError, Layer, Panel};
use super::palette;
use super::scene::{Ink, Rect, Scene};
use super::series;

/// Number of grey levels: more than the eye can distinguish, few enough that neighbours often match.
const SHADES: f64 = 63.0;
/// Most pictures in a row.
const COLUMNS: usize = 5;
/// Largest width of a picture.
const WIDEST: f64 = 240.0;

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
    let widths = Widths { columns: COLUMNS, least: 150.0, most: WIDEST };
    let legend = None::<fn(f64) -> Arrangement>;
    Ok(bare::compose(chart, widths, tallness(chart)?, legend, draw))
}

fn shade(value: f64) -> Ink {
    let level = ((value.clamp(0.0, 1.0) * SHADES).round() * 255.0 / SHADES).round() as u8;
    Ink { rgb: (level, level, level), alpha: 1.0 }
}

fn draw(scene: &mut Scene, area: Rect, panel: &Panel) {
    let Some((columns, values)) = picture(panel) else { return bare::no_data(scene, area) };
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
