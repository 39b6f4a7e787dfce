//! Charts: from plain data to SVG, PNG and PDF, without system fonts.
//!
//! A [`Chart`] describes what to show; [`svg()`], [`png()`] and [`pdf()`] draw the same picture, and the same
//! chart always gives the same bytes. Drawing takes three steps: `layout` measures every text with the
//! embedded font and divides the page; `panel`, `series`, `heatmap`, `ends` and `legend` fill it with the strokes,
//! fills and labels of a `scene`; and `paint` and `pdf` write the scene to a file format.

mod apart;
mod axis;
mod bare;
#[cfg(test)]
mod box_tests;
mod ends;
mod figure;
mod font;
mod forest;
mod graphs;
mod heatmap;
mod images;
mod layout;
mod legend;
mod model;
#[cfg(test)]
mod own_axis_tests;
mod paint;
mod palette;
mod panel;
#[cfg(test)]
mod paper_tests;
mod pdf;
mod raster;
mod scene;
mod series;
mod sizes;
mod spots;
#[cfg(test)]
mod tests;
mod tick_texts;
mod ticks;
mod web;
mod web_colours;

pub use apart::set_apart;
pub use font::missing_glyphs;
pub use graphs::layered;
pub use model::{
    AxisSpec, BoxStats, Chart, ChartError, Fate, ForestRow, GraphEdge, GraphNode, Layer, Look, Panel, Paper,
    Scale, Stroke,
};
pub use palette::STYLES;
pub use web::Interactive;
pub use web_colours::style_sheet;

/// Draws the chart as an SVG document.
///
/// # Errors
/// A range is impossible, lists differ in length, or the picture is too large.
pub fn svg(chart: &Chart) -> Result<String, ChartError> {
    paint::svg(&composed(chart)?, chart)
}

/// Draws the chart for embedding in an HTML page: colours are CSS classes, marks are grouped by series, and
/// points have tooltips. It is laid out for a screen, without title, subtitle and footer, which the page
/// shows next to it. `id` is the prefix of the ids of its title and description.
///
/// # Errors
/// As for [`svg()`].
pub fn interactive(chart: &Chart, id: &str) -> Result<Interactive, ChartError> {
    let bare = Chart {
        title: String::new(),
        subtitle: String::new(),
        footer: String::new(),
        look: Look::default(),
        ..chart.clone()
    };
    let (scene, entries) = figure::compose_apart(&bare)?;
    web::draw(&scene, &entries, chart, id)
}

/// Draws the chart as a PNG file, with `scale` pixels per unit of the SVG (2 is good for screens and print).
///
/// # Errors
/// As for [`svg()`]; also if the encoder fails.
pub fn png(chart: &Chart, scale: u32) -> Result<Vec<u8>, ChartError> {
    let scene = composed(chart)?;
    let dpi = chart.look.dpi.map(f64::from);
    let (scale, dpi) = match chart.look.paper {
        Some(_) => {
            let dpi = dpi.unwrap_or(300.0);
            (dpi / 72.0 * layout::unit(chart, scene.width), dpi)
        }
        // A unit of the page is a CSS pixel, 1/96 inch.
        None => {
            dpi.map_or((f64::from(scale.max(1)), f64::from(scale.max(1)) * 96.0), |dpi| (dpi / 96.0, dpi))
        }
    };
    paint::png(&scene, scale, dpi)
}

/// Draws the chart as a one-page PDF: vector graphics, and searchable text in subsets of the embedded font.
///
/// # Errors
/// As for [`svg()`].
pub fn pdf(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    pdf::pdf(&composed(chart)?, chart)
}

fn composed(chart: &Chart) -> Result<scene::Scene, ChartError> {
    let mut scene = figure::compose(chart)?;
    if chart.look.grey {
        palette::to_grey(&mut scene);
    }
    Ok(scene)
}
