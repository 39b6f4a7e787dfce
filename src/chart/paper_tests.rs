//! Tests of charts laid out for print.

use std::io::Read;

use proptest::prelude::*;

use super::figure::compose;
use super::scene::{Ink, Mark};
use super::tests::{chart, check_places, check_texts, heat};
use super::*;

fn on(width: f64, font_size: f64, chart: Chart) -> Chart {
    let paper = Paper { width, unit: "mm", points: 72.0 / 25.4, font_size };
    Chart { look: Look { paper: Some(paper), ..Look::default() }, ..chart }
}

#[test]
fn an_svg_has_the_width_of_the_paper_and_its_type() {
    let chart = on(85.0, 8.0, chart(2, &["a", "b"]));
    let text = svg(&chart).unwrap();
    assert!(text.contains("width=\"85mm\" height=\"") && text.contains("viewBox=\"0 0 4670 "), "{text}");
    // 467 units of the page are 85 mm, so a label of 15.5 units is 8 points.
    let label: f64 = 15.5 * 85.0 / 467.0 / 25.4 * 72.0;
    assert!((label - 8.0).abs() < 0.01 && text.contains("font-size=\"155\""));
    let [page, wide] = [&chart, &on(180.0, 8.0, self::chart(2, &["a", "b"]))].map(|c| compose(c).unwrap());
    assert!(page.height > 1.2 * page.width && wide.height < wide.width, "panels one below the other");
}

#[test]
fn a_png_has_the_pixels_and_the_density_of_the_paper() {
    let mut chart = on(85.0, 8.0, chart(1, &["a"]));
    for (dpi, width) in [(None, 1004), (Some(600), 2008)] {
        chart.look.dpi = dpi;
        let file = png(&chart, 2).unwrap();
        let reader = png::Decoder::new(file.as_slice()).read_info().unwrap();
        let dots = (f64::from(dpi.unwrap_or(300)) / 0.0254).round() as u32;
        assert_eq!((reader.info().width, reader.info().pixel_dims.unwrap().xppu), (width, dots));
    }
}

#[test]
fn greys_differ_in_looks_and_have_no_colour() {
    let names: Vec<String> = (0..12).map(|i| i.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut chart = chart(1, &names);
    let heat =
        Panel { layers: vec![heat(vec![Some(0.0), Some(1.0), None, Some(0.5)], None)], ..Panel::default() };
    chart.panels.push(heat);
    chart.look.grey = true;
    let single = Chart { panels: vec![self::chart(1, &["a", "b"]).panels.remove(0)], ..chart.clone() };
    let black = |mark: &Mark| match mark {
        Mark::Text(label) if ["a", "b"].contains(&label.text.as_str()) => label.ink == palette::BLACK,
        _ => true,
    };
    assert!(composed(&single).unwrap().marks.iter().all(black), "names at the ends of lines");
    for mark in &composed(&chart).unwrap().marks {
        let (Mark::Fill { ink, .. } | Mark::Stroke { ink, .. } | Mark::Disc { ink, .. }) = mark else {
            continue;
        };
        assert!(ink.rgb.0 == ink.rgb.1 && ink.rgb.1 == ink.rgb.2, "{mark:?}");
    }
    // A lighter cell is a larger number.
    let level = |fraction| {
        let mut scene = compose(&Chart::default()).unwrap();
        scene.fill(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], palette::heat(fraction));
        palette::to_grey(&mut scene);
        let Some(Mark::Fill { ink: Ink { rgb, .. }, .. }) = scene.marks.pop() else { unreachable!() };
        rgb.0
    };
    let levels: Vec<u8> = (0..=20).map(|k| level(f64::from(k) / 20.0)).collect();
    assert!(levels.windows(2).all(|w| w[0] < w[1]), "{levels:?}");
}

#[test]
fn looks_come_again_only_after_many_series() {
    let looks = |style: usize, grey: bool| {
        let mut scene = scene::Scene { width: 9.0, height: 9.0, ..scene::Scene::default() };
        palette::marker(&mut scene, style, (0.0, 0.0), 4.0, 1.0);
        if grey {
            palette::to_grey(&mut scene);
        }
        format!("{:?} {:?}", scene.marks, palette::dash(style))
    };
    for grey in [false, true] {
        let mut all: Vec<String> = (0..60).map(|style| looks(style, grey)).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 60, "grey: {grey}");
    }
}

/// The streams of a PDF, unpacked; every entry of its object table must lead to one.
fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pdf);
    assert!(pdf.starts_with(b"%PDF-1.") && pdf.ends_with(b"%%EOF\n"));
    let start: usize = text.rsplit_once("startxref\n").unwrap().1.lines().next().unwrap().parse().unwrap();
    let table = std::str::from_utf8(&pdf[start..]).unwrap();
    assert!(table.starts_with("xref"), "{table}");
    let used = table.lines().filter(|line| line.trim_end().ends_with(" n"));
    let mut found = Vec::new();
    for line in used {
        let at: usize = line[..10].parse().unwrap();
        let object = &pdf[at..];
        let head = String::from_utf8_lossy(&object[..object.len().min(200)]).into_owned();
        assert!(head.lines().next().unwrap().ends_with(" 0 obj"), "{head}");
        let Some(length) = head.split("/Length ").nth(1) else { continue };
        let length: usize = length.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
        let begin = object.windows(7).position(|w| w == b"stream\n").unwrap() + 7;
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(&object[begin..begin + length]).read_to_end(&mut bytes).unwrap();
        found.push(bytes);
    }
    found
}

#[test]
fn a_pdf_is_well_formed_and_has_the_size_of_the_paper() {
    let chart = on(85.0, 8.0, chart(2, &["Lasso, λ = 10⁻⁶", "ŵ and ∇"]));
    let file = pdf(&chart).unwrap();
    assert_eq!(file, pdf(&chart).unwrap());
    let text = String::from_utf8_lossy(&file);
    let page: Vec<f64> = text
        .split("/MediaBox [")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap()
        .split_whitespace()
        .map(|v| v.parse().unwrap())
        .collect();
    let scene = compose(&chart).unwrap();
    assert!((page[2] - 85.0 / 25.4 * 72.0).abs() < 1e-3, "{page:?}");
    assert!((page[3] / page[2] - scene.height / scene.width).abs() < 1e-4, "{page:?}");
    let streams = streams(&file);
    // The page, and for each of the two fonts its program and its character map.
    assert_eq!(streams.len(), 5);
    let drawn = String::from_utf8_lossy(&streams[0]).into_owned();
    assert!(drawn.matches("\nBT").count() > 20 && drawn.matches("BT").count() == drawn.matches("ET").count());
    assert!(streams.iter().any(|s| String::from_utf8_lossy(s).contains("<03BB>")), "λ can be searched");
    assert!(!text.contains("Date"), "no time of making");
    // A chart for the screen has the same size in print: 96 units per inch.
    let screen = String::from_utf8_lossy(&pdf(&self::chart(1, &["a"])).unwrap()).into_owned();
    assert!(screen.contains("/MediaBox [0 0 570 "), "{:?}", screen.find("/MediaBox"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn narrow_pages_have_room_for_their_texts(
        panels in 1usize..7,
        names in proptest::collection::vec("[a-zW]{1,12}( [a-z_]{1,12}){0,4}", 1..9),
        label in "[a-z]{1,10}( [a-zW]{1,12}){0,6}",
        width in 60.0f64..190.0,
        font_size in 6.0f64..8.5,
        categories in proptest::option::of(proptest::collection::vec("[a-zW]{1,12}( [a-z]{1,12}){0,2}", 1..12)),
        coloured in any::<bool>(),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut chart = on(width, font_size, chart(panels, &names));
        if coloured {
            chart.panels[0].layers = vec![heat(vec![Some(0.0), Some(1.0), None, Some(0.5)], None)];
        }
        if let Some(categories) = &categories {
            let place = |i: usize| 1.0 + 6.0 * (i as f64 + 0.5) / categories.len() as f64;
            chart.x.ticks = Some(categories.iter().enumerate().map(|(i, c)| (place(i), c.clone())).collect());
        }
        chart.title = label.clone();
        chart.x.label = label.clone();
        chart.y.label = label.clone();
        chart.panels[0].title = label;
        let scene = compose(&chart).unwrap();
        let texts = check_texts(&scene);
        prop_assert!(texts.is_ok(), "{texts:?}");
        let places = check_places(&scene);
        prop_assert!(places.is_ok(), "{places:?}");
    }
}
