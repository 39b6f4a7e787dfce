//! Reading a run's files back.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use remeasure_core::family::Outcome;

use super::{OUTCOMES, RECORDS, TIMINGS};
use crate::plan::Plan;
use crate::records::{OutcomeRow, Record, Store};

/// Names to indices, in order of first appearance.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    index: HashMap<String, usize>,
}

impl Names {
    fn of(list: &[String]) -> Self {
        let index = list.iter().cloned().enumerate().map(|(i, n)| (n, i)).collect();
        Self { list: list.to_vec(), index }
    }

    fn get_or_add(&mut self, name: &str) -> usize {
        if let Some(&i) = self.index.get(name) {
            return i;
        }
        self.list.push(name.to_owned());
        self.index.insert(name.to_owned(), self.list.len() - 1);
        self.list.len() - 1
    }
}

/// Reads a CSV file of a run: calls `row` with the cell's index and the columns after the cell keys.
fn read_rows(
    path: &Path,
    cells: &HashMap<String, usize>,
    keys: usize,
    mut row: impl FnMut(usize, &csv::StringRecord) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 18).from_reader(file);
    let mut record = csv::StringRecord::new();
    let mut last: (String, usize) = (String::from("\u{0}"), 0);
    let mut key = String::new();
    while reader.read_record(&mut record).with_context(|| format!("cannot read {}", path.display()))? {
        let line = || record.position().map_or(0, csv::Position::line);
        key.clear();
        for field in record.iter().take(keys) {
            key.push_str(field);
            key.push('\u{1f}');
        }
        if key != last.0 {
            let Some(&cell) = cells.get(&key) else {
                bail!(
                    "{}:{}: this cell is not in the config; run the experiment again",
                    path.display(),
                    line()
                );
            };
            last = (key.clone(), cell);
        }
        row(last.1, &record).with_context(|| format!("{}:{}", path.display(), line()))?;
    }
    Ok(())
}

/// Reads a run's fit seconds: calls `each` with the columns that name the trial, the estimator and the seconds.
fn each_timing(folder: &Path, mut each: impl FnMut(Vec<&str>, &str, f64)) -> Result<()> {
    let path = folder.join(TIMINGS);
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("cannot read {}", path.display()))?;
    for record in reader.records() {
        let record = record?;
        let mut fields: Vec<&str> = record.iter().collect();
        let (Some(seconds), Some(estimator)) = (fields.pop(), fields.pop()) else {
            bail!("a column is missing")
        };
        each(fields, estimator, seconds.parse()?);
    }
    Ok(())
}

/// Fit seconds of a run by estimator, in the order of the plan; empty if nothing was timed.
///
/// # Errors
/// A file that is missing or malformed.
pub fn load_timings(folder: &Path, plan: &Plan<'_>) -> Result<Vec<Vec<f64>>> {
    let names = plan.estimator_names();
    let mut all = vec![Vec::new(); names.len()];
    each_timing(folder, |_, estimator, seconds| {
        if let Some(index) = names.iter().position(|name| name == estimator) {
            all[index].push(seconds);
        }
    })?;
    Ok(all)
}

/// Mean seconds of fitting per trial of a run; `None` if nothing was timed.
///
/// # Errors
/// A file that is missing or malformed.
pub fn seconds_per_trial(folder: &Path) -> Result<Option<f64>> {
    let (mut trials, mut total) = (HashSet::new(), 0.0);
    each_timing(folder, |trial, _, seconds| {
        trials.insert(trial.join("\u{1f}"));
        total += seconds;
    })?;
    Ok((!trials.is_empty()).then(|| total / trials.len() as f64))
}

/// The names in the header of a run's records, which begin with its axes in the order of its cells.
///
/// # Errors
/// A file that is missing or malformed.
pub fn columns(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join(RECORDS);
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(header.iter().map(str::to_owned).collect())
}

/// Reads back a run's records and outcomes.
///
/// # Errors
/// Files that are missing, malformed, or of another config than `plan`'s.
pub fn load(folder: &Path, plan: &Plan<'_>) -> Result<Store> {
    let keys = plan.resolved.axes.len();
    let cells: HashMap<String, usize> = plan
        .cells
        .iter()
        .enumerate()
        .map(|(i, c)| (c.values.iter().map(|v| format!("{v}\u{1f}")).collect(), i))
        .collect();
    let estimators = Names::of(&plan.estimator_names());
    let mut metrics = Names::default();
    let field = |record: &csv::StringRecord, i: usize| -> Result<String> {
        Ok(record.get(keys + i).context("a column is missing")?.to_owned())
    };
    let estimator_of = |record: &csv::StringRecord| -> Result<u16> {
        let name = record.get(keys + 1).context("a column is missing")?;
        let index = estimators
            .index
            .get(name)
            .with_context(|| format!("the estimator `{name}` is not in the config"))?;
        Ok(*index as u16)
    };
    let mut records = Vec::new();
    read_rows(&folder.join(RECORDS), &cells, keys, |cell, record| {
        let coordinate = record.get(keys + 2).filter(|c| !c.is_empty()).map(str::parse).transpose()?;
        records.push(Record {
            cell: cell as u32,
            estimator: estimator_of(record)?,
            metric: metrics.get_or_add(record.get(keys + 3).context("a column is missing")?) as u16,
            coordinate,
            replicate: record.get(keys).context("a column is missing")?.parse()?,
            value: record.get(keys + 4).context("a column is missing")?.parse()?,
        });
        Ok(())
    })?;
    let mut outcomes = Vec::new();
    read_rows(&folder.join(OUTCOMES), &cells, keys, |cell, record| {
        let message = field(record, 3)?;
        let word = field(record, 2)?;
        let outcome = Outcome::from_words(&word, message)
            .with_context(|| format!("unknown outcome `{word}`, or a message that does not belong to it"))?;
        outcomes.push(OutcomeRow {
            cell: cell as u32,
            replicate: field(record, 0)?.parse()?,
            estimator: estimator_of(record)?,
            outcome,
        });
        Ok(())
    })?;
    outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    Ok(plan.store(metrics.list, outcomes, records))
}
