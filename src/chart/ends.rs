//! Names of lines at their right-hand ends, outside the frame, where they fit.

use super::axis::{Axis, Frame};
use super::font;
use super::layout::Page;
use super::legend::Entry;
use super::model::{Chart, Layer, Panel};
use super::palette;
use super::scene::{Anchor, Label, Scene, Weight};
use super::series;
use super::sizes::HALF_CAP;

const SIZE: f64 = 13.0;
/// Distance between the baselines of names.
const HEIGHT: f64 = SIZE * 1.16;
/// How far a name may be moved from the end of its line, in heights: enough for three lines that end at one place.
const FARTHEST: f64 = 1.3;
/// Space between the frame and the names.
const GAP: f64 = 12.0;
/// The largest share of the page's width for the names.
const SHARE: f64 = 0.2;
/// A line that ends before this fraction of the horizontal axis has no name at the frame.
const NEAR: f64 = 0.88;

/// A line's name, and where the line ends.
#[derive(Clone, Debug)]
pub(super) struct End {
    name: String,
    /// The name as it is shown, cut if it is long.
    text: String,
    style: usize,
    /// The last point of the line, in fractions of the axes.
    at: (f64, f64),
}

/// The names that a chart can show if there is room for them.
pub(super) struct Plan {
    /// By panel; empty for a panel that shows none.
    panels: Vec<Vec<End>>,
    /// Space to the right of the frame.
    pub(super) margin: f64,
}

impl Plan {
    /// The names in the last of `columns` columns of panels on a page of this width; `None` if no panel can show any.
    pub(super) fn of(chart: &Chart, (columns, width): (usize, f64), x: &Axis, y: &[Axis]) -> Option<Self> {
        // A single line needs no name to tell it from others.
        let mut names = chart.panels.iter().flat_map(|panel| &panel.layers).filter_map(line_name);
        let first = names.next()?;
        if names.all(|name| name == first) {
            return None;
        }
        let room = SHARE * width - GAP;
        let mut panels = Vec::new();
        for (i, panel) in chart.panels.iter().enumerate() {
            let last = i % columns + 1 == columns;
            let ends =
                y.get(i.min(y.len() - 1)).filter(|_| last).and_then(|y| ends(chart, panel, x, y, room));
            panels.push(ends.unwrap_or_default());
        }
        let all = || panels.iter().flatten();
        let widest = all().map(|end| font::room(&end.text, SIZE, Weight::Regular)).fold(0.0, f64::max);
        (all().count() > 0).then_some(Self { panels, margin: GAP + widest })
    }

    /// The entries that the legend must have in addition: in a single panel, those that are not named in full.
    pub(super) fn others(&self, entries: &[Entry]) -> Vec<Entry> {
        let [ends] = self.panels.as_slice() else { return entries.to_vec() };
        let named = |entry: &&Entry| {
            entry.is_line() && ends.iter().any(|end| end.name == entry.name() && end.text == end.name)
        };
        entries.iter().filter(|entry| !named(entry)).cloned().collect()
    }

    /// The names of each panel with the heights of their middles on the page; no names where they do not fit.
    pub(super) fn placed(self, page: &Page) -> Vec<Vec<(End, f64)>> {
        let one = |(i, ends): (usize, Vec<End>)| {
            let Some(area) = page.cells.get(i).map(|cell| cell.area) else { return Vec::new() };
            let wanted: Vec<f64> = ends.iter().map(|end| area.y1 - end.at.1 * area.height()).collect();
            let places = spread(&wanted, HEIGHT, area.y0 + HEIGHT / 2.0, area.y1 - HEIGHT / 2.0);
            places.map_or_else(Vec::new, |places| ends.into_iter().zip(places).collect())
        };
        self.panels.into_iter().enumerate().map(one).collect()
    }
}

fn line_name(layer: &Layer) -> Option<&str> {
    match layer {
        Layer::Line { name, .. } if !name.trim().is_empty() => Some(name),
        _ => None,
    }
}

/// The ends of a panel's lines; `None` if one of them is not at the right, or two names look the same.
fn ends(chart: &Chart, panel: &Panel, x: &Axis, y: &Axis, room: f64) -> Option<Vec<End>> {
    let mut found: Vec<End> = Vec::new();
    for layer in &panel.layers {
        let Layer::Line { name, style, points, .. } = layer else { continue };
        if line_name(layer).is_none()
            || chart.faded.contains(name)
            || found.iter().any(|end| end.name == *name)
        {
            continue;
        }
        let inside = |f: &f64| (0.0..=1.0).contains(f);
        let place = |p: &(f64, f64)| Some((x.fraction(p.0).filter(inside)?, y.fraction(p.1).filter(inside)?));
        // The first of the rightmost points is as good as any other.
        let Some(at) = points.iter().filter_map(place).reduce(|a, b| if b.0 > a.0 { b } else { a }) else {
            continue;
        };
        let text = cut(name, room);
        if at.0 < NEAR || found.iter().any(|end| end.text == text) {
            return None;
        }
        found.push(End { name: name.clone(), text, style: *style, at });
    }
    Some(found)
}

/// As much of the name as there is room for.
fn cut(name: &str, room: f64) -> String {
    let fits = |text: &str| font::room(text, SIZE, Weight::Regular) <= room;
    if fits(name) {
        return name.to_owned();
    }
    let mut kept: Vec<char> = name.chars().collect();
    loop {
        kept.pop();
        let text = format!("{}…", kept.iter().collect::<String>().trim_end());
        if kept.is_empty() || fits(&text) {
            return text;
        }
    }
}

/// Heights at least `height` apart and between `low` and `high`, as near as possible to those wanted (least squares, by
/// merging neighbours that would overlap); `None` if one would be moved too far.
fn spread(wanted: &[f64], height: f64, low: f64, high: f64) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let high = high - height * wanted.len().saturating_sub(1) as f64;
    if low > high {
        return None;
    }
    // Names that touch, as the sum of where the first of them would like to be, and their number.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let mean = |block: &(f64, usize)| block.0 / block.1 as f64;
    for (rank, &i) in order.iter().enumerate() {
        let mut block = (wanted[i] - height * rank as f64, 1);
        while let Some(above) = blocks.pop_if(|above| mean(above) > mean(&block)) {
            block = (above.0 + block.0, above.1 + block.1);
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|block| std::iter::repeat_n(mean(block).clamp(low, high), block.1));
    let mut places = vec![0.0; wanted.len()];
    for (rank, (&i, start)) in order.iter().zip(starts).enumerate() {
        places[i] = start + height * rank as f64;
    }
    let near = places.iter().zip(wanted).all(|(place, wanted)| (place - wanted).abs() <= FARTHEST * height);
    near.then_some(places)
}

/// Draws names, each with a dotted stroke from the end of its line.
pub(super) fn draw(scene: &mut Scene, frame: &Frame, names: &[(End, f64)]) {
    for (end, y) in names {
        scene.belongs_to(&end.name);
        let ink = palette::text(end.style);
        let from = (frame.x_at(end.at.0) + series::MARKER + 3.0, frame.y_at(end.at.1));
        scene.dashed(&[from, (frame.area.x1 + GAP - 3.0, *y)], &[1.6, 2.4], 1.0, ink);
        let at = (frame.area.x1 + GAP, y + HALF_CAP * SIZE);
        scene.text(Label::new(&end.text, at, SIZE, Weight::Regular, Anchor::Start, ink));
    }
    if !names.is_empty() {
        scene.belongs_to("");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::figure::compose;
    use super::super::scene::Mark;
    use super::super::tests::{chart, check_texts};
    use super::super::{Chart, Layer, svg};
    use super::*;

    /// A panel with lines that end at these heights.
    fn ending_at(heights: &[(&str, f64)]) -> Chart {
        let line = |(style, (name, y)): (usize, &(&str, f64))| Layer::Line {
            name: (*name).into(),
            style,
            points: vec![(1.0, 0.0), (2.0, *y)],
            band: Vec::new(),
        };
        let layers = heights.iter().enumerate().map(line).collect();
        Chart { panels: vec![Panel { title: String::new(), layers }], ..Chart::default() }
    }

    /// The names at the ends, with their inks.
    fn names(chart: &Chart) -> Vec<Label> {
        let scene = compose(chart).unwrap();
        let texts = scene.marks.into_iter().filter_map(|mark| match mark {
            Mark::Text(label) if label.size == SIZE => Some(label),
            _ => None,
        });
        texts.collect()
    }

    #[test]
    fn names_replace_the_legend_of_a_single_panel() {
        let drawn = ending_at(&[("a", 1.0), ("b", 2.0)]);
        let found = names(&drawn);
        assert_eq!(found.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        for (style, label) in found.iter().enumerate() {
            assert_eq!(label.ink, palette::text(style));
        }
        let text = svg(&drawn).unwrap();
        assert_eq!((text.matches(">a<").count(), text.matches(">b<").count()), (1, 1), "{text}");
        // A reference curve stays in the legend; lines of several panels are in both.
        let mut more = drawn.clone();
        more.panels[0].layers.push(Layer::Reference { name: "bound".into(), points: vec![(1.0, 1.0)] });
        assert_eq!(svg(&more).unwrap().matches(">bound<").count(), 1);
        let two = Chart { panels: vec![drawn.panels[0].clone(); 2], ..drawn };
        assert_eq!(svg(&two).unwrap().matches(">a<").count(), 2);
    }

    #[test]
    fn there_are_all_names_or_none() {
        let heights: Vec<(String, f64)> = (0..6).map(|i| (format!("s{i}"), f64::from(i))).collect();
        let wide: Vec<(&str, f64)> = heights.iter().map(|(name, y)| (name.as_str(), *y)).collect();
        assert_eq!(names(&ending_at(&wide)).len(), 6);
        // Six names for lines that end at one place would be too far from it.
        let close: Vec<(&str, f64)> = wide.iter().map(|(name, _)| (*name, 1.0)).collect();
        assert_eq!(names(&ending_at(&close)).len(), 0);
        assert_eq!(svg(&ending_at(&close)).unwrap().matches(">s3<").count(), 1, "the legend");
        // So would that of a line that ends in the middle.
        let mut short = ending_at(&wide);
        if let Layer::Line { points, .. } = &mut short.panels[0].layers[2] {
            *points = vec![(1.0, 0.0), (1.4, 2.0)];
        }
        assert_eq!(names(&short).len(), 0);
    }

    #[test]
    fn long_names_are_cut_and_stay_in_the_legend() {
        let long = "a name that is far too long for the margin of the page";
        let drawn = ending_at(&[(long, 1.0), ("b", 2.0)]);
        let found = names(&drawn);
        assert!(found[0].text.starts_with("a name that") && found[0].text.ends_with('…'), "{found:?}");
        let text = svg(&drawn).unwrap();
        assert!(text.contains(&format!(">{long}<")) && text.matches(">b<").count() == 1, "{text}");
        // Two names that look the same once they are cut would tell nothing.
        let other = format!("{long} 2");
        assert_eq!(names(&ending_at(&[(long, 1.0), (&other, 2.0)])).len(), 0);
    }

    #[test]
    fn faded_lines_are_behind_and_in_the_legend() {
        let mut drawn = chart(1, &["a", "b", "c"]);
        drawn.faded = vec!["a".into()];
        let text = svg(&drawn).unwrap();
        let found: Vec<String> = names(&drawn).into_iter().map(|label| label.text).collect();
        assert_eq!((found, text.matches(">a<").count()), (vec!["b".to_owned(), "c".to_owned()], 1));
        let scene = compose(&drawn).unwrap();
        let lines: Vec<(usize, f64, f64)> = scene
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Stroke { points, width, ink } if points.len() == 7 || *width == series::LINE => {
                    let style = (0..3).find(|&style| palette::colour(style).rgb == ink.rgb)?;
                    Some((style, *width, ink.alpha))
                }
                _ => None,
            })
            .collect();
        let (thin, faint) = series::strength(true);
        assert_eq!(lines[0], (0, thin, faint));
        assert!(lines[1..].iter().all(|line| line.0 > 0 && line.2 == 1.0 && line.1 > thin), "{lines:?}");
        let bands = |style| {
            let ink = palette::colour(style).alpha(series::BAND);
            scene
                .marks
                .iter()
                .filter(|mark| matches!(mark, Mark::Fill { ink: its, .. } if *its == ink))
                .count()
        };
        assert_eq!((bands(0), bands(1), bands(2)), (0, 1, 1), "the band of `a` is left out");
    }

    #[test]
    fn names_in_a_grid_are_at_the_right() {
        let drawn = chart(6, &["a", "b"]);
        let scene = compose(&drawn).unwrap();
        let found = names(&drawn);
        assert_eq!(found.len(), 4, "two rows");
        assert!(found.iter().all(|label| label.at.0 > 0.9 * scene.width), "{found:?}");
    }

    proptest! {
        #[test]
        fn names_keep_apart_near_their_lines(
            wanted in proptest::collection::vec(0.0f64..200.0, 0..12),
            height in 5.0f64..20.0,
        ) {
            if let Some(places) = spread(&wanted, height, 0.0, 200.0) {
                for (i, a) in places.iter().enumerate() {
                    prop_assert!((-1e-9..=200.0 + 1e-9).contains(a) && (a - wanted[i]).abs() <= FARTHEST * height);
                    for b in &places[..i] {
                        prop_assert!((a - b).abs() >= height - 1e-9, "{places:?}");
                    }
                }
                // Names are in the order of the ends.
                for (i, j) in (0..wanted.len()).flat_map(|i| (0..i).map(move |j| (i, j))) {
                    prop_assert!(wanted[i] == wanted[j] || (wanted[i] < wanted[j]) == (places[i] < places[j]));
                }
            }
        }

        #[test]
        fn names_stay_on_the_page_and_clear_of_each_other(
            heights in proptest::collection::vec(("[a-zW]{1,30}", 0.0f64..1.0), 1..10),
            panels in 1usize..4,
        ) {
            let heights: Vec<(&str, f64)> = heights.iter().map(|(name, y)| (name.as_str(), *y)).collect();
            let mut drawn = ending_at(&heights);
            drawn.panels = vec![drawn.panels[0].clone(); panels];
            let texts = check_texts(&compose(&drawn).unwrap());
            prop_assert!(texts.is_ok(), "{texts:?}");
        }
    }

    #[test]
    fn names_that_need_not_move_do_not() {
        assert_eq!(spread(&[50.0, 10.0, 90.0], 10.0, 0.0, 100.0).unwrap(), [50.0, 10.0, 90.0]);
        assert_eq!(spread(&[50.0, 50.0], 10.0, 0.0, 100.0).unwrap(), [45.0, 55.0]);
        assert_eq!(spread(&[0.0, 6.0], 10.0, 5.0, 95.0).unwrap(), [5.0, 15.0]);
        assert_eq!(spread(&[50.0; 4], 10.0, 0.0, 100.0), None);
        assert_eq!(spread(&[1.0, 2.0, 3.0], 10.0, 0.0, 15.0), None);
    }
}
