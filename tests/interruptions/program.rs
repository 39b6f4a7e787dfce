//! Starts the program in a separate folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::unruly::CONFIG;

/// The folder of a run of profile quick with `--out out`.
pub(crate) const OUT: &str = "out/unruly/quick";
/// The run used by most tests.
pub(crate) const RUN: &str = "run --config unruly.toml --out out --jobs 2";
/// Exit code of a completed run: `twice` does not converge.
pub(crate) const THROUGH: Option<i32> = Some(3);

/// Output and exit code of the program.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Run {
    fn of(Output { status, stderr, .. }: Output) -> Self {
        Self { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }

    /// Number of trials that it reports to have run.
    pub(crate) fn trials(&self) -> usize {
        let number = |line: &str| -> Option<usize> {
            let (number, rest) = line.trim().split_once(' ')?;
            if rest.starts_with("trial in ") || rest.starts_with("trials in ") {
                number.parse().ok()
            } else {
                None
            }
        };
        let none = self.stderr.contains("\n  nothing had to be run\n").then_some(0);
        self.stderr
            .lines()
            .find_map(number)
            .or(none)
            .unwrap_or_else(|| panic!("no number of trials: {}", self.stderr))
    }

    pub(crate) fn says(&self, code: Option<i32>, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.stderr);
        for words in words {
            assert!(self.stderr.contains(words), "not said: {words}\n{}", self.stderr);
        }
    }
}

/// The program with arguments separated by spaces, to be started in `folder`.
pub(crate) fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments.split_whitespace()).current_dir(folder);
    command
}

/// The program started by a line of `sh`, in which it is `"$0" "$@"`.
pub(crate) fn shell(folder: &Path, program: &[&str], line: &str, arguments: &str) -> Command {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["sh", "-c", line]).arg(std::env::current_exe().unwrap());
    command.args(arguments.split_whitespace()).current_dir(folder);
    command
}

pub(crate) fn finish(mut command: Command) -> Run {
    Run::of(command.output().unwrap())
}

pub(crate) fn remeasure(folder: &Path, arguments: &str) -> Run {
    finish(command(folder, arguments))
}

/// A running program; killed when dropped.
pub(crate) struct Going(Option<Child>);

impl Going {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(Some(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    pub(crate) fn id(&mut self) -> u32 {
        self.child().id()
    }

    pub(crate) fn ended(&mut self) -> bool {
        self.child().try_wait().unwrap().is_some()
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(self.child()), signal).unwrap();
    }

    pub(crate) fn wait(mut self) -> Run {
        Run::of(self.0.take().unwrap().wait_with_output().unwrap())
    }

    /// Sends SIGKILL; returns whether the process was still running.
    pub(crate) fn kill(mut self) -> bool {
        self.signal(Signal::KILL);
        self.wait().code.is_none()
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until a condition is true; fails after half a minute.
pub(crate) fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Bytes in the journal of the run in `folder`.
pub(crate) fn journal_length(folder: &Path) -> u64 {
    std::fs::metadata(folder.join(OUT).join("journal")).map_or(0, |m| m.len())
}

/// A config with more estimators, a pause in every fit and a number of replicates.
pub(crate) fn config(kinds: &[&str], pause_us: u32, replicates: u32) -> String {
    let more: String = kinds.iter().map(|k| format!("[[estimator]]\nkind = \"{k}\"\n")).collect();
    CONFIG
        .replace("[[table]]", &format!("{more}[[table]]"))
        .replace("pause_us = 0", &format!("pause_us = {pause_us}"))
        .replace("replicates = 8", &format!("replicates = {replicates}"))
}

/// Writes [`config`] as `unruly.toml`.
pub(crate) fn write_config(folder: &Path, kinds: &[&str], pause_us: u32, replicates: u32) {
    std::fs::write(folder.join("unruly.toml"), config(kinds, pause_us, replicates)).unwrap();
}

/// The files of an uninterrupted run of the `unruly.toml` in `folder`, made in another folder.
pub(crate) fn reference(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let other = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("unruly.toml"), other.path().join("unruly.toml")).unwrap();
    let run = remeasure(other.path(), "run --config unruly.toml --out out --jobs 16");
    assert!(matches!(run.code, Some(0 | 3)), "{}", run.stderr);
    files(&other.path().join(OUT))
}

/// Every file of a run that must not depend on how it was made.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    const TIMED: [&str; 5] =
        ["journal", "timings.csv", "timings.md", "manifest.toml", "ro-crate-metadata.json"];
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

/// Fails unless the run in `folder` left exactly these files.
pub(crate) fn same_files(folder: &Path, expected: &BTreeMap<String, Vec<u8>>, context: &str) {
    let found = files(&folder.join(OUT));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}");
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{name} differs; {context}");
    }
}
