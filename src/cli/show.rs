//! `show`.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use remeasure_core::format::{count, thousands};
use remeasure_harness::claims::Looks;
use remeasure_harness::config::{Document, Look, Overrides};
use remeasure_harness::journal::{JOURNAL, sessions, survey};
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow::{self, Planned, forecast, stored as stored_run};

use super::select::{Kept, kept};
use super::{ShowArgs, host};
use crate::output::out;

/// The look with the most replicates of all that ran in a folder, if it has more than `first`.
fn furthest(folder: &Path, profile: &str, first: u32) -> Result<Option<Look>> {
    let sessions = sessions(folder)?.unwrap_or_default();
    let looks = sessions.iter().filter_map(|session| Look::stored(profile, &session.config));
    Ok(looks.filter(|look| look.replicates > first).max_by_key(|look| look.replicates))
}

/// How much of a run is stored: with as many replicates as it had, unless their number is given.
fn stored(
    experiments: &Registry,
    document: &Document,
    args: &ShowArgs,
    first: &Planned<'_>,
) -> Result<String> {
    let folder = first.folder(&args.out);
    let nothing = || Ok("nothing yet".to_owned());
    // Checked first: making a session hashes the whole program file.
    if !folder.join(JOURNAL).exists() {
        return nothing();
    }
    let look = match args.changes.replicates {
        Some(_) => None,
        None => furthest(&folder, &args.profile, first.plan.resolved.replicates)?,
    };
    let mut of_run = String::new();
    let further;
    let planned = match look {
        Some(look) => {
            of_run = format!(" of the run with {}", count(look.replicates as usize, "replicate"));
            let overrides = Overrides { until_decided: true, look: Some(look), ..args.changes.overrides() };
            further = workflow::resolve(experiments, document, &args.profile, &overrides, &args.only)?;
            &further
        }
        None => first,
    };
    let plan = &planned.plan;
    let Some(found) = survey(&folder, plan, &planned.session()?, false)? else { return nothing() };
    let done = found.coverage.done();
    let trials = plan.trials();
    let mut text =
        format!("{} of {} trials{of_run} in {}", thousands(done), thousands(trials), folder.display());
    if let (Some((stale, changes)), true) = (found.conflict, done < trials) {
        text.push_str(&format!(
            "\n  {} there were measured with another config or code:",
            count(stale, "trial")
        ));
        for change in changes {
            text.push_str(&format!("\n    {change}"));
        }
        text.push_str("\n  `run` does not resume there without --mix or --fresh");
    }
    Ok(text)
}

pub(super) fn show(experiments: &Registry, args: &ShowArgs) -> Result<()> {
    let stored_in = (args.out.as_path(), Kept::Run(&args.profile));
    let documents = kept(experiments, &args.experiments, args.config.as_deref(), stored_in)?;
    if args.toml && documents.len() > 1 {
        let names: Vec<String> = documents.iter().map(Document::experiment).collect::<Result<_, _>>()?;
        bail!("--toml prints the config of one experiment; choose one of {}", names.join(", "));
    }
    for (i, document) in documents.iter().enumerate() {
        if i > 0 {
            writeln!(out(), "\n")?;
        }
        show_one(experiments, document, args)?;
    }
    Ok(())
}

/// What would decide the claims, from the run in the plan's folder.
fn until(experiments: &Registry, planned: &Planned<'_>, args: &ShowArgs) -> Result<String> {
    let resolved = &planned.plan.resolved;
    let Some(looks) = resolved.looks else { return Ok(String::new()) };
    let folder = planned.folder(&args.out);
    let Ok(manifest) = Manifest::read(&folder) else {
        return Ok(format!(
            "  no complete run in {} to estimate from; make one with few replicates, such as `remeasure run {} --profile {} \
             --replicates 4`\n",
            folder.display(),
            match resolved.file.as_os_str().is_empty() {
                true => resolved.experiment.clone(),
                false => format!("--config '{}'", resolved.file.display()),
            },
            resolved.profile
        ));
    };
    let mut pilot = resolved.clone();
    if let Some(Look { replicates, fewer }) = Look::stored(&resolved.profile, &manifest.config) {
        (pilot.replicates, pilot.fewer) = (replicates, fewer);
    }
    let judged = looks_of(&manifest);
    let run = stored_run(Planned::stored(experiments, pilot, &manifest.only)?, &folder, manifest)?;
    let jobs = std::thread::available_parallelism().map_or(1, Into::into);
    let mut text = forecast(&run, looks, jobs)?;
    if judged != Some(looks) {
        let of_run = count(judged.map_or(1, |looks| looks.planned().len()), "look");
        let here = count(looks.planned().len(), "look");
        text.push_str(&format!(
            "  `claims` judges the stored run at {of_run}, and these are {here}: there, other numbers of replicates decide\n"
        ));
    }
    Ok(text)
}

/// The looks of a stored run.
fn looks_of(manifest: &Manifest) -> Option<Looks> {
    let stored = Document::parse("the config in the manifest", &manifest.config.to_string()).ok()?;
    stored.resolve(&manifest.profile, &Overrides::default()).ok()?.looks
}

fn show_one(experiments: &Registry, document: &Document, args: &ShowArgs) -> Result<()> {
    let overrides = Overrides {
        until_decided: args.until.is_some(),
        max_replicates: args.max_replicates,
        ..args.changes.overrides()
    };
    let mut out = out();
    if args.toml {
        let resolved = document.resolve(&args.profile, &overrides)?;
        host(experiments, &resolved)?;
        // Without overrides, print the file itself: it has comments.
        let text = if overrides.leave_the_text() { document.text().to_owned() } else { resolved.to_toml() };
        out.write_all(text.as_bytes())?;
        return Ok(());
    }
    let mut planned = workflow::resolve(experiments, document, &args.profile, &overrides, &args.only)?;
    // A run until decided keeps its looks, unless the profile or the command line plans others.
    let unplanned = args.until.is_some() && args.max_replicates.is_none();
    if unplanned && document.resolve(&args.profile, &args.changes.overrides())?.looks.is_none() {
        let of_run = Manifest::read(&planned.folder(&args.out)).ok().and_then(|stored| looks_of(&stored));
        planned.plan.resolved.looks = of_run.or(planned.plan.resolved.looks);
    }
    let plan = &planned.plan;
    let resolved = &plan.resolved;
    writeln!(out, "{}: {}", resolved.experiment, resolved.title)?;
    if !resolved.paper.is_empty() {
        writeln!(out, "Paper: {}", resolved.paper)?;
    }
    if !resolved.about.is_empty() {
        writeln!(out, "\n{}", resolved.about)?;
    }
    writeln!(
        out,
        "\nProfile {}: {} × {} = {}, {} each",
        match document.profiles().into_iter().filter(|name| *name != resolved.profile).collect::<Vec<_>>() {
            others if others.is_empty() => resolved.profile.clone(),
            others => format!("{} (others: {})", resolved.profile, others.join(", ")),
        },
        count(plan.cells.len(), "cell"),
        count(resolved.replicates as usize, "replicate"),
        count(plan.trials(), "trial"),
        count(plan.wanted.len(), "estimator"),
    )?;
    if let Some(looks) = resolved.looks {
        let list: Vec<String> = looks.planned().iter().map(ToString::to_string).collect();
        writeln!(out, "Looks at {} replicates, until every claim is decided", list.join(", "))?;
    }
    for input in planned.plan.inputs_taken() {
        writeln!(out, "Data: {}: {}", input.name, input.holds)?;
    }
    writeln!(out, "Config hash: {}", resolved.hash())?;
    writeln!(out, "Stored: {}", stored(experiments, document, args, &planned)?)?;
    if !resolved.axes.is_empty() {
        writeln!(out, "\nCells: every combination of")?;
    }
    for axis in &resolved.axes {
        let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
        writeln!(out, "  {} = {}", axis.name, values.join(", "))?;
    }
    writeln!(out, "\nEstimators:")?;
    let kinds = planned.family().kinds();
    let width = resolved.estimators.iter().map(|e| e.name.len()).max().unwrap_or(0);
    for estimator in &resolved.estimators {
        let about = kinds.iter().find(|k| k.name == estimator.kind).map_or("", |k| k.about);
        writeln!(out, "  {:width$}  {about}", estimator.name)?;
        if !estimator.confined.is_empty() {
            writeln!(out, "  {:width$}  only where {}", "", estimator.confined.join(", "))?;
        }
        if !estimator.parameters.is_empty() {
            let keys: Vec<String> = estimator.parameters.iter().map(|(k, v)| format!("{k} = {v}")).collect();
            writeln!(out, "  {:width$}  {}", "", keys.join(", "))?;
        }
    }
    if !resolved.claims.is_empty() {
        writeln!(out, "\nClaims:")?;
    }
    for claim in &resolved.claims() {
        writeln!(out, "  {}: {}", claim.common.id, claim.common.statement)?;
        let number = match (&claim.published, &claim.expected) {
            (Some(published), _) => format!("; published: {published}"),
            (None, Some(expected)) => format!("; expected: {expected}"),
            (None, None) => String::new(),
        };
        writeln!(out, "    source: {}{number}", claim.common.source)?;
    }
    if !resolved.speed.is_empty() {
        writeln!(out, "\nSpeed (measured by `remeasure speed`):")?;
    }
    for pair in &resolved.speed {
        let only = if pair.confined.is_empty() {
            String::new()
        } else {
            format!(", only where {}", pair.confined.join(", "))
        };
        let rounds = count(pair.repeats as usize, "round");
        writeln!(out, "  {} against {}: {rounds}{only}", pair.estimator, pair.against)?;
        if !pair.about.is_empty() {
            writeln!(out, "    {}", pair.about)?;
        }
    }
    if args.until.is_some() {
        writeln!(out, "\nUntil decided:")?;
        out.write_all(until(experiments, &planned, args)?.as_bytes())?;
    }
    writeln!(out, "\nThe whole config as TOML: add --toml")?;
    Ok(())
}
