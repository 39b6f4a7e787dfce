//! The elements of a picture: fills, strokes, discs and texts, in pixels of the page.

/// A position on the page; y points down.
pub(super) type Point = (f64, f64);

/// A colour and its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    pub(super) rgb: (u8, u8, u8),
    pub(super) alpha: f64,
}

impl Ink {
    /// The opaque colour `0xRRGGBB`.
    pub(super) const fn hex(rgb: u32) -> Self {
        Self { rgb: ((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8), alpha: 1.0 }
    }

    pub(super) const fn alpha(self, alpha: f64) -> Self {
        Self { rgb: self.rgb, alpha }
    }
}

/// An axis-aligned rectangle; `x0 <= x1`, `y0 <= y1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    pub(super) fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    pub(super) fn corners(&self) -> Vec<Point> {
        vec![(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)]
    }

    /// Whether a point lies inside, with a tiny tolerance.
    pub(super) fn holds(&self, (x, y): Point) -> bool {
        const HAIR: f64 = 1e-6;
        x >= self.x0 - HAIR && x <= self.x1 + HAIR && y >= self.y0 - HAIR && y <= self.y1 + HAIR
    }

    /// The part of a segment inside, if any (Liang and Barsky).
    pub(super) fn clip_segment(&self, a: Point, b: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (p, q) in [(-dx, a.0 - self.x0), (dx, self.x1 - a.0), (-dy, a.1 - self.y0), (dy, self.y1 - a.1)] {
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        let on = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        (enter <= leave)
            .then(|| (if enter == 0.0 { a } else { on(enter) }, if leave == 1.0 { b } else { on(leave) }))
    }

    /// The pieces of a polyline inside.
    pub(super) fn clip_polyline(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        for pair in points.windows(2) {
            let Some((a, b)) = self.clip_segment(pair[0], pair[1]) else { continue };
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&a) => piece.push(b),
                _ => pieces.push(vec![a, b]),
            }
        }
        pieces
    }

    /// The part of a polygon inside (Sutherland and Hodgman).
    pub(super) fn clip_polygon(&self, points: Vec<Point>) -> Vec<Point> {
        // Signed distances to the four sides, positive inside.
        let sides: [&dyn Fn(Point) -> f64; 4] =
            [&|p: Point| p.0 - self.x0, &|p: Point| self.x1 - p.0, &|p: Point| p.1 - self.y0, &|p: Point| {
                self.y1 - p.1
            }];
        sides.into_iter().fold(points, |polygon, inside| {
            let mut kept = Vec::with_capacity(polygon.len() + 4);
            for (i, &b) in polygon.iter().enumerate() {
                let a = polygon[(i + polygon.len() - 1) % polygon.len()];
                let (da, db) = (inside(a), inside(b));
                if (da < 0.0) != (db < 0.0) {
                    let t = da / (da - db);
                    kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
                }
                if db >= 0.0 {
                    kept.push(b);
                }
            }
            kept
        })
    }
}

/// Which point of a text its position refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Weight of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) text: String,
    /// Position of the anchor, on the baseline.
    pub(super) at: Point,
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) anchor: Anchor,
    /// Whether the text reads upwards instead of to the right.
    pub(super) upward: bool,
    pub(super) ink: Ink,
}

impl Label {
    /// A text that reads to the right.
    pub(super) fn new(text: &str, at: Point, size: f64, weight: Weight, anchor: Anchor, ink: Ink) -> Self {
        Self { text: text.to_owned(), at, size, weight, anchor, upward: false, ink }
    }
}

/// One element of a picture.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    Fill { points: Vec<Point>, ink: Ink },
    Stroke { points: Vec<Point>, width: f64, ink: Ink },
    Disc { centre: Point, radius: f64, ink: Ink },
    Text(Label),
}

/// A position with a tooltip.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) at: Point,
    pub(super) text: String,
    /// Index of the series it belongs to.
    pub(super) series: Option<usize>,
}

/// A picture: its size, and its elements from back to front.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) marks: Vec<Mark>,
    /// Names of the series that marks can belong to.
    pub(super) series: Vec<String>,
    /// Indices of marks from which on marks belong to another series; those before the first belong to none.
    pub(super) turns: Vec<(usize, Option<usize>)>,
    pub(super) spots: Vec<Spot>,
}

impl Scene {
    /// Assigns what is drawn from now on to the series of this name, or to none if the name is empty.
    pub(super) fn belongs_to(&mut self, name: &str) {
        let series = (!name.is_empty()).then(|| match self.series.iter().position(|s| s == name) {
            Some(index) => index,
            None => {
                self.series.push(name.to_owned());
                self.series.len() - 1
            }
        });
        self.turns.push((self.marks.len(), series));
    }

    /// Adds a tooltip of the current series at this position.
    pub(super) fn spot(&mut self, at: Point, text: String) {
        let series = self.turns.last().and_then(|turn| turn.1);
        self.spots.push(Spot { at, text, series });
    }

    pub(super) fn fill(&mut self, points: Vec<Point>, ink: Ink) {
        if points.len() > 2 {
            self.marks.push(Mark::Fill { points, ink });
        }
    }

    pub(super) fn stroke(&mut self, points: Vec<Point>, width: f64, ink: Ink) {
        if points.len() > 1 {
            self.marks.push(Mark::Stroke { points, width, ink });
        }
    }

    pub(super) fn segment(&mut self, a: Point, b: Point, width: f64, ink: Ink) {
        self.stroke(vec![a, b], width, ink);
    }

    /// A polyline with the dash `pattern` (alternating lengths on and off); solid if it is empty.
    pub(super) fn dashed(&mut self, points: &[Point], pattern: &[f64], width: f64, ink: Ink) {
        let points = sparse(points);
        if pattern.is_empty() {
            return self.stroke(points, width, ink);
        }
        for piece in dashes(&points, pattern) {
            self.stroke(piece, width, ink);
        }
    }

    /// The outline of a closed shape.
    pub(super) fn outline(&mut self, mut points: Vec<Point>, width: f64, ink: Ink) {
        // Ending halfway along the first side gives every corner a join.
        if let [first, second, ..] = points[..] {
            let middle = ((first.0 + second.0) / 2.0, (first.1 + second.1) / 2.0);
            points[0] = middle;
            points.push(first);
            points.push(middle);
        }
        self.stroke(points, width, ink);
    }

    pub(super) fn text(&mut self, label: Label) {
        if !label.text.is_empty() {
            self.marks.push(Mark::Text(label));
        }
    }
}

/// A polyline without the points that are visually the same as the one before.
fn sparse(points: &[Point]) -> Vec<Point> {
    const SAME: f64 = 0.2;
    let mut kept: Vec<Point> = Vec::new();
    for (i, &p) in points.iter().enumerate() {
        let far = kept.last().is_none_or(|last| (p.0 - last.0).hypot(p.1 - last.1) > SAME);
        if far || i + 1 == points.len() {
            kept.push(p);
        }
    }
    kept
}

/// Cuts a polyline into dashes.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    let (mut phase, mut left) = (0, pattern[0]);
    if let Some(&first) = points.first() {
        piece.push(first);
    }
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        let mut gone = 0.0;
        while length - gone > left {
            gone += left;
            let p = (a.0 + (b.0 - a.0) * gone / length, a.1 + (b.1 - a.1) * gone / length);
            if phase % 2 == 0 {
                piece.push(p);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![p];
            }
            phase = (phase + 1) % pattern.len();
            left = pattern[phase];
        }
        left -= length - gone;
        if phase % 2 == 0 {
            piece.push(b);
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
