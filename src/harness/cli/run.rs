//! `run`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::progress::Progress;
use super::{Ending, RunArgs, documents, host};
use crate::harness::experiment::Experiment;
use crate::harness::format::count;
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
        let given = args.only.join("+");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        let only: String = given.chars().map(|c| if plain(c) { c } else { '_' }).collect();
        name.push_str(&format!("-only-{only}"));
        if given.contains(|c: char| !plain(c) && c != '=' && c != ',') {
            // Patterns that look alike once cleaned keep apart.
            let digest = Sha256::digest(given.as_bytes());
            name.push_str(&format!("-{:02x}{:02x}", digest[0], digest[1]));
        }
    }
    name
}

fn prepare<'a>(experiments: &'a [Experiment], args: &RunArgs) -> Result<Vec<Ready<'a>>> {
    let documents = documents(experiments, &args.experiments, args.config.as_deref())?;
    let (mut ready, mut unfit) = (Vec::new(), Vec::new());
    for document in &documents {
        let resolved = document.resolve(&args.profile, &args.changes.overrides())?;
        let experiment = host(experiments, &resolved)?;
        let plan = match Plan::new(resolved, experiment.family, &args.only) {
            Ok(plan) => plan,
            // Without names, a filter picks the experiments that it fits.
            Err(error) if error.place.starts_with("--only") && args.experiments.is_empty() => {
                unfit.push(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        report::check_names(&plan.resolved, experiment)?;
        let folder = args.out.join(&plan.resolved.experiment).join(folder_name(&plan, args));
        ready.push(Ready { plan, experiment, folder });
    }
    if let (true, Some(error)) = (ready.is_empty(), unfit.into_iter().next()) {
        return Err(error.into());
    }
    // Only when every config is sound, and before anything runs.
    for Ready { folder, .. } in &ready {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        storage::AtomicFile::create(&folder.join("probe"))?;
    }
    Ok(ready)
}

/// Moves a finished run of another config aside, so that nothing measured is lost.
fn keep_other_run(folder: &Path, hash: &str) -> Result<()> {
    let Ok(previous) = Manifest::read(folder) else { return Ok(()) };
    if previous.config_hash == hash {
        return Ok(());
    }
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(format!("-{}", &previous.config_hash.get(..8).unwrap_or("old")));
    let aside = folder.with_file_name(name);
    let moved = || format!("cannot move {} to {}", folder.display(), aside.display());
    if aside.exists() {
        // An older run of that same config: its numbers are the ones moved here.
        std::fs::remove_dir_all(&aside).with_context(moved)?;
    }
    std::fs::rename(folder, &aside).with_context(moved)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    eprintln!("  the run of another config that was there is kept in {}", aside.display());
    Ok(())
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
            "{}, profile {}: {} × {}, {}",
            resolved.experiment,
            resolved.profile,
            count(plan.cells.len(), "cell"),
            count(resolved.replicates as usize, "replicate"),
            count(plan.wanted.len(), "estimator"),
        );
        keep_other_run(folder, &resolved.hash())?;
        let started = now();
        let mut progress = Progress::start(&resolved.experiment, plan.trials());
        let end =
            execute(plan, experiment.family.metrics(), jobs, folder, &mut |done| progress.update(done))?;
        let took = progress.finish();
        eprintln!(
            "  {} in {:.1} s on {}",
            count(end.trials, "trial"),
            took.as_secs_f64(),
            count(jobs, "thread")
        );
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
            inputs: plan.inputs(),
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
        made.print_unless_closed()?;
    }
    Ok(ending)
}
