//! `merge`: joins the shards of a run.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow::Shards;

use super::Ending;
use super::output::say;
use super::run::conclude;

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Folders of shards, or folders with such folders below them
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the results: DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Also merge shards measured by other builds
    #[arg(long)]
    mix: bool,
    /// Replace an existing run
    #[arg(long)]
    fresh: bool,
    /// Exit with 1 if a claim is contradicted
    #[arg(long)]
    strict: bool,
}

pub(super) fn merge(experiments: &Registry, args: &MergeArgs) -> Result<Ending> {
    let shards = Shards::find(experiments, &args.folders, args.mix)?;
    let plan = &shards.planned.plan;
    advise!(
        "{}, profile {}: {} of {} from {}",
        plan.resolved.experiment,
        plan.resolved.profile,
        count(plan.trials(), "trial"),
        count(plan.wanted.len(), "estimator"),
        count(shards.count(), "shard"),
    );
    let run = shards.merge(&args.out, args.fresh, &mut |text| advise!("  {text}"))?;
    let mut ending = Ending::Done;
    let text = conclude(&run, args.strict, &mut ending)?;
    say().write_all(text.as_bytes())?;
    Ok(ending)
}
