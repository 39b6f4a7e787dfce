//! The keys that all networks share.

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::unfolded::{Loss, Penalty, Rates, Recipe, Training};

/// Loss that training minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LossName {
    /// Mean squared error of the last layer.
    Supervised,
    /// The unfolded objective at the last layer.
    Unsupervised,
}

/// Floating-point precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Precision {
    /// 32 bits.
    #[default]
    Single,
    /// 64 bits.
    Double,
}

/// The order in which layers are trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum RecipeName {
    /// Generation `t` trains the first `t` layers together.
    #[default]
    Incremental,
    /// All layers together, on as many batches in total.
    OneShot,
}

/// How to train a network.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TrainingWire {
    /// Order in which layers are trained.
    recipe: RecipeName,
    /// Training batches per layer, at least 1.
    batches: usize,
    /// Signals per batch, at least 1.
    batch: usize,
    /// Adam's learning rate for steps and thresholds, at least 0.
    rate: f64,
    /// Adam's learning rate for the entries of matrices, at least 0.
    matrix_rate: f64,
    /// Batches between two recorded values of the training loss, at least 1.
    record_every: usize,
}

impl Default for TrainingWire {
    fn default() -> Self {
        let (training, rates) = (Training::default(), Rates::default());
        Self {
            recipe: RecipeName::Incremental,
            batches: 150,
            batch: training.batch,
            rate: rates.step,
            matrix_rate: rates.matrix,
            record_every: 50,
        }
    }
}

impl TrainingWire {
    pub(super) fn training(&self) -> Training {
        let batches = self.batches;
        let recipe = match self.recipe {
            RecipeName::Incremental => Recipe::Incremental { batches },
            RecipeName::OneShot => Recipe::OneShot { batches },
        };
        let rates = Rates { step: self.rate, threshold: self.rate, matrix: self.matrix_rate };
        Training { recipe, batch: self.batch, rates, thinning: self.record_every }
    }
}

impl Check for TrainingWire {
    fn check(&self) -> Result<(), Invalid> {
        let counts = [("batches", self.batches), ("batch", self.batch), ("record_every", self.record_every)];
        for (key, count) in counts {
            if count == 0 {
                return Err(Invalid::new(format!("training.{key}"), "expected at least 1, found 0"));
            }
        }
        for (key, rate) in [("rate", self.rate), ("matrix_rate", self.matrix_rate)] {
            if !(rate.is_finite() && rate >= 0.0) {
                let message = format!("expected a number of at least 0, found {rate}");
                return Err(Invalid::new(format!("training.{key}"), message));
            }
        }
        Ok(())
    }
}

/// The keys that all networks share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) loss: LossName,
    pub(super) penalty: Option<f64>,
    pub(super) training: TrainingWire,
    pub(super) matched: bool,
    pub(super) precision: Precision,
}

impl Shared {
    pub(super) fn loss(&self, penalty: Penalty, lambda: f64) -> Loss {
        match self.loss {
            LossName::Supervised => Loss::Supervised,
            LossName::Unsupervised => Loss::Unsupervised { penalty, lambda },
        }
    }
}

/// Rejects a network without layers.
pub(super) fn check_layers(layers: usize) -> Result<(), Invalid> {
    match layers {
        0 => Err(Invalid::new("layers", "expected at least 1, found 0")),
        _ => Ok(()),
    }
}
