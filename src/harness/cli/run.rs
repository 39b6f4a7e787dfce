//! `run`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::progress::Progress;
use super::{Ending, RunArgs, documents, host};
use crate::harness::experiment::Experiment;
use crate::harness::plan::Plan;
use crate::harness::provenance::{Code, Hardware, Manifest, now};
use crate::harness::run::execute;
use crate::harness::{report, storage};

/// An experiment whose config has passed every check.
struct Ready<'a> {
    plan: Plan<'a>,
    experiment: &'a Experiment,
    folder: PathBuf,
}

/// Where a run is kept: a changed config or a filter gets a folder of its own, so
/// that it cannot overwrite the run of the plain profile.
fn folder_name(plan: &Plan<'_>, args: &RunArgs) -> String {
    let resolved = &plan.resolved;
    let mut name = resolved.profile.clone();
    if !args.changes.overrides().is_empty() {
        name.push_str(&format!("-{}", &resolved.hash()[..8]));
    }
    if !args.only.is_empty() {
        let clean = |c: char| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '_' };
        let only: String = args.only.join("+").chars().map(clean).collect();
        name.push_str(&format!("-only-{only}"));
    }
    name
}

fn prepare<'a>(experiments: &'a [Experiment], args: &RunArgs) -> Result<Vec<Ready<'a>>> {
    let documents = documents(experiments, &args.experiments, args.config.as_deref())?;
    let mut ready = Vec::new();
    for document in &documents {
        let resolved = document.resolve(&args.profile, &args.changes.overrides())?;
        let experiment = host(experiments, &resolved)?;
        let plan = Plan::new(resolved, experiment.family, &args.only)?;
        report::check_names(&plan.resolved, experiment)?;
        let folder = args.out.join(&plan.resolved.experiment).join(folder_name(&plan, args));
        ready.push(Ready { plan, experiment, folder });
    }
    // Only when every config is sound, and before anything runs.
    for Ready { folder, .. } in &ready {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        storage::AtomicFile::create(&folder.join("probe"))?;
    }
    Ok(ready)
}

pub(super) fn run(experiments: &[Experiment], args: &RunArgs) -> Result<Ending> {
    let mut ending = Ending::default();
    let jobs =
        args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    let ready = prepare(experiments, args)?;
    let mut reports = Vec::new();
    for Ready { plan, experiment, folder } in &ready {
        let resolved = &plan.resolved;
        eprintln!(
            "{}, profile {}: {} cells × {} replicates, {} estimators",
            resolved.experiment,
            resolved.profile,
            plan.cells.len(),
            resolved.replicates,
            plan.wanted.len()
        );
        let started = now();
        let mut progress = Progress::start(&resolved.experiment, plan.trials());
        let end =
            execute(plan, experiment.family.metrics(), jobs, folder, &mut |done| progress.update(done))?;
        let took = progress.finish();
        eprintln!("  {} trials in {:.1} s on {jobs} threads", end.trials, took.as_secs_f64());
        let manifest = Manifest {
            command: std::env::args().collect::<Vec<_>>().join(" "),
            jobs,
            only: args.only.clone(),
            started,
            finished: now(),
            trials: end.trials,
            config_hash: resolved.hash(),
            profile: resolved.profile.clone(),
            code: Code::of_this_binary(),
            hardware: Hardware::here(),
            config: toml::from_str(&resolved.to_toml())?,
        };
        manifest.write(folder)?;
        let made = report::rebuild(folder, plan, experiment, &manifest)?;
        ending.contradicted |= args.strict && made.contradicted();
        for trouble in &end.troubles {
            ending.troubled = true;
            eprintln!(
                "  {} {} in {} of {} trials, first in {}",
                trouble.estimator, trouble.outcome, trouble.trials, end.trials, trouble.example
            );
        }
        reports.push(made);
    }
    for made in &reports {
        made.print()?;
    }
    Ok(ending)
}
