//! Estimators without a choice of regularisation, and yardsticks.

use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Method, Task, entry};
use crate::moments::Features;
use crate::stage::{self, Solution, Stage};
use crate::theory::Limit;

/// Registers the estimator.
pub(super) const ERM: Entry = entry!(Method::Regression, Erm, "erm", "least squares on the data as they are");

/// Registers the estimator.
pub(super) const AUGMENTED: Entry =
    entry!(Method::Regression, Augmented, "da-erm", "least squares on the augmented data");

/// Registers the estimator.
pub(super) const TWO_STAGE: Entry = entry!(
    Method::Regression,
    TwoStage,
    "da-iv",
    "two-stage least squares with the augmentation noise as instruments; the solution of least norm"
);

/// Registers the estimator.
pub(super) const INVARIANT: Entry = entry!(
    Method::Regression,
    InvariantLeastSquares,
    "invariant-ls",
    "least squares among the coefficients that the augmentation leaves invariant, Γh = 0; a yardstick"
);

/// Registers the estimator.
pub(super) const ZERO: Entry =
    entry!(Method::Regression, Zero, "zero", "h = 0, which needs no data; a yardstick");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Erm {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Augmented {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InvariantLeastSquares {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zero {}

/// What serves as instruments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Instruments {
    /// Each column of G in two bins of equal width, standardised and rounded to two digits, as in the authors' code.
    #[default]
    TwoBins,
    /// G itself.
    Continuous,
}

/// Two-stage least squares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TwoStage {
    /// What serves as instruments.
    #[serde(default)]
    instruments: Instruments,
}

impl Check for Erm {}
impl Check for Augmented {}
impl Check for TwoStage {}
impl Check for InvariantLeastSquares {}
impl Check for Zero {}

impl Estimator for Erm {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let solution = stage::least_squares(&task.instance.moments, Features::Original)?;
        Ok(Fit::of(solution).towards(Limit::ERM))
    }
}

impl Estimator for Augmented {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let solution = stage::least_squares(&task.instance.moments, Features::Augmented)?;
        Ok(Fit::of(solution).towards(Limit::augmented(task.instance.gamma)))
    }
}

impl Estimator for TwoStage {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let moments = match self.instruments {
            Instruments::TwoBins => &task.instance.binned().1,
            Instruments::Continuous => &task.instance.moments,
        };
        Ok(Fit::of(Stage::new(moments)?.two_stage()?))
    }
}

/// A basis of the coefficients with `Γh = 0`, `m × (m − k)`, for `directions = Γᵀ` with orthonormal columns.
fn invariant(directions: &Design) -> anyhow::Result<Design> {
    let m = directions.rows();
    let mut projector = vec![0.0; m * m];
    for i in 0..directions.columns() {
        let column = directions.column(i);
        for (value, out) in column.iter().zip(projector.chunks_exact_mut(m)) {
            kernels::axpy(*value, column, out);
        }
    }
    // The eigenvalues are 0 and 1, in this order.
    let (_, vectors) = dense::eigen(m, &projector)?;
    let left = m - directions.columns();
    Ok(Design::from_columns(m, left, vectors.as_slice()[..m * left].to_vec()))
}

impl Estimator for InvariantLeastSquares {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let moments = &task.instance.moments;
        let basis = invariant(&task.instance.directions)?;
        let (m, left) = (basis.rows(), basis.columns());
        let gram = Design::from_columns(m, m, moments.gram(Features::Original));
        let mut products = Design::from_columns(m, left, vec![0.0; m * left]);
        for j in 0..left {
            gram.mul(basis.column(j), products.column_mut(j));
        }
        let mut right = vec![0.0; left];
        basis.tmul(&moments.right(Features::Original), &mut right);
        let Solution { h: reduced, residual } =
            stage::solve(dense::inner(&basis, &products).as_slice(), &right)?;
        let mut h = vec![0.0; m];
        basis.mul(&reduced, &mut h);
        Ok(Fit::of(Solution { h, residual }).towards(Limit::Invariant))
    }
}

impl Estimator for Zero {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let h = vec![0.0; task.instance.model.dimension()];
        Ok(Fit { h, residual: None, weight: None, largest: None, beta: None, limit: None, control: None })
    }
}
