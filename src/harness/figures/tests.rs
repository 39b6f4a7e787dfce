//! From records to charts.

use remeasure_chart::{Chart, Layer, svg};
use remeasure_core::curve::Curve;

use super::line::Line;
use super::{FigureSpec, chart};
use crate::keys;
use crate::records::{AxisValue, Record, Store};
use crate::report::testing::{integers, record, store, with_failures, with_skipped};

fn figure(text: &str) -> FigureSpec {
    let text = format!("id = \"f\"\ntitle = \"F\"\nmetric = \"error\"\n{text}");
    FigureSpec::read(toml::from_str(&text).unwrap()).unwrap()
}

pub(super) fn draw(store: &Store, text: &str) -> Chart {
    let drawn = chart(store, &figure(text), &[], "");
    svg(&drawn).unwrap();
    drawn
}

/// Two replicates in each cell of n × k, with the cell's value and that plus `spread`.
fn grid(values: [f64; 4], spread: f64) -> Store {
    let store = store(&[("n", integers(&[1, 2])), ("k", integers(&[1, 2]))], &["a"], &["error"], 2);
    let records = (0..8u32).map(|i| {
        let (cell, replicate) = (i / 2, i % 2);
        record(cell, 0, 0, replicate, values[cell as usize] + spread * f64::from(replicate))
    });
    store.with_records(records.collect())
}

fn ranges(chart: &Chart) -> Vec<Option<(f64, f64)>> {
    let layers = chart.panels.iter().flat_map(|p| &p.layers);
    layers.filter_map(|l| if let Layer::HeatMap { range, .. } = l { Some(*range) } else { None }).collect()
}

#[test]
fn colours_run_from_0_to_1_for_rates_alone() {
    let map = "kind = \"heat-map\"\nx = \"n\"\ny = \"k\"";
    assert_eq!(ranges(&draw(&grid([0.0, 0.0, 0.0, 0.0], 1.0), map)), [Some((0.0, 1.0))]);
    assert_eq!(ranges(&draw(&grid([0.0, 0.5, 0.0, 0.2], 0.1), map)), [None]);
    // The first panel lies within 0 and 1, the second does not.
    let one = store(&[("n", integers(&[1, 2])), ("k", integers(&[1]))], &["a", "b"], &["error"], 1);
    let values = [(0, 0, 0.5), (0, 1, 1.19), (1, 0, 1.0), (1, 1, 1.0)];
    let one = one.with_records(values.map(|(c, e, v)| record(c, e, 0, 0, v)).to_vec());
    assert_eq!(ranges(&draw(&one, &format!("{map}\nfacet = \"estimator\""))), [None, None]);
}

#[test]
fn missing_values_are_in_the_subtitle() {
    let axes = [("n", integers(&[1, 2]))];
    let empty = store(&axes, &["a", "b"], &["error", "gap"], 3);
    let failed = with_failures(empty.clone(), &[(0, 2, 0), (1, 1, 0), (1, 2, 0)]);
    // The numbers that failed fits left must not count; b has no error and owes none.
    let records: Vec<Record> =
        (0..2).flat_map(|c| (0..3).map(move |r| record(c, 0, 0, r, f64::from(r)))).collect();
    let records = [records, vec![record(0, 1, 1, 0, 0.1)]].concat();
    let (full, lacking) = (empty.with_records(records.clone()), failed.with_records(records));
    for (text, x) in [("line", "n"), ("box", "n"), ("scatter", "error"), ("heat-map", "n\"\ny = \"n")] {
        let text = format!("kind = \"{text}\"\nx = \"{x}\"\nestimators = [\"a\"]");
        assert!(!draw(&full, &text).subtitle.contains("missing"), "{text}");
        let subtitle = draw(&lacking, &text).subtitle;
        let expected =
            if x == "error" { "up to 3 of 6 values missing" } else { "up to 2 of 3 values missing" };
        assert!(subtitle.ends_with(expected), "{text}: {subtitle}");
    }
    let lines = draw(&lacking, "kind = \"line\"\nx = \"n\"");
    assert!(lines.subtitle.ends_with("up to 2 of 3 values missing"), "{}", lines.subtitle);
    let Layer::Line { points, .. } = &lines.panels[0].layers[0] else { panic!("a line") };
    assert_eq!(points, &[(1.0, 0.5), (2.0, 0.0)]);
}

#[test]
fn a_trajectory_tells_stopped_from_missing() {
    let at = |replicate, coordinate, value| Record {
        coordinate: Some(coordinate),
        ..record(0, 0, 0, replicate, value)
    };
    let empty = store(&[], &["a"], &["error"], 3);
    let records = vec![at(0, 1.0, 4.0), at(0, 2.0, 2.0), at(1, 1.0, 3.0)];
    let drawn = draw(&empty.with_records(records), "kind = \"line\"\nx = \"coordinate\"");
    let Layer::Line { points, .. } = &drawn.panels[0].layers[0] else { panic!("a line") };
    assert_eq!(points, &[(1.0, 3.5)]);
    let expected = "; lines end where the first replicate stops; up to 1 of 3 values missing";
    assert!(drawn.subtitle.ends_with(expected), "{}", drawn.subtitle);
}

#[test]
fn a_curve_of_the_coordinate_runs_along_the_path() {
    let at = |coordinate, value| Record { coordinate: Some(coordinate), ..record(0, 0, 0, 0, value) };
    let records = vec![at(0.2, 0.1), at(0.5, 0.4)];
    let store = store(&[], &["a"], &["error"], 1).with_records(records);
    let line =
        Curve { name: "level", label: "q", source: "", arguments: &["coordinate"], evaluate: |x| 2.0 * x[0] };
    let spec = figure("kind = \"line\"\nx = \"coordinate\"\ncurves = [\"level\"]");
    let drawn = chart(&store, &spec, &[line], "");
    let reference =
        |l: &Layer| if let Layer::Reference { points, .. } = l { Some(points.clone()) } else { None };
    let points = drawn.panels[0].layers.iter().find_map(reference).unwrap();
    assert_eq!(points[0], (0.2, 0.4));
    assert_eq!(points.last(), Some(&(0.5, 1.0)));
}

#[test]
fn what_the_config_skips_is_neither_drawn_nor_missing() {
    let empty = store(&[("n", integers(&[1, 2]))], &["a"], &["error"], 2);
    let records: Vec<Record> = (0..2).map(|r| record(1, 0, 0, r, f64::from(r))).collect();
    let path = |r: &Record| Record { coordinate: Some(1.0), ..*r };
    let records = [records.iter().map(path).collect(), records].concat();
    let (skipped, absent) = (with_skipped(empty.clone(), 0, 0), empty);
    for figure in [
        "line\"\nx = \"n",
        "box\"\nx = \"n",
        "box\"\nx = \"estimator",
        "scatter\"\nx = \"error",
        "heat-map\"\nx = \"n\"\ny = \"n",
        "line\"\nx = \"coordinate",
    ] {
        let subtitle = |store: &Store| {
            draw(&store.clone().with_records(records.clone()), &format!("kind = \"{figure}\"")).subtitle
        };
        assert!(!subtitle(&skipped).contains("missing"), "{figure}: {}", subtitle(&skipped));
        assert!(subtitle(&absent).contains("missing"), "{figure}: {}", subtitle(&absent));
    }
}

#[test]
fn what_a_log_scale_cannot_show_is_counted() {
    let zeros = grid([0.0, 1.0, 2.0, 3.0], 0.0);
    let figure = "x = \"n\"\nseries = \"k\"\ny_scale = \"log\"";
    let line = draw(&zeros, &format!("kind = \"line\"\n{figure}"));
    assert!(line.subtitle.ends_with("; 1 value ≤ 0, off the log scale"), "{}", line.subtitle);
    let boxes = draw(&zeros, &format!("kind = \"box\"\n{figure}"));
    assert!(boxes.subtitle.ends_with("; 2 values ≤ 0, off the log scale"), "{}", boxes.subtitle);
}

#[test]
fn a_figure_of_what_was_not_run_says_so() {
    let drawn = draw(&grid([1.0; 4], 1.0), "kind = \"box\"\nx = \"n\"\nestimators = [\"b\"]");
    assert!(drawn.subtitle.starts_with("this run has none of"), "{}", drawn.subtitle);
}

#[test]
fn few_values_of_an_axis_are_its_ticks() {
    let texts = |chart: &Chart| -> Option<Vec<String>> {
        chart.x.ticks.as_ref().map(|ticks| ticks.iter().map(|t| t.1.clone()).collect())
    };
    let values =
        |count: i64| -> Vec<AxisValue> { (0..count).map(|i| AxisValue::Integer(7 * i - 7)).collect() };
    let of = |count| {
        let store = store(&[("n", values(count))], &["a"], &["error"], 1);
        let records = (0..count as u32).map(|c| record(c, 0, 0, 0, 1.0)).collect();
        texts(&draw(&store.with_records(records), "kind = \"line\"\nx = \"n\""))
    };
    assert_eq!(of(3).unwrap(), ["−7", "0", "7"]);
    assert_eq!(of(11), None);
    let map = draw(&grid([0.0; 4], 1.0), "kind = \"heat-map\"\nx = \"n\"\ny = \"k\"");
    assert_eq!(texts(&map).unwrap(), ["1", "2"]);
    assert_eq!(map.y.ticks.unwrap().len(), 2);
}

#[test]
fn a_curve_takes_arguments_that_the_filter_fixes() {
    let curve = Curve {
        name: "limit",
        label: "limit",
        source: "nobody",
        arguments: &["n", "k"],
        evaluate: |a| a[0] + 10.0 * a[1],
    };
    let store = grid([1.0; 4], 1.0);
    let of = |text: &str| -> Vec<Vec<(f64, f64)>> {
        let spec = figure(&format!("kind = \"line\"\nx = \"n\"\ncurves = [\"limit\"]\n{text}"));
        let layers = chart(&store, &spec, &[curve], "").panels.into_iter().flat_map(|p| p.layers);
        layers
            .filter_map(|l| if let Layer::Reference { points, .. } = l { Some(points) } else { None })
            .collect()
    };
    assert_eq!(of("where = { k = 2 }")[0][0], (1.0, 21.0));
    let facets: Vec<_> = of("facet = \"k\"").iter().map(|points| points[0]).collect();
    assert_eq!(facets, [(1.0, 11.0), (1.0, 21.0)]);
}

#[test]
fn a_curve_follows_the_settings_of_the_run() {
    let curve = Curve {
        name: "limit",
        label: "limit",
        source: "nobody",
        arguments: &["n", "size.d"],
        evaluate: |a| a[0] + a[1],
    };
    let spec = figure("kind = \"line\"\nx = \"n\"\ncurves = [\"limit\"]\nwhere = { k = 1 }");
    let starts_at = |store: &Store| {
        let layers = chart(store, &spec, &[curve], "").panels.into_iter().flat_map(|p| p.layers);
        let points =
            layers.filter_map(|l| if let Layer::Reference { points, .. } = l { Some(points) } else { None });
        points.map(|p| p[0].1).collect::<Vec<f64>>()
    };
    let mut store = grid([1.0; 4], 1.0);
    for d in [30, 50] {
        store.settings = [("size.d".to_owned(), AxisValue::Integer(d))].into();
        assert_eq!(starts_at(&store), [1.0 + d as f64]);
    }
    // Without the setting there is no curve; the names of a config are checked before anything runs.
    store.settings.clear();
    assert!(starts_at(&store).is_empty());
}

#[test]
fn a_curve_over_a_log_heat_map_ends_with_its_cells() {
    let curve =
        Curve { name: "limit", label: "limit", source: "nobody", arguments: &["n"], evaluate: |a| a[0] };
    let axes = [("n", integers(&[1, 10, 1000])), ("k", integers(&[1, 2]))];
    let store = store(&axes, &["a"], &["error"], 1);
    let store = store.with_records((0..6).map(|c| record(c, 0, 0, 0, 1.0)).collect());
    let text = "kind = \"heat-map\"\nx = \"n\"\ny = \"k\"\nx_scale = \"log\"\ncurves = [\"limit\"]";
    let drawn = chart(&store, &figure(text), &[curve], "");
    let Some(Layer::Reference { points, .. }) = drawn.panels[0].layers.last() else { panic!("a curve") };
    // Half a step beyond the outer centres, on the scale drawn.
    assert!((points[0].0 - 0.1f64.sqrt()).abs() < 1e-9, "{:?}", points[0]);
    assert!((points[points.len() - 1].0 - 10_000.0).abs() < 1e-6);
}

fn texts(values: &[&str]) -> Vec<AxisValue> {
    values.iter().map(|v| AxisValue::Text((*v).to_owned())).collect()
}

/// Estimators a and b in the cells of q × cut; a is 1, b is the cell's number, from 1.
fn named() -> Store {
    let axes = [("q", integers(&[1, 2])), ("cut", texts(&["0 3 5", "0 4 6"]))];
    let store = store(&axes, &["a", "b"], &["error"], 3);
    let values = |c: u32| (0..2).flat_map(move |e| (0..3).map(move |r| (c, e, r)));
    let records = (0..4).flat_map(values).map(|(c, e, r)| {
        let value = if e == 0 { 1.0 } else { f64::from(c + 1) };
        record(c, e, 0, r, value * (1.0 + f64::from(r)))
    });
    store.with_records(records.collect())
}

/// Panel, series, and place and median of each published box of a layer.
type Published = (usize, String, Vec<(f64, f64)>);

fn published(chart: &Chart) -> Vec<Published> {
    let layers = chart.panels.iter().enumerate().flat_map(|(i, p)| p.layers.iter().map(move |l| (i, l)));
    layers
        .filter_map(|(i, l)| match l {
            Layer::PublishedBoxes { beside, boxes, .. } => {
                Some((i, beside.clone(), boxes.iter().map(|b| (b.at, b.median)).collect()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn published_boxes_stand_beside_those_of_the_same_place() {
    let entry = |rest: &str, median: u32| format!("{{ {rest}, box = [0.1, 0.2, {median}, 90, 99] }}");
    let list = |entries: &[String]| format!("published = [{}]", entries.join(", "));
    let text = list(&[
        entry("estimator = \"b\", x = \"0 4 6\", q = 2", 1),
        entry("estimator = \"b\", x = \"0 3 5\", q = 2", 2),
        entry("estimator = \"a\", x = \"0 4 6\", q = 1", 3),
        // Of another profile.
        entry("estimator = \"a\", x = \"0 9 9\", q = 1", 4),
    ]);
    let drawn = draw(&named(), &format!("kind = \"box\"\nx = \"cut\"\nfacet = \"q\"\n{text}"));
    let expected = [(0, "a".to_owned(), vec![(1.0, 3.0)]), (1, "b".to_owned(), vec![(0.0, 2.0), (1.0, 1.0)])];
    assert_eq!(published(&drawn), expected);
    let picture = svg(&drawn).unwrap();
    assert_eq!(picture.matches(">published</text>").count(), 1);
    // Over estimators, and as a series over an axis.
    let text = list(&[entry("estimator = \"b\", q = 1, cut = \"0 3 5\"", 5)]);
    let over = "kind = \"box\"\nx = \"estimator\"\nwhere = { q = 1, cut = \"0 3 5\" }";
    assert_eq!(
        published(&draw(&named(), &format!("{over}\n{text}"))),
        [(0, String::new(), vec![(1.0, 5.0)])]
    );
    let text = list(&[entry("estimator = \"b\", x = 2, cut = \"0 4 6\"", 6)]);
    let series = "kind = \"box\"\nx = \"q\"\nseries = \"cut\"\nestimators = [\"b\"]";
    let drawn = draw(&named(), &format!("{series}\n{text}"));
    assert_eq!(published(&drawn), [(0, "cut = 0 4 6".to_owned(), vec![(1.0, 6.0)])]);
}

#[test]
fn ratios_are_taken_within_a_replicate() {
    let figure = "x = \"cut\"\nfacet = \"q\"\nnumerator = \"a\"";
    let drawn = draw(&named(), &format!("kind = \"box\"\n{figure}"));
    let boxes: Vec<(String, f64, f64)> = (drawn.panels.iter().flat_map(|p| &p.layers))
        .filter_map(|l| if let Layer::Boxes { name, boxes, .. } = l { Some((name, boxes)) } else { None })
        .flat_map(|(name, boxes)| boxes.iter().map(|b| (name.clone(), b.low, b.high)))
        .collect();
    // a is not divided by itself.
    let expected = [1.0, 0.5, 1.0 / 3.0, 0.25].map(|r| ("b".to_owned(), r, r));
    assert_eq!(boxes, expected);
    assert!(drawn.subtitle.starts_with("ratios within a replicate: median"), "{}", drawn.subtitle);
    assert_eq!(drawn.y.label, "error of a, divided by that of each");
    let levels =
        |l: &&Layer| matches!(l, Layer::Reference { points, .. } if points.iter().all(|p| p.1 == 1.0));
    assert!(drawn.panels.iter().all(|p| p.layers.iter().filter(levels).count() == 1));
    let line = draw(&named(), &format!("kind = \"line\"\n{figure}\nstatistic = \"median\""));
    let Layer::Line { points, .. } = &line.panels[1].layers[0] else { panic!("a line") };
    assert_eq!(points, &[(0.0, 1.0 / 3.0), (1.0, 0.25)]);
    // What is missing of either, or not positive, has no ratio.
    let store = named();
    let records = store.records().iter().map(|r| {
        let value = if (r.cell, r.estimator, r.replicate) == (0, 1, 2) { 0.0 } else { r.value };
        Record { value, ..*r }
    });
    let zero = store.clone().with_records(records.collect());
    let lacking = with_failures(zero, &[(0, 1, 0)]);
    let drawn = draw(&lacking, &format!("kind = \"box\"\n{figure}"));
    assert!(drawn.subtitle.ends_with("up to 2 of 3 values missing"), "{}", drawn.subtitle);
    let skipped = with_skipped(store, 0, 0);
    let without = skipped.records().iter().filter(|r| (r.cell, r.estimator) != (0, 0)).copied().collect();
    let drawn = draw(&skipped.with_records(without), &format!("kind = \"box\"\n{figure}"));
    assert!(!drawn.subtitle.contains("missing"), "{}", drawn.subtitle);
}

#[test]
fn the_level_of_equality_crosses_the_whole_panel() {
    let at = |e, coordinate| Record { coordinate: Some(coordinate), ..record(0, e, 0, 0, coordinate) };
    let store = store(&[], &["a", "b"], &["error"], 1);
    let records = [0, 1].into_iter().flat_map(|e| [at(e, 10.0), at(e, 1000.0)]).collect();
    let store = store.with_records(records);
    for scale in ["linear", "log"] {
        let text = format!("kind = \"line\"\nx = \"coordinate\"\nnumerator = \"b\"\nx_scale = \"{scale}\"");
        let drawn = draw(&store, &text);
        let Some(Layer::Reference { points, .. }) = drawn.panels[0].layers.last() else { panic!("a level") };
        assert!(points[0].0 < 5.0 && points[1].0 > 1500.0, "{points:?}");
        let Layer::Line { points, .. } = &drawn.panels[0].layers[0] else { panic!("a line") };
        assert_eq!(points, &[(10.0, 1.0), (1000.0, 1.0)]);
    }
}

#[test]
fn among_paths_a_fit_without_one_is_a_level_line() {
    let empty = store(&[("n", integers(&[1]))], &["a", "b", "c"], &["error"], 2);
    let at =
        |replicate, x: Option<f64>, e, value| Record { coordinate: x, ..record(0, e, 0, replicate, value) };
    let mut records = Vec::new();
    for replicate in 0..2 {
        records.extend([3.0, 7.0].map(|x| at(replicate, Some(x), 0, x)));
        records.push(at(replicate, None, 1, 5.0 + f64::from(replicate)));
    }
    let drawn = draw(&empty.with_records(records), "kind = \"line\"\nx = \"coordinate\"");
    let points = |i: usize| match &drawn.panels[0].layers[i] {
        Layer::Line { points, .. } => points.clone(),
        _ => panic!("a line"),
    };
    assert_eq!(points(0), [(3.0, 3.0), (7.0, 7.0)]);
    assert_eq!(points(1), [(3.0, 5.5), (7.0, 5.5)]);
    assert_eq!(points(2), []);
}

#[test]
fn pictures_come_out_of_the_pixels_of_the_first_replicate() {
    let store = store(&[("n", integers(&[1, 2]))], &["a", "b"], &["error", "truth"], 2);
    let pixel = |cell, e, metric, replicate, at: f64, value| Record {
        coordinate: Some(at),
        ..record(cell, e, metric, replicate, value)
    };
    // Two rows of three; the pixel in the middle of the second row is not there.
    let places = [0.0, 0.001, 0.002, 1.0, 1.002];
    let mut records = Vec::new();
    for (k, at) in places.into_iter().enumerate() {
        let value = k as f64 / 10.0;
        records.push(pixel(1, 0, 0, 0, at, value));
        records.push(pixel(1, 0, 0, 1, at, 9.0));
        records.push(pixel(0, 0, 0, 0, at, 8.0));
        records.push(pixel(1, 1, 1, 0, at, 1.0 - value));
    }
    let drawn = draw(&store.with_records(records), "kind = \"image\"\nalso = [\"truth\"]\nwhere = { n = 2 }");
    let titles: Vec<&str> = drawn.panels.iter().map(|p| p.title.as_str()).collect();
    assert_eq!(titles, ["truth", "a", "b"]);
    let image = |values: [f64; 5]| {
        let [a, b, c, d, e] = values.map(Some);
        vec![Layer::Image { columns: 3, values: vec![a, b, c, d, None, e] }]
    };
    assert_eq!(drawn.panels[0].layers, image([1.0, 0.9, 0.8, 0.7, 0.6]));
    assert_eq!(drawn.panels[1].layers, image([0.0, 0.1, 0.2, 0.3, 0.4]));
    assert_eq!(drawn.panels[2].layers, []);
}

/// Panel, style and places of the marks of a line.
type Mark = (usize, usize, Vec<(f64, f64)>);

#[test]
fn published_values_stand_at_the_points_of_their_line() {
    let text = "kind = \"line\"\nx = \"q\"\nfacet = \"cut\"\npublished = [
        { estimator = \"b\", x = 2, cut = \"0 4 6\", value = 70 },
        { estimator = \"a\", x = 9, cut = \"0 4 6\", value = 5 }]";
    let mut spec = figure(text);
    let with = |spec: &FigureSpec| {
        let drawn = chart(&named(), spec, &[], "");
        let picture = svg(&drawn).unwrap();
        let layers = drawn.panels.iter().enumerate().flat_map(|(i, p)| p.layers.iter().map(move |l| (i, l)));
        let marks: Vec<Mark> = layers
            .filter_map(|(i, l)| match l {
                Layer::PublishedMarks { style, points, .. } => Some((i, *style, points.clone())),
                _ => None,
            })
            .collect();
        (marks, picture, drawn.subtitle)
    };
    let (marks, picture, subtitle) = with(&spec);
    assert_eq!(marks, [(1, 1, vec![(2.0, 70.0)])]);
    assert_eq!(picture.matches(">published</text>").count(), 1);
    assert!(picture.contains(">60</text>"), "the axis makes room: {picture}");
    assert!(subtitle.ends_with("; diamonds: published"), "{subtitle}");
    // The figure's own value goes before that of a claim.
    let text = text.replace("70", "80").replace("x = 9", "x = 1").replace("kind = \"line\"", "");
    spec.of_claims = keys::read::<Line>(toml::from_str(&text).unwrap()).unwrap().published;
    assert_eq!(with(&spec).0, [(1, 0, vec![(1.0, 5.0)]), (1, 1, vec![(2.0, 70.0)])]);
}

#[test]
fn a_published_estimate_stands_on_the_diamond_of_its_estimator() {
    let metrics = ["error", "low", "high", "weight", "pooled", "pooled_low", "pooled_high"];
    let empty = store(&[("n", integers(&[1, 2]))], &["a", "b"], &metrics, 1);
    let numbers = [(4, 0.0), (5, -0.5), (6, 0.5)];
    let cells = (0..2).flat_map(|c| (0..2).map(move |e| (c, e)));
    let records = cells.flat_map(|(c, e)| numbers.map(|(m, v)| record(c, e, m, 0, v)));
    let store = empty.with_records(records.collect());
    let mut spec = figure(
        "kind = \"forest\"\ninterval = [\"low\", \"high\"]\nweight = \"weight\"\npooled = \"pooled\"\n\
         pooled_interval = [\"pooled_low\", \"pooled_high\"]\nratio = true\nfacet = \"n\"\nx_label = \"ratio\"",
    );
    let entries = "x = \"n\"\npublished = [{ estimator = \"b\", n = 2, value = 0.25 }]";
    spec.of_claims = keys::read::<Line>(toml::from_str(entries).unwrap()).unwrap().published;
    let drawn = chart(&store, &spec, &[], "");
    let picture = svg(&drawn).unwrap();
    let layers = drawn.panels.iter().enumerate().flat_map(|(i, p)| p.layers.iter().map(move |l| (i, l)));
    let marks: Vec<Mark> = layers
        .filter_map(|(i, l)| match l {
            Layer::PublishedMarks { style, points, .. } => Some((i, *style, points.clone())),
            _ => None,
        })
        .collect();
    // No study has a line, so that b is the second row below nothing.
    assert_eq!(marks, [(1, 1, vec![(0.25_f64.exp(), -1.5)])]);
    assert_eq!(picture.matches(">published</text>").count(), 1);
    assert!(drawn.subtitle.ends_with("; hollow: published"), "{}", drawn.subtitle);
}

#[test]
fn an_estimator_looks_the_same_in_all_figures() {
    let styles = |text: &str| -> Vec<(String, usize)> {
        let chart = draw(&named(), text);
        let layers = chart.panels.into_iter().flat_map(|p| p.layers);
        layers
            .filter_map(|l| match l {
                Layer::Line { name, style, .. }
                | Layer::Boxes { name, style, .. }
                | Layer::Scatter { name, style, .. } => Some((name, style)),
                _ => None,
            })
            .collect()
    };
    let at = "where = { cut = \"0 3 5\" }";
    let both = styles(&format!("kind = \"line\"\nx = \"q\"\n{at}"));
    assert_eq!(both, [("a".to_owned(), 0), ("b".to_owned(), 1)]);
    for kind in ["line", "box"] {
        let alone = styles(&format!("kind = \"{kind}\"\nx = \"q\"\nestimators = [\"b\"]\n{at}"));
        assert_eq!(alone, both[1..], "{kind}");
    }
    assert_eq!(styles("kind = \"scatter\"\nx = \"error\"\nestimators = [\"b\"]"), both[1..]);
}

#[test]
fn a_figure_is_told_in_words() {
    let drawn =
        draw(&named(), "kind = \"line\"\nx = \"q\"\ny_scale = \"log\"\nfacet = \"cut\"\ncaption = \"Look.\"");
    assert_eq!(
        drawn.alt,
        "Look. Line chart of error (log scale) against q, 2 panels. Panel cut = 0 3 5: a: 2 at 1, 2 at 2. \
         b: 2 at 1, 6 at 2. Lowest at the right end: a. Panel cut = 0 4 6: a: 2 at 1, 2 at 2. \
         b: 4 at 1, 8 at 2. Lowest at the right end: a."
    );
    let boxes =
        draw(&named(), "kind = \"box\"\nx = \"q\"\nestimators = [\"b\"]\nwhere = { cut = \"0 3 5\" }");
    assert!(boxes.alt.ends_with("b: medians from 2 at 1 to 6 at 2."), "{}", boxes.alt);
    // Many series: what there is no room for is counted.
    let names: Vec<String> = (0..40).map(|i| format!("estimator number {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = store(&[("n", integers(&[1, 2]))], &names, &["error"], 1);
    let records = (0..80u32).map(|i| record(i % 2, (i / 2) as u16, 0, 0, 1.0)).collect();
    let long = draw(&many.with_records(records), "kind = \"line\"\nx = \"n\"").alt;
    assert!(long.chars().count() <= 600 && long.ends_with(" more."), "{long}");
}

#[test]
fn a_forest_plot_without_studies_shows_estimates_alone() {
    let metrics = ["error", "low", "high", "weight"];
    let empty = store(&[], &["a", "b"], &metrics, 1);
    let of = |e, m, value| record(0, e, m, 0, value);
    let pooled = [(0, 1.0), (1, 3.0)];
    let rows = pooled.iter().flat_map(|&(e, v)| [of(e, 0, v), of(e, 1, v - 1.0), of(e, 2, v + 1.0)]);
    let text = "kind = \"forest\"\ninterval = [\"low\", \"high\"]\nweight = \"weight\"\npooled = \"error\"\n\
                pooled_interval = [\"low\", \"high\"]\nx_label = \"x\"";
    let drawn = draw(&empty.clone().with_records(rows.collect()), text);
    assert_eq!(drawn.subtitle, "diamonds: estimates, with their intervals");
    let forests = drawn.panels[0].layers.iter().filter(|l| matches!(l, Layer::Forest { .. }));
    assert_eq!(forests.count(), 2);
    let at = |metric, value| Record { coordinate: Some(1.0), ..of(0, metric, value) };
    let study = [(0, 1.0), (1, 0.0), (2, 2.0), (3, 100.0)].map(|(m, v)| at(m, v)).to_vec();
    let drawn = draw(&empty.with_records(study), text);
    assert!(drawn.subtitle.starts_with("squares: weights of a"), "{}", drawn.subtitle);
}
