//! Writes a scene as a one-page PDF: vector graphics, and text in subsets of the embedded font.
//!
//! The output does not depend on when or where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use super::font;
use super::layout;
use super::model::{Chart, ChartError};
use super::scene::{Anchor, Ink, Label, Mark, Point, Scene, Weight};

/// Distance of the control points of a quarter circle from its end points, relative to the radius.
const QUARTER: f32 = 0.552_284_8;
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The part of a font that is used.
struct Used {
    weight: Weight,
    name: &'static str,
    glyphs: GlyphRemapper,
    /// The glyphs of the subset, with the characters they represent.
    texts: BTreeMap<u16, char>,
    widths: BTreeMap<u16, f32>,
}

impl Used {
    fn new(weight: Weight, name: &'static str) -> Self {
        let widths = BTreeMap::from([(0, font::program(weight).1(0))]);
        Self { weight, name, glyphs: GlyphRemapper::new(), texts: BTreeMap::new(), widths }
    }

    /// The number of a glyph in the subset, which it joins if needed.
    fn take(&mut self, glyph: u16, text: char) -> u16 {
        let taken = self.glyphs.remap(glyph);
        self.texts.entry(taken).or_insert(text);
        self.widths.insert(taken, font::program(self.weight).1(glyph));
        taken
    }
}

/// A page under construction.
struct Writer {
    content: Content,
    fonts: [Used; 2],
    /// Opacities in use, in thousandths.
    opacities: BTreeSet<u16>,
}

/// Writes the scene as a one-page PDF.
pub(super) fn pdf(scene: &Scene, chart: &Chart) -> Result<Vec<u8>, ChartError> {
    let unit = layout::unit(chart, scene.width);
    let (width, height) = ((scene.width * unit) as f32, (scene.height * unit) as f32);
    let mut page = Writer {
        content: Content::new(),
        fonts: [Used::new(Weight::Regular, "NotoSans"), Used::new(Weight::Bold, "NotoSans-Bold")],
        opacities: BTreeSet::new(),
    };
    // The origin of a scene is at the upper left.
    page.content.transform([unit as f32, 0.0, 0.0, -unit as f32, 0.0, height]);
    page.content.set_line_join(LineJoinStyle::RoundJoin);
    scene.marks.iter().for_each(|mark| page.mark(mark));
    let drawn = packed(&page.content.finish())?;

    let mut pdf = Pdf::new();
    let [catalog, pages, sheet, content, info] = [1, 2, 3, 4, 5].map(Ref::new);
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([sheet]).count(1);
    pdf.document_info(info).title(TextStr(&chart.title)).subject(TextStr(&chart.alt));
    let used: Vec<(usize, &Used)> =
        page.fonts.iter().enumerate().filter(|(_, f)| !f.texts.is_empty()).collect();
    {
        let mut sheet = pdf.page(sheet);
        sheet.parent(pages).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
        let mut resources = sheet.resources();
        let mut fonts = resources.fonts();
        for (i, _) in &used {
            fonts.pair(Name(font_name(*i)), font_ref(*i, 0));
        }
        fonts.finish();
        let mut states = resources.ext_g_states();
        for &opacity in &page.opacities {
            let share = f32::from(opacity) / 1000.0;
            states
                .insert(Name(format!("A{opacity}").as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
                .non_stroking_alpha(share)
                .stroking_alpha(share);
        }
    }
    pdf.stream(content, &drawn).filter(Filter::FlateDecode);
    for (i, font) in used {
        write_font(&mut pdf, i, font)?;
    }
    let mut bytes = pdf.finish();
    bytes.push(b'\n');
    Ok(bytes)
}

fn font_name(index: usize) -> &'static [u8] {
    if index == 0 { b"F0" } else { b"F1" }
}

/// One of the five objects of a font.
fn font_ref(index: usize, part: i32) -> Ref {
    Ref::new(10 + 5 * index as i32 + part)
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, ChartError> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|e| ChartError::Backend(e.to_string()))
}

fn write_font(pdf: &mut Pdf, index: usize, font: &Used) -> Result<(), ChartError> {
    let (program, _) = font::program(font.weight);
    let subset =
        subsetter::subset(program, 0, &font.glyphs).map_err(|e| ChartError::Backend(e.to_string()))?;
    let [whole, cid, descriptor, map, data] = [0, 1, 2, 3, 4].map(|part| font_ref(index, part));
    // A name with six letters before `+` marks a subset.
    let name = format!("REMEAS+{}", font.name);
    let name = Name(name.as_bytes());
    pdf.type0_font(whole)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(map);
    let mut font_dict = pdf.cid_font(cid);
    font_dict.subtype(CidFontType::Type2).base_font(name).system_info(SYSTEM).font_descriptor(descriptor);
    font_dict.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
    font_dict.widths().consecutive(0, font.widths.values().copied());
    font_dict.finish();
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-621.0, -389.0, 2800.0, 1067.0))
        .italic_angle(0.0)
        .ascent(1069.0)
        .descent(-293.0)
        .cap_height(714.0)
        .stem_v(if font.weight == Weight::Bold { 140.0 } else { 80.0 })
        .font_file2(data);
    let mut cmap = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
    font.texts.iter().for_each(|(&glyph, &text)| cmap.pair(glyph, text));
    let cmap = packed(&cmap.finish())?;
    pdf.stream(map, &cmap).filter(Filter::FlateDecode);
    pdf.stream(data, &packed(&subset)?).filter(Filter::FlateDecode);
    Ok(())
}

impl Writer {
    fn ink(&mut self, ink: Ink) {
        let opacity = (ink.alpha.clamp(0.0, 1.0) * 1000.0).round() as u16;
        self.opacities.insert(opacity);
        self.content.set_parameters(Name(format!("A{opacity}").as_bytes()));
        let [r, g, b] = [ink.rgb.0, ink.rgb.1, ink.rgb.2].map(|part| f32::from(part) / 255.0);
        self.content.set_fill_rgb(r, g, b).set_stroke_rgb(r, g, b);
    }

    fn path(&mut self, points: &[Point]) {
        for (i, &(x, y)) in points.iter().enumerate() {
            let (x, y) = (near(x), near(y));
            let _ = if i == 0 { self.content.move_to(x, y) } else { self.content.line_to(x, y) };
        }
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Fill { points, ink } => {
                self.ink(*ink);
                self.path(points);
                self.content.close_path().fill_nonzero();
            }
            Mark::Stroke { points, width, ink } => {
                self.ink(*ink);
                self.content.set_line_width(near(*width));
                self.path(points);
                self.content.stroke();
            }
            Mark::Disc { centre, radius, ink } => {
                self.ink(*ink);
                let (x, y, r) = (near(centre.0), near(centre.1), near(*radius));
                let k = QUARTER * r;
                self.content
                    .move_to(x + r, y)
                    .cubic_to(x + r, y + k, x + k, y + r, x, y + r)
                    .cubic_to(x - k, y + r, x - r, y + k, x - r, y)
                    .cubic_to(x - r, y - k, x - k, y - r, x, y - r)
                    .cubic_to(x + k, y - r, x + r, y - k, x + r, y)
                    .fill_nonzero();
            }
            Mark::Text(label) => self.text(label),
        }
    }

    fn text(&mut self, label: &Label) {
        self.ink(label.ink);
        let index = usize::from(label.weight == Weight::Bold);
        let shift = match label.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5,
            Anchor::End => -1.0,
        } * font::width(&label.text, 1.0, label.weight);
        // Directions along the text and up from it, on a page with y pointing down.
        let (along, up) = if label.upward { ((0.0, -1.0), (-1.0, 0.0)) } else { ((1.0, 0.0), (0.0, -1.0)) };
        self.content.begin_text().set_font(Name(font_name(index)), 1.0);
        let glyphs = font::placed(&label.text, label.weight);
        // Consecutive glyphs at the pen position can be shown in one operation.
        for run in glyphs.chunk_by(|a, b| a.plain && b.plain) {
            let first = &run[0];
            let (x, y) = (first.at.0 + shift, first.at.1);
            let at = |of: fn(Point) -> f64| of(label.at) + label.size * (of(along) * x + of(up) * y);
            let (wide, high) = (label.size * first.scale.0, label.size * first.scale.1);
            self.content.set_text_matrix([
                near(along.0 * wide),
                near(along.1 * wide),
                near(up.0 * high),
                near(up.1 * high),
                near(at(|p| p.0)),
                near(at(|p| p.1)),
            ]);
            let font = &mut self.fonts[index];
            let codes: Vec<u8> = run.iter().flat_map(|g| font.take(g.glyph, g.text).to_be_bytes()).collect();
            self.content.show(Str(&codes));
        }
        self.content.end_text();
    }
}

/// Rounds to three decimals, which is finer than visible.
fn near(x: f64) -> f32 {
    ((x * 1000.0).round() / 1000.0) as f32
}
