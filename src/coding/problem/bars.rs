//! The bars test.

use std::sync::Arc;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Data, Truth};

/// A generative model of the library ProSper: what a cause can be, and how causes combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Binary causes whose atoms add.
    Bsc,
    /// Causes −1, 0 or 1 whose atoms add.
    Tsc,
    /// Causes 0, 1 or 2 whose atoms add.
    Dsc,
    /// Binary causes; each pixel is the largest of their atoms, or 0.
    Mca,
    /// Binary causes; each pixel is that of their atoms which is largest in magnitude, or 0.
    Mmca,
    /// Binary causes times a normal number (spike and slab), whose atoms add.
    Gsc,
}

impl Model {
    /// The values of an active cause, and their shares at the start of learning; none where it is a normal number.
    #[must_use]
    pub fn values(self) -> &'static [f64] {
        match self {
            Self::Tsc => &[-1.0, 1.0],
            Self::Dsc => &[1.0, 2.0],
            Self::Gsc => &[],
            Self::Bsc | Self::Mca | Self::Mmca => &[1.0],
        }
    }
}

/// What becomes of data without a cause in the spike-and-slab model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Silent {
    /// As the library's generator: a datum with no cause, or with the first one alone, is 0 without noise.
    AsPublished,
    /// The model: such data have their cause and their noise.
    #[default]
    Corrected,
}

/// Data made of the rows and columns of a square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    pub(super) model: Model,
    pub(super) size: usize,
    pub(super) n: usize,
    pub(super) height: f64,
    pub(super) prior: f64,
    pub(super) sigma: f64,
    pub(super) silent: Silent,
}

impl Bars {
    /// Number of bars: as many rows as columns.
    #[must_use]
    pub fn units(&self) -> usize {
        2 * self.size
    }

    /// The bars, first the rows.
    #[must_use]
    pub fn dictionary(&self) -> Design {
        let (side, pixels) = (self.size, self.size * self.size);
        let mut bars = Design::from_columns(pixels, 2 * side, vec![0.0; pixels * 2 * side]);
        for i in 0..side {
            for j in 0..side {
                bars.column_mut(i)[i * side + j] = self.height;
                bars.column_mut(side + i)[j * side + i] = self.height;
            }
        }
        bars
    }

    /// The value of a cause from a uniform number.
    fn cause(&self, u: f64) -> f64 {
        match self.model {
            Model::Tsc if u < 0.5 * self.prior => -1.0,
            // P(1) = .75 π and P(2) = .25 π.
            Model::Dsc if u < 0.25 * self.prior => 2.0,
            _ if u < self.prior => 1.0,
            _ => 0.0,
        }
    }

    pub(super) fn draw(&self, streams: &Streams) -> Data {
        let (dictionary, units) = (self.dictionary(), self.units());
        let mut uniforms = streams.stream("causes");
        let mut causes: Vec<f64> = (0..self.n * units).map(|_| self.cause(uniforms.r#gen())).collect();
        let mut silent = vec![false; self.n];
        if self.model == Model::Gsc {
            for (causes, silent) in causes.chunks_exact(units).zip(&mut silent) {
                *silent = self.silent == Silent::AsPublished && causes[1..].iter().all(|s| *s == 0.0);
            }
            let mut slab = streams.stream("slab");
            for cause in &mut causes {
                let z: f64 = StandardNormal.sample(&mut slab);
                *cause *= 1.0 + z;
            }
        }
        let mut noise = streams.stream("noise");
        let pixels = dictionary.rows();
        let mut y = Design::from_columns(pixels, self.n, vec![0.0; pixels * self.n]);
        for (n, causes) in causes.chunks_exact(units).enumerate() {
            let datum = y.column_mut(n);
            for (h, cause) in causes.iter().enumerate().filter(|(_, cause)| **cause != 0.0) {
                match self.model {
                    Model::Mca | Model::Mmca => {
                        for (pixel, w) in datum.iter_mut().zip(dictionary.column(h)) {
                            *pixel = if w.abs() > pixel.abs() { *w } else { *pixel };
                        }
                    }
                    _ => kernels::axpy(*cause, dictionary.column(h), datum),
                }
            }
            for pixel in &mut *datum {
                let e: f64 = StandardNormal.sample(&mut noise);
                *pixel += self.sigma * e;
            }
            if silent[n] {
                datum.fill(0.0);
            }
        }
        let truth = Truth {
            dictionary,
            prior: self.prior,
            sigma: self.sigma,
            signless: self.model == Model::Tsc,
            tolerance: 0.1 * self.height,
        };
        Data { y: Arc::new(y), test: None, units, width: self.size, truth: Some(truth), planted: None }
    }
}
