//! Fields of experts: `R(x, θ) = e^{θ₀} Σₖ e^{βₖ} Σᵢ √((cₖ ∗ x)ᵢ² + νₖ²)` with `νₖ = e^{γₖ}` (Roth and Black 2005; Salehi et al.
//! with 48 filters of 7 × 7 taps, hence 1 + 48 + 48 + 48·49 hyperparameters).
//!
//! `θ = (θ₀, β, γ, c)`, each filter row by row; `cₖ ∗ x` (a correlation) is computed wherever the filter fits
//! into the picture. The filters start as the first ones of the discrete cosine basis without its constant,
//! with norm 1.

use remeasure_core::family::Metric;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::denoising::{Denoising, Kind, MEASURES, check_sizes};
use super::field::Field;
use super::pictures::{Pictures, Shape};
use crate::bounds::Bounds;
use crate::problem::{Entry, Instance, Spec, Threshold};
use crate::problems::{check_budget, check_thresholds};

/// Registers the problem.
pub(in super::super) const ENTRY: Entry = entry!(
    Spread,
    "field-of-experts",
    "denoising of synthetic images by learned filters, their weights and smoothings"
);

/// Denoising of synthetic images by a field of experts with learned filters, weights and smoothings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Spread {
    /// Number of pixels along each side of an image.
    #[serde(default = "default_size")]
    size: usize,
    /// Number of filters, from 1 to `taps² − 1`.
    #[serde(default = "default_filters")]
    filters: usize,
    /// Side length of the filters: each has `taps × taps` entries, from 2 to `size`.
    #[serde(default = "default_taps")]
    taps: usize,
    /// Number of training images.
    #[serde(default = "default_images")]
    images: usize,
    /// Number of test images.
    #[serde(default = "default_images")]
    test_images: usize,
    /// Standard deviation of the noise, at least 0.
    #[serde(default = "default_noise")]
    noise: f64,
    /// Initial logarithm θ₀ of the overall weight.
    #[serde(default = "default_start")]
    start: f64,
    /// Interval of θ₀ and of the logarithms of the smoothings (and, as these start at 0, of the weights).
    #[serde(default = "default_bounds")]
    bounds: [f64; 2],
    /// Budget of a method: number of gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
}

fn default_size() -> usize {
    24
}

fn default_filters() -> usize {
    8
}

fn default_taps() -> usize {
    3
}

fn default_images() -> usize {
    2
}

fn default_noise() -> f64 {
    0.1
}

fn default_start() -> f64 {
    -4.0
}

fn default_bounds() -> [f64; 2] {
    [-10.0, 2.0]
}

/// Bound on the absolute value of a tap.
const TAP: f64 = 2.0;

impl Check for Spread {
    fn check(&self) -> Result<(), Invalid> {
        check_sizes(self.images, self.test_images, self.noise, &[("size", self.size, 4)])?;
        if !(2..=self.size).contains(&self.taps) {
            let message = format!("expected 2 to size = {}, found {}", self.size, self.taps);
            return Err(Invalid::new("taps", message));
        }
        let most = self.taps * self.taps - 1;
        if !(1..=most).contains(&self.filters) {
            let message = format!(
                "expected 1 to taps² − 1 = {most}, the filters of the cosine basis they start as; found {}",
                self.filters
            );
            return Err(Invalid::new("filters", message));
        }
        if !(self.bounds.iter().all(|b| b.abs() <= 30.0)) {
            let message = format!(
                "expected numbers between -30 and 30, as they are exponents; found {:?}",
                self.bounds
            );
            return Err(Invalid::new("bounds", message));
        }
        if !Bounds::cube(1, self.bounds)?.contain(&[self.start]) {
            let message = format!("expected to lie within bounds = {:?}, found {}", self.bounds, self.start);
            return Err(Invalid::new("start", message));
        }
        if !Bounds::cube(1, self.bounds)?.contain(&[0.0]) {
            let message = format!("expected to hold 0, where the weights start; found {:?}", self.bounds);
            return Err(Invalid::new("bounds", message));
        }
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)
    }
}

impl Spec for Spread {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let shape = |count| Shape { count, height: self.size, width: self.size };
        let kind = Experts { filters: self.filters, taps: self.taps };
        let mut start = vec![self.start];
        start.extend(vec![0.0; self.filters]);
        start.extend(vec![self.start; self.filters]);
        start.extend(cosines(self.taps, self.filters));
        let logarithms = Bounds::cube(1 + 2 * self.filters, self.bounds)?;
        let taps = Bounds::cube(self.filters * self.taps * self.taps, [-TAP, TAP])?;
        Ok(Instance {
            model: Box::new(Denoising {
                kind,
                training: Pictures::draw(shape(self.images), self.noise, streams, "training"),
                test: Pictures::draw(shape(self.test_images), self.noise, streams, "test"),
            }),
            start,
            bounds: logarithms.join(&taps),
            budget: self.budget,
            thresholds: Threshold::at(&self.thresholds),
            minimum: None,
        })
    }

    fn measures(&self) -> &'static [Metric] {
        MEASURES
    }

    fn parameters(&self) -> usize {
        Kind::parameters(&Experts { filters: self.filters, taps: self.taps })
    }

    fn is_smooth(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        true
    }
}

/// The first filters of the two-dimensional cosine basis (type II) by frequency, without the constant, each with norm
/// 1.
fn cosines(taps: usize, filters: usize) -> Vec<f64> {
    let mut frequencies: Vec<(usize, usize)> = (1..taps * taps).map(|f| (f / taps, f % taps)).collect();
    frequencies.sort_by_key(|&(a, b)| (a + b, a.max(b), a));
    let wave = |frequency: usize, t: usize| {
        let scale = if frequency == 0 { 1.0 } else { 2.0 };
        let phase = std::f64::consts::PI * (t as f64 + 0.5) * frequency as f64 / taps as f64;
        (scale / taps as f64).sqrt() * phase.cos()
    };
    let mut out = Vec::with_capacity(filters * taps * taps);
    for &(a, b) in &frequencies[..filters] {
        out.extend((0..taps * taps).map(|t| wave(a, t / taps) * wave(b, t % taps)));
    }
    out
}

/// The filters before the size of the pictures is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Experts {
    pub(super) filters: usize,
    pub(super) taps: usize,
}

impl Kind for Experts {
    type Regulariser = Field;

    fn parameters(&self) -> usize {
        1 + 2 * self.filters + self.filters * self.taps * self.taps
    }

    fn over(&self, shape: Shape) -> Field {
        Field::new(*self, shape)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use remeasure_core::numerics::kernels;

    use super::*;

    #[test]
    fn the_first_filters_are_orthonormal_and_blind_to_constants() {
        let filters = cosines(5, 24);
        for (i, a) in filters.chunks(25).enumerate() {
            assert_abs_diff_eq!(a.iter().sum::<f64>(), 0.0, epsilon = 1e-14);
            for (j, b) in filters.chunks(25).enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert_abs_diff_eq!(kernels::dot(a, b), expected, epsilon = 1e-14);
            }
        }
    }

    #[test]
    fn the_paper_s_field_has_its_number_of_hyperparameters() {
        assert_eq!(Kind::parameters(&Experts { filters: 48, taps: 7 }), 97 + 2352);
    }
}
