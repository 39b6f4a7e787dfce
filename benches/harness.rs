//! Overhead of the harness: 100,000 trials that do almost nothing.
//!
//! Prints CPU time per trial and peak memory, for one thread and for all. The target is below 20 µs per
//! trial, with memory independent of the number of trials. Under `cargo test` it runs only a few trials, as a
//! check.

use std::time::Instant;

use rand::Rng;
use remeasure::core::family::Family;
use remeasure::core::params::{self, Entry};
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::journal::{Journal, Mode, Session};
use remeasure::harness::plan::Plan;
use remeasure::harness::run::{Execution, Shard, execute};
use remeasure::harness::storage::write_files;

remeasure::core::metrics! {
    METRICS:
    VALUE = Neither, "value", "a uniform number";
}

static TRIVIAL: Family<(), f64, ()> = Family {
    name: "trivial",
    metrics: METRICS,
    estimators: &[Entry {
        name: "identity",
        about: "records the number drawn",
        schema: params::schema::<()>,
        read: |_| Ok(Box::new(())),
    }],
    curves: &[],
    study: "",
    problems: Vec::new,
    problem: |_| Ok(()),
    admit: |(), ()| Ok(()),
    inputs: |()| &[],
    never: |()| Vec::new(),
    ready: |_| (),
    draw: |(), streams| Ok(streams.stream("value").r#gen()),
    measure: |(), data, (), _, out| {
        let value = out.timed(|| *data);
        out.record(VALUE, value);
        Ok(None)
    },
};

const CONFIG: &str = r#"
experiment = "trivial"
title = "Trivial trials"
family = "trivial"
seed = 1
[problem]
[sweep]
problem.a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
problem.b = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
[[estimator]]
kind = "identity"
[profile.quick]
replicates = 1
"#;

/// User and system time of this process so far, in seconds; 0 if the system does not report it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.map_or_else(|| "unknown".to_owned(), |l| l.trim_start_matches("VmHWM:").trim().to_owned())
}

fn main() -> anyhow::Result<()> {
    let measuring = std::env::args().any(|a| a == "--bench");
    let sizes: &[u32] = if measuring { &[100, 1000, 10_000] } else { &[2] };
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for jobs in [1, all] {
        for &replicates in sizes {
            let overrides = Overrides { replicates: Some(replicates), ..Overrides::default() };
            let resolved = Document::parse("trivial.toml", CONFIG)?.resolve("quick", &overrides)?;
            let plan = Plan::new(resolved, &TRIVIAL, &[])?;
            let folder = tempfile::tempdir()?;
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let open = || -> anyhow::Result<Journal> {
                let session = Session::of(&plan, METRICS, &[], "quick")?;
                Journal::open(folder.path(), &plan, session, Mode::default())
            };
            let mut journal = open()?;
            let execution = Execution { jobs, shard: Shard::WHOLE, stop: &|| false, isolation: None };
            let end = execute(&plan, &mut journal, &execution, &mut |_| {})?;
            anyhow::ensure!(end.trials == plan.trials(), "every trial was run");
            journal.sync()?;
            let trials_only = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            write_files(folder.path(), &plan, METRICS, &journal)?;
            let per_trial = |seconds: f64| seconds / end.trials as f64 * 1e6;
            println!(
                "{jobs} threads, {:>9} trials: {:.2} µs CPU and {:.2} µs wall a trial, with the CSV files {:.2} and \
                 {:.2}; peak memory {}",
                end.trials,
                per_trial(trials_only.1),
                per_trial(trials_only.0),
                per_trial(cpu_seconds() - cpu),
                per_trial(wall.elapsed().as_secs_f64()),
                peak_memory()
            );
            drop(journal);
            let again = Instant::now();
            let journal = open()?;
            anyhow::ensure!(journal.recovery.done == plan.trials(), "nothing is left to run");
            println!(
                "           opened again in {:.3} s: {} stored, {} MB",
                again.elapsed().as_secs_f64(),
                journal.recovery.done,
                std::fs::metadata(folder.path().join("journal"))?.len() / 1_000_000
            );
        }
    }
    Ok(())
}
