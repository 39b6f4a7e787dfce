//! Unfolded ISTA and IHT: only steps, and optionally thresholds, are learned.

use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::parameters::{LossName, Precision, Shared, TrainingWire, check_layers};
use super::{Architecture, Unfolded};
use crate::estimator::{Entry, Estimator};
use crate::unfolded::{Network, Penalty, Real, Sensing, StepNetwork};

/// Registers unfolded ISTA.
pub(in super::super) const ISTA: Entry = Entry {
    name: "unfolded-ista",
    about: "ISTA with a learned step in every layer, trained on the error or on the objective",
    schema: params::schema::<Parameters>,
    read: |table| read(table, Penalty::L1),
};

/// Registers unfolded IHT.
pub(in super::super) const IHT: Entry = Entry {
    name: "unfolded-iht",
    about: "IHT for the ℓ0 penalty with a learned step in every layer, trained on the error or on the objective",
    schema: params::schema::<Parameters>,
    read: |table| read(table, Penalty::L0),
};

/// How thresholds are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Thresholds {
    /// Tied to the step: `λα_t`, or `√(2λα_t)` for hard thresholds.
    #[default]
    Tied,
    /// Learned separately (soft thresholds only).
    Free,
}

/// ISTA or IHT with a learned step in every layer, trained on signals from the problem's training distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Loss that training minimises.
    loss: LossName,
    /// Number of layers `T`, at least 1.
    layers: usize,
    /// How thresholds are set.
    #[serde(default)]
    thresholds: Thresholds,
    /// Penalty λ, at least 0. Default: the problem's `penalty`.
    penalty: Option<f64>,
    /// How to train the network.
    #[serde(default)]
    training: TrainingWire,
    /// Train on the test distribution, ignoring the problem's `mismatch`.
    #[serde(default)]
    matched: bool,
    /// Floating-point precision of training and test.
    #[serde(default)]
    precision: Precision,
}

impl Check for Parameters {
    fn check(&self) -> Result<(), Invalid> {
        check_layers(self.layers)?;
        super::super::check_penalty(self.penalty)?;
        self.training.check()
    }
}

struct Steps {
    layers: usize,
    thresholds: Thresholds,
    penalty: Penalty,
}

fn read(table: Table, penalty: Penalty) -> Result<Box<dyn Estimator>, Invalid> {
    let p: Parameters = params::read(table)?;
    if penalty == Penalty::L0 && p.thresholds == Thresholds::Free {
        let message = "a hard threshold has no gradient, so it cannot be learned: remove this key";
        return Err(Invalid::new("thresholds", message));
    }
    let Parameters { loss, penalty: lambda, training, matched, precision, .. } = p;
    Ok(Box::new(Unfolded {
        shared: Shared { loss, penalty: lambda, training, matched, precision },
        architecture: Steps { layers: p.layers, thresholds: p.thresholds, penalty },
    }))
}

impl Architecture for Steps {
    fn network<R: Real>(
        &self,
        sensing: Arc<Sensing<R>>,
        lambda: f64,
    ) -> Result<Box<dyn Network<R>>, Invalid> {
        let network = match self.penalty {
            Penalty::L1 => StepNetwork::ista(sensing, self.layers, lambda)?,
            Penalty::L0 => StepNetwork::iht(sensing, self.layers, lambda)?,
        };
        let free = self.thresholds == Thresholds::Free;
        Ok(Box::new(if free { network.free_thresholds()? } else { network }))
    }

    fn penalty(&self) -> Penalty {
        self.penalty
    }

    fn step(&self, value: f64) -> f64 {
        value.exp()
    }

    fn tied_threshold(&self, step: f64, lambda: f64, lipschitz: f64) -> Option<f64> {
        Some(match self.penalty {
            Penalty::L1 => lambda * step / lipschitz,
            Penalty::L0 => (2.0 * lambda * step / lipschitz).sqrt(),
        })
    }

    fn free_threshold(&self, value: f64, lambda: f64, lipschitz: f64) -> f64 {
        value.exp() * lambda / lipschitz
    }

    fn descends_l1(&self) -> bool {
        self.penalty == Penalty::L1
    }
}
