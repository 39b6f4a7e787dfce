//! Dictionaries learnt and data coded by the proximal gradient.

use anyhow::Context;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{at_least, positive};
use crate::codes::{self, Learning, Refit, Shrinkage, Update};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Proximal,
    "proximal",
    "atoms of norm 1 learnt with codes of the proximal gradient, for ℓ1, ℓ½, ℓ0 or CEL0; measures error against active units"
);

/// `½‖y − W a‖² + φ_λ(a)` with atoms of norm 1. In each round of learning, a batch is coded by the proximal gradient from 0
/// with the step `.99 / ‖W‖²`; then the atoms take gradient steps of `1 / ‖A Aᵀ‖`, each followed by scaling to norm 1. The
/// data to test on (your own data: all) are coded at λ times 1.15ⁱ, and errors interpolated between mean numbers of active
/// units. Estimators with the same number of units begin with the same atoms and see the same batches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Proximal {
    /// The penalty φ.
    penalty: Shrinkage,
    /// λ in learning, above 0, for data whose numbers have mean square 1, to which they are scaled.
    lambda: f64,
    /// How the data to test on are coded.
    #[serde(default)]
    codes: Codes,
    /// Where the atoms are from.
    #[serde(default)]
    dictionary: Dictionary,
    /// Number of atoms, at least 1. Default: that of the problem.
    units: Option<usize>,
    /// Rounds of learning, at least 1.
    #[serde(default = "hundred_and_60")]
    rounds: usize,
    /// Data of a round, at least 1; drawn without replacement, at most all.
    #[serde(default = "three_hundred")]
    batch: usize,
    /// Steps of the proximal gradient in learning, at least 1.
    #[serde(default = "fifteen")]
    steps: usize,
    /// Steps of the atoms in a round, at least 1.
    #[serde(default = "five")]
    updates: usize,
    /// Above 0, below 1: in place of such steps, each atom in turn becomes the best one for the batches so far (Mairal et al.
    /// 2010), which are forgotten by this factor in each round. Faster; .9 is a good choice for batches of a tenth of the data.
    memory: Option<f64>,
    /// Steps of the proximal gradient in testing, at least 1.
    #[serde(default = "sixty")]
    test_steps: usize,
}

/// How data are coded with the atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Codes {
    /// By the proximal gradient.
    #[default]
    Penalised,
    /// By the proximal gradient, then least squares on the support.
    Refitted,
    /// By orthogonal matching pursuit, which has no λ: of its steps for all data, those that lower the error most.
    Greedy,
}

/// Where atoms are from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Dictionary {
    /// They are learnt.
    #[default]
    Learnt,
    /// The random atoms from which learning starts: a yardstick.
    Random,
    /// The planted atoms: a yardstick.
    Planted,
}

fn hundred_and_60() -> usize {
    160
}

fn three_hundred() -> usize {
    300
}

fn fifteen() -> usize {
    15
}

fn five() -> usize {
    5
}

fn sixty() -> usize {
    60
}

impl Check for Proximal {
    fn check(&self) -> Result<(), Invalid> {
        positive("lambda", self.lambda)?;
        for (key, value) in [
            ("units", self.units.unwrap_or(1)),
            ("rounds", self.rounds),
            ("batch", self.batch),
            ("steps", self.steps),
            ("updates", self.updates),
            ("test_steps", self.test_steps),
        ] {
            at_least(key, 1, value)?;
        }
        if let Some(share) = self.memory.filter(|share| !(*share > 0.0 && *share < 1.0)) {
            return Err(Invalid::new(
                "memory",
                format!("expected a share above 0 and below 1, found {share}"),
            ));
        }
        if self.dictionary == Dictionary::Planted && self.units.is_some() {
            return Err(Invalid::new(
                "units",
                "the planted atoms have a number of their own: remove the key",
            ));
        }
        Ok(())
    }
}

/// Copies data, divided by `scale`.
fn scaled(y: &Design, scale: f64) -> Design {
    let values = y.as_slice().iter().map(|v| v / scale).collect();
    Design::from_columns(y.rows(), y.columns(), values)
}

impl Estimator for Proximal {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if self.dictionary == Dictionary::Planted && !matches!(problem, Problem::Planted(_)) {
            return Err(Invalid::new("dictionary", "only kind = \"planted\" has planted atoms"));
        }
        if self.units.is_some() && matches!(problem, Problem::Bars(_)) {
            let message = "the atoms are compared with the bars, of which there are as many: remove the key";
            return Err(Invalid::new("units", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let data = task.data;
        let scale = (kernels::squared_norm(data.y.as_slice()) / data.y.as_slice().len() as f64).sqrt();
        let y = scaled(&data.y, scale);
        let learning = Learning {
            shrinkage: self.penalty,
            lambda: self.lambda,
            rounds: self.rounds,
            batch: self.batch,
            steps: self.steps,
            update: self.memory.map_or(Update::Gradient(self.updates), Update::Sums),
        };
        let units = self.units.unwrap_or(data.units);
        let mut atoms = match self.dictionary {
            Dictionary::Planted => data.planted.as_deref().context("no atoms are planted")?.clone(),
            _ => codes::gaussian(y.rows(), units, &mut task.streams.stream("start")),
        };
        if self.dictionary == Dictionary::Learnt {
            learning.run(&y, &mut atoms, &mut task.streams.stream("batches"))?;
        }
        let test = data.test.as_ref().map_or(y, |test| scaled(test, scale));
        let trade = match self.codes {
            Codes::Greedy => codes::pursuit(&test, &atoms)?,
            Codes::Penalised => codes::grid(&test, &atoms, &learning, self.test_steps, Refit::No)?,
            Codes::Refitted => codes::grid(&test, &atoms, &learning, self.test_steps, Refit::Yes)?,
        };
        let iterations = (self.dictionary == Dictionary::Learnt).then_some(self.rounds);
        Ok(Fit { free: true, iterations, trade: Some(trade), ..Fit::of(atoms) })
    }
}
