//! Estimators of one token.

use anyhow::bail;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::one_token;
use crate::estimator::{Entry, Estimator, Figures, Task, Tokens};
use crate::exact::enumerate;
use crate::problem::{Data, Problem, Step};
use crate::token::{Method, Scratch, Variant, draw};

/// Largest number of tokens whose orders are enumerated.
const FEW: usize = 7;

/// The step of a problem of one token.
pub(super) fn step(data: &Data) -> anyhow::Result<&Step> {
    match data {
        Data::Step(step) => Ok(step),
        Data::Strings(_) => bail!("the problem is one of strings"),
    }
}

/// Draws a token as often as the task says.
pub(super) fn repeat(method: Method, variant: Variant, step: &Step, task: Task<'_>) -> Figures {
    let draws = task.draws;
    let mut stream = task.streams.stream("draws");
    let mut urns = step.urns.clone();
    let mut urn = urns.urn(0);
    let mut scratch = Scratch::default();
    let mut found = Tokens {
        draws,
        expected_calls: step.forms.calls(method),
        bound_only: method == Method::Recursive && step.accepted.iter().filter(|ok| **ok).count() == 1,
        weights: Vec::with_capacity(draws),
        tested: Vec::with_capacity(draws),
        ..Tokens::default()
    };
    let mut calls = 0;
    for _ in 0..draws {
        let mut accept = |token: usize| step.accepted[token];
        let one = draw(method, variant, &mut urn, &mut stream, &mut accept, &mut scratch);
        calls += one.calls;
        found.failed += usize::from(one.token.is_none());
        if method != Method::OneLoop {
            found.weights.push(one.weight);
            found.tested.push(one.token.map_or(0.0, |token| one.weight * (token + 1) as f64));
        }
    }
    found.calls = calls as f64 / draws as f64;
    // The repetitions that geometric sums may be endless where little is left.
    let summed = matches!(method, Method::TwoLoop | Method::Recursive);
    if variant == Variant::Corrected && summed && step.accepted.len() <= FEW {
        found.exact = Some(enumerate(method, step.urns.law(0), &step.accepted));
    }
    Figures::Tokens(found)
}

macro_rules! method {
    ($(#[$about:meta])* $name:ident, $entry:ident, $kind:literal, $line:literal, $method:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            /// How the mass that is left after rejections is computed.
            #[serde(default)]
            variant: Variant,
        }

        pub(super) const $entry: Entry = entry!($name, $kind, $line);

        impl Check for $name {}

        impl Estimator for $name {
            fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
                Ok(repeat($method, self.variant, step(task.data)?, task))
            }

            fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
                one_token(problem)
            }
        }
    };
}

method!(
    /// The paper's algorithm, as in its replication code: two loops of rejections, Ẑ = (1 − ψ)/(n + 1) with the mass ψ that
    /// the first rejected and the n rejections of both.
    TwoLoop,
    TWO_LOOP,
    "two-loop",
    "two loops of rejections",
    Method::TwoLoop
);

method!(
    /// One loop and one further token (the default of the authors' library if no token has 2/3 of the mass).
    Recursive,
    RECURSIVE,
    "recursive",
    "one loop of rejections and one further token",
    Method::Recursive
);

method!(
    /// Recursive, or geometric with two accepted draws if a token has 2/3 of the mass: the default of the authors' library.
    Library,
    LIBRARY,
    "library",
    "recursive, or geometric if a token has 2/3 of the mass",
    Method::Library
);

/// Loops until `max_accepts` draws are accepted. Draws with replacement that would fall on rejected tokens are imitated by
/// geometric numbers; accepted tokens are not tested again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Geometric {
    /// Accepted draws, at least 2.
    #[serde(default = "two")]
    max_accepts: u32,
    /// Stops after this many rejected draws, at least 1; still unbiased. Default: no limit.
    max_rejects: Option<u32>,
    /// How the mass that is left after rejections is computed.
    #[serde(default)]
    variant: Variant,
}

fn two() -> u32 {
    2
}

pub(super) const GEOMETRIC: Entry =
    entry!(Geometric, "geometric", "loops of rejections, with draws with replacement imitated");

impl Check for Geometric {
    fn check(&self) -> Result<(), Invalid> {
        if self.max_accepts < 2 {
            return Err(Invalid::new(
                "max_accepts",
                format!("expected at least 2, found {}", self.max_accepts),
            ));
        }
        if self.max_rejects == Some(0) {
            return Err(Invalid::new("max_rejects", "expected at least 1, found 0"));
        }
        Ok(())
    }
}

impl Estimator for Geometric {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let rejects = self.max_rejects.map_or(f64::INFINITY, f64::from);
        let method = Method::Geometric { accepts: f64::from(self.max_accepts), rejects };
        Ok(repeat(method, self.variant, step(task.data)?, task))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        one_token(problem)
    }
}

/// The methods that have a closed form.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Of {
    /// Two loops.
    TwoLoop,
    /// One loop and one further token.
    Recursive,
    /// One loop.
    Lcd,
}

/// The mean number of calls in closed form, by exponential races; nothing is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClosedForm {
    /// The method whose calls they are.
    of: Of,
}

pub(super) const CLOSED: Entry =
    entry!(ClosedForm, "closed-form", "the mean number of calls in closed form: a yardstick");

impl Check for ClosedForm {}

impl Estimator for ClosedForm {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let method = match self.of {
            Of::TwoLoop => Method::TwoLoop,
            Of::Recursive => Method::Recursive,
            Of::Lcd => Method::OneLoop,
        };
        let calls = step(task.data)?.forms.calls(method).unwrap_or(f64::NAN);
        Ok(Figures::Tokens(Tokens { calls, draws: 1, ..Tokens::default() }))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        one_token(problem)
    }
}
