//! From the steps of a path to lines.

use remeasure_chart::{Chart, Layer};
use remeasure_core::family::path::coordinate;

use super::tests::draw;
use crate::records::{Record, Store};
use crate::report::testing::{integers, record, store};

const FIGURE: &str = "kind = \"path\"\nlambda = \"path_lambda\"\nchosen = \"lambda\"\nwhere = { n = 2 }\n";

/// Two estimators with paths of three steps, λ = 1, 0.1, 0.01; the first chose 0.1.
fn paths(blocks: usize) -> Store {
    let empty =
        store(&[("n", integers(&[1, 2]))], &["a", "b", "plain"], &["error", "path_lambda", "lambda"], 2);
    let at = |e, metric, coordinate, value| Record {
        coordinate: Some(coordinate),
        ..record(1, e, metric, 0, value)
    };
    let mut records = vec![record(1, 0, 2, 0, 0.1), record(1, 2, 2, 0, 7.0)];
    for e in [0, 1] {
        records.extend((1..=3).map(|k| at(e, 1, f64::from(k), 10.0_f64.powi(1 - k))));
        for block in 0..blocks {
            let mut value = |step, feature, value| {
                records.push(at(e, 0, coordinate(step, block, feature), value));
            };
            // The first feature leads at the chosen step, the third at the last one.
            value(2, 1, 2.0);
            value(3, 1, 2.5);
            value(2, 2, -1.0);
            value(3, 3, 9.0);
        }
    }
    // Neither another replicate nor another cell is shown.
    let other = Record { coordinate: Some(coordinate(2, 0, 1)), ..record(1, 0, 0, 1, 77.0) };
    records.push(other);
    records.push(Record { cell: 0, replicate: 0, ..other });
    empty.with_records(records)
}

/// Name and points of the lines of a panel.
fn lines(chart: &Chart, panel: usize) -> Vec<(&str, &[(f64, f64)])> {
    let line = |layer: &'_ Layer| matches!(layer, Layer::Line { .. });
    let layers = chart.panels[panel].layers.iter().filter(|layer| line(layer));
    layers
        .map(|layer| match layer {
            Layer::Line { name, points, .. } => (name.as_str(), points.as_slice()),
            _ => unreachable!("a line"),
        })
        .collect()
}

#[test]
fn the_strongest_features_at_the_chosen_lambda_have_names() {
    let drawn = draw(&paths(1), &format!("{FIGURE}estimators = [\"a\"]\nnames = [\"age\", \"sex\"]"));
    assert_eq!(drawn.panels.len(), 1);
    let age: &[(f64, f64)] = &[(-0.0, 0.0), (1.0, 2.0), (2.0, 2.5)];
    let sex: &[(f64, f64)] = &[(-0.0, 0.0), (1.0, -1.0), (2.0, 0.0)];
    // The third feature is 0 at the chosen λ; its line begins a step before it enters.
    let third: &[(f64, f64)] = &[(1.0, 0.0), (2.0, 9.0)];
    assert_eq!(lines(&drawn, 0), [("age", age), ("sex", sex), ("", third)]);
    let Some(Layer::Reference { name, points }) = drawn.panels[0].layers.last() else {
        panic!("the chosen λ")
    };
    assert_eq!((name.as_str(), points[0].0, points[1].0), ("chosen λ", 1.0, 1.0));
    let ticks: Vec<(f64, String)> = drawn.x.ticks.clone().unwrap();
    let expected = [(1.0, "0.1"), (2.0, "0.01")];
    assert!(
        expected.iter().all(|t| ticks.iter().any(|u| (u.0 - t.0).abs() < 1e-12 && u.1 == t.1)),
        "{ticks:?}"
    );
    assert_eq!((drawn.x.label.as_str(), drawn.y.label.as_str()), ("λ", "coefficient"));
    assert_eq!(drawn.subtitle, "first replicate; with a name: the 2 largest coefficients at the chosen λ");
    assert_eq!(
        drawn.alt,
        "Paths of coefficient against λ. Panel a: age ends at 2.5. sex ends at 0. chosen λ: λ = 0.1. 1 more without a name."
    );
}

#[test]
fn without_a_chosen_lambda_the_smallest_counts() {
    let drawn = draw(&paths(1), &format!("{FIGURE}estimators = [\"b\"]\nnamed = 1"));
    assert_eq!(lines(&drawn, 0).iter().map(|line| line.0).collect::<Vec<_>>(), ["x3", "", ""]);
    assert!(
        drawn.subtitle.ends_with("with a name: the largest coefficient at the smallest λ"),
        "{}",
        drawn.subtitle
    );
    let none = draw(&paths(1), &format!("{FIGURE}estimators = [\"b\"]\nnamed = 0"));
    assert!(lines(&none, 0).iter().all(|line| line.0.is_empty()));
}

#[test]
fn estimators_and_blocks_have_panels_of_their_own() {
    let titles = |store: &Store, more: &str| {
        let drawn = draw(store, &format!("{FIGURE}{more}"));
        drawn.panels.iter().map(|panel| panel.title.clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&paths(1), ""), ["a", "b", "plain"]);
    let two = "estimators = [\"a\"]\nblocks = [\"low\"]";
    assert_eq!(titles(&paths(2), two), ["a: low", "a: block 2"]);
    // A name means the same colour in all panels.
    let drawn = draw(&paths(2), &format!("{FIGURE}{two}"));
    assert_eq!(lines(&drawn, 0), lines(&drawn, 1));
}

#[test]
fn lambda_can_be_that_relative_to_the_first() {
    let drawn = draw(&paths(1), &format!("{FIGURE}relative = true\nestimators = [\"a\"]"));
    assert_eq!(drawn.x.label, "λ / λ_max");
    assert_eq!(lines(&drawn, 0)[0].1[0].0, -0.0);
}
