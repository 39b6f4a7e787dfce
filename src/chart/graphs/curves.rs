//! Curves between nodes that keep clear of the others.

use super::super::scene::Point;

/// Bends tried, relative to the length of an edge.
const BENDS: [f64; 9] = [0.0, 0.09, -0.09, 0.18, -0.18, 0.28, -0.28, 0.4, -0.4];
/// Points of a curve.
const STEPS: usize = 40;
/// Distance to keep from other nodes.
const CLEAR: f64 = 7.0;
/// Corners of each rounded end.
const CORNERS: usize = 9;

/// A node: a bar with round ends, wider than high.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    pub(super) middle: Point,
    /// Half the width and half the height.
    pub(super) half: (f64, f64),
}

impl Outline {
    /// Distance of a point from the border; negative inside.
    fn distance(&self, (x, y): Point) -> f64 {
        let core = self.half.0 - self.half.1;
        let beyond = ((x - self.middle.0).abs() - core).max(0.0);
        beyond.hypot(y - self.middle.1) - self.half.1
    }

    /// The border.
    pub(super) fn corners(&self) -> Vec<Point> {
        let core = self.half.0 - self.half.1;
        let end = |side: f64| {
            (0..CORNERS).map(move |k| {
                let angle = std::f64::consts::PI * (k as f64 / (CORNERS - 1) as f64 - 0.5);
                let (dx, dy) = (core + self.half.1 * angle.cos(), self.half.1 * angle.sin());
                (self.middle.0 + side * dx, self.middle.1 + side * dy)
            })
        };
        end(1.0).chain(end(-1.0)).collect()
    }
}

/// A curve with one bend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    from: Point,
    control: Point,
    to: Point,
}

impl Curve {
    /// The curve between two nodes with the smallest bend that keeps clear of the others, as far as one does. Its shape
    /// does not depend on the direction.
    pub(super) fn between(nodes: &[Outline], from: usize, to: usize) -> Self {
        let (a, b) = (nodes[from.min(to)].middle, nodes[from.max(to)].middle);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let bent = |bend: f64| Self {
            from: a,
            control: ((a.0 + b.0) / 2.0 - 2.0 * bend * dy, (a.1 + b.1) / 2.0 + 2.0 * bend * dx),
            to: b,
        };
        let cost = |curve: &Self, bend: f64| {
            let others = nodes.iter().enumerate().filter(|(i, _)| *i != from && *i != to);
            let close: f64 = others
                .map(|(_, node)| {
                    let near = curve.points().map(|p| node.distance(p)).fold(f64::INFINITY, f64::min);
                    (CLEAR - near).max(0.0).powi(2)
                })
                .sum();
            close + 200.0 * bend * bend
        };
        let mut best = (f64::INFINITY, bent(0.0));
        for bend in BENDS {
            let curve = bent(bend);
            let cost = cost(&curve, bend);
            if cost < best.0 - 1e-9 {
                best = (cost, curve);
            }
        }
        if from < to { best.1 } else { Self { from: best.1.to, to: best.1.from, ..best.1 } }
    }

    fn points(&self) -> impl Iterator<Item = Point> {
        let Self { from, control, to } = *self;
        (0..=STEPS).map(move |k| {
            let t = k as f64 / STEPS as f64;
            let (p, q, r) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (p * from.0 + q * control.0 + r * to.0, p * from.1 + q * control.1 + r * to.1)
        })
    }

    /// The part of the curve outside the two nodes.
    pub(super) fn outside(&self, from: &Outline, to: &Outline) -> Vec<Point> {
        const GAP: f64 = 1.5;
        let free = |p: &Point| from.distance(*p) > GAP && to.distance(*p) > GAP;
        let all: Vec<Point> = self.points().collect();
        let Some(first) = all.iter().position(free) else { return Vec::new() };
        let last = all.iter().rposition(free).unwrap_or(first);
        let mut part = all[first..=last].to_vec();
        // Up to the border, between the last point inside and the first one outside.
        let border = |node: &Outline, inside: Point, outside: Point| {
            let (mut low, mut high) = (0.0, 1.0);
            let on = |t: f64| (inside.0 + t * (outside.0 - inside.0), inside.1 + t * (outside.1 - inside.1));
            for _ in 0..20 {
                let middle = (low + high) / 2.0;
                if node.distance(on(middle)) > GAP { high = middle } else { low = middle }
            }
            on(high)
        };
        if first > 0 {
            part.insert(0, border(from, all[first - 1], all[first]));
        }
        if last + 1 < all.len() {
            part.push(border(to, all[last + 1], all[last]));
        }
        part
    }
}

/// A polyline without its last `length`.
pub(super) fn shortened(points: &[Point], length: f64) -> Vec<Point> {
    let mut kept = points.to_vec();
    let mut left = length;
    while let [.., a, b] = kept.as_slice() {
        let (a, b) = (*a, *b);
        let step = (b.0 - a.0).hypot(b.1 - a.1);
        kept.pop();
        if step > left {
            let t = (step - left) / step;
            kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            break;
        }
        left -= step;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(x: f64, y: f64) -> Outline {
        Outline { middle: (x, y), half: (14.0, 10.0) }
    }

    #[test]
    fn a_curve_goes_around_a_node_in_its_way() {
        let free = [node(0.0, 0.0), node(0.0, 200.0), node(90.0, 100.0)];
        let straight = Curve::between(&free, 0, 1);
        assert!(straight.points().all(|p| p.0.abs() < 1e-9));
        let blocked = [node(0.0, 0.0), node(0.0, 200.0), node(0.0, 100.0)];
        let (down, up) = (Curve::between(&blocked, 0, 1), Curve::between(&blocked, 1, 0));
        assert!(down.points().all(|p| blocked[2].distance(p) > 0.0));
        let same = down.points().zip(up.points().collect::<Vec<_>>().into_iter().rev());
        assert!(same.into_iter().all(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1) < 1e-9));
    }

    #[test]
    fn a_curve_begins_and_ends_at_the_borders() {
        let nodes = [node(0.0, 0.0), node(100.0, 80.0)];
        let points = Curve::between(&nodes, 0, 1).outside(&nodes[0], &nodes[1]);
        let (first, last) = (points[0], points[points.len() - 1]);
        assert!((nodes[0].distance(first) - 1.5).abs() < 1e-3, "{first:?}");
        assert!((nodes[1].distance(last) - 1.5).abs() < 1e-3, "{last:?}");
        let short = shortened(&points, 9.0);
        let end = short[short.len() - 1];
        assert!(((end.0 - last.0).hypot(end.1 - last.1) - 9.0).abs() < 0.1);
        // Nodes on top of each other have nothing between them.
        let same = [node(0.0, 0.0), node(0.0, 0.0)];
        assert!(Curve::between(&same, 0, 1).outside(&same[0], &same[1]).is_empty());
    }
}
