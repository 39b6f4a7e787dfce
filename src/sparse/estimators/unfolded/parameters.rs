//! The keys that all networks share.

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::unfolded::{Loss, Penalty, Rates, Recipe, Training};

/// What training makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LossName {
    /// The mean squared error of the last layer.
    Supervised,
    /// The objective at the last layer.
    Unsupervised,
}

/// The scalars of training and test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Precision {
    /// 32 bits.
    #[default]
    Single,
    /// 64 bits.
    Double,
}

/// In which order layers are trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum RecipeName {
    /// One more layer in each generation, all of the first ones trained again.
    #[default]
    Incremental,
    /// All at once, on as many batches.
    OneShot,
}

/// `training = { … }`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TrainingWire {
    /// In which order layers are trained.
    recipe: RecipeName,
    /// Batches for each layer.
    batches: usize,
    /// Signals in a batch.
    batch: usize,
    /// Adam's learning rate for steps and thresholds.
    rate: f64,
    /// The same for the entries of matrices.
    matrix_rate: f64,
    /// Batches from one recorded point of the training loss to the next.
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

/// What all networks share.
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

/// Refuses a network without layers.
pub(super) fn check_layers(layers: usize) -> Result<(), Invalid> {
    match layers {
        0 => Err(Invalid::new("layers", "expected at least 1, found 0")),
        _ => Ok(()),
    }
}
