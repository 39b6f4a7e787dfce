//! Corruptions of an image of 8 × 8 pixels.

use std::f64::consts::{FRAC_PI_4, TAU};

use rand::Rng;
use rand_distr::{Distribution, Poisson};
use remeasure_core::digits::{EDGE, Image, PIXELS};
use remeasure_core::stream::Stream;

/// A corruption in the manner of MNIST-C (Mu and Gilmer 2019) for 8 × 8 pixels, with the kinds of MNIST-C and
/// strengths chosen by remeasure.
///
/// Two of its sixteen are left out. Glass blur swaps pixels with neighbours: in strokes of one or two pixels,
/// a single swap leaves no stroke. Canny edges needs strokes wide enough to have two edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Corruption {
    /// No corruption.
    Identity,
    /// Each pixel is a Poisson count with mean 5 times its brightness, divided by 5.
    ShotNoise,
    /// Each pixel becomes black or white with probability 0.1.
    ImpulseNoise,
    /// Mean along a line of 2 pixels at a uniform angle within 45° of the horizontal.
    MotionBlur,
    /// Rows shifted by 0.4 pixels per row, in a random direction.
    Shear,
    /// Shrunk to 0.7 of the size.
    Scale,
    /// Rotated by 0.4 radians, in a random direction.
    Rotate,
    /// Brightness increased by 0.4.
    Brightness,
    /// Shifted by one pixel along each axis, in random directions.
    Translate,
    /// Inverts the two columns at each side.
    Stripe,
    /// Blended with a smooth random field.
    Fog,
    /// Two grey spots of 2 × 2 pixels.
    Spatter,
    /// Every second pixel of a random line across the image becomes white.
    DottedLine,
    /// A white zigzag of three strokes across the image.
    Zigzag,
}

impl Corruption {
    /// All corruptions, in the order of MNIST-C.
    pub const ALL: [Self; 14] = [
        Self::Identity,
        Self::ShotNoise,
        Self::ImpulseNoise,
        Self::MotionBlur,
        Self::Shear,
        Self::Scale,
        Self::Rotate,
        Self::Brightness,
        Self::Translate,
        Self::Stripe,
        Self::Fog,
        Self::Spatter,
        Self::DottedLine,
        Self::Zigzag,
    ];

    /// Name in configs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::ShotNoise => "shot-noise",
            Self::ImpulseNoise => "impulse-noise",
            Self::MotionBlur => "motion-blur",
            Self::Shear => "shear",
            Self::Scale => "scale",
            Self::Rotate => "rotate",
            Self::Brightness => "brightness",
            Self::Translate => "translate",
            Self::Stripe => "stripe",
            Self::Fog => "fog",
            Self::Spatter => "spatter",
            Self::DottedLine => "dotted-line",
            Self::Zigzag => "zigzag",
        }
    }

    /// The corrupted image, which depends only on `image` and the stream; brightness stays between 0 and 1.
    #[must_use]
    pub fn apply(self, image: &Image, stream: &mut Stream) -> Image {
        match self {
            Self::Identity => *image,
            Self::ShotNoise => image.map(|x| shot(x, stream)),
            Self::ImpulseNoise => image
                .map(|x| if stream.gen_bool(0.1) { f64::from(u8::from(stream.gen_bool(0.5))) } else { x }),
            Self::MotionBlur => {
                let angle = stream.gen_range(-FRAC_PI_4..FRAC_PI_4);
                let mut sum = [0.0; PIXELS];
                for step in [-1.0, -0.5, 0.0, 0.5, 1.0] {
                    let (x, y) = (step * angle.cos(), step * angle.sin());
                    let moved = warped(image, |c, r| (c + x, r + y));
                    sum.iter_mut().zip(&moved).for_each(|(s, m)| *s += m / 5.0);
                }
                clipped(sum)
            }
            Self::Shear => {
                let slope = 0.4 * sign(stream);
                warped(image, |c, r| (c + slope * r, r))
            }
            Self::Scale => warped(image, |c, r| (c / 0.7, r / 0.7)),
            Self::Rotate => {
                let (sin, cos) = (0.4 * sign(stream)).sin_cos();
                warped(image, |c, r| (cos * c - sin * r, sin * c + cos * r))
            }
            Self::Brightness => clipped(image.map(|x| x + 0.4)),
            Self::Translate => {
                let (x, y) = (sign(stream), sign(stream));
                warped(image, |c, r| (c + x, r + y))
            }
            Self::Stripe => pixels(|c, r| {
                let x = image[r * EDGE + c];
                if !(2..EDGE - 2).contains(&c) { 1.0 - x } else { x }
            }),
            Self::Fog => fog(image, stream),
            Self::Spatter => {
                let mut out = *image;
                for _ in 0..2 {
                    let (left, top) = (stream.gen_range(0..EDGE - 1), stream.gen_range(0..EDGE - 1));
                    for (c, r) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        let pixel = &mut out[(top + r) * EDGE + left + c];
                        *pixel = pixel.max(0.7);
                    }
                }
                out
            }
            Self::DottedLine => {
                let (from, to) = (stream.gen_range(0.0..7.0), stream.gen_range(0.0..7.0));
                let across = stream.gen_bool(0.5);
                let mut out = *image;
                for step in (0..EDGE).step_by(2) {
                    let height = f64::round(from + (to - from) * step as f64 / 7.0) as usize;
                    let (c, r) = if across { (step, height) } else { (height, step) };
                    out[r * EDGE + c] = 1.0;
                }
                out
            }
            Self::Zigzag => zigzag(image, stream),
        }
    }
}

fn sign(stream: &mut Stream) -> f64 {
    if stream.gen_bool(0.5) { 1.0 } else { -1.0 }
}

fn clipped(image: Image) -> Image {
    image.map(|x| x.clamp(0.0, 1.0))
}

/// Makes an image from a value for each column and row.
fn pixels(value: impl Fn(usize, usize) -> f64) -> Image {
    std::array::from_fn(|i| value(i % EDGE, i / EDGE))
}

fn shot(x: f64, stream: &mut Stream) -> f64 {
    // The Poisson distribution needs a positive mean; a black pixel stays black.
    Poisson::new(5.0 * x).map_or(0.0, |counts| (counts.sample(stream) / 5.0).min(1.0))
}

/// Bilinear interpolation at a column and row; black outside.
fn at(image: &Image, column: f64, row: f64) -> f64 {
    let (c, r) = (column.floor(), row.floor());
    let (x, y) = (column - c, row - r);
    let pixel = |c: f64, r: f64| {
        let inside = |v: f64| (0.0..EDGE as f64).contains(&v);
        if inside(c) && inside(r) { image[r as usize * EDGE + c as usize] } else { 0.0 }
    };
    (1.0 - y) * ((1.0 - x) * pixel(c, r) + x * pixel(c + 1.0, r))
        + y * ((1.0 - x) * pixel(c, r + 1.0) + x * pixel(c + 1.0, r + 1.0))
}

/// The image whose pixel at `(column, row)`, relative to the centre, is that of `image` at
/// `origin(column, row)`.
fn warped(image: &Image, origin: impl Fn(f64, f64) -> (f64, f64)) -> Image {
    let centre = (EDGE - 1) as f64 / 2.0;
    clipped(pixels(|c, r| {
        let (column, row) = origin(c as f64 - centre, r as f64 - centre);
        at(image, column + centre, row + centre)
    }))
}

/// Blends in 0.6 of a field interpolated between 3 × 3 uniform numbers.
fn fog(image: &Image, stream: &mut Stream) -> Image {
    let knots: [f64; 9] = std::array::from_fn(|_| stream.r#gen());
    let field = |c: usize, r: usize| {
        let (x, y) = (2.0 * c as f64 / (EDGE - 1) as f64, 2.0 * r as f64 / (EDGE - 1) as f64);
        let (i, j) = ((x as usize).min(1), (y as usize).min(1));
        let (u, v) = (x - i as f64, y - j as f64);
        let knot = |i: usize, j: usize| knots[j * 3 + i];
        (1.0 - v) * ((1.0 - u) * knot(i, j) + u * knot(i + 1, j))
            + v * ((1.0 - u) * knot(i, j + 1) + u * knot(i + 1, j + 1))
    };
    clipped(pixels(|c, r| (image[r * EDGE + c] + 0.6 * field(c, r)) / 1.6))
}

/// Three strokes from left to right, up and down around a random height.
fn zigzag(image: &Image, stream: &mut Stream) -> Image {
    let middle = stream.gen_range(2.0..5.0);
    let phase = stream.gen_range(0.0..TAU);
    let mut out = *image;
    for c in 0..EDGE {
        // A triangular wave of one and a half periods.
        let turn = (phase / TAU + 1.5 * c as f64 / (EDGE - 1) as f64).fract();
        let height = f64::round(middle + 2.0 * (4.0 * (turn - 0.5).abs() - 1.0));
        out[height.clamp(0.0, 7.0) as usize * EDGE + c] = 1.0;
    }
    out
}

#[cfg(test)]
mod tests {
    use remeasure_core::digits::Images;
    use remeasure_core::stream::Streams;

    use super::*;

    fn stream(replicate: u32) -> Stream {
        Streams { seed: 1, cell: 2, replicate }.stream("corruption")
    }

    #[test]
    fn brightness_stays_in_range_and_the_same_draws_give_the_same_image() {
        let images = Images::bundled().unwrap();
        for corruption in Corruption::ALL {
            let mut unchanged = 0;
            for (i, (image, _)) in images.iter().enumerate().take(300) {
                let spoilt = corruption.apply(image, &mut stream(i as u32));
                assert!(spoilt.iter().all(|x| (0.0..=1.0).contains(x)), "{corruption:?}: {spoilt:?}");
                assert_eq!(spoilt, corruption.apply(image, &mut stream(i as u32)));
                unchanged += usize::from(spoilt == *image);
            }
            // A spot may fall on pixels that are already bright.
            match corruption {
                Corruption::Identity => assert_eq!(unchanged, 300),
                _ => assert!(unchanged < 10, "{corruption:?} changed nothing in {unchanged} of 300"),
            }
        }
    }

    #[test]
    fn what_is_known_of_each() {
        let dot = |c: usize, r: usize| pixels(|x, y| f64::from(u8::from((x, y) == (c, r))));
        let apply = |kind: Corruption, image: &Image| kind.apply(image, &mut stream(0));
        // A pixel moves by one along each axis.
        let moved = apply(Corruption::Translate, &dot(3, 3));
        let place = moved.iter().position(|x| *x == 1.0).unwrap();
        assert!([2, 4].contains(&(place % EDGE)) && [2, 4].contains(&(place / EDGE)));
        assert_eq!(moved.iter().sum::<f64>(), 1.0);
        // Away from the border, blurring preserves the total brightness, and shrinking preserves 0.7² of it.
        let blurred = apply(Corruption::MotionBlur, &dot(3, 3));
        assert!((blurred.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let square = pixels(|c, r| f64::from(u8::from((2..6).contains(&c) && (2..6).contains(&r))));
        let light = apply(Corruption::Scale, &square).iter().sum::<f64>();
        assert!((light / 16.0 - 0.49).abs() < 0.1, "{light}");
        // Rotating a disc leaves its middle unchanged.
        assert!(apply(Corruption::Rotate, &square)[3 * EDGE + 3] > 0.9);
        assert_eq!(apply(Corruption::Brightness, &[0.3; PIXELS]), [0.7; PIXELS]);
        let striped = apply(Corruption::Stripe, &[0.0; PIXELS]);
        assert_eq!(striped[..EDGE], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(apply(Corruption::DottedLine, &[0.0; PIXELS]).iter().sum::<f64>(), 4.0);
        assert_eq!(apply(Corruption::Zigzag, &[0.0; PIXELS]).iter().sum::<f64>(), 8.0);
        // Black pixels have no counts; elsewhere counts average to the brightness if little is clipped.
        assert_eq!(apply(Corruption::ShotNoise, &[0.0; PIXELS]), [0.0; PIXELS]);
        let mean = |kind: Corruption, level: f64| -> f64 {
            let images = (0..200).map(|i| kind.apply(&[level; PIXELS], &mut stream(i)));
            images.flat_map(|image| image.into_iter()).sum::<f64>() / (200.0 * PIXELS as f64)
        };
        assert!((mean(Corruption::ShotNoise, 0.2) - 0.2).abs() < 0.01);
        assert!((mean(Corruption::ImpulseNoise, 0.2) - (0.9 * 0.2 + 0.1 * 0.5)).abs() < 0.01);
        // Shear moves rows to opposite sides, and leaves the middle of the image unchanged.
        let column = pixels(|c, _| f64::from(u8::from(c == 3)));
        let sheared = apply(Corruption::Shear, &column);
        let centre = |r: usize| -> f64 {
            let row = &sheared[r * EDGE..(r + 1) * EDGE];
            row.iter().enumerate().map(|(c, x)| c as f64 * x).sum::<f64>() / row.iter().sum::<f64>()
        };
        assert!(((centre(5) - centre(2)).abs() - 1.2).abs() < 1e-12);
    }
}
