//! Programs that a config would start.

use std::path::Path;

use remeasure_external::{self as external, KIND};
use toml::{Table, Value};

use super::source::Source;
use super::{ConfigError, EstimatorSpec, Resolved, locate, overlay};

/// Key of what is recorded.
const RECORDED: &str = external::RECORDED;

/// Records in the tables of external estimators and problems the digests of their files. `stored` configs have them.
pub(super) fn record(
    source: &Source,
    merged: &mut Table,
    problem: &mut Table,
    estimators: &mut [EstimatorSpec],
    (file, stored): (&Path, bool),
) -> Result<(), ConfigError> {
    if stored {
        return Ok(());
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let record = |table: &mut Table, path: &str| {
        external::record(table, folder).map_err(|invalid| locate(source, path, &invalid))
    };
    if is_command(problem) {
        record(problem, "problem")?;
    }
    for spec in estimators.iter_mut().filter(|spec| spec.kind == KIND) {
        record(&mut spec.parameters, &format!("estimator[{}]", spec.index))?;
    }
    merge(merged, problem, estimators);
    Ok(())
}

fn is_command(problem: &Table) -> bool {
    problem.get("kind").and_then(Value::as_str) == Some(KIND)
}

/// Puts what is recorded into the merged config, which journals keep.
fn merge(merged: &mut Table, problem: &Table, estimators: &[EstimatorSpec]) {
    if is_command(problem) {
        merged.insert("problem".to_owned(), Value::Table(problem.clone()));
    }
    for spec in estimators.iter().filter(|spec| spec.kind == KIND) {
        let tables = merged.get_mut("estimator").into_iter().flat_map(overlay::tables_of);
        if let (Some(table), Some(recorded)) =
            (tables.into_iter().nth(spec.index), spec.parameters.get(RECORDED))
        {
            table.insert(RECORDED.to_owned(), recorded.clone());
        }
    }
}

impl Resolved {
    /// The commands that it would execute, each once, as one would type them; none if all its estimators and its
    /// problem are built in.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let of_problem = external::commands(self.problem_kind().unwrap_or_default(), &self.problem);
        let of_estimators = self.estimators.iter().flat_map(|e| external::commands(&e.kind, &e.parameters));
        let mut all: Vec<String> = Vec::new();
        for command in of_problem.into_iter().chain(of_estimators) {
            if !all.contains(&command) {
                all.push(command);
            }
        }
        all
    }

    /// SHA-256 of the file's text; `None` unless it was read from a file of the user's own.
    #[must_use]
    pub fn digest_of_file(&self) -> Option<&str> {
        self.own_text.as_deref()
    }

    /// Runs the version commands of its programs and records what they print.
    ///
    /// # Errors
    /// Commands are not allowed, or one fails.
    pub fn record_versions(&mut self) -> Result<(), ConfigError> {
        let folder = self.file.parent().unwrap_or(Path::new("")).to_owned();
        if is_command(&self.problem) {
            let recorded = external::record_version(&mut self.problem, &folder);
            recorded.map_err(|invalid| locate(&self.source, "problem", &invalid))?;
        }
        for spec in self.estimators.iter_mut().filter(|spec| spec.kind == KIND) {
            let recorded = external::record_version(&mut spec.parameters, &folder);
            recorded
                .map_err(|invalid| locate(&self.source, &format!("estimator[{}]", spec.index), &invalid))?;
        }
        merge(&mut self.merged, &self.problem, &self.estimators);
        Ok(())
    }

    /// The files of its programs whose contents are no longer those recorded.
    #[must_use]
    pub fn changed_files(&self) -> Vec<String> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let tables = self.estimators.iter().map(|e| &e.parameters).chain([&self.problem]);
        let mut all: Vec<String> = tables.flat_map(|table| external::changed_files(table, folder)).collect();
        all.sort();
        all.dedup();
        all
    }
}
