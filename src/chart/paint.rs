//! Writes a scene as SVG and PNG. Shapes and pixels go through the backends of plotters; the texts of an SVG
//! do not, because these backends do not position text by its baseline.

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::{Color, RGBAColor, ShapeStyle};

use super::font;
use super::model::{Chart, ChartError};
use super::raster;
use super::scene::{Anchor, Ink, Label, Mark, Point, Scene, Weight};

/// Backends use integer coordinates, so an SVG is drawn this many times larger and scaled down for display.
const UNITS: f64 = 10.0;
/// Open Sans has nearly the same widths as Noto Sans; the others are a little narrower or wider.
const FAMILY: &str = "Noto Sans, Open Sans, Helvetica, Arial, sans-serif";
/// The longest side allowed, in pixels.
const LONGEST: f64 = 30_000.0;

/// Writes the scene as an SVG document. Texts come last, so that no shape covers them.
pub(super) fn svg(scene: &Scene, chart: &Chart) -> Result<String, ChartError> {
    check_size(scene, 1.0)?;
    let size = (to_units(scene.width) as u32, to_units(scene.height) as u32);
    let (width, height) = match chart.look.paper {
        None => (scene.width.to_string(), scene.height.to_string()),
        Some(paper) => {
            let height = format!("{:.3}", paper.width * scene.height / scene.width);
            let height = height.trim_end_matches('0').trim_end_matches('.');
            (format!("{}{}", paper.width, paper.unit), format!("{height}{}", paper.unit))
        }
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" stroke-linejoin=\"round\">\n<title>{}</title>\n",
        size.0,
        size.1,
        escape(&chart.title)
    );
    if !chart.alt.is_empty() {
        out.push_str(&format!("<desc>{}</desc>\n", escape(&chart.alt)));
    }
    let mut document = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut document, size);
        for mark in &scene.marks {
            svg_shape(&mut backend, mark)?;
        }
        backend.present().map_err(backend_error)?;
    }
    // The first and last lines open and close an `svg` element without a title.
    let shapes = document.split_once('\n').and_then(|(_, rest)| rest.strip_suffix("</svg>\n"));
    out.push_str(shapes.ok_or_else(|| backend_error("plotters wrote an unexpected SVG document"))?);
    out.push_str(&format!("<g font-family=\"{FAMILY}\">\n"));
    for mark in &scene.marks {
        if let Mark::Text(label) = mark {
            let (r, g, b) = label.ink.rgb;
            let ink = format!("fill=\"#{r:02X}{g:02X}{b:02X}\"");
            out.push_str(&svg_text(label, |x| to_units(x).to_string(), &ink));
            out.push('\n');
        }
    }
    out.push_str("</g>\n</svg>\n");
    Ok(out)
}

/// A `text` element. `unit` formats a length; `ink` is the attribute for the colour.
pub(super) fn svg_text(label: &Label, unit: impl Fn(f64) -> String, ink: &str) -> String {
    let (x, y) = (unit(label.at.0), unit(label.at.1));
    let anchor = match label.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if label.weight == Weight::Bold { " font-weight=\"bold\"" } else { "" };
    let turn = if label.upward { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    let size = unit(label.size);
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" {ink}{anchor}{weight}{turn}>{}</text>",
        escape(&label.text)
    )
}

pub(super) fn check_size(scene: &Scene, scale: f64) -> Result<(), ChartError> {
    let (width, height) = (scene.width * scale, scene.height * scale);
    if width.max(height) <= LONGEST { Ok(()) } else { Err(ChartError::Size { width, height }) }
}

fn backend_error(error: impl std::fmt::Display) -> ChartError {
    ChartError::Backend(error.to_string())
}

fn to_units(x: f64) -> i32 {
    (x * UNITS).round() as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (to_units(x), to_units(y))
}

fn colour(ink: Ink) -> RGBAColor {
    RGBAColor(ink.rgb.0, ink.rgb.1, ink.rgb.2, ink.alpha)
}

fn svg_shape(backend: &mut SVGBackend<'_>, mark: &Mark) -> Result<(), ChartError> {
    let filled = |ink| ShapeStyle { color: colour(ink), filled: true, stroke_width: 0 };
    let drawn = match mark {
        Mark::Fill { points, ink } => match upright(points) {
            Some((a, b)) => backend.draw_rect(place(a), place(b), &filled(*ink), true),
            None => backend.fill_polygon(points.iter().map(|&p| place(p)), &filled(*ink)),
        },
        Mark::Stroke { points, width, ink } => {
            let style =
                ShapeStyle { color: colour(*ink), filled: false, stroke_width: to_units(*width) as u32 };
            match points[..] {
                [a, b] => backend.draw_line(place(a), place(b), &style),
                _ => backend.draw_path(points.iter().map(|&p| place(p)), &style),
            }
        }
        Mark::Disc { centre, radius, ink } => {
            backend.draw_circle(place(*centre), to_units(*radius) as u32, &filled(*ink), true)
        }
        Mark::Text(_) => Ok(()),
    };
    drawn.map_err(backend_error)
}

/// The opposite corners of a polygon that is an axis-aligned rectangle; `None` for any other.
fn upright(points: &[Point]) -> Option<(Point, Point)> {
    match points {
        [a, b, c, d] if a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0 => Some((*a, *c)),
        _ => None,
    }
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Writes the scene as a PNG file with `scale_by` pixels per unit of the page and `dpi` pixels per printed
/// inch.
pub(super) fn png(scene: &Scene, scale_by: f64, dpi: f64) -> Result<Vec<u8>, ChartError> {
    check_size(scene, scale_by)?;
    let size = ((scene.width * scale_by).round() as u32, (scene.height * scale_by).round() as u32);
    let mut pixels = vec![255; size.0 as usize * size.1 as usize * 3];
    {
        let mut backend: BitMapBackend<'_> = BitMapBackend::with_buffer(&mut pixels, size);
        for mark in &scene.marks {
            let (edges, ink) = edges(mark, scale_by);
            let mut outcome = Ok(());
            raster::cover(&edges, size, |x, y, coverage| {
                if outcome.is_ok() {
                    outcome = backend
                        .draw_pixel((x, y), colour(ink.alpha(ink.alpha * coverage)).to_backend_color());
                }
            });
            outcome.map_err(backend_error)?;
        }
        backend.present().map_err(backend_error)?;
    }
    encode(&pixels, size, dpi)
}

/// The outline of a mark, in pixels.
fn edges(mark: &Mark, scale: f64) -> (Vec<(Point, Point)>, Ink) {
    let grow = |points: &[Point]| points.iter().map(|p| (p.0 * scale, p.1 * scale)).collect::<Vec<_>>();
    match mark {
        Mark::Fill { points, ink } => (raster::polygon(&grow(points)), *ink),
        Mark::Stroke { points, width, ink } => (raster::stroke(&grow(points), width * scale), *ink),
        Mark::Disc { centre, radius, ink } => {
            (raster::disc((centre.0 * scale, centre.1 * scale), radius * scale), *ink)
        }
        Mark::Text(label) => (text_edges(label, scale), label.ink),
    }
}

fn text_edges(label: &Label, scale: f64) -> Vec<(Point, Point)> {
    let size = label.size * scale;
    let shift = match label.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5,
        Anchor::End => -1.0,
    } * font::width(&label.text, size, label.weight);
    let (x0, y0) = (label.at.0 * scale, label.at.1 * scale);
    let turn = |(x, y): Point| {
        let x = x + shift;
        if label.upward { (x0 + y, y0 - x) } else { (x0 + x, y0 + y) }
    };
    font::outline(&label.text, size, label.weight).into_iter().map(|(a, b)| (turn(a), turn(b))).collect()
}

fn encode(pixels: &[u8], size: (u32, u32), dpi: f64) -> Result<Vec<u8>, ChartError> {
    let per_metre = (dpi / 0.0254).round() as u32;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // The picture is mostly flat areas, which compress best without a filter.
    encoder.set_compression(png::Compression::Best);
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
