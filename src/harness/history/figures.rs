//! Figures of the history, with one panel for each claim or estimator.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_chart::{self, AxisSpec, Chart, Layer, Panel};
use remeasure_core::format::count;

use super::HISTORY;
use super::changes::{History, Series};
use super::line::Kind;
use crate::drawing::{self, file_name};

/// Maximum number of panels of a figure; more are split into several figures.
const PANELS: usize = 12;
/// Maximum number of ticks of the horizontal axis.
const TICKS: usize = 8;
const SAME_DATA: &str = "different numbers from the same data";
const BEYOND: &str = "beyond the noise";

fn panel(history: &History, series: &Series) -> Panel {
    let place = |at: usize| at as f64 + 1.0;
    let half = |se: f64| if se.is_finite() { 2.0 * se } else { 0.0 };
    let stretches = History::stretches(series);
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (i, p) in series.points.iter().enumerate() {
        // Break the line: a slope between two levels was never measured.
        if i > 0 && stretches.contains(&i) {
            points.push((place(p.at) - 0.5, f64::NAN));
            band.push((f64::NAN, f64::NAN));
        }
        points.push((place(p.at), p.value));
        band.push((p.value - half(p.se), p.value + half(p.se)));
    }
    let mut layers =
        vec![Layer::Line { name: "value ± 2 standard errors".to_owned(), style: 0, points, band }];
    for change in history.changes(series) {
        // Between this measurement and the previous one.
        let x = place(series.points[change.point].at) - 0.5;
        let name = if change.beyond_noise { BEYOND } else { SAME_DATA };
        let points = vec![(x, f64::MIN), (x, f64::MAX)];
        layers.push(Layer::Reference { name: name.to_owned(), points });
    }
    let title = if series.kind == Kind::Claim { &series.name } else { &series.estimator };
    Panel { title: title.clone(), layers }
}

/// Ticks at whole numbers, at most [`TICKS`].
fn ticks(measurements: usize) -> Vec<(f64, String)> {
    let steps = (0..).flat_map(|e| [1, 2, 5].map(|m| m * 10_usize.saturating_pow(e)));
    let step = steps.take_while(|s| *s <= measurements).find(|s| measurements / s <= TICKS).unwrap_or(1);
    let numbers = (1..=measurements).filter(|n| n % step == 0 || step == 1);
    numbers.map(|n| (n as f64, n.to_string())).collect()
}

fn chart(history: &History, what: &str, label: &str, part: &str, series: &[&Series]) -> Chart {
    let n = history.measurements.len();
    let last = history.measurements.last();
    let day = |date: &str| date.split('T').next().unwrap_or_default().to_owned();
    let from = history.measurements.first().map(|m| day(&m.date)).unwrap_or_default();
    let to = last.map(|m| day(&m.date)).unwrap_or_default();
    let mut lead = format!("{}, {from} to {to}", count(n, "measurement"));
    if n > 1 {
        lead.push_str("; lines end where the number changed");
    }
    if series.len() > 1 {
        lead.push_str("; every panel has its own vertical axis");
    }
    let mut panels: Vec<Panel> = series.iter().map(|s| panel(history, s)).collect();
    let marked = panels.iter().any(|p| p.layers.iter().any(|l| matches!(l, Layer::Reference { .. })));
    if marked && let Some(first) = panels.first_mut() {
        // Both are always in the legend, in this order, so that all figures use the same dashes.
        let entry = |name: &str| Layer::Reference { name: name.to_owned(), points: Vec::new() };
        first.layers.splice(1..1, [SAME_DATA, BEYOND].map(entry));
    }
    Chart {
        title: format!("{}: {what} over time{part}", history.experiment),
        subtitle: lead,
        x: AxisSpec {
            label: "measurement".to_owned(),
            range: Some((0.5, n as f64 + 0.5)),
            ticks: Some(ticks(n)),
            ..AxisSpec::default()
        },
        y: AxisSpec { label: label.to_owned(), ..AxisSpec::default() },
        columns: None,
        own_y: true,
        faded: Vec::new(),
        look: remeasure_chart::Look::default(),
        panels,
        footer: format!(
            "remeasure history {} --profile {}; from {HISTORY}; the last by {}, config {}",
            history.experiment,
            history.profile,
            last.map_or("", |m| m.code.as_str()),
            last.map_or("", |m| m.config.as_str())
        ),
        alt: format!(
            "{what} of {} by measurement, one panel each; vertical lines show changes",
            history.experiment
        ),
    }
}

/// Draws the values of the claims (`claims.svg` and `.png`) and each metric's headline numbers
/// (`metric-NAME.…`) into `folder`, replacing earlier figures. With more than twelve panels, there are
/// several files with a number after the name. Returns the SVG files.
///
/// # Errors
/// If the folder cannot be written or a chart cannot be drawn.
pub fn draw(history: &History, folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = |s: &&Series| s.points.iter().any(|p| p.value.is_finite());
    let all: Vec<&Series> = history.series.iter().filter(shown).collect();
    let claims: Vec<&Series> = all.iter().copied().filter(|s| s.kind == Kind::Claim).collect();
    let mut groups =
        vec![("claims".to_owned(), "values of the claims".to_owned(), "value".to_owned(), claims)];
    for series in all.iter().filter(|s| s.kind == Kind::Metric) {
        let name = format!("metric-{}", file_name(&series.name));
        match groups.iter_mut().find(|g| g.0 == name) {
            Some(group) => group.3.push(series),
            None => groups.push((name, format!("mean {}", series.name), series.name.clone(), vec![series])),
        }
    }
    let cannot = || format!("cannot write into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
        let ours = name.starts_with("claims") || name.starts_with("metric-");
        if ours && path.extension().is_some_and(|e| e == "svg" || e == "png") {
            std::fs::remove_file(&path).with_context(cannot)?;
        }
    }
    let mut files = Vec::new();
    for (name, what, label, series) in &groups {
        let parts = series.len().div_ceil(PANELS);
        // Parts of about the same size.
        for (i, some) in series.chunks(series.len().div_ceil(parts.max(1)).max(1)).enumerate() {
            let several = parts > 1;
            let part = if several { format!(" ({} of {parts})", i + 1) } else { String::new() };
            let chart = chart(history, what, label, &part, some);
            let stem = if several { format!("{name}-{}", i + 1) } else { name.clone() };
            let [svg, _] = drawing::save(folder, &stem, &chart)?;
            files.push(svg);
        }
    }
    Ok(files)
}
