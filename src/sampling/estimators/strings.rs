//! Estimators of strings, and those that stand for them at one token.

use anyhow::bail;
use rand::Rng;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::step::repeat;
use super::{check_ess, check_particles, of_strings};
use crate::estimator::{Entry, Estimator, Figures, Task, Tokens};
use crate::problem::{Data, Problem, Strings};
use crate::smc::{Plan, Proposal, run};
use crate::token::{Method, Variant};

/// The model and constraint of a problem of strings.
fn strings(data: &Data) -> anyhow::Result<&Strings> {
    match data {
        Data::Strings(strings) => Ok(strings),
        Data::Step(_) => bail!("the problem is one of single tokens"),
    }
}

/// Runs a plan on a problem of strings.
fn runs(plan: Plan, task: Task<'_>) -> anyhow::Result<Figures> {
    let Strings { chain, constraint, laws } = strings(task.data)?;
    let mut stream = task.streams.stream("runs");
    Ok(Figures::Strings(run(plan, chain, constraint, laws, task.draws, &mut stream)))
}

/// One particle.
fn alone(proposal: Proposal) -> Plan {
    Plan { particles: 1, threshold: 0.0, proposal }
}

/// The particles of an estimator: its own number, the problem's, or that of the authors' code.
fn count(own: Option<usize>, task: Task<'_>, authors: usize) -> usize {
    own.or(task.particles).unwrap_or(authors)
}

/// Locally constrained decoding: each token by one loop of rejections, which equals masking and renormalising, without a
/// weight.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lcd {}

pub(super) const LCD: Entry = entry!(Lcd, "lcd", "locally constrained decoding: no weights");

impl Check for Lcd {}

impl Estimator for Lcd {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let (method, variant) = (Method::OneLoop, Variant::Corrected);
        match task.data {
            Data::Step(step) => Ok(repeat(method, variant, step, task)),
            Data::Strings(_) => runs(alone(Proposal::Token(method, variant)), task),
        }
    }

    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// All tokens are tested at each step, and their mass is exact. For strings: particles, weights and resampling as
/// `awrs-smc`, at V + 1 calls a token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullMask {
    /// Number of particles, for strings. Default: that of the problem, or else 5.
    particles: Option<usize>,
    /// Resampling where the effective sample size is below this share of the particles.
    #[serde(default = "half")]
    ess: f64,
}

fn half() -> f64 {
    0.5
}

pub(super) const FULL_MASK: Entry = entry!(FullMask, "full-mask", "tests all tokens: exact masses");

impl Check for FullMask {
    fn check(&self) -> Result<(), Invalid> {
        check_particles(self.particles)?;
        check_ess(self.ess)
    }
}

impl Estimator for FullMask {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        match task.data {
            Data::Step(step) => Ok(Figures::Tokens(Tokens {
                calls: step.accepted.len() as f64,
                weights: vec![step.forms.z; task.draws],
                draws: task.draws,
                ..Tokens::default()
            })),
            Data::Strings(_) => {
                let particles = count(self.particles, task, 5);
                runs(Plan { particles, threshold: self.ess, proposal: Proposal::FullMask }, task)
            }
        }
    }

    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// The trivial answer: the model as it is. The constraint is not evaluated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BaseModel {}

pub(super) const BASE: Entry = entry!(BaseModel, "base-model", "the model without the constraint");

impl Check for BaseModel {}

impl Estimator for BaseModel {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        match task.data {
            Data::Step(step) => {
                let draws = task.draws;
                let mut stream = task.streams.stream("draws");
                let mut urns = step.urns.clone();
                let urn = urns.urn(0);
                let failed = (0..draws).filter(|_| !step.accepted[urn.at(stream.r#gen())]).count();
                Ok(Figures::Tokens(Tokens { failed, draws, ..Tokens::default() }))
            }
            Data::Strings(_) => runs(alone(Proposal::Unconstrained), task),
        }
    }

    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// The estimator of one step within `awrs-smc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Token {
    /// Two loops of rejections: the paper's.
    #[default]
    TwoLoop,
    /// One loop and one further token.
    Recursive,
    /// Two accepted draws, with draws with replacement imitated.
    Geometric,
    /// Recursive, or geometric if a token has 2/3 of the mass.
    Library,
}

/// Sequential Monte Carlo whose particles grow by adaptive weighted rejection sampling.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AwrsSmc {
    /// Number of particles. Default: that of the problem, or else 5 as in the authors' code.
    particles: Option<usize>,
    /// Resampling where the effective sample size is below this share of the particles; the authors' code has .5.
    #[serde(default = "half")]
    ess: f64,
    /// Estimator of one step.
    #[serde(default)]
    token: Token,
    /// How it computes the mass that is left after rejections.
    #[serde(default)]
    variant: Variant,
}

pub(super) const AWRS: Entry = entry!(AwrsSmc, "awrs-smc", "particles that grow by weighted rejections");

impl Check for AwrsSmc {
    fn check(&self) -> Result<(), Invalid> {
        check_particles(self.particles)?;
        check_ess(self.ess)
    }
}

impl Estimator for AwrsSmc {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let method = match self.token {
            Token::TwoLoop => Method::TwoLoop,
            Token::Recursive => Method::Recursive,
            Token::Geometric => Method::Geometric { accepts: 2.0, rejects: f64::INFINITY },
            Token::Library => Method::Library,
        };
        let (particles, proposal) = (count(self.particles, task, 5), Proposal::Token(method, self.variant));
        runs(Plan { particles, threshold: self.ess, proposal }, task)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        of_strings(problem)
    }
}

/// Twisted sequential Monte Carlo: tokens of the model, and a particle dies once its prefix cannot be completed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TwistedSmc {
    /// Number of particles. Default: that of the problem, or else 10 as in the authors' code.
    particles: Option<usize>,
    /// Resampling where the effective sample size is below this share of the particles; the authors' code has .9.
    #[serde(default = "nine_tenths")]
    ess: f64,
}

fn nine_tenths() -> f64 {
    0.9
}

pub(super) const TWISTED: Entry =
    entry!(TwistedSmc, "twisted-smc", "particles of the model that die where the constraint breaks");

impl Check for TwistedSmc {
    fn check(&self) -> Result<(), Invalid> {
        check_particles(self.particles)?;
        check_ess(self.ess)
    }
}

impl Estimator for TwistedSmc {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let particles = count(self.particles, task, 10);
        runs(Plan { particles, threshold: self.ess, proposal: Proposal::Model }, task)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        of_strings(problem)
    }
}

/// Sample and rerank: strings of the model, of which those count that meet the constraint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SampleRerank {
    /// Number of strings. Default: that of the problem, or else 10 as in the authors' code.
    particles: Option<usize>,
}

pub(super) const RERANK: Entry =
    entry!(SampleRerank, "sample-rerank", "strings of the model, weighted at the end");

impl Check for SampleRerank {
    fn check(&self) -> Result<(), Invalid> {
        check_particles(self.particles)
    }
}

impl Estimator for SampleRerank {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let particles = count(self.particles, task, 10);
        runs(Plan { particles, threshold: 0.0, proposal: Proposal::ModelUntilEnd }, task)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        of_strings(problem)
    }
}

/// The exact law of locally constrained decoding, by dynamic programming; nothing is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LcdLaw {}

pub(super) const LCD_LAW: Entry = entry!(LcdLaw, "lcd-law", "the exact law of locally constrained decoding");

impl Check for LcdLaw {}

impl Estimator for LcdLaw {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        let laws = &strings(task.data)?.laws;
        Ok(Figures::Laws { length: laws.local_length.clone(), first: laws.local_first.clone() })
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        of_strings(problem)
    }
}

/// An oracle: strings of the exact law given the constraint, one a run. Its distance is that of as many draws.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Target {}

pub(super) const TARGET: Entry = entry!(Target, "target", "the exact law given the constraint: the oracle");

impl Check for Target {}

impl Estimator for Target {
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures> {
        runs(alone(Proposal::Target), task)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        of_strings(problem)
    }
}
