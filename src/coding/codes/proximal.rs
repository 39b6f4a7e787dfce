//! The proximal gradient.

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_optim::nonconvex::{Cel0, Half, L0, Separable};
use remeasure_optim::penalty::soft_threshold;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Gram;

/// What is asked of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shrinkage {
    /// `λ‖a‖₁`: soft thresholding.
    Soft,
    /// `λ‖a‖₀`: hard thresholding.
    Hard,
    /// `λ Σ √|a_j|`: half thresholding (Xu et al. 2012).
    Half,
    /// CEL0, the continuous exact relaxation of `λ‖a‖₀` (Soubies et al. 2015).
    Cel0,
}

/// A penalty with its level; of units, all of norm 1, it takes the first.
#[derive(Clone, Debug)]
enum Level {
    Soft(f64),
    Hard(L0),
    Half(Half),
    Cel0(Cel0),
}

impl Level {
    fn new(shrinkage: Shrinkage, lambda: f64) -> Result<Self, Invalid> {
        Ok(match shrinkage {
            Shrinkage::Soft => Self::Soft(lambda),
            Shrinkage::Hard => Self::Hard(L0::new(lambda)?),
            Shrinkage::Half => Self::Half(Half::new(lambda)?),
            Shrinkage::Cel0 => Self::Cel0(Cel0::new(lambda, vec![1.0])?),
        })
    }

    /// The size up to which a step makes a number 0.
    fn threshold(&self, step: f64) -> f64 {
        let activation = match self {
            Self::Soft(lambda) => *lambda,
            Self::Hard(penalty) => penalty.activation(0, 1.0 / step),
            Self::Half(penalty) => penalty.activation(0, 1.0 / step),
            Self::Cel0(penalty) => penalty.activation(0, 1.0 / step),
        };
        step * activation
    }

    fn prox(&self, z: f64, step: f64) -> f64 {
        match self {
            Self::Soft(lambda) => soft_threshold(z, step * lambda),
            Self::Hard(penalty) => penalty.prox_at(0, z, step),
            Self::Half(penalty) => penalty.prox_at(0, z, step),
            Self::Cel0(penalty) => penalty.prox_at(0, z, step),
        }
    }

    fn value(&self, code: f64) -> f64 {
        match self {
            Self::Soft(lambda) => lambda * code.abs(),
            Self::Hard(penalty) => penalty.value_at(0, code),
            Self::Half(penalty) => penalty.value_at(0, code),
            Self::Cel0(penalty) => penalty.value_at(0, code),
        }
    }
}

/// What is known of codes after some steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Certificate {
    /// ℓ1: the duality gap relative to `½‖y‖²`. Else: the distance of the code from its image under a further step, relative
    /// to `‖y‖`. The largest of all data.
    pub residual: f64,
    /// The largest rise of an objective in a step, relative to `½‖y‖²`; 0 if none rose.
    pub rise: f64,
}

impl Certificate {
    /// The worse of both.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        Self { residual: self.residual.max(other.residual), rise: self.rise.max(other.rise) }
    }
}

/// Codes of data, one datum after the other, by the proximal gradient from 0 with the step `γ = .99 / ‖W‖²`.
#[derive(Debug)]
pub struct Coder<'a> {
    gram: &'a Gram,
    step: f64,
    level: Level,
    scaled: Vec<f64>,
    /// The code of the last datum.
    pub code: Vec<f64>,
    /// The units at which it is not 0, ascending.
    pub active: Vec<usize>,
}

impl<'a> Coder<'a> {
    /// With the inner products of `atoms`, which have norm 1.
    ///
    /// # Errors
    /// A `lambda` that is not a number above 0.
    pub fn new(atoms: &Design, gram: &'a Gram, shrinkage: Shrinkage, lambda: f64) -> Result<Self, Invalid> {
        let norm = atoms.spectral_norm();
        let level = Level::new(shrinkage, lambda)?;
        let units = gram.units();
        let (scaled, code) = (vec![0.0; units], vec![0.0; units]);
        Ok(Self { gram, step: 0.99 / (norm * norm), level, scaled, code, active: Vec::new() })
    }

    /// Changes λ.
    ///
    /// # Errors
    /// A `lambda` that is not a number above 0.
    pub fn set(&mut self, shrinkage: Shrinkage, lambda: f64) -> Result<(), Invalid> {
        self.level = Level::new(shrinkage, lambda)?;
        Ok(())
    }

    fn clear(&mut self) {
        self.code.fill(0.0);
        self.active.clear();
    }

    /// One step, with `along = Wᵀy`.
    fn advance(&mut self, along: &[f64], threshold: f64) {
        let step = self.step;
        for (scaled, along) in self.scaled.iter_mut().zip(along) {
            *scaled = step * along;
        }
        for four in self.active.chunks(4) {
            if let [a, b, c, d] = *four {
                let weights = [a, b, c, d].map(|j| -step * self.code[j]);
                let columns = [a, b, c, d].map(|j| self.gram.column(j));
                kernels::combine(weights, columns, &mut self.scaled);
            } else {
                four.iter().for_each(|&j| {
                    kernels::axpy(-step * self.code[j], self.gram.column(j), &mut self.scaled)
                });
            }
        }
        for &j in &self.active {
            self.scaled[j] += self.code[j];
            self.code[j] = 0.0;
        }
        self.active.clear();
        for (j, z) in self.scaled.iter().enumerate() {
            if z.abs() > threshold {
                let value = self.level.prox(*z, step);
                if value != 0.0 {
                    self.code[j] = value;
                    self.active.push(j);
                }
            }
        }
    }

    /// The code after `iterations` steps from 0, with `along = Wᵀy`.
    pub fn encode(&mut self, along: &[f64], iterations: usize) {
        let threshold = self.level.threshold(self.step);
        self.clear();
        for _ in 0..iterations {
            self.advance(along, threshold);
        }
    }

    /// `½‖y − W a‖² + φ(a)`, with `power = ‖y‖²`.
    #[must_use]
    pub fn objective(&self, along: &[f64], power: f64) -> f64 {
        let penalty: f64 = self.active.iter().map(|&j| self.level.value(self.code[j])).sum();
        0.5 * (power + self.gram.energy(along, &self.code, &self.active)) + penalty
    }

    /// The same as [`Coder::encode`], with its certificate.
    pub fn certify(&mut self, along: &[f64], power: f64, iterations: usize) -> Certificate {
        let threshold = self.level.threshold(self.step);
        self.clear();
        let (mut last, mut rise) = (0.5 * power, 0.0_f64);
        let mut before = Vec::new();
        for _ in 0..=iterations {
            // The last step is a further one, to see how far it goes.
            before.clone_from(&self.code);
            let objective = self.objective(along, power);
            rise = rise.max(objective - last);
            last = objective;
            self.advance(along, threshold);
        }
        let distance: f64 = before.iter().zip(&self.code).map(|(a, b)| (a - b) * (a - b)).sum();
        self.active.clear();
        self.active.extend((0..before.len()).filter(|&j| before[j] != 0.0));
        self.code = before;
        let whole = 0.5 * power;
        if whole == 0.0 {
            return Certificate::default();
        }
        let residual = match self.level {
            Level::Soft(lambda) => self.gap(along, power, lambda) / whole,
            _ => (distance / power).sqrt(),
        };
        Certificate { residual, rise: rise / whole }
    }

    /// The duality gap of `½‖y − W a‖² + λ‖a‖₁`, with the residual scaled into the dual set.
    fn gap(&mut self, along: &[f64], power: f64, lambda: f64) -> f64 {
        let energy = self.gram.energy(along, &self.code, &self.active);
        let left = (power + energy).max(0.0);
        let most = self.gram.correlation(along, &self.code, &self.active, &mut self.scaled);
        let scale = if most > lambda { lambda / most } else { 1.0 };
        // yᵀr, of the residual r.
        let with: f64 = power - self.active.iter().map(|&j| along[j] * self.code[j]).sum::<f64>();
        let norm: f64 = self.active.iter().map(|&j| self.code[j].abs()).sum();
        0.5 * left + lambda * norm - scale * with + 0.5 * scale * scale * left
    }
}
