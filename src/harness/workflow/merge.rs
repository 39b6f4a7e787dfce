//! Merges the shards of a run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_core::format::{count, thousands};

use super::run::{lock, manifest};
use super::{Planned, Run, shards};
use crate::journal::{JOURNAL, Journal, Mode, Overlap, Session, Union, holder, sessions};
use crate::plan::Plan;
use crate::registry::Registry;
use crate::run::Shard;

/// A shard's folder and the sessions of its journal.
type ShardFolder = (PathBuf, Vec<Session>);

/// Maximum number of trials to name in a message.
const NAMED: usize = 5;

/// The shard that a journal's sessions ran.
fn share(sessions: &[Session]) -> Option<Shard> {
    sessions.last()?.shard.parse().ok()
}

/// The folders to merge, in an order that does not depend on the command line's.
fn sources(folders: &[PathBuf]) -> Result<Vec<ShardFolder>> {
    let mut found: Vec<ShardFolder> = Vec::new();
    let mut seen = Vec::new();
    for given in folders {
        let below = shards(given)?;
        if below.is_empty() {
            bail!("no shard in {} or below it; create one with `run --shard I/N`", given.display());
        }
        for folder in below {
            let whole = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
            // Ignore a folder that is given twice.
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

/// The session to compare with. Refuses sources whose config or, without `mix`, code differs from it.
fn reference(sources: &[ShardFolder], mix: bool) -> Result<&Session> {
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
                "{} were measured with different code:{}\nUse --mix to merge them anyway",
                between(),
                lines(&code)
            );
        }
    }
    Ok(reference)
}

/// Refuses rows that occur in two journals.
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
    bail!("the shards overlap; leave out one of each pair:{}", lines(&told))
}

/// Refuses missing trials.
fn refuse_gaps(
    plan: &Plan<'_>,
    union: &Union,
    sources: &[ShardFolder],
    name: &dyn Fn(usize) -> String,
) -> Result<()> {
    let replicates = plan.resolved.replicates as usize;
    let lacks = |trial: usize| {
        let mut wanted = plan.wanted.iter().enumerate();
        let (cell, replicate) = (trial / replicates, (trial % replicates) as u32);
        wanted.any(|(p, &e)| {
            !union.has(trial, p) && plan.skipped(cell, e).is_none() && plan.is_due(cell, replicate, p)
        })
    };
    let mut shares = sources.iter().filter_map(|(_, its)| share(its)).map(|s| s.of);
    // Missing shards can be named only if all agree on the number of shards.
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
            "{} holds {} measured with another config or code, and without them {} of {} trials are missing:{}\n\
             Use --mix to accept trials of other code",
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

/// Descriptions of the damage in the journals.
fn damages(union: &Union) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, recovery) in &union.recoveries {
        let journal = folder.join(JOURNAL);
        for damage in &recovery.damage {
            found.push(format!(
                "warning: {}: {} bytes at offset {} are damaged",
                journal.display(),
                damage.length,
                damage.offset
            ));
        }
        if recovery.torn > 0 {
            found.push(format!("{}: the last entry was cut short", journal.display()));
        }
    }
    found
}

/// The shards of one run, checked to belong together.
pub struct Shards<'a> {
    /// The run they belong to.
    pub planned: Planned<'a>,
    sources: Vec<ShardFolder>,
    /// The session as this program would write it.
    present: Session,
    mix: bool,
}

impl<'a> Shards<'a> {
    /// Finds the shards in `folders` and below them. With `mix`, shards measured by other code are
    /// accepted.
    ///
    /// # Errors
    /// If there is no shard, if one is still running, or if their configs or code differ.
    pub fn find(experiments: &'a Registry, folders: &[PathBuf], mix: bool) -> Result<Self> {
        let sources = sources(folders)?;
        let reference = reference(&sources, mix)?;
        let (resolved, only) = (reference.resolved()?, &reference.only);
        // The files that a problem reads need not exist here.
        let mut planned = match reference.inputs.is_empty() {
            true => Planned::new(experiments, resolved, only)?,
            false => Planned::stored(experiments, resolved, only)?,
        };
        planned.name.clone_from(&reference.folder);
        let present = reference.now(planned.family().metrics());
        let changes = present.code.changes_since(&reference.code);
        if !mix && !changes.is_empty() {
            bail!(
                "the shards were measured with other code than this:{}\nUse --mix to merge them anyway",
                lines(&changes)
            );
        }
        Ok(Self { planned, sources, present, mix })
    }

    /// Number of shards.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sources.len()
    }

    /// Writes the journal of the whole run below `out`, and its CSV files and manifest; `fresh` replaces
    /// an existing run. `warn` is called with each description of damage.
    ///
    /// # Errors
    /// If trials are missing or occur in two shards, if the run exists already, or if files cannot be
    /// written.
    pub fn merge(self, out: &Path, fresh: bool, warn: &mut dyn FnMut(&str)) -> Result<Run<'a>> {
        let Self { planned, sources, present, mix } = self;
        let plan = &planned.plan;
        let names = plan.trial_names();
        let replicates = plan.resolved.replicates as usize;
        let name = |trial: usize| format!("{}-{}", names[trial / replicates], trial % replicates);
        let union = Union::read(&sources, plan, &present, mix)?;
        damages(&union).iter().for_each(|text| warn(text));
        refuse_overlaps(&union.overlaps, &name)?;
        refuse_gaps(plan, &union, &sources, &name)?;

        let folder = planned.folder(out);
        let lock = lock(&folder)?;
        if !fresh && sessions(&folder)?.is_some_and(|its| !its.is_empty()) {
            bail!(
                "{} already holds a run; use --fresh to replace it, or another --out to keep both",
                folder.display()
            );
        }
        union.write(&folder.join(JOURNAL))?;
        drop(union);
        let mut journal = Journal::open(&folder, plan, present, Mode { fresh: false, mix })?;
        journal.sync()?;
        let jobs = sources.iter().filter_map(|(_, its)| its.first()).map(|s| s.jobs).sum();
        let manifest = manifest(&folder, &planned, &journal, jobs, true)?;
        Run::conclude(planned, folder, &journal, manifest, lock)
    }
}
