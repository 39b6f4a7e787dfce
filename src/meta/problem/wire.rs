//! The keys of `[problem]`, and their conditions.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::format::count;
use remeasure_core::params::Check;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Problem;
use crate::extraction::{Corpus, Outcome, Scoring};
use crate::studies::{Counts, Effect, Known, Measure, Studies};

/// The studies of the case study, of three sources.
const CASE_STUDY: &str = include_str!("../data/case_study.csv");

/// Largest size of an effect, and bounds of its standard error: beyond, sums of powers of weights leave the range of
/// numbers.
const LARGEST: f64 = 1e45;
const SMALLEST: f64 = 1e-45;

/// Recorded answers of eight language models to 171 binary or 485 continuous comparisons, graded against annotators.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtractionWire {
    /// Which outcomes.
    outcome: Outcome,
    /// How answers are read and effects computed.
    #[serde(default)]
    scoring: Scoring,
    /// Whether each replicate draws trials with replacement, as many as there are (a cluster bootstrap). Without, the
    /// answers are graded as they are and nothing is drawn.
    #[serde(default)]
    resample: bool,
}

/// Pseudo meta-analyses: each replicate draws different trials and one binary comparison of each, pools the annotators'
/// numbers and a model's by fixed effect, and compares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PseudoWire {
    /// Trials of one meta-analysis, at least 1; there are 39 to draw from.
    #[serde(default = "four")]
    trials: usize,
}

/// The numbers that are pooled in the case study.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
enum CaseSource {
    /// Of the Cochrane review.
    #[serde(rename = "cochrane")]
    Cochrane,
    /// As GPT-4 extracted them.
    #[serde(rename = "gpt4")]
    Gpt4,
    /// As Mistral 7B extracted them.
    #[serde(rename = "mistral7B")]
    Mistral,
}

/// The case study: remdesivir and mortality at day 28 in four trials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemdesivirWire {
    /// Whose numbers are pooled.
    source: CaseSource,
    /// The scale of the effects.
    #[serde(default)]
    measure: Measure,
}

/// Your own studies: columns `events_1`, `n_1`, `events_2`, `n_2`, or `effect` and `se`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// The file: one study on each line.
    data: PathBuf,
    /// The scale of the effects (studies with events only). Default: `"odds-ratio"`.
    measure: Option<Measure>,
    /// Column with the names of the studies. Default: they are numbered.
    study: Option<ColumnName>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

fn four() -> usize {
    4
}

impl Check for ExtractionWire {}
impl Check for RemdesivirWire {}
impl Check for CsvWire {}

impl Check for PseudoWire {
    fn check(&self) -> Result<(), Invalid> {
        if self.trials == 0 {
            return Err(Invalid::new("trials", "expected at least 1 trial, found 0"));
        }
        Ok(())
    }
}

/// The bundled corpus.
fn corpus(outcome: Outcome, scoring: Scoring) -> Result<Arc<Corpus>, Invalid> {
    Corpus::shared(outcome, scoring).map_err(|e| Invalid::new("kind", format!("{e:#}")))
}

impl ExtractionWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        Ok(Problem::Extraction { corpus: corpus(self.outcome, self.scoring)?, resample: self.resample })
    }
}

impl PseudoWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let corpus = corpus(Outcome::Binary, Scoring::Corrected)?;
        let known = |i: &usize| corpus.rows[*i].counts.is_some_and(|c| !c.is_double_zero());
        let eligible: Vec<Vec<usize>> = corpus
            .trials
            .iter()
            .map(|rows| rows.iter().copied().filter(|i| known(i)).collect::<Vec<_>>())
            .filter(|rows| !rows.is_empty())
            .collect();
        if self.trials > eligible.len() {
            let message = format!("expected at most {} trials, found {}", eligible.len(), self.trials);
            return Err(Invalid::new("trials", message));
        }
        Ok(Problem::Pseudo { corpus, eligible, trials: self.trials })
    }
}

impl RemdesivirWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let set = match self.source {
            CaseSource::Cochrane => "cochrane",
            CaseSource::Gpt4 => "gpt4",
            CaseSource::Mistral => "mistral7B",
        };
        let table = Table::from_bytes("source", "case_study.csv", CASE_STUDY.as_bytes(), Layout::default())?;
        let place = table.column("source", "set")?;
        let rows: Vec<usize> = (0..table.rows()).filter(|&i| table.cell(i, place) == set).collect();
        let columns = ["ai", "n1i", "ci", "n2i"];
        let tables = counts(&table, "source", columns, &rows)?;
        let study = table.column("source", "study")?;
        let names: Vec<String> = rows.iter().map(|&i| table.cell(i, study).into_owned()).collect();
        let inputs = vec![table.input(format!("{} as of {set}", count(names.len(), "study")))];
        Ok(Problem::Pooling {
            studies: Arc::new(Studies { names, known: Known::Counts(tables, self.measure) }),
            inputs,
        })
    }
}

/// Tables of events and sizes from four columns, in the order events, size, events, size.
fn counts(table: &Table, key: &str, columns: [&str; 4], rows: &[usize]) -> Result<Vec<Counts>, Invalid> {
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(columns) {
        *place = table.column(key, name)?;
    }
    let mut numbers = Vec::with_capacity(4);
    for &j in &places {
        numbers.push(table.numbers(j)?);
    }
    let mut tables = Vec::with_capacity(rows.len());
    for &row in rows {
        let [a, n1, c, n2] = [0, 1, 2, 3].map(|j| numbers[j][row]);
        for (j, value) in [a, n1, c, n2].into_iter().enumerate() {
            let size = j % 2 == 1;
            let whole = value.fract() == 0.0 && (0.0..=1e15).contains(&value);
            if !whole || (size && value < 1.0) {
                let what = if size {
                    "the participants of an arm, a whole number of at least 1 (leave out a study with an empty arm)"
                } else {
                    "the events of an arm, a whole number of at least 0"
                };
                return Err(table.cell_error(row, places[j], what));
            }
        }
        for (arm, events, size) in [(0, a, n1), (1, c, n2)] {
            if events > size {
                let what = format!("at most as many events as `{}`, {size}", columns[2 * arm + 1]);
                return Err(table.cell_error(row, places[2 * arm], &what));
            }
        }
        tables.extend(Counts::new([a, c], [n1, n2]));
    }
    Ok(tables)
}

impl CsvWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let layout = Layout { header: None, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let rows: Vec<usize> = (0..table.rows()).collect();
        let has = |name: &str| table.header().iter().any(|h| h.trim() == name);
        let known = match (has("events_1"), has("effect")) {
            (true, false) => {
                let tables = counts(&table, "data", ["events_1", "n_1", "events_2", "n_2"], &rows)?;
                Known::Counts(tables, self.measure.unwrap_or_default())
            }
            (false, true) => {
                if self.measure.is_some() {
                    let message =
                        "only studies with events have a measure: effects are pooled as they are; remove it";
                    return Err(Invalid::new("measure", message));
                }
                Known::Effects(effects(&table)?)
            }
            _ => {
                let message = format!(
                    "{}: expected the columns events_1, n_1, events_2 and n_2, or effect and se; the columns are {}",
                    self.data.display(),
                    remeasure_core::table::listed(table.header())
                );
                return Err(Invalid::new("data", message));
            }
        };
        let names = match &self.study {
            Some(name) => {
                let place = table.column("study", name)?;
                table.cells(place).map(|cell| cell.into_owned()).collect()
            }
            None => rows.iter().map(|i| (i + 1).to_string()).collect(),
        };
        let what = if matches!(known, Known::Effects(_)) { "effects" } else { "events" };
        let inputs = vec![table.input(format!("{what} of {}", count(rows.len(), "study")))];
        Ok(Problem::Pooling { studies: Arc::new(Studies { names, known }), inputs })
    }
}

/// Effects and their variances from the columns `effect` and `se`.
fn effects(table: &Table) -> Result<Vec<Effect>, Invalid> {
    let (value, se) = (table.column("data", "effect")?, table.column("data", "se")?);
    let (values, errors) = (table.numbers(value)?, table.numbers(se)?);
    let mut effects = Vec::with_capacity(values.len());
    for (row, (&y, &s)) in values.iter().zip(&errors).enumerate() {
        if y.abs() > LARGEST {
            return Err(table.cell_error(row, value, "an effect of a size up to 1e45"));
        }
        if !(SMALLEST..=LARGEST).contains(&s) {
            let what = "a standard error above 0 (between 1e-45 and 1e45)";
            return Err(table.cell_error(row, se, what));
        }
        effects.push(Effect { value: y, variance: s * s });
    }
    Ok(effects)
}
