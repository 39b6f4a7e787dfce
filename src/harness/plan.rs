//! Expands a resolved config into its trials.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use remeasure_core::family::{AnyFamily, Input, Metric, Part, Runner};
use remeasure_core::{hint, table};
use wildmatch::WildMatch;

use super::config::identity::digest;
use super::config::{ConfigError, EstimatorSpec, Resolved};
use super::patterns::{self, CellPatterns};
pub use super::records::cell_label;
use super::records::{Axis, AxisValue, Cell, OutcomeRow, Record, Store};

/// The cells and estimators of a config; and their runners, unless only stored records are read.
pub struct Plan<'a> {
    /// The config it was made from.
    pub resolved: Resolved,
    /// The cells to run, in the order of the sweep, first axis slowest.
    pub cells: Vec<Cell>,
    /// Indices of the estimators to run in the config's list.
    pub wanted: Vec<usize>,
    /// By cell: the estimators that their `where` excludes there, ascending.
    left_out: Vec<Vec<usize>>,
    /// By estimator: why it is excluded in some cells.
    reasons: Vec<String>,
    /// By cell and position in `wanted`: replicates, where these are fewer than the config's.
    fewer: BTreeMap<(u32, u16), u32>,
    runners: Vec<Box<dyn Runner + 'a>>,
}

/// Identity of a cell: a hash of its axis values only. So other cells and values can be added or removed,
/// and axes reordered.
fn cell_id(axes: &[Axis], values: &[AxisValue]) -> u64 {
    let mut parts: Vec<String> =
        axes.iter().zip(values).map(|(axis, value)| format!("{}={}", axis.path, value.identity())).collect();
    parts.sort_unstable();
    digest(parts.iter().map(String::as_str))
}

/// All cells of a sweep; a single cell without values if there are no axes.
#[must_use]
pub fn cells(axes: &[Axis]) -> Vec<Cell> {
    let mut points: Vec<Vec<AxisValue>> = vec![Vec::new()];
    for axis in axes {
        points = points
            .into_iter()
            .flat_map(|point| {
                axis.values.iter().map(move |value| {
                    let mut point = point.clone();
                    point.push(value.clone());
                    point
                })
            })
            .collect();
    }
    points.into_iter().map(|values| Cell { id: cell_id(axes, &values), values }).collect()
}

/// The cells and estimators that `--only` selects.
///
/// `KEY=PATTERN` selects cells, any other pattern selects estimators. Patterns on the same key are
/// alternatives; patterns on different keys must all match.
fn select(
    resolved: &Resolved,
    cells: Vec<Cell>,
    only: &[String],
) -> Result<(Vec<Cell>, Vec<usize>), ConfigError> {
    let fail = |pattern: &str, message: String| ConfigError {
        place: format!("--only {pattern}, {}", resolved.experiment),
        line: None,
        key: String::new(),
        message,
    };
    let mut by_axis = CellPatterns::new(&resolved.axes);
    let mut by_name: Vec<WildMatch> = Vec::new();
    for pattern in patterns::split(only) {
        if let Some((key, value)) = pattern.split_once('=') {
            by_axis.add(key, value).map_err(|message| fail(pattern, message))?;
        } else {
            let matcher = WildMatch::new(pattern);
            if !resolved.estimators.iter().any(|e| matcher.matches(&e.name)) {
                let names: Vec<&str> = resolved.estimators.iter().map(|e| e.name.as_str()).collect();
                return Err(fail(pattern, hint::unknown("estimator", pattern, names)));
            }
            by_name.push(matcher);
        }
    }
    let cells = cells.into_iter().filter(|cell| by_axis.matches(&cell.values)).collect();
    let named = |&i: &usize| patterns::keeps(&by_name, &resolved.estimators[i].name);
    let wanted = (0..resolved.estimators.len()).filter(named).collect();
    Ok((cells, wanted))
}

/// For each cell, the indices of the estimators that their `where` excludes there.
fn left_out(resolved: &Resolved, cells: &[Cell]) -> Result<Vec<Vec<usize>>, ConfigError> {
    let mut left_out = vec![Vec::new(); cells.len()];
    for (i, estimator) in resolved.estimators.iter().enumerate() {
        let mut confined = CellPatterns::new(&resolved.axes);
        for pattern in patterns::split(&estimator.confined) {
            let added = match pattern.split_once('=') {
                Some((key, value)) => confined.add(key, value),
                None => Err(format!("expected AXIS=PATTERN, such as {}", example(&resolved.axes))),
            };
            added.map_err(|message| {
                let path = format!("estimator[{}].where", estimator.index);
                resolved.error(&path, &format!("`{pattern}`: {message}"))
            })?;
        }
        for (cell, out) in cells.iter().zip(&mut left_out) {
            if !confined.matches(&cell.values) {
                out.push(i);
            }
        }
    }
    Ok(left_out)
}

/// The replicates of estimators in cells that have fewer than others.
fn fewer(resolved: &Resolved, cells: &[Cell], wanted: &[usize]) -> BTreeMap<(u32, u16), u32> {
    let mut found = BTreeMap::new();
    for (position, &index) in wanted.iter().enumerate() {
        let Some(by_cell) = resolved.fewer.get(&resolved.estimators[index].name) else { continue };
        for (i, cell) in cells.iter().enumerate() {
            if let Some(n) = by_cell.get(&cell_label(&resolved.axes, cell)) {
                found.insert((i as u32, position as u16), *n);
            }
        }
    }
    found
}

/// An example of a valid pattern.
fn example(axes: &[Axis]) -> String {
    let first = axes.first().and_then(|a| Some(format!("`{}={}`", a.name, a.values.first()?)));
    first.unwrap_or_else(|| "`n=100`".to_owned())
}

impl<'a> Plan<'a> {
    /// The cells and estimators that `--only` selects, for reading a stored run. The family does not
    /// validate them, and nothing can be run.
    ///
    /// # Errors
    /// If a pattern matches nothing.
    pub fn stored(resolved: Resolved, only: &[String]) -> Result<Self, ConfigError> {
        let (cells, wanted) = select(&resolved, cells(&resolved.axes), only)?;
        let left_out = left_out(&resolved, &cells)?;
        let reason = |e: &EstimatorSpec| format!("only where {}", e.confined.join(", "));
        let reasons = resolved.estimators.iter().map(reason).collect();
        let fewer = fewer(&resolved, &cells, &wanted);
        Ok(Self { resolved, cells, wanted, left_out, reasons, fewer, runners: Vec::new() })
    }

    /// Validates every cell of `resolved` with its family and applies `--only`.
    ///
    /// # Errors
    /// On the first invalid key, or if a pattern matches nothing.
    pub fn new(resolved: Resolved, family: &'a dyn AnyFamily, only: &[String]) -> Result<Self, ConfigError> {
        let mut plan = Self::stored(resolved, only)?;
        let resolved = &plan.resolved;
        plan.runners.reserve(plan.cells.len());
        for (cell, left_out) in plan.cells.iter().zip(&plan.left_out) {
            let (problem, estimators) = resolved.cell_tables(&cell.values);
            let tables = estimators.iter().map(|e| (e.kind.as_str(), e.parameters.clone())).collect();
            let folder = resolved.file.parent().unwrap_or(Path::new(""));
            let prepared = table::within(folder, || family.prepare(problem, tables, left_out));
            let runner = prepared.map_err(|(part, mut invalid)| {
                if !resolved.axes.is_empty() {
                    invalid.message.push_str(&format!(" (in the cell {})", cell_label(&resolved.axes, cell)));
                }
                match part {
                    Part::Problem => resolved.locate("problem", &invalid),
                    Part::Estimator(i) => {
                        let index = resolved.estimators[i].index;
                        resolved.locate(&format!("estimator[{index}]"), &invalid)
                    }
                }
            })?;
            plan.runners.push(runner);
        }
        Ok(plan)
    }

    /// Files that the problems read, with the SHA-256 of their contents.
    #[must_use]
    pub fn inputs(&self) -> BTreeMap<String, String> {
        self.inputs_taken().into_iter().map(|input| (input.name, input.digest)).collect()
    }

    /// The same, with what was taken from each; each once.
    #[must_use]
    pub fn inputs_taken(&self) -> Vec<Input> {
        let mut all: Vec<Input> = Vec::new();
        for input in self.runners.iter().flat_map(|r| r.inputs()) {
            if !all.contains(&input) {
                all.push(input);
            }
        }
        all
    }

    /// Metrics that are never recorded in any of its cells, whatever the estimator.
    #[must_use]
    pub fn never(&self) -> Vec<Metric> {
        let mut cells = self.runners.iter().map(|r| r.never());
        let first = cells.next().unwrap_or_default();
        cells.fold(first, |kept, other| kept.into_iter().filter(|m| other.contains(m)).collect())
    }

    /// The runner of the cell at `index`.
    ///
    /// # Panics
    /// If the plan was made by [`Plan::stored`].
    #[must_use]
    pub fn runner(&self, index: usize) -> &dyn Runner {
        self.runners[index].as_ref()
    }

    /// Why the estimator at index `estimator` of the config is skipped in the cell at index `cell`; `None`
    /// if it runs there.
    ///
    /// # Panics
    /// If there is no such cell.
    #[must_use]
    pub fn skipped(&self, cell: usize, estimator: usize) -> Option<&str> {
        self.left_out[cell].contains(&estimator).then(|| self.reasons[estimator].as_str())
    }

    /// Whether a replicate of a cell is to be run for the estimator at `position` in `wanted`, unless it is skipped
    /// there: if no undecided claim needs more, there may be fewer replicates than elsewhere.
    #[must_use]
    pub fn is_due(&self, cell: usize, replicate: u32, position: usize) -> bool {
        self.fewer.get(&(cell as u32, position as u16)).is_none_or(|n| replicate < *n)
    }

    /// Time limit of a fit of the estimator at index `estimator` of the config.
    #[must_use]
    pub fn limit(&self, estimator: usize) -> Option<Duration> {
        self.resolved.estimators[estimator].time_limit
    }

    /// First part of the ids of each cell's trials: a digest of everything that their data depend on.
    /// Replicate 17 of cell `1f3a9c02` has the id `1f3a9c02-17`.
    #[must_use]
    pub fn trial_names(&self) -> Vec<String> {
        let data = self.resolved.data_identity();
        self.cells.iter().map(|c| format!("{:08x}", (data ^ c.id.rotate_left(17)) >> 32)).collect()
    }

    /// Number of trials.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.cells.len() * self.resolved.replicates as usize
    }

    /// A store of its measurements: records in any order, outcomes by cell, replicate and estimator.
    pub(super) fn store(
        &self,
        metrics: Vec<String>,
        outcomes: Vec<OutcomeRow>,
        records: Vec<Record>,
    ) -> Store {
        let store = Store {
            axes: self.resolved.axes.clone(),
            settings: self.resolved.settings(),
            cells: self.cells.clone(),
            estimators: self.estimator_names(),
            metrics,
            replicates: self.resolved.replicates,
            fewer: self.fewer.clone(),
            outcomes,
            ..Store::default()
        };
        store.with_records(records)
    }

    /// Names of the estimators to run.
    #[must_use]
    pub fn estimator_names(&self) -> Vec<String> {
        self.wanted.iter().map(|&i| self.resolved.estimators[i].name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Document, Overrides};

    /// The plan of a config whose second estimator has this `where`.
    fn plan(confined: &str, only: &[&str]) -> Result<Plan<'static>, ConfigError> {
        let text = format!(
            "experiment = \"x\"\ntitle = \"x\"\nfamily = \"none\"\nseed = 3\n[problem]\n[sweep]\n\
             problem.n = [20, 100]\nproblem.snr_db = [-5, 10, 15]\n[[estimator]]\nkind = \"a\"\n\
             [[estimator]]\nkind = \"b\"\nwhere = {confined}\nk = 3\n[profile.quick]\nreplicates = 2\n"
        );
        let document = Document::parse("x.toml", &text).unwrap();
        let only: Vec<String> = only.iter().map(|o| (*o).to_owned()).collect();
        Plan::stored(document.resolve("quick", &Overrides::default())?, &only)
    }

    #[test]
    fn patterns_on_different_keys_must_all_match_and_those_on_one_are_alternatives() {
        let skipped = |plan: &Plan<'_>| -> Vec<bool> {
            assert!((0..plan.cells.len()).all(|c| plan.skipped(c, 0).is_none()));
            (0..plan.cells.len()).map(|c| plan.skipped(c, 1).is_some()).collect()
        };
        let one = plan("[\"n=100\", \"snr_db=1*\"]", &[]).unwrap();
        assert_eq!(skipped(&one), [true, true, true, true, false, false]);
        assert_eq!(one.skipped(0, 1), Some("only where n=100, snr_db=1*"));
        assert!(!one.resolved.estimators[1].parameters.contains_key("where"));
        assert_eq!(one.resolved.estimators[1].parameters.len(), 1);
        let same = plan("\"problem.n=100,snr_db=1*\"", &[]).unwrap();
        assert_eq!(skipped(&same), skipped(&one));
        let either = plan("[\"snr_db=10\", \"snr_db=-5\"]", &[]).unwrap();
        assert_eq!(skipped(&either), [false, false, true, false, false, true]);
        // Indexed by cell of the plan, not of the unfiltered sweep.
        let filtered = plan("\"n=100\"", &["snr_db=10"]).unwrap();
        assert_eq!(skipped(&filtered), [true, false]);
    }

    fn axis(name: &str, values: &[AxisValue]) -> Axis {
        Axis {
            path: format!("problem.{name}"),
            name: name.into(),
            label: name.into(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn a_cell_keeps_its_identity_when_its_neighbours_change() {
        let one = cells(&[axis("n", &[AxisValue::Integer(50)]), axis("snr", &[AxisValue::Float(1.0)])]);
        let many = cells(&[
            axis("snr", &[AxisValue::Float(0.5), AxisValue::Integer(1)]),
            axis("n", &[AxisValue::Integer(20), AxisValue::Integer(50)]),
        ]);
        assert_eq!(many.len(), 4);
        let same = many.iter().filter(|c| c.id == one[0].id).collect::<Vec<_>>();
        assert_eq!(same.len(), 1);
        assert_eq!(same[0].values, [AxisValue::Integer(1), AxisValue::Integer(50)]);
    }
}
