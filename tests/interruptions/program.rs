//! Starting the program in a folder of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::unruly::CONFIG;

/// What a run left.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

/// The program with arguments separated by spaces, to be started in `folder`.
pub(crate) fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments.split_whitespace()).current_dir(folder);
    command
}

pub(crate) fn finish(mut command: Command) -> Run {
    let Output { status, stderr, .. } = command.output().unwrap();
    Run { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

pub(crate) fn remeasure(folder: &Path, arguments: &str) -> Run {
    finish(command(folder, arguments))
}

pub(crate) fn start(folder: &Path, arguments: &str) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Writes `unruly.toml` with more estimators, a pause in every fit and a number of replicates.
pub(crate) fn write_config(folder: &Path, kinds: &[&str], pause_us: u32, replicates: u32) {
    let more: String = kinds.iter().map(|k| format!("[[estimator]]\nkind = \"{k}\"\n")).collect();
    let text = CONFIG
        .replace("[[table]]", &format!("{more}[[table]]"))
        .replace("pause_us = 0", &format!("pause_us = {pause_us}"))
        .replace("replicates = 8", &format!("replicates = {replicates}"));
    std::fs::write(folder.join("unruly.toml"), text).unwrap();
}

/// Every file of a run that must not depend on how it was made.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    const TIMED: [&str; 4] = ["journal", "timings.csv", "timings.md", "manifest.toml"];
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                open.push(path);
            } else if !TIMED.contains(&name.as_str()) {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
