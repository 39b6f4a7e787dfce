//! Total variation on a stack of pictures: stencils, row by row.

use super::THIRD;
use super::denoising::{Kind, Regulariser};
use super::pictures::Shape;
use crate::smooth::Constants;

/// Total variation before the size of the pictures is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tv;

impl Kind for Tv {
    type Regulariser = Variation;

    fn parameters(&self) -> usize {
        2
    }

    fn over(&self, shape: Shape) -> Variation {
        let zeros = || vec![0.0; shape.len()];
        Variation {
            shape,
            weight: 0.0,
            scale: zeros(),
            across: zeros(),
            down: zeros(),
            smoothing: 0.0,
            rows: Rows::new(shape.width),
        }
    }
}

/// Flows from the pixels of a row to the next pixel (after a leading 0) and to the next row; `before` are
/// those into the row.
#[derive(Debug)]
struct Rows {
    across: Vec<f64>,
    down: Vec<f64>,
    before: Vec<f64>,
}

impl Rows {
    fn new(width: usize) -> Self {
        Self { across: vec![0.0; width + 1], down: vec![0.0; width], before: vec![0.0; width] }
    }

    /// `out ← out + ∇ᵀ(flows)` for one row; its downward flows become those into the next row.
    fn drain(&mut self, out: &mut [f64]) {
        let width = out.len();
        let (into, from) = (&self.across[..width], &self.across[1..=width]);
        for ((((o, i), f), b), d) in out.iter_mut().zip(into).zip(from).zip(&self.before).zip(&self.down) {
            *o += (i - f) + (b - d);
        }
        std::mem::swap(&mut self.before, &mut self.down);
    }
}

/// Total variation on a stack of pictures.
#[derive(Debug)]
pub(super) struct Variation {
    shape: Shape,
    weight: f64,
    smoothing: f64,
    /// At the last point set: `w/r` with `r = √(‖∇x‖² + ν²)`, and `∇x/r`.
    scale: Vec<f64>,
    across: Vec<f64>,
    down: Vec<f64>,
    rows: Rows,
}

/// Calls `each` with the position of every row, its pixels, and those of the row below (for the last row:
/// itself, so that differences vanish).
fn rows<'a>(shape: Shape, x: &'a [f64], mut each: impl FnMut(usize, &'a [f64], &'a [f64])) {
    for picture in 0..shape.count {
        for i in 0..shape.height {
            let at = (picture * shape.height + i) * shape.width;
            let below = if i + 1 < shape.height { at + shape.width } else { at };
            each(at, &x[at..at + shape.width], &x[below..below + shape.width]);
        }
    }
}

/// Calls `each` with every pixel of a row and its two differences.
#[inline(always)]
fn differences(row: &[f64], below: &[f64], mut each: impl FnMut(usize, f64, f64)) {
    let last = row.len() - 1;
    let (next, below) = (&row[1..], &below[..=last]);
    for j in 0..last {
        each(j, next[j] - row[j], below[j] - row[j]);
    }
    each(last, 0.0, below[last] - row[last]);
}

fn exponentials(theta: &[f64]) -> (f64, f64) {
    (theta[0].exp(), theta[1].exp())
}

impl Regulariser for Variation {
    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        let (weight, nu) = exponentials(theta);
        let mut sum = 0.0;
        rows(self.shape, x, |_, row, below| {
            differences(row, below, |_, dx, dy| sum += (dx * dx + dy * dy + nu * nu).sqrt());
        });
        weight * sum
    }

    fn add_gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let (weight, nu) = exponentials(theta);
        let squared = nu * nu;
        let (flows, width, pixels) = (&mut self.rows, self.shape.width, self.shape.pixels());
        rows(self.shape, x, |at, row, below| {
            if at % pixels == 0 {
                flows.before.fill(0.0);
            }
            let (across, down) = (&mut flows.across[1..=width], &mut flows.down[..width]);
            differences(row, below, |j, dx, dy| {
                let scale = weight / (dx * dx + dy * dy + squared).sqrt();
                across[j] = scale * dx;
                down[j] = scale * dy;
            });
            flows.drain(&mut out[at..at + width]);
        });
    }

    fn linearise(&mut self, x: &[f64], theta: &[f64]) {
        (self.weight, self.smoothing) = exponentials(theta);
        let (weight, squared) = (self.weight, self.smoothing * self.smoothing);
        let width = self.shape.width;
        let Self { scale, across, down, .. } = self;
        rows(self.shape, x, |at, row, below| {
            let span = at..at + width;
            let (scale, across, down) =
                (&mut scale[span.clone()], &mut across[span.clone()], &mut down[span]);
            differences(row, below, |j, dx, dy| {
                let inverse = 1.0 / (dx * dx + dy * dy + squared).sqrt();
                scale[j] = weight * inverse;
                across[j] = inverse * dx;
                down[j] = inverse * dy;
            });
        });
    }

    fn add_hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        let (width, pixels) = (self.shape.width, self.shape.pixels());
        let Self { scale, across: ux, down: uy, rows: flows, .. } = self;
        rows(self.shape, v, |at, row, below| {
            if at % pixels == 0 {
                flows.before.fill(0.0);
            }
            let span = at..at + width;
            let (scale, ux, uy) = (&scale[span.clone()], &ux[span.clone()], &uy[span.clone()]);
            let (across, down) = (&mut flows.across[1..=width], &mut flows.down[..width]);
            // ∇²√(‖p‖² + ν²) = (I − uuᵀ)/r with u = p/r.
            differences(row, below, |j, dx, dy| {
                let along = ux[j] * dx + uy[j] * dy;
                across[j] = scale[j] * (dx - ux[j] * along);
                down[j] = scale[j] * (dy - uy[j] * along);
            });
            flows.drain(&mut out[span]);
        });
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        // ∂_θ₀∇ₓR = w∇ᵀu; ∂_θ₁u = −u(ν/r)².
        let (weight, nu) = (self.weight, self.smoothing);
        let (mut by_weight, mut by_smoothing) = (0.0, 0.0);
        rows(self.shape, q, |at, row, below| {
            differences(row, below, |j, dx, dy| {
                let along = self.across[at + j] * dx + self.down[at + j] * dy;
                let share = nu * self.scale[at + j] / weight;
                by_weight += along;
                by_smoothing -= along * share * share;
            });
        });
        out[0] = weight * by_weight;
        out[1] = weight * by_smoothing;
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let (weight, nu) = exponentials(theta);
        let (mut lengths, mut inverses) = (0.0, 0.0);
        rows(self.shape, x, |_, row, below| {
            differences(row, below, |_, dx, dy| {
                let length = (dx * dx + dy * dy + nu * nu).sqrt();
                lengths += length;
                inverses += 1.0 / length;
            });
        });
        out[0] = weight * lengths;
        out[1] = weight * nu * nu * inverses;
    }

    fn constants(&mut self, theta: &[f64], _: f64) -> Constants {
        let (weight, nu) = exponentials(theta);
        // ‖∇‖² is the largest eigenvalue of the Neumann Laplacian of the grid, a sum over its sides.
        let along = |n: usize| 4.0 * (std::f64::consts::FRAC_PI_2 / n as f64).cos().powi(2);
        let norm = along(self.shape.width) + along(self.shape.height);
        // The differences at one pixel: rows (−1, 1, 0) and (−1, 0, 1), of norm √3; for a signal √2.
        let local: f64 = if self.shape.height > 1 { 3.0 } else { 2.0 };
        // With p = ∇x, u = p/r and v = −u(ν/r)²: ‖u‖² + ‖v‖² < 1 at each pixel, ‖∂u/∂p‖ and ‖∂v/∂p‖ ≤ 1/ν, and the second
        // derivative of u is at most THIRD/ν².
        let pixels = self.shape.len() as f64;
        Constants {
            strong_convexity: 1.0,
            lipschitz: 1.0 + weight * norm / nu,
            hessian_lipschitz: weight * norm * local.sqrt() * THIRD / (nu * nu),
            cross_norm: weight * (norm * pixels).sqrt(),
            cross_lipschitz: std::f64::consts::SQRT_2 * weight * norm / nu,
        }
    }
}

#[cfg(test)]
mod tests {
    use remeasure_core::numerics::splitmix::SplitMix64;

    use super::super::denoising::Functions;
    use super::super::pictures::Pictures;
    use super::*;
    use crate::cost::Currency;
    use crate::inexact::{Inexact, LowerSolver};
    use crate::oracle::Oracle;

    fn denoised(height: usize, noisy: &[f64], weight: f64, nu: f64) -> Vec<f64> {
        let shape = Shape { count: 1, height, width: noisy.len() / height };
        let pictures = Pictures { shape, truth: noisy.to_vec(), noisy: noisy.to_vec() };
        let functions = Box::new(Functions::new(&Tv, &pictures));
        let mut oracle = Inexact::new(functions, LowerSolver::Fista, f64::INFINITY, Currency::Evaluations);
        oracle.evaluate(&[weight.ln(), nu.ln()], 1e-9).unwrap();
        oracle.solution().to_vec()
    }

    /// Without smoothing, a step between levels 0 and 1 of `a` and `b` samples moves to `w/a` and `1 − w/b`.
    #[test]
    fn a_step_moves_by_the_weight_over_the_length_of_its_pieces() {
        let mut step = vec![0.0; 10];
        step.extend([1.0; 20]);
        let found = denoised(1, &step, 0.3, 1e-5);
        for (i, x) in found.iter().enumerate() {
            let expected = if i < 10 { 0.03 } else { 1.0 - 0.015 };
            assert!((x - expected).abs() < 5e-4, "{i}: {x} for {expected}");
        }
    }

    /// Reference: the dual, `min ½‖y − ∇ᵀp‖²` over `|p| ≤ w`, by projected gradients, another algorithm without
    /// smoothing.
    fn by_the_dual(noisy: &[f64], weight: f64) -> Vec<f64> {
        let n = noisy.len();
        let mut dual = vec![0.0; n - 1];
        let primal = |dual: &[f64]| -> Vec<f64> {
            let at = |i: usize| dual.get(i).copied().unwrap_or(0.0);
            (0..n).map(|i| noisy[i] + at(i) - if i > 0 { dual[i - 1] } else { 0.0 }).collect()
        };
        for _ in 0..60_000 {
            let x = primal(&dual);
            for (p, pair) in dual.iter_mut().zip(x.windows(2)) {
                *p = (*p + 0.25 * (pair[1] - pair[0])).clamp(-weight, weight);
            }
        }
        primal(&dual)
    }

    #[test]
    fn little_smoothing_is_none() {
        let mut generator = SplitMix64::new(4);
        let noisy: Vec<f64> = (0..40).map(|i| f64::from(i / 14) + 0.2 * generator.normal()).collect();
        let (found, expected) = (denoised(1, &noisy, 0.4, 1e-5), by_the_dual(&noisy, 0.4));
        for (f, e) in found.iter().zip(&expected) {
            assert!((f - e).abs() < 1e-3, "{found:?}\n{expected:?}");
        }
        // The penalty has an effect: neighbours are fused.
        let fused = |x: &[f64]| x.windows(2).filter(|p| (p[0] - p[1]).abs() < 1e-3).count();
        assert!(fused(&expected) > 20 && fused(&noisy) < 5);
    }

    /// A picture with identical rows, or identical columns, behaves like a signal.
    #[test]
    fn in_two_dimensions_as_in_one_where_nothing_else_varies() {
        let mut generator = SplitMix64::new(9);
        let signal = generator.normals(12);
        let expected = denoised(1, &signal, 0.2, 0.05);
        let rows: Vec<f64> = signal.iter().cycle().take(60).copied().collect();
        let columns: Vec<f64> = signal.iter().flat_map(|v| [*v; 5]).collect();
        let (by_rows, by_columns) = (denoised(5, &rows, 0.2, 0.05), denoised(12, &columns, 0.2, 0.05));
        for i in 0..60 {
            assert!((by_rows[i] - expected[i % 12]).abs() < 1e-8, "{i}");
            assert!((by_columns[i] - expected[i / 5]).abs() < 1e-8, "{i}");
        }
    }
}
