//! What must not happen without the user's permission.

use std::path::Path;
use std::process::Command;

use crate::external::{SPARSE, estimator, folder, python};
use crate::program::remeasure;

#[test]
fn nothing_is_executed_unless_the_user_says_so() {
    let config = SPARSE.to_owned() + &estimator("marginal", "version = [\"touch\", \"executed\"]\n");
    let folder =
        folder(&config.replace("\"method.py\"]\nfiles", "\"-c\", \"open('executed', 'w')\"]\nfiles"));
    let it = folder.path();
    for command in [
        "run --config mine.toml",
        "run --config mine.toml --isolate",
        "check-config mine.toml",
        "show --config mine.toml",
        "baseline accept --config mine.toml --reason x",
        "speed measure --config mine.toml",
    ] {
        let refused = remeasure(it, command);
        assert!(!it.join("executed").exists(), "{command}");
        if !command.starts_with("show") && !command.starts_with("speed") {
            assert_eq!(refused.code, 2, "{command}: {}", refused.stderr);
            assert!(
                refused.stderr.contains("mine would execute commands:\n  python3 -c"),
                "{}",
                refused.stderr
            );
            assert!(refused.stderr.contains("\n  touch executed\n"), "{}", refused.stderr);
            assert!(refused.stderr.contains("add --allow-commands"), "{}", refused.stderr);
        }
    }
}

#[test]
fn a_trusted_config_runs_until_it_changes() {
    if !python() {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", "")));
    let it = folder.path();
    let trust = it.join("config/remeasure");
    std::fs::create_dir_all(&trust).unwrap();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_remeasure"));
        command.args(["run", "--config", "mine.toml", "--fresh"]).current_dir(it);
        let output = command.env("XDG_CONFIG_HOME", it.join("config")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = start();
    assert_eq!(code, Some(2), "{told}");
    // The line that the message gives.
    let line = told.lines().last().unwrap();
    std::fs::write(trust.join("trusted"), format!("{line}\n")).unwrap();
    assert_eq!(start().0, Some(0));
    let changed = std::fs::read_to_string(it.join("mine.toml")).unwrap() + "\n# changed\n";
    std::fs::write(it.join("mine.toml"), changed).unwrap();
    assert_eq!(start().0, Some(2));
}

/// Runs the program with a trust file in `config`.
fn with_trust(it: &Path, arguments: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_remeasure"));
    command.args(arguments.split_whitespace()).current_dir(it);
    let output = command.env("XDG_CONFIG_HOME", it.join("config")).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Trusts the config `mine.toml`, by the line that its refusal gives.
fn trust(it: &Path) {
    let (code, told) = with_trust(it, "run --config mine.toml");
    assert_eq!(code, Some(2), "{told}");
    let folder = it.join("config/remeasure");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("trusted"), format!("{}\n", told.lines().last().unwrap())).unwrap();
}

#[test]
fn trust_in_a_file_is_no_trust_in_what_a_folder_of_results_says_of_itself() {
    if !python() {
        return;
    }
    // A run of other commands, whose folder names the trusted file.
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", "env = { MARK = \"1\" }\n")));
    let it = folder.path();
    assert_eq!(remeasure(it, "run --config mine.toml --allow-commands").code, 0);
    let trusted = SPARSE.replace("\"mine\"", "\"other\"") + &estimator("marginal", "");
    std::fs::write(it.join("mine.toml"), trusted).unwrap();
    trust(it);
    assert_eq!(with_trust(it, "run --config mine.toml").0, Some(0));
    let outcomes = std::fs::read_to_string(it.join("results/mine/quick/outcomes.csv")).unwrap();
    let id = outcomes.lines().nth(1).unwrap().rsplit(',').next().unwrap();
    for command in [format!("replay {id}"), "run mine".to_owned()] {
        let (code, told) = with_trust(it, &command);
        assert_eq!(code, Some(2), "{command}: {told}");
        assert!(told.contains("MARK=1 python3 method.py") && !told.contains("add this line"), "{told}");
    }
}

#[test]
fn the_permission_of_one_config_is_not_that_of_another() {
    if !python() {
        return;
    }
    let folder = folder(&(SPARSE.to_owned() + &estimator("marginal", "")));
    let it = folder.path();
    trust(it);
    assert_eq!(with_trust(it, "run --config mine.toml").0, Some(0));
    let evil = SPARSE.replace("\"mine\"", "\"next\"")
        + &estimator("marginal", "version = [\"touch\", \"executed\"]\n");
    std::fs::write(it.join("next.toml"), evil).unwrap();
    let first = remeasure(it, "run --config next.toml --allow-commands");
    assert_eq!(first.code, 2, "{}", first.stderr);
    assert!(first.stderr.contains("`touch executed` prints nothing"), "{}", first.stderr);
    std::fs::remove_file(it.join("executed")).unwrap();
    // Its stored run, so that both can be named.
    std::fs::write(
        it.join("next.toml"),
        std::fs::read_to_string(it.join("next.toml")).unwrap().replace("touch", "echo"),
    )
    .unwrap();
    assert_eq!(remeasure(it, "run --config next.toml --allow-commands").code, 0);
    std::fs::write(
        it.join("next.toml"),
        std::fs::read_to_string(it.join("next.toml")).unwrap().replace("echo", "touch"),
    )
    .unwrap();
    let (code, told) = with_trust(it, "run mine next");
    assert!(code == Some(2) && told.contains("next would execute"), "{told}");
    assert!(!it.join("executed").exists());
}

#[test]
fn what_the_program_records_cannot_be_given() {
    let folder =
        folder(&(SPARSE.to_owned() + &estimator("marginal", "recorded = { version = \"forged\" }\n")));
    let refused = remeasure(folder.path(), "run --config mine.toml --allow-commands");
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("`estimator[1].recorded`: this key is written by the program"),
        "{}",
        refused.stderr
    );
}
