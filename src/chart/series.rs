//! Draws lines, bands, box plots, scatters and reference curves.

use super::axis::{Axis, Extent, Frame, warp};
use super::model::{BoxStats, Chart, Layer, Scale, Stroke};
use super::palette;
use super::scene::{Point, Rect, Scene};

/// Width of the lines of series.
pub(super) const LINE: f64 = 2.0;
/// Radius of their markers.
pub(super) const MARKER: f64 = 4.0;
/// Opacity of error bands: lines remain visible through three of them.
pub(super) const BAND: f64 = 0.17;
/// Width of lines that stand back, and their opacity, which nothing else has.
const THIN: f64 = 1.3;
pub(super) const FAINT: f64 = 0.55;
/// Minimum height of a box.
const FLATTEST: f64 = 6.0;
/// Lines with more points than this have markers only at some of them.
const MARK_ALL: usize = 24;

/// The runs of consecutive points that can be shown, each with the index of its first point.
fn runs<T>(items: impl Iterator<Item = Option<T>>) -> Vec<(usize, Vec<T>)> {
    let mut runs: Vec<(usize, Vec<T>)> = Vec::new();
    let mut open = false;
    for (i, item) in items.enumerate() {
        match item {
            Some(item) if open => {
                if let Some((_, run)) = runs.last_mut() {
                    run.push(item);
                }
            }
            Some(item) => runs.push((i, vec![item])),
            None => {}
        }
        open = runs.last().is_some_and(|(first, run)| first + run.len() == i + 1);
    }
    runs
}

/// Draws the error band of a line; a point without neighbours gets an error bar.
pub(super) fn band(
    scene: &mut Scene,
    frame: &Frame,
    style: usize,
    points: &[(f64, f64)],
    band: &[(f64, f64)],
) {
    let ink = palette::colour(style);
    let limits = points.iter().zip(band).map(|(&point, &(lower, upper))| {
        let (x, _) = frame.place(point)?;
        Some((x, frame.height_within(lower)?, frame.height_within(upper)?))
    });
    for (_, run) in runs(limits) {
        if let [(x, lower, upper)] = run[..] {
            if x >= frame.area.x0 && x <= frame.area.x1 {
                for (a, b) in [
                    ((x, lower), (x, upper)),
                    ((x - 4.0, lower), (x + 4.0, lower)),
                    ((x - 4.0, upper), (x + 4.0, upper)),
                ] {
                    scene.segment(a, b, 1.4, ink);
                }
            }
            continue;
        }
        let above = run.iter().map(|&(x, _, upper)| (x, upper));
        let below = run.iter().rev().map(|&(x, lower, _)| (x, lower));
        let outline: Vec<Point> = above.chain(below).collect();
        scene.fill(frame.area.clip_polygon(outline), ink.alpha(BAND));
    }
}

/// Width and opacity of a line.
pub(super) fn strength(faded: bool) -> (f64, f64) {
    if faded { (THIN, FAINT) } else { (LINE, 1.0) }
}

/// Draws a line without its markers.
pub(super) fn line(scene: &mut Scene, frame: &Frame, style: usize, points: &[(f64, f64)], faded: bool) {
    let (width, alpha) = strength(faded);
    for (_, run) in &runs(points.iter().map(|&p| frame.place(p))) {
        for piece in frame.area.clip_polyline(run) {
            scene.dashed(&piece, palette::dash(style), width, palette::colour(style).alpha(alpha));
        }
    }
}

/// Draws the markers of a line.
pub(super) fn markers(scene: &mut Scene, frame: &Frame, style: usize, points: &[(f64, f64)], faded: bool) {
    let every = if points.len() > MARK_ALL { points.len().div_ceil(10) } else { 1 };
    // Series start at different points, so that their markers do not coincide.
    let offset = style * 3 % every;
    for (first, run) in runs(points.iter().map(|&p| frame.place(p))) {
        for (i, &point) in run.iter().enumerate() {
            if frame.area.holds(point) && (run.len() == 1 || (first + i) % every == offset) {
                palette::marker(scene, style, point, MARKER, strength(faded).1);
            }
        }
    }
}

/// Draws separate points; if there are many, smaller and translucent.
pub(super) fn scatter(scene: &mut Scene, frame: &Frame, style: usize, points: &[(f64, f64)]) {
    let (radius, alpha) = match points.len() {
        0..=60 => (MARKER, 0.85),
        61..=400 => (3.4, 0.65),
        _ => (2.6, 0.45),
    };
    for point in points.iter().filter_map(|&p| frame.place(p)).filter(|&p| frame.area.holds(p)) {
        palette::marker(scene, style, point, radius, alpha);
    }
}

/// Draws a known curve; over a heat map it gets a white halo.
pub(super) fn reference(scene: &mut Scene, frame: &Frame, index: usize, points: &[(f64, f64)], halo: bool) {
    for (_, run) in runs(points.iter().map(|&p| frame.place(p))) {
        for piece in frame.area.clip_polyline(&run) {
            if halo {
                scene.stroke(piece.clone(), 5.0, palette::WHITE.alpha(0.9));
            }
            scene.dashed(
                &piece,
                palette::reference_dash(index),
                if halo { 2.4 } else { 1.8 },
                palette::BLACK,
            );
        }
    }
}

/// How box plots share the positions on the horizontal axis.
#[derive(Clone, Debug, Default)]
pub(super) struct Dodge {
    /// Width of a position, in units of the scale of the axis.
    pub(super) slot: f64,
    /// The series that are drawn side by side; fewer than two if none ever share a position.
    series: Vec<String>,
    /// Whether each box shares its slot with a published one.
    published: bool,
}

impl Dodge {
    /// Considers all box plots of a chart, so that facets agree; `None` if there are none.
    pub(super) fn of(chart: &Chart) -> Option<Self> {
        let mut places: Vec<f64> = Vec::new();
        let mut series: Vec<String> = Vec::new();
        let (mut meet, mut published) = (false, false);
        for panel in &chart.panels {
            let mut taken: Vec<f64> = Vec::new();
            for layer in &panel.layers {
                let (name, boxes, ours) = match layer {
                    Layer::Boxes { name, boxes, .. } => (name, boxes, true),
                    Layer::PublishedBoxes { beside, boxes, .. } => (beside, boxes, false),
                    _ => continue,
                };
                if !series.contains(name) {
                    series.push(name.clone());
                }
                let own: Vec<f64> = boxes.iter().filter_map(|b| warp(chart.x.scale, b.at)).collect();
                places.extend(&own);
                if ours {
                    meet |= own.iter().any(|at| taken.contains(at));
                    taken.extend(&own);
                } else {
                    published = true;
                }
            }
        }
        if series.is_empty() {
            return None;
        }
        if !meet {
            series.clear();
        }
        places.sort_by(f64::total_cmp);
        let slot = places.windows(2).map(|p| p[1] - p[0]).filter(|&d| d > 0.0).fold(f64::INFINITY, f64::min);
        let alone = if chart.x.scale == Scale::Log10 { 0.3 } else { 1.0 };
        Some(Self { slot: if slot.is_finite() { slot } else { alone }, series, published })
    }

    /// Extends the axis to hold the outermost boxes.
    pub(super) fn widen(&self, extent: &mut Extent, at: f64, scale: Scale) {
        if let Some(at) = warp(scale, at) {
            extent.add_warped(at - self.slot / 2.0);
            extent.add_warped(at + self.slot / 2.0);
        }
    }

    /// The left and right sides of a measured box (`ours`) or a published one; `None` outside the frame.
    fn sides(&self, frame: &Frame, name: &str, at: f64, ours: bool) -> Option<(f64, f64)> {
        let count = self.series.len().max(1) as f64;
        let index = self.series.iter().position(|s| s == name).unwrap_or(0) as f64;
        let share = (0.8 * self.slot / (frame.x.high - frame.x.low) * frame.area.width() / count).min(70.0);
        let centre = frame.x_at(frame.x.fraction(at)?) + (index - (count - 1.0) / 2.0) * share;
        let half = (share * 0.42).min(26.0);
        let (left, right) = match (self.published, ours) {
            (false, _) => (-1.0, 1.0),
            (true, true) => (-1.0, 0.1),
            (true, false) => (0.25, 1.0),
        };
        let inside = centre >= frame.area.x0 && centre <= frame.area.x1;
        inside.then_some((centre + left * half, centre + right * half))
    }

    /// The horizontal centre of a box.
    pub(super) fn middle(&self, frame: &Frame, name: &str, at: f64, ours: bool) -> Option<f64> {
        self.sides(frame, name, at, ours).map(|(left, right)| (left + right) / 2.0)
    }
}

/// Draws box plots of one series in a style, or the published boxes next to them.
pub(super) fn boxes(
    scene: &mut Scene,
    frame: &Frame,
    dodge: &Dodge,
    name: &str,
    style: Option<usize>,
    boxes: &[BoxStats],
) {
    for stats in boxes {
        if let Some(sides) = dodge.sides(frame, name, stats.at, style.is_some()) {
            one_box(scene, frame, style, sides, stats);
        }
    }
}

fn one_box(
    scene: &mut Scene,
    frame: &Frame,
    style: Option<usize>,
    (left, right): (f64, f64),
    stats: &BoxStats,
) {
    let ink = style.map_or(palette::GREY, palette::colour);
    let centre = (left + right) / 2.0;
    let cap = (right - left) / 4.0;
    let height = |y| frame.height_within(y);
    if let (Some(q1), Some(q3)) = (height(stats.q1), height(stats.q3)) {
        for (quartile, end) in [(q1, height(stats.low)), (q3, height(stats.high))] {
            if let Some(end) = end {
                scene.segment((centre, quartile), (centre, end), 1.4, ink);
                scene.segment((centre - cap, end), (centre + cap, end), 1.4, ink);
            }
        }
        let (top, bottom) = (q3.min(q1), q3.max(q1));
        // A box with equal quartiles would be hidden by its median line.
        let more = ((FLATTEST - (bottom - top)) / 2.0).max(0.0);
        let body = Rect { x0: left, y0: top - more, x1: right, y1: bottom + more };
        match style {
            Some(style) => filled_box(scene, style, body),
            None => published_box(scene, body),
        }
    }
    if let Some(median) = height(stats.median).filter(|_| frame.y.fraction(stats.median).is_some()) {
        scene.segment((left, median), (right, median), 2.6, palette::BLACK);
    }
    for &y in &stats.outliers {
        let Some(y) = frame.y.fraction(y).map(|f| frame.y_at(f)) else { continue };
        if frame.area.holds((centre, y)) {
            let ring = (0..16).map(|k| std::f64::consts::TAU * f64::from(k) / 16.0);
            scene.outline(ring.map(|a| (centre + 2.4 * a.cos(), y + 2.4 * a.sin())).collect(), 1.1, ink);
        }
    }
}

/// Draws strokes, clipped to the frame.
pub(super) fn strokes(scene: &mut Scene, frame: &Frame, style: usize, strokes: &[Stroke]) {
    let place = |(x, y): (f64, f64)| {
        if !(x.is_finite() && y.is_finite()) {
            return None;
        }
        // Numbers without a logarithm lie at the end of the axis.
        let fraction = |axis: &Axis, v: f64| axis.fraction(v).unwrap_or(-0.1);
        Some((frame.x_at(fraction(&frame.x, x)), frame.y_at(fraction(&frame.y, y))))
    };
    for &(from, to) in strokes {
        let (Some(from), Some(to)) = (place(from), place(to)) else { continue };
        if let Some((a, b)) = frame.area.clip_segment(from, to) {
            scene.segment(a, b, 1.2, palette::colour(style));
        }
    }
}

/// Draws the body of a box in a style.
pub(super) fn filled_box(scene: &mut Scene, style: usize, body: Rect) {
    let ink = palette::colour(style);
    scene.fill(body.corners(), palette::WHITE);
    scene.fill(body.corners(), ink.alpha(0.3));
    for &(slope, gap) in palette::hatch(style) {
        hatch(scene, body, slope, gap, 0.9, ink.alpha(0.8));
    }
    scene.outline(body.corners(), 1.4, ink);
}

/// Draws the body of a published box, in a grey that no series has.
pub(super) fn published_box(scene: &mut Scene, body: Rect) {
    scene.fill(body.corners(), palette::WHITE);
    hatch(scene, body, 1, 3.5, 0.8, palette::MISSING_HATCH);
    scene.outline(body.corners(), 1.2, palette::GREY);
}

/// Draws a published value: dark and hollow, with the colour of its series inside.
pub(super) fn published_mark(scene: &mut Scene, (x, y): Point, ink: super::scene::Ink) {
    let reach = 6.5;
    let corners = vec![(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)];
    scene.fill(corners.clone(), palette::WHITE);
    scene.outline(corners, 1.6, palette::BLACK);
    scene.marks.push(super::scene::Mark::Disc { centre: (x, y), radius: 2.0, ink });
}

/// Draws parallel strokes across a rectangle; those of adjacent rectangles line up.
pub(super) fn hatch(scene: &mut Scene, area: Rect, slope: i8, gap: f64, width: f64, ink: super::scene::Ink) {
    let slope = f64::from(slope);
    // A stroke with offset c is y = c - slope * x.
    let offsets = [
        area.y0 + slope * area.x0,
        area.y0 + slope * area.x1,
        area.y1 + slope * area.x0,
        area.y1 + slope * area.x1,
    ];
    let low = offsets.iter().copied().fold(f64::INFINITY, f64::min);
    let high = offsets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Along the edge of the page, slanted strokes are further apart.
    let gap = gap * (1.0 + slope * slope).sqrt();
    let mut k = (low / gap).ceil();
    while k * gap <= high {
        let at = |x: f64| (x, k * gap - slope * x);
        if let Some((a, b)) = area.clip_segment(at(area.x0), at(area.x1)) {
            scene.segment(a, b, width, ink);
        }
        k += 1.0;
    }
}
