//! The embedded font (Noto Sans, OFL 1.1): widths, line breaks and outlines.
//!
//! plotters can draw text by itself, but drops the side bearings of the glyphs and rounds widths to whole
//! pixels, so it is only used to draw pixels.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, Outline, OutlineCurve};

use super::scene::{Point, Weight};

/// Width of a text in a wide font, relative to its width in the embedded one.
const WIDEST_FONT: f64 = 1.13;

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(notosans::REGULAR_TTF));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(notosans::BOLD_TTF));

fn parse(bytes: &'static [u8]) -> FontRef<'static> {
    // The bytes are compiled in; every test in this folder would fail if they were malformed.
    FontRef::try_from_slice(bytes).expect("the embedded font is well formed")
}

fn face(weight: Weight) -> &'static FontRef<'static> {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    }
}

/// Height of flat capital letters, in ems; flipped characters are turned upside down within it.
const CAP: f64 = 0.714;
/// Height of the lower-case letters that accents are designed for, in ems.
const X_HEIGHT: f64 = 0.54;

/// How a character is drawn: a glyph, its size and rise in ems, and whether it is upside down.
struct Shape {
    glyph: GlyphId,
    scale: f64,
    rise: f64,
    flipped: bool,
}

fn shape(font: &FontRef<'_>, c: char) -> Shape {
    let own = font.glyph_id(c);
    let (base, scale, rise, flipped) = match stand_in(c) {
        Some(substitute) if own.0 == 0 => substitute,
        _ => return Shape { glyph: own, scale: 1.0, rise: 0.0, flipped: false },
    };
    Shape { glyph: font.glyph_id(base), scale, rise, flipped }
}

/// A substitute for a character that the font lacks: base character, size, rise, flipped.
fn stand_in(c: char) -> Option<(char, f64, f64, bool)> {
    let raised = |base| Some((base, 0.62, 0.32, false));
    let lowered = |base| Some((base, 0.62, -0.13, false));
    let plain = |base| Some((base, 1.0, 0.0, false));
    match c {
        '⁺' => raised('+'),
        '⁻' => raised('−'),
        '⁼' => raised('='),
        '⁽' => raised('('),
        '⁾' => raised(')'),
        '₀'..='₉' => lowered(char::from(b'0' + (u32::from(c) - u32::from('₀')) as u8)),
        '₊' => lowered('+'),
        '₋' => lowered('−'),
        '₌' => lowered('='),
        '₍' => lowered('('),
        '₎' => lowered(')'),
        'ⱼ' => lowered('j'),
        'ₖ' => lowered('k'),
        'ₗ' => lowered('l'),
        'ₘ' => lowered('m'),
        'ₙ' => lowered('n'),
        'ₚ' => lowered('p'),
        'ₛ' => lowered('s'),
        'ₜ' => lowered('t'),
        '∇' => Some(('Δ', 1.0, 0.0, true)),
        '∀' => Some(('A', 1.0, 0.0, true)),
        '⊥' | '⟂' => Some(('T', 1.0, 0.0, true)),
        '⊤' => plain('T'),
        '∈' => plain('ϵ'),
        '∥' => plain('‖'),
        '∼' => plain('~'),
        '∗' => plain('*'),
        '⟨' => plain('‹'),
        '⟩' => plain('›'),
        '≪' => plain('«'),
        '≫' => plain('»'),
        '⋯' => plain('…'),
        'ℝ' => plain('R'),
        'ℕ' => plain('N'),
        '𝔼' => plain('E'),
        'ℙ' => plain('P'),
        _ => None,
    }
}

/// The characters of a text that a PNG would show as empty boxes. (In an SVG the viewer's fonts may have them.)
#[must_use]
pub fn missing_glyphs(text: &str) -> Vec<char> {
    let mut missing: Vec<char> =
        text.chars().filter(|&c| !c.is_whitespace() && shape(&REGULAR, c).glyph.0 == 0).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Width to reserve for a text set at `size`.
///
/// An SVG is shown in the viewer's font, and DejaVu Sans, the widest in common use, is 13 % wider than Noto.
/// For short texts, half of that fits into the gaps around them.
pub(super) fn room(text: &str, size: f64, weight: Weight) -> f64 {
    1.06 * width(text, size, weight)
}

/// The width of a text set at `size` in the embedded font.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let font = face(weight);
    text.chars().map(|c| advance(font, &shape(font, c))).sum::<f64>() * size
}

fn units(font: &FontRef<'_>) -> f64 {
    f64::from(font.units_per_em().unwrap_or(1000.0))
}

fn advance(font: &FontRef<'_>, shape: &Shape) -> f64 {
    shape.scale * f64::from(font.h_advance_unscaled(shape.glyph)) / units(font)
}

/// A glyph with its position, in ems to the right of and above the start of the baseline.
pub(super) struct Placed {
    pub(super) glyph: u16,
    /// The character that it represents.
    pub(super) text: char,
    pub(super) at: Point,
    /// Its size relative to that of the text; negative upwards if it is upside down.
    pub(super) scale: (f64, f64),
    /// Whether it is placed at the pen position, in the size of the text.
    pub(super) plain: bool,
    /// Its outline, in font units; `None` for a space.
    outline: Option<Outline>,
}

/// The glyphs of a text, one for each character.
pub(super) fn placed(text: &str, weight: Weight) -> Vec<Placed> {
    let font = face(weight);
    // The pen position, and the middle and top of the last letter, for accents that follow it.
    let (mut pen, mut letter) = (0.0, (0.0, 0.0));
    let glyph = |c: char| {
        let shape = shape(font, c);
        let unit = shape.scale / units(font);
        let outline = font.outline(shape.glyph);
        let mut at = (pen, shape.rise);
        if let Some(Outline { bounds, .. }) = &outline {
            let middle = f64::from(bounds.min.x + bounds.max.x) / 2.0 * unit;
            if is_accent(c) {
                at = (letter.0 - middle, (letter.1 - X_HEIGHT).max(0.0));
            } else {
                letter = (pen + middle, f64::from(bounds.min.y.max(bounds.max.y)) * unit + shape.rise);
            }
        }
        let plain = shape.scale == 1.0 && shape.rise == 0.0 && !shape.flipped && !is_accent(c);
        if shape.flipped {
            at.1 = CAP;
        }
        pen += advance(font, &shape);
        let upward = if shape.flipped { -shape.scale } else { shape.scale };
        Placed { glyph: shape.glyph.0, text: c, at, scale: (shape.scale, upward), plain, outline }
    };
    text.chars().map(glyph).collect()
}

/// The bytes of a font, and a function that gives the width of each glyph in thousandths of an em.
pub(super) fn program(weight: Weight) -> (&'static [u8], impl Fn(u16) -> f32) {
    let (bytes, font) = match weight {
        Weight::Regular => (notosans::REGULAR_TTF, face(weight)),
        Weight::Bold => (notosans::BOLD_TTF, face(weight)),
    };
    (bytes, move |glyph| (1000.0 * f64::from(font.h_advance_unscaled(GlyphId(glyph))) / units(font)) as f32)
}

/// The edges of the outlines of a text, in pixels to the right of and below the start of its baseline.
pub(super) fn outline(text: &str, size: f64, weight: Weight) -> Vec<(Point, Point)> {
    let em = units(face(weight));
    let mut edges = Vec::new();
    for Placed { at, scale, outline, .. } in placed(text, weight) {
        let place = |p: ab_glyph::Point| {
            let (right, up) = (f64::from(p.x) * (scale.0 / em), f64::from(p.y) * (scale.1 / em));
            ((at.0 + right) * size, -(at.1 + up) * size)
        };
        for curve in outline.iter().flat_map(|outline| &outline.curves) {
            flatten(curve, place, &mut edges);
        }
    }
    edges
}

/// Whether a character is drawn over the one before it.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{315}').contains(&c)
}

/// Replaces a curve by chords; the difference is invisible at the sizes of a chart.
fn flatten(curve: &OutlineCurve, place: impl Fn(ab_glyph::Point) -> Point, edges: &mut Vec<(Point, Point)>) {
    const CHORDS: u32 = 8;
    let at = |t: f64| -> Point {
        let s = 1.0 - t;
        let sum = |terms: &[(f64, Point)]| {
            terms.iter().fold((0.0, 0.0), |(x, y), (w, p)| (x + w * p.0, y + w * p.1))
        };
        match *curve {
            OutlineCurve::Line(a, b) => sum(&[(s, place(a)), (t, place(b))]),
            OutlineCurve::Quad(a, b, c) => {
                sum(&[(s * s, place(a)), (2.0 * s * t, place(b)), (t * t, place(c))])
            }
            OutlineCurve::Cubic(a, b, c, d) => sum(&[
                (s * s * s, place(a)),
                (3.0 * s * s * t, place(b)),
                (3.0 * s * t * t, place(c)),
                (t * t * t, place(d)),
            ]),
        }
    };
    let chords = if matches!(curve, OutlineCurve::Line(..)) { 1 } else { CHORDS };
    let mut from = at(0.0);
    for k in 1..=chords {
        let to = at(f64::from(k) / f64::from(chords));
        edges.push((from, to));
        from = to;
    }
}

/// Breaks a text into lines no wider than `limit` in any font: at spaces, else after punctuation, else anywhere.
pub(super) fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let fits = |line: &str| WIDEST_FONT * width(line, size, weight) <= limit;
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in tokens(paragraph) {
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = word;
            while !fits(&line) && line.chars().count() > 1 {
                let rest = line.split_off(break_in(&line, fits));
                lines.push(std::mem::replace(&mut line, rest).trim_end().to_owned());
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Whether no word is longer than a line.
fn words_fit(text: &str, size: f64, weight: Weight, limit: f64) -> bool {
    words(text).iter().all(|word| WIDEST_FONT * width(word.trim_end(), size, weight) <= limit)
}

/// Whether a name in regular weight can be broken to a width without breaking a word.
pub(super) fn keeps_words(name: &str, size: f64, limit: f64) -> bool {
    words_fit(name, size, Weight::Regular, limit)
}

/// Breaks a text into as few lines as [`wrap`], but of more even length: for centred texts.
pub(super) fn wrap_evenly(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let mut best = wrap(text, size, weight, limit);
    let mut limit = limit;
    for _ in 0..20 {
        limit *= 0.96;
        // A narrower setting must not break words that the wider one left intact.
        if !words_fit(text, size, weight, limit) {
            break;
        }
        let lines = wrap(text, size, weight, limit);
        if lines.len() > best.len() {
            break;
        }
        best = lines;
    }
    best
}

/// The words of a line, joined to the symbols that must stay with them: a line must not end with a relation
/// such as "≤" or begin with a dot or dash between two parts.
fn tokens(paragraph: &str) -> Vec<String> {
    const BEFORE_NEXT: [&str; 10] = ["=", "≤", "≥", "<", ">", "±", "≈", "×", "+", "−"];
    const AFTER_LAST: [&str; 5] = ["·", "—", "–", "|", "/"];
    let mut tokens: Vec<String> = Vec::new();
    let mut join = false;
    for word in paragraph.split(|c: char| c.is_whitespace() && c != '\u{a0}').filter(|w| !w.is_empty()) {
        match tokens.last_mut() {
            Some(last) if join || AFTER_LAST.contains(&word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => tokens.push(word.to_owned()),
        }
        join = BEFORE_NEXT.contains(&word);
    }
    for token in &mut tokens {
        token.retain(|c| !c.is_control());
    }
    tokens
}

/// The parts of a text that are only broken as a last resort.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split('\n')
        .flat_map(tokens)
        .flat_map(|token| token.split_inclusive(['-', '/', '_', ' ']).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Where to break a word that is too wide for a line, as a byte index.
fn break_in(word: &str, fits: impl Fn(&str) -> bool) -> usize {
    let mut ends = word.char_indices().map(|(at, c)| (at + c.len_utf8(), c));
    let first = ends.next().map_or(word.len(), |(end, _)| end);
    let (mut any, mut good) = (first, 0);
    for (end, c) in ends.take_while(|&(end, _)| fits(&word[..end])) {
        any = end;
        if "-/_,;:=) ".contains(c) {
            good = end;
        }
    }
    if good * 3 > any { good } else { any }
}

/// Width to reserve for the widest of some lines.
pub(super) fn widest<'a>(lines: impl IntoIterator<Item = &'a String>, size: f64, weight: Weight) -> f64 {
    lines.into_iter().map(|line| room(line, size, weight)).fold(0.0, f64::max)
}
