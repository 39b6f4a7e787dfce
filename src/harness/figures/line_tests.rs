//! Lines and separate points.

use remeasure_chart::{Layer, interactive};

use super::tests::draw;
use crate::records::{AxisValue, Record, Store};
use crate::report::testing::{integers, record, store};

/// Estimators a and b at two values of an axis; a is 1, b is 2 and 3.
fn two(values: Vec<AxisValue>) -> Store {
    let empty = store(&[("q", values)], &["a", "b"], &["error"], 2);
    let each = |cell: u32| (0..2u16).flat_map(move |e| (0..2).map(move |r| (cell, e, r)));
    let value = |cell: u32, e: u16| if e == 0 { 1.0 } else { f64::from(cell) + 2.0 };
    let all = (0..2).flat_map(each);
    let records: Vec<Record> = all.map(|(cell, e, r)| record(cell, e, 0, r, value(cell, e))).collect();
    empty.with_records(records)
}

/// The points of each of some layers.
type Points = Vec<Vec<(f64, f64)>>;

/// The points of each line and of each layer of published values, without gaps.
fn points(store: &Store, text: &str) -> (Points, Points) {
    let chart = draw(store, text);
    let (mut lines, mut marks) = (Vec::new(), Vec::new());
    for layer in &chart.panels[0].layers {
        match layer {
            Layer::Line { points, .. } => {
                lines.push(points.iter().copied().filter(|p| !p.0.is_nan()).collect())
            }
            Layer::PublishedMarks { points, .. } => marks.push(points.clone()),
            _ => {}
        }
    }
    (lines, marks)
}

#[test]
fn points_that_are_not_joined_stand_side_by_side_at_names() {
    let names = two(["early", "late"].map(|v| AxisValue::Text(v.to_owned())).to_vec());
    let published = "published = [{ estimator = \"b\", x = \"late\", value = 2.5 }]\n";
    let text = format!("kind = \"line\"\nx = \"q\"\n{published}");
    let (lines, marks) = points(&names, &text);
    assert_eq!(lines, [vec![(0.0, 1.0), (1.0, 1.0)], vec![(0.0, 2.0), (1.0, 3.0)]]);
    assert_eq!(marks, [vec![(1.0, 2.5)]]);
    let apart = format!("{text}joined = false");
    let (lines, marks) = points(&names, &apart);
    assert_eq!(lines, [vec![(-0.175, 1.0), (0.825, 1.0)], vec![(0.175, 2.0), (1.175, 3.0)]]);
    assert_eq!(marks, [vec![(1.175, 2.5)]]);
    // No line is left, and tooltips name the place.
    let picture = interactive(&draw(&names, &apart), "f").unwrap().svg;
    assert!(picture.contains("b: 3 [3, 3] at late"), "{picture}");
    let gaps = |text: &str| match &draw(&names, text).panels[0].layers[0] {
        Layer::Line { points, band, .. } => (points.len(), band.len(), points.iter().any(|p| p.0.is_nan())),
        _ => panic!("no line"),
    };
    assert_eq!([gaps(&text), gaps(&apart)], [(2, 2, false), (3, 3, true)]);
}

#[test]
fn points_that_are_not_joined_stay_at_numbers() {
    let numbers = two(integers(&[1, 2]));
    let (lines, _) = points(&numbers, "kind = \"line\"\nx = \"q\"\nband = \"none\"\njoined = false");
    assert_eq!(lines, [vec![(1.0, 1.0), (2.0, 1.0)], vec![(1.0, 2.0), (2.0, 3.0)]]);
}
