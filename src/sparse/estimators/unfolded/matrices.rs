//! LISTA, LISTA-CP and ALISTA: matrices learned or computed, thresholds learned.

use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parameters::{LossName, Precision, Shared, TrainingWire, check_layers};
use super::{Architecture, Unfolded};
use crate::estimator::Entry;
use crate::unfolded::{Lista, ListaCp, Network, Penalty, Real, Selection, Sensing, StepNetwork};

/// Registers LISTA.
pub(in super::super) const LISTA: Entry = Entry {
    name: "lista",
    about: "LISTA: both matrices and the threshold of every layer are learned",
    schema: params::schema::<Parameters>,
    read: |table| {
        let p: Parameters = params::read(table)?;
        for (key, given) in [("tied", p.tied), ("selection", p.selection.is_some())] {
            if given {
                return Err(Invalid::new(key, "only lista-cp and alista have this key: remove it"));
            }
        }
        Ok(Box::new(p.unfolded(Form::Lista)))
    },
};

/// Registers LISTA-CP.
pub(in super::super) const LISTA_CP: Entry = Entry {
    name: "lista-cp",
    about: "LISTA with coupled weights: one learned matrix and threshold per layer, with optional support selection",
    schema: params::schema::<Parameters>,
    read: |table| {
        let p: Parameters = params::read(table)?;
        let form = Form::ListaCp { tied: p.tied };
        Ok(Box::new(p.unfolded(form)))
    },
};

/// Registers ALISTA.
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

/// Support selection: in layer `t`, the largest `min(per_layer·t, most)` percent of the entries are not shrunk.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SelectionWire {
    /// Percentage of entries added with each layer, from 0 to 100.
    per_layer: f64,
    /// Maximum percentage of entries, from 0 to 100.
    most: f64,
}

/// LISTA, LISTA-CP or ALISTA, trained on signals from the problem's training distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Loss that training minimises.
    #[serde(default = "supervised")]
    loss: LossName,
    /// Number of layers `T`, at least 1.
    layers: usize,
    /// λ of the initial thresholds `λ/L`, at least 0. Default: the problem's `penalty`.
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
    /// Use the same matrix in all layers (`lista-cp` only).
    #[serde(default)]
    tied: bool,
    /// Do not shrink the largest entries of each layer (`lista-cp` and `alista` only). Default: shrink all.
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

    /// The step is `γ_t` itself, because the analytic matrix has its own scale.
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
