//! `check-config`: everything that would go wrong with a config, before it does.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use remeasure_core::family::TrialEvent;
use remeasure_core::format::count;
use remeasure_harness::config::Overrides;
use remeasure_harness::interrupt;
use remeasure_harness::plan::{Plan, cell_label};
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow;

use super::permission::Permission;
use super::{Ending, read_file};
use crate::output::say;
use crate::pilot;

#[derive(Debug, Args)]
pub(super) struct CheckConfigArgs {
    /// The config file
    #[arg(value_name = "FILE")]
    config: PathBuf,
    /// The profile whose time is estimated
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Only read the config; run no trial
    #[arg(long)]
    no_pilot: bool,
    #[command(flatten)]
    permission: Permission,
}

/// Runs one trial in each cell; returns the mean seconds, and prints every fit that does not end well.
fn pilot(plan: &Plan<'_>, out: &mut dyn Write) -> Result<(f64, bool)> {
    if !plan.resolved.commands().is_empty() {
        // Programs take a while to start.
        pilot::trial(plan, 0, 0, &mut |_, _| {});
    }
    let (mut seconds, mut well) = (0.0, true);
    for cell in 0..plan.cells.len() {
        let mut troubles = Vec::new();
        let begun = Instant::now();
        pilot::trial(plan, cell, 0, &mut |estimator, event| match event {
            TrialEvent::Finished(_, row) if !row.outcome.message().is_empty() => {
                troubles.push((estimator, row.outcome));
            }
            TrialEvent::Started(_) | TrialEvent::Finished(..) => {}
        });
        seconds += begun.elapsed().as_secs_f64();
        for (estimator, outcome) in troubles {
            well = false;
            let name = &plan.resolved.estimators[estimator].name;
            let place = match plan.resolved.axes.is_empty() {
                true => String::new(),
                false => format!(" in {}", cell_label(&plan.resolved.axes, &plan.cells[cell])),
            };
            writeln!(out, "  {name}{place}: {}: {}", outcome.word(), outcome.message())?;
        }
    }
    Ok((seconds / plan.cells.len().max(1) as f64, well))
}

pub(super) fn check_config(registry: &Registry, args: &CheckConfigArgs) -> Result<Ending> {
    let document = read_file(&args.config)?;
    // A profile that does not resolve is an error even if another one is asked for.
    for profile in document.profiles() {
        workflow::resolve(registry, &document, profile, &Overrides::default(), &[])
            .with_context(|| format!("profile {profile}"))?;
    }
    let mut planned = workflow::resolve(registry, &document, &args.profile, &Overrides::default(), &[])?;
    let mut out = say();
    writeln!(
        out,
        "{}: all keys are valid, in {}",
        args.config.display(),
        count(document.profiles().len(), "profile")
    )?;
    for input in planned.plan.inputs_taken() {
        writeln!(out, "  {}: {}", input.name, input.holds)?;
    }
    if args.no_pilot {
        return Ok(Ending::Done);
    }
    args.permission.grant(&mut planned.plan.resolved)?;
    interrupt::end_programs()?;
    let plan = &planned.plan;
    let (seconds, well) = pilot(plan, &mut out)?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let all = seconds * plan.trials() as f64;
    writeln!(
        out,
        "Profile {}: {} of about {} each, {} on {}",
        args.profile,
        count(plan.trials(), "trial"),
        pilot::time(seconds),
        pilot::time(all / jobs.min(plan.trials()).max(1) as f64),
        count(jobs, "thread")
    )?;
    let mut ending = Ending::Done;
    ending.raise(Ending::Troubled, !well);
    Ok(ending)
}
