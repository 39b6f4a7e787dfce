//! Readers of the output that leave: messages are advice and change no file and no exit code.

use std::process::{Command, Stdio};

use crate::determinism::files;
use crate::program::{SMALL, folder_with, remeasure};

/// Runs the program with streams that nobody reads; its exit code.
fn unread(folder: &std::path::Path, arguments: &str, streams: &str) -> i32 {
    // The reader ends at once, so that writing fails.
    let script = format!("exec \"$0\" {arguments} {streams}");
    let mut command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_remeasure")]).current_dir(folder);
    command.stdin(Stdio::null()).status().unwrap().code().unwrap()
}

#[test]
fn a_run_goes_on_and_its_exit_code_stays() {
    let folder = folder_with(SMALL);
    let it = folder.path();
    assert_eq!(remeasure(it, "run --config small.toml --out one").code, 0);
    let expected = files(&it.join("one/small/quick"));
    let gone = ["2> >(true)", "> >(true)", "> >(true) 2>&1", "> /dev/full 2>&1", "2> /dev/full"];
    for (i, streams) in gone.into_iter().enumerate() {
        assert_eq!(unread(it, &format!("run --config small.toml --out o{i}"), streams), 0, "{streams}");
        let found = files(&it.join(format!("o{i}/small/quick")));
        for (name, bytes) in &expected {
            let own = ["journal", "timings.csv", "timings.md", "manifest.toml", "ro-crate-metadata.json"];
            assert!(found.get(name) == Some(bytes) || own.contains(&name.as_str()), "{streams}: {name}");
        }
        // A contradicted claim and a stale file are told by the exit code alone.
        let strict = format!("claims --config small.toml --out o{i} --strict");
        assert_eq!(unread(it, &strict, streams), 1, "{streams}");
        std::fs::write(it.join(format!("o{i}/small/quick/tables/errors.md")), "edited").unwrap();
        assert_eq!(unread(it, &format!("verify o{i}"), streams), 1, "{streams}");
    }
}

#[test]
fn a_file_size_limit_is_a_message() {
    let folder = folder_with(SMALL);
    let script = "ulimit -f 8; exec \"$0\" run --config small.toml --replicates 400";
    let run = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_remeasure")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("error: ") && stderr.contains("File too large"), "{stderr}");
}
