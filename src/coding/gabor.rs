//! How much of a picture a Gabor function explains.

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

use remeasure_core::numerics::kernels;

/// A wave of `frequency` cycles per pixel in the direction `angle`, under a normal envelope that is `along` pixels wide in
/// this direction and `across` in the other. The phase is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gabor {
    /// Column and row of the centre.
    pub centre: (f64, f64),
    /// Direction of the wave, in radians.
    pub angle: f64,
    /// Cycles per pixel.
    pub frequency: f64,
    /// Standard deviations of the envelope.
    pub widths: (f64, f64),
}

/// Frequencies, widths, and the least number of cycles in a width along the wave. With fewer cycles a function has no side
/// lobes and prefers no orientation.
const FREQUENCIES: (f64, f64) = (0.06, 0.5);
const WIDTHS: (f64, f64) = (0.7, 4.0);
const CYCLES: f64 = 0.25;

/// The grid of the first search.
const GRID: ([f64; 6], [f64; 2]) = ([0.08, 0.125, 0.18, 0.25, 0.34, 0.45], [1.2, 2.0]);
const ANGLES: usize = 8;

impl Gabor {
    /// Whether it is among the functions searched.
    fn is_admitted(&self, edge: usize) -> bool {
        let is_in = |v: f64, range: (f64, f64)| v >= range.0 && v <= range.1;
        let range = (-0.5, edge as f64 - 0.5);
        is_in(self.frequency, FREQUENCIES)
            && is_in(self.widths.0, WIDTHS)
            && is_in(self.widths.1, WIDTHS)
            && is_in(self.centre.0, range)
            && is_in(self.centre.1, range)
            && self.frequency * self.widths.0 >= CYCLES
    }

    /// The even and the odd wave as two orthonormal pictures of `edge × edge` pixels, row by row; the second is 0 if both are
    /// the same.
    fn pair(&self, edge: usize, even: &mut [f64], odd: &mut [f64]) {
        let (sin, cos) = self.angle.sin_cos();
        for at in 0..edge * edge {
            let (x, y) = ((at % edge) as f64 - self.centre.0, (at / edge) as f64 - self.centre.1);
            let (u, v) = (cos * x + sin * y, cos * y - sin * x);
            let envelope = (-0.5 * ((u / self.widths.0).powi(2) + (v / self.widths.1).powi(2))).exp();
            let (wave, shifted) = (TAU * self.frequency * u).sin_cos();
            even[at] = envelope * shifted;
            odd[at] = envelope * wave;
        }
        normalise(even);
        kernels::axpy(-kernels::dot(even, odd), even, odd);
        normalise(odd);
    }
}

fn normalise(picture: &mut [f64]) {
    let norm = kernels::squared_norm(picture).sqrt();
    let scale = if norm > 1e-8 { 1.0 / norm } else { 0.0 };
    picture.iter_mut().for_each(|v| *v *= scale);
}

/// Fits Gabor functions to pictures of one size.
#[derive(Debug)]
pub struct Fitter {
    edge: usize,
    functions: Vec<Gabor>,
    pairs: Vec<f64>,
}

impl Fitter {
    /// For pictures of `edge × edge` pixels.
    #[must_use]
    pub fn new(edge: usize) -> Self {
        let mut functions = Vec::new();
        for place in 0..edge * edge {
            let centre = ((place % edge) as f64, (place / edge) as f64);
            for turn in 0..ANGLES {
                let angle = PI * turn as f64 / ANGLES as f64;
                for frequency in GRID.0 {
                    for widths in GRID.1.iter().flat_map(|along| GRID.1.map(|across| (*along, across))) {
                        let function = Gabor { centre, angle, frequency, widths };
                        functions.extend(function.is_admitted(edge).then_some(function));
                    }
                }
            }
        }
        let size = edge * edge;
        let mut pairs = vec![0.0; 2 * size * functions.len()];
        for (function, pair) in functions.iter().zip(pairs.chunks_exact_mut(2 * size)) {
            let (even, odd) = pair.split_at_mut(size);
            function.pair(edge, even, odd);
        }
        Self { edge, functions, pairs }
    }

    /// The one for pictures of 8 × 8 pixels, made once.
    #[must_use]
    pub fn of_eight() -> &'static Self {
        static FITTER: OnceLock<Fitter> = OnceLock::new();
        FITTER.get_or_init(|| Self::new(8))
    }

    /// The function that explains most of a picture, and its share of `‖picture‖²`, from 0 to 1: the best of a grid, improved
    /// one parameter at a time.
    ///
    /// # Panics
    /// If the picture has another size.
    #[must_use]
    pub fn fit(&self, picture: &[f64]) -> (Gabor, f64) {
        let size = self.edge * self.edge;
        assert_eq!(picture.len(), size, "a picture of {size} pixels");
        let mut best = (self.functions[0], -1.0);
        for (function, pair) in self.functions.iter().zip(self.pairs.chunks_exact(2 * size)) {
            let [[even, odd]] = kernels::dots([picture], [&pair[..size], &pair[size..]]);
            let energy = even * even + odd * odd;
            if energy > best.1 {
                best = (*function, energy);
            }
        }
        let (mut even, mut odd) = (vec![0.0; size], vec![0.0; size]);
        let mut step = 1.0;
        // Half a grid cell down to a thirtieth of it.
        while step > 0.05 {
            let before = best.1;
            for parameter in 0..6 {
                for sign in [-1.0, 1.0] {
                    let mut tried = best.0;
                    match parameter {
                        0 => tried.centre.0 += 0.5 * sign * step,
                        1 => tried.centre.1 += 0.5 * sign * step,
                        2 => tried.angle += sign * step * PI / (2 * ANGLES) as f64,
                        3 => tried.frequency *= (0.2 * sign * step).exp(),
                        4 => tried.widths.0 *= (0.25 * sign * step).exp(),
                        _ => tried.widths.1 *= (0.25 * sign * step).exp(),
                    }
                    if !tried.is_admitted(self.edge) {
                        continue;
                    }
                    tried.pair(self.edge, &mut even, &mut odd);
                    let [[a, b]] = kernels::dots([picture], [&even, &odd]);
                    let energy = a * a + b * b;
                    if energy > best.1 {
                        best = (tried, energy);
                    }
                }
            }
            if best.1 <= before * (1.0 + 1e-3) {
                step *= 0.5;
            }
        }
        let power = kernels::squared_norm(picture);
        (best.0, if power > 0.0 { (best.1 / power).min(1.0) } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gabor_is_found_and_a_point_is_none() {
        let fitter = Fitter::of_eight();
        let function = Gabor { centre: (3.3, 4.2), angle: 0.7, frequency: 0.21, widths: (1.7, 2.6) };
        let (mut even, mut odd) = (vec![0.0; 64], vec![0.0; 64]);
        function.pair(8, &mut even, &mut odd);
        let picture: Vec<f64> = even.iter().zip(&odd).map(|(a, b)| 3.0 * a - 2.0 * b).collect();
        let (found, share) = fitter.fit(&picture);
        assert!(share > 0.99, "{share} {found:?}");
        assert!((found.angle - 0.7).abs() < 0.1 && (found.frequency - 0.21).abs() < 0.03, "{found:?}");
        // A wide blob has no side lobes.
        let blob: Vec<f64> = (0..64)
            .map(|at| ((at % 8) as f64 - 3.5).powi(2) + ((at / 8) as f64 - 3.5).powi(2))
            .map(|r| (-r / 18.0).exp())
            .collect();
        assert!(fitter.fit(&blob).1 < 0.95, "{}", fitter.fit(&blob).1);
        assert_eq!(fitter.fit(&[0.0; 64]).1, 0.0);
    }

    #[test]
    fn the_share_does_not_depend_on_scale_or_sign() {
        let picture: Vec<f64> = (0..64).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let turned: Vec<f64> = picture.iter().map(|v| -7.0 * v).collect();
        let fitter = Fitter::of_eight();
        assert!((fitter.fit(&picture).1 - fitter.fit(&turned).1).abs() < 1e-12);
    }
}
