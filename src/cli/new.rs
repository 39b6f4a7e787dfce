//! `new`: a small config as a starting point.

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;
use remeasure_core::hint;
use remeasure_harness::config::{Document, Header, Overrides, Resolved};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::{Experiment, Registry};

use super::host;
use crate::output::out;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name of the new experiment
    #[arg(value_name = "NAME")]
    name: String,
    /// Family of problems
    #[arg(long, value_name = "NAME")]
    family: String,
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

/// A config called `name` with the problem of a shipped one.
fn scaffold(name: &str, resolved: &Resolved, experiment: &Experiment, metric: &str) -> String {
    let estimators: Vec<&str> = resolved.estimators.iter().map(|e| e.name.as_str()).collect();
    let (a, b) = (estimators.first().unwrap_or(&"a"), estimators.last().unwrap_or(&"b"));
    format!(
        "# Problem, sweep and estimators of {}: change them, and run with --config FILE.\n\
         experiment = \"{name}\"\ntitle = \"What this asks\"\nfamily = \"{}\"\nseed = {}\n\n{}\n\n\
         [[table]]\nid = \"numbers\"\ntitle = \"All cells\"\nmetrics = [\"{metric}\"]\n\n\
         # [[claim]]\n# id = \"first\"\n# statement = \"{a} is better than {b}\"\n# source = \"where it is claimed\"\n\
         # form = \"below\"\n# metric = \"{metric}\"\n# a = \"{a}\"\n# b = \"{b}\"\n",
        experiment.name,
        resolved.family,
        resolved.seed,
        kept(experiment.config).trim_end()
    )
}

pub(super) fn new(registry: &Registry, args: &NewArgs) -> Result<()> {
    let mut known: Vec<String> = Vec::new();
    let mut shortest: Option<(Resolved, &Experiment)> = None;
    for experiment in registry.experiments() {
        let header = Header::read(experiment.path, experiment.config)?;
        if header.family != args.family {
            known.push(header.family);
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
    // The shortest one is the easiest to understand.
    let Some((resolved, experiment)) = shortest else {
        known.sort_unstable();
        known.dedup();
        bail!("{}", hint::unknown("family", &args.family, known.iter().map(String::as_str)));
    };
    let family = host(registry, &resolved)?.family;
    let never = Plan::new(resolved.clone(), family, &[])?.never();
    let recorded = family.metrics().iter().find(|metric| !never.contains(metric));
    let metric = recorded.context("the family measures nothing")?.name;
    let text = scaffold(&args.name, &resolved, experiment, metric);
    // Fails here rather than print a config that does not run.
    let document = Document::parse("the new config", &text)?;
    Plan::new(document.resolve("quick", &Overrides::default())?, family, &[])?;
    Ok(out().write_all(text.as_bytes())?)
}
