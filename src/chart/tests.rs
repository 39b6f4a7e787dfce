//! Tests of whole charts.

use proptest::prelude::*;

use super::figure::compose;
use super::font;
use super::scene::{Anchor, Mark, Rect, Scene, Weight};
use super::*;

fn line(name: &str, style: usize, points: Vec<(f64, f64)>) -> Layer {
    let band = points.iter().map(|p| (p.1 * 0.9, p.1 * 1.1)).collect();
    Layer::Line { name: name.to_owned(), style, points, band }
}

fn axis(label: &str, scale: Scale) -> AxisSpec {
    AxisSpec { label: label.to_owned(), scale, ..AxisSpec::default() }
}

/// A chart of `panels` panels with a line for each name.
pub(super) fn chart(panels: usize, names: &[&str]) -> Chart {
    let layers: Vec<Layer> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            line(name, i, (1..8).map(|k| (f64::from(k), (i as f64 + 1.0) / f64::from(k))).collect())
        })
        .collect();
    Chart {
        title: "Error & its λ".to_owned(),
        subtitle: "mean ± 2 standard errors".to_owned(),
        x: axis("samples n", Scale::Linear),
        y: axis("‖ŵ − w‖² < 1", Scale::Log10),
        own_y: false,
        faded: Vec::new(),
        panels: (0..panels).map(|i| Panel { title: format!("panel {i}"), layers: layers.clone() }).collect(),
        columns: None,
        footer: "commit 0123abc".to_owned(),
        alt: "falling lines".to_owned(),
        look: Look::default(),
    }
}

pub(super) fn heat(values: Vec<Option<f64>>, range: Option<(f64, f64)>) -> Layer {
    Layer::HeatMap { x: vec![1.0, 2.0], y: vec![1.0, 2.0], values, range, label: "rate".to_owned() }
}

/// The box of every text, in the embedded font.
fn text_boxes(scene: &Scene) -> Vec<(String, Rect)> {
    let texts =
        scene.marks.iter().filter_map(|mark| if let Mark::Text(label) = mark { Some(label) } else { None });
    texts
        .map(|label| {
            let width = font::width(&label.text, label.size, label.weight);
            let before = match label.anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => width / 2.0,
                Anchor::End => width,
            };
            let (up, down) = (0.74 * label.size, 0.2 * label.size);
            let (x, y) = label.at;
            let area = if label.upward {
                Rect { x0: x - up, y0: y - (width - before), x1: x + down, y1: y + before }
            } else {
                Rect { x0: x - before, y0: y - up, x1: x - before + width, y1: y + down }
            };
            (label.text.clone(), area)
        })
        .collect()
}

pub(super) fn check_texts(scene: &Scene) -> Result<(), String> {
    let texts = text_boxes(scene);
    for (i, (text, a)) in texts.iter().enumerate() {
        if a.x0 < 0.0 || a.y0 < 0.0 || a.x1 > scene.width || a.y1 > scene.height {
            return Err(format!("{text:?} leaves the page: {a:?}"));
        }
        for (other, b) in &texts[..i] {
            if a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 {
                return Err(format!("{text:?} covers {other:?}"));
            }
        }
    }
    Ok(())
}

/// Checks for positions that a backend could not draw.
pub(super) fn check_places(scene: &Scene) -> Result<(), String> {
    for mark in &scene.marks {
        let points = match mark {
            Mark::Fill { points, .. } | Mark::Stroke { points, .. } => points.clone(),
            Mark::Disc { centre, .. } => vec![*centre],
            Mark::Text(label) => vec![label.at],
        };
        for (x, y) in points {
            let inside = x >= -1.0 && y >= -1.0 && x <= scene.width + 1.0 && y <= scene.height + 1.0;
            if !inside {
                return Err(format!("{x}, {y} in {mark:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn an_svg_says_what_the_chart_says() {
    let text = svg(&chart(2, &["Lasso, λ = 0.1", "ISTA <fast>"])).unwrap();
    for part in [
        "<title>Error &amp; its λ</title>",
        "<desc>falling lines</desc>",
        ">Error &amp; its λ</text>",
        ">mean ± 2 standard errors</text>",
        ">samples n</text>",
        ">‖ŵ − w‖² &lt; 1</text>",
        ">panel 0</text>",
        ">Lasso, λ = 0.1</text>",
        ">ISTA &lt;fast&gt;</text>",
        ">0.2</text>",
        ">commit 0123abc</text>",
        "rotate(-90",
        "width=\"860\"",
        "font-size=\"155\"",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
    let named = text.matches(">Lasso, λ = 0.1<").count();
    assert_eq!(named, 2, "one legend for both panels, and the name at the right");
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    let chart = chart(3, &["a", "b", "c"]);
    assert_eq!(svg(&chart).unwrap(), svg(&chart).unwrap());
    assert_eq!(png(&chart, 1).unwrap(), png(&chart, 1).unwrap());
}

#[test]
fn a_png_has_the_size_of_the_page_and_is_not_blank() {
    let chart = chart(1, &["a"]);
    let page = compose(&chart).unwrap();
    let file = png(&chart, 2).unwrap();
    let mut reader = png::Decoder::new(file.as_slice()).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((f64::from(info.width), f64::from(info.height)), (2.0 * page.width, 2.0 * page.height));
    let blue = pixels.chunks(3).filter(|p| p[2] > 150 && p[0] < 40).count();
    assert!(blue > 500, "{blue} pixels of the line");
}

#[test]
fn nothing_to_show_is_said() {
    for layers in
        [vec![], vec![line("a", 0, vec![(f64::NAN, 1.0), (1.0, -1.0)])], vec![heat(vec![None; 4], None)]]
    {
        let chart = Chart { panels: vec![Panel { title: String::new(), layers }], ..chart(0, &[]) };
        assert!(svg(&chart).unwrap().contains(">no data</text>"));
    }
    assert!(svg(&Chart::default()).unwrap().contains(">no data</text>"));
}

#[test]
fn a_gap_breaks_a_line() {
    let strokes = |points: Vec<(f64, f64)>| {
        let layers = vec![Layer::Line { name: String::new(), style: 0, points, band: Vec::new() }];
        let chart = Chart { panels: vec![Panel { title: String::new(), layers }], ..Chart::default() };
        let blue = palette::colour(0);
        let scene = compose(&chart).unwrap();
        scene.marks.iter().filter(|m| matches!(m, Mark::Stroke { ink, .. } if *ink == blue)).count()
    };
    assert_eq!(strokes(vec![(0.0, 0.0), (1.0, 1.0), (2.0, 0.0), (3.0, 1.0)]), 1);
    assert_eq!(strokes(vec![(0.0, 0.0), (1.0, 1.0), (1.5, f64::NAN), (2.0, 0.0), (3.0, 1.0)]), 2);
}

/// The colours of heat-map cells, in drawing order.
fn cell_inks(layers: Vec<Layer>) -> Vec<super::scene::Ink> {
    let panels = layers.into_iter().map(|l| Panel { title: String::new(), layers: vec![l] }).collect();
    let scene = compose(&Chart { panels, ..Chart::default() }).unwrap();
    let heat: Vec<_> = (0..=1000).map(|k| palette::heat(f64::from(k) / 1000.0)).collect();
    let fills = scene.marks.iter().filter_map(|m| match m {
        Mark::Fill { points, ink } if heat.contains(ink) => {
            // The slices of the colour bar are narrower than any cell.
            let left = points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
            let right = points.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
            (right - left > 30.0).then_some(*ink)
        }
        _ => None,
    });
    fills.collect()
}

#[test]
fn a_colour_range_never_clips() {
    // The first panel requests 0 to 1, the second reaches 2: 1 and 2 must differ.
    let first = heat(vec![Some(0.0), Some(1.0), Some(0.0), Some(1.0)], Some((0.0, 1.0)));
    let second = heat(vec![Some(1.0), Some(2.0), Some(1.0), Some(2.0)], None);
    let inks = cell_inks(vec![first, second]);
    for fraction in [0.0, 0.5, 1.0] {
        assert!(inks.contains(&palette::heat(fraction)), "{fraction}: {inks:?}");
    }
    // If two ranges are requested, both are respected.
    let wide = heat(vec![Some(1.0); 4], Some((0.0, 4.0)));
    let narrow = heat(vec![Some(1.0); 4], Some((0.0, 1.0)));
    assert!(cell_inks(vec![narrow, wide]).iter().all(|ink| *ink == palette::heat(0.25)));
}

#[test]
fn where_lines_coincide_all_of_them_show() {
    let points: Vec<(f64, f64)> = (0..5).map(|k| (f64::from(k), 1.0)).collect();
    let layer = |style| Layer::Line { name: String::new(), style, points: points.clone(), band: Vec::new() };
    let panel = Panel { title: String::new(), layers: vec![layer(0), layer(1), layer(7)] };
    let scene = compose(&Chart { panels: vec![panel], ..Chart::default() }).unwrap();
    let ink = |mark: &Mark| match mark {
        Mark::Fill { ink, .. } | Mark::Stroke { ink, .. } | Mark::Disc { ink, .. } => Some(*ink),
        Mark::Text(_) => None,
    };
    let place = |style, line: bool| {
        let of = |m: &Mark| matches!(m, Mark::Stroke { width, .. } if *width == series::LINE) == line;
        scene.marks.iter().rposition(|m| ink(m) == Some(palette::colour(style)) && of(m)).unwrap()
    };
    // Styles 0 and 7 are solid: 7 is drawn under 0, and the dashes of 1 over both.
    assert!(place(7, true) < place(0, true) && place(0, true) < place(1, true));
    assert!(place(0, false) > place(1, false) && place(1, false) > place(7, false));
    assert!(place(1, true) < place(7, false), "markers over all lines");
}

#[test]
fn missing_cells_are_in_the_legend() {
    let with = |values| Chart {
        panels: vec![Panel { title: String::new(), layers: vec![heat(values, Some((0.0, 1.0)))] }],
        ..Chart::default()
    };
    assert!(svg(&with(vec![Some(0.0), None, Some(1.0), Some(0.5)])).unwrap().contains(">no value</text>"));
    assert!(!svg(&with(vec![Some(0.0); 4])).unwrap().contains(">no value</text>"));
}

#[test]
fn what_cannot_be_drawn_is_refused_with_the_reason() {
    let mut log = chart(1, &["a"]);
    log.y.range = Some((0.0, 1.0));
    assert!(svg(&log).unwrap_err().to_string().contains("vertical range 0 to 1"));
    let mut order = chart(1, &["a"]);
    order.x.range = Some((2.0, 1.0));
    assert!(matches!(svg(&order), Err(ChartError::Range { axis: "horizontal", .. })));
    let mut short = chart(1, &["a"]);
    short.panels[0].layers = vec![heat(vec![None; 3], None)];
    let message = svg(&short).unwrap_err().to_string();
    assert_eq!(message, "cells of a heat map of 2 columns and 2 rows: expected 4, found 3");
    assert!(matches!(png(&chart(1, &["a"]), 1000), Err(ChartError::Size { .. })));
}

#[test]
fn the_font_has_what_the_papers_need() {
    let needed = "λ±²δρ−≤≥σ√τμνθηεκβΣΩ×·≈≠∞ℓ‖ŵ⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂ᵀ→…–—°∂∑∏∫∇∈";
    assert_eq!(font::missing_glyphs(needed), Vec::<char>::new());
    assert_eq!(font::missing_glyphs("a ✓ ★"), ['★', '✓']);
}

#[test]
fn lines_are_broken_where_they_should() {
    let wrap = |text, limit| font::wrap(text, 14.0, Weight::Regular, limit);
    assert_eq!(wrap("", 100.0), Vec::<String>::new());
    assert_eq!(wrap("one\ntwo", 1000.0), ["one", "two"]);
    assert_eq!(wrap("certified gap ≤ 10⁻⁶", 110.0), ["certified gap", "≤ 10⁻⁶"]);
    for line in wrap("a_word_that_is_too_long_for_any_line_at_all", 80.0) {
        assert!(font::width(&line, 14.0, Weight::Regular) <= 80.0);
    }
    assert_eq!(wrap("WWW", 1.0).concat(), "WWW");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0f64..10.0,
        1 => Just(0.0),
        1 => Just(1.0),
        1 => proptest::num::f64::ANY,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::MAX), Just(f64::MIN), Just(5e-324)],
    ]
}

fn any_points() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((any_number(), any_number()), 0..6)
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let name = || "a".to_owned();
    prop_oneof![
        (any_points(), any_points(), any::<bool>(), 0usize..30).prop_map(
            move |(points, mut band, bare, style)| {
                band.resize(if bare { 0 } else { points.len() }, (0.5, 1.5));
                Layer::Line { name: name(), style, points, band }
            }
        ),
        (any_points(), 0usize..30).prop_map(move |(points, style)| Layer::Scatter {
            name: name(),
            style,
            points
        }),
        any_points().prop_map(move |points| Layer::Reference { name: name(), points }),
        (proptest::collection::vec(any_number(), 7), 0usize..30).prop_map(move |(v, style)| {
            let stats = BoxStats {
                at: v[0],
                low: v[1],
                q1: v[2],
                median: v[3],
                q3: v[4],
                high: v[5],
                outliers: vec![v[6]],
            };
            if style % 3 == 0 {
                return Layer::PublishedBoxes { name: name(), beside: name(), boxes: vec![stats] };
            }
            Layer::Boxes { name: name(), style, boxes: vec![stats] }
        }),
        (any_points(), proptest::collection::vec(proptest::option::of(any_number()), 36)).prop_map(
            |(centres, values)| {
                let (x, y): (Vec<f64>, Vec<f64>) = centres.into_iter().unzip();
                let values = values.into_iter().take(x.len() * y.len()).collect();
                Layer::HeatMap { x, y, values, range: None, label: String::new() }
            }
        ),
    ]
}

fn any_scale() -> impl Strategy<Value = Scale> {
    prop_oneof![Just(Scale::Linear), Just(Scale::Log10)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_data_whatever_break_a_chart(
        layers in proptest::collection::vec(any_layer(), 0..4),
        x in any_scale(),
        y in any_scale(),
        tick in any_number(),
    ) {
        let ticks = (tick > 0.0).then(|| vec![(tick, "tick".to_owned())]);
        let chart = Chart {
            x: AxisSpec { ticks, ..axis("x", x) },
            y: axis("y", y),
            panels: vec![Panel { title: String::new(), layers }],
            ..Chart::default()
        };
        let scene = compose(&chart);
        prop_assert!(scene.is_ok(), "{scene:?}");
        let places = check_places(&scene.unwrap());
        prop_assert!(places.is_ok(), "{places:?}");
    }

    #[test]
    fn texts_stay_on_the_page_and_clear_of_each_other(
        panels in 1usize..8,
        names in proptest::collection::vec("[a-zW]{1,12}( [a-z_]{1,30}){0,8}", 0..11),
        label in "[a-z]{1,10}( [a-zW]{1,20}){0,20}",
        low in -1e6f64..1e6,
        width in 1e-6f64..1e6,
        categories in proptest::option::of(proptest::collection::vec("[a-zW]{1,12}( [a-z]{1,12}){0,4}", 1..30)),
        scale in any_scale(),
        own in proptest::option::of((-1e3f64..1e3, 1e-3f64..1e3)),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut chart = chart(panels, &names);
        let at = |k: f64| if scale == Scale::Log10 { 10f64.powf(1e-5 * (low + k * width)) } else { low + k * width };
        chart.x.scale = scale;
        chart.x.range = Some((at(0.0), at(1.0)));
        if let Some(categories) = &categories {
            let step = 1.0 / categories.len() as f64;
            let place = |i: usize| at((i as f64 + 0.5) * step);
            chart.x.ticks = Some(categories.iter().enumerate().map(|(i, c)| (place(i), c.clone())).collect());
        }
        chart.title = label.clone();
        chart.x.label = label.clone();
        chart.y.label = label.clone();
        chart.panels[0].title = label;
        if let Some((level, spread)) = own {
            chart.own_y = true;
            chart.y.scale = Scale::Linear;
            for (i, panel) in chart.panels.iter_mut().enumerate() {
                let points = [(at(0.0), level), (at(1.0), level + spread * 10f64.powi(i as i32 - 4))];
                panel.layers = vec![line("a", 0, points.to_vec())];
            }
        }
        let texts = check_texts(&compose(&chart).unwrap());
        prop_assert!(texts.is_ok(), "{texts:?}");
    }
}

#[test]
fn strokes_end_at_the_frame_and_have_no_legend_entry() {
    let points = vec![(1.0, 1.0), (10.0, 10.0)];
    let strokes = vec![((1.0, -5.0), (1.0, 5.0)), ((10.0, 8.0), (10.0, f64::NAN))];
    let layers =
        vec![Layer::Scatter { name: "a".into(), style: 0, points }, Layer::Strokes { style: 0, strokes }];
    let log = axis("x", Scale::Log10);
    let drawn = Chart {
        x: log.clone(),
        y: log,
        panels: vec![Panel { title: String::new(), layers }],
        ..Chart::default()
    };
    let plain = Chart {
        panels: vec![Panel { layers: drawn.panels[0].layers[..1].to_vec(), ..Panel::default() }],
        ..drawn.clone()
    };
    let (with, without) = (svg(&drawn).unwrap(), svg(&plain).unwrap());
    // The only stroke with two ends; the axes and the legend are the same.
    let texts = |s: &str| s.matches("<text").count();
    assert_eq!((with.lines().count(), texts(&with)), (without.lines().count() + 1, texts(&without)));
    // A number without a logarithm lies beyond the end of the axis.
    let mut tiny = drawn.clone();
    tiny.panels[0].layers[1] = Layer::Strokes { style: 0, strokes: vec![((1.0, 1e-200), (1.0, 5.0))] };
    assert_eq!(svg(&tiny).unwrap(), with);
}

#[test]
fn panels_stand_side_by_side_as_asked() {
    let six = chart(6, &["a"]);
    let area = |c: &Chart| {
        let svg = svg(c).unwrap();
        let of = |key: &str| -> f64 {
            svg.split(&format!(" {key}=\""))
                .nth(1)
                .and_then(|t| t.split('"').next())
                .unwrap()
                .parse()
                .unwrap()
        };
        (of("width"), of("height"))
    };
    let (free, pairs) = (area(&six), area(&Chart { columns: Some(2), ..six.clone() }));
    assert!(pairs.0 < free.0 && pairs.1 > free.1, "{free:?} {pairs:?}");
}
