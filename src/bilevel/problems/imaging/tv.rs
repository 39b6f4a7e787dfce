//! Smoothed total variation: `R(x, θ) = w Σ √(‖∇x‖² + ν²)` with `w = e^{θ₀}`, `ν = e^{θ₁}` (Salehi et al.).
//!
//! `∇x` holds at each pixel the differences to the next pixel in its row and in its column, 0 at the last ones.

use serde::Deserialize;

use super::THIRD;
use super::denoising::{Denoising, Kind, Regulariser, check_sizes};
use super::pictures::{Pictures, Shape};
use crate::bilevel::bounds::Bounds;
use crate::bilevel::problem::{Entry, Instance, Spec, Threshold};
use crate::bilevel::problems::{check_budget, check_thresholds};
use crate::bilevel::smooth::Constants;
use crate::numerics::Invalid;
use crate::numerics::params::{self, Check};
use crate::numerics::stream::Streams;

/// Registration.
pub(in super::super) const ENTRY: Entry = Entry {
    name: "tv",
    about: "denoising of synthetic signals or images by total variation with learned weight and smoothing",
    read: |table| Ok(Box::new(params::read::<Spread>(table)?)),
};

/// `dimension` 1: signals of `length` samples; 2: images of `size` × `size` pixels. `start` is θ₀ and `bounds` the box of
/// both hyperparameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spread {
    #[serde(default = "default_dimension")]
    dimension: usize,
    #[serde(default = "default_length")]
    length: usize,
    #[serde(default = "default_size")]
    size: usize,
    #[serde(default = "default_images")]
    images: usize,
    #[serde(default = "default_images")]
    test_images: usize,
    #[serde(default = "default_noise")]
    noise: f64,
    #[serde(default = "default_start")]
    start: [f64; 2],
    #[serde(default = "default_bounds")]
    bounds: [f64; 2],
    budget: f64,
    #[serde(default)]
    thresholds: Vec<f64>,
}

fn default_dimension() -> usize {
    2
}

fn default_length() -> usize {
    256
}

fn default_size() -> usize {
    32
}

fn default_images() -> usize {
    2
}

fn default_noise() -> f64 {
    0.1
}

fn default_start() -> [f64; 2] {
    [-5.0; 2]
}

fn default_bounds() -> [f64; 2] {
    [-10.0, 2.0]
}

impl Check for Spread {
    fn check(&self) -> Result<(), Invalid> {
        if !(1..=2).contains(&self.dimension) {
            return Err(Invalid::new("dimension", format!("expected 1 or 2, found {}", self.dimension)));
        }
        let sides = [("length", self.length, 8), ("size", self.size, 4)];
        check_sizes(self.images, self.test_images, self.noise, &sides)?;
        if !(self.bounds.iter().all(|b| b.abs() <= 30.0)) {
            let message = format!(
                "expected numbers between -30 and 30, as weight and smoothing are their exponentials; found {:?}",
                self.bounds
            );
            return Err(Invalid::new("bounds", message));
        }
        if !Bounds::cube(2, self.bounds)?.contain(&self.start) {
            let message =
                format!("expected to lie within bounds = {:?}, found {:?}", self.bounds, self.start);
            return Err(Invalid::new("start", message));
        }
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)
    }
}

impl Spread {
    fn shape(&self, count: usize) -> Shape {
        match self.dimension {
            1 => Shape { count, height: 1, width: self.length },
            _ => Shape { count, height: self.size, width: self.size },
        }
    }
}

impl Spec for Spread {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let pictures = |count, role| Pictures::draw(self.shape(count), self.noise, streams, role);
        let model = Denoising {
            kind: Tv,
            training: pictures(self.images, "training"),
            test: pictures(self.test_images, "test"),
        };
        Ok(Instance {
            model: Box::new(model),
            start: self.start.to_vec(),
            bounds: Bounds::cube(2, self.bounds)?,
            budget: self.budget,
            thresholds: Threshold::at(&self.thresholds),
            minimum: None,
        })
    }

    fn parameters(&self) -> usize {
        2
    }

    fn is_smooth(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        true
    }
}

/// Total variation before it is laid over pictures.
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

/// Flows out of the pixels of a row, to the next pixel (behind a leading 0) and to the next row; `before` are those into
/// the row.
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

    /// `out ← out + ∇ᵀ(flows)` for one row; its flows down become those into the next.
    fn drain(&mut self, out: &mut [f64]) {
        let width = out.len();
        let (into, from) = (&self.across[..width], &self.across[1..=width]);
        for ((((o, i), f), b), d) in out.iter_mut().zip(into).zip(from).zip(&self.before).zip(&self.down) {
            *o += (i - f) + (b - d);
        }
        std::mem::swap(&mut self.before, &mut self.down);
    }
}

/// Total variation over a stack of pictures.
#[derive(Debug)]
pub(super) struct Variation {
    shape: Shape,
    weight: f64,
    smoothing: f64,
    /// At the point fixed last: `w/r` with `r = √(‖∇x‖² + ν²)`, and `∇x/r`.
    scale: Vec<f64>,
    across: Vec<f64>,
    down: Vec<f64>,
    rows: Rows,
}

/// Calls `each` with the position of every row and its pixels and those of the row below (of the last row: itself, so
/// that differences vanish).
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
        // ‖∇‖² is the greatest eigenvalue of the Neumann Laplacian of the grid, a sum over its sides.
        let along = |n: usize| 4.0 * (std::f64::consts::FRAC_PI_2 / n as f64).cos().powi(2);
        let norm = along(self.shape.width) + along(self.shape.height);
        // One pixel's differences: rows (−1, 1, 0) and (−1, 0, 1), of norm √3; of a signal √2.
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
