//! The recorded answers, which are part of the program.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, ensure};
use remeasure_core::digest::sha256;
use remeasure_core::family::Input;

use super::fields::{agree, is_unknown};
use super::{Outcome, SOURCES, Scoring, Source, effects};
use crate::studies::Counts;

const BINARY: [&str; 2] =
    [include_str!("../data/binary_reference.csv"), include_str!("../data/binary_outputs.csv")];
const CONTINUOUS: [&str; 2] =
    [include_str!("../data/continuous_reference.csv"), include_str!("../data/continuous_outputs.csv")];
/// Rows of three models as a parser reads them that accepts negative numbers.
const SIGNED: &str = include_str!("../data/continuous_outputs_signed.csv");

/// One comparison of a trial, as the annotators extracted it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Identity of the row.
    pub id: u32,
    /// The fields.
    pub fields: Vec<String>,
    /// The effect, if it can be computed.
    pub effect: Option<f64>,
    /// The table, for a binary outcome with sound counts.
    pub counts: Option<Counts>,
}

impl Row {
    /// Whether the annotators found all fields.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.fields.iter().any(|f| is_unknown(f))
    }
}

/// One answer compared with the annotators'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Graded {
    /// Fields that agree.
    pub matched: usize,
    /// Fields answered as unknown that the annotators found.
    pub unknown: usize,
    /// The effect, if it can be computed; it need not be finite.
    pub effect: Option<f64>,
    /// The table, for a binary outcome with sound counts.
    pub counts: Option<Counts>,
}

/// Rows, the trials that they belong to, and graded answers.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Which outcomes.
    pub outcome: Outcome,
    /// How answers are read.
    pub scoring: Scoring,
    /// The rows.
    pub rows: Vec<Row>,
    /// The rows of each trial, by their position.
    pub trials: Vec<Vec<usize>>,
    /// Answers of each of [`SOURCES`], in the order of the rows.
    graded: Vec<Vec<Graded>>,
    /// The data, for the provenance of a run.
    inputs: Vec<Input>,
}

/// The cells of a CSV text, without its header.
fn cells(text: &str) -> anyhow::Result<Vec<Vec<String>>> {
    csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|record| Ok(record?.iter().map(|cell| cell.trim().to_owned()).collect()))
        .collect()
}

impl Corpus {
    /// The corpus, read once for each process.
    ///
    /// # Errors
    /// The bundled data are corrupt.
    pub fn shared(outcome: Outcome, scoring: Scoring) -> anyhow::Result<Arc<Self>> {
        static ALL: [OnceLock<Result<Arc<Corpus>, String>>; 4] = [const { OnceLock::new() }; 4];
        let place =
            2 * usize::from(outcome == Outcome::Continuous) + usize::from(scoring == Scoring::Corrected);
        let read = || Self::bundled(outcome, scoring).map(Arc::new).map_err(|e| format!("{e:#}"));
        ALL[place].get_or_init(read).clone().map_err(anyhow::Error::msg)
    }

    fn bundled(outcome: Outcome, scoring: Scoring) -> anyhow::Result<Self> {
        let (name, [reference, outputs]) = match outcome {
            Outcome::Binary => ("binary", BINARY),
            Outcome::Continuous => ("continuous", CONTINUOUS),
        };
        let signed = outcome == Outcome::Continuous && scoring == Scoring::Corrected;
        let k = outcome.fields();
        let mut rows = Vec::new();
        let mut trials: Vec<(String, Vec<usize>)> = Vec::new();
        for mut record in cells(reference)? {
            ensure!(record.len() == k + 3, "a row of {name}_reference.csv has {} cells", record.len());
            record.truncate(k + 2);
            let fields = record.split_off(2);
            match trials.iter_mut().find(|(trial, _)| *trial == record[1]) {
                Some((_, members)) => members.push(rows.len()),
                None => trials.push((record[1].clone(), vec![rows.len()])),
            }
            let effect = effects::effect(&fields, outcome, scoring).filter(|v| v.is_finite());
            let counts = effects::counts(&fields);
            rows.push(Row { id: record[0].parse()?, fields, effect, counts });
        }
        let mut answers: HashMap<(String, u32), Vec<String>> = HashMap::new();
        for text in [Some(outputs), signed.then_some(SIGNED)].into_iter().flatten() {
            for mut record in cells(text)? {
                ensure!(record.len() == k + 2, "a row of answers has {} cells", record.len());
                let fields = record.split_off(2);
                answers.insert((record[0].clone(), record[1].parse()?), fields);
            }
        }
        let mut corpus = Self {
            outcome,
            scoring,
            rows,
            trials: trials.into_iter().map(|(_, members)| members).collect(),
            graded: Vec::new(),
            inputs: Vec::new(),
        };
        let all_unknown = vec!["x".to_owned(); k];
        for source in SOURCES {
            let answer = |row: &Row| -> anyhow::Result<Graded> {
                let fields = match source {
                    Source::AlwaysUnknown => &all_unknown,
                    _ => answers
                        .get(&(source.name().to_owned(), row.id))
                        .with_context(|| format!("no answer of {source} to row {}", row.id))?,
                };
                Ok(corpus.grade(row, fields))
            };
            let graded = corpus.rows.iter().map(answer).collect::<anyhow::Result<_>>()?;
            corpus.graded.push(graded);
        }
        let input = |file: String, text: &str, holds: String| Input {
            name: file,
            digest: sha256(text.as_bytes()),
            holds,
        };
        corpus.inputs = vec![
            input(
                format!("{name}_reference.csv"),
                reference,
                format!("{} rows of {} trials", corpus.rows.len(), corpus.trials.len()),
            ),
            input(format!("{name}_outputs.csv"), outputs, "answers of eight models".to_owned()),
        ];
        if signed {
            let holds = "answers of three models with their signs".to_owned();
            corpus.inputs.push(input("continuous_outputs_signed.csv".to_owned(), SIGNED, holds));
        }
        Ok(corpus)
    }

    /// Grades an answer to a row.
    #[must_use]
    pub fn grade<S: AsRef<str>>(&self, row: &Row, answer: &[S]) -> Graded {
        let pairs = || answer.iter().map(AsRef::as_ref).zip(row.fields.iter().map(String::as_str));
        Graded {
            matched: pairs().filter(|(a, r)| agree(a, r, self.scoring)).count(),
            unknown: pairs().filter(|(a, r)| is_unknown(a) && !self.knows_as_little(a, r)).count(),
            effect: effects::effect(answer, self.outcome, self.scoring),
            counts: effects::counts(answer),
        }
    }

    /// Whether the annotators found nothing either. The published scoring tells `unknown` from `x`.
    fn knows_as_little(&self, answer: &str, reference: &str) -> bool {
        match self.scoring {
            Scoring::Published => answer == reference,
            Scoring::Corrected => is_unknown(reference),
        }
    }

    /// The graded answers of a source, in the order of the rows.
    #[must_use]
    pub fn answers(&self, source: Source) -> &[Graded] {
        SOURCES.iter().position(|s| *s == source).map_or(&[], |i| &self.graded[i])
    }

    /// The data that the corpus was read from.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }
}
