//! Submitting shards as Slurm jobs, with fake programs that log their arguments. The real one is tested by
//! `scripts/slurm-test.sh`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::determinism::files;
use crate::program::{Run, SMALL, folder_with, remeasure};

/// Folder of the scripts of the run.
const SCRIPTS: &str = "s/small/quick/slurm";

/// A folder with `small.toml` and, in `bin`, a fake Slurm that limits arrays to fewer than `max` tasks.
fn cluster(max: u32) -> TempDir {
    let folder = folder_with(SMALL);
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let commands = [
        ("scontrol", format!("echo 'MaxArraySize            = {max}'")),
        // Jobs are numbered from 11.
        ("sbatch", "echo \"sbatch $*\" >> asked; echo $((10 + $(grep -c ^sbatch asked)))".to_owned()),
        ("squeue", "echo \"squeue $*\" >> asked; cat queue 2>/dev/null || true".to_owned()),
        ("scancel", "echo \"scancel $*\" >> asked".to_owned()),
    ];
    for (name, text) in commands {
        let path = bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// `submit --config small.toml --out s` with further arguments, with `bin` at the front of the path, or with
/// an empty path.
fn submit_at(folder: &Path, arguments: &str, slurm: bool) -> Run {
    let path = if slurm {
        format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap())
    } else {
        String::new()
    };
    let output = Command::new(env!("CARGO_BIN_EXE_remeasure"))
        .args("submit --config small.toml --out s".split(' '))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn submit(folder: &TempDir, arguments: &str) -> Run {
    submit_at(folder.path(), arguments, true)
}

fn refused(folder: &TempDir, arguments: &str, parts: &[&str]) {
    let run = submit(folder, arguments);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}: {}", run.stderr);
    for part in parts {
        assert!(run.stderr.contains(part), "{arguments}: `{part}` is not in:\n{}", run.stderr);
    }
}

/// The requests to Slurm since the last call.
fn asked(folder: &TempDir) -> String {
    let path = folder.path().join("asked");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let calls = text.matches("sbatch").count();
    // The numbering of jobs continues.
    std::fs::write(&path, "sbatch\n".repeat(calls)).unwrap();
    text.replace("sbatch\n", "")
}

/// Runs a script as Slurm would, from another folder and as a task with this number.
fn task(folder: &TempDir, script: &str, number: u32) -> i32 {
    let path = folder.path().join(SCRIPTS).join(script);
    let text = std::fs::read_to_string(&path).unwrap();
    let place = text.lines().find_map(|l| l.strip_prefix("#SBATCH --chdir=")).unwrap();
    let mut shell = Command::new("sh");
    shell.arg(&path).current_dir(place).env("SLURM_ARRAY_TASK_ID", number.to_string());
    shell
        .env("SLURM_ARRAY_TASK_COUNT", "99")
        .env("SLURM_CPUS_PER_TASK", "2")
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

/// The files of a run that must be the same however it was made.
fn kept(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(folder);
    let apart = |name: &str| name.starts_with("shards/") || name.starts_with("slurm/");
    found.retain(|name, _| name != "journal" && name != "timings.md" && !apart(name));
    found
}

#[test]
fn the_scripts_run_everything_and_merge_it() {
    let folder = cluster(6);
    let run = submit(&folder, "--shards 8 --at-once 3 --merge-option=--mem=1G -- --partition=short -c2");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        run.stdout,
        "small, profile quick: 18 trials in 8 shards of 2 to 3 trials\n\
         job 11: shards 1-5 of 8\n\
         job 12: shards 6-8 of 8\n\
         job 13: merges and reports when they have ended\n\
         logs: s/small/quick/slurm/logs\n\
         `remeasure status s/small/quick` shows their progress\n"
    );
    assert_eq!(
        asked(&folder),
        format!(
            "sbatch --parsable {SCRIPTS}/shards-1.sh\nsbatch --parsable {SCRIPTS}/shards-2.sh\n\
             sbatch --parsable --dependency=afterany:11:12 {SCRIPTS}/merge.sh\n"
        )
    );
    let script = |name: &str| std::fs::read_to_string(folder.path().join(SCRIPTS).join(name)).unwrap();
    assert!(script("shards-2.sh").contains("\n#SBATCH --array=1-3%3\n"), "{}", script("shards-2.sh"));
    assert!(script("shards-2.sh").contains("\n#SBATCH --partition=short -c2\n\n"));
    assert!(script("merge.sh").contains("\n#SBATCH --partition=short -c2\n#SBATCH --mem=1G\n\n"));
    assert!(folder.path().join(SCRIPTS).join("logs").is_dir());
    let jobs = script("jobs.csv");
    assert_eq!(jobs, "job,offset,of\n11,0,8\n12,5,8\n13,,8\n");

    // A folder without any trial must not be started again.
    refused(
        &folder,
        "--shards 8",
        &["s/small/quick has already been submitted or started, in 8 shards", "--missing"],
    );
    for number in 1..=5 {
        assert_eq!(task(&folder, "shards-1.sh", number), 0);
    }
    for number in 1..=2 {
        assert_eq!(task(&folder, "shards-2.sh", number), 0);
    }
    assert_eq!(task(&folder, "merge.sh", 0), 2, "a shard is missing");
    assert!(!folder.path().join("s/small/quick/manifest.toml").exists());
    assert_eq!(task(&folder, "shards-2.sh", 3), 0);
    assert_eq!(task(&folder, "merge.sh", 0), 0);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out one").code, 0);
    let made = |out: &str| kept(&folder.path().join(out).join("small/quick"));
    assert!(made("s").contains_key("report.md"));
    assert!(made("s") == made("one"));
    let again = submit(&folder, "--missing");
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    assert!(again.stderr.contains("s/small/quick is complete: nothing to submit"), "{}", again.stderr);
    assert_eq!(asked(&folder), "");
}

#[test]
fn only_what_is_missing_is_sent_again() {
    let folder = cluster(6);
    refused(&folder, "--missing", &["s/small/quick has no shards yet"]);
    assert_eq!(submit(&folder, "--shards 8").code, 0);
    asked(&folder);
    // Tasks 1 and 1 of the first two arrays have run, which are shards 1 and 6; 3 and 8 are still in the queue.
    assert_eq!((task(&folder, "shards-1.sh", 1), task(&folder, "shards-2.sh", 1)), (0, 0));
    let queue = "11 3 remeasure-small-quick\n12 3 remeasure-small-quick\n13 N/A remeasure-small-quick\n\
                 11 2 something else\n";
    std::fs::write(folder.path().join("queue"), queue).unwrap();
    let run = submit(&folder, "--missing");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("\njob 14: shards 2,4-5 of 8\njob 15: shard 7 of 8\njob 16: merges"),
        "{}",
        run.stdout
    );
    assert_eq!(
        asked(&folder),
        format!(
            "squeue --noheader --array --format=%F %K %j --jobs=11,12,13\n\
             sbatch --parsable {SCRIPTS}/shards-1.sh\nsbatch --parsable {SCRIPTS}/shards-2.sh\n\
             sbatch --parsable --dependency=afterany:11:12:14:15 {SCRIPTS}/merge.sh\n\
             scancel --state=PENDING 13\n"
        )
    );
    let text = std::fs::read_to_string(folder.path().join(SCRIPTS).join("shards-1.sh")).unwrap();
    assert!(text.contains("\n#SBATCH --array=2,4-5\n"), "{text}");
    assert_eq!(task(&folder, "shards-1.sh", 4), 0);
    assert!(folder.path().join("s/small/quick/shards/4-of-8/journal").is_file());

    // All are in the queue: nothing is submitted twice.
    let all: String = (1..=5).map(|t| format!("14 {t} remeasure-small-quick\n")).collect();
    let rest: String = (1..=3).map(|t| format!("15 {t} remeasure-small-quick\n")).collect();
    std::fs::write(
        folder.path().join("queue"),
        all + &rest.replace("15", "12") + "16 N/A remeasure-small-quick\n",
    )
    .unwrap();
    let run = submit(&folder, "--missing");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains("nothing to submit"), "{}", run.stderr);

    // A different division, config or build is rejected before anything is submitted.
    asked(&folder);
    refused(&folder, "--missing --shards 9", &["s/small/quick is divided into 8 shards, not 9"]);
    refused(
        &folder,
        "--missing --replicates 7",
        &["1-of-8 was run with another config", "replicates: 6 → 7"],
    );
    std::fs::create_dir_all(folder.path().join("s/small/quick/shards")).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --shard 1/2 --out s");
    assert_eq!(run.code, 0, "{}", run.stderr);
    refused(&folder, "--missing", &["s/small/quick is divided into 2 and into 8 shards"]);
    assert!(!asked(&folder).contains("sbatch"));
}

#[test]
fn without_slurm_scripts_are_shown_and_nothing_else() {
    let folder = folder_with(SMALL);
    let run = submit_at(
        folder.path(),
        "--shards 3 --print --seed 9 --set problem.k=2 --only n=* --time-limit 90s --memory 2GB --isolate --program /opt/remeasure",
        false,
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("MaxArraySize"), "{}", run.stderr);
    for part in [
        "\n#SBATCH --array=1-3\n",
        "\nexec /opt/remeasure run --config small.toml --profile quick --out s --set problem.k=2 --only 'n=*' --seed 9 \
         --time-limit 90 --memory 2000000000B --isolate --shard \"$SLURM_ARRAY_TASK_ID/3\" \
         --jobs \"${SLURM_CPUS_PER_TASK:-1}\"\n",
        ", sent with --dependency=afterany:",
        "\nexec /opt/remeasure merge s/small/quick-",
    ] {
        assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
    }
    let run = submit_at(folder.path(), "--shards 3", false);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("Slurm is not installed here: scontrol is not on the path. --print"),
        "{}",
        run.stderr
    );
    assert!(!folder.path().join("s").exists());
    // With `auto`, a measurement determines the size.
    let run = submit_at(folder.path(), "--print", false);
    assert!(
        run.stderr.contains("18 trials took ") && run.stderr.contains(": 1 shard of about "),
        "{}",
        run.stderr
    );
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let folder = cluster(1001);
    refused(&folder, "--shards 19", &["--shards 19: there are only 18 trials"]);
    refused(&folder, "--shards 0", &["expected a number of at least 1, or auto"]);
    for (options, named) in [
        ("-- --array=1-3", "submit itself sets --array; use --at-once to limit its tasks"),
        ("-- -a 3", "submit itself sets -a"),
        ("-- --mem=1G --chdir=/tmp", "sets --chdir"),
        ("--merge-option=-Jmine", "sets -J"),
        ("-- --dependency=afterok:1", "sets --dependency"),
    ] {
        refused(&folder, &format!("--shards 2 {options}"), &[named]);
    }
    refused(&folder, "--profile larg", &["`large`"]);
    assert_eq!(asked(&folder), "");
    // If sbatch fails, its message is shown and nothing counts as submitted.
    let sbatch = folder.path().join("bin/sbatch");
    std::fs::write(&sbatch, "#!/bin/sh\necho 'sbatch: error: invalid partition' >&2\nexit 1\n").unwrap();
    for _ in 0..2 {
        let run = submit(&folder, "--shards 2");
        assert_eq!(run.code, 2);
        for part in ["nothing was submitted", "invalid partition"] {
            assert!(run.stderr.contains(part), "`{part}` is not in:\n{}", run.stderr);
        }
    }
    // A run that was made here must not be overwritten by a merge.
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out s --only omp").code, 0);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out s --replicates 3").code, 0);
    refused(&folder, "--shards 2", &["s/small/quick holds an unsharded run"]);
}

#[test]
fn tasks_too_short_are_told_by_what_another_run_took() {
    let folder = cluster(1001);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out s --seed 77").code, 0);
    let run = submit(&folder, "--shards 6");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("less than a minute: --shards 1 is enough"), "{}", run.stderr);
    let stored: PathBuf = folder.path().join("s/small/quick/slurm/jobs.csv");
    assert!(stored.is_file());
}
