//! Draws a set of made-up charts, one of each kind, for viewing:
//! `cargo run --release --example charts -- FOLDER`.

use std::path::PathBuf;

use remeasure::chart::{AxisSpec, BoxStats, Chart, Layer, Panel, Scale, png, svg};

const NAMES: [&str; 10] = [
    "Lasso, certified gap ≤ 10⁻⁶",
    "ISTA",
    "FISTA",
    "IHT (k known)",
    "OMP (k known)",
    "oracle least squares",
    "linfa Lasso, λ by 10-fold cross-validation, one standard error",
    "AMP, √n-scaled",
    "LISTA, 16 layers",
    "ALISTA",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "charts".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for (name, chart) in charts() {
        std::fs::write(folder.join(format!("{name}.svg")), svg(&chart)?)?;
        std::fs::write(folder.join(format!("{name}.png")), png(&chart, 2)?)?;
        println!("{}", folder.join(name).display());
    }
    Ok(())
}

fn charts() -> Vec<(&'static str, Chart)> {
    vec![
        ("lines", lines()),
        ("ten-lines", ten_lines()),
        ("facets", facets()),
        ("five-facets", five_facets()),
        ("boxes", boxes()),
        ("boxes-dodged", boxes_dodged()),
        ("heat-map", heat_map()),
        ("heat-facets", heat_facets()),
        ("scatter", scatter()),
        ("long-texts", long_texts()),
        ("short-log", short_log()),
        ("degenerate", degenerate()),
    ]
}

/// A fixed number between -1 and 1 that looks random.
fn noise(seed: usize) -> f64 {
    let x = (seed as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 32)) % 20_001) as f64 / 10_000.0 - 1.0
}

fn axis(label: &str, scale: Scale) -> AxisSpec {
    AxisSpec { label: label.to_owned(), scale, ..AxisSpec::default() }
}

fn footer() -> String {
    "sparse-recovery · profile paper · commit 0123abc · config 89ef45 · mean ± 2 standard errors".to_owned()
}

fn decay(style: usize, x: &[f64], shift: f64) -> Layer {
    let rate = 0.4 + 0.22 * style as f64;
    let points: Vec<(f64, f64)> = x
        .iter()
        .enumerate()
        .map(|(i, &x)| (x, (-(rate + shift) * x).exp() * (1.0 + 0.15 * noise(style * 100 + i)) + 1e-5))
        .collect();
    let band = points.iter().map(|p| (p.1 * 0.75, p.1 * 1.3)).collect();
    Layer::Line { name: NAMES[style].to_owned(), style, points, band }
}

fn lines() -> Chart {
    let x: Vec<f64> = (1..=10).map(|k| 0.5 * f64::from(k)).collect();
    let mut layers: Vec<Layer> = (0..8).map(|style| decay(style, &x, 0.0)).collect();
    layers.push(Layer::Reference {
        name: "minimax rate σ²k log(p/k)/n".to_owned(),
        points: (5..=50).map(|k| (0.1 * f64::from(k), (-0.1 * f64::from(k)).exp() * 0.8)).collect(),
    });
    Chart {
        columns: None,
        title: "Estimation error falls exponentially in the undersampling ratio".to_owned(),
        subtitle: "p = 1000, k = 50, SNR = 20 dB, 200 replicates; bands: ± 2 standard errors".to_owned(),
        x: axis("undersampling δ = n/p", Scale::Linear),
        y: axis("NMSE ‖ŵ − w‖² / ‖w‖²", Scale::Log10),
        own_y: false,
        panels: vec![Panel { title: String::new(), layers }],
        footer: footer(),
        alt: "Eight falling curves with error bands.".to_owned(),
        ..Chart::default()
    }
}

fn ten_lines() -> Chart {
    let layers = (0..10)
        .map(|style| Layer::Line {
            name: NAMES[style].to_owned(),
            style,
            points: (0..200)
                .map(|i| {
                    (
                        f64::from(i),
                        10f64.powf(-0.01 * (style as f64 + 1.0) * f64::from(i) - 0.3 * style as f64),
                    )
                })
                .collect(),
            band: Vec::new(),
        })
        .collect();
    Chart {
        title: "Objective gap along the iterations".to_owned(),
        x: axis("iteration", Scale::Linear),
        y: AxisSpec { range: Some((1e-14, 2.0)), ..axis("P(w) − P*", Scale::Log10) },
        panels: vec![Panel { title: String::new(), layers }],
        ..Chart::default()
    }
}

fn facets() -> Chart {
    let x: Vec<f64> = (0..7).map(|k| 100.0 * 2f64.powi(k)).collect();
    let panels = (0..6)
        .map(|i| {
            let layers = (0..5)
                .map(|style| {
                    let points: Vec<(f64, f64)> = x
                        .iter()
                        .enumerate()
                        .map(|(k, &x)| {
                            let level = (x / 100.0).powf(-0.5 - 0.1 * style as f64) * (1.0 + 0.3 * i as f64);
                            (x, level * (1.0 + 0.06 * noise(i * 999 + style * 31 + k)))
                        })
                        .collect();
                    let band = points.iter().map(|p| (p.1 - 0.08, p.1 + 0.08)).collect();
                    Layer::Line { name: NAMES[style].to_owned(), style, points, band }
                })
                .chain([Layer::Reference {
                    name: "noise level σ".to_owned(),
                    points: vec![(1.0, 0.2), (1e5, 0.2)],
                }])
                .collect();
            Panel { title: format!("SNR = {} dB, ρ = 0.{i}", 5 * i), layers }
        })
        .collect();
    Chart {
        columns: None,
        title: "Error by sample size".to_owned(),
        subtitle: "one panel per signal-to-noise ratio".to_owned(),
        x: axis("samples n", Scale::Log10),
        y: axis("‖ŵ − w‖₂", Scale::Linear),
        own_y: false,
        panels,
        footer: footer(),
        alt: "Six panels of falling curves.".to_owned(),
        ..Chart::default()
    }
}

fn five_facets() -> Chart {
    let mut chart = facets();
    chart.panels.truncate(5);
    chart.panels[3].layers.clear();
    chart.panels[1].title =
        "a long panel title that must be broken because no panel is as wide as it".to_owned();
    chart
}

fn summary(at: f64, centre: f64, spread: f64, seed: usize) -> BoxStats {
    BoxStats {
        at,
        low: centre - 2.0 * spread,
        q1: centre - spread,
        median: centre + 0.2 * spread * noise(seed),
        q3: centre + 0.8 * spread,
        high: centre + 2.2 * spread,
        outliers: (0..4).map(|k| centre + spread * (2.8 + 0.9 * noise(seed + k))).collect(),
    }
}

fn boxes() -> Chart {
    let layers = (0..5)
        .map(|i| Layer::Boxes {
            name: String::new(),
            style: i,
            boxes: vec![summary(i as f64, 0.3 + 0.1 * i as f64, 0.05 + 0.01 * i as f64, 7 * i)],
        })
        .collect();
    let ticks = (0..5).map(|i| (i as f64, NAMES[if i == 4 { 6 } else { i }].to_owned())).collect();
    Chart {
        title: "Support recovery of five estimators".to_owned(),
        x: AxisSpec { ticks: Some(ticks), ..axis("estimator", Scale::Linear) },
        y: axis("F₁ of the support", Scale::Linear),
        own_y: false,
        panels: vec![Panel { title: String::new(), layers }],
        footer: footer(),
        ..Chart::default()
    }
}

fn boxes_dodged() -> Chart {
    let layers = (0..5)
        .map(|i| Layer::Boxes {
            name: NAMES[i].to_owned(),
            style: i,
            boxes: [100.0f64, 200.0, 400.0, 800.0]
                .iter()
                .enumerate()
                .map(|(k, &n)| summary(n, 3.0 - 0.5 * k as f64 + 0.2 * i as f64, 0.2, 50 * i + k))
                .collect(),
        })
        .collect();
    let ticks = [100, 200, 400, 800].map(|n| (f64::from(n), n.to_string())).to_vec();
    Chart {
        title: "Prediction error by sample size".to_owned(),
        x: AxisSpec { ticks: Some(ticks), ..axis("samples n", Scale::Log10) },
        y: axis("prediction error", Scale::Linear),
        own_y: false,
        panels: vec![Panel { title: String::new(), layers }],
        footer: footer(),
        ..Chart::default()
    }
}

fn success(size: usize, sharpness: f64, hole: bool) -> Layer {
    let centres: Vec<f64> = (0..size).map(|i| (i as f64 + 0.5) / size as f64).collect();
    let values = centres
        .iter()
        .enumerate()
        .flat_map(|(row, &s)| {
            let x = centres.clone();
            x.into_iter().enumerate().map(move |(column, delta)| {
                let edge = delta - boundary(s);
                let value = 1.0 / (1.0 + (-sharpness * edge).exp());
                (!(hole && (row + 2 * column) % 37 == 3)).then_some((value * 20.0).round() / 20.0)
            })
        })
        .collect();
    Layer::HeatMap {
        x: centres.clone(),
        y: centres,
        values,
        range: Some((0.0, 1.0)),
        label: "success rate".to_owned(),
    }
}

fn boundary(s: f64) -> f64 {
    s.powf(0.55)
}

fn transition() -> Layer {
    let points = (0..=200).map(|k| f64::from(k) / 200.0).map(|s| (boundary(s), s)).collect();
    Layer::Reference { name: "asymptotic ℓ₁ transition (Donoho–Tanner)".to_owned(), points }
}

fn heat_map() -> Chart {
    Chart {
        columns: None,
        title: "Exact recovery by ℓ₁ minimisation".to_owned(),
        subtitle: "p = 400, 50 replicates a cell".to_owned(),
        x: axis("undersampling δ = n/p", Scale::Linear),
        y: axis("sparsity ρ = k/p", Scale::Linear),
        own_y: false,
        panels: vec![Panel { title: String::new(), layers: vec![success(24, 25.0, true), transition()] }],
        footer: footer(),
        alt: "Success rate over undersampling and sparsity.".to_owned(),
        ..Chart::default()
    }
}

fn heat_facets() -> Chart {
    let panel = |p: usize, sharpness| Panel {
        title: format!("p = {p}"),
        layers: vec![success(16, sharpness, false), transition()],
    };
    Chart { panels: vec![panel(100, 10.0), panel(400, 20.0), panel(1600, 40.0)], ..heat_map() }
}

fn scatter() -> Chart {
    let layers = (0..4)
        .map(|style| Layer::Scatter {
            name: NAMES[style].to_owned(),
            style,
            points: (0..60)
                .map(|i| {
                    let x = 10f64.powf(2.0 * noise(style * 5000 + i) + 1.0);
                    (x, x.powf(0.8) * 10f64.powf(0.3 * noise(style * 7000 + i) + 0.2 * style as f64))
                })
                .collect(),
        })
        .chain([Layer::Reference { name: "y = x".to_owned(), points: vec![(0.1, 0.1), (1e4, 1e4)] }])
        .collect();
    Chart {
        title: "Predicted and measured iterations".to_owned(),
        x: axis("predicted", Scale::Log10),
        y: axis("measured", Scale::Log10),
        own_y: false,
        panels: vec![Panel { title: String::new(), layers }],
        ..Chart::default()
    }
}

fn long_texts() -> Chart {
    let long =
        "a_text_without_a_single_space_that_is_far_too_long_for_any_legend_and_must_be_broken_somewhere";
    let mut chart = lines();
    chart.title = format!("{} — {}", chart.title.repeat(2), "λ ± μ² δ ρ − ≤ σ √ ∇ ∈ ₀ ⁻⁵ → ‖x̂‖");
    chart.subtitle = chart.subtitle.repeat(2);
    chart.x.label =
        "a very long label of the horizontal axis with its unit, its meaning and a remark ".repeat(2);
    chart.y.label =
        "a very long label of the vertical axis with its unit and a remark that goes on".to_owned();
    chart.footer = chart.footer.repeat(3);
    if let Some(Layer::Line { name, .. }) = chart.panels[0].layers.get_mut(1) {
        *name = long.to_owned();
    }
    chart.y.ticks = None;
    chart
}

fn short_log() -> Chart {
    let points = (0..12).map(|k| 110.0 + 40.0 * f64::from(k)).map(|x| (x, 3e-7 * x.powf(0.3))).collect();
    Chart {
        title: "Less than a decade".to_owned(),
        x: axis("n", Scale::Log10),
        y: axis("seconds", Scale::Log10),
        own_y: false,
        panels: vec![Panel {
            title: String::new(),
            layers: vec![Layer::Line { name: "fit".to_owned(), style: 0, points, band: Vec::new() }],
        }],
        ..Chart::default()
    }
}

fn degenerate() -> Chart {
    let line = |points: Vec<(f64, f64)>, band: Vec<(f64, f64)>| Panel {
        title: String::new(),
        layers: vec![Layer::Line { name: "series".to_owned(), style: 1, points, band }],
    };
    Chart {
        title: "Degenerate".to_owned(),
        x: axis("x", Scale::Linear),
        y: axis("y", Scale::Linear),
        own_y: false,
        panels: vec![
            line(vec![(1.0, 2.0)], vec![(1.9, 2.1)]),
            line(vec![(1.0, 2.0), (f64::NAN, 1.0), (f64::INFINITY, 2.0)], Vec::new()),
            line(Vec::new(), Vec::new()),
            Panel { title: "nothing at all".to_owned(), layers: Vec::new() },
        ],
        ..Chart::default()
    }
}
