//! `[problem]` of the sampling family, and the data of a replicate.

mod text;
mod wire;

use std::sync::Arc;

use anyhow::Context;
use rand::Rng;
use rand_distr::{Distribution, Gamma};
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use wire::{CsvWire, MarkovWire, OneStepWire, TextWire};

use crate::automaton::{Automaton, Constraint};
use crate::chain::Chain;
use crate::exact::Forms;
use crate::laws::Laws;
use crate::urn::Urns;

/// Most particles of a run.
pub const MOST_PARTICLES: usize = 100_000;

/// What a law and constraint of one token are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLaw {
    /// Number of tokens `V`.
    pub tokens: usize,
    /// Concentration of the symmetric Dirichlet law of the probabilities.
    pub alpha: f64,
    /// Probability that a token is allowed; one at least is.
    pub allowed: f64,
    /// The mass that the allowed tokens are scaled to, if given.
    pub evidence: Option<f64>,
}

/// What models and automata are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarkovLaw {
    /// Number of tokens `V`.
    pub tokens: usize,
    /// Number of states of the automaton.
    pub states: usize,
    /// Longest string `T`, in tokens.
    pub longest: usize,
    /// Probability of the end at each position.
    pub end: f64,
}

/// Where laws and constraints come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// One token, drawn.
    Step(StepLaw),
    /// One token, of a file.
    Given(Arc<Step>),
    /// Strings of a Markov model under an automaton, both drawn.
    Markov(MarkovLaw),
    /// Strings of a model of a text, under a pattern or list.
    Text(Arc<Strings>),
}

/// A validated problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where laws and constraints come from.
    pub source: Source,
    /// Draws, or runs, of each estimator in a replicate.
    pub draws: usize,
    /// Particles of estimators that name no number.
    pub particles: Option<usize>,
    inputs: Vec<Input>,
}

/// A law of one token with its constraint.
#[derive(Clone, Debug)]
pub struct Step {
    /// The law.
    pub urns: Urns,
    /// Which tokens are accepted.
    pub accepted: Vec<bool>,
    /// What is known of it.
    pub forms: Forms,
}

/// A model of strings with its constraint.
#[derive(Clone, Debug)]
pub struct Strings {
    /// The model.
    pub chain: Chain,
    /// The constraint.
    pub constraint: Constraint,
    /// Their exact laws.
    pub laws: Laws,
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub enum Data {
    /// One token.
    Step(Arc<Step>),
    /// Strings.
    Strings(Arc<Strings>),
}

impl Step {
    /// A law, scaled to mass 1, with its constraint; `None` if no accepted token has mass, so that `Z = 0`.
    #[must_use]
    pub fn new(mut masses: Vec<f64>, accepted: Vec<bool>) -> Option<Self> {
        let sum: f64 = masses.iter().sum();
        masses.iter_mut().for_each(|p| *p /= sum);
        let forms = Forms::of(&masses, &accepted);
        (forms.z > 0.0).then(|| Self { urns: Urns::new(masses.len(), &masses), accepted, forms })
    }
}

impl Strings {
    /// A model with its constraint; `None` if no string of the model meets it, so that `Z = 0`.
    #[must_use]
    pub fn new(chain: Chain, automaton: Automaton) -> Option<Self> {
        let constraint = Constraint::new(automaton, chain.longest);
        let laws = constraint.can_be_met().then(|| Laws::of(&chain, &constraint))??;
        Some(Self { chain, constraint, laws })
    }
}

impl StepLaw {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Step> {
        let mut stream = streams.stream("law");
        let gamma = Gamma::new(self.alpha, 1.0).context("the Dirichlet law")?;
        let mut masses: Vec<f64> = (0..self.tokens).map(|_| gamma.sample(&mut stream)).collect();
        let mut stream = streams.stream("constraint");
        let mut accepted: Vec<bool> = (0..self.tokens).map(|_| stream.gen_bool(self.allowed)).collect();
        let spare = stream.gen_range(0..self.tokens);
        if !accepted.contains(&true) {
            accepted[spare] = true;
        }
        if let Some(z) = self.evidence {
            let of = |ok: bool| -> f64 {
                masses.iter().zip(&accepted).filter(|(_, a)| **a == ok).map(|(p, _)| p).sum()
            };
            let (inside, outside) = (of(true), of(false));
            anyhow::ensure!(inside > 0.0 && outside > 0.0, "all mass is on one side of the constraint");
            for (p, ok) in masses.iter_mut().zip(&accepted) {
                *p *= if *ok { z / inside } else { (1.0 - z) / outside };
            }
        }
        Step::new(masses, accepted).context("no allowed token has mass: Z = 0")
    }
}

impl MarkovLaw {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Strings> {
        let chain = Chain::random(self.tokens, self.end, self.longest, &mut streams.stream("model"));
        let automaton = Automaton::random(self.tokens, self.states, &mut streams.stream("automaton"));
        Strings::new(chain, automaton).context("no string meets the constraint: Z = 0")
    }
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<OneStepWire>("one-step", "one token of a Dirichlet law, each allowed or not"),
            Kind::of::<CsvWire>("csv", "one token of your own law"),
            Kind::of::<MarkovWire>("markov", "strings of a Markov model under an automaton, both drawn"),
            Kind::of::<TextWire>(
                "text",
                "strings of a bigram model of your text, under a pattern or a word list",
            ),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key, also if no string or token meets the constraint.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("one-step") => params::read::<OneStepWire>(table)?.load(),
            Some("csv") => params::read::<CsvWire>(table)?.load(),
            Some("markov") => params::read::<MarkovWire>(table)?.load(),
            Some("text") => params::read::<TextWire>(table)?.load(),
            _ => Err(Invalid::new("kind", "expected \"one-step\", \"csv\", \"markov\" or \"text\"")),
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Draws one replicate, which depends only on `streams`; of the user's own data nothing is drawn.
    ///
    /// # Errors
    /// No token or string meets the constraint that was drawn (`Z = 0`).
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        Ok(match &self.source {
            Source::Step(law) => Data::Step(Arc::new(law.draw(streams)?)),
            Source::Given(step) => Data::Step(Arc::clone(step)),
            Source::Markov(law) => Data::Strings(Arc::new(law.draw(streams)?)),
            Source::Text(strings) => Data::Strings(Arc::clone(strings)),
        })
    }
}
