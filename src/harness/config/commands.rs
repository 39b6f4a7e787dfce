//! Programs that a config would start.

use std::path::Path;

use remeasure_external::{self as external, KIND};
use toml::{Table, Value};

use super::source::Source;
use super::{ConfigError, EstimatorSpec, Resolved, locate, overlay};

/// Records in the tables of external estimators and problems the digests of their files, and, where that is allowed,
/// the versions of their programs.
pub(super) fn record(
    source: &Source,
    merged: &mut Table,
    problem: &mut Table,
    estimators: &mut [EstimatorSpec],
    file: &Path,
) -> Result<(), ConfigError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let complete = |table: &mut Table, path: &str| {
        let done = external::record(table, folder).and_then(|()| external::record_versions(table, folder));
        done.map_err(|invalid| locate(source, path, &invalid))
    };
    if problem.get("kind").and_then(Value::as_str) == Some(KIND) {
        complete(problem, "problem")?;
        merged.insert("problem".to_owned(), Value::Table(problem.clone()));
    }
    for spec in estimators.iter_mut().filter(|spec| spec.kind == KIND) {
        complete(&mut spec.parameters, &format!("estimator[{}]", spec.index))?;
        let tables = merged.get_mut("estimator").into_iter().flat_map(overlay::tables_of);
        if let (Some(table), Some(recorded)) =
            (tables.into_iter().nth(spec.index), spec.parameters.get(RECORDED))
        {
            table.insert(RECORDED.to_owned(), recorded.clone());
        }
    }
    Ok(())
}

/// Key of what is recorded.
const RECORDED: &str = external::RECORDED;

impl Resolved {
    /// The commands that it would execute, each once; none if all its estimators and its problem are built in.
    #[must_use]
    pub fn commands(&self) -> Vec<Vec<String>> {
        let of_problem = external::commands(self.problem_kind().unwrap_or_default(), &self.problem);
        let of_estimators = self.estimators.iter().flat_map(|e| external::commands(&e.kind, &e.parameters));
        let mut all: Vec<Vec<String>> = Vec::new();
        for command in of_problem.into_iter().chain(of_estimators) {
            if !all.contains(&command) {
                all.push(command);
            }
        }
        all
    }
}
