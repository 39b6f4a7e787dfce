//! Problems drawn from a model: designs, signals and noise.

use rand::Rng;
use rand::seq::index;
use rand_distr::StandardNormal;
use remeasure_core::numerics::Design;
use remeasure_core::stream::{Stream, Streams};

use super::wire::{ColumnScale, DesignKind, Signal, SyntheticWire};
use super::{Instance, Truth};

/// A synthetic problem: sizes, design, signal and noise.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// Number of features.
    pub p: usize,
    /// Number of observations.
    pub n: usize,
    /// Number of non-zero coefficients (expected number for a Bernoulli–Gaussian signal).
    pub k: usize,
    pub(super) design: DesignKind,
    correlation: f64,
    pub(super) columns: ColumnScale,
    signal: Signal,
    decay: f64,
    group_size: usize,
    noise: Noise,
    /// Normalised squared error up to which an estimate counts as a success.
    pub success_nmse: f64,
}

#[derive(Clone, Copy, Debug)]
enum Noise {
    Sigma(f64),
    /// `10 log₁₀(‖A x‖² / (n σ²))`, with the power of the drawn signal.
    SnrDb(f64),
}

impl From<SyntheticWire> for Synthetic {
    fn from(wire: SyntheticWire) -> Self {
        let part = |ratio: Option<f64>| SyntheticWire::part(ratio, wire.p);
        Self {
            p: wire.p,
            n: wire.n.unwrap_or_else(|| part(wire.n_over_p)),
            k: wire.k.unwrap_or_else(|| part(wire.k_over_p)),
            design: wire.design,
            correlation: wire.correlation.unwrap_or(0.0),
            columns: wire.columns,
            signal: wire.signal,
            decay: wire.decay.unwrap_or(0.9),
            group_size: wire.group_size.unwrap_or(1),
            noise: wire.sigma.map_or_else(|| Noise::SnrDb(wire.snr_db.unwrap_or(0.0)), Noise::Sigma),
            success_nmse: wire.success_nmse.unwrap_or(1e-6),
        }
    }
}

impl Synthetic {
    /// Whether no noise is ever added.
    #[must_use]
    pub fn is_noiseless(&self) -> bool {
        matches!(self.noise, Noise::Sigma(0.0))
    }

    /// Draws one replicate with a single response.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Instance {
        let design = self.draw_design(&mut streams.stream("design"));
        let mut coefficients = vec![0.0; self.p];
        self.draw_signal(&mut streams.stream("signal"), &mut coefficients);
        let mut response = vec![0.0; self.n];
        design.mul(&coefficients, &mut response);
        let sigma = self.add_noise(&mut streams.stream("noise"), &mut response);
        let truth = Truth::new(coefficients, sigma);
        Instance { design, response, truth: Some(truth), held_out: None }
    }

    /// Draws a design, `n × p`.
    #[must_use]
    pub fn draw_design(&self, stream: &mut Stream) -> Design {
        use ndarray::{Array2, ShapeBuilder};
        use ndarray_rand::RandomExt;
        let drawn = Array2::random_using((self.n, self.p).f(), StandardNormal, stream);
        // The memory of an array in Fortran order is the design, column by column.
        let mut design = Design::from_columns(self.n, self.p, drawn.into_raw_vec_and_offset().0);
        if self.design == DesignKind::Toeplitz {
            // A stationary AR(1) process along the columns has exactly the Toeplitz covariance.
            let (rho, fresh) = (self.correlation, (1.0 - self.correlation * self.correlation).sqrt());
            for j in 1..self.p {
                let previous = design.column(j - 1).to_vec();
                for (value, before) in design.column_mut(j).iter_mut().zip(previous) {
                    *value = rho * before + fresh * *value;
                }
            }
        }
        self.scale_columns(&mut design);
        design
    }

    /// Scales the drawn columns as the problem specifies.
    fn scale_columns(&self, design: &mut Design) {
        for j in 0..self.p {
            let norm = match self.columns {
                ColumnScale::Raw => return,
                ColumnScale::UnitNorm => design.column(j).iter().map(|v| v * v).sum::<f64>().sqrt(),
                ColumnScale::UnitPower => (self.n as f64).sqrt(),
            };
            design.column_mut(j).iter_mut().for_each(|v| *v /= norm);
        }
    }

    /// A design part of the way between `from` and a fresh draw: `√(1 − change²) A + change E`, which
    /// preserves the distribution of its entries; unit-norm columns are normalised again.
    #[must_use]
    pub(super) fn changed_design(&self, from: &Design, change: f64, stream: &mut Stream) -> Design {
        let fresh = self.draw_design(stream);
        let kept = (1.0 - change * change).sqrt();
        let mixed = from.as_slice().iter().zip(fresh.as_slice()).map(|(a, e)| kept * a + change * e);
        let mut design = Design::from_columns(self.n, self.p, mixed.collect());
        if self.columns == ColumnScale::UnitNorm {
            self.scale_columns(&mut design);
        }
        design
    }

    /// Draws a signal of length `p` into `coefficients`.
    pub fn draw_signal(&self, stream: &mut Stream, coefficients: &mut [f64]) {
        coefficients.fill(0.0);
        if self.signal == Signal::BernoulliGaussian {
            let probability = self.k as f64 / self.p as f64;
            for value in coefficients {
                if stream.gen_bool(probability) {
                    *value = stream.sample(StandardNormal);
                }
            }
            return;
        }
        let size = self.group_size;
        let groups = index::sample(stream, self.p / size, self.k / size).into_iter();
        for (i, j) in groups.flat_map(|g| g * size..(g + 1) * size).enumerate() {
            let sign = |positive: bool| if positive { 1.0 } else { -1.0 };
            coefficients[j] = match self.signal {
                Signal::Signs => sign(stream.r#gen()),
                Signal::Decaying => sign(stream.r#gen()) * self.decay.powi(i as i32),
                Signal::Gaussian | Signal::BernoulliGaussian => stream.sample(StandardNormal),
            };
        }
    }

    /// Adds noise to a noiseless `response` and returns its standard deviation.
    pub fn add_noise(&self, stream: &mut Stream, response: &mut [f64]) -> f64 {
        let power = response.iter().map(|v| v * v).sum::<f64>() / self.n as f64;
        let sigma = match self.noise {
            Noise::Sigma(sigma) => sigma,
            Noise::SnrDb(snr) => (power / 10f64.powf(snr / 10.0)).sqrt(),
        };
        if sigma > 0.0 {
            for value in response {
                *value += sigma * stream.sample::<f64, _>(StandardNormal);
            }
        }
        sigma
    }
}
