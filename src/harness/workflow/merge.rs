//! The shards of a run put together.

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

/// Trials named in a message.
const NAMED: usize = 5;

/// The share that a journal's sessions say.
fn share(sessions: &[Session]) -> Option<Shard> {
    sessions.last()?.shard.parse().ok()
}

/// The folders to be put together, in an order that does not depend on the command line's.
fn sources(folders: &[PathBuf]) -> Result<Vec<ShardFolder>> {
    let mut found: Vec<ShardFolder> = Vec::new();
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
    sources: &[ShardFolder],
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

/// What was damaged.
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

/// The shards of one run, found and checked to belong together.
pub struct Shards<'a> {
    /// The run.
    pub planned: Planned<'a>,
    sources: Vec<ShardFolder>,
    /// As if this program had run it.
    present: Session,
    mix: bool,
}

impl<'a> Shards<'a> {
    /// Finds the shards in some folders and below them. With `mix`, those that other code measured
    /// are taken, too.
    ///
    /// # Errors
    /// No shard, one that is being run, or shards of different configs or code.
    pub fn find(experiments: &'a Registry, folders: &[PathBuf], mix: bool) -> Result<Self> {
        let sources = sources(folders)?;
        let reference = reference(&sources, mix)?;
        let (resolved, only) = (reference.resolved()?, &reference.only);
        // Files that a problem reads need not be here.
        let mut planned = match reference.inputs.is_empty() {
            true => Planned::new(experiments, resolved, only)?,
            false => Planned::stored(experiments, resolved, only)?,
        };
        planned.name.clone_from(&reference.folder);
        let present = reference.now(planned.family().metrics());
        let changes = present.code.changes_since(&reference.code);
        if !mix && !changes.is_empty() {
            bail!(
                "the shards were measured with other code than this:{}\nWith --mix they are put together all the same",
                lines(&changes)
            );
        }
        Ok(Self { planned, sources, present, mix })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sources.len()
    }

    /// Writes the journal of the whole run below `out` and all that follows from it; `fresh` replaces a
    /// run that is there. `warn` is called with what was damaged.
    ///
    /// # Errors
    /// Trials that are missing or that two shards have; a run that is there already; files that cannot
    /// be written.
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
                "{} holds a run already; with --fresh it is replaced; with another --out both are kept",
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
