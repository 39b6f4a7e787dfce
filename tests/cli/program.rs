//! Starts the built binary.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A config small enough to run in a moment, with every kind of figure and claim verdicts.
pub(crate) const SMALL: &str = r#"
experiment = "small"
title = "A small study"
family = "sparse"
seed = 5

[profile.quick]
replicates = 6

[profile.large]
replicates = 12
[profile.large.problem]
p = 40

[problem]
p = 30
k = 3
signal = "signs"
snr_db = 20

[sweep]
problem.n = { values = [10, 20, 40], label = "observations n" }

[[estimator]]
kind = "oracle"

[[estimator]]
kind = "lasso"
lambda = { fraction = 0.1 }

[[estimator]]
name = "cv"
kind = "lasso"
lambda = { cv = { folds = 4, points = 10 } }

[[estimator]]
kind = "fista"
lambda = { fraction = 0.1 }
trace_every = 5

[[estimator]]
kind = "omp"

[[table]]
id = "errors"
title = "Errors"
metrics = ["nmse"]
columns = "n"

[[figure]]
id = "error"
title = "Error"
kind = "line"
metric = "nmse"
x = "n"
y_scale = "log"

[[figure]]
id = "support"
title = "Support"
kind = "box"
metric = "support_f1"
x = "n"

[[claim]]
id = "oracle-best"
statement = "The oracle beats the Lasso"
source = "by construction"
form = "below"
metric = "nmse"
a = "oracle"
b = "lasso"
scale = "ratio"

[[claim]]
id = "lasso-best"
statement = "The Lasso beats the oracle"
source = "nobody: it must be contradicted"
form = "below"
metric = "nmse"
a = "lasso"
b = "oracle"
"#;

/// Output and exit code of the program.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in `folder` with arguments separated by spaces.
pub(crate) fn remeasure(folder: &Path, arguments: &str) -> Run {
    remeasure_with(folder, &arguments.split_whitespace().collect::<Vec<_>>())
}

pub(crate) fn remeasure_with(folder: &Path, arguments: &[&str]) -> Run {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_remeasure")).args(arguments).current_dir(folder).output().unwrap();
    Run {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// A folder with `config` in `small.toml`.
pub(crate) fn folder_with(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), config).unwrap();
    folder
}
