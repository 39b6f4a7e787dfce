//! Smoothed total variation: `R(x, θ) = w Σ √(‖∇x‖² + ν²)` with `w = e^{θ₀}`, `ν = e^{θ₁}` (Salehi et al.).
//!
//! `∇x` contains, for each pixel, the differences to the next pixel in its row and in its column; 0 for the last ones.

use remeasure_core::family::Metric;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::denoising::{Denoising, MEASURES, check_sizes};
use super::pictures::{Pictures, Shape};
use super::variation::Tv;
use crate::bounds::Bounds;
use crate::problem::{Entry, Instance, Spec, Threshold};
use crate::problems::{check_budget, check_thresholds};

/// Registers the problem.
pub(in super::super) const ENTRY: Entry = entry!(
    Spread,
    "tv",
    "denoising of synthetic signals or images by total variation with learned weight and smoothing"
);

/// Denoising of synthetic signals or images by total variation with learned weight and smoothing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Spread {
    /// 1 for signals of `length` samples, 2 for images of `size` × `size` pixels.
    #[serde(default = "default_dimension")]
    dimension: usize,
    /// Number of samples of a signal.
    #[serde(default = "default_length")]
    length: usize,
    /// Number of pixels along each side of an image.
    #[serde(default = "default_size")]
    size: usize,
    /// Number of training pictures.
    #[serde(default = "default_images")]
    images: usize,
    /// Number of test pictures.
    #[serde(default = "default_images")]
    test_images: usize,
    /// Standard deviation of the noise, at least 0.
    #[serde(default = "default_noise")]
    noise: f64,
    /// Initial logarithms of weight and smoothing, θ₀.
    #[serde(default = "default_start")]
    start: [f64; 2],
    /// Interval of both hyperparameters.
    #[serde(default = "default_bounds")]
    bounds: [f64; 2],
    /// Budget of a method: number of gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
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

    fn measures(&self) -> &'static [Metric] {
        MEASURES
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
