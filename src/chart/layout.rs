//! Lays out the page: every text is measured before anything is placed.

use super::axis::Axis;
use super::ends::End;
use super::font;
use super::heatmap::{Bar, ColourScale};
use super::legend::{Arrangement, Entry};
use super::model::Chart;
use super::scene::{Point, Rect, Weight};
use super::series::Dodge;
use super::sizes::{
    EDGE, FOOTER, LABEL, LEADING, PANEL_TITLE, SUBTITLE, TICK_GAP, TICK_LENGTH, TITLE, lines_height,
};
use super::tick_texts::{TickTexts, sticking_out, x_axis, y_axis};
use super::ticks::Ticks;

/// Height of a figure with one panel.
const HEIGHT: f64 = 500.0;

/// Where a panel goes, and whether its ticks have labels.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) area: Rect,
    pub(super) title: Vec<String>,
    pub(super) y: Axis,
    pub(super) y_ticks: Ticks,
    pub(super) y_texts: TickTexts,
    pub(super) texts_left: bool,
    pub(super) texts_below: bool,
    /// Names at the ends of lines, with the heights of their middles.
    pub(super) names: Vec<(End, f64)>,
}

/// What the panels of a chart share.
pub(super) struct Shared<'a> {
    pub(super) x: Axis,
    pub(super) colours: Option<ColourScale>,
    pub(super) dodge: Option<Dodge>,
    /// Names of the reference curves; their order determines the dashes.
    pub(super) references: Vec<&'a str>,
    /// The ticks of the horizontal axis that have explicit labels.
    pub(super) places: &'a [(f64, String)],
    /// Names of lines that stand back.
    pub(super) faded: &'a [String],
    /// Whether these have no bands.
    pub(super) bare: bool,
}

/// The laid-out page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: Vec<String>,
    pub(super) subtitle: Vec<String>,
    pub(super) footer: Vec<String>,
    pub(super) x_label: Vec<String>,
    pub(super) y_label: Vec<String>,
    pub(super) cells: Vec<Cell>,
    /// All panels together, without the texts around them.
    pub(super) grid: Rect,
    /// Bottom of the texts below the panels.
    pub(super) below: f64,
    pub(super) x_ticks: Ticks,
    pub(super) x_texts: TickTexts,
    pub(super) bar: Option<(Bar, Point)>,
    pub(super) legend: Option<(Arrangement, Point)>,
}

/// Columns, page width, and height of a panel (for a single panel: the minimum).
fn grid_of(panels: usize) -> (usize, f64, f64) {
    match panels {
        0 | 1 => (1, 760.0, 300.0),
        2 | 4 => (2, 860.0, 265.0),
        _ => (3, 1040.0, 225.0),
    }
}

/// The width of a chart's page in layout units if it is laid out for paper, chosen such that axis labels have
/// their printed size.
pub(super) fn paper_units(chart: &Chart) -> Option<f64> {
    chart.look.paper.map(|paper| (paper.width * paper.points * LABEL / paper.font_size).round())
}

/// Printed points per layout unit, for a page of this width; a unit is a CSS pixel unless the chart is laid
/// out for paper.
pub(super) fn unit(chart: &Chart, width: f64) -> f64 {
    chart.look.paper.map_or(0.75, |paper| paper.width * paper.points / width)
}

/// Columns, page width, and height of a panel for a printed page; limits the columns so that panels stay readable.
fn on_paper(width: f64, asked: usize) -> (usize, f64, f64) {
    let columns = asked.min((width / 310.0) as usize).max(1);
    (columns, width, (0.68 * width / columns as f64).clamp(200.0, 340.0))
}

/// The columns of panels and the width of the page.
pub(super) fn measures(chart: &Chart) -> (usize, f64) {
    let (columns, width, _) = arranged(chart);
    (columns, width)
}

/// Columns, page width, and height of a panel.
fn arranged(chart: &Chart) -> (usize, f64, f64) {
    let count = chart.panels.len().max(1);
    let (columns, width, least) = match chart.columns {
        Some(columns) if count > 1 => {
            let (_, width, least) = grid_of(if columns > 2 { 3 } else { 2 });
            (columns.clamp(1, count), width, least)
        }
        _ => grid_of(count),
    };
    paper_units(chart).map_or((columns, width, least), |paper| on_paper(paper, columns))
}

/// Lays out the page for a chart with these axes (one vertical axis, or one for each panel), legend entries
/// and colours, and with a `margin` to the right of the panels for names.
pub(super) fn divide(
    chart: &Chart,
    x: &Axis,
    y: &[Axis],
    entries: &[Entry],
    colours: Option<&ColourScale>,
    margin: f64,
) -> Page {
    let count = chart.panels.len().max(1);
    let (columns, width, least) = arranged(chart);
    let paper = paper_units(chart);
    let rows = count.div_ceil(columns);
    let across = width - 2.0 * EDGE;
    let title = font::wrap(&chart.title, TITLE, Weight::Bold, across);
    let subtitle = font::wrap(&chart.subtitle, SUBTITLE, Weight::Regular, across);
    let footer = font::wrap(&chart.footer, FOOTER, Weight::Regular, across);
    let mut top = EDGE + lines_height(&title, TITLE) + lines_height(&subtitle, SUBTITLE);
    if top > EDGE {
        top += 10.0;
    }

    // A legend with many entries goes to the right of a single panel, any other one below.
    let beside = (count == 1 && colours.is_none() && margin == 0.0 && entries.len() > 3 && width >= 700.0)
        .then(|| Arrangement::new(entries, 250.0, 1))
        .filter(|plan| plan.height() <= 380.0);
    let y_label = font::wrap_evenly(&chart.y.label, LABEL, Weight::Regular, rows as f64 * least);
    let y_label_depth = if y_label.is_empty() { 0.0 } else { lines_height(&y_label, LABEL) + 6.0 };
    let guess = if count == 1 && paper.is_none() { 350.0 } else { least };
    let sides: Vec<(Axis, Ticks, TickTexts)> = y
        .iter()
        .map(|y| {
            let (ticks, texts) = y_axis(&chart.y, y, guess);
            (*y, ticks, texts)
        })
        .collect();
    // Space for the labels to the left of the panels: in the first column, and between columns.
    let depth = |first: bool| {
        let of = sides.iter().enumerate().filter(|(i, _)| (i % columns == 0) == first);
        of.map(|(_, side)| side.2.depth).fold(0.0, f64::max) + TICK_LENGTH + TICK_GAP
    };
    let mut left = EDGE + y_label_depth + depth(true);

    let bar = colours.map(|colours| colours.bar(rows as f64 * least));
    let strip = match (&bar, &beside) {
        (Some(bar), _) => bar.width + 16.0,
        (None, Some(plan)) => plan.width + 20.0,
        (None, None) => 0.0,
    };
    // Half of the last tick label may stick out; between panels, half of it and half of its neighbour's.
    let (mut overhang, mut gap) = (margin.max(6.0), if sides.len() > 1 { 16.0 + depth(false) } else { 20.0 });
    let mut panel_width = 0.0;
    let (mut x_ticks, mut x_texts) = (Ticks::default(), TickTexts::none());
    for _ in 0..6 {
        let right = EDGE + strip + overhang;
        panel_width = ((width - left - right - gap * (columns - 1) as f64) / columns as f64).max(40.0);
        (x_ticks, x_texts) = x_axis(&chart.x, x, panel_width);
        let (before, after) = sticking_out(&x_ticks, &x_texts, x, panel_width);
        let between = if columns == 1 { 0.0 } else { before + after + 14.0 };
        if EDGE + before <= left && after <= overhang && between <= gap {
            break;
        }
        left = left.max(EDGE + before);
        overhang = overhang.max(after);
        gap = gap.max(between);
    }
    let grid_width = columns as f64 * panel_width + (columns - 1) as f64 * gap;

    let x_label = font::wrap_evenly(&chart.x.label, LABEL, Weight::Regular, (grid_width + 60.0).min(across));
    let x_depth = TICK_LENGTH
        + TICK_GAP
        + x_texts.depth
        + if x_label.is_empty() { 0.0 } else { 4.0 + lines_height(&x_label, LABEL) };
    let under = (beside.is_none() && !entries.is_empty())
        .then(|| Arrangement::new(entries, across - 8.0, usize::MAX));
    let under_height = under.as_ref().map_or(0.0, |plan| plan.height() + 12.0);
    let footer_height = if footer.is_empty() { 0.0 } else { lines_height(&footer, FOOTER) + 8.0 };

    let titles: Vec<Vec<String>> = chart
        .panels
        .iter()
        .map(|panel| font::wrap_evenly(&panel.title, PANEL_TITLE, Weight::Bold, panel_width))
        .collect();
    let title_height = |row: usize| -> f64 {
        let lines = titles.iter().skip(row * columns).take(columns).map(Vec::len).max().unwrap_or(0);
        if lines == 0 { 0.0 } else { lines as f64 * PANEL_TITLE * LEADING + 5.0 }
    };
    let rest = x_depth + under_height + footer_height + EDGE;
    let panel_height = if count == 1 && paper.is_none() {
        (HEIGHT - top - title_height(0) - rest).clamp(least, 400.0)
    } else {
        least
    };

    let mut cells = Vec::with_capacity(count);
    let mut bottom = top;
    for row in 0..rows {
        let y0 = bottom + if row > 0 { 14.0 } else { 0.0 } + title_height(row);
        bottom = y0 + panel_height;
        for column in 0..columns.min(count - row * columns) {
            let index = row * columns + column;
            let x0 = left + column as f64 * (panel_width + gap);
            let (y, y_ticks, y_texts) = sides[index.min(sides.len() - 1)].clone();
            cells.push(Cell {
                area: Rect { x0, y0, x1: x0 + panel_width, y1: bottom },
                title: titles.get(index).cloned().unwrap_or_default(),
                y,
                y_ticks,
                y_texts,
                texts_left: column == 0 || sides.len() > 1,
                // The panel above an empty place is the lowest in its column.
                texts_below: index + columns >= count,
                names: Vec::new(),
            });
        }
    }
    let first_top = cells.first().map_or(top, |cell| cell.area.y0);
    let grid = Rect { x0: left, y0: first_top, x1: left + grid_width, y1: bottom };
    let bar = bar.map(|bar| {
        let bar = bar.stretched(grid.height());
        let y = (grid.y0 + grid.y1 - bar.height) / 2.0;
        (bar, (grid.x1 + overhang + 10.0, y))
    });
    let below = bottom + x_depth;
    let (legend, tall) = match (beside, under) {
        (Some(plan), _) => {
            let tall = grid.y0 + plan.height();
            (Some((plan, (grid.x1 + overhang + 14.0, grid.y0))), tall)
        }
        (None, Some(plan)) => {
            // Centred under the panels if the page is wide enough.
            let centred = (grid.x0 + grid.x1 - plan.width) / 2.0;
            let x = centred.min(width - EDGE - plan.width).max(EDGE);
            (Some((plan, (x, below + 12.0))), 0.0)
        }
        (None, None) => (None, 0.0),
    };
    let height = ((below + under_height).max(tall) + footer_height + EDGE).ceil();
    Page {
        width,
        height,
        title,
        subtitle,
        footer,
        x_label,
        y_label,
        cells,
        grid,
        below,
        x_ticks,
        x_texts,
        bar,
        legend,
    }
}
