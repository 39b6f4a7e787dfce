//! The files of a run: written as rows stream in, read back for analysis.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

use super::family::Row;
use super::plan::Plan;
use super::records::{Outcome, OutcomeRow, Record, Store};

/// Long form: one measured number a row.
pub const RECORDS: &str = "records.csv";
/// How each estimator of each trial ended.
pub const OUTCOMES: &str = "outcomes.csv";
/// Fit seconds: apart from the numbers, which are compared bit for bit.
pub const TIMINGS: &str = "timings.csv";

/// How the names of temporary files begin.
const WRITING: &str = ".writing-";

/// Removes what an earlier run that was killed left half-written.
fn remove_leftovers(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(WRITING) {
            std::fs::remove_file(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// A file that appears under its name only when it is complete.
pub struct AtomicFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicFile {
    /// Opens a temporary file beside `path`.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut builder = Builder::new();
        builder.prefix(WRITING);
        // The usual permissions rather than a temporary file's private ones.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file =
            builder.tempfile_in(folder).with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), path: path.to_owned() })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be replaced.
    pub fn finish(self) -> Result<()> {
        let name = || format!("cannot write {}", self.path.display());
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error).with_context(name)?;
        file.persist(&self.path).map_err(|e| e.error).with_context(name)?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes `bytes` under `path`, whole or not at all.
///
/// # Errors
/// A folder that cannot be written or a full disk.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    file.finish()
}

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

/// Rows of some consecutive trials, as the bytes of the three files.
#[derive(Debug, Default)]
pub struct Batch {
    records: Vec<u8>,
    outcomes: Vec<u8>,
    timings: Vec<u8>,
    /// Outcomes other than ok: cell, replicate, estimator (position among the wanted), outcome.
    pub troubles: Vec<(usize, u32, usize, Outcome)>,
    /// Number of trials in it.
    pub trials: usize,
}

/// Turns rows into lines: everything that repeats is made once.
pub struct Lines {
    cells: Vec<String>,
    estimators: Vec<String>,
    metrics: Vec<&'static str>,
    header: String,
}

impl Lines {
    /// The lines of a plan whose family declares `metrics`.
    #[must_use]
    pub fn new(plan: &Plan<'_>, metrics: Vec<&'static str>) -> Self {
        let with_comma = |s: String| if s.is_empty() { s } else { s + "," };
        let cells = plan.cells.iter().map(|cell| {
            let values: Vec<String> = cell.values.iter().map(ToString::to_string).collect();
            with_comma(csv_fields(values.iter().map(String::as_str)))
        });
        Self {
            cells: cells.collect(),
            estimators: plan.estimator_names(),
            metrics,
            header: with_comma(csv_fields(plan.resolved.axes.iter().map(|a| a.name.as_str()))),
        }
    }

    /// Adds one trial to a batch.
    pub fn push(&self, batch: &mut Batch, cell: usize, replicate: u32, rows: Vec<Row>) {
        use std::fmt::Write as _;
        let mut line = String::new();
        for (position, (row, name)) in rows.into_iter().zip(&self.estimators).enumerate() {
            line.clear();
            // Writing into a String cannot fail.
            let _ = write!(line, "{}{replicate},{name},", self.cells[cell]);
            let prefix = line.len();
            for measured in &row.measured {
                line.truncate(prefix);
                if let Some(coordinate) = measured.coordinate {
                    let _ = write!(line, "{coordinate}");
                }
                let _ = writeln!(line, ",{},{:?}", self.metrics[measured.metric as usize], measured.value);
                batch.records.extend_from_slice(line.as_bytes());
            }
            line.truncate(prefix);
            if let Some(seconds) = row.seconds {
                let _ = writeln!(line, "{seconds:.3e}");
                batch.timings.extend_from_slice(line.as_bytes());
                line.truncate(prefix);
            }
            line.push_str(row.outcome.word());
            line.push(',');
            // Most fits end well: only a message needs the quoting of a CSV writer.
            if !row.outcome.message().is_empty() {
                line.push_str(&csv_fields([row.outcome.message().as_ref()]));
            }
            line.push('\n');
            batch.outcomes.extend_from_slice(line.as_bytes());
            if row.outcome != Outcome::Ok {
                batch.troubles.push((cell, replicate, position, row.outcome));
            }
        }
        batch.trials += 1;
    }
}

/// The three files of a run while it goes on.
pub struct RunFiles {
    records: AtomicFile,
    outcomes: AtomicFile,
    timings: AtomicFile,
}

impl RunFiles {
    /// Opens them in `folder`, which must exist.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn create(folder: &Path, lines: &Lines) -> Result<Self> {
        remove_leftovers(folder)?;
        let open = |name: &str, columns: &str| -> Result<AtomicFile> {
            let mut file = AtomicFile::create(&folder.join(name))?;
            writeln!(file, "{}replicate,estimator,{columns}", lines.header)?;
            Ok(file)
        };
        Ok(Self {
            records: open(RECORDS, "coordinate,metric,value")?,
            outcomes: open(OUTCOMES, "outcome,message")?,
            timings: open(TIMINGS, "fit_seconds")?,
        })
    }

    /// Appends a batch.
    ///
    /// # Errors
    /// A full disk.
    pub fn append(&mut self, batch: &Batch) -> Result<()> {
        let write = |file: &mut AtomicFile, bytes: &[u8]| {
            file.write_all(bytes).with_context(|| format!("cannot write {}", file.path.display()))
        };
        write(&mut self.records, &batch.records)?;
        write(&mut self.outcomes, &batch.outcomes)?;
        write(&mut self.timings, &batch.timings)
    }

    /// Gives all three their names. The manifest of an earlier run goes first, so that it can
    /// never stand beside records that are not its own.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self) -> Result<()> {
        if let Some(folder) = self.records.path.parent() {
            match std::fs::remove_file(folder.join(super::provenance::MANIFEST)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(e).context("cannot replace the manifest");
                }
                _ => {}
            }
        }
        self.records.finish()?;
        self.outcomes.finish()?;
        self.timings.finish()
    }
}

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
                    "{}:{}: a cell that the config does not have; run the experiment again",
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

/// Fit seconds of a run by estimator, in the order of the plan; empty where nothing was timed.
///
/// # Errors
/// A file that is missing or malformed.
pub fn load_timings(folder: &Path, plan: &Plan<'_>) -> Result<Vec<Vec<f64>>> {
    let names = plan.estimator_names();
    let mut seconds = vec![Vec::new(); names.len()];
    let path = folder.join(TIMINGS);
    let keys = plan.resolved.axes.len();
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("cannot read {}", path.display()))?;
    for record in reader.records() {
        let record = record?;
        let of = |i: usize| record.get(keys + i).context("a column is missing");
        let name = of(1)?;
        if let Some(index) = names.iter().position(|n| n == name) {
            seconds[index].push(of(2)?.parse()?);
        }
    }
    Ok(seconds)
}

/// Reads a run's records and outcomes back.
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
            .with_context(|| format!("an estimator `{name}` that the config does not have"))?;
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
            .with_context(|| format!("unknown outcome `{word}`, or a message that is not its own"))?;
        outcomes.push(OutcomeRow {
            cell: cell as u32,
            replicate: field(record, 0)?.parse()?,
            estimator: estimator_of(record)?,
            outcome,
        });
        Ok(())
    })?;
    outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    let store = Store {
        axes: plan.resolved.axes.clone(),
        settings: plan.resolved.settings(),
        cells: plan.cells.clone(),
        estimators: estimators.list,
        metrics: metrics.list,
        replicates: plan.resolved.replicates,
        outcomes,
        ..Store::default()
    };
    Ok(store.with_records(records))
}
