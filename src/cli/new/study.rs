//! A config as a starting point.

use anyhow::{Context, Result, bail};
use remeasure_core::family::AnyFamily;
use remeasure_core::hint;
use remeasure_harness::config::{Document, Header, Overrides, Resolved};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::{Experiment, Registry};

use crate::host;

/// What a study of the user's own data takes from them.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    /// The `[problem]` table that reads them.
    pub(super) data: &'a str,
    /// The names of the features, as a key of a figure.
    pub(super) names: &'a str,
}

/// The lines of a family's study for drawn problems, or for the user's own data.
pub(super) fn lines(study: &str, name: &str, own: Option<Own<'_>>) -> String {
    let mut text = String::new();
    let mut kept = true;
    for line in study.lines() {
        match line {
            "#: drawn" => kept = own.is_none(),
            "#: csv" => kept = own.is_some(),
            "#: end" => kept = true,
            "#: data" if kept => text.push_str(own.map_or("", |own| own.data)),
            "#: names" if kept => text.push_str(own.map_or("", |own| own.names)),
            line if kept => {
                text.push_str(&line.replace("\"NAME\"", &format!("\"{name}\"")));
                text.push('\n');
            }
            _ => {}
        }
    }
    text
}

/// The family of this name.
pub(super) fn family<'a>(registry: &'a Registry, name: &str) -> Result<&'a dyn AnyFamily> {
    let families = registry.families();
    let found = families.iter().find(|family| family.name() == name);
    let names = families.iter().map(|family| family.name());
    found.copied().with_context(|| hint::unknown("family", name, names))
}

/// A config of the family with its own problem.
pub(super) fn of_family(registry: &Registry, name: &str, family_name: &str) -> Result<String> {
    let family = family(registry, family_name)?;
    let text = match family.study() {
        "" => of_shipped(registry, name, family_name)?,
        study => lines(study, name, None),
    };
    check(&text, family)?;
    Ok(text)
}

/// Fails rather than hand out a config that does not run.
pub(super) fn check(text: &str, family: &dyn AnyFamily) -> Result<()> {
    let document = Document::parse("the new config", text)?;
    for profile in document.profiles() {
        Plan::new(document.resolve(profile, &Overrides::default())?, family, &[])?;
    }
    Ok(())
}

/// The tables of a shipped config that define what profile `quick` runs, with their comments.
fn kept(text: &str) -> String {
    let wanted = ["profile.quick", "problem", "sweep", "estimator", "limits"];
    let is_wanted = |heading: &str| {
        let name = heading.trim_start_matches('[').split(']').next().unwrap_or("").trim();
        wanted
            .iter()
            .any(|w| name.strip_prefix(w).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let mut keep = false;
    let lines = text.split_inclusive('\n').filter(|line| {
        if line.starts_with('[') {
            keep = is_wanted(line);
        }
        keep
    });
    lines.collect()
}

/// For a family without a study: a config with the problem of its shortest shipped one.
fn of_shipped(registry: &Registry, name: &str, family_name: &str) -> Result<String> {
    let mut shortest: Option<(Resolved, &Experiment)> = None;
    for experiment in registry.experiments() {
        if Header::read(experiment.path, experiment.config)?.family != family_name {
            continue;
        }
        let shorter = |other: &Experiment| kept(experiment.config).len() < kept(other.config).len();
        if shortest.as_ref().is_none_or(|(_, other)| shorter(other)) {
            let document = Document::parse(experiment.path, experiment.config)?;
            let resolved = document.resolve("quick", &Overrides::default())?;
            // With a single estimator there is nothing to claim.
            if resolved.estimators.len() > 1 {
                shortest = Some((resolved, experiment));
            }
        }
    }
    let Some((resolved, experiment)) = shortest else {
        bail!("the family `{family_name}` has neither a study nor an experiment to start from");
    };
    let family = host(registry, &resolved)?.family;
    let never = Plan::new(resolved.clone(), family, &[])?.never();
    let recorded = family.metrics().iter().find(|metric| !never.contains(metric));
    let metric = recorded.context("the family measures nothing")?.name;
    let estimators: Vec<&str> = resolved.estimators.iter().map(|e| e.name.as_str()).collect();
    let (a, b) = (estimators.first().unwrap_or(&"a"), estimators.last().unwrap_or(&"b"));
    Ok(format!(
        "# Problem, sweep and estimators of {}: change them, and run with --config FILE.\n\
         experiment = \"{name}\"\ntitle = \"What this asks\"\nfamily = \"{}\"\nseed = {}\n\n{}\n\n\
         [[table]]\nid = \"numbers\"\ntitle = \"All cells\"\nmetrics = [\"{metric}\"]\n\n\
         # [[claim]]\n# id = \"first\"\n# statement = \"{a} is better than {b}\"\n# source = \"where it is claimed\"\n\
         # form = \"below\"\n# metric = \"{metric}\"\n# a = \"{a}\"\n# b = \"{b}\"\n",
        experiment.name,
        resolved.family,
        resolved.seed,
        kept(experiment.config).trim_end()
    ))
}
