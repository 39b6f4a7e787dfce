//! LISTA and its descendants: matrices learned or computed, thresholds learned.

use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parameters::{LossName, Precision, Shared, TrainingWire, check_layers};
use super::{Architecture, Unfolded};
use crate::estimator::Entry;
use crate::unfolded::{Lista, ListaCp, Network, Penalty, Real, Selection, Sensing, StepNetwork};

/// Registration of LISTA.
pub(in super::super) const LISTA: Entry = Entry {
    name: "lista",
    about: "LISTA: both matrices and the threshold of every layer are learned",
    schema: params::schema::<Parameters>,
    read: |table| {
        let p: Parameters = params::read(table)?;
        for (key, given) in [("tied", p.tied), ("selection", p.selection.is_some())] {
            if given {
                return Err(Invalid::new(key, "only lista-cp and alista take it: remove it"));
            }
        }
        Ok(Box::new(p.unfolded(Form::Lista)))
    },
};

/// Registration of LISTA-CP.
pub(in super::super) const LISTA_CP: Entry = Entry {
    name: "lista-cp",
    about: "LISTA with coupled weights: one learned matrix and threshold per layer, selection if wanted",
    schema: params::schema::<Parameters>,
    read: |table| {
        let p: Parameters = params::read(table)?;
        let form = Form::ListaCp { tied: p.tied };
        Ok(Box::new(p.unfolded(form)))
    },
};

/// Registration of ALISTA.
pub(in super::super) const ALISTA: Entry = Entry {
    name: "alista",
    about: "ALISTA: the matrix is computed, step and threshold of every layer are learned",
    schema: params::schema::<Parameters>,
    read: |table| {
        let p: Parameters = params::read(table)?;
        if p.tied {
            return Err(Invalid::new("tied", "the matrix of alista is the same in all layers: remove it"));
        }
        Ok(Box::new(p.unfolded(Form::Alista)))
    },
};

/// `selection = { per_layer = 1.2, most = 13 }`, both in percent of the entries.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SelectionWire {
    /// Percent of the entries more with each layer, from 0 to 100.
    per_layer: f64,
    /// Percent of the entries at most, from 0 to 100.
    most: f64,
}

/// Keys of the networks with matrices.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// What training makes small.
    #[serde(default = "supervised")]
    loss: LossName,
    /// Number of layers `T`.
    layers: usize,
    /// λ of the first thresholds, `λ/L`; the problem's own when absent.
    penalty: Option<f64>,
    /// How the network is trained.
    #[serde(default)]
    training: TrainingWire,
    /// Trains on what the test is drawn from, whatever the mismatch.
    #[serde(default)]
    matched: bool,
    /// The scalars of training and test.
    #[serde(default)]
    precision: Precision,
    /// One matrix for all layers (`lista-cp` only).
    #[serde(default)]
    tied: bool,
    /// Lets the largest entries pass unshrunk (`lista-cp` and `alista` only).
    selection: Option<SelectionWire>,
}

fn supervised() -> LossName {
    LossName::Supervised
}

impl Check for Parameters {
    fn check(&self) -> Result<(), Invalid> {
        check_layers(self.layers)?;
        super::super::check_penalty(self.penalty)?;
        self.training.check()?;
        self.selection().map(|_| ())
    }
}

impl Parameters {
    fn selection(&self) -> Result<Option<Selection>, Invalid> {
        let Some(wire) = self.selection else { return Ok(None) };
        let inside = |e: Invalid| Invalid::new(format!("selection.{}", e.key), e.message);
        Selection::new(wire.per_layer, wire.most).map(Some).map_err(inside)
    }

    fn unfolded(self, form: Form) -> Unfolded<Matrices> {
        let selection = self.selection().unwrap_or_default();
        let Self { loss, layers, penalty, training, matched, precision, .. } = self;
        Unfolded {
            shared: Shared { loss, penalty, training, matched, precision },
            architecture: Matrices { layers, form, selection },
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Lista,
    ListaCp { tied: bool },
    Alista,
}

struct Matrices {
    layers: usize,
    form: Form,
    selection: Option<Selection>,
}

impl Architecture for Matrices {
    fn network<R: Real>(
        &self,
        sensing: Arc<Sensing<R>>,
        lambda: f64,
    ) -> Result<Box<dyn Network<R>>, Invalid> {
        Ok(match self.form {
            Form::Lista => Box::new(Lista::new(sensing, self.layers, lambda)?),
            Form::ListaCp { tied } => {
                let network = ListaCp::new(sensing, self.layers, lambda)?;
                let network = if tied { network.tied() } else { network };
                Box::new(match self.selection {
                    Some(selection) => network.selection(selection),
                    None => network,
                })
            }
            Form::Alista => {
                let network = StepNetwork::alista(sensing, self.layers, lambda)?;
                Box::new(match self.selection {
                    Some(selection) => network.selection(selection)?,
                    None => network,
                })
            }
        })
    }

    fn penalty(&self) -> Penalty {
        Penalty::L1
    }

    /// `γ_t` itself: the analytic matrix has its own scale.
    fn step(&self, value: f64) -> f64 {
        value
    }

    fn free_threshold(&self, value: f64, _lambda: f64, _lipschitz: f64) -> f64 {
        value
    }

    fn descends_l1(&self) -> bool {
        false
    }
}
