//! `merge`: the shards of a run put together.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_core::format::{count, thousands};
use remeasure_harness::journal::{JOURNAL, Journal, Lock, Mode, Overlap, Session, Union, holder, sessions};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::{Host, Registry};
use remeasure_harness::report;
use remeasure_harness::run::Shard;

use super::folders::shards;
use super::run::{conclude, manifest};
use super::{Ending, MergeArgs, host};

/// A shard's folder and the sessions of its journal.
type Source = (PathBuf, Vec<Session>);

/// Trials named in a message.
const NAMED: usize = 5;

/// The share that a journal's sessions say.
fn share(sessions: &[Session]) -> Option<Shard> {
    sessions.last()?.shard.parse().ok()
}

/// The folders to be put together, in an order that does not depend on the command line's.
fn sources(folders: &[PathBuf]) -> Result<Vec<Source>> {
    let mut found: Vec<Source> = Vec::new();
    let mut seen = Vec::new();
    for given in folders {
        let below = shards(given)?;
        if below.is_empty() {
            bail!("no shard in {} or below it; `run --shard I/N` makes one", given.display());
        }
        for folder in below {
            let whole = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
            // A folder given twice is one folder.
            if seen.contains(&whole) {
                continue;
            }
            seen.push(whole);
            if let Some(who) = holder(&folder) {
                bail!("{who} is running in {}; wait for it or stop it", folder.display());
            }
            let its = sessions(&folder)?.unwrap_or_default();
            found.push((folder, its));
        }
    }
    found.sort_by_cached_key(|(folder, its)| (share(its).map(|s| (s.of, s.index)), folder.clone()));
    Ok(found)
}

fn lines(of: &[String]) -> String {
    of.iter().map(|line| format!("\n  {line}")).collect()
}

/// The session that stands for all: refuses sources whose config or, without `mix`, code differs from it.
fn reference(sources: &[Source], mix: bool) -> Result<&Session> {
    let mut all = sources.iter().filter_map(|(folder, its)| Some((folder, its.last()?)));
    let Some((first, reference)) = all.next() else {
        bail!("no trial is stored in {}", count(sources.len(), "shard"));
    };
    for (folder, session) in all {
        let between = || format!("{} and {}", first.display(), folder.display());
        let differing = session.differences(reference).with_context(between)?;
        if !differing.is_empty() {
            bail!("not shards of one run: {} differ:{}", between(), lines(&differing));
        }
        let code = session.code.changes_since(&reference.code);
        if !mix && !code.is_empty() {
            bail!(
                "{} were measured with different code:{}\nWith --mix they are put together all the same",
                between(),
                lines(&code)
            );
        }
    }
    Ok(reference)
}

/// Refuses rows that two journals have.
fn refuse_overlaps(overlaps: &[Overlap], name: &dyn Fn(usize) -> String) -> Result<()> {
    if overlaps.is_empty() {
        return Ok(());
    }
    let tell = |overlap: &Overlap| {
        let [a, b] = &overlap.folders;
        let agree = match overlap.differing {
            0 => "their numbers agree".to_owned(),
            n => format!("in {} the numbers differ", thousands(n)),
        };
        format!(
            "{} and {} both have {}, the first of trial {}; {agree}",
            a.display(),
            b.display(),
            count(overlap.rows, "row"),
            name(overlap.trial)
        )
    };
    let told: Vec<String> = overlaps.iter().map(tell).collect();
    bail!("the shards overlap; leave out one of each two:{}", lines(&told))
}

/// Refuses trials that no journal has.
fn refuse_gaps(
    plan: &Plan<'_>,
    union: &Union,
    sources: &[Source],
    name: &dyn Fn(usize) -> String,
) -> Result<()> {
    let replicates = plan.resolved.replicates as usize;
    let lacks = |trial: usize| {
        let mut wanted = plan.wanted.iter().enumerate();
        wanted.any(|(p, &e)| !union.has(trial, p) && plan.skipped(trial / replicates, e).is_none())
    };
    let mut shares = sources.iter().filter_map(|(_, its)| share(its)).map(|s| s.of);
    // The shards say which is missing only if they agree on their number.
    let of = shares.next().filter(|first| shares.all(|n| n == *first)).unwrap_or(1);
    let mut by_shard = vec![0_usize; of as usize];
    let mut first = Vec::new();
    for trial in (0..plan.trials()).filter(|&t| lacks(t)) {
        by_shard[trial % of as usize] += 1;
        if first.len() < NAMED {
            first.push(name(trial));
        }
    }
    let missing: usize = by_shard.iter().sum();
    if missing == 0 {
        return Ok(());
    }
    if let Some((folder, entries, changes)) = &union.conflict {
        bail!(
            "{} holds {} measured with another config or code, and {} of {} trials missing without them:{}\n\
             With --mix, what other code measured is taken, too",
            folder.display(),
            count(*entries, "trial"),
            thousands(missing),
            thousands(plan.trials()),
            lines(changes)
        );
    }
    let mut text = format!("{} of {} trials missing", thousands(missing), thousands(plan.trials()));
    if of > 1 {
        let incomplete = by_shard.iter().enumerate().filter(|(_, n)| **n > 0);
        let named: Vec<String> =
            incomplete.map(|(i, n)| format!("{} of shard {}/{of}", thousands(*n), i + 1)).collect();
        text.push_str(&format!(": {}", named.join(", ")));
    }
    let more = if missing > first.len() { ", …" } else { "" };
    bail!("{text}\n  first trials: {}{more}\nNothing was written", first.join(", "))
}

/// The plan of the run, from its session alone. Files that a problem reads need not be here.
fn plan_of(session: &Session, experiment: Host<'_>) -> Result<Plan<'static>> {
    let resolved = session.resolved()?;
    let plan = if session.inputs.is_empty() {
        Plan::new(resolved, experiment.family, &session.only)?
    } else {
        Plan::stored(resolved, &session.only)?
    };
    report::check_names(&plan.resolved, experiment)?;
    Ok(plan)
}

/// Says what was damaged.
fn tell_damage(union: &Union) {
    for (folder, recovery) in &union.recoveries {
        for damage in &recovery.damage {
            eprintln!(
                "  warning: {}: {} bytes at offset {} are damaged",
                folder.join(JOURNAL).display(),
                damage.length,
                damage.offset
            );
        }
        if recovery.torn > 0 {
            eprintln!("  {}: the last entry was cut short", folder.join(JOURNAL).display());
        }
    }
}

/// Takes the run's folder, unless a run is in it.
fn take(folder: &Path, fresh: bool) -> Result<Lock> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let lock = Lock::take(folder)?;
    if !fresh && sessions(folder)?.is_some_and(|its| !its.is_empty()) {
        bail!(
            "{} holds a run already; with --fresh it is replaced; with another --out both are kept",
            folder.display()
        );
    }
    Ok(lock)
}

pub(super) fn merge(experiments: &Registry, args: &MergeArgs) -> Result<Ending> {
    let sources = sources(&args.folders)?;
    let reference = reference(&sources, args.mix)?;
    let resolved = reference.resolved()?;
    let experiment = host(experiments, &resolved)?;
    let plan = plan_of(reference, experiment)?;
    let present = reference.now(experiment.family.metrics());
    let changes = present.code.changes_since(&reference.code);
    if !args.mix && !changes.is_empty() {
        bail!(
            "the shards were measured with other code than this:{}\nWith --mix they are put together all the same",
            lines(&changes)
        );
    }
    eprintln!(
        "{}, profile {}: {} of {} from {}",
        plan.resolved.experiment,
        plan.resolved.profile,
        count(plan.trials(), "trial"),
        count(plan.wanted.len(), "estimator"),
        count(sources.len(), "shard"),
    );
    let names = plan.trial_names();
    let replicates = plan.resolved.replicates as usize;
    let name = |trial: usize| format!("{}-{}", names[trial / replicates], trial % replicates);
    let union = Union::read(&sources, &plan, &present, args.mix)?;
    tell_damage(&union);
    refuse_overlaps(&union.overlaps, &name)?;
    refuse_gaps(&plan, &union, &sources, &name)?;

    let folder = args.out.join(&plan.resolved.experiment).join(&reference.folder);
    let _lock = take(&folder, args.fresh)?;
    union.write(&folder.join(JOURNAL))?;
    drop(union);
    let mut journal = Journal::open(&folder, &plan, present, Mode { fresh: false, mix: args.mix })?;
    journal.sync()?;
    let jobs = sources.iter().filter_map(|(_, its)| its.first()).map(|s| s.jobs).sum();
    let kept = manifest(&folder, &plan, &journal, &reference.only, jobs, true)?;
    let mut ending = Ending::default();
    conclude(&folder, &plan, experiment, &journal, &kept, args.strict, &mut ending)?.print_unless_closed()?;
    Ok(ending)
}
