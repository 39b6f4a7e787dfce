//! Colours, markers, dashes and hatches that distinguish series.

use super::scene::{Ink, Mark, Point, Scene};

/// Texts and frames.
pub(super) const BLACK: Ink = Ink::hex(0x1a1a1a);
/// Secondary texts.
pub(super) const GREY: Ink = Ink::hex(0x666666);
/// Grid lines.
pub(super) const GRID: Ink = Ink::hex(0xe4e4e4);
/// Frames of panels, and ticks.
pub(super) const FRAME: Ink = Ink::hex(0x8c8c8c);
/// Cells without a number.
pub(super) const MISSING: Ink = Ink::hex(0xdedede);
/// Strokes over cells without a number.
pub(super) const MISSING_HATCH: Ink = Ink::hex(0xa8a8a8);
/// The page.
pub(super) const WHITE: Ink = Ink::hex(0xffffff);

/// Number of colours; further series reuse them with other markers and dashes.
pub const STYLES: usize = 10;

/// Okabe and Ito's palette without its black and yellow (black is kept for reference curves, yellow is too
/// pale on white), then four colours of Tol's muted scheme. Markers and dashes distinguish series in grey.
const COLOURS: [u32; STYLES] =
    [0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x882255, 0x7a7a7a, 0x332288, 0x8a8a00];

/// The same hues for texts, dark enough for a contrast of at least 4.5 to white.
const TEXTS: [u32; STYLES] =
    [0x0072b2, 0xc05500, 0x008561, 0xa16084, 0x9c6c00, 0x3a7a9e, 0x882255, 0x757575, 0x332288, 0x797900];

/// Greys to use instead of the colours. Neighbours differ strongly; dashes, markers and hatches distinguish
/// the rest.
const GREYS: [u32; STYLES] =
    [0x111111, 0x808080, 0x484848, 0x9a9a9a, 0x2c2c2c, 0x707070, 0x1e1e1e, 0x8c8c8c, 0x3a3a3a, 0x606060];

/// Turns all colours of a picture into greys: the colours of series into their own greys, other colours into
/// greys of the same lightness. Coloured texts become black, for their contrast.
pub(super) fn to_grey(scene: &mut Scene) {
    for mark in &mut scene.marks {
        if let Mark::Text(label) = mark {
            if (0..STYLES).any(|style| text(style) == label.ink) {
                label.ink = BLACK;
            }
            continue;
        }
        let ink = match mark {
            Mark::Fill { ink, .. } | Mark::Stroke { ink, .. } | Mark::Disc { ink, .. } => ink,
            Mark::Text(_) => continue,
        };
        let own = (0..STYLES).find(|&style| colour(style).rgb == ink.rgb);
        *ink = own.map_or_else(|| lightness(*ink), |style| Ink::hex(GREYS[style]).alpha(ink.alpha));
    }
}

/// The grey with the luma (Rec. 709) of a colour.
fn lightness(ink: Ink) -> Ink {
    let (r, g, b) = (f64::from(ink.rgb.0), f64::from(ink.rgb.1), f64::from(ink.rgb.2));
    let level = (0.2126 * r + 0.7152 * g + 0.0722 * b).round() as u8;
    Ink { rgb: (level, level, level), alpha: ink.alpha }
}

const DASHES: [&[f64]; 7] = [
    &[],
    &[9.0, 4.0],
    &[9.0, 3.0, 2.0, 3.0],
    &[2.2, 2.6],
    &[15.0, 4.0],
    &[5.0, 2.5],
    &[9.0, 3.0, 2.0, 3.0, 2.0, 3.0],
];

const REFERENCE_DASHES: [&[f64]; 4] = [&[7.0, 4.0], &[2.0, 3.0], &[12.0, 3.5, 2.0, 3.5], &[]];

#[derive(Clone, Copy)]
enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Wedge,
    Cross,
}

const SHAPES: [Shape; 6] =
    [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge, Shape::Cross];

/// The strokes of hatches: slope (1 rises, -1 falls) and spacing. None are horizontal, like a median.
const HATCHES: [&[(i8, f64)]; 6] =
    [&[], &[(1, 6.0)], &[(-1, 6.0)], &[(1, 6.0), (-1, 6.0)], &[(1, 3.0)], &[(-1, 3.0)]];

pub(super) fn colour(style: usize) -> Ink {
    Ink::hex(COLOURS[style % COLOURS.len()])
}

/// The colour of texts about a series.
pub(super) fn text(style: usize) -> Ink {
    Ink::hex(TEXTS[style % TEXTS.len()])
}

pub(super) fn dash(style: usize) -> &'static [f64] {
    DASHES[style % DASHES.len()]
}

pub(super) fn reference_dash(index: usize) -> &'static [f64] {
    REFERENCE_DASHES[index % REFERENCE_DASHES.len()]
}

pub(super) fn hatch(style: usize) -> &'static [(i8, f64)] {
    HATCHES[style % HATCHES.len()]
}

/// Draws the marker of a style; in every second cycle through the shapes it is hollow.
pub(super) fn marker(scene: &mut Scene, style: usize, (x, y): Point, radius: f64, alpha: f64) {
    let ink = colour(style).alpha(alpha);
    let hollow = (style / SHAPES.len()) % 2 == 1;
    // Shapes are scaled so that all have the same visual weight.
    let shape = SHAPES[style % SHAPES.len()];
    let corner = |dx: f64, dy: f64| (x + dx * radius, y + dy * radius);
    let points = match shape {
        Shape::Circle if hollow => (0..24)
            .map(|k| {
                let angle = std::f64::consts::TAU * f64::from(k) / 24.0;
                corner(angle.cos() * 0.95, angle.sin() * 0.95)
            })
            .collect(),
        Shape::Circle => {
            scene.marks.push(Mark::Disc { centre: (x, y), radius, ink });
            return;
        }
        Shape::Square => {
            vec![corner(-0.88, -0.88), corner(0.88, -0.88), corner(0.88, 0.88), corner(-0.88, 0.88)]
        }
        Shape::Triangle => vec![corner(0.0, -1.2), corner(1.1, 0.8), corner(-1.1, 0.8)],
        Shape::Wedge => vec![corner(0.0, 1.2), corner(1.1, -0.8), corner(-1.1, -0.8)],
        Shape::Diamond => vec![corner(0.0, -1.25), corner(1.25, 0.0), corner(0.0, 1.25), corner(-1.25, 0.0)],
        Shape::Cross => {
            let width = if hollow { 1.4 } else { 2.2 };
            let reach = if hollow { 1.15 } else { 0.95 };
            if hollow {
                scene.segment(corner(-reach, 0.0), corner(reach, 0.0), width, ink);
                scene.segment(corner(0.0, -reach), corner(0.0, reach), width, ink);
            } else {
                scene.segment(corner(-reach, -reach), corner(reach, reach), width, ink);
                scene.segment(corner(-reach, reach), corner(reach, -reach), width, ink);
            }
            return;
        }
    };
    if hollow {
        scene.fill(points.clone(), WHITE);
        scene.outline(points, 1.5, ink);
    } else {
        scene.fill(points, ink);
    }
}

/// matplotlib's viridis (CC0, by van der Walt and Smith), sampled at 33 even steps.
const VIRIDIS: [u32; 33] = [
    0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989, 0x3b528b, 0x375b8d,
    0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e, 0x21918c, 0x1f988b, 0x1fa088, 0x22a785,
    0x28ae80, 0x32b67a, 0x3fbc73, 0x4ec36b, 0x5ec962, 0x70cf57, 0x84d44b, 0x98d83e, 0xaddc30, 0xc2df23,
    0xd8e219, 0xece51b, 0xfde725,
];

/// The heat-map colour of a number between 0 and 1.
pub(super) fn heat(fraction: f64) -> Ink {
    let last = VIRIDIS.len() - 1;
    let at = fraction.clamp(0.0, 1.0) * last as f64;
    let low = (at.floor() as usize).min(last - 1);
    let t = at - low as f64;
    let (a, b) = (Ink::hex(VIRIDIS[low]).rgb, Ink::hex(VIRIDIS[low + 1]).rgb);
    let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
    Ink { rgb: (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2)), alpha: 1.0 }
}
