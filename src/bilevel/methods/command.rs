//! A program of the user's own, which asks for values and hypergradients.

use anyhow::Context;
use remeasure_core::params;
use remeasure_external::{self as external, Array, Data, Keys, Method, Request};
use serde_json::{Map, Value, json};

use crate::estimator::{Entry, Estimator, Fit, Step, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Halt, Oracle};
use crate::problem::Instance;

/// Registers the method.
pub(super) const ENTRY: Entry = Entry {
    name: external::KIND,
    about: "a program of your own, in any language, which asks for values and hypergradients",
    schema: params::schema::<Keys>,
    read: |table| Ok(Box::new(Command(Method::estimator("bilevel", table)?))),
};

/// Accuracy where a program asks for none.
const ACCURACY: f64 = 1e-6;

struct Command(Method);

/// What the program asks.
struct Question {
    theta: Vec<f64>,
    accuracy: f64,
    gradient: bool,
}

impl Question {
    fn read(fields: &Map<String, Value>, instance: &Instance) -> anyhow::Result<Self> {
        let list = fields.get("theta").and_then(Value::as_array).context("its question has no `theta`")?;
        let theta: Option<Vec<f64>> = list.iter().map(|v| v.as_f64().filter(|v| v.is_finite())).collect();
        let theta = theta.context("its `theta` is not a list of finite numbers")?;
        check(&theta, instance)?;
        let accuracy = match fields.get("accuracy") {
            None | Some(Value::Null) => ACCURACY,
            Some(value) => value.as_f64().context("its `accuracy` is not a number")?,
        };
        anyhow::ensure!(accuracy > 0.0, "its `accuracy` is {accuracy}, expected a number above 0");
        let gradient = fields.get("gradient").and_then(Value::as_bool).unwrap_or(true);
        Ok(Self { theta, accuracy, gradient })
    }
}

fn check(theta: &[f64], instance: &Instance) -> anyhow::Result<()> {
    let expected = instance.start.len();
    anyhow::ensure!(theta.len() == expected, "its `theta` has {} numbers, expected {expected}", theta.len());
    let mut nearest = theta.to_vec();
    instance.bounds.project(&mut nearest);
    anyhow::ensure!(nearest == theta, "its `theta` {theta:?} is outside the bounds");
    Ok(())
}

/// Evaluates a point and tells the program; `None` if the budget is spent.
fn tell(
    question: &Question,
    oracle: &mut dyn Oracle,
    budget: f64,
    trace: &mut Trace,
) -> Result<Option<Value>, Halt> {
    let evaluated = oracle.evaluate(&question.theta, question.accuracy).and_then(|at| {
        trace.push(oracle, &question.theta, &at);
        let z = question.gradient.then(|| oracle.hypergradient(question.accuracy)).transpose()?;
        if let Some(z) = &z {
            trace.note(z);
        }
        Ok((at, z))
    });
    let (at, z) = match evaluated {
        Ok(evaluated) => evaluated,
        Err(Halt::Budget) => return Ok(None),
        Err(halt) => return Err(halt),
    };
    let spent = oracle.spent();
    Ok(Some(json!({
        "value": at.value,
        "gradient": z.map(|z| z.vector),
        "cost": spent,
        "left": (budget - spent).max(0.0),
    })))
}

/// An end of the box as JSON, which has no infinity.
fn ends(ends: &[f64]) -> Vec<f64> {
    ends.iter().map(|v| v.clamp(-1e308, 1e308)).collect()
}

impl Estimator for Command {
    fn ready(&self) {
        self.0.ready();
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let mut oracle = instance.model.oracle(LowerSolver::default(), instance.budget);
        let mut trace = Trace::default();
        let (lower, upper) = (ends(instance.bounds.lower()), ends(instance.bounds.upper()));
        let data = Data::default()
            .array("start", Array::Vector(&instance.start))
            .array("lower", Array::Vector(&lower))
            .array("upper", Array::Vector(&upper))
            .value("budget", instance.budget);
        let answer = self.0.converse(Request { streams: task.streams, data: &data }, &mut |fields| {
            let question = Question::read(fields, instance)?;
            let told = tell(&question, oracle.as_mut(), instance.budget, &mut trace)?;
            Ok(told.unwrap_or(Value::Null))
        })?;
        let theta = answer.numbers("theta", &[instance.start.len()])?;
        check(&theta, instance)?;
        let answered = trace.steps().iter().rposition(|step| step.theta == theta);
        let answered = answered.unwrap_or_else(|| {
            let cost = oracle.cost();
            trace.push_step(Step { cost, theta, value: f64::NAN, accuracy: f64::NAN, hypergradient: None });
            trace.steps().len() - 1
        });
        let mut fit = trace.finish_at(answered, oracle.cost(), Ok(()))?;
        fit.shortfall = answer.shortfall()?;
        fit.reported = self.0.reported(&answer)?;
        Ok(fit)
    }
}
