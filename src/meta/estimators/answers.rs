//! Sources of answers.

use anyhow::{Context, bail};
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Shift};
use crate::extraction::effects::effect;
use crate::extraction::{Corpus, Graded, Outcome, Scoring, Source, compare, score};
use crate::pooling::{Weighted, Z};
use crate::problem::{Data, Problem, PseudoDraw, Sample};
use crate::studies::{Effect, Measure};

/// Registers the estimator.
pub(super) const MODEL: Entry = entry!(Model, "model", "the recorded answers of a language model");

/// Registers the estimator.
pub(super) const ALWAYS_UNKNOWN: Entry =
    entry!(AlwaysUnknown, "always-unknown", "the yardstick that answers x to everything");

/// Registers the estimator.
pub(super) const TEXTBOOK: Entry = entry!(
    Textbook,
    "textbook",
    "the annotators' own numbers with the textbook's effects: what the published scoring alone changes"
);

/// Registers the estimator.
pub(super) const NO_EFFECT: Entry = entry!(
    NoEffect,
    "no-effect",
    "the yardstick that reads nothing and reports an odds ratio of 1 (pseudo only)"
);

/// The recorded answers of a language model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Model {
    /// Whose answers.
    model: Source,
    /// Whose answers they are compared with, row by row (`extraction` only).
    against: Option<Source>,
}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AlwaysUnknown {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Textbook {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoEffect {}

impl Check for Model {}
impl Check for AlwaysUnknown {}
impl Check for Textbook {}
impl Check for NoEffect {}

/// Refuses answers whose signs are lost.
fn admit_source(key: &str, source: Source, corpus: &Corpus) -> Result<(), Invalid> {
    if corpus.outcome == Outcome::Continuous && corpus.scoring == Scoring::Corrected && !source.has_signs() {
        let message = format!(
            "the answers of {source} to continuous outcomes are on record without their signs alone: use scoring = \
             \"published\", or leave this estimator out with `where`"
        );
        return Err(Invalid::new(key, message));
    }
    Ok(())
}

/// Pools what a source extracted and compares it with the annotators' estimate.
fn shift(draw: &PseudoDraw, source: Source) -> Shift {
    let answers = draw.corpus.answers(source);
    let effect = |i: &usize| answers[*i].counts?.effect(Measure::OddsRatio);
    let used: Vec<Effect> = draw.rows.iter().filter_map(effect).collect();
    let dropped = Some(draw.rows.len() - used.len());
    if used.is_empty() {
        return Shift { shift: None, flipped: None, reversed: None, dropped };
    }
    let sums = Weighted::new(&used, 0.0);
    Shift { dropped, ..against(draw.reference, (sums.mean, sums.se())) }
}

/// Compares a log odds ratio and its standard error with the annotators'.
fn against(reference: (f64, f64), found: (f64, f64)) -> Shift {
    let significant = |(value, se): (f64, f64)| value.abs() > Z * se;
    Shift {
        shift: Some((found.0 - reference.0).abs()),
        flipped: Some(significant(found) != significant(reference)),
        reversed: Some(found.0 * reference.0 < 0.0),
        dropped: None,
    }
}

impl Estimator for Model {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem {
            Problem::Extraction { corpus, .. } => {
                admit_source("model", self.model, corpus)?;
                self.against.map_or(Ok(()), |source| admit_source("against", source, corpus))
            }
            Problem::Pseudo { .. } if self.model == Source::AlwaysUnknown => Err(Invalid::new(
                "model",
                "always-unknown leaves nothing to pool: use `no-effect` as a yardstick",
            )),
            Problem::Pseudo { .. } if self.against.is_some() => Err(Invalid::new(
                "against",
                "pseudo meta-analyses are compared with the annotators: remove it",
            )),
            Problem::Pseudo { .. } => Ok(()),
            Problem::Pooling { .. } => Err(nothing_extracted()),
        }
    }

    fn fit(&self, data: &Data) -> anyhow::Result<Fit> {
        match data {
            Data::Sample(Sample { corpus, drawn }) => {
                let answers = corpus.answers(self.model);
                let comparison = match self.against {
                    Some(source) => Some(
                        compare(corpus, answers, corpus.answers(source), drawn)
                            .context("no rows were drawn")?,
                    ),
                    None => None,
                };
                Ok(Fit::Scores(score(corpus, answers, drawn), comparison))
            }
            Data::Pseudo(draw) => Ok(Fit::Shift(shift(draw, self.model))),
            Data::Studies(_) => bail!("nothing was extracted"),
        }
    }
}

/// Sources do not pool given studies.
fn nothing_extracted() -> Invalid {
    Invalid::new(
        "kind",
        "these studies are given, not extracted: use a method of pooling, such as \"fixed-effect\"",
    )
}

impl Estimator for AlwaysUnknown {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem {
            Problem::Extraction { .. } => Ok(()),
            Problem::Pseudo { .. } => {
                Err(Invalid::new("kind", "it leaves nothing to pool: use \"no-effect\" as a yardstick"))
            }
            Problem::Pooling { .. } => Err(nothing_extracted()),
        }
    }

    fn fit(&self, data: &Data) -> anyhow::Result<Fit> {
        Model { model: Source::AlwaysUnknown, against: None }.fit(data)
    }
}

impl Estimator for Textbook {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem {
            Problem::Extraction { corpus, .. } if corpus.scoring == Scoring::Published => Ok(()),
            _ => Err(Invalid::new(
                "kind",
                "it shows what the published scoring changes: use it with kind = \"extraction\" and scoring = \
                 \"published\"",
            )),
        }
    }

    fn fit(&self, data: &Data) -> anyhow::Result<Fit> {
        let Data::Sample(Sample { corpus, drawn }) = data else { bail!("nothing was extracted") };
        let right = corpus.rows.iter().map(|row| Graded {
            matched: row.fields.len(),
            unknown: 0,
            effect: effect(&row.fields, corpus.outcome, Scoring::Corrected),
            counts: row.counts,
        });
        Ok(Fit::Scores(score(corpus, &right.collect::<Vec<_>>(), drawn), None))
    }
}

impl Estimator for NoEffect {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem {
            Problem::Pseudo { .. } => Ok(()),
            _ => Err(Invalid::new("kind", "it is a yardstick of pseudo meta-analyses, kind = \"pseudo\"")),
        }
    }

    fn fit(&self, data: &Data) -> anyhow::Result<Fit> {
        match data {
            // Its interval is infinitely wide: it never claims an effect.
            Data::Pseudo(draw) => Ok(Fit::Shift(against(draw.reference, (0.0, f64::INFINITY)))),
            _ => bail!("no pseudo meta-analysis"),
        }
    }
}
