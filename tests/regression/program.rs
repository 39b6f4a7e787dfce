//! Starts the built binary.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A small experiment with a Lasso and its competitors.
pub(crate) const SMALL: &str = r#"
experiment = "small"
title = "A small study"
family = "sparse"
seed = 5

[profile.quick]
replicates = 8

[problem]
p = 30
k = 3
signal = "signs"
snr_db = 20

[sweep]
problem.n = [20, 40]

[[estimator]]
kind = "oracle"

[[estimator]]
kind = "lasso"
lambda = { fraction = 0.1 }

[[estimator]]
kind = "fista"
lambda = { fraction = 0.1 }
trace_every = 5

[[table]]
id = "errors"
title = "Errors"
metrics = ["nmse", "support_f1"]

[[claim]]
id = "oracle-best"
statement = "The oracle beats the Lasso"
source = "by construction"
form = "below"
metric = "nmse"
a = "oracle"
b = "lasso"
scale = "ratio"
"#;

/// Output and exit code of the program.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in `folder` with arguments separated by spaces.
pub(crate) fn remeasure(folder: &Path, arguments: &str) -> Run {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output =
        Command::new(env!("CARGO_BIN_EXE_remeasure")).args(arguments).current_dir(folder).output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with `config` in `small.toml`, whose baseline is accepted.
pub(crate) fn accepted(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), config);
    let run = remeasure(folder.path(), "baseline accept --config small.toml --reason first --jobs 1");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("small, profile quick: accepted "), "{}", run.stdout);
    folder
}

pub(crate) fn write(folder: &Path, config: &str) {
    std::fs::write(folder.join("small.toml"), config).unwrap();
}

/// Asserts that a text contains all these parts.
pub(crate) fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
