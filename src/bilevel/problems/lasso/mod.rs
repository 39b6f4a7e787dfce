//! Lasso and elastic net with weights chosen by held-out error (our "P3").
//!
//! `h(w, θ) = ‖Xw − y‖²/(2n) + λ₁‖w‖₁ (+ λ₂‖w‖²/2)` on the training rows, `g(w) = ‖Vw − z‖²/m` on the
//! validation rows; `θ = log(λ/λ_max)` for each weight, where `λ_max` is the least `λ₁` with the solution
//! `w = 0`. The lower level is not smooth: its solution is piecewise smooth in `θ`, and so is `f`, with kinks
//! where a feature enters or leaves.
//!
//! Differentiation on the support: Bertrand, Klopfenstein, Blondel, Vaiter, Gramfort and Salmon (ICML 2020).

mod exact;
mod oracle;
mod path;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::path::{Segment, segments};

use remeasure_core::Invalid;
use remeasure_core::family::{Input, Metric};
use remeasure_core::numerics::kernels;
use remeasure_core::params::{self, Check};
use remeasure_core::stream::Streams;
use remeasure_optim::{ElasticNet, Lasso, LassoProblem, LassoSolver, Termination};

use self::exact::polish;
use self::oracle::LassoOracle;
use crate::bounds::Bounds;
use crate::cost::Currency;
use crate::data::{Data, Part, Regression, Source};
use crate::family::metrics::{NONZEROS, TEST_LOSS};
use crate::inexact::LowerSolver;
use crate::oracle::Oracle;
use crate::problem::{Entry, Exact, Instance, Model, Spec, Truth};
use crate::problems::{check_budget, check_ratios, check_start, check_thresholds, thresholds};
use crate::smooth::Smooth;

/// Registers the Lasso.
pub(super) const LASSO: Entry = Entry {
    name: "lasso",
    about: "the Lasso, with its weight chosen by held-out error",
    schema: params::schema::<Wire>,
    read: |table| Wire::read(table, 1),
};

/// Registers the elastic net.
pub(super) const ELASTIC_NET: Entry = Entry {
    name: "elastic-net",
    about: "the elastic net, with its two weights chosen by held-out error",
    schema: params::schema::<Wire>,
    read: |table| Wire::read(table, 2),
};

/// The Lasso or elastic net with weights chosen by held-out error.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Sizes of synthetic data, or files.
    #[serde(default)]
    data: Data,
    /// Initial value of every hyperparameter `log(λ/λ_max)`.
    #[serde(default = "default_start")]
    start: f64,
    /// Interval of every hyperparameter.
    #[serde(default = "default_bounds")]
    bounds: [f64; 2],
    /// Budget of a method: number of products with the design, or an equal number of multiplications.
    budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
    /// Multiples of `min f`, at least 1; the cost to reach each is measured if `min f` is known.
    #[serde(default)]
    threshold_ratios: Vec<f64>,
}

/// A tenth of `λ_max`.
fn default_start() -> f64 {
    -std::f64::consts::LN_10
}

fn default_bounds() -> [f64; 2] {
    [-5.0, 0.0]
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
struct Weights {
    source: Source,
    parameters: usize,
    wire: Wire,
    bounds: Bounds,
}

impl Wire {
    fn read(table: toml::Table, parameters: usize) -> Result<Box<dyn Spec>, Invalid> {
        let wire: Self = params::read(table)?;
        let source = wire.data.source()?;
        let bounds = Bounds::cube(parameters, wire.bounds)?;
        Ok(Box::new(Weights { source, parameters, wire, bounds }))
    }
}

impl Spec for Weights {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let model = LassoModel::new(self.source.draw(streams, 1)?, self.parameters)?;
        let minimum = match self.parameters {
            1 => model.minimum(self.wire.bounds)?,
            _ => None,
        };
        Ok(Instance {
            start: vec![self.wire.start; self.parameters],
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
        &[TEST_LOSS, NONZEROS]
    }

    fn parameters(&self) -> usize {
        self.parameters
    }

    fn is_smooth(&self) -> bool {
        false
    }

    fn is_bounded(&self) -> bool {
        self.bounds.finite()
    }
}

/// Drawn data, and quantities that do not depend on θ.
#[derive(Debug)]
pub struct LassoModel {
    data: Regression,
    parameters: usize,
    lambda_max: f64,
    /// `2σ₁(V)²/m`.
    upper_lipschitz: f64,
}

impl LassoModel {
    /// The Lasso on these data; with two hyperparameters, the elastic net.
    ///
    /// # Errors
    /// The response has no correlation with any feature, or values are not finite.
    pub fn new(data: Regression, parameters: usize) -> anyhow::Result<Self> {
        let lambda_max = LassoProblem::new(&data.train.design, &data.train.response)?.lambda_max();
        anyhow::ensure!(lambda_max > 0.0, "no feature is correlated with the response on the training rows");
        let sigma = data.validation.design.spectral_norm() * (1.0 + 1e-5);
        let upper_lipschitz = 2.0 * sigma * sigma / data.validation.response.len() as f64;
        Ok(Self { data, parameters, lambda_max, upper_lipschitz })
    }

    /// The least `λ₁` at which the solution is 0.
    #[must_use]
    pub fn lambda_max(&self) -> f64 {
        self.lambda_max
    }

    /// The lower level's data, which were checked to be finite when the model was made.
    fn problem(&self) -> LassoProblem<'_> {
        let Part { design, response } = &self.data.train;
        LassoProblem::new(design, response)
            .unwrap_or_else(|_| unreachable!("the data were checked when the model was made"))
    }

    /// `(λ₁, λ₂)` at `θ`.
    fn weights(&self, theta: &[f64]) -> (f64, f64) {
        let weight = |i: usize| self.lambda_max * theta[i].exp();
        (weight(0), if self.parameters > 1 { weight(1) } else { 0.0 })
    }

    /// The penalty at `θ`.
    fn penalty(&self, theta: &[f64]) -> Result<ElasticNet, Invalid> {
        let (l1, ridge) = self.weights(theta);
        ElasticNet::new(l1 + ridge, l1 / (l1 + ridge))
    }

    /// `g` at coefficients that are 0 except for `terms`, and its residual `Vw − z`.
    fn upper(&self, terms: &[(usize, f64)], residual: &mut [f64]) -> f64 {
        let Part { design, response } = &self.data.validation;
        residual.fill(0.0);
        design.add_mul(1.0, terms.iter().copied(), residual);
        residual.iter_mut().zip(response).for_each(|(r, z)| *r -= z);
        kernels::squared_norm(residual) / response.len() as f64
    }

    /// `∇g` on the features of `terms`, from the residual.
    fn upper_gradient(&self, terms: &[(usize, f64)], residual: &[f64]) -> Vec<f64> {
        let features: Vec<usize> = terms.iter().map(|t| t.0).collect();
        let mut gradient = vec![0.0; features.len()];
        self.data.validation.design.tmul_of(&features, residual, &mut gradient);
        let m = residual.len() as f64;
        gradient.iter_mut().for_each(|g| *g *= 2.0 / m);
        gradient
    }

    /// `∇f` from the adjoint `q = H_SS⁻¹∇_S g`: `−λ₁ sign(w)ᵀq` and `−λ₂ wᵀq`.
    fn hypergradient(&self, theta: &[f64], terms: &[(usize, f64)], adjoint: &[f64]) -> Vec<f64> {
        let (l1, ridge) = self.weights(theta);
        let along = |column: fn(f64) -> f64| -> f64 {
            terms.iter().zip(adjoint).map(|((_, w), q)| column(*w) * q).sum()
        };
        let mut gradient = vec![-l1 * along(f64::signum)];
        if self.parameters > 1 {
            gradient.push(-ridge * along(|w| w));
        }
        gradient
    }

    /// `min f` of the Lasso over a box of `θ`, exactly; `None` if the path could not be followed to its end.
    ///
    /// # Errors
    /// As [`segments`].
    pub fn minimum(&self, [lower, upper]: [f64; 2]) -> anyhow::Result<Option<f64>> {
        let range = [lower, upper].map(|t| self.lambda_max * t.exp());
        let Regression { train, validation, .. } = &self.data;
        let segments = segments(train, validation, range)?;
        Ok(segments.map(|s| s.iter().fold(f64::INFINITY, |m, s| m.min(s.minimum().1))))
    }
}

impl Model for LassoModel {
    fn currency(&self) -> Currency {
        Currency::Products
    }

    fn oracle(&self, _: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(LassoOracle::new(self, budget))
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        None
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        Box::new(Accurate {
            model: self,
            solver: LassoSolver::new(&self.problem()),
            residual: vec![0.0; self.data.validation.response.len()],
        })
    }
}

/// Relative duality gap of a solution before polishing.
const ROUGH: f64 = 1e-8;

/// Relative duality gap of a solution that counts as the truth if polishing fails.
const EXACT: f64 = 1e-13;

/// Largest gap at which a stalled solve still counts as the truth.
const NEARLY: f64 = 1e-10;

/// The lower level, solved as accurately as double precision allows.
struct Accurate<'a> {
    model: &'a LassoModel,
    solver: LassoSolver<'a>,
    residual: Vec<f64>,
}

impl Accurate<'_> {
    fn solve(&mut self, theta: &[f64]) -> anyhow::Result<Vec<(usize, f64)>> {
        let lasso = Lasso::with_penalty(self.model.penalty(theta)?);
        let problem = self.model.problem();
        self.solver.solve(&lasso.tolerance(ROUGH)?);
        if let Some(terms) = polish(&problem, &mut self.solver, self.model.weights(theta)) {
            return Ok(terms);
        }
        let lasso = lasso.tolerance(EXACT)?;
        let solution = self.solver.solve(&lasso);
        let least = NEARLY * problem.null_objective();
        let close = solution.converged()
            || (solution.termination == Termination::Stalled && solution.certificate.gap <= least);
        anyhow::ensure!(close, "the lower level's gap stays at {:.1e}", solution.certificate.gap);
        let terms = solution.coefficients.into_iter().enumerate();
        Ok(terms.filter(|(_, w)| *w != 0.0).collect())
    }
}

impl Truth for Accurate<'_> {
    fn exact(&mut self, theta: &[f64], with_gradient: bool) -> anyhow::Result<Exact> {
        let terms = self.solve(theta)?;
        let value = self.model.upper(&terms, &mut self.residual);
        if !with_gradient {
            return Ok(Exact { value, gradient: None });
        }
        let (_, ridge) = self.model.weights(theta);
        let Some(mut support) = self.solver.support(ridge) else {
            return Ok(Exact { value, gradient: None });
        };
        let terms = support.terms();
        let mut adjoint = self.model.upper_gradient(&terms, &self.residual);
        support.solve(&mut adjoint);
        Ok(Exact { value, gradient: Some(self.model.hypergradient(theta, &terms, &adjoint)) })
    }

    fn is_cheap(&self) -> bool {
        true
    }

    fn measures(&mut self, theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        let terms = self.solve(theta)?;
        let mut coefficients = vec![0.0; self.model.data.train.design.columns()];
        terms.iter().for_each(|&(j, w)| coefficients[j] = w);
        let test = self.model.data.test.mean_squared_error(&coefficients);
        Ok(vec![(TEST_LOSS, test), (NONZEROS, terms.len() as f64)])
    }
}
