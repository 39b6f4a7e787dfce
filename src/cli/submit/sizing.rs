//! Chooses the number of shards of a run.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::cluster;
use remeasure_harness::cluster::{LEAST_SECONDS, cpus_per_task};
use remeasure_harness::plan::Plan;
use remeasure_harness::storage::seconds_per_trial;

use super::SubmitArgs;
use crate::pilot::{measure, time};

/// Value of `--shards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Auto,
    Of(u32),
}

pub(super) fn shards(text: &str) -> std::result::Result<Count, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(Count::Of(n)),
        _ if text == "auto" => Ok(Count::Auto),
        _ => Err("expected a number of at least 1, or auto".to_owned()),
    }
}

/// A stored run of the experiment and its mean seconds of fitting per trial.
fn stored_seconds(experiment: &Path) -> Option<(String, f64)> {
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(experiment).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
    runs.sort();
    runs.iter().find_map(|run| Some((run.display().to_string(), seconds_per_trial(run).ok()??)))
}

/// Chooses the number of shards for a run that has none yet.
pub(super) fn choose(args: &SubmitArgs, plan: &Plan<'_>, experiment: &Path) -> Result<u32> {
    let trials = plan.trials();
    let cpus = cpus_per_task(&args.options);
    let lasting = |of: u32, seconds: f64| trials as f64 / f64::from(of) * seconds / f64::from(cpus);
    match args.shards.unwrap_or(Count::Auto) {
        Count::Of(of) => {
            if of as usize > trials {
                bail!(
                    "--shards {of}: there are only {}, so use at most {trials} shards",
                    count(trials, "trial")
                );
            }
            if let Some((run, seconds)) = stored_seconds(experiment)
                && of > 1
                && lasting(of, seconds) < LEAST_SECONDS
            {
                advise!(
                    "note: fits took {} per trial in {run}; at that rate, a task takes {}, less than a minute: \
                     --shards {} is enough",
                    time(seconds),
                    time(lasting(of, seconds)),
                    cluster::propose(trials, seconds, cpus)
                );
            }
            Ok(of)
        }
        Count::Auto => {
            let (measured, seconds) = measure(plan);
            let of = cluster::propose(trials, seconds, cpus);
            advise!(
                "{} took {} each: {} of about {} each with {}",
                count(measured, "trial"),
                time(seconds),
                count(of as usize, "shard"),
                time(lasting(of, seconds)),
                count(cpus as usize, "thread")
            );
            Ok(of)
        }
    }
}
