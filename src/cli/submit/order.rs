//! Which shards of a run exist, and which are left to submit.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::journal::{Session, holder, sessions, survey};
use remeasure_harness::plan::Plan;
use remeasure_harness::run::Shard;
use remeasure_harness::workflow::{named_shard, shard_folder, shards, shards_folder};

use super::sizing::{Count, choose};
use super::{FOLDER, SubmitArgs, jobs, slurm};
use crate::status::done;

/// The existing shards of a run.
struct There {
    /// Number of shards that the run is divided into.
    of: u32,
    /// Shards that are neither complete nor running, by number.
    missing: Vec<u32>,
    running: Vec<(u32, String)>,
}

/// Reads the shards in `run`; `None` if there are none.
fn look(args: &SubmitArgs, run: &Path, plan: &Plan<'_>, session: &Session) -> Result<Option<There>> {
    let mut numbers: BTreeSet<u32> = jobs::number(&run.join(FOLDER))?.into_iter().collect();
    let folder = shards_folder(run);
    let begun = if folder.is_dir() { shards(&folder)? } else { Vec::new() };
    numbers.extend(begun.iter().filter_map(|shard| Some(named_shard(shard)?.of)));
    let Some(of) = numbers.pop_first() else { return Ok(None) };
    if !numbers.is_empty() {
        numbers.insert(of);
        let of: Vec<String> = numbers.iter().map(u32::to_string).collect();
        bail!(
            "{} is divided into {} shards, which cannot be merged; remove the shards of all but one division",
            run.display(),
            of.join(" and into ")
        );
    }
    if let Some(Count::Of(n)) = args.shards
        && n != of
    {
        bail!(
            "{} is divided into {of} shards, not {n}: omit --shards, remove the folder or give another --out",
            run.display()
        );
    }
    let mut there = There { of, missing: Vec::new(), running: Vec::new() };
    for index in 1..=of {
        let shard = Shard { index, of };
        let folder = shard_folder(run, shard);
        if let Some(before) = sessions(&folder)?.unwrap_or_default().last() {
            let differing = session.differences(before)?;
            if !differing.is_empty() {
                bail!(
                    "{} was run with another config; use that config or give another --out:\n  {}",
                    folder.display(),
                    differing.join("\n  ")
                );
            }
            let code = session.code.changes_since(&before.code);
            // With --program the code is known only on the nodes; each task checks it there.
            if !code.is_empty() && !args.mix && args.program.is_none() {
                bail!(
                    "{} was measured with other code:\n  {}\nUse --mix to accept both, or give another --out",
                    folder.display(),
                    code.join("\n  ")
                );
            }
        }
        if let Some(who) = holder(&folder) {
            there.running.push((index, who));
            continue;
        }
        let have = survey(&folder, plan, session, true)?.map_or(0, |its| done(&its.coverage, shard, plan));
        if have < shard.trials(plan.trials()) {
            there.missing.push(index);
        }
    }
    Ok(Some(there))
}

/// The jobs to submit.
pub(super) struct Order {
    pub(super) of: u32,
    pub(super) shards: Vec<u32>,
    /// Jobs already in the queue that the merge job must also wait for.
    pub(super) wait_for: Vec<u64>,
    /// Merge jobs of earlier submissions that are still in the queue.
    pub(super) earlier_merge: Vec<u64>,
}

/// Decides what to submit; `None` if nothing is left to do.
pub(super) fn order(
    args: &SubmitArgs,
    run: &Path,
    plan: &Plan<'_>,
    session: &Session,
    job_name: &str,
) -> Result<Option<Order>> {
    let here = run.display();
    if sessions(run)?.is_some_and(|its| !its.is_empty()) {
        let whole = survey(run, plan, session, args.mix)?
            .is_some_and(|s| done(&s.coverage, Shard::WHOLE, plan) == plan.trials());
        if whole {
            advise!("{here} is complete: nothing to submit");
            return Ok(None);
        }
        bail!("{here} holds an unsharded run; resume it with `run`, or give another --out to submit shards");
    }
    let Some(there) = look(args, run, plan, session)? else {
        if args.missing {
            bail!("{here} has no shards yet: submit without --missing first");
        }
        let of = choose(args, plan, run.parent().unwrap_or(run))?;
        return Ok(Some(Order {
            of,
            shards: (1..=of).collect(),
            wait_for: Vec::new(),
            earlier_merge: Vec::new(),
        }));
    };
    if !args.missing {
        bail!(
            "{here} has already been submitted or started, in {}; use --missing to submit what is incomplete",
            count(there.of as usize, "shard")
        );
    }
    let sent = jobs::read(&run.join(FOLDER))?;
    let ids: Vec<u64> = sent.iter().map(|s| s.job).collect();
    let queue = if ids.is_empty() { Vec::new() } else { slurm::in_queue(&ids, job_name)? };
    let (mut shards, mut wait_for, mut earlier_merge) = (there.missing, BTreeSet::new(), Vec::new());
    for task in queue {
        let Some(job) = sent.iter().find(|s| s.job == task.job) else { continue };
        match (job.offset, task.task) {
            (Some(offset), Some(number)) => {
                shards.retain(|s| *s != offset + number);
                wait_for.insert(task.job);
            }
            (None, _) => earlier_merge.push(task.job),
            _ => {}
        }
    }
    for (index, who) in &there.running {
        advise!("shard {index}/{} is running: {who}", there.of);
    }
    if shards.is_empty() && !earlier_merge.is_empty() {
        advise!("{here}: everything missing is in the queue: nothing to submit");
        return Ok(None);
    }
    Ok(Some(Order { of: there.of, shards, wait_for: wait_for.into_iter().collect(), earlier_merge }))
}
