//! Fills shapes on a pixel grid with antialiasing.
//!
//! The bitmap backend of plotters fills polygons in whole pixels; this module computes how much of each pixel
//! a shape covers and passes that on pixel by pixel.

use super::scene::Point;

/// Scan lines per row of pixels.
const LINES: u32 = 8;

/// Calls `pixel(x, y, coverage)` for each pixel that the shape covers, fully or partly, in a picture of the
/// given size. Uses the nonzero winding rule where contours overlap.
pub(super) fn cover(edges: &[(Point, Point)], size: (u32, u32), mut pixel: impl FnMut(i32, i32, f64)) {
    let (mut top, mut bottom) = (f64::INFINITY, f64::NEG_INFINITY);
    for &((_, y0), (_, y1)) in edges {
        top = top.min(y0.min(y1));
        bottom = bottom.max(y0.max(y1));
    }
    if top > bottom {
        return;
    }
    let first = top.floor().clamp(0.0, f64::from(size.1)) as usize;
    let last = bottom.ceil().clamp(0.0, f64::from(size.1)) as usize;
    // Group the edges by the row where they begin, so that each row only looks at its own.
    let mut begins: Vec<Vec<usize>> = vec![Vec::new(); last.saturating_sub(first)];
    for (i, &((_, y0), (_, y1))) in edges.iter().enumerate() {
        let row = (y0.min(y1).floor().max(0.0) as usize).saturating_sub(first);
        if let Some(row) = begins.get_mut(row) {
            row.push(i);
        }
    }
    let mut active: Vec<usize> = Vec::new();
    let mut crossings: Vec<(f64, i32)> = Vec::new();
    let mut row = vec![0.0; size.0 as usize];
    for y in first..last {
        active.append(&mut begins[y - first]);
        active.retain(|&i| edges[i].0.1.max(edges[i].1.1) > y as f64);
        let mut touched = (size.0 as usize, 0);
        for line in 0..LINES {
            let level = y as f64 + (f64::from(line) + 0.5) / f64::from(LINES);
            crossings.clear();
            for &i in &active {
                let ((x0, y0), (x1, y1)) = edges[i];
                if (y0 <= level) != (y1 <= level) {
                    let x = x0 + (level - y0) / (y1 - y0) * (x1 - x0);
                    crossings.push((x, if y1 > y0 { 1 } else { -1 }));
                }
            }
            crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossings.windows(2) {
                winding += pair[0].1;
                if winding != 0 {
                    let span = add_span(&mut row, pair[0].0, pair[1].0);
                    touched = (touched.0.min(span.0), touched.1.max(span.1));
                }
            }
        }
        for (x, covered) in row.iter_mut().enumerate().take(touched.1).skip(touched.0) {
            let coverage = std::mem::take(covered) / f64::from(LINES);
            if coverage > 1.0 / 512.0 {
                pixel(x as i32, y as i32, coverage.min(1.0));
            }
        }
    }
}

/// Adds the covered part of each pixel between two positions to a row; returns the range of pixels touched.
fn add_span(row: &mut [f64], from: f64, to: f64) -> (usize, usize) {
    let (from, to) = (from.clamp(0.0, row.len() as f64), to.clamp(0.0, row.len() as f64));
    let (first, last) = (from.floor() as usize, to.ceil() as usize);
    for (x, covered) in row.iter_mut().enumerate().take(last).skip(first) {
        *covered += (to.min(x as f64 + 1.0) - from.max(x as f64)).max(0.0);
    }
    (first.min(last), last)
}

/// The edges of a polygon.
pub(super) fn polygon(points: &[Point]) -> Vec<(Point, Point)> {
    (0..points.len()).map(|i| (points[i], points[(i + 1) % points.len()])).collect()
}

/// The edges of a disc.
pub(super) fn disc((x, y): Point, radius: f64) -> Vec<(Point, Point)> {
    let sides = (radius * 5.0).clamp(12.0, 96.0) as u32;
    let points: Vec<Point> = (0..sides)
        .map(|k| {
            let angle = std::f64::consts::TAU * f64::from(k) / f64::from(sides);
            (x + radius * angle.cos(), y + radius * angle.sin())
        })
        .collect();
    polygon(&points)
}

/// The edges of a stroke with flat ends and round joins. All its parts have the same orientation, so that
/// their overlaps stay filled.
pub(super) fn stroke(points: &[Point], width: f64) -> Vec<(Point, Point)> {
    let half = width / 2.0;
    let mut edges = Vec::new();
    for (i, pair) in points.windows(2).enumerate() {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if length > 0.0 {
            let (nx, ny) = ((b.1 - a.1) / length * half, -(b.0 - a.0) / length * half);
            let corners =
                [(a.0 + nx, a.1 + ny), (b.0 + nx, b.1 + ny), (b.0 - nx, b.1 - ny), (a.0 - nx, a.1 - ny)];
            edges.extend(polygon(&corners));
        }
        if i > 0 && half > 0.6 {
            edges.extend(disc(a, half));
        }
    }
    edges
}
