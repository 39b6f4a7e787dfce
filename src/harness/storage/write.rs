//! Writing a run's files from its journal, in plan order.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_core::family::Outcome;
use remeasure_core::family::{FitRecord, Metric};

use super::{OUTCOMES, RECORDS, TIMINGS};
use crate::columns;
use crate::files::{AtomicFile, remove_leftovers};
use crate::journal::Journal;
use crate::plan::Plan;
use crate::provenance::MANIFEST;
use crate::records::{OutcomeRow, Record, Store};

/// One CSV line of `fields`, quoted where needed, without its line end.
fn csv_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let fields: Vec<&str> = fields.into_iter().collect();
    if fields.is_empty() || writer.write_record(&fields).is_err() {
        return String::new();
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

/// What is written, gathered for analysis: exactly what reading the files back would give.
#[derive(Default)]
struct Gathered {
    /// By the family's metric: its place among those that appeared.
    places: Vec<Option<u16>>,
    metrics: Vec<String>,
    records: Vec<Record>,
    outcomes: Vec<OutcomeRow>,
}

impl Gathered {
    fn metric(&mut self, index: usize, name: &str) -> u16 {
        if self.places.len() <= index {
            self.places.resize(index + 1, None);
        }
        *self.places[index].get_or_insert_with(|| {
            self.metrics.push(name.to_owned());
            self.metrics.len() as u16 - 1
        })
    }
}

/// Turns rows into lines; parts that repeat are formatted once.
struct Lines<'p> {
    plan: &'p Plan<'p>,
    cells: Vec<String>,
    /// The names of a cell's trials, without the replicate.
    names: Vec<String>,
    estimators: Vec<String>,
    metrics: &'static [Metric],
    line: String,
    gathered: Gathered,
}

fn with_comma(fields: String) -> String {
    if fields.is_empty() { fields } else { fields + "," }
}

impl<'p> Lines<'p> {
    fn new(plan: &'p Plan<'p>, metrics: &'static [Metric]) -> Self {
        let cells = plan.cells.iter().map(|cell| {
            let values: Vec<String> = cell.values.iter().map(ToString::to_string).collect();
            with_comma(csv_fields(values.iter().map(String::as_str)))
        });
        Self {
            plan,
            cells: cells.collect(),
            names: plan.trial_names(),
            estimators: plan.estimator_names(),
            metrics,
            line: String::new(),
            gathered: Gathered::default(),
        }
    }

    /// Writes the rows of one trial.
    fn write(
        &mut self,
        files: &mut Files,
        cell: usize,
        replicate: u32,
        rows: Vec<Option<FitRecord>>,
    ) -> Result<()> {
        use std::fmt::Write as _;
        let (line, gathered) = (&mut self.line, &mut self.gathered);
        let trial = &self.names[cell];
        for (position, (row, name)) in rows.into_iter().zip(&self.estimators).enumerate() {
            let skipped = self.plan.skipped(cell, self.plan.wanted[position]);
            let skipped = skipped.map(|reason| FitRecord::without_fit(Outcome::Skipped(reason.to_owned())));
            // What the config skips, or no claim needs, is left out, even if it was run before.
            if !self.plan.is_due(cell, replicate, position) {
                continue;
            }
            let Some(row) = skipped.or(row) else { continue };
            line.clear();
            // Writing into a String cannot fail.
            let _ = write!(line, "{}{replicate},{name},", self.cells[cell]);
            let prefix = line.len();
            for measured in &row.measured {
                line.truncate(prefix);
                if let Some(coordinate) = measured.coordinate {
                    let _ = write!(line, "{coordinate}");
                }
                let metric = self.metrics[measured.metric as usize].name;
                let _ = writeln!(line, ",{metric},{:?},{trial}-{replicate}", measured.value);
                files.records.write_all(line.as_bytes())?;
                let metric = gathered.metric(measured.metric as usize, metric);
                gathered.records.push(Record {
                    cell: cell as u32,
                    estimator: position as u16,
                    metric,
                    coordinate: measured.coordinate,
                    replicate,
                    // The files do not keep the bits of NaN.
                    value: if measured.value.is_nan() { f64::NAN } else { measured.value },
                });
            }
            line.truncate(prefix);
            if let Some(seconds) = row.seconds {
                let _ = writeln!(line, "{seconds:.3e}");
                files.timings.write_all(line.as_bytes())?;
                line.truncate(prefix);
            }
            line.push_str(row.outcome.word());
            line.push(',');
            // Most fits have no message, and only a message needs the quoting of a CSV writer.
            if !row.outcome.message().is_empty() {
                line.push_str(&csv_fields([row.outcome.message().as_ref()]));
            }
            let _ = writeln!(line, ",{trial}-{replicate}");
            files.outcomes.write_all(line.as_bytes())?;
            gathered.outcomes.push(OutcomeRow {
                cell: cell as u32,
                replicate,
                estimator: position as u16,
                outcome: row.outcome,
            });
        }
        Ok(())
    }
}

/// The three files while they are written.
struct Files {
    records: AtomicFile,
    outcomes: AtomicFile,
    timings: AtomicFile,
}

impl Files {
    fn create(folder: &Path, plan: &Plan<'_>) -> Result<Self> {
        remove_leftovers(folder)?;
        let axes = with_comma(csv_fields(plan.resolved.axes.iter().map(|a| a.name.as_str())));
        let open = |name: &str, rest: &[&str]| -> Result<AtomicFile> {
            let mut file = AtomicFile::create(&folder.join(name))?;
            writeln!(file, "{axes}{},{}", columns::FIT.join(","), rest.join(","))?;
            Ok(file)
        };
        Ok(Self {
            records: open(RECORDS, &columns::RECORDS)?,
            outcomes: open(OUTCOMES, &columns::OUTCOMES)?,
            timings: open(TIMINGS, &columns::TIMINGS)?,
        })
    }

    /// Renames all three to their final names. The manifest of an earlier run is removed first, so
    /// that it never lies next to the records of another run.
    fn finish(self, folder: &Path) -> Result<()> {
        match std::fs::remove_file(folder.join(MANIFEST)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(e).context("cannot replace the manifest");
            }
            _ => {}
        }
        self.records.finish()?;
        self.outcomes.finish()?;
        self.timings.finish()
    }
}

/// Writes records, outcomes and timings of all trials that are in the journal, and returns what was
/// written: the same as [`super::load`] reads back.
///
/// # Errors
/// A full disk, or a journal that changed since it was opened.
pub fn write_files(
    folder: &Path,
    plan: &Plan<'_>,
    metrics: &'static [Metric],
    journal: &Journal,
) -> Result<Store> {
    let cannot = || format!("cannot write into {}", folder.display());
    let mut files = Files::create(folder, plan)?;
    let mut lines = Lines::new(plan, metrics);
    let mut rows = journal.rows()?;
    let replicates = plan.resolved.replicates;
    for cell in 0..plan.cells.len() {
        for replicate in 0..replicates {
            let trial = cell * replicates as usize + replicate as usize;
            lines.write(&mut files, cell, replicate, rows.of(trial)?).with_context(cannot)?;
        }
    }
    files.finish(folder)?;
    let Gathered { metrics, outcomes, records, .. } = lines.gathered;
    Ok(plan.store(metrics, outcomes, records))
}
