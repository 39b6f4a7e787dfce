//! Draws estimates with their intervals, one below the other.

use remeasure_core::format::number;

use super::axis::{Axis, Extent, Frame};
use super::model::ForestRow;
use super::palette;
use super::scene::{Rect, Scene};

/// Half the side of the square of all the weight, and of none.
const SQUARE: (f64, f64) = (8.0, 1.5);
/// Half the height of a diamond.
const DIAMOND: f64 = 7.0;

/// Extends the axes to hold the rows.
pub(super) fn include(rows: &[ForestRow], x: &mut Extent, y: &mut Extent) {
    for row in rows {
        [row.value, row.low, row.high].into_iter().for_each(|v| x.add(v));
        y.add(row.at - 0.5);
        y.add(row.at + 0.5);
    }
}

/// Whether a row can be shown.
pub(super) fn shows(rows: &[ForestRow], frame: &Frame) -> bool {
    rows.iter().any(|row| frame.place((row.value, row.at)).is_some())
}

/// Draws the rows with their tooltips.
pub(super) fn draw(scene: &mut Scene, frame: &Frame, name: &str, style: usize, rows: &[ForestRow]) {
    let ink = palette::colour(style);
    let across = |axis: &Axis, v: f64| frame.x_at(axis.fraction(v).unwrap_or(-0.1));
    for row in rows {
        let Some((x, y)) = frame.place((row.value, row.at)) else { continue };
        if !(row.low.is_finite() && row.high.is_finite()) {
            continue;
        }
        let (low, high) = (across(&frame.x, row.low), across(&frame.x, row.high));
        match row.weight {
            Some(weight) => {
                if let Some((a, b)) = frame.area.clip_segment((low, y), (high, y)) {
                    scene.segment(a, b, 1.4, ink);
                }
                let share = (weight / 100.0).clamp(0.0, 1.0).sqrt();
                let half = SQUARE.1 + (SQUARE.0 - SQUARE.1) * share;
                if frame.area.holds((x, y)) {
                    let square = Rect { x0: x - half, y0: y - half, x1: x + half, y1: y + half };
                    scene.fill(frame.area.clip_polygon(square.corners()), ink);
                }
            }
            None => {
                let corners = vec![(low, y), (x, y - DIAMOND), (high, y), (x, y + DIAMOND)];
                scene.fill(frame.area.clip_polygon(corners), ink);
            }
        }
        if frame.area.holds((x, y)) {
            let weight = row.weight.map_or_else(String::new, |w| format!(", weight {} %", number(w)));
            let text = format!("{} [{}, {}]{weight}", number(row.value), number(row.low), number(row.high));
            scene.spot((x, y), if name.is_empty() { text } else { format!("{name}: {text}") });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{AxisSpec, Chart, ForestRow, Layer, Panel, Scale};
    use crate::svg;

    fn chart(rows: Vec<ForestRow>) -> Chart {
        let forest = Layer::Forest { name: "pooled".into(), style: 0, rows };
        Chart {
            x: AxisSpec { scale: Scale::Log10, ..AxisSpec::default() },
            panels: vec![Panel { title: String::new(), layers: vec![forest] }],
            ..Chart::default()
        }
    }

    #[test]
    fn a_heavier_study_has_a_larger_square_and_a_pooled_estimate_a_diamond() {
        let row = |at, weight| ForestRow { at, value: 1.0, low: 0.5, high: 2.0, weight };
        let both = svg(&chart(vec![row(0.0, Some(100.0)), row(-1.0, Some(1.0))])).unwrap();
        let pooled = svg(&chart(vec![row(0.0, None)])).unwrap();
        assert!(!both.contains("no data") && !pooled.contains("no data"));
        assert_ne!(both, svg(&chart(vec![row(0.0, Some(1.0)), row(-1.0, Some(1.0))])).unwrap());
    }

    #[test]
    fn rows_that_cannot_be_shown_are_left_out() {
        let row = |value, low, high| ForestRow { at: 0.0, value, low, high, weight: Some(10.0) };
        for rows in [Vec::new(), vec![row(f64::NAN, 0.5, 2.0)], vec![row(-1.0, -2.0, 2.0)]] {
            assert!(svg(&chart(rows)).unwrap().contains("no data"));
        }
        // An interval that is not positive reaches the end of the logarithmic axis.
        let long = svg(&chart(vec![row(1.0, 0.0, 2.0)])).unwrap();
        assert!(!long.contains("no data") && !long.contains("NaN"));
    }
}
