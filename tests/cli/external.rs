//! Estimators and problems that are programs: tests/data/external/method.py, which needs Python but no package.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::determinism::files;
use crate::program::{Run, remeasure};

pub(crate) const PROGRAM: &str = include_str!("../data/external/method.py");

/// Whether there is a Python; a test that needs one says so and ends otherwise.
pub(crate) fn python() -> bool {
    let mut command = Command::new("python3");
    let found = command.arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: there is no python3");
    }
    found
}

pub(crate) const SPARSE: &str = r#"
experiment = "mine"
title = "A program beside the Lasso"
family = "sparse"
seed = 5

[profile.quick]
replicates = 3

[problem]
n = 50
p = 40
k = 3

[sweep]
problem.snr_db = [0, 20]

[[estimator]]
kind = "lasso"
lambda = { universal = 1.0 }
"#;

/// An estimator of the program.
pub(crate) fn estimator(name: &str, rest: &str) -> String {
    format!(
        "\n[[estimator]]\nname = \"{name}\"\nkind = \"command\"\ncommand = [\"python3\", \"method.py\"]\nfiles = \
         [\"method.py\"]\n{rest}"
    )
}

/// A folder with the program and a config.
pub(crate) fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("method.py"), PROGRAM).unwrap();
    std::fs::write(folder.path().join("mine.toml"), config).unwrap();
    folder
}

pub(crate) fn run(folder: &Path, arguments: &str) -> Run {
    remeasure(folder, &format!("run --config mine.toml --allow-commands {arguments}"))
}

/// Outcomes other than ok: estimator, replicate, word and message.
pub(crate) fn troubles(folder: &Path) -> Vec<[String; 4]> {
    let mut reader = csv::Reader::from_path(folder.join("outcomes.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let columns = ["estimator", "replicate", "outcome", "message"].map(at);
    let rows = reader.records().map(|row| columns.map(|j| row.as_ref().unwrap()[j].to_owned()));
    rows.filter(|row| row[2] != "ok").collect()
}

fn without_timings(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|name, _| name != "journal" && !name.starts_with("timings") && name != "commands.log");
    found
}

#[test]
fn answers_are_measured_as_ours_and_do_not_depend_on_threads_or_isolation() {
    if !python() {
        return;
    }
    let version = "version = [\"python3\", \"--version\"]\nnumbers = [\"n\", \"seed\", \"absent\"]\n";
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", version)));
    let it = folder.path();
    for (out, how) in [("one", "--jobs 1"), ("seven", "--jobs 7"), ("apart", "--jobs 2 --isolate")] {
        let run = run(it, &format!("--out {out} {how}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let [one, seven, apart] =
        ["one", "seven", "apart"].map(|out| without_timings(&it.join(out).join("mine/quick")));
    for (name, bytes) in &one {
        if name != "manifest.toml" && !name.starts_with("ro-crate") && !name.starts_with("report") {
            assert!(seven[name] == *bytes && apart[name] == *bytes, "{name}");
        }
    }
    let records = String::from_utf8(one["records.csv"].clone()).unwrap();
    let of = |metric: &str| {
        let own = |l: &&str| l.contains(",marginal,") && l.contains(&format!(",{metric},"));
        records.lines().filter(own).count()
    };
    // One for each of 6 trials; two of three further numbers were there.
    let counts = ["nmse", "support_f1", "reported", "own", "iterations"].map(of);
    assert_eq!(counts, [6, 6, 6, 12, 6], "{records}");
    let manifest = std::fs::read_to_string(it.join("one/mine/quick/manifest.toml")).unwrap();
    assert!(manifest.contains("version = \"Python 3"), "{manifest}");
    // And replayed.
    let outcomes = String::from_utf8(one["outcomes.csv"].clone()).unwrap();
    let id = outcomes.lines().nth(1).unwrap().rsplit(',').next().unwrap();
    let replayed = remeasure(it, &format!("replay {id} --out one --allow-commands"));
    assert_eq!(replayed.code, 0, "{}{}", replayed.stdout, replayed.stderr);
}

#[test]
fn a_changed_file_makes_the_trials_of_its_estimator_stale_and_no_others() {
    if !python() {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", "")));
    let it = folder.path();
    assert_eq!(run(it, "").code, 0);
    let program = PROGRAM.replace("plus a number", "and a number");
    std::fs::write(it.join("method.py"), program).unwrap();
    let stale = run(it, "");
    assert_eq!(stale.code, 2, "{}", stale.stderr);
    assert!(stale.stderr.contains("estimator marginal, recorded.files.method.py: "), "{}", stale.stderr);
    assert!(!stale.stderr.contains("estimator lasso"), "{}", stale.stderr);
    let mixed = run(it, "--mix");
    assert_eq!(mixed.code, 0, "{}", mixed.stderr);
}

#[test]
fn whatever_a_program_does_changes_only_its_own_rows() {
    if !python() {
        return;
    }
    let hows = ["crash", "garbage", "nan", "shape", "other-id", "error", "long", "twice"];
    let mut config = SPARSE.to_owned() + &estimator("good", "");
    for how in hows {
        config.push_str(&estimator(how, &format!("parameters = {{ how = \"{how}\" }}\n")));
    }
    config.push_str(&estimator("refused", "env = { REFUSE = \"1\" }\n"));
    config.push_str(
        "\n[[estimator]]\nname = \"missing\"\nkind = \"command\"\ncommand = [\"no-such-program\"]\n",
    );
    config.push_str("\n[[estimator]]\nname = \"mute\"\nkind = \"command\"\ncommand = [\"true\"]\n");
    let folder = folder(&config);
    let it = folder.path();
    let all = run(it, "");
    assert_eq!(all.code, 3, "{}", all.stderr);
    let found = troubles(&it.join("results/mine/quick"));
    let message = |name: &str| {
        let [.., message] =
            found.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}: {found:?}"));
        message.as_str()
    };
    for (name, expected) in [
        ("crash", "ended with exit status: 3 before it answered: about to fail"),
        ("garbage", "wrote something other than a JSON object: `Hello!`"),
        ("nan", "(JSON has no NaN or Infinity)"),
        ("shape", "`coefficients` of `python3 method.py` has 2 numbers, expected 40 numbers"),
        ("twice", "wrote more than one answer"),
        ("other-id", "answered with another id than"),
        ("error", "I do not like these data"),
        ("long", "before it answered"),
        ("refused", "cannot start: no licence"),
        ("missing", "`no-such-program` cannot be started"),
        ("mute", "ended with exit status: 0 before it answered"),
    ] {
        assert!(message(name).contains(expected), "{name}: {}", message(name));
    }
    // Only the second replicate of each cell, except where there is no program.
    for how in hows {
        let rows: Vec<&str> = found.iter().filter(|row| row[0] == how).map(|row| row[1].as_str()).collect();
        assert_eq!(rows, ["1", "1"], "{how}");
    }
    assert!(found.iter().all(|row| row[0] != "good" && row[0] != "lasso"), "{found:?}");
    let log = std::fs::read_to_string(it.join("results/mine/quick/commands.log")).unwrap();
    assert!(log.contains("about to fail"), "{log}");
    // The numbers of the others are those of a run without them.
    assert_eq!(run(it, "--out alone --only lasso,good").code, 0);
    let records = |out: &str| {
        let experiment = std::fs::read_dir(it.join(out).join("mine")).unwrap();
        let folder = experiment.map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
        let text = std::fs::read_to_string(folder.join("records.csv")).unwrap();
        let ours = |l: &&str| l.contains(",lasso,") || l.contains(",good,");
        text.lines().filter(ours).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(records("results"), records("alone"));
}

/// Numbers of the processes with this text among their arguments.
fn processes(text: &str) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        found += usize::from(String::from_utf8_lossy(&arguments).contains(text));
    }
    found
}

#[test]
fn a_program_that_hangs_is_ended_with_its_children() {
    if !python() || !cfg!(target_os = "linux") {
        return;
    }
    let marker = format!("600.{}", std::process::id());
    for how in ["", "--isolate"] {
        let config = SPARSE.to_owned() + &estimator("hang", "parameters = { how = \"hang\" }\n");
        let folder = folder(&config);
        let program = PROGRAM.replace("\"600\"", &format!("\"{marker}\""));
        std::fs::write(folder.path().join("method.py"), program).unwrap();
        let run = run(folder.path(), &format!("--time-limit 1s {how}"));
        assert_eq!(run.code, 3, "{}", run.stderr);
        let found = troubles(&folder.path().join("results/mine/quick"));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|row| row[1] == "1" && row[2] == "timed out"), "{found:?}");
        assert_eq!(processes(&marker), 0);
    }
}

#[test]
fn a_program_cannot_use_more_than_its_share_of_the_memory() {
    if !python() || !cfg!(target_os = "linux") {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("memory", "parameters = { how = \"memory\" }\n")));
    let run = run(folder.path(), "--memory 2GB --isolate");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let found = troubles(&folder.path().join("results/mine/quick"));
    assert!(found.len() == 2 && found.iter().all(|row| row[3].contains("MemoryError")), "{found:?}");
}

#[test]
fn nothing_is_left_of_a_run_in_worker_processes() {
    if !python() || !Path::new("/dev/shm").is_dir() {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", "")));
    let command =
        remeasure_child(folder.path(), "run --config mine.toml --allow-commands --isolate --jobs 1");
    let owners = command.1;
    let left = std::fs::read_dir("/dev/shm").unwrap().flatten().filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        owners.iter().any(|owner| name.starts_with("remeasure-") && name.contains(&format!("-{owner}-")))
    });
    assert_eq!(left.count(), 0);
    assert_eq!(command.0, Some(0));
}

/// Runs the program; returns its exit code and the processes that it was seen to have.
fn remeasure_child(folder: &Path, arguments: &str) -> (Option<i32>, Vec<u32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_remeasure"));
    command
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut seen = vec![child.id()];
    loop {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let field = |key: &str| -> Option<u32> {
                status.lines().find_map(|line| line.strip_prefix(key))?.trim().parse().ok()
            };
            if field("PPid:") == Some(child.id()) {
                seen.extend(field("Pid:"));
            }
        }
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), seen);
        }
    }
}

#[test]
fn a_config_is_checked_before_it_runs() {
    if !python() {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("crash", "parameters = { how = \"crash\" }\n")));
    let it = folder.path();
    let checked = remeasure(it, "check-config mine.toml --allow-commands");
    // The pilot is the first replicate, in which it behaves.
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stdout.contains("mine.toml: all keys are valid, in 1 profile\n"), "{}", checked.stdout);
    assert!(checked.stdout.contains("Profile quick: 6 trials of about "), "{}", checked.stdout);
    std::fs::remove_file(it.join("method.py")).unwrap();
    let missing = remeasure(it, "check-config mine.toml");
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("`estimator[1].files`") && missing.stderr.contains("cannot read"),
        "{}",
        missing.stderr
    );
}
