//! Accurate evaluation of the penalty function itself, to compare it with `f`.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::cost::Cost;
use crate::estimator::{Entry, Estimator, Fit, Step, Task, Trace};
use crate::methods::check_positive;
use crate::oracle::{Halt, Hypergradient};
use crate::penalised::Penalised;
use crate::problem::{Instance, Problem};

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    Function,
    "penalty-function",
    "accurate value and gradient of the penalty function at the start; does not descend"
);

/// Evaluates the penalty function; both lower levels are solved to `accuracy` · σ. For a single
/// hyperparameter with finite bounds, the function is also evaluated along its interval, on a grid that
/// becomes finer towards 0.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Function {
    /// σ of the penalty function, above 0.
    sigma: f64,
    /// Both lower levels are solved to `accuracy` · σ.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
}

fn default_accuracy() -> f64 {
    1e-6
}

/// Grid points per decade: each end of the box times `10^{−j/8}`, `j = 0, …, 64`.
const PER_DECADE: u32 = 8;
const DECADES: u32 = 8;

impl Check for Function {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("sigma", self.sigma)?;
        check_positive("accuracy", self.accuracy)
    }
}

/// The points to evaluate; the start is last, because it is the result.
fn points(instance: &Instance) -> Vec<Vec<f64>> {
    let bounds = &instance.bounds;
    let mut out = Vec::new();
    if instance.start.len() == 1 && bounds.finite() {
        for end in [bounds.lower()[0], bounds.upper()[0]] {
            for j in 0..=PER_DECADE * DECADES {
                out.push(vec![end * 10_f64.powf(-f64::from(j) / f64::from(PER_DECADE))]);
            }
        }
        out.retain(|theta| bounds.contain(theta));
    }
    out.push(instance.start.clone());
    out
}

impl Function {
    /// `ψ_σ(θ)`, and its gradient where the problem is smooth.
    fn at(
        &self,
        instance: &Instance,
        penalised: Option<&mut Penalised<'_>>,
        theta: &[f64],
    ) -> Result<(f64, Option<Hypergradient>), Halt> {
        match penalised {
            Some(p) => {
                let value = p.value(theta, self.sigma, self.accuracy * self.sigma)?;
                Ok((value, Some(p.gradient()?)))
            }
            None => {
                let value = instance.model.penalised(theta, self.sigma);
                let missing = || Halt::Failed("the problem has no penalty function".to_owned());
                Ok((value.ok_or_else(missing)?, None))
            }
        }
    }
}

impl Estimator for Function {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let functions = instance.model.smooth();
        let mut penalised = functions.map(|f| Penalised::new(f, instance.budget, instance.model.currency()));
        let mut trace = Trace::default();
        let mut end = Ok(());
        for theta in points(instance) {
            match self.at(instance, penalised.as_mut(), &theta) {
                Ok((value, hypergradient)) => {
                    let cost = penalised.as_ref().map_or_else(Cost::default, Penalised::cost);
                    let accuracy = self.accuracy * self.sigma;
                    trace.push_step(Step { cost, theta, value, accuracy, hypergradient });
                }
                Err(halt) => end = Err(halt),
            }
        }
        // A partial evaluation counts as none.
        if end == Err(Halt::Budget) {
            end = Err(Halt::Failed("the budget is spent before the lower levels are solved".to_owned()));
        }
        trace.finish(penalised.as_ref().map_or_else(Cost::default, Penalised::cost), end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if problem.spec().is_penalised() {
            return Ok(());
        }
        Err(Invalid::new("kind", "this problem has no penalty function: its lower level is not smooth"))
    }
}
