//! The runner on a family whose estimators misbehave, and a run through the library.

#[path = "../examples/run_from_rust.rs"]
mod run_from_rust;

use std::time::Duration;

use rand::Rng;
use remeasure::core::deadline;
use remeasure::core::family::{Attempt, Family, FitRecord, Metric, Outcome, TrialEvent};
use remeasure::core::params::{self, Entry};
use remeasure::core::stream::Streams;
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::journal::{Journal, Mode, Session};
use remeasure::harness::plan::Plan;
use remeasure::harness::records::Store;
use remeasure::harness::registry::Registry;
use remeasure::harness::run::{Execution, Shard, Trouble, execute, troubles};
use remeasure::harness::{storage, workflow};

/// The limit of the estimators that exceed it.
const SHORT: Duration = Duration::from_millis(20);

remeasure::core::metrics! {
    METRICS:
    VALUE = Neither, "value", "the number drawn";
}

/// A metric of another family.
const OTHER: Metric = Metric { name: "other", ..VALUE };

const KINDS: [&str; 10] = [
    "good",
    "panics",
    "errs",
    "stops-early",
    "not-a-number",
    "undeclared",
    "endless",
    "endless-panics",
    "endless-errs",
    "deaf",
];

const fn entry<const K: usize>() -> Entry<str> {
    Entry { name: KINDS[K], about: "", schema: params::schema::<()>, read: |_| Ok(KINDS[K].into()) }
}

static UNRULY: Family<bool, f64, str> = Family {
    name: "unruly",
    metrics: METRICS,
    estimators: &[
        entry::<0>(),
        entry::<1>(),
        entry::<2>(),
        entry::<3>(),
        entry::<4>(),
        entry::<5>(),
        entry::<6>(),
        entry::<7>(),
        entry::<8>(),
        entry::<9>(),
    ],
    curves: &[],
    study: "",
    problems: Vec::new,
    problem: |table| Ok(table.contains_key("undrawable")),
    admit: |_, _| Ok(()),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |undrawable, streams| {
        anyhow::ensure!(!undrawable, "nothing to draw");
        Ok(streams.stream("value").r#gen())
    },
    measure: |_, data, kind, _, out| {
        if kind.starts_with("endless") {
            out.record(VALUE, *data);
            out.timed(|| while !deadline::passed() {});
        }
        match kind {
            "endless-panics" => panic!("stopped half way"),
            "endless-errs" => anyhow::bail!("stopped half way"),
            // Like a call to a library that does not check deadlines.
            "deaf" => std::thread::sleep(2 * SHORT),
            // Only in some trials, so that some of its results remain.
            "panics" if *data < 0.5 => panic!("index {} out of bounds", 7),
            "errs" => anyhow::bail!("singular matrix, \"really\"\nat row 3"),
            "not-a-number" => out.record(VALUE, f64::NAN),
            "undeclared" => out.record(OTHER, 1.0),
            _ => out.record(VALUE, *data),
        }
        Ok((kind == "stops-early").then(|| "gap 0.1, too large".into()))
    },
};

fn plan(estimators: &[&str], problem: &str) -> Plan<'static> {
    let estimators: String = estimators.iter().map(|k| format!("[[estimator]]\nkind = \"{k}\"\n")).collect();
    let config = format!(
        "experiment = \"x\"\ntitle = \"x\"\nfamily = \"unruly\"\nseed = 3\n[problem]\n{problem}\n\
         [sweep]\nproblem.a = [1, 2]\n{estimators}[profile.quick]\nreplicates = 40\n"
    );
    let document = Document::parse("x.toml", &config).unwrap();
    let resolved = document.resolve("quick", &Overrides::default()).unwrap();
    Plan::new(resolved, &UNRULY, &[]).unwrap()
}

fn run(estimators: &[&str], problem: &str, jobs: usize) -> (Vec<Trouble>, Store) {
    let plan = plan(estimators, problem);
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    let session = Session::of(&plan, METRICS, &[], "quick").unwrap();
    let mut journal = Journal::open(folder.path(), &plan, session, Mode::default()).unwrap();
    let execution = Execution { jobs, shard: Shard::WHOLE, stop: &|| false, isolation: None };
    let end = execute(&plan, &mut journal, &execution, &mut |done| last = done).unwrap();
    assert_eq!((end.trials, last, end.interrupted), (80, 80, false));
    let store = storage::write_files(folder.path(), &plan, METRICS, &journal).unwrap();
    // The data collected from the journal equal those read from the files.
    let read = storage::load(folder.path(), &plan).unwrap();
    assert_eq!(format!("{store:?}"), format!("{read:?}"));
    (troubles(&plan, &store), read)
}

fn values(store: &Store, name: &str) -> Vec<(u32, u32, f64)> {
    let index = store.estimator(name).unwrap();
    let of = store.records().iter().filter(|r| usize::from(r.estimator) == index);
    of.map(|r| (r.cell, r.replicate, r.value)).collect()
}

fn messages(store: &Store, name: &str, word: &str) -> Vec<String> {
    let index = store.estimator(name).unwrap();
    let of = store.outcomes.iter().filter(|o| usize::from(o.estimator) == index && o.outcome.word() == word);
    of.map(|o| o.outcome.message().into_owned()).collect()
}

#[test]
fn every_ending_is_a_row_and_the_others_are_untouched() {
    let (_, alone) = run(&["good"], "", 1);
    for jobs in [1, 3] {
        let (troubles, store) =
            run(&["panics", "good", "errs", "stops-early", "not-a-number", "undeclared"], "", jobs);
        assert_eq!(store.outcomes.len(), 6 * 80, "one row each");
        assert_eq!(values(&store, "good"), values(&alone, "good"));
        let drawn = values(&alone, "good");

        let panicked = messages(&store, "panics", "failed");
        assert_eq!(panicked.len(), drawn.iter().filter(|v| v.2 < 0.5).count());
        assert!(
            panicked[0].starts_with("panicked: index 7 out of bounds (tests/runner.rs:"),
            "{}",
            panicked[0]
        );
        assert_eq!(values(&store, "panics").len(), drawn.iter().filter(|v| v.2 >= 0.5).count());

        assert_eq!(messages(&store, "errs", "failed"), vec!["singular matrix, \"really\"\nat row 3"; 80]);
        assert!(values(&store, "errs").is_empty());

        assert_eq!(messages(&store, "stops-early", "not converged"), vec!["gap 0.1, too large"; 80]);
        assert_eq!(values(&store, "stops-early"), drawn, "its numbers are kept");

        assert!(values(&store, "not-a-number").iter().all(|v| v.2.is_nan()));
        assert!(messages(&store, "undeclared", "failed")[0].contains("not among those its family declares"));

        let named: Vec<(&str, &str, usize)> =
            troubles.iter().map(|t| (t.estimator.as_str(), t.outcome, t.trials)).collect();
        let expected = [
            ("panics", "failed", panicked.len()),
            ("errs", "failed", 80),
            ("stops-early", "not converged", 80),
            ("undeclared", "failed", 80),
        ];
        assert_eq!(named, expected);
    }
}

#[test]
fn data_that_cannot_be_drawn_fail_every_estimator_of_the_trial() {
    let (troubles, store) = run(&["good", "panics"], "undrawable = true", 2);
    assert_eq!(troubles.iter().map(|t| t.trials).sum::<usize>(), 160);
    assert!(store.records().is_empty());
    assert_eq!(messages(&store, "good", "failed")[0], "drawing the data: nothing to draw");
}

#[test]
fn what_outlasts_its_limit_is_timed_out_and_the_others_are_untouched() {
    let kinds = ["good", "endless", "stops-early", "endless-panics", "endless-errs", "deaf", "errs"];
    let plan = plan(&kinds, "");
    let streams = Streams { seed: 3, cell: plan.cells[0].id, replicate: 0 };
    let trial = |attempts: &[Attempt]| {
        let mut rows: Vec<FitRecord> = Vec::new();
        plan.runner(0).trial(&streams, attempts, &mut |event| {
            if let TrialEvent::Finished(position, row) = event {
                assert_eq!(position, rows.len());
                rows.push(row);
            }
        });
        rows
    };
    let value = |row: &FitRecord| row.measured.iter().map(|m| m.value.to_bits()).collect::<Vec<_>>();
    let alone = trial(&[Attempt { estimator: 0, limit: None }]);
    assert_eq!((alone[0].measured.len(), &alone[0].outcome), (1, &Outcome::Ok));

    let long = Some(Duration::from_secs(3600));
    let limits = [long, Some(SHORT), None, Some(SHORT), Some(SHORT), Some(SHORT), long];
    let attempts: Vec<Attempt> =
        limits.iter().enumerate().map(|(estimator, &limit)| Attempt { estimator, limit }).collect();
    let rows = trial(&attempts);
    assert_eq!(value(&rows[0]), value(&alone[0]));
    assert_eq!(rows[0].outcome, Outcome::Ok);
    for late in [1, 3, 4, 5] {
        assert_eq!(rows[late].outcome, Outcome::TimedOut(SHORT), "{}", kinds[late]);
        assert!(rows[late].measured.is_empty() && rows[late].seconds.is_none(), "{}", kinds[late]);
    }
    // The previous fit has left no deadline behind.
    assert_eq!(rows[2].outcome, Outcome::NotConverged("gap 0.1, too large".into()));
    assert_eq!(value(&rows[2]), value(&alone[0]), "all see the same data");
    assert_eq!(rows[6].outcome.word(), "failed", "what fails in time fails");
}

#[test]
fn the_drawing_of_the_data_has_no_limit() {
    let plan = plan(&["good"], "undrawable = true");
    let streams = Streams { seed: 3, cell: 0, replicate: 0 };
    let attempt = Attempt { estimator: 0, limit: Some(Duration::from_nanos(1)) };
    let mut words = Vec::new();
    plan.runner(0).trial(&streams, &[attempt], &mut |event| {
        if let TrialEvent::Finished(_, row) = event {
            words.push(row.outcome.word());
        }
    });
    assert_eq!(words, ["failed"]);
}

#[test]
fn the_example_runs_an_experiment_and_reads_its_findings() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(remeasure::FAMILIES, remeasure::CONFIGS).unwrap();
    let small = || run_from_rust::small(&registry, folder.path());
    let run = small().unwrap();
    assert_eq!(run.store.cells.len(), 5, "n/p at 20 dB");
    let verdict = |id: &str| run.findings.iter().find(|f| f.id == id).unwrap().verdict.word();
    assert_eq!(verdict("high-snr-greedy"), "reproduced");
    assert_eq!(verdict("low-snr-lasso"), "not testable");
    // n = 4p is easier than n = p/4.
    let error = |cell| run_from_rust::mean(&run, cell, "lasso-cv", "nmse").unwrap();
    assert!(error(4) < error(0));
    assert!(!run.is_reported());
    let files = workflow::report(&run).unwrap();
    assert!(files.len() > 10 && files.iter().all(|f| f.is_file()));
    let told = |run: &workflow::Run<'_>| (format!("{:?}", run.findings), format!("{:?}", run.store));
    let before = told(&run);
    // Only one process at a time.
    assert!(small().is_err());
    drop(run);

    // Nothing is left to run, and the report exists.
    let again = small().unwrap();
    assert_eq!(told(&again), before);
    assert!(again.is_reported());
    let stored = workflow::stored(again.planned, &again.folder, again.manifest).unwrap();
    assert_eq!(told(&stored), before);
}
