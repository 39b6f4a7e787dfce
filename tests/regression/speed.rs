//! Time ratios: the order of fits, and the commands. No assertion depends on a clock.

use std::cell::RefCell;
use std::path::Path;

use remeasure::core::family::{Attempt, Family};
use remeasure::core::params::{self, Entry};
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::plan::Plan;
use remeasure::harness::speed::{Halt, Stopwatch, Work, pairs};

use crate::program::{SMALL, has, remeasure, write};

thread_local! {
    /// Which estimator was fitted to which replicate in this thread.
    static FITS: RefCell<Vec<(u32, &'static str)>> = const { RefCell::new(Vec::new()) };
}

/// The fits since the last call, by replicate: `0:abba`.
fn fitted() -> Vec<String> {
    let fits = FITS.take();
    let by_replicate = fits.chunk_by(|a, b| a.0 == b.0);
    by_replicate.map(|c| format!("{}:{}", c[0].0, c.iter().map(|f| f.1).collect::<String>())).collect()
}

/// Logs the fits.
static FAMILY: Family<(), (), &'static str> = Family {
    name: "diary",
    metrics: &[],
    estimators: &[
        Entry { name: "a", about: "", schema: params::schema::<()>, read: |_| Ok(Box::new("a")) },
        Entry { name: "b", about: "", schema: params::schema::<()>, read: |_| Ok(Box::new("b")) },
        Entry { name: "fails", about: "", schema: params::schema::<()>, read: |_| Ok(Box::new("fails")) },
        Entry { name: "untimed", about: "", schema: params::schema::<()>, read: |_| Ok(Box::new("untimed")) },
    ],
    curves: &[],
    study: "",
    problems: Vec::new,
    problem: |_| Ok(()),
    admit: |(), _| Ok(()),
    inputs: |()| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |(), _| Ok(()),
    measure: |(), (), kind, streams, out| {
        anyhow::ensure!(*kind != "fails", "singular");
        if *kind != "untimed" {
            out.timed(|| FITS.with_borrow_mut(|fits| fits.push((streams.replicate, *kind))));
        }
        Ok((*kind == "b").then(|| "late".into()))
    },
};

const DIARY: &str = "experiment = \"x\"\ntitle = \"x\"\nfamily = \"diary\"\nseed = 3\n[problem]\n[sweep]\n\
    problem.n = [10, 20, 30]\n[[estimator]]\nkind = \"a\"\n[[estimator]]\nkind = \"b\"\nwhere = \"n=?0\"\n\
    [[estimator]]\nkind = \"fails\"\nwhere = \"n=20\"\n[[estimator]]\nkind = \"untimed\"\n\
    [[speed]]\nestimator = \"b\"\nagainst = \"a\"\nwhere = [\"n=20\", \"n=30\", \"n=99\"]\nrepeats = 9\n\
    [[speed]]\nestimator = \"fails\"\nagainst = \"a\"\n\
    [profile.quick]\nreplicates = 2\n[profile.large]\nreplicates = 2\nsweep.problem.n = [99]\n\
    estimator.b.where = \"n=99\"\nestimator.fails.where = \"n=99\"\n";

fn plan(profile: &str) -> Plan<'static> {
    let document = Document::parse("x.toml", DIARY).unwrap();
    Plan::new(document.resolve(profile, &Overrides::default()).unwrap(), &FAMILY, &[]).unwrap()
}

#[test]
fn the_order_of_fits_is_balanced() {
    let plan = plan("quick");
    let pair = [0, 1].map(|estimator| Attempt { estimator, limit: None });
    let mut watch = Stopwatch::new(plan.runner(0), 3, plan.cells[0].id, pair, &|| false);
    let mut round = |replicates, passes| {
        let times = watch.round(Work { replicates, passes }).unwrap();
        assert!(times.wall >= 0.0 && times.seconds.iter().all(|s| s.is_finite()));
        fitted()
    };
    assert_eq!(round(3, 1), ["0:abba", "1:baab", "2:abba"]);
    // It continues where the last round ended.
    assert_eq!(round(1, 1), ["0:baab"]);
    assert_eq!(round(1, 1), ["0:abba"]);
    assert_eq!(round(2, 3), ["0:baababbabaab", "1:abbabaababba"]);
}

#[test]
fn fits_that_fail_or_are_not_timed_are_told() {
    let plan = plan("quick");
    for (other, message) in [(2, "replicate 0, the one it is compared with: singular"), (3, "not timed")] {
        let pair = [0, other].map(|estimator| Attempt { estimator, limit: None });
        let mut watch = Stopwatch::new(plan.runner(1), 3, plan.cells[1].id, pair, &|| false);
        match watch.round(Work { replicates: 2, passes: 1 }) {
            Err(Halt::Failed(found)) => assert!(found.contains(message), "{found}"),
            other => panic!("{other:?}"),
        }
    }
    let pair = [0, 1].map(|estimator| Attempt { estimator, limit: None });
    let mut watch = Stopwatch::new(plan.runner(0), 3, plan.cells[0].id, pair, &|| true);
    assert_eq!(watch.round(Work { replicates: 1, passes: 1 }), Err(Halt::Interrupted));
}

#[test]
fn pairs_have_the_cells_of_their_estimators_and_their_own() {
    let named = |profile: &str| -> Vec<String> {
        let found = pairs(&plan(profile));
        found.iter().map(|p| format!("{} {}/{}", p.place.cell, p.place.estimator, p.place.against)).collect()
    };
    assert_eq!(named("quick"), ["n=20 b/a", "n=30 b/a", "n=20 fails/a"]);
    assert_eq!(named("large"), ["n=99 b/a", "n=99 fails/a"]);
}

const PAIR: &str = "\n[[speed]]\nestimator = \"lasso\"\nagainst = \"fista\"\nrepeats = 7\n";

fn with(extra: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("{SMALL}{extra}"));
    folder
}

const BASELINE: &str = "results/small/baseline";

fn speed(folder: &Path, arguments: &str) -> crate::program::Run {
    remeasure(folder, &format!("speed {arguments} --config small.toml --budget 200ms"))
}

/// Changes a number of every ratio in the file.
fn tamper(folder: &Path, key: &str, change: impl Fn(f64) -> f64) {
    let path = folder.join(BASELINE).join("speed.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = |line: &str| match line.split_once(" = ") {
        Some((k, v)) if k == key => format!("{key} = {:?}\n", change(v.parse().unwrap())),
        _ => format!("{line}\n"),
    };
    std::fs::write(path, text.lines().map(line).collect::<String>()).unwrap();
}

#[test]
fn ratios_are_accepted_and_checked() {
    let folder = with(PAIR);
    let folder = folder.path();
    let none = speed(folder, "check");
    assert_eq!(none.code, 4, "{}", none.stderr);
    has(&none.stderr, &["error: no results/small/baseline/speed.toml", "remeasure speed accept small"]);

    let measured = speed(folder, "measure");
    assert_eq!(measured.code, 0, "{}", measured.stderr);
    has(
        &measured.stdout,
        &["small, profile quick", "n=20  lasso against fista", "n=40  lasso against fista"],
    );
    assert!(!folder.join("results").exists(), "measuring writes nothing");

    let accepted = speed(folder, "accept --reason first");
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    has(&accepted.stdout, &["small, profile quick: accepted 2 ratios: the first baseline"]);
    // Standard errors so large that no clock can raise an alarm.
    tamper(folder, "log_se", |_| 1e3);
    let same = speed(folder, "check");
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    has(&same.stdout, &["small, profile quick: speed same", "2 same, of 2 pairs × cells"]);
    // A baseline a million times faster or slower.
    tamper(folder, "log_se", |_| 1e-3);
    for (by, state, code) in [(1e-6, "slower", 1), (1e12, "faster", 0)] {
        tamper(folder, "ratio", |r| r * by);
        let run = speed(folder, "check --format json");
        assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(json["checks"][0]["counts"][state].as_u64(), Some(2), "{}", run.stdout);
        assert!(json["checks"][0]["ratios"][0]["again"]["ratio"].is_number(), "{}", run.stdout);
    }
    // The log grows.
    let again = speed(folder, "accept --reason second");
    has(&again.stdout, &["accepted 2 ratios: 2 faster"]);
    let text = std::fs::read_to_string(folder.join(BASELINE).join("speed.toml")).unwrap();
    has(&text, &["reason = \"first\"", "reason = \"second\"", "change = \"2 faster\""]);
}

#[test]
fn pairs_that_are_gone_or_new_are_named() {
    let folder = with(PAIR);
    let folder = folder.path();
    assert_eq!(speed(folder, "accept").code, 0);
    tamper(folder, "log_se", |_| 1e3);
    let other = "\n[[speed]]\nestimator = \"fista\"\nagainst = \"lasso\"\nwhere = \"n=40\"\nrepeats = 7\n";
    write(folder, &format!("{SMALL}{PAIR}{other}"));
    let new = speed(folder, "check");
    assert_eq!(new.code, 0, "{}", new.stderr);
    has(&new.stdout, &["2 same, 1 new, of 3 pairs × cells", "fista against lasso"]);
    write(folder, &format!("{SMALL}{PAIR}where = \"n=40\"\n"));
    let gone = speed(folder, "check --format github");
    assert_eq!(gone.code, 1, "{}", gone.stderr);
    has(&gone.stdout, &["::error title=small%3A missing::n=20, lasso against fista"]);
}

#[test]
fn both_baselines_leave_each_other_alone() {
    let folder = with(PAIR);
    let folder = folder.path();
    let numbers = |command: &str| remeasure(folder, &format!("{command} --config small.toml --jobs 1"));
    let file = |name: &str| std::fs::read(folder.join(BASELINE).join(name)).ok();
    assert_eq!(speed(folder, "accept").code, 0);
    let (speeds, header) = (file("speed.toml"), "baseline.toml");
    assert!(speeds.is_some() && file(header).is_none());
    // There is no baseline of numbers yet.
    assert_eq!(numbers("check").code, 4);
    assert_eq!(numbers("baseline accept").code, 0);
    assert_eq!(file("speed.toml"), speeds);
    assert_eq!(numbers("check").code, 0);
    let before = file(header);
    assert_eq!(speed(folder, "accept").code, 0);
    assert_eq!(file(header), before);
    assert_eq!(numbers("check").code, 0);
    assert_eq!(numbers("baseline accept").code, 0);
    tamper(folder, "log_se", |_| 1e3);
    assert_eq!(speed(folder, "check").code, 0);
}

#[test]
fn mistakes_are_named_before_anything_is_measured() {
    let folder = with("\n[[speed]]\nestimator = \"laso\"\nagainst = \"fista\"\n");
    for command in ["speed measure", "speed accept", "show", "run"] {
        let run = remeasure(folder.path(), &format!("{command} --config small.toml"));
        assert_eq!(run.code, 2, "{}", run.stdout);
        has(&run.stderr, &["small.toml:", "`speed[0].estimator`", "did you mean `lasso`?"]);
    }
    // Cells are checked too, against those of all profiles.
    let folder = with(&format!("{PAIR}where = \"n=50\"\n"));
    let run = speed(folder.path(), "measure");
    assert_eq!(run.code, 2, "{}", run.stdout);
    has(&run.stderr, &["`speed[0].where`: `n=50`: no cell matches; `n` takes 20, 40"]);
    let large = "[profile.large]\nreplicates = 2\nsweep.problem.n = [50]\n";
    write(folder.path(), &format!("{SMALL}{PAIR}where = \"n=50\"\n{large}"));
    let run = speed(folder.path(), "measure");
    assert_eq!(run.code, 2, "{}", run.stdout);
    has(&run.stderr, &["small: no [[speed]] table has a cell in profile `quick`"]);
    assert_eq!(speed(folder.path(), "measure --profile large").code, 0);
    // Such a config is stored with one profile, and read again.
    assert_eq!(remeasure(folder.path(), "baseline accept --config small.toml").code, 0);
    assert_eq!(remeasure(folder.path(), "check --config small.toml").code, 0);
    let without = with("");
    for command in ["measure", "accept"] {
        let run = speed(without.path(), command);
        assert_eq!(run.code, 2, "{}", run.stdout);
        has(&run.stderr, &["small: its config has no [[speed]] table"]);
    }
    let folder = with(PAIR);
    std::fs::create_dir_all(folder.path().join(BASELINE)).unwrap();
    std::fs::write(folder.path().join(BASELINE).join("speed.toml"), "<<<<<<< ours\n").unwrap();
    for command in ["accept", "check"] {
        let run = speed(folder.path(), command);
        assert_eq!(run.code, 2, "{}", run.stdout);
        has(&run.stderr, &["cannot read results/small/baseline/speed.toml; restore it"]);
    }
    for wrong in ["check --margin 0.9", "check --rate 0", "measure --budget 0s"] {
        assert_eq!(speed(folder.path(), wrong).code, 2);
    }
    let shown = remeasure(folder.path(), "show --config small.toml");
    has(&shown.stdout, &["\nSpeed (measured by `remeasure speed`):\n  lasso against fista: 7 rounds\n"]);
}
