//! Code that hangs, aborts, overflows its stack or exhausts memory only affects its own fit.

use libtest_mimic::Trial;

use crate::program::{remeasure, write_config};
use crate::test;
use crate::unruly::PANICS_AT;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("isolation::what_misbehaves_is_a_row_and_the_others_are_untouched", misdeeds),
        test("isolation::data_that_kill_the_process_fail_every_estimator", deadly_data),
        test("isolation::workers_and_threads_measure_the_same", same_numbers),
    ]
}

fn lines(folder: &std::path::Path, file: &str) -> Vec<String> {
    std::fs::read_to_string(folder.join(file)).unwrap().lines().map(str::to_owned).collect()
}

fn misdeeds() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &[], 0, 8);
    assert_eq!(remeasure(folder.path(), "run --config unruly.toml --out alone").code, Some(3));
    let bad = ["panics", "hangs", "nan", "aborts", "patient", "overflows", "hoards"];
    write_config(folder.path(), &bad, 0, 8);
    let run = remeasure(
        folder.path(),
        "run --config unruly.toml --out out --isolate --time-limit 1s --memory 400MB --jobs 2",
    );
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let outcomes = lines(&folder.path().join("out/unruly/quick"), "outcomes.csv");
    assert_eq!(outcomes.len(), 1 + 3 * 8 * 9, "one row for each fit");
    let of = |kind: &str| -> Vec<(bool, String)> {
        let mark = format!(",{kind},");
        let its = outcomes.iter().filter(|l| l.contains(&mark));
        its.map(|l| {
            let replicate: u32 = l.split(',').nth(1).unwrap().parse().unwrap();
            let rest = l.split_once(&mark).unwrap().1;
            (replicate % 4 == 1, rest.rsplit_once(',').unwrap().0.to_owned())
        })
        .collect()
    };
    let panicked =
        format!("failed,panicked: index 7 out of bounds (tests/interruptions/unruly.rs:{PANICS_AT})");
    let expected = [
        ("panics", &*panicked),
        ("hangs", "timed out,no fit within 1s"),
        ("nan", "ok,"),
        ("aborts", "failed,\"its process died (signal 6, abort)\""),
        ("patient", "timed out,no fit within 1s"),
        ("overflows", "failed,\"stack overflow: its process died (signal 6, abort)\""),
        ("hoards", "failed,used more memory than its share of 200.0 MB"),
    ];
    for (kind, words) in expected {
        let rows = of(kind);
        assert_eq!(rows.len(), 24, "{kind}");
        for (bad, row) in rows {
            assert_eq!(row, if bad { words } else { "ok," }, "{kind}");
        }
    }
    // The good fits, before and after the bad ones in the same trials, have the same results as alone.
    for file in ["records.csv", "outcomes.csv"] {
        let keep = |l: &&String| l.contains(",good,") || l.contains(",twice,");
        let with = lines(&folder.path().join("out/unruly/quick"), file);
        let alone = lines(&folder.path().join("alone/unruly/quick"), file);
        assert!(alone.iter().filter(keep).count() >= 48);
        assert!(with.iter().filter(keep).eq(alone.iter().filter(keep)), "{file}");
    }
}

fn deadly_data() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &[], 0, 2);
    let config = folder.path().join("unruly.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("pause_us = 0", "draw = \"aborts\"")).unwrap();
    let run = remeasure(folder.path(), "run --config unruly.toml --out out --isolate");
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let outcomes = lines(&folder.path().join("out/unruly/quick"), "outcomes.csv");
    assert_eq!(outcomes.len(), 13);
    for line in &outcomes[1..] {
        assert!(line.contains("drawing the data: its process died (signal 6, abort)"), "{line}");
    }
}

fn same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &["nan"], 0, 40);
    let inside = remeasure(folder.path(), "run --config unruly.toml --out inside");
    let outside = remeasure(folder.path(), "run --config unruly.toml --out outside --isolate --jobs 3");
    assert_eq!((inside.code, outside.code), (Some(3), Some(3)), "{}", outside.stderr);
    let files = |out: &str| crate::program::files(&folder.path().join(out).join("unruly/quick"));
    assert_eq!(files("inside").keys().collect::<Vec<_>>(), files("outside").keys().collect::<Vec<_>>());
    assert!(files("inside") == files("outside"));
}
