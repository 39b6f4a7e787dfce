//! Paths whose λ is chosen by the error on test rows.

use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Outcome, admit_regression, regression};
use crate::path::{Rule, Solver, best};
use crate::problem::{Data, Problem};

/// The proposed accelerated gradient along 50 λ with warm starts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AcceleratedPath {
    /// Which features are left out at each λ.
    rule: Rule,
}

pub(super) const ENTRY: Entry =
    entry!(AcceleratedPath, "accelerated-path", "the accelerated gradient along a path");

impl Check for AcceleratedPath {}

impl Estimator for AcceleratedPath {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (problem, sample) = regression(problem, data)?;
        Ok(Outcome::Fit(best(problem, sample, Solver::Accelerated(self.rule))?))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, true)
    }
}

/// Coordinate descent on working sets along the same 50 λ.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CoordinatePath {}

pub(super) const COORDINATES: Entry =
    entry!(CoordinatePath, "coordinate-path", "coordinate descent along a path; it stands for ncvreg");

impl Check for CoordinatePath {}

impl Estimator for CoordinatePath {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (problem, sample) = regression(problem, data)?;
        Ok(Outcome::Fit(best(problem, sample, Solver::Coordinates)?))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, true)
    }
}
