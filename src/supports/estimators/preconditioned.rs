//! The Lasso on residuals against reference columns: ours, with a guarantee of the paper's form.

use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_path, points, ratio, tolerance};
use crate::basis::Basis;
use crate::estimator::{Entry, Estimator, Fit, Guarantee, Task};
use crate::lasso;
use crate::preconditioner::{Preconditioner, reference};
use crate::problem::Problem;
use crate::tuning::{Choose, Method, Predictions};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Preconditioned,
    "preconditioned",
    "Lasso on residuals against random reference columns: an algorithm with the guarantee of arXiv 2511.06211, ours"
);

/// Registers the estimator.
pub(super) const REFERENCE: Entry =
    entry!(ReferenceFit, "reference-fit", "least squares on the random reference columns alone; a yardstick");

/// An algorithm with the paper's guarantee, ours. Reference columns are drawn, see the module `preconditioner`; the
/// response is fitted on them without a penalty, and what is left by the Lasso on the residuals of the other columns, each
/// scaled to norm √n.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Preconditioned {
    /// Number L of sets of k − 1 columns, at least 1; at least 2k for a guarantee.
    subsets: usize,
    /// How λ is chosen: `"oracle"`, `"cv"` or `"theory"`.
    choose: Choose,
    /// Whether the reference columns, orthonormalised and scaled to norm √n, are penalised as the others are.
    #[serde(default)]
    penalise_reference: bool,
    /// Duality gap to reach, relative to the objective at 0; above 0.
    #[serde(default = "tolerance")]
    tolerance: f64,
    /// Number of values of λ, evenly spaced on a logarithmic scale.
    #[serde(default = "points")]
    points: usize,
    /// Least λ as a fraction of the largest.
    #[serde(default = "ratio")]
    ratio: f64,
}

/// `QQᵀy`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReferenceFit {
    /// Number L of sets of k − 1 columns, at least 1; those that `preconditioned` draws.
    subsets: usize,
}

fn check_subsets(subsets: usize) -> Result<(), Invalid> {
    if subsets == 0 {
        return Err(Invalid::new("subsets", "expected at least 1, found 0"));
    }
    Ok(())
}

/// Reference columns must leave rows to fit the others, also in the folds of a cross-validation.
fn admit_subsets(subsets: usize, problem: &Problem) -> Result<(), Invalid> {
    let most = subsets.saturating_mul(problem.k - 1).min(problem.d);
    if most * 2 > problem.n {
        let message = format!(
            "{subsets} sets of k − 1 = {} columns may have {most}, more than half of n = {} rows: take fewer",
            problem.k - 1,
            problem.n
        );
        return Err(Invalid::new("subsets", message));
    }
    Ok(())
}

/// The reference columns of a trial.
fn columns(task: &Task<'_>, subsets: usize) -> Vec<usize> {
    let Problem { d, k, .. } = *task.problem;
    reference(d, k - 1, subsets, &mut task.streams.stream("reference"))
}

impl Check for Preconditioned {
    fn check(&self) -> Result<(), Invalid> {
        check_subsets(self.subsets)?;
        check_path(self.tolerance, self.points, self.ratio)
    }
}

impl Check for ReferenceFit {
    fn check(&self) -> Result<(), Invalid> {
        check_subsets(self.subsets)
    }
}

/// The method with reference columns drawn.
struct Drawn<'a> {
    settings: &'a Preconditioned,
    reference: Vec<usize>,
}

impl Drawn<'_> {
    /// The dictionary, what is fitted on it, and what is added to its predictions.
    fn dictionary(&self, parts: Preconditioner, response: &[f64]) -> (Design, Vec<f64>, Vec<f64>) {
        let rows = parts.dictionary.rows();
        if self.settings.penalise_reference {
            let scale = (response.len() as f64).sqrt();
            let basis = parts.basis.vectors().flatten().map(|v| scale * v);
            let values: Vec<f64> = basis.chain(parts.dictionary.as_slice().iter().copied()).collect();
            let count = parts.basis.len() + parts.dictionary.columns();
            return (Design::from_columns(rows, count, values), response.to_vec(), vec![0.0; rows]);
        }
        let projection = parts.basis.project(response);
        let rest = response.iter().zip(&projection).map(|(y, p)| y - p).collect();
        (parts.dictionary, rest, projection)
    }
}

impl Method for Drawn<'_> {
    fn levels(&self, design: &Design, response: &[f64]) -> anyhow::Result<Vec<f64>> {
        let parts = Preconditioner::new(design, response.len(), &self.reference);
        let (dictionary, rest, _) = self.dictionary(parts, response);
        lasso::levels(&dictionary, &rest, self.settings.ratio, self.settings.points)
    }

    fn path(&self, design: &Design, response: &[f64], levels: &[f64]) -> anyhow::Result<Predictions> {
        let parts = Preconditioner::new(design, response.len(), &self.reference);
        let (dictionary, rest, projection) = self.dictionary(parts, response);
        let whole = response.len() == design.rows();
        let fitted = (!whole).then(|| dictionary.take_rows(&(0..response.len()).collect::<Vec<_>>()));
        let solved =
            lasso::solve(fitted.as_ref().unwrap_or(&dictionary), &rest, levels, self.settings.tolerance)?;
        let predict = |b: &Vec<f64>| {
            let mut prediction = projection.clone();
            dictionary.add_mul(1.0, b.iter().copied().enumerate(), &mut prediction);
            prediction
        };
        Ok(Predictions {
            values: solved.coefficients.iter().map(predict).collect(),
            sizes: solved.coefficients.iter().map(|b| b.iter().filter(|v| **v != 0.0).count()).collect(),
            gap: Some(solved.gap),
            shortfall: solved.shortfall,
        })
    }
}

/// What the proof says at this λ.
fn guarantee(task: &Task<'_>, reference: &[usize], subsets: usize, lambda: f64) -> Guarantee {
    let (instance, problem) = (task.instance, task.problem);
    let design = &instance.design;
    let n = design.rows();
    let parts = Preconditioner::new(design, n, reference);
    let norm = kernels::squared_norm(&instance.signal).sqrt();
    let (mut failures, mut weight, mut plain, mut contradictions) = (0, 0.0, 0.0, 0);
    for (l, &j) in instance.support.iter().enumerate() {
        let others = instance.support.iter().filter(|&&o| o != j).map(|&o| design.column(o));
        let distance = Basis::of(n, n, others).reduce(&mut design.column(j).to_vec());
        // Equal distances differ by rounding, that of residuals being relative to the columns.
        let failed = parts.residuals[j] > distance * (1.0 + 1e-9) + 1e-13 * (n as f64).sqrt();
        let own = instance.weights[l].abs() * parts.residuals[j] / norm;
        failures += usize::from(failed);
        contradictions += usize::from(!failed && own > 1.0 + 1e-6);
        weight += own;
        plain += instance.weights[l].abs() * (n as f64).sqrt() / norm;
    }
    let noise: Vec<f64> = instance.response.iter().zip(&instance.signal).map(|(y, v)| y - v).collect();
    let mut products = vec![0.0; parts.dictionary.columns()];
    parts.dictionary.tmul(&noise, &mut products);
    let rows = n as f64;
    let fitted = kernels::squared_norm(&parts.basis.project(&noise)) / rows;
    let failures = failures as f64 / instance.support.len() as f64;
    Guarantee {
        reference: parts.basis.len(),
        failures,
        excess: failures - 1.0 / (subsets + 1) as f64,
        weight,
        plain_weight: plain,
        contradictions,
        bound: 4.0 * lambda * weight * norm / rows.sqrt() + fitted,
        stated: 4.0 * lambda * problem.k as f64 * norm / rows.sqrt()
            + parts.basis.len() as f64 * problem.sigma.powi(2) / rows,
        applies: lambda >= kernels::max_abs(&products) / rows,
        orthogonality: parts.orthogonality(),
    }
}

impl Estimator for Preconditioned {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_subsets(self.subsets, problem)?;
        self.choose.admit(problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let drawn = Drawn { settings: self, reference: columns(&task, self.subsets) };
        let mut fit = self.choose.fit(&drawn, &task)?;
        if let Some(lambda) = fit.level
            && !self.penalise_reference
        {
            fit.guarantee = Some(guarantee(&task, &drawn.reference, self.subsets, lambda));
        }
        Ok(fit)
    }
}

impl Estimator for ReferenceFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_subsets(self.subsets, problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let design = &task.instance.design;
        let reference = columns(&task, self.subsets);
        let basis = Basis::of(design.rows(), design.rows(), reference.iter().map(|&j| design.column(j)));
        Ok(Fit { size: Some(basis.len()), ..Fit::of(basis.project(&task.instance.response)) })
    }
}
