//! Writes a scene as SVG for our HTML pages.
//!
//! Colours are classes, so that the light and dark schemes of the page apply to its charts. Marks are grouped
//! by series, so that a series can be hidden. Every tooltip is an element with its text as a title, which
//! also works without scripts.

use std::fmt::Write;

use super::legend::Entry;
use super::model::{Chart, ChartError};
use super::paint::{check_size, escape, svg_text};
use super::scene::{Ink, Mark, Point, Scene};
use super::series::{BAND, FAINT};
use super::web_colours::Colour;

/// A chart for embedding in a page.
#[derive(Clone, Debug)]
pub struct Interactive {
    /// An `svg` element.
    pub svg: String,
    /// Names of its series, indexed by `data-s`.
    pub series: Vec<String>,
    /// Its legend, which is not part of it: names, each with a sample as an `svg` element.
    pub legend: Vec<(String, String)>,
}

/// Formats a length, rounded to tenths of a pixel, without trailing zeros.
fn tenth(x: f64) -> String {
    // Avoid negative zero.
    let x = (x * 10.0).round() / 10.0 + 0.0;
    x.to_string()
}

/// The `d` of a path: every step starts from the rounded end of the last one, so that rounding errors do not
/// add up.
#[derive(Default)]
struct Path {
    data: String,
    at: (i64, i64),
}

impl Path {
    fn step(&mut self, letter: &str, (x, y): Point) {
        let to = ((x * 10.0).round() as i64, (y * 10.0).round() as i64);
        let text = |tenths: i64| (tenths as f64 / 10.0).to_string();
        let (dx, dy) = (text(to.0 - self.at.0), text(to.1 - self.at.1));
        let gap = if dy.starts_with('-') { "" } else { " " };
        // A number may follow another without a letter.
        let gap_before = if letter.is_empty() && !dx.starts_with('-') { " " } else { letter };
        self.data.push_str(gap_before);
        self.data.push_str(&dx);
        self.data.push_str(gap);
        self.data.push_str(&dy);
        self.at = to;
    }

    fn shape(&mut self, points: &[Point], closed: bool) {
        let start = points.first();
        for (i, &point) in points.iter().enumerate() {
            // At the start of the whole path, where `m` would be absolute, both mean the same.
            self.step(["m", "l", ""][i.min(2)], point);
        }
        if let (true, Some(&start)) = (closed, start) {
            self.data.push('z');
            self.at = ((start.0 * 10.0).round() as i64, (start.1 * 10.0).round() as i64);
        }
    }

    /// Adds a stroke of zero length, whose round ends draw a dot.
    fn dot(&mut self, centre: Point) {
        self.step("m", centre);
        self.data.push_str("h0");
    }
}

/// Marks that look the same and are written as one element.
#[derive(PartialEq)]
enum Look {
    Fill(Ink),
    Stroke(Ink, f64),
    /// A dot: a stroke of zero length with round ends.
    Dot(Ink, f64),
}

impl Look {
    fn of(mark: &Mark) -> Option<Self> {
        match mark {
            Mark::Fill { ink, .. } => Some(Self::Fill(*ink)),
            Mark::Stroke { ink, width, .. } => Some(Self::Stroke(*ink, *width)),
            Mark::Disc { ink, radius, .. } => Some(Self::Dot(*ink, 2.0 * radius)),
            Mark::Text(_) => None,
        }
    }

    fn ink(&self) -> Ink {
        let (Self::Fill(ink) | Self::Stroke(ink, _) | Self::Dot(ink, _)) = self;
        *ink
    }

    /// Whether another mark may join this element: translucent marks must stay separate, except the dashes of a line.
    fn takes(&self, other: &Self) -> bool {
        let alpha = self.ink().alpha;
        (alpha >= 1.0 || alpha == FAINT) && self == other
    }

    /// The same without transparency.
    fn opaque(&self) -> Self {
        let ink = self.ink().alpha(1.0);
        match *self {
            Self::Fill(_) => Self::Fill(ink),
            Self::Stroke(_, width) => Self::Stroke(ink, width),
            Self::Dot(_, width) => Self::Dot(ink, width),
        }
    }

    fn element(&self, data: &str) -> String {
        // A class, so that the page can show the series in full while it is pointed at.
        if self.ink().alpha == FAINT {
            return format!("<g class=\"faint\">{}</g>", self.opaque().element(data));
        }
        match self {
            Self::Fill(ink) if ink.alpha == BAND => {
                let fill = Colour::of(*ink).filled(*ink);
                format!("<g class=\"band\"><path {fill} d=\"{data}\"/></g>")
            }
            Self::Fill(ink) => format!("<path {} d=\"{data}\"/>", Colour::of(*ink).filled(*ink)),
            Self::Stroke(ink, width) => {
                let width = tenth(*width);
                format!("<path {} stroke-width=\"{width}\" d=\"{data}\"/>", Colour::of(*ink).stroked(*ink))
            }
            Self::Dot(ink, width) => format!(
                "<path {} stroke-width=\"{}\" stroke-linecap=\"round\" d=\"{data}\"/>",
                Colour::of(*ink).stroked(*ink),
                tenth(*width)
            ),
        }
    }
}

/// Writes some marks of one series; consecutive ones of the same look are joined.
fn marks(out: &mut String, marks: &[Mark]) {
    let mut open: Option<(Look, Path)> = None;
    let close = |out: &mut String, open: &mut Option<(Look, Path)>| {
        if let Some((look, path)) = open.take() {
            out.push_str(&look.element(&path.data));
        }
    };
    for mark in marks {
        let Some(look) = Look::of(mark) else {
            close(out, &mut open);
            if let Mark::Text(label) = mark {
                out.push_str(&svg_text(label, tenth, &Colour::of(label.ink).filled(label.ink)));
            }
            continue;
        };
        if !open.as_ref().is_some_and(|(its, _)| its.takes(&look)) {
            close(out, &mut open);
            open = Some((look, Path::default()));
        }
        if let Some((_, path)) = &mut open {
            match mark {
                Mark::Fill { points, .. } => path.shape(points, true),
                Mark::Stroke { points, .. } => path.shape(points, false),
                Mark::Disc { centre, .. } => path.dot(*centre),
                Mark::Text(_) => {}
            }
        }
    }
    close(out, &mut open);
}

/// Smallest size of a text on the page, in pixels.
const SMALLEST: f64 = 8.5;

/// Size of the smallest text of a scene, in units of the scene.
fn smallest(scene: &Scene) -> f64 {
    let sizes = scene.marks.iter().filter_map(|mark| match mark {
        Mark::Text(label) => Some(label.size),
        _ => None,
    });
    sizes.fold(f64::INFINITY, f64::min).min(1e3)
}

/// The sample of a legend's entry.
fn sample(scene: &Scene) -> String {
    let (width, height) = (tenth(scene.width), tenth(scene.height));
    let mut out = format!(
        "<svg class=\"sample\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" aria-hidden=\"true\">"
    );
    marks(&mut out, &scene.marks);
    out + "</svg>"
}

/// Draws the scene as an `svg` element, its legend apart.
pub(super) fn draw(
    scene: &Scene,
    entries: &[Entry],
    chart: &Chart,
    id: &str,
) -> Result<Interactive, ChartError> {
    check_size(scene, 1.0)?;
    let least = (SMALLEST / smallest(scene) * scene.width).ceil();
    let mut out = format!(
        "<svg viewBox=\"0 0 {} {}\" style=\"--least:{least}px\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\" stroke-linejoin=\"round\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\n",
        tenth(scene.width),
        tenth(scene.height),
        escape(&chart.title),
        escape(&chart.alt)
    );
    let mut turns = scene.turns.clone();
    turns.insert(0, (0, None));
    for (i, &(from, series)) in turns.iter().enumerate() {
        let to = turns.get(i + 1).map_or(scene.marks.len(), |next| next.0);
        let Some(own) = scene.marks.get(from..to).filter(|own| !own.is_empty()) else { continue };
        match series {
            // Writing into a String cannot fail.
            Some(series) => {
                let _ = write!(out, "<g data-s=\"{series}\">");
            }
            None => out.push_str("<g>"),
        }
        marks(&mut out, own);
        out.push_str("</g>\n");
    }
    out.push_str("<g class=\"spots\">");
    for spot in &scene.spots {
        let series = spot.series.map_or_else(String::new, |s| format!(" data-s=\"{s}\""));
        let _ = write!(
            out,
            "<circle{series} cx=\"{}\" cy=\"{}\" r=\"7\"><title>{}</title></circle>",
            tenth(spot.at.0),
            tenth(spot.at.1),
            escape(&spot.text)
        );
    }
    out.push_str("</g></svg>\n");
    let legend = entries.iter().map(|entry| (entry.name().to_owned(), sample(&entry.sample()))).collect();
    Ok(Interactive { svg: out, series: scene.series.clone(), legend })
}

#[cfg(test)]
mod tests {
    use super::super::{Layer, Panel, interactive, palette, style_sheet};
    use super::*;

    fn chart() -> Chart {
        let line = |name: &str, style: usize, y: f64| Layer::Line {
            name: name.into(),
            style,
            points: vec![(1.0, y), (2.0, 2.0 * y), (3.0, y)],
            band: vec![(0.9 * y, 1.1 * y); 3],
        };
        let layers = vec![
            line("lasso <1>", 0, 1.0),
            line("ista", 1, 2.0),
            Layer::Reference { name: "bound".into(), points: vec![(1.0, 1.5), (3.0, 1.5)] },
        ];
        Chart {
            title: "A & B".into(),
            alt: "what it shows".into(),
            panels: vec![Panel { title: String::new(), layers }],
            ..Chart::default()
        }
    }

    #[test]
    fn every_series_has_marks_and_spots_of_its_own() {
        let drawn = interactive(&chart(), "f").unwrap();
        assert_eq!(drawn.series, ["lasso <1>", "ista", "bound"]);
        // The legend stands apart, each name with its line, marker and band.
        let names: Vec<&str> = drawn.legend.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["lasso <1>", "ista", "bound"]);
        assert_eq!(drawn.svg.matches(">ista<").count(), 1, "at the end of its line: {}", drawn.svg);
        for (i, (_, sample)) in drawn.legend.iter().take(2).enumerate() {
            assert!(
                sample.contains(&format!("class=\"k{i}\"")) && sample.contains("class=\"band\""),
                "{sample}"
            );
        }
        for series in 0..2 {
            let own = format!("<circle data-s=\"{series}\"");
            assert_eq!(drawn.svg.matches(&own).count(), 3, "{}", drawn.svg);
            assert!(drawn.svg.contains(&format!("<g data-s=\"{series}\">")));
            assert!(drawn.svg.contains(&format!("<path class=\"k{series}\"")));
        }
        assert!(drawn.svg.contains("<title>lasso &lt;1&gt;: 2 [0.9, 1.1] at 2</title>"), "{}", drawn.svg);
        assert!(drawn.svg.contains("<title id=\"f-t\">A &amp; B</title><desc id=\"f-d\">what it shows"));
    }

    #[test]
    fn all_colours_of_the_house_are_classes() {
        let drawn = interactive(&chart(), "f").unwrap();
        assert!(!drawn.svg.contains('#'), "{}", drawn.svg);
        let rules = style_sheet();
        let used = drawn.svg.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for class in used.filter(|class| !["spots", "band"].contains(class)) {
            assert!(rules.contains(&format!(".{class}{{")), "{class}");
        }
    }

    #[test]
    fn faded_lines_can_be_shown_in_full() {
        let faded = Chart { faded: vec!["ista".into()], ..chart() };
        let drawn = interactive(&faded, "f").unwrap();
        // The dashes of the line are one element; its band is there to be pointed at.
        let line = "<g data-s=\"1\"><g class=\"faint\"><path class=\"k1\" stroke-width=\"1.3\"";
        assert_eq!(drawn.svg.matches(line).count(), 1, "{}", drawn.svg);
        assert!(!drawn.svg.contains("stroke-opacity"), "{}", drawn.svg);
        assert!(drawn.svg.contains("<g data-s=\"1\"><g class=\"band\">"), "{}", drawn.svg);
        assert!(drawn.legend[1].1.contains("class=\"faint\"") && !drawn.legend[0].1.contains("faint"));
        assert!(
            style_sheet().contains(".faint{opacity:") && style_sheet().contains(".hot .faint{opacity:1}")
        );
    }

    #[test]
    fn steps_add_up_to_the_places() {
        let mut path = Path::default();
        path.shape(&[(1.04, 2.0), (1.09, 1.0), (3.0, -1.0)], true);
        path.shape(&[(5.0, 5.0), (5.06, 5.0)], false);
        assert_eq!(path.data, "m1 2l0.1-1 1.9-2zm4 3l0.1 0");
    }

    #[test]
    fn neighbours_of_one_look_are_one_element() {
        let ink = palette::colour(0);
        let dot = |x: f64| Mark::Disc { centre: (x, 1.0), radius: 2.0, ink };
        let faint = |x: f64| Mark::Disc { centre: (x, 1.0), radius: 2.0, ink: ink.alpha(0.5) };
        let mut out = String::new();
        marks(&mut out, &[dot(1.0), dot(2.25), faint(3.0), faint(4.0)]);
        assert_eq!(out.matches("<path").count(), 3, "{out}");
        assert!(out.contains("d=\"m1 1h0m1.3 0h0\""), "{out}");
    }
}
