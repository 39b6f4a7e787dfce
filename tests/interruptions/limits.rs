//! Time and memory limits of a run without worker processes.

use libtest_mimic::Trial;

use crate::library::{plan, sound};
use crate::program::{OUT, RUN, THROUGH, config, reference, remeasure, same_files, write_config};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("limits::a_run_that_needs_too_much_memory_stops_and_goes_on_isolated", hoarder),
        test("limits::a_fit_that_asks_for_its_deadline_times_out_in_the_process", patient),
    ]
}

fn hoarder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["hoards"], 3000, 6);
    let run = remeasure(folder, &format!("{RUN} --memory 200MB"));
    run.says(
        Some(2),
        &["error: the run uses ", "more than its limit of 200.0 MB; finished trials are kept", "--isolate"],
    );
    assert!(!folder.join(OUT).join("report.md").exists());
    let stored = sound(&folder.join(OUT), &plan(&config(&["hoards"], 3000, 6))).done;
    assert!(stored < 18);
    let rest = remeasure(folder, &format!("{RUN} --isolate --memory 600MB"));
    rest.says(THROUGH, &["hoards failed in 6 of 18 trials"]);
    assert_eq!(rest.trials(), 18 - stored);
    // The other results are the same as without it.
    write_config(folder, &[], 3000, 6);
    let only = remeasure(folder, RUN);
    only.says(THROUGH, &[]);
    assert_eq!(only.trials(), 0);
    same_files(folder, &reference(folder), "");
}

fn patient() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["patient"], 0, 5);
    let run = remeasure(folder, &format!("{RUN} --time-limit 400ms"));
    run.says(
        THROUGH,
        &["patient timed out in 3 of 15 trials, first in a=1, replicate 1: no fit within 400ms"],
    );
    let outcomes = std::fs::read_to_string(folder.join(OUT).join("outcomes.csv")).unwrap();
    for line in outcomes.lines().filter(|l| l.contains(",patient,")) {
        let late = line.split(',').nth(1) == Some("1");
        assert_eq!(line.contains(",timed out,no fit within 400ms,"), late, "{line}");
    }
    write_config(folder, &[], 0, 5);
    assert_eq!(remeasure(folder, RUN).trials(), 0);
    same_files(folder, &reference(folder), "");
}
