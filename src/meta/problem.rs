//! `[problem]` of the meta family, and the data of a replicate.

mod wire;

use std::sync::Arc;

use anyhow::Context;
use rand::Rng;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use wire::{CsvWire, ExtractionWire, PseudoWire, RemdesivirWire};

use crate::extraction::Corpus;
use crate::pooling::Weighted;
use crate::studies::{Effect, Measure, Studies};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Answers to be graded.
    Extraction {
        /// The answers.
        corpus: Arc<Corpus>,
        /// Whether each replicate draws trials with replacement, as many as there are.
        resample: bool,
    },
    /// Pseudo meta-analyses.
    Pseudo {
        /// The answers for binary outcomes.
        corpus: Arc<Corpus>,
        /// For each trial with at least one row whose odds ratio is known, these rows.
        eligible: Vec<Vec<usize>>,
        /// Trials of one meta-analysis.
        trials: usize,
    },
    /// Studies to be pooled; nothing is drawn.
    Pooling {
        /// The studies.
        studies: Arc<Studies>,
        /// The file that they were read from.
        inputs: Vec<Input>,
    },
}

/// Trials, of which each may be drawn several times.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The answers.
    pub corpus: Arc<Corpus>,
    /// Positions of the trials drawn.
    pub drawn: Vec<usize>,
}

/// Rows of different trials that form a pseudo meta-analysis.
#[derive(Clone, Debug)]
pub struct PseudoDraw {
    /// The answers.
    pub corpus: Arc<Corpus>,
    /// Positions of the rows.
    pub rows: Vec<usize>,
    /// The fixed-effect log odds ratio of the annotators' numbers, and its standard error.
    pub reference: (f64, f64),
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub enum Data {
    /// Of [`Problem::Extraction`].
    Sample(Sample),
    /// Of [`Problem::Pseudo`].
    Pseudo(PseudoDraw),
    /// Of [`Problem::Pooling`].
    Studies(Arc<Studies>),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<ExtractionWire>("extraction", "recorded answers of eight models, graded"),
            Kind::of::<PseudoWire>("pseudo", "meta-analyses of a few trials, pooled from extracted numbers"),
            Kind::of::<RemdesivirWire>("remdesivir", "the case study: mortality at day 28 in four trials"),
            Kind::of::<CsvWire>("csv", "your own studies, to be pooled"),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("extraction") => params::read::<ExtractionWire>(table)?.load(),
            Some("pseudo") => params::read::<PseudoWire>(table)?.load(),
            Some("remdesivir") => params::read::<RemdesivirWire>(table)?.load(),
            Some("csv") => params::read::<CsvWire>(table)?.load(),
            _ => {
                let message = "expected \"extraction\", \"pseudo\", \"remdesivir\" or \"csv\"";
                Err(Invalid::new("kind", message))
            }
        }
    }

    /// Files and data sets that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Extraction { corpus, .. } | Self::Pseudo { corpus, .. } => corpus.inputs(),
            Self::Pooling { inputs, .. } => inputs,
        }
    }

    /// Draws one replicate.
    ///
    /// # Errors
    /// There is nothing to draw from.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        match self {
            Self::Extraction { corpus, resample } => {
                let all = corpus.trials.len();
                let mut stream = streams.stream("trials");
                let drawn = (0..all).map(|t| if *resample { stream.gen_range(0..all) } else { t }).collect();
                Ok(Data::Sample(Sample { corpus: Arc::clone(corpus), drawn }))
            }
            Self::Pseudo { corpus, eligible, trials } => {
                let mut stream = streams.stream("meta-analysis");
                let chosen = rand::seq::index::sample(&mut stream, eligible.len(), *trials);
                let rows: Vec<usize> =
                    chosen.into_iter().map(|t| eligible[t][stream.gen_range(0..eligible[t].len())]).collect();
                let effects: Option<Vec<Effect>> =
                    rows.iter().map(|&i| corpus.rows[i].counts?.effect(Measure::OddsRatio)).collect();
                let sums = Weighted::new(&effects.context("a row has no odds ratio")?, 0.0);
                Ok(Data::Pseudo(PseudoDraw {
                    corpus: Arc::clone(corpus),
                    rows,
                    reference: (sums.mean, sums.se()),
                }))
            }
            Self::Pooling { studies, .. } => Ok(Data::Studies(Arc::clone(studies))),
        }
    }
}
