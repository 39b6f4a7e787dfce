//! The keys of `[problem]`, and their conditions.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::format::count;
use remeasure_core::params::Check;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{MOST_PARTICLES, MarkovLaw, Problem, Source, Step, StepLaw, text};
use crate::laws::Laws;

/// One token of a law drawn from a symmetric Dirichlet law, each token allowed with a probability (one at least).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneStepWire {
    /// Number of tokens V, 2 to 1,000,000. Up to 7, expectations are also enumerated exactly.
    tokens: usize,
    /// Concentration of the Dirichlet law, above 0: 1 is flat, .1 peaked.
    alpha: f64,
    /// Probability that a token is allowed, above 0 and at most 1.
    allowed: f64,
    /// The mass Z that the allowed tokens are scaled to, between 0 and 1. Default: as drawn.
    evidence: Option<f64>,
    /// Draws of each estimator in a replicate.
    #[serde(default = "hundred")]
    draws: usize,
}

/// One token of your own law: a file with one token a line.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// The file.
    data: PathBuf,
    /// Column of probabilities, which sum to 1.
    probability: ColumnName,
    /// Column with 1 for allowed tokens and 0 for others.
    allowed: ColumnName,
    /// Draws of each estimator in a replicate.
    #[serde(default = "hundred")]
    draws: usize,
    /// Whether the file begins with a header.
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

/// Strings of a first-order Markov model, whose laws are softmax(2·N(0, 1)), under a random automaton: in each state each
/// token is allowed with a probability between .05 and .6, log-uniform, and leads to a state drawn uniformly.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkovWire {
    /// Number of tokens V, 2 to 2000.
    tokens: usize,
    /// States of the automaton, at least 2.
    #[serde(default = "four")]
    states: usize,
    /// Longest string T, in tokens, at least 1.
    #[serde(default = "ten")]
    longest: usize,
    /// Probability of the end at each position, between 0 and 1; after T tokens it is certain.
    #[serde(default = "quarter")]
    end: f64,
    /// Runs of each estimator in a replicate.
    #[serde(default = "hundred")]
    draws: usize,
    /// Particles of estimators that name no number. Default: those of the authors' code.
    particles: Option<usize>,
}

/// What a token of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unit {
    /// A character.
    Character,
    /// A word: what stands between spaces. A string has one space between words.
    Word,
}

/// Strings of a bigram model of your own text, whose lines are taken as strings, under a regular expression or a list of
/// allowed strings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TextWire {
    /// The text, in UTF-8; empty lines are left out.
    pub(super) text: PathBuf,
    /// What a token is.
    pub(super) unit: Unit,
    /// Most different tokens, the most frequent ones, at most 2000; all others are one token that is never allowed.
    #[serde(default = "five_hundred")]
    pub(super) vocabulary: usize,
    /// What is added to the count of each pair of tokens, above 0.
    #[serde(default = "tenth")]
    pub(super) smoothing: f64,
    /// Regular expression that the whole string must match, in the syntax of the crate `regex` (without look-around).
    pub(super) pattern: Option<String>,
    /// File of allowed strings, one a line, instead of `pattern`.
    pub(super) words: Option<PathBuf>,
    /// Longest string T, in tokens, 1 to 200.
    #[serde(default = "twenty")]
    pub(super) longest: usize,
    /// Runs of each estimator in a replicate.
    #[serde(default = "hundred")]
    pub(super) draws: usize,
    /// Particles of estimators that name no number. Default: those of the authors' code.
    pub(super) particles: Option<usize>,
}

fn hundred() -> usize {
    100
}

fn four() -> usize {
    4
}

fn ten() -> usize {
    10
}

fn twenty() -> usize {
    20
}

fn five_hundred() -> usize {
    500
}

fn quarter() -> f64 {
    0.25
}

fn tenth() -> f64 {
    0.1
}

/// Checks a whole number.
fn check_size(key: &str, least: usize, most: usize, value: usize) -> Result<(), Invalid> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected {least} to {most}, found {value}")))
}

fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}

fn check_inner(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number between 0 and 1, found {value}")))
}

fn check_runs(draws: usize, particles: Option<usize>) -> Result<(), Invalid> {
    check_size("draws", 2, 10_000_000, draws)?;
    particles.map_or(Ok(()), |n| check_size("particles", 1, MOST_PARTICLES, n))
}

/// Refuses more numbers than the exact laws should hold.
pub(super) fn check_laws(key: &str, tokens: usize, states: usize, longest: usize) -> Result<(), Invalid> {
    const MOST: usize = 8_000_000;
    if Laws::size(tokens, states, longest) <= MOST {
        return Ok(());
    }
    let message = format!(
        "exact laws would need (V + 1)·S·(T + 1) numbers, more than {MOST}, with V = {tokens} tokens, S = {states} states and \
         T = {longest}: reduce one of them"
    );
    Err(Invalid::new(key, message))
}

impl Check for OneStepWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("tokens", 2, 1_000_000, self.tokens)?;
        check_positive("alpha", self.alpha)?;
        if !(self.allowed > 0.0 && self.allowed <= 1.0) {
            let message = format!("expected a probability above 0 and at most 1, found {}", self.allowed);
            return Err(Invalid::new("allowed", message));
        }
        if let Some(z) = self.evidence {
            check_inner("evidence", z)?;
        }
        check_size("draws", 2, 10_000_000, self.draws)
    }
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("draws", 2, 10_000_000, self.draws)
    }
}

impl Check for MarkovWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("tokens", 2, 2000, self.tokens)?;
        check_size("states", 2, 1000, self.states)?;
        check_size("longest", 1, 1000, self.longest)?;
        check_inner("end", self.end)?;
        check_laws("states", self.tokens, self.states, self.longest)?;
        check_runs(self.draws, self.particles)
    }
}

impl Check for TextWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("vocabulary", 1, 2000, self.vocabulary)?;
        check_positive("smoothing", self.smoothing)?;
        check_size("longest", 1, 200, self.longest)?;
        check_runs(self.draws, self.particles)?;
        match (&self.pattern, &self.words) {
            (None, None) => {
                let message =
                    "expected a constraint: `pattern = \"REGULAR EXPRESSION\"` or `words = \"FILE\"`";
                Err(Invalid::new("pattern", message))
            }
            (Some(_), Some(_)) => Err(Invalid::new("words", "`pattern` is given, too; remove one of them")),
            _ => Ok(()),
        }
    }
}

impl OneStepWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { tokens, alpha, allowed, evidence, draws } = self;
        let source = Source::Step(StepLaw { tokens, alpha, allowed, evidence });
        Ok(Problem { source, draws, particles: None, inputs: Vec::new() })
    }
}

impl MarkovWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { tokens, states, longest, end, draws, particles } = self;
        let source = Source::Markov(MarkovLaw { tokens, states, longest, end });
        Ok(Problem { source, draws, particles, inputs: Vec::new() })
    }
}

impl CsvWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let masses = table.numbers(table.column("probability", &self.probability)?)?;
        let allowed = table.numbers(table.column("allowed", &self.allowed)?)?;
        if let Some(p) = masses.iter().find(|p| !(**p >= 0.0)) {
            return Err(Invalid::new("probability", format!("expected probabilities, found {p}")));
        }
        let sum: f64 = masses.iter().sum();
        if !((sum - 1.0).abs() <= 1e-6) {
            let message = format!(
                "the {} sum to {sum}, not to 1: divide them by their sum",
                if masses.len() == 1 {
                    "one probability".into()
                } else {
                    format!("{} probabilities", masses.len())
                }
            );
            return Err(Invalid::new("probability", message));
        }
        if let Some(other) = allowed.iter().find(|a| ![0.0, 1.0].contains(*a)) {
            let message = format!("expected 1 for allowed tokens and 0 for others, found {other}");
            return Err(Invalid::new("allowed", message));
        }
        let accepted: Vec<bool> = allowed.iter().map(|a| *a == 1.0).collect();
        let kept = accepted.iter().filter(|ok| **ok).count();
        let step = Step::new(masses, accepted)
            .ok_or_else(|| Invalid::new("allowed", "no allowed token has a probability above 0 (Z = 0)"))?;
        let holds = format!("{}, {kept} allowed, Z = {:.6}", count(table.rows(), "token"), step.forms.z);
        let inputs = vec![table.input(holds)];
        Ok(Problem { source: Source::Given(Arc::new(step)), draws: self.draws, particles: None, inputs })
    }
}

impl TextWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let (strings, inputs) = text::load(&self)?;
        let (draws, particles) = (self.draws, self.particles);
        Ok(Problem { source: Source::Text(Arc::new(strings)), draws, particles, inputs })
    }
}
