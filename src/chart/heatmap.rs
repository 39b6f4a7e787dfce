//! Heat maps and their colour bar.

use super::axis::{Axis, Extent, Frame, warp};
use super::font;
use super::model::{Chart, ChartError, Layer, Scale};
use super::palette;
use super::scene::{Anchor, Ink, Label, Rect, Scene, Weight};
use super::series;
use super::sizes::{HALF_CAP, LABEL, LEADING, TICK};
use super::ticks::Tick;

/// The borders of cells with these centres, in units of the scale of the axis.
pub(super) fn borders(scale: Scale, centres: &[f64]) -> Vec<f64> {
    let at: Vec<f64> = centres.iter().map(|&c| warp(scale, c).unwrap_or(f64::NAN)).collect();
    let (Some(&first), Some(&last)) = (at.first(), at.last()) else { return Vec::new() };
    let alone = if scale == Scale::Log10 { 0.15 } else { 0.5 };
    let (head, tail) = match at.len() {
        1 => (alone, alone),
        n => ((at[1] - at[0]) / 2.0, (at[n - 1] - at[n - 2]) / 2.0),
    };
    let mut borders = vec![first - head];
    borders.extend(at.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0));
    borders.push(last + tail);
    borders
}

/// The colour scale shared by all heat maps of a chart.
#[derive(Clone, Debug)]
pub(super) struct ColourScale {
    axis: Axis,
    label: String,
    /// Whether any cell has no number.
    pub(super) gaps: bool,
}

impl ColourScale {
    /// The colour scale of a chart; `None` if it has no heat map.
    pub(super) fn of(chart: &Chart) -> Result<Option<Self>, ChartError> {
        let mut seen = Extent::new(Scale::Linear);
        let (mut found, mut gaps) = (None, false);
        for layer in chart.panels.iter().flat_map(|panel| &panel.layers) {
            let Layer::HeatMap { x, y, values, range, label } = layer else { continue };
            if values.len() != x.len() * y.len() {
                return Err(ChartError::Length {
                    what: format!("cells of a heat map of {} columns and {} rows", x.len(), y.len()),
                    found: values.len(),
                    expected: x.len() * y.len(),
                });
            }
            if let Some((low, high)) = *range {
                let fail = |reason| Err(ChartError::Range { axis: "colour", low, high, reason });
                if !low.is_finite() || !high.is_finite() {
                    return fail("both limits must be finite");
                }
                if low > high {
                    return fail("the first limit must not exceed the second");
                }
                seen.add(low);
                seen.add(high);
            }
            found = found.or(Some(label));
            for value in values {
                match value.filter(|v| v.is_finite()) {
                    Some(value) => seen.add(value),
                    None => gaps = true,
                }
            }
        }
        let Some(label) = found else { return Ok(None) };
        Ok(Some(Self { axis: seen.axis(true), label: label.clone(), gaps }))
    }

    fn ink(&self, value: Option<f64>) -> Option<Ink> {
        value.and_then(|v| self.axis.fraction(v)).map(palette::heat)
    }

    /// Measures the colour bar for a grid of this height.
    pub(super) fn bar(&self, height: f64) -> Bar {
        let height = height.min(Bar::LONGEST);
        let ticks = self.axis.ticks((height / 36.0) as usize).major;
        let texts =
            ticks.iter().map(|tick| font::room(&tick.label, TICK, Weight::Regular)).fold(0.0, f64::max);
        let label = font::wrap(&self.label, LABEL, Weight::Regular, height);
        let width = Bar::THICKNESS + 8.0 + texts + 4.0 + label.len() as f64 * LABEL * LEADING;
        Bar { axis: self.axis, ticks, texts, label, width, height }
    }
}

/// A colour bar, measured.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    axis: Axis,
    ticks: Vec<Tick>,
    /// Width of the widest tick label.
    texts: f64,
    label: Vec<String>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Bar {
    const THICKNESS: f64 = 16.0;
    const LONGEST: f64 = 420.0;
    const SLICES: u32 = 128;

    /// The same bar for a grid of another height.
    pub(super) fn stretched(self, height: f64) -> Self {
        Self { height: height.min(Self::LONGEST), ..self }
    }

    /// Draws the bar with its upper left corner here.
    pub(super) fn draw(&self, scene: &mut Scene, (x, top): (f64, f64)) {
        let right = x + Self::THICKNESS;
        let bottom = top + self.height;
        let at = |fraction: f64| bottom - fraction * self.height;
        for k in 0..Self::SLICES {
            let low = f64::from(k) / f64::from(Self::SLICES);
            // Each slice extends under all that follow, so that there are no seams.
            let slice = Rect { x0: x, y0: top, x1: right, y1: at(low) };
            scene.fill(slice.corners(), palette::heat((f64::from(k) + 0.5) / f64::from(Self::SLICES)));
        }
        let frame = Rect { x0: x, y0: top, x1: right, y1: bottom };
        scene.outline(frame.corners(), 1.0, palette::FRAME);
        for tick in &self.ticks {
            let Some(y) = self.axis.fraction(tick.value).map(at) else { continue };
            scene.segment((right, y), (right + 4.0, y), 1.0, palette::FRAME);
            let at = (right + 8.0, y + HALF_CAP * TICK);
            scene.text(Label::new(&tick.label, at, TICK, Weight::Regular, Anchor::Start, palette::BLACK));
        }
        for (i, line) in self.label.iter().enumerate() {
            let x = right + 8.0 + self.texts + 4.0 + (i as f64 + 0.95) * LABEL * LEADING;
            let at = (x, (top + bottom) / 2.0);
            let label = Label::new(line, at, LABEL, Weight::Regular, Anchor::Middle, palette::BLACK);
            scene.text(Label { upward: true, ..label });
        }
    }
}

/// Draws the cells of a heat map.
pub(super) fn draw(
    scene: &mut Scene,
    frame: &Frame,
    scale: &ColourScale,
    x: &[f64],
    y: &[f64],
    values: &[Option<f64>],
) {
    let columns: Vec<f64> =
        borders(frame.x.scale, x).into_iter().map(|b| frame.x_at(frame.x.fraction_of_warped(b))).collect();
    let rows: Vec<f64> =
        borders(frame.y.scale, y).into_iter().map(|b| frame.y_at(frame.y.fraction_of_warped(b))).collect();
    if columns.len() < 2 {
        return;
    }
    let mut blank = Vec::new();
    for (cells, heights) in values.chunks(x.len()).zip(rows.windows(2)) {
        let mut from = 0;
        while from < cells.len() {
            // Draw neighbours of the same colour as one.
            let ink = scale.ink(cells[from]);
            let to = (from + 1..cells.len()).find(|&i| scale.ink(cells[i]) != ink).unwrap_or(cells.len());
            let cell = |reach: f64| {
                within(frame.area, columns[from], columns[to] + reach, heights[1] - reach, heights[0])
            };
            // Each cell extends a little under the next ones, which are drawn over it, so that there are no
            // seams.
            if let Some(area) = cell(0.7) {
                scene.fill(area.corners(), ink.unwrap_or(palette::MISSING));
            }
            if ink.is_none() {
                blank.extend(cell(0.0));
            }
            from = to;
        }
    }
    for area in blank {
        series::hatch(scene, area, 1, 6.0, 1.0, palette::MISSING_HATCH);
    }
}

/// The part of a cell that lies in the frame; `None` also if the cell has no position.
fn within(area: Rect, x0: f64, x1: f64, y0: f64, y1: f64) -> Option<Rect> {
    // `max` would replace a NaN by the side of the frame.
    if [x0, x1, y0, y1].iter().any(|v| v.is_nan()) {
        return None;
    }
    let part = Rect { x0: x0.max(area.x0), y0: y0.max(area.y0), x1: x1.min(area.x1), y1: y1.min(area.y1) };
    (part.width() > 0.0 && part.height() > 0.0).then_some(part)
}
