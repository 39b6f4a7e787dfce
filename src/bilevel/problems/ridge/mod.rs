//! Ridge regression with one weight, or one for each group of features (our "P2").
//!
//! `h(x, θ) = ‖Xx − y‖²/(2n) + ½ Σ_g e^{θ_g}‖x_g‖²` on the training rows, `g(x) = ‖Vx − z‖²/m` on the validation rows.
//! Value and hypergradient have a closed form: with `H = XᵀX/n + diag e^θ`, `x* = H⁻¹Xᵀy/n` and
//! `∂f/∂θ_g = −e^{θ_g} x*_gᵀ(H⁻¹∇g)_g`.

mod functions;
mod minimum;

use remeasure_core::Invalid;
use remeasure_core::family::{Input, Metric};
use remeasure_core::numerics::dense::{Cholesky, inner};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::{self, Check};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use self::functions::Functions;
use crate::bounds::Bounds;
use crate::cost::Currency;
use crate::data::{Data, Part, Regression, Source, group};
use crate::family::metrics::TEST_LOSS;
use crate::inexact::{Inexact, LowerSolver};
use crate::oracle::Oracle;
use crate::problem::{Entry, Exact, Instance, Model, Spec, Truth};
use crate::problems::{check_budget, check_ratios, check_start, check_thresholds, thresholds};
use crate::smooth::Smooth;

/// Registers ridge regression.
pub(super) const RIDGE: Entry = Entry {
    name: "ridge",
    about: "ridge regression, with its weight chosen by held-out error",
    schema: params::schema::<Wire>,
    read: |table| Wire::read(table, Some(1)),
};

/// Registers ridge regression with groups.
pub(super) const GROUP_RIDGE: Entry = Entry {
    name: "group-ridge",
    about: "ridge regression with a weight for each group of features, chosen by held-out error",
    schema: params::schema::<Wire>,
    read: |table| Wire::read(table, None),
};

/// Ridge regression with weights chosen by held-out error.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Sizes of synthetic data, or files.
    #[serde(default)]
    data: Data,
    /// Number of groups of consecutive features, at least 1 (`kind = "group-ridge"` only).
    groups: Option<usize>,
    /// Initial value of every hyperparameter, the logarithm of a weight.
    #[serde(default)]
    start: f64,
    /// Interval of every hyperparameter.
    #[serde(default = "default_bounds")]
    bounds: [f64; 2],
    /// Budget of a method: number of gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
    /// Multiples of `min f`, at least 1; the cost to reach each is measured if `min f` is known.
    #[serde(default)]
    threshold_ratios: Vec<f64>,
}

fn default_bounds() -> [f64; 2] {
    [-8.0, 6.0]
}

impl Check for Wire {
    fn check(&self) -> Result<(), Invalid> {
        check_start(self.start, self.bounds)?;
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)?;
        check_ratios(&self.threshold_ratios)
    }
}

/// A validated problem.
#[derive(Debug)]
struct Ridge {
    source: Source,
    groups: usize,
    wire: Wire,
    bounds: Bounds,
}

impl Wire {
    fn read(table: toml::Table, groups: Option<usize>) -> Result<Box<dyn Spec>, Invalid> {
        let wire: Self = params::read(table)?;
        if groups.is_some() && wire.groups.is_some() {
            return Err(Invalid::new(
                "groups",
                "only kind = \"group-ridge\" has this key: set the kind or remove it",
            ));
        }
        let groups = groups.or(wire.groups).unwrap_or(10);
        let source = wire.data.source()?;
        if groups > 1 {
            Source::refuse_sparsity(&wire.data)?;
        }
        if groups == 0 || groups > source.features() {
            let message =
                format!("expected 1 to {}, the number of features, found {groups}", source.features());
            return Err(Invalid::new("groups", message));
        }
        let bounds = Bounds::cube(groups, wire.bounds)?;
        Ok(Box::new(Ridge { source, groups, wire, bounds }))
    }
}

impl Spec for Ridge {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let model = RidgeModel::new(self.source.draw(streams, self.groups)?, self.groups)?;
        let start = vec![self.wire.start; self.groups];
        let minimum = Some(minimum::find(&model, &start, &self.bounds)?);
        Ok(Instance {
            start,
            bounds: self.bounds.clone(),
            budget: self.wire.budget,
            thresholds: thresholds(&self.wire.thresholds, &self.wire.threshold_ratios, minimum),
            minimum,
            model: Box::new(model),
        })
    }

    fn inputs(&self) -> &[Input] {
        self.source.files()
    }

    fn measures(&self) -> &'static [Metric] {
        &[TEST_LOSS]
    }

    fn parameters(&self) -> usize {
        self.groups
    }

    fn is_smooth(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        self.bounds.finite()
    }
}

/// Drawn data, and quantities that do not depend on θ.
#[derive(Debug)]
struct RidgeModel {
    data: Regression,
    /// Group of each feature.
    group: Vec<usize>,
    groups: usize,
    /// `XᵀX/n`.
    gram: Design,
    /// `Xᵀy/n`.
    correlations: Vec<f64>,
    /// Smallest and largest eigenvalue of `XᵀX/n`.
    spectrum: [f64; 2],
    /// `2σ₁(V)²/m`.
    upper_lipschitz: f64,
    /// `‖y‖/√n`.
    scale: f64,
}

impl RidgeModel {
    fn new(data: Regression, groups: usize) -> anyhow::Result<Self> {
        let Part { design, response } = &data.train;
        let (n, p) = (design.rows() as f64, design.columns());
        let mut gram = inner(design, design);
        gram.as_mut_slice().iter_mut().for_each(|v| *v /= n);
        let mut correlations = vec![0.0; p];
        design.tmul(response, &mut correlations);
        correlations.iter_mut().for_each(|v| *v /= n);
        let singular = design.singular_values()?;
        let least = if design.rows() < p { 0.0 } else { singular[p - 1] * singular[p - 1] / n };
        let upper = data.validation.design.singular_values()?[0];
        Ok(Self {
            group: (0..p).map(|j| group(j, p, groups)).collect(),
            groups,
            gram,
            correlations,
            // Both have rounding errors, but the constants must be bounds.
            spectrum: [least * (1.0 - 1e-9), singular[0] * singular[0] / n * (1.0 + 1e-9)],
            upper_lipschitz: 2.0 * upper * upper / data.validation.response.len() as f64 * (1.0 + 1e-9),
            scale: (kernels::squared_norm(response) / n).sqrt(),
            data,
        })
    }

    /// `x*(θ)`, and a factor of the Hessian.
    fn solve(&self, theta: &[f64]) -> anyhow::Result<(Vec<f64>, Cholesky)> {
        let p = self.group.len();
        let mut hessian = self.gram.as_slice().to_vec();
        for (j, &g) in self.group.iter().enumerate() {
            hessian[j * p + j] += theta[g].exp();
        }
        let factor = Cholesky::new(p, &hessian)
            .ok_or_else(|| anyhow::anyhow!("the normal equations are singular at θ = {theta:?}"))?;
        let mut x = self.correlations.clone();
        factor.solve(&mut x);
        Ok((x, factor))
    }

    /// `f(θ)` and `∇f(θ)`, in closed form.
    fn exact(&self, theta: &[f64]) -> anyhow::Result<(f64, Vec<f64>)> {
        let (x, factor) = self.solve(theta)?;
        let validation = &self.data.validation;
        let mut residual = vec![0.0; validation.response.len()];
        validation.design.mul(&x, &mut residual);
        residual.iter_mut().zip(&validation.response).for_each(|(r, z)| *r -= z);
        let m = residual.len() as f64;
        let value = kernels::squared_norm(&residual) / m;
        let mut adjoint = vec![0.0; x.len()];
        validation.design.tmul(&residual, &mut adjoint);
        adjoint.iter_mut().for_each(|v| *v *= 2.0 / m);
        factor.solve(&mut adjoint);
        let mut gradient = vec![0.0; self.groups];
        for ((&g, x), q) in self.group.iter().zip(&x).zip(&adjoint) {
            gradient[g] -= theta[g].exp() * x * q;
        }
        Ok((value, gradient))
    }
}

impl Model for RidgeModel {
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(Inexact::new(Box::new(Functions::new(self)), solver, budget, Currency::Evaluations))
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        Some(Box::new(Functions::new(self)))
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        Box::new(Closed(self))
    }
}

struct Closed<'a>(&'a RidgeModel);

impl Truth for Closed<'_> {
    fn exact(&mut self, theta: &[f64], _: bool) -> anyhow::Result<Exact> {
        let (value, gradient) = self.0.exact(theta)?;
        Ok(Exact { value, gradient: Some(gradient) })
    }

    fn is_cheap(&self) -> bool {
        true
    }

    fn measures(&mut self, theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        let (x, _) = self.0.solve(theta)?;
        Ok(vec![(TEST_LOSS, self.0.data.test.mean_squared_error(&x))])
    }
}
