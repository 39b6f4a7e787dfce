//! Tests of box plots, measured and published.

use super::figure::compose;
use super::palette;
use super::scene::Mark;
use super::*;

#[test]
fn a_box_without_height_shows_its_colour() {
    let stats = BoxStats { low: 1.0, q1: 1.0, median: 1.0, q3: 1.0, high: 1.0, ..BoxStats::default() };
    let tall = BoxStats { at: 1.0, low: 0.0, q1: 0.2, q3: 2.0, high: 3.0, ..stats.clone() };
    let layer = Layer::Boxes { name: String::new(), style: 1, boxes: vec![stats, tall] };
    let panel = Panel { title: String::new(), layers: vec![layer] };
    let scene = compose(&Chart { panels: vec![panel], ..Chart::default() }).unwrap();
    let heights = scene.marks.iter().filter_map(|m| match m {
        Mark::Fill { points, ink } if ink.rgb == palette::colour(1).rgb => {
            let ys = points.iter().map(|p| p.1);
            Some(ys.clone().fold(f64::NEG_INFINITY, f64::max) - ys.fold(f64::INFINITY, f64::min))
        }
        _ => None,
    });
    // Wider than the line of the median drawn over it.
    assert!(
        heights.clone().count() == 2 && heights.clone().all(|h| h > 4.0),
        "{:?}",
        heights.collect::<Vec<_>>()
    );
}

#[test]
fn published_boxes_stand_beside_those_of_their_series() {
    let stats =
        |at| BoxStats { at, low: 1.0, q1: 2.0, median: 3.0, q3: 4.0, high: 5.0, outliers: Vec::new() };
    let boxes = || vec![stats(0.0), stats(1.0)];
    let ours = |name: &str, style| Layer::Boxes { name: name.into(), style, boxes: boxes() };
    let theirs = |beside: &str| Layer::PublishedBoxes {
        name: "published".into(),
        beside: beside.into(),
        boxes: boxes(),
    };
    let layers = vec![ours("a", 0), ours("b", 1), theirs("a"), theirs("b")];
    let panel = Panel { title: String::new(), layers };
    let drawn = Chart { panels: vec![panel], ..Chart::default() };
    let scene = compose(&drawn).unwrap();
    // Every body has white underneath: eight boxes, from left to right a, its neighbour, b, its neighbour,
    // twice. The page itself and the samples of the legend are white as well.
    let mut bodies: Vec<(f64, f64)> = (scene.marks.iter())
        .filter_map(|m| match m {
            Mark::Fill { points, ink } if *ink == palette::WHITE => {
                let xs = points.iter().map(|p| p.0);
                Some((xs.clone().fold(f64::INFINITY, f64::min), xs.fold(f64::NEG_INFINITY, f64::max)))
            }
            _ => None,
        })
        .filter(|(a, b)| b - a < scene.width / 2.0)
        .collect();
    assert_eq!(bodies.len(), 11, "{bodies:?}");
    bodies.truncate(8);
    bodies.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(bodies.windows(2).all(|w| w[0].1 < w[1].0), "{bodies:?}");
    for pair in bodies.chunks(2) {
        assert!(pair[1].1 - pair[1].0 < pair[0].1 - pair[0].0, "theirs is the narrow one: {pair:?}");
    }
    let text = svg(&drawn).unwrap();
    assert_eq!(text.matches(">published</text>").count(), 1);
}
