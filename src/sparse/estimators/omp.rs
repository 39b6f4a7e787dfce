//! Orthogonal matching pursuit.

use serde::Deserialize;

use super::sparsity::{Sparsity, SparsityKey};
use crate::numerics::params::{self, Check};
use crate::numerics::{Invalid, kernels};
use crate::sparse::estimator::{Entry, Estimator, Fit, Task};
use crate::sparse::problem::Problem;

/// Registration.
pub(super) const ENTRY: Entry = Entry {
    name: "omp",
    about: "orthogonal matching pursuit, stopped at a given sparsity",
    read: |table| Ok(Box::new(params::read::<Omp>(table)?)),
};

/// Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993): adds the
/// feature most correlated with the residual, refits by least squares, repeats.
///
/// The selected columns are kept in an orthonormal basis by twice-iterated
/// Gram–Schmidt, so that a step costs one pass over the design.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Omp {
    /// Number of features to select; the true one when absent.
    sparsity: Option<usize>,
}

impl Check for Omp {
    fn check(&self) -> Result<(), Invalid> {
        SparsityKey(self.sparsity).check()
    }
}

/// A column whose part outside the span of the selected is below this share of it counts as dependent.
const DEPENDENT: f64 = 1e-10;

impl Estimator for Omp {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        SparsityKey(self.sparsity).admit(problem)?;
        let (n, _) = problem.shape();
        match self.sparsity.or(problem.sparsity()) {
            Some(k) if k > n => {
                let message = format!("cannot select {k} independent features from n = {n} observations");
                Err(Invalid::new("sparsity", message))
            }
            _ => Ok(()),
        }
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (design, n, p) = (task.design, task.design.rows(), task.design.columns());
        let wanted = Sparsity::of(self.sparsity, task)?.0.min(n);
        let norms: Vec<f64> = design.column_squared_norms().into_iter().map(f64::sqrt).collect();
        let mut residual = task.response.to_vec();
        let mut correlations = vec![0.0; p];
        // Orthonormal basis q_1, …, q_m, back to back, and the triangle R with A_S = Q R.
        let mut basis: Vec<f64> = Vec::with_capacity(n * wanted);
        let mut triangle: Vec<Vec<f64>> = Vec::with_capacity(wanted);
        let mut projections: Vec<f64> = Vec::with_capacity(wanted);
        let mut selected: Vec<usize> = Vec::with_capacity(wanted);
        let mut usable: Vec<bool> = norms.iter().map(|norm| *norm > 0.0).collect();
        let scale = kernels::squared_norm(task.response).sqrt();
        while selected.len() < wanted {
            design.tmul(&residual, &mut correlations);
            let score = |j: usize| correlations[j].abs() / norms[j];
            // Ties go to the lowest index.
            let best =
                (0..p).filter(|&j| usable[j]).max_by(|&a, &b| score(a).total_cmp(&score(b)).then(b.cmp(&a)));
            let Some(j) = best.filter(|&j| score(j) > 1e-14 * scale) else { break };
            usable[j] = false;
            let mut column = design.column(j).to_vec();
            let mut weights = vec![0.0; selected.len() + 1];
            for _ in 0..2 {
                for (weight, q) in weights.iter_mut().zip(basis.chunks_exact(n)) {
                    let overlap = kernels::dot(q, &column);
                    kernels::axpy(-overlap, q, &mut column);
                    *weight += overlap;
                }
            }
            let norm = kernels::squared_norm(&column).sqrt();
            if norm <= DEPENDENT * norms[j] {
                continue;
            }
            column.iter_mut().for_each(|v| *v /= norm);
            weights[selected.len()] = norm;
            let projection = kernels::dot(&column, &residual);
            kernels::axpy(-projection, &column, &mut residual);
            basis.extend_from_slice(&column);
            triangle.push(weights);
            projections.push(projection);
            selected.push(j);
        }
        // Back substitution: R x_S = Qᵀ y.
        let m = selected.len();
        let mut solution = projections;
        for i in (0..m).rev() {
            let later: f64 = (i + 1..m).map(|l| triangle[l][i] * solution[l]).sum();
            solution[i] = (solution[i] - later) / triangle[i][i];
        }
        let mut coefficients = vec![0.0; p];
        for (&j, value) in selected.iter().zip(&solution) {
            coefficients[j] = *value;
        }
        Ok(Fit {
            certificate: super::oracle::orthogonality(task, &coefficients, &selected),
            coefficients,
            lambda: None,
            iterations: m,
            shortfall: None,
            trajectory: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::estimator::Certificate;

    #[test]
    fn certificate_is_that_of_least_squares() -> anyhow::Result<()> {
        let instance = crate::sparse::testing::instance(40, 80, 5, 0.1);
        let fit = Omp { sparsity: None }.fit(&crate::sparse::testing::task(&instance))?;
        assert_eq!(fit.iterations, 5);
        let Certificate::Orthogonality(value) = fit.certificate else {
            panic!("a least-squares certificate")
        };
        assert!(value < 1e-13, "{value}");
        Ok(())
    }

    #[test]
    fn noiseless_well_conditioned_signals_are_found_exactly() -> anyhow::Result<()> {
        let instance = crate::sparse::testing::instance(100, 120, 4, 0.0);
        let fit = Omp { sparsity: None }.fit(&crate::sparse::testing::task(&instance))?;
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        assert!(crate::sparse::metrics::nmse(&fit.coefficients, truth) < 1e-24);
        Ok(())
    }
}
