//! Two runs in one folder, different numbers of threads, and the files a run leaves behind.

use libtest_mimic::Trial;

use crate::library::{plan, sound_and_complete};
use crate::program::{
    Going, OUT, RUN, THROUGH, command, config, files, reference, remeasure, same_files, wait_until,
    write_config,
};
use crate::test;
use crate::unruly::GATE;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("together::a_second_run_in_the_same_folder_is_refused", two_at_once),
        test("together::any_number_of_threads_or_workers_writes_the_same_bytes", threads),
        test("together::the_number_of_files_does_not_grow_with_the_trials", few_files),
    ]
}

fn two_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["waits"], 0, 6);
    let gate = folder.join("gate");
    let mut start = command(folder, RUN);
    start.env(GATE, &gate);
    let mut first = Going::start(start);
    let lock = folder.join(OUT).join("lock");
    wait_until("the lock is taken", || std::fs::read_to_string(&lock).is_ok_and(|text| text.ends_with('\n')));
    let holder = format!("error: process {} ", first.id());
    for more in ["", " --fresh", " --mix", " --replicates 2"] {
        let second = remeasure(folder, &format!("{RUN}{more}"));
        second.says(
            Some(2),
            &[&holder, "is running in out/unruly/quick; wait for it, stop it, or give another --out"],
        );
    }
    // Another folder is not locked.
    remeasure(folder, &RUN.replace("--out out", "--out other")).says(THROUGH, &[]);
    assert!(!first.ended());
    std::fs::write(&gate, "").unwrap();
    first.wait().says(THROUGH, &["  18 trials in "]);
    assert!(!lock.exists());
    let expected = reference(folder);
    same_files(folder, &expected, "");
    sound_and_complete(&folder.join(OUT), &plan(&config(&["waits"], 0, 6)));

    // The stale lock of a killed run does not block others.
    std::fs::remove_file(&gate).unwrap();
    let mut start = command(folder, &format!("{RUN} --fresh"));
    start.env(GATE, &gate);
    let killed = Going::start(start);
    wait_until("the lock is taken", || lock.exists());
    assert!(killed.kill());
    assert!(lock.exists());
    remeasure(folder, RUN).says(THROUGH, &[]);
    assert!(!lock.exists());
    same_files(folder, &expected, "");
}

fn threads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["panics", "nan"], 0, 90);
    let expected = reference(folder);
    for how in
        ["--jobs 1", "--jobs 2", "--jobs 7", "--jobs 1 --isolate", "--jobs 2 --isolate", "--jobs 7 --isolate"]
    {
        remeasure(folder, &format!("run --config unruly.toml --out out --fresh {how}")).says(THROUGH, &[]);
        same_files(folder, &expected, how);
    }
}

/// Names of the files in a run's folder, including those with times.
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = files(folder).into_keys().collect();
    let timed = ["journal", "timings.csv", "timings.md", "manifest.toml", "ro-crate-metadata.json"];
    names.extend(timed.iter().filter(|name| folder.join(name).exists()).map(|name| (*name).to_owned()));
    names.sort();
    names
}

fn few_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut left = Vec::new();
    for replicates in [2, 670] {
        write_config(folder, &[], 0, replicates);
        let run = remeasure(folder, &format!("{RUN} --fresh"));
        run.says(THROUGH, &[]);
        assert_eq!(run.trials(), 3 * replicates as usize);
        left.push(names(&folder.join(OUT)));
    }
    let expected = [
        "claim_groups.csv",
        "claims.csv",
        "figures/values.png",
        "figures/values.svg",
        "journal",
        "manifest.toml",
        "outcomes.csv",
        "records.csv",
        "report.html",
        "report.md",
        "ro-crate-metadata.json",
        "summary.csv",
        "tables/values.csv",
        "tables/values.md",
        "tables/values.tex",
        "timings.csv",
        "timings.md",
    ];
    assert_eq!(left, [expected, expected]);
}
