//! From a resolved config to the trials it asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wildmatch::WildMatch;

use super::config::{ConfigError, Resolved, hint};
use super::family::{AnyFamily, Part, Runner};
use super::records::{Axis, AxisValue, Cell};

/// The cells and estimators of a config, and, unless only stored records are read, what runs them.
pub struct Plan<'a> {
    /// The config it was made from.
    pub resolved: Resolved,
    /// The cells to run, in the order of the sweep, first axis slowest.
    pub cells: Vec<Cell>,
    /// Positions of the estimators to run among the config's.
    pub wanted: Vec<usize>,
    runners: Vec<Box<dyn Runner + 'a>>,
}

/// Identity of a cell: a hash of its axis values alone, so that other cells and
/// other axes' values can come and go, and axes can be reordered.
fn cell_id(axes: &[Axis], values: &[AxisValue]) -> u64 {
    let mut parts: Vec<String> =
        axes.iter().zip(values).map(|(axis, value)| format!("{}={value}\n", axis.path)).collect();
    parts.sort_unstable();
    let digest = Sha256::digest(parts.concat().as_bytes());
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// All cells of a sweep; one cell without values when there are no axes.
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

/// `n=100, snr_db=10`, or `(the only cell)` where there is no sweep.
#[must_use]
pub fn cell_label(axes: &[Axis], cell: &Cell) -> String {
    if axes.is_empty() {
        return "(the only cell)".to_owned();
    }
    let parts: Vec<String> =
        axes.iter().zip(&cell.values).map(|(axis, value)| format!("{}={value}", axis.name)).collect();
    parts.join(", ")
}

/// The cells and estimators that `--only` leaves in.
///
/// `KEY=PATTERN` keeps cells, any other pattern keeps estimators; patterns on
/// different keys must all match, patterns on the same key are alternatives.
fn select(
    resolved: &Resolved,
    cells: Vec<Cell>,
    only: &[String],
) -> Result<(Vec<Cell>, Vec<usize>), ConfigError> {
    let patterns: Vec<&str> = only.iter().flat_map(|p| p.split(',')).map(str::trim).collect();
    let fail = |pattern: &str, message: String| ConfigError {
        place: format!("--only {pattern}, {}", resolved.experiment),
        line: None,
        key: String::new(),
        message,
    };
    let mut by_axis: Vec<Vec<WildMatch>> = vec![Vec::new(); resolved.axes.len()];
    let mut by_name: Vec<WildMatch> = Vec::new();
    for pattern in patterns {
        if let Some((key, value)) = pattern.split_once('=') {
            let names = || resolved.axes.iter().map(|a| a.name.as_str());
            let Some(i) = resolved.axes.iter().position(|a| a.name == key || a.path == key) else {
                return Err(fail(pattern, hint::unknown("axis", key, names().collect::<Vec<_>>())));
            };
            let matcher = WildMatch::new(value);
            if !resolved.axes[i].values.iter().any(|v| matcher.matches(&v.to_string())) {
                let values: Vec<String> = resolved.axes[i].values.iter().map(ToString::to_string).collect();
                return Err(fail(pattern, format!("no cell matches; `{key}` takes {}", values.join(", "))));
            }
            by_axis[i].push(matcher);
        } else {
            let matcher = WildMatch::new(pattern);
            if !resolved.estimators.iter().any(|e| matcher.matches(&e.name)) {
                let names: Vec<&str> = resolved.estimators.iter().map(|e| e.name.as_str()).collect();
                return Err(fail(pattern, hint::unknown("estimator", pattern, names)));
            }
            by_name.push(matcher);
        }
    }
    let keep =
        |matchers: &[WildMatch], text: &str| matchers.is_empty() || matchers.iter().any(|m| m.matches(text));
    let cells = cells
        .into_iter()
        .filter(|cell| by_axis.iter().zip(&cell.values).all(|(m, value)| keep(m, &value.to_string())))
        .collect();
    let wanted =
        (0..resolved.estimators.len()).filter(|&i| keep(&by_name, &resolved.estimators[i].name)).collect();
    Ok((cells, wanted))
}

impl<'a> Plan<'a> {
    /// The cells and estimators that `--only` leaves, for reading a stored run: nothing is
    /// validated by the family, and nothing can be run.
    ///
    /// # Errors
    /// A pattern that matches nothing.
    pub fn stored(resolved: Resolved, only: &[String]) -> Result<Self, ConfigError> {
        let (cells, wanted) = select(&resolved, cells(&resolved.axes), only)?;
        Ok(Self { resolved, cells, wanted, runners: Vec::new() })
    }

    /// Validates every cell of `resolved` with its family and applies `--only`.
    ///
    /// # Errors
    /// The first unusable key, or a pattern that matches nothing.
    pub fn new(resolved: Resolved, family: &'a dyn AnyFamily, only: &[String]) -> Result<Self, ConfigError> {
        let mut plan = Self::stored(resolved, only)?;
        let resolved = &plan.resolved;
        plan.runners.reserve(plan.cells.len());
        for cell in &plan.cells {
            let (problem, estimators) = resolved.cell_tables(&cell.values);
            let tables = estimators.iter().map(|e| (e.kind.as_str(), e.parameters.clone())).collect();
            let runner = family.prepare(problem, tables).map_err(|(part, mut invalid)| {
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

    /// Files that the problems read, each once, with the SHA-256 of their contents.
    #[must_use]
    pub fn inputs(&self) -> BTreeMap<String, String> {
        self.runners.iter().flat_map(|r| r.inputs()).collect()
    }

    /// The runner of the cell at `index`.
    ///
    /// # Panics
    /// If the plan was made by [`Plan::stored`].
    #[must_use]
    pub fn runner(&self, index: usize) -> &dyn Runner {
        self.runners[index].as_ref()
    }

    /// Why the estimator at `estimator` in the config is left out of a cell, if it is.
    #[must_use]
    pub fn skipped(&self, _cell: usize, _estimator: usize) -> Option<&str> {
        None
    }

    /// Time that the estimator at `estimator` in the config may take.
    #[must_use]
    pub fn limit(&self, estimator: usize) -> Option<Duration> {
        self.resolved.estimators[estimator].time_limit
    }

    /// What the trials of each cell are called, up to the replicate: a digest of all that their
    /// data depend on. Trial `17` of a cell called `1f3a9c02` is `1f3a9c02-17`.
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

    /// Names of the estimators to run.
    #[must_use]
    pub fn estimator_names(&self) -> Vec<String> {
        self.wanted.iter().map(|&i| self.resolved.estimators[i].name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
