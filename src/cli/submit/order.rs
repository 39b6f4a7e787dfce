//! What is there of a run, and what is left to send.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use remeasure_core::format::count;
use remeasure_harness::journal::{Session, holder, sessions, survey};
use remeasure_harness::plan::Plan;
use remeasure_harness::run::Shard;
use remeasure_harness::workflow::{named_shard, shard_folder, shards, shards_folder};

use super::sizing::{Count, choose};
use super::{FOLDER, SubmitArgs, jobs, slurm};
use crate::status::done;

/// What is there of a run already.
struct There {
    /// Number of shards.
    of: u32,
    /// Shards that are neither complete nor running, by number.
    missing: Vec<u32>,
    running: Vec<(u32, String)>,
}

/// Looks at the shards in `run`; `None` where there are none.
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
            "{} is divided into {} shards, which cannot be merged; take those of one division away",
            run.display(),
            of.join(" and into ")
        );
    }
    if let Some(Count::Of(n)) = args.shards
        && n != of
    {
        bail!(
            "{} is divided into {of} shards, not {n}: leave --shards away, take the folder away or give another --out",
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
                    "{} is of another config; give the same or another --out:\n  {}",
                    folder.display(),
                    differing.join("\n  ")
                );
            }
            let code = session.code.changes_since(&before.code);
            // The code of another program is known on its nodes only; a task refuses, too.
            if !code.is_empty() && !args.mix && args.program.is_none() {
                bail!(
                    "{} was measured with other code:\n  {}\nWith --mix both are taken; or give another --out",
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

/// What a submission sends.
pub(super) struct Order {
    pub(super) of: u32,
    pub(super) shards: Vec<u32>,
    /// Jobs already in the queue for which merging is to wait as well.
    pub(super) wait_for: Vec<u64>,
    /// The job that merges, of an earlier submission.
    pub(super) earlier_merge: Vec<u64>,
}

/// Decides what to send; `None` where there is nothing left to do.
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
            eprintln!("{here} is complete: nothing to send");
            return Ok(None);
        }
        bail!("{here} holds a run of its own, which `run` goes on with; give another --out to send shards");
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
            "{here} has been submitted or begun already, in {}; --missing sends what is not complete",
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
        eprintln!("shard {index}/{} is running: {who}", there.of);
    }
    if shards.is_empty() && !earlier_merge.is_empty() {
        eprintln!("{here}: all that is missing is in the queue: nothing to send");
        return Ok(None);
    }
    Ok(Some(Order { of: there.of, shards, wait_for: wait_for.into_iter().collect(), earlier_merge }))
}
