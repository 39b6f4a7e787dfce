//! Recorded answers of language models, graded against those of annotators.
//!
//! A row is one comparison of a trial: intervention, comparator and outcome. For a binary outcome it has four fields, the
//! events and the size of both arms; for a continuous one six, mean, standard deviation and size of both arms. A field
//! that is not reported is `x`. Several rows belong to one trial, so rows are not independent and trials are what is
//! resampled.

mod corpus;
pub mod effects;
pub mod fields;
mod scores;

use std::fmt::{Display, Formatter, Result as Written};

pub use corpus::{Corpus, Graded, Row};
pub use scores::{Clustered, Comparison, Scores, clustered, compare, score};

use schemars::JsonSchema;
use serde::Deserialize;

/// Which outcomes are extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Events of each arm, 171 rows of 50 trials.
    Binary,
    /// Mean and standard deviation of each arm, 485 rows of 97 trials.
    Continuous,
}

impl Outcome {
    /// Fields of a row.
    #[must_use]
    pub fn fields(self) -> usize {
        match self {
            Self::Binary => 4,
            Self::Continuous => 6,
        }
    }
}

/// How answers are read and effects computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scoring {
    /// As the authors' code does: negative numbers of the models are lost, a number with a thousands separator equals only
    /// the same text, and ½ is added to the events of every table for the log odds ratio.
    #[default]
    Published,
    /// Negative numbers are kept, thousands separators are ignored, and the log odds ratio is the textbook's: ½ is added to
    /// the cells of tables with a zero alone.
    Corrected,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Source {
    /// GPT-4.
    #[serde(rename = "gpt4")]
    Gpt4,
    /// GPT-3.5.
    #[serde(rename = "gpt35")]
    Gpt35,
    /// Mistral 7B.
    #[serde(rename = "mistral7B")]
    Mistral,
    /// Gemma 7B.
    #[serde(rename = "gemma7B")]
    Gemma,
    /// OLMo 7B.
    #[serde(rename = "olmo7B")]
    Olmo,
    /// Alpaca 13B.
    #[serde(rename = "alpaca13B")]
    Alpaca,
    /// BioMistral.
    #[serde(rename = "biomistral")]
    BioMistral,
    /// PMC-LLaMA 13B.
    #[serde(rename = "pmc-llama")]
    PmcLlama,
    /// The yardstick that answers `x` to everything.
    #[serde(rename = "always-unknown")]
    AlwaysUnknown,
}

/// All sources: the eight models, then the yardstick.
pub const SOURCES: [Source; 9] = [
    Source::Gpt4,
    Source::Gpt35,
    Source::Mistral,
    Source::Gemma,
    Source::Olmo,
    Source::Alpaca,
    Source::BioMistral,
    Source::PmcLlama,
    Source::AlwaysUnknown,
];

impl Source {
    /// Its name in the data and in configs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt4 => "gpt4",
            Self::Gpt35 => "gpt35",
            Self::Mistral => "mistral7B",
            Self::Gemma => "gemma7B",
            Self::Olmo => "olmo7B",
            Self::Alpaca => "alpaca13B",
            Self::BioMistral => "biomistral",
            Self::PmcLlama => "pmc-llama",
            Self::AlwaysUnknown => "always-unknown",
        }
    }

    /// Whether the answers to continuous outcomes are on record with their signs.
    #[must_use]
    pub fn has_signs(self) -> bool {
        matches!(self, Self::Gpt4 | Self::Gpt35 | Self::Mistral | Self::AlwaysUnknown)
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str(self.name())
    }
}
