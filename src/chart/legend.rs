//! The legend.

use super::font;
use super::graphs;
use super::heatmap::ColourScale;
use super::model::{Chart, Fate, Layer};
use super::palette;
use super::scene::{Anchor, Label, Rect, Scene, Weight};
use super::series;
use super::sizes::{HALF_CAP, LEADING};

const SIZE: f64 = 14.0;
/// Width of the sample to the left of a name.
const SAMPLE: f64 = 34.0;
/// Gaps between sample and name, and between columns.
const GAP: f64 = 8.0;
const COLUMN_GAP: f64 = 22.0;

/// The sample drawn to the left of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sample {
    Line { style: usize, band: bool, faded: bool },
    Points(usize),
    Boxes(usize),
    Published,
    PublishedMarks,
    Reference { index: usize, halo: bool },
    Missing,
    Edge(Fate),
}

/// An entry of the legend.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    name: String,
    sample: Sample,
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it stands for a line.
    pub(super) fn is_line(&self) -> bool {
        matches!(self.sample, Sample::Line { .. })
    }

    /// The sample alone, on a page of its own.
    pub(super) fn sample(&self) -> Scene {
        let mut scene = Scene { width: SAMPLE, height: 16.0, ..Scene::default() };
        draw_sample(&mut scene, self.sample, (0.0, 8.0));
        scene
    }
}

/// The names of a chart's reference curves; their order determines the dashes.
pub(super) fn references(chart: &Chart) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for layer in chart.panels.iter().flat_map(|panel| &panel.layers) {
        if let Layer::Reference { name, .. } = layer
            && !names.contains(&name.as_str())
        {
            names.push(name);
        }
    }
    names
}

/// The entries of a chart's legend: series, then published boxes, reference curves, and cells without a number.
pub(super) fn entries(chart: &Chart, colours: Option<&ColourScale>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |name: &str, sample| {
        if !name.trim().is_empty() && !entries.iter().any(|entry| entry.name == name) {
            entries.push(Entry { name: name.to_owned(), sample });
        }
    };
    for layer in chart.panels.iter().flat_map(|panel| &panel.layers) {
        match layer {
            Layer::Line { name, style, band, .. } => {
                let faded = chart.faded.contains(name);
                add(name, Sample::Line { style: *style, band: !band.is_empty() && !faded, faded });
            }
            Layer::Boxes { name, style, .. } => add(name, Sample::Boxes(*style)),
            Layer::Scatter { name, style, .. } => add(name, Sample::Points(*style)),
            Layer::PublishedBoxes { .. }
            | Layer::PublishedMarks { .. }
            | Layer::Forest { .. }
            | Layer::HeatMap { .. }
            | Layer::Image { .. }
            | Layer::Graph { .. }
            | Layer::Strokes { .. }
            | Layer::Reference { .. } => {}
        }
    }
    for layer in chart.panels.iter().flat_map(|panel| &panel.layers) {
        if let Layer::PublishedBoxes { name, .. } = layer {
            add(name, Sample::Published);
        }
        if let Layer::PublishedMarks { name, .. } = layer {
            add(name, Sample::PublishedMarks);
        }
    }
    for (index, name) in references(chart).into_iter().enumerate() {
        add(name, Sample::Reference { index, halo: colours.is_some() });
    }
    for fate in [Fate::Right, Fate::Missing, Fate::Other, Fate::Extra] {
        let has = |layer: &Layer| matches!(layer, Layer::Graph { edges, .. } if edges.iter().any(|e| e.fate == fate));
        if chart.panels.iter().flat_map(|panel| &panel.layers).any(has) {
            add(graphs::name(fate), Sample::Edge(fate));
        }
    }
    if colours.is_some_and(|colours| colours.gaps) {
        add("no value", Sample::Missing);
    }
    entries
}

/// A legend with its texts broken into lines and its columns measured.
#[derive(Clone, Debug)]
pub(super) struct Arrangement {
    items: Vec<(Sample, Vec<String>)>,
    /// Widths of the columns.
    widths: Vec<f64>,
    /// Top of each row, and bottom of the last one.
    rows: Vec<f64>,
    pub(super) width: f64,
}

impl Arrangement {
    pub(super) fn height(&self) -> f64 {
        self.rows.last().copied().unwrap_or(0.0)
    }

    /// Arranges the entries within the width `limit`, in at most `columns` columns.
    pub(super) fn new(entries: &[Entry], limit: f64, columns: usize) -> Self {
        // Long names take less space broken in several columns or unbroken in one; use the plan with the
        // least height.
        let most = columns.min(entries.len()).clamp(1, 4);
        let room_of = |share: usize| (limit - (share - 1) as f64 * COLUMN_GAP) / share as f64 - SAMPLE - GAP;
        // Use no more columns than let every word stay whole.
        let whole = |share: &usize| {
            *share == 1 || entries.iter().all(|e| font::keeps_words(&e.name, SIZE, room_of(*share)))
        };
        let plans = (1..=most).filter(whole).map(|share| {
            let room = room_of(share);
            let set = |entry: &Entry| {
                (entry.sample, font::wrap(&entry.name, SIZE, Weight::Regular, room.max(40.0)))
            };
            Self::arranged(entries.iter().map(set).collect(), limit, columns)
        });
        let lowest = plans.reduce(|best, plan| if plan.height() < best.height() { plan } else { best });
        lowest.unwrap_or_else(|| Self::arranged(Vec::new(), limit, columns))
    }

    /// Puts names that are already broken into as many columns as fit.
    fn arranged(items: Vec<(Sample, Vec<String>)>, limit: f64, columns: usize) -> Self {
        let texts: Vec<f64> = items
            .iter()
            .map(|(_, lines)| SAMPLE + GAP + font::widest(lines, SIZE, Weight::Regular))
            .collect();
        let (widths, width) = (1..=columns.min(items.len()).max(1))
            .rev()
            // Only consider column counts that fill the rows evenly.
            .filter(|&count| count == 1 || items.len().div_ceil(items.len().div_ceil(count)) == count)
            .map(|count| {
                let widest = |c| texts.iter().skip(c).step_by(count).copied().fold(0.0, f64::max);
                let widths: Vec<f64> = (0..count).map(widest).collect();
                let width = widths.iter().sum::<f64>() + (count - 1) as f64 * COLUMN_GAP;
                (widths, width)
            })
            .find(|(widths, width)| *width <= limit || widths.len() == 1)
            .unwrap_or_default();
        let mut rows = vec![0.0];
        for row in items.chunks(widths.len().max(1)) {
            let lines = row.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
            rows.push(rows[rows.len() - 1] + lines as f64 * SIZE * LEADING + 4.0);
        }
        Self { items, widths, rows, width }
    }

    /// Draws the legend with its upper left corner here.
    pub(super) fn draw(&self, scene: &mut Scene, (left, top): (f64, f64)) {
        for (i, (sample, lines)) in self.items.iter().enumerate() {
            let (row, column) = (i / self.widths.len(), i % self.widths.len());
            let x = left + self.widths[..column].iter().map(|width| width + COLUMN_GAP).sum::<f64>();
            let y = top + self.rows[row];
            let middle = y + SIZE * LEADING / 2.0;
            draw_sample(scene, *sample, (x, middle));
            for (k, line) in lines.iter().enumerate() {
                let at = (x + SAMPLE + GAP, middle + HALF_CAP * SIZE + k as f64 * SIZE * LEADING);
                scene.text(Label::new(line, at, SIZE, Weight::Regular, Anchor::Start, palette::BLACK));
            }
        }
    }
}

fn draw_sample(scene: &mut Scene, sample: Sample, (x, y): (f64, f64)) {
    let ends = [(x, y), (x + SAMPLE, y)];
    let middle = (x + SAMPLE / 2.0, y);
    let block = |half_width: f64, half_height: f64| Rect {
        x0: middle.0 - half_width,
        y0: y - half_height,
        x1: middle.0 + half_width,
        y1: y + half_height,
    };
    match sample {
        Sample::Line { style, band, faded } => {
            if band {
                scene.fill(block(SAMPLE / 2.0, 6.0).corners(), palette::colour(style).alpha(series::BAND));
            }
            let (width, alpha) = series::strength(faded);
            scene.dashed(&ends, palette::dash(style), width, palette::colour(style).alpha(alpha));
            palette::marker(scene, style, middle, series::MARKER, alpha);
        }
        Sample::Points(style) => palette::marker(scene, style, middle, series::MARKER, 1.0),
        Sample::Boxes(style) => {
            series::filled_box(scene, style, block(10.0, 6.0));
            scene.segment((middle.0 - 10.0, y), (middle.0 + 10.0, y), 2.2, palette::BLACK);
        }
        Sample::Published => {
            series::published_box(scene, block(7.0, 6.0));
            scene.segment((middle.0 - 7.0, y), (middle.0 + 7.0, y), 2.2, palette::BLACK);
        }
        Sample::PublishedMarks => series::published_mark(scene, middle, palette::GREY),
        Sample::Reference { index, halo } => {
            if halo {
                scene.fill(block(SAMPLE / 2.0, 6.0).corners(), palette::heat(0.5));
                scene.segment(ends[0], ends[1], 5.0, palette::WHITE.alpha(0.9));
            }
            scene.dashed(&ends, palette::reference_dash(index), if halo { 2.4 } else { 1.8 }, palette::BLACK);
        }
        Sample::Edge(fate) => graphs::sample(scene, fate, ends[0], ends[1]),
        Sample::Missing => {
            let area = block(10.0, 6.0);
            scene.fill(area.corners(), palette::MISSING);
            series::hatch(scene, area, 1, 6.0, 1.0, palette::MISSING_HATCH);
        }
    }
}
