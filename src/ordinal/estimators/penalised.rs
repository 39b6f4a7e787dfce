//! PRESTO, its ridge form, and the penalised multinomial logits.

use remeasure_core::Invalid;
use remeasure_core::numerics::Standard;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use crate::estimator::{Entry, Estimator, Fit, Task, Traced};
use crate::lambda::LambdaRule;
use crate::model::Model;
use crate::path::{Method, Settings, lambda_max, path};
use crate::problem::Problem;
use crate::screen;

/// Registers PRESTO.
pub(super) const PRESTO: Entry = Entry {
    name: "presto",
    about: "cumulative logit whose slopes are shrunk towards proportional odds, to a certified KKT residual",
    schema: params::schema::<Presto>,
    read: |table| {
        let keys = params::read::<Presto>(table)?;
        let method = if keys.as_published { Method::PrestoAsPublished } else { Method::Presto };
        Ok(Box::new(Penalised { method, mix: keys.mix, solver: keys.solver }))
    },
};

/// Registers the ridge form.
pub(super) const PRESTO_L2: Entry = Entry {
    name: "presto-l2",
    about: "PRESTO with a ridge instead of the ℓ1 penalty; its grid starts from the λ_max of mix = 0.01",
    schema: params::schema::<Solver>,
    read: |table| plain(table, Method::Presto, 0.0),
};

/// Registers the multinomial logit.
pub(super) const MULTINOMIAL_L1: Entry = Entry {
    name: "multinomial-l1",
    about: "ℓ1-penalised multinomial logit with slopes for every class",
    schema: params::schema::<Solver>,
    read: |table| plain(table, Method::Multinomial, 1.0),
};

/// Registers its ridge form.
pub(super) const MULTINOMIAL_L2: Entry = Entry {
    name: "multinomial-l2",
    about: "multinomial logit with a ridge on slopes for every class; its grid starts from the λ_max of mix = 0.01",
    schema: params::schema::<Solver>,
    read: |table| plain(table, Method::Multinomial, 0.0),
};

fn plain(table: Table, method: Method, mix: f64) -> Result<Box<dyn Estimator>, Invalid> {
    let keys = params::read::<Solver>(table)?;
    Ok(Box::new(Penalised { method, mix, solver: keys }))
}

/// A penalised fit, solved by proximal Newton steps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Solver {
    /// How to choose the penalty λ.
    #[serde(default)]
    lambda: LambdaRule,
    /// KKT residual to reach, above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of Newton steps for one λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Largest variance inflation factor, above 1: of the training rows' columns the one with the largest is dropped
    /// until none is above it. Default: no column is dropped.
    screen: Option<f64>,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`.
    #[serde(default)]
    record_path: bool,
}

impl Check for Solver {
    fn check(&self) -> Result<(), Invalid> {
        screen::check(self.screen)?;
        self.lambda.check()?;
        super::check_stopping(self.tolerance, self.max_iterations)
    }
}

/// PRESTO (Faletto and Bien 2023): a cumulative logit with penalised differences of the slopes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(from = "PrestoKeys")]
struct Presto {
    solver: Solver,
    mix: f64,
    as_published: bool,
}

/// PRESTO (Faletto and Bien 2023): a cumulative logit with penalised differences of the slopes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PrestoKeys {
    /// How to choose the penalty λ.
    #[serde(default)]
    lambda: LambdaRule,
    /// Share `a` of the ℓ1 norm in the penalty `λ (a‖ψ‖₁ + (1 − a)/2 ‖ψ‖²)`, above 0 and at most 1.
    #[serde(default = "one")]
    mix: f64,
    /// Whether to reproduce two errors of the authors' code: wrongly shifted intercepts, and a
    /// cross-validation with `ψ_k` instead of `β_k`.
    #[serde(default)]
    as_published: bool,
    /// KKT residual to reach, above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of Newton steps for one λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
}

fn one() -> f64 {
    1.0
}

impl From<PrestoKeys> for Presto {
    fn from(keys: PrestoKeys) -> Self {
        let PrestoKeys { lambda, mix, as_published, tolerance, max_iterations } = keys;
        Self {
            solver: Solver { lambda, tolerance, max_iterations, screen: None, record_path: false },
            mix,
            as_published,
        }
    }
}

impl Check for Presto {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.mix > 0.0 && self.mix <= 1.0) {
            let message = format!(
                "expected a number above 0 and at most 1, found {}; for ridge, use `kind = \"presto-l2\"`",
                self.mix
            );
            return Err(Invalid::new("mix", message));
        }
        self.solver.check()
    }
}

/// A penalised fit with a rule for λ.
#[derive(Clone, Debug)]
struct Penalised {
    method: Method,
    mix: f64,
    solver: Solver,
}

impl Penalised {
    fn settings(&self) -> Settings {
        let Solver { tolerance, max_iterations, .. } = self.solver;
        Settings { method: self.method, mix: self.mix, tolerance, max_iterations }
    }
}

impl Estimator for Penalised {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let Solver { lambda, tolerance, screen, .. } = &self.solver;
        let settings = self.settings();
        super::screened(*screen, task, |task| {
            let (step, model, gap) = lambda.fit(task, &settings)?;
            Ok(Fit { gap, ..super::fit(task, &step, model, true, *tolerance) })
        })
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Traced>> {
        let (true, Some(lambda)) = (self.solver.record_path, fit.lambda) else { return Ok(Vec::new()) };
        let p = task.sample.design.columns();
        let kept = fit.screen.as_ref().map_or_else(|| (0..p).collect(), |screen| screen.kept.clone());
        let (sample, settings) = (task.sample.columns(&kept), self.settings());
        let grid = self.solver.lambda.grid(lambda_max(&sample, &settings)?, lambda)?;
        let deviations: Vec<f64> =
            (0..p).map(|j| Standard::of_slice(task.sample.design.column(j)).deviation()).collect();
        let steps = path(&sample, &settings, &grid)?.into_iter().map(|(step, model)| {
            let mut slopes = match model.widened(&kept, p) {
                Model::Multinomial(m) => m.slopes,
                Model::Cumulative(m) => m.slopes,
                Model::Binary(_) | Model::Tabulated(_) => Vec::new(),
            };
            for block in &mut slopes {
                block.iter_mut().zip(&deviations).for_each(|(v, d)| *v *= d);
            }
            Traced { lambda: step.lambda, slopes }
        });
        Ok(steps.collect())
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        super::admits_screen(self.solver.screen, problem)?;
        if self.solver.lambda.needs_groups() && !problem.has_groups() {
            let message = "folds of groups need a problem with groups: give the column `group` in [problem]";
            return Err(Invalid::new("lambda.cv.by", message));
        }
        if self.method == Method::Multinomial { Ok(()) } else { super::admits_order(problem) }
    }
}
