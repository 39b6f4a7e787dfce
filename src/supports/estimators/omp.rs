//! Orthogonal matching pursuit.

use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ridge::without_theory;
use crate::basis::Basis;
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;
use crate::tuning::{Choose, Method, Predictions};

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Omp, "omp", "orthogonal matching pursuit, from no column to 2k; knows the size of the support");

/// In each step the column that correlates most with the residual joins a least-squares fit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Omp {
    /// How the number of steps is chosen: `"oracle"` or `"cv"`.
    choose: Choose,
    /// Largest number of steps, at least 1. Default: 2k.
    steps: Option<usize>,
}

impl Check for Omp {
    fn check(&self) -> Result<(), Invalid> {
        if self.steps == Some(0) {
            return Err(Invalid::new("steps", "expected at least 1, found 0"));
        }
        without_theory(self.choose)
    }
}

/// The pursuit with its number of steps.
struct Pursuit(usize);

impl Method for Pursuit {
    fn levels(&self, _: &Design, _: &[f64]) -> anyhow::Result<Vec<f64>> {
        Ok((0..=self.0).map(|steps| steps as f64).collect())
    }

    fn path(&self, design: &Design, response: &[f64], levels: &[f64]) -> anyhow::Result<Predictions> {
        let (rows, fitted, d) = (design.rows(), response.len(), design.columns());
        let norms: Vec<f64> =
            (0..d).map(|j| kernels::squared_norm(&design.column(j)[..fitted]).sqrt()).collect();
        let mut usable: Vec<bool> = norms.iter().map(|norm| *norm > 0.0).collect();
        let (mut residual, mut prediction) = (response.to_vec(), vec![0.0; rows]);
        let mut basis = Basis::new(rows, fitted);
        let (mut values, mut sizes) = (vec![prediction.clone()], vec![0]);
        while values.len() < levels.len() {
            let score: Vec<f64> = (0..d)
                .map(|j| {
                    let column = &design.column(j)[..fitted];
                    if usable[j] { kernels::dot(column, &residual).abs() / norms[j] } else { -1.0 }
                })
                .collect();
            // Ties go to the lowest index.
            let best = (0..d).max_by(|&a, &b| score[a].total_cmp(&score[b]).then(b.cmp(&a)));
            let Some(j) = best.filter(|&j| usable[j]) else { break };
            usable[j] = false;
            if !basis.push(design.column(j)) {
                continue;
            }
            if let Some(q) = basis.vectors().last() {
                let along = kernels::dot(&q[..fitted], &residual);
                kernels::axpy(-along, &q[..fitted], &mut residual);
                kernels::axpy(along, q, &mut prediction);
            }
            values.push(prediction.clone());
            sizes.push(basis.len());
        }
        // A pursuit that has ended keeps its last fit.
        values.resize(levels.len(), prediction);
        sizes.resize(levels.len(), basis.len());
        Ok(Predictions { values, sizes, gap: None, shortfall: None })
    }
}

impl Estimator for Omp {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.choose.admit(problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        self.choose.fit(&Pursuit(self.steps.unwrap_or(2 * task.problem.k)), &task)
    }
}
