//! Orthogonal matching pursuit.

use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use schemars::JsonSchema;
use serde::Deserialize;

use super::sparsity::{Sparsity, SparsityKey};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::lambda::splits;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Omp, "omp", "orthogonal matching pursuit, stopped at a given or cross-validated sparsity");

/// Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Omp {
    /// Number of features to select, at least 1. Default: the true sparsity, unless `cv` is given.
    sparsity: Option<usize>,
    /// Chooses the number of features by cross-validated prediction error. Give this or `sparsity`.
    cv: Option<SparsityCv>,
}

/// K-fold cross-validation over the sizes 0 to `largest`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SparsityCv {
    /// Number of folds, at least 2.
    folds: usize,
    /// Largest number of features to try, at least 1.
    largest: usize,
}

impl Check for Omp {
    fn check(&self) -> Result<(), Invalid> {
        match (self.sparsity, self.cv) {
            (Some(_), Some(_)) => Err(Invalid::new("cv", "give either `sparsity` or `cv`, not both")),
            (_, Some(cv)) if cv.folds < 2 => {
                Err(Invalid::new("cv.folds", format!("expected at least 2, found {}", cv.folds)))
            }
            (_, Some(cv)) if cv.largest == 0 => {
                Err(Invalid::new("cv.largest", "expected at least 1, found 0"))
            }
            _ => SparsityKey(self.sparsity).check(),
        }
    }
}

/// A column counts as dependent if its part outside the span of the selected ones is below this share of it.
const DEPENDENT: f64 = 1e-10;

/// The state of the pursuit. Each step adds the feature most correlated with the residual and projects the
/// residual.
///
/// The selected columns are kept in an orthonormal basis by Gram–Schmidt with reorthogonalisation, so that a
/// step costs one pass over the design.
struct Pursuit<'a> {
    design: &'a Design,
    norms: Vec<f64>,
    usable: Vec<bool>,
    scale: f64,
    residual: Vec<f64>,
    correlations: Vec<f64>,
    /// Orthonormal q_1, …, q_m, contiguous, and the triangle R with A_S = Q R.
    basis: Vec<f64>,
    triangle: Vec<Vec<f64>>,
    /// Qᵀ y.
    projections: Vec<f64>,
    selected: Vec<usize>,
}

impl<'a> Pursuit<'a> {
    fn new(design: &'a Design, response: &[f64]) -> Self {
        let norms: Vec<f64> = design.column_squared_norms().into_iter().map(f64::sqrt).collect();
        Self {
            design,
            usable: norms.iter().map(|norm| *norm > 0.0).collect(),
            norms,
            scale: kernels::squared_norm(response).sqrt(),
            residual: response.to_vec(),
            correlations: vec![0.0; design.columns()],
            basis: Vec::new(),
            triangle: Vec::new(),
            projections: Vec::new(),
            selected: Vec::new(),
        }
    }

    /// Selects one more feature; returns false if no remaining feature explains anything, or if a
    /// [`deadline`] has passed.
    fn step(&mut self) -> bool {
        let n = self.design.rows();
        if self.selected.len() == n {
            return false;
        }
        self.design.tmul(&self.residual, &mut self.correlations);
        // Every iteration but the last meets a column that depends on the selected ones.
        while !deadline::passed() {
            let score = |j: usize| self.correlations[j].abs() / self.norms[j];
            // Ties go to the lowest index.
            let best = (0..self.design.columns())
                .filter(|&j| self.usable[j])
                .max_by(|&a, &b| score(a).total_cmp(&score(b)).then(b.cmp(&a)));
            let Some(j) = best.filter(|&j| score(j) > 1e-14 * self.scale) else { return false };
            self.usable[j] = false;
            let mut column = self.design.column(j).to_vec();
            let mut weights = vec![0.0; self.selected.len() + 1];
            for _ in 0..2 {
                for (weight, q) in weights.iter_mut().zip(self.basis.chunks_exact(n)) {
                    let overlap = kernels::dot(q, &column);
                    kernels::axpy(-overlap, q, &mut column);
                    *weight += overlap;
                }
            }
            let norm = kernels::squared_norm(&column).sqrt();
            if norm <= DEPENDENT * self.norms[j] {
                continue;
            }
            column.iter_mut().for_each(|v| *v /= norm);
            weights[self.selected.len()] = norm;
            let projection = kernels::dot(&column, &self.residual);
            kernels::axpy(-projection, &column, &mut self.residual);
            self.basis.extend_from_slice(&column);
            self.triangle.push(weights);
            self.projections.push(projection);
            self.selected.push(j);
            return true;
        }
        false
    }

    /// Least squares on the selected features, by back substitution in R x_S = Qᵀ y.
    fn coefficients(&self) -> Vec<f64> {
        let m = self.selected.len();
        let mut solution = self.projections.clone();
        for i in (0..m).rev() {
            let later: f64 = (i + 1..m).map(|l| self.triangle[l][i] * solution[l]).sum();
            solution[i] = (solution[i] - later) / self.triangle[i][i];
        }
        let mut coefficients = vec![0.0; self.design.columns()];
        for (&j, value) in self.selected.iter().zip(&solution) {
            coefficients[j] = *value;
        }
        coefficients
    }
}

impl SparsityCv {
    /// The size with the smallest held-out error; the smaller one among ties.
    fn best(&self, task: &Task<'_>) -> usize {
        let mut errors = vec![0.0; self.largest + 1];
        for split in splits(task, self.folds).take_while(|_| !deadline::passed()) {
            let mut pursuit = Pursuit::new(&split.design, &split.response);
            for (size, error) in errors.iter_mut().enumerate() {
                if deadline::passed() {
                    break;
                }
                // A pursuit that has ended keeps its last fit for the larger sizes.
                if size > 0 {
                    pursuit.step();
                }
                *error += split.held_out() * split.error(&pursuit.coefficients());
            }
        }
        (0..errors.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b])).unwrap_or(0)
    }
}

impl Estimator for Omp {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (n, p) = problem.shape();
        if let Some(cv) = self.cv {
            if cv.folds > n {
                let message = format!("cannot split n = {n} observations into {} folds", cv.folds);
                return Err(Invalid::new("cv.folds", message));
            }
            // The smallest training set has the rows of all folds but one.
            let rows = n - n.div_ceil(cv.folds);
            if cv.largest > rows.min(p) {
                let message =
                    format!("cannot select {} of {p} features with {rows} training rows", cv.largest);
                return Err(Invalid::new("cv.largest", message));
            }
            return Ok(());
        }
        SparsityKey(self.sparsity).admit(problem)?;
        match self.sparsity.or(problem.sparsity()) {
            Some(k) if k > n => {
                let message = format!("cannot select {k} independent features from n = {n} observations");
                Err(Invalid::new("sparsity", message))
            }
            _ => Ok(()),
        }
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let wanted = match self.cv {
            Some(cv) => cv.best(task),
            None => Sparsity::of(self.sparsity, task)?.0,
        };
        let mut pursuit = Pursuit::new(task.design, task.response);
        while pursuit.selected.len() < wanted && pursuit.step() {}
        let coefficients = pursuit.coefficients();
        Ok(Fit {
            reported: Reported::default(),
            certificate: super::oracle::orthogonality(task, &coefficients, &pursuit.selected),
            coefficients,
            lambda: None,
            iterations: pursuit.selected.len(),
            shortfall: None,
            trajectory: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Certificate;

    #[test]
    fn certificate_is_that_of_least_squares() -> anyhow::Result<()> {
        let instance = crate::testing::instance(40, 80, 5, 0.1);
        let fit = Omp { sparsity: None, cv: None }.fit(&crate::testing::task(&instance))?;
        assert_eq!(fit.iterations, 5);
        let Certificate::Orthogonality(value) = fit.certificate else {
            panic!("a least-squares certificate")
        };
        assert!(value < 1e-13, "{value}");
        Ok(())
    }

    #[test]
    fn noiseless_well_conditioned_signals_are_found_exactly() -> anyhow::Result<()> {
        let instance = crate::testing::instance(100, 120, 4, 0.0);
        let fit = Omp { sparsity: None, cv: None }.fit(&crate::testing::task(&instance))?;
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        assert!(crate::metrics::nmse(&fit.coefficients, truth) < 1e-24);
        Ok(())
    }

    #[test]
    fn cross_validation_finds_the_size_of_an_easy_signal() -> anyhow::Result<()> {
        let instance = crate::testing::instance(120, 60, 4, 0.05);
        let cv = Some(SparsityCv { folds: 5, largest: 12 });
        let fit = Omp { sparsity: None, cv }.fit(&crate::testing::task(&instance))?;
        let truth = instance.truth.as_ref().unwrap();
        assert!(truth.support.iter().all(|&j| fit.coefficients[j] != 0.0));
        assert!((4..=6).contains(&fit.iterations), "{}", fit.iterations);
        Ok(())
    }

    #[test]
    fn dependent_features_are_passed_over() -> anyhow::Result<()> {
        let mut instance = crate::testing::instance(8, 6, 2, 0.1);
        let first = instance.design.column(0).to_vec();
        for j in 1..4 {
            instance.design.column_mut(j).copy_from_slice(&first);
        }
        let fit = Omp { sparsity: Some(6), cv: None }.fit(&crate::testing::task(&instance))?;
        assert_eq!(fit.iterations, 3, "three independent features");
        assert!(fit.coefficients.iter().all(|v| v.is_finite()));
        Ok(())
    }
}
